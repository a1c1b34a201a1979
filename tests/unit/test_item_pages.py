"""What the exhibit of a journal entry or an own piece says, before anything is drawn."""

from datetime import UTC, datetime

import pytest

from exhibits.email_text import EmailText, read_email
from exhibits.heading import Heading
from exhibits.item_pages import Drawable, PageFile, item_document
from exhibits.story import FiledItem
from temoin.canonical import Json, sha256
from temoin.items import JOURNAL, AttachmentFacts, ItemContent
from temoin.records import JournalKind
from tests.attached_files import message

HEADING = Heading(case="K7", draft=True, simulated=False)
NOTED = datetime(2026, 11, 23, 7, 12, tzinfo=UTC)


def content(
    at: datetime = datetime(2026, 8, 3, 9, 58, tzinfo=UTC),
    *files: AttachmentFacts,
    kind: JournalKind = JournalKind.EMAIL,
) -> ItemContent:
    return ItemContent(
        entry=JOURNAL,
        kind=kind,
        at=at,
        timezone="Europe/Paris",
        has_time=True,
        title="",
        text="Rien de vrai.",
        attachments=files,
    )


def file(name: str, media_type: str, taken_at: str | None = None) -> AttachmentFacts:
    return AttachmentFacts(
        name=name, file="piece-1.bin", sha256=sha256(b"x"), size=1, media_type=media_type, taken_at=taken_at
    )


def document(of: ItemContent, *emails: EmailText | None) -> Json:
    item = FiledItem(sequence=12, recorded_at=NOTED, digest=sha256(b"x"), content=of)
    drawable = Drawable(item=item, pages=tuple(() for _one in of.attachments), emails=emails)
    return item_document(drawable, HEADING, number=64, shown="64")


def plain(rows: list[list[str]]) -> list[tuple[str, str]]:
    return [(name, value.replace("\u202f", " ").replace("\u00a0", " ")) for name, value in rows]


def row(rows: list[list[str]], name: str) -> str:
    (value,) = [value for key, value in plain(rows) if key == name]
    return value


@pytest.mark.parametrize(
    ("at", "hour", "which"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02 h 30 (UTC+02:00)", "première"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02 h 30 (UTC+01:00)", "seconde"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "03 h 30 (UTC+01:00)", ""),
        (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), "01 h 59 (UTC+02:00)", ""),
    ],
)
def test_an_hour_that_came_twice_is_said_to_have(at: datetime, hour: str, which: str) -> None:
    twice = f" ; cette heure a eu lieu deux fois ce jour-là, la {which} est retenue" if which else ""
    expected = f"dimanche 25 octobre 2026 à {hour}, selon la personne{twice}"
    assert row(document(content(at))["rows"], "Date et heure déclarées") == expected


def test_each_picture_has_the_date_that_it_bears_and_no_other_file_has_one() -> None:
    files = (
        file("un.jpg", "image/jpeg", "2026-08-03T11:58:21"),
        file("lettre.pdf", "application/pdf"),
        file("deux.png", "image/png", "2019-01-31T00:05:00"),
        file("trois.png", "image/png"),
    )
    made = document(content(datetime(2026, 8, 3, 9, 58, tzinfo=UTC), *files))
    said = "à l’heure de l’appareil, que rien ne vérifie"
    assert [(name, value.partition(" (")[0]) for name, value in plain(made["files"])] == [
        ("Pièce jointe 1", "un.jpg"),
        ("Date que porte l’image (EXIF)", f"lundi 3 août 2026 à 11 h 58, {said}"),
        ("Pièce jointe 2", "lettre.pdf"),
        ("Pièce jointe 3", "deux.png"),
        ("Date que porte l’image (EXIF)", f"jeudi 31 janvier 2019 à 00 h 05, {said}"),
        ("Pièce jointe 4", "trois.png"),
        ("Date que porte l’image (EXIF)", "aucune date lisible"),
    ]
    assert not [name for name, _value in made["rows"] if "fichier" in name]


@pytest.mark.parametrize(
    ("kind", "taken", "differs"),
    [
        (JournalKind.SCREENSHOT, "2026-08-03T23:59:59", False),
        (JournalKind.SCREENSHOT, "2026-08-04T00:00:01", True),
        (JournalKind.LETTER, "2026-08-09T10:00:00", False),  # a letter is photographed when it suits
    ],
)
def test_a_screenshot_of_another_day_than_the_declared_one_says_so(
    kind: JournalKind, taken: str, *, differs: bool
) -> None:
    made = document(content(datetime(2026, 8, 3, 9, 58, tzinfo=UTC), file("a.png", "image/png", taken), kind=kind))
    assert row(made["files"], "Date que porte l’image (EXIF)").endswith("diffère de la date déclarée") is differs


def test_a_message_says_who_what_and_when_here_and_as_it_was_written() -> None:
    raw = message().replace(b"Tue, 22 Sep 2026 14:30:00 +0200", b"Tue, 22 Sep 2026 08:30:00 -0400 (EDT)")
    (shown,) = document(content(), None, read_email(raw)[0])["emails"]
    assert shown["heading"] == "Le message (pièce jointe 2)"
    assert "rien ne les vérifie" in shown["note"]
    assert plain(shown["rows"]) == [
        ("De", "Personne Exemple <personne@exemple.invalid>"),
        ("À", "Préfecture de l’Exemple <etrangers@prefecture.invalid>"),
        ("Copie", "association@exemple.invalid"),
        ("Date", "mardi 22 septembre 2026 à 14 h 30 (UTC+02:00)"),
        ("Date, telle qu’écrite", "Tue, 22 Sep 2026 08:30:00 -0400 (EDT)"),
        ("Objet", "Demande de rendez-vous – première demande"),
        ("Message-ID", "<1@exemple.invalid>"),
    ]


def test_a_message_whose_date_cannot_be_read_shows_it_and_says_so() -> None:
    raw = b"From: a@exemple.invalid\nDate: hier soir\nSubject: =?utf-8?B?////?=\nMessage-ID: <<\n\nmots"
    (shown,) = document(content(), read_email(raw)[0])["emails"]
    assert row(shown["rows"], "Date, telle qu’écrite") == "hier soir (date ou fuseau horaire illisible)"
    assert "Date" not in [name for name, _value in shown["rows"]]


def test_pages_that_are_not_the_whole_of_their_file_are_said_not_to_be() -> None:
    files = (file("scan.pdf", "application/pdf"), file("photo.jpg", "image/jpeg"))
    item = FiledItem(sequence=12, recorded_at=NOTED, digest=sha256(b"x"), content=content(NOTED, *files))
    pages = tuple(
        (
            PageFile(
                path=f"{name}.jpg", width=9, height=9, dpi=150, text="", smaller=smaller, one_of_several=not smaller
            ),
        )
        for name, smaller in (("a", True), ("b", False))
    )
    drawable = Drawable(item=item, pages=pages, emails=(None, None))
    rows = plain(item_document(drawable, HEADING, number=64, shown="64")["files"])
    assert [name for name, _value in rows] == [
        "Pièce jointe 1",
        "Reproduction",
        "Pièce jointe 2",
        "Date que porte l’image (EXIF)",
        "Reproduction",
    ]
    assert rows[4][1] == "première image seulement : le fichier en contient plusieurs, il est conservé avec les preuves"
    assert rows[1][1].startswith("réduite, pour que le fichier puisse être déposé ; l’original est conservé")
