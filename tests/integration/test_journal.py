"""The journal and the person's own pieces: what is refused, what is told, what is on disk, what it changes."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pikepdf
import pytest

from exhibits.journal import NewStep, erase_item, list_items, listed_json
from store.vault import Keys
from store.verify import verify_store
from temoin.errors import StoreError, UsageError
from temoin.items import JOURNAL, PIECE
from temoin.records import JournalKind, Mode, Outcome, PieceUse, SlotResult
from tests.attached_files import animated, noise
from tests.court_case import Court, after, make_files, open_court, slot_of
from tests.exhibit_case import CRETEIL, NANTERRE, Try, part, record_attempt

DAYS = 2
VISIT = NewStep(kind=JournalKind.VISIT, on=date(2026, 6, 10), text="Renvoyé vers le site.")
SLOT = NewStep(kind=JournalKind.SLOT_RESPONSE, on=date(2026, 7, 21), result=SlotResult.GONE, text="Plus libre.")


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    """A case with a slot that was seen."""
    made = open_court(tmp_path, days=DAYS)
    seen = Try(at=after(DAYS), outcome=Outcome.SLOT_SEEN, mode=Mode.ASSISTED, parts=(part(outcome=Outcome.SLOT_SEEN),))
    record_attempt(made.store, seen)
    with made.store:
        yield made


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (replace(VISIT, on=date(2027, 1, 1)), "is still to come"),
        (replace(VISIT, on=date(2010, 1, 1)), "more than ten years ago"),
        (replace(VISIT, on=date(2026, 3, 29), hour=time(2, 30)), "There was no 02:30 on Sunday 29 March 2026"),
        (replace(VISIT, on=None), "The day of this step was not given"),
        (replace(VISIT, text=" "), "Nothing was said, and no file was given"),
        (replace(VISIT, text="a" * 20_001), "longer than 20000 characters"),
        (replace(VISIT, attempt=4), "--attempt and --result go with slot_response only"),
        (SLOT, "Which slot, and what came of it"),
        (replace(SLOT, attempt=4), "Entry 4 of the register is no slot that was seen for this case"),
        (NewStep(kind=JournalKind.SCREENSHOT, on=date(2026, 6, 9), text="x"), "A screenshot needs its picture"),
        (NewStep(kind=PieceUse.IDENTITY, title="Passeport", text="x"), "A piece needs its file"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_nothing_is_kept(court: Court, step: NewStep, words: str) -> None:
    head = court.store.head()
    with pytest.raises(UsageError, match=words):
        court.add(step)
    assert court.store.head() == head
    assert court.store.items(court.case) == ()


def test_an_hour_that_came_twice_is_noted_as_the_first_and_the_person_is_told(court: Court) -> None:
    told = court.add(replace(VISIT, on=date(2025, 10, 26), hour=time(2, 30))).sentences
    assert any("02:30 came twice: the first is noted (UTC+02:00)" in sentence for sentence in told)
    (kept,) = court.store.items(court.case)
    assert kept.at == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    told = court.add(replace(VISIT, on=date(2025, 10, 26), hour=time(3, 30))).sentences
    assert not any("came twice" in sentence for sentence in told)


def test_nothing_that_was_added_can_be_read_on_the_disk(court: Court) -> None:
    files = make_files(court.folder / "given")
    step = NewStep(
        kind=JournalKind.EMAIL,
        on=date(2026, 6, 11),
        title="un titre bien a moi",
        text="mes mots bien a moi",
        files=(files["eml"],),
    )
    court.add(step)
    kept = [path for path in (court.folder / "evidence").rglob("*") if path.is_file()]
    assert len([path for path in kept if "sealed" in path.parts]) == 2
    for path in kept:
        data = path.read_bytes()
        for trace in (b"titre bien a moi", b"mots bien a moi", b"exemple.eml", b"Je n\xe2\x80\x99obtiens aucun"):
            assert trace not in data, path
    assert verify_store(court.folder / "evidence").status == "passed"


def test_without_a_key_only_kinds_and_dates_are_told(court: Court) -> None:
    court.add(replace(VISIT, title="guichet 4"))
    (closed,) = list_items(court.store, code=None, entry=JOURNAL, keys=None)
    (opened,) = list_items(court.store, code=None, entry=JOURNAL, keys=court.keys)
    assert (listed_json(closed)["kind"], listed_json(closed)["title"]) == ("visit", None)
    assert (listed_json(opened)["title"], listed_json(opened)["text"]) == ("guichet 4", "Renvoyé vers le site.")
    with pytest.raises(StoreError, match="passphrase"):
        list_items(court.store, code=None, entry=JOURNAL, keys=Keys(passphrase=lambda: "une autre", keyring=False))


def test_an_answer_is_not_before_its_slot(court: Court) -> None:
    slot = slot_of(court)
    seen = next(court.store.entries(slot, slot)).at.astimezone(ZoneInfo("Europe/Paris"))
    early = replace(SLOT, attempt=slot, on=seen.date(), hour=(seen - timedelta(minutes=5)).time())
    for step in (early, replace(SLOT, attempt=slot, on=seen.date() - timedelta(days=1))):
        with pytest.raises(UsageError, match=f"The slot of entry {slot} was seen later than that"):
            court.add(step)
    assert court.add(replace(SLOT, attempt=slot, on=seen.date()))  # a day alone is that whole day


def test_what_no_page_can_show_is_said(court: Court) -> None:
    said = " ".join(court.add(replace(VISIT, text="مرحبا")).sentences)
    assert "cannot be drawn in the court’s documents" in said
    assert "cannot be drawn" not in " ".join(court.add(VISIT).sentences)


def test_an_appointment_that_was_obtained_stops_captures_and_offers_closing(court: Court) -> None:
    assert court.store.idle_procedures() == frozenset()
    added = court.add(replace(SLOT, attempt=slot_of(court), result=SlotResult.BOOKED))
    assert any("temoin case close K7 --why appointment" in sentence for sentence in added.sentences)
    assert court.store.idle_procedures() == {CRETEIL["id"], NANTERRE["id"]}
    court.store.change_case(court.case, obtained=None)
    assert court.store.idle_procedures() == frozenset()


def test_an_entry_made_by_mistake_is_erased_for_good_and_the_register_stands(court: Court) -> None:
    added = court.add(VISIT)
    told = erase_item(court.store, added.sequence, code=None, entry=JOURNAL, now=after(DAYS + 1))
    assert f"What entry {added.sequence} added is erased" in told
    assert not any(path.is_file() for path in (court.folder / "evidence" / "sealed").rglob("*"))
    with pytest.raises(UsageError, match="nothing that was added to case K7"):
        erase_item(court.store, added.sequence, code=None, entry=JOURNAL, now=after(DAYS + 1))
    assert verify_store(court.folder / "evidence").status == "passed"


def test_each_erasing_command_takes_its_own_kind_only_and_names_the_other(court: Court) -> None:
    step = court.add(VISIT).sequence
    piece = court.add(NewStep(kind=PieceUse.IDENTITY, files=(make_files(court.folder / "given")["png"],))).sequence
    for sequence, entry, words, remedy in (
        (piece, JOURNAL, "is a piece of your own", f"temoin piece erase {piece}”"),
        (step, PIECE, "is a step of the journal", f"temoin journal erase {step}”"),
    ):
        with pytest.raises(UsageError, match=words) as caught:
            erase_item(court.store, sequence, code=None, entry=entry, now=after(DAYS + 1))
        assert remedy in caught.value.remedy
    assert [row.erased_by for row in court.store.items(court.case)] == [None, None]
    erase_item(court.store, piece, code=None, entry=PIECE, now=after(DAYS + 1))
    assert [row.erased_by is None for row in court.store.items(court.case)] == [True, False]


def test_what_an_older_version_took_is_exported_smaller_and_the_person_is_told_if_it_is_heavy_still(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = court.folder / "photo.jpg"
    path.write_bytes(noise(1_500, 1_000))
    moving = court.folder / "anime.png"
    moving.write_bytes(animated())
    with monkeypatch.context() as older:
        older.setattr("exhibits.attachments.is_animated", lambda _data: False)
        court.add(NewStep(kind=JournalKind.LETTER, on=date(2026, 6, 11), files=(path, moving)))
    monkeypatch.setattr("exhibits.page_weight.MOST_DRAWN", 100_000)
    monkeypatch.setattr("exhibits.export.MOST_FILED", 100_000)
    made = court.export()
    (letter,) = (made.path / "data" / "1_A_DEPOSER").glob("*_Lettre_2026-06-11.pdf")
    told = subprocess.run(["pdftotext", letter, "-"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "réduite, pour que le fichier" in told
    assert "première image seulement" in told
    with pikepdf.open(letter) as pdf:
        (shown,) = pdf.pages[1].get_images().values()
        assert [int(shown.Width), int(shown.Height)] == [750, 500]
    assert made.heavy == (letter.name,)
    assert f"{letter.name} weighs more than 30 MB: the court’s site may refuse it." in made.sentences()[-1]


def test_an_erased_case_leaves_captures_and_a_register_that_verifies(court: Court) -> None:
    court.add(VISIT)
    court.export(file=True)
    court.store.erase_case(court.case, after(DAYS + 2))
    assert court.store.cases() == ()
    assert len(court.store.attempts()) == 2 * DAYS + 1
    report = verify_store(court.folder / "evidence", deep=True)
    assert report.status == "passed", [check for check in report.checks if check.status != "passed"]
    with pytest.raises(UsageError, match="There is no case K7"):
        court.export()
