"""Numbers, files and words of the court file, without a page or a disk."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from exhibits import model, names, notes, readme, tables
from exhibits.captures import captures_document
from exhibits.content import Asked, Content, Material, Place, compose
from exhibits.facts import AttemptFacts, Followed, read_attempt
from exhibits.heading import Heading
from exhibits.inventory import Placed, capture_line, document_line, inventory_csv
from exhibits.proofs import find_items, secrets_bytes
from exhibits.splitting import halve
from exhibits.story import CaseStory
from exhibits.voice import Voice
from store.chain import build_secrets
from temoin.canonical import Json, canonical_bytes
from temoin.errors import IntegrityError
from temoin.records import CaseKind, Mode, Outcome, Role
from tests.exhibit_case import CRETEIL, NANTERRE, SENTENCE, START, Try, build_facts, part

FOLLOWED = (
    Followed(procedure=NANTERRE["id"], since=2),
    Followed(procedure=CRETEIL["id"], since=3),
)
HEADING = Heading(case="K7", draft=True, simulated=False)


def facts(sequence: int, hours: float = 0, **more: object) -> AttemptFacts:
    one = Try(at=START + timedelta(hours=hours), parts=(part(),))
    return build_facts(sequence, replace(one, **more))  # type: ignore[arg-type]


def content(*attempts: AttemptFacts) -> Content:
    """The draft of a case that holds these attempts and nothing else."""
    material = Material(
        case="K7",
        story=CaseStory(kind=CaseKind.OTHER),
        procedures=(CRETEIL["id"], NANTERRE["id"]),
        attempts=attempts,
        notices=(),
        items=(),
        plans=(),
        earlier=frozenset(),
    )
    found = compose(material, FOLLOWED, Asked(), Place())
    assert found is not None
    return found


def words_of(document: Json) -> str:
    """Every paragraph of a note."""
    items = [item for section in document["sections"] for item in section["items"]]
    return " ".join(item.get("text") or " ".join(item.get("names", ())) for item in items)


def document(*attempts: AttemptFacts, draft: bool = True) -> Json:
    numbered = model.number(attempts, 12)
    file = model.capture_files(numbered, model.Grouping.ALL, 2)[0]
    return captures_document(file, draft=draft, voice=Voice(), picture_file=lambda *_: ("p.png", (683, 450)))


def test_numbers_follow_the_procedures_then_time() -> None:
    attempts = [facts(9, 9), facts(5, 1), facts(7, 5, procedure=NANTERRE)]
    found = model.counting(attempts, FOLLOWED)
    assert [one.sequence for one in found] == [7, 5, 9]
    assert [one.number for one in model.number(found, 4)] == [4, 5, 6]


def test_only_captures_made_while_the_case_follows_count() -> None:
    followed = (Followed(procedure=CRETEIL["id"], since=3, until=8), Followed(procedure=CRETEIL["id"], since=10))
    attempts = [facts(sequence, sequence) for sequence in (2, 4, 9, 11)]
    assert [one.sequence for one in model.counting(attempts, followed)] == [4, 11]


@pytest.mark.parametrize("outcome", [one for one in Outcome if one not in {Outcome.NO_SLOT, Outcome.NO_CALENDAR}])
def test_an_attempt_that_shows_no_absence_of_appointment_has_no_number(outcome: Outcome) -> None:
    assert model.counting([facts(5, outcome=outcome)], FOLLOWED) == ()


def test_an_attempt_without_a_picture_has_no_number() -> None:
    assert model.counting([facts(5, parts=())], FOLLOWED) == ()


def test_the_period_is_counted_in_days_of_the_procedures_own_zone() -> None:
    late = facts(5, at=datetime(2026, 9, 14, 22, 30, tzinfo=UTC))  # 00:30 on the 15th in Paris
    assert model.counting([late], FOLLOWED, until=date(2026, 9, 14)) == ()
    assert model.counting([late], FOLLOWED, since=date(2026, 9, 15), until=date(2026, 9, 15)) == (late,)


def test_only_a_plan_recorded_before_the_attempt_counts_as_drawn_beforehand() -> None:
    early, late, free = facts(5), facts(6, 1), facts(7, 2, mode=Mode.ASSISTED)
    due = {one.sequence: one.due for one in (early, late)}
    assert free.due is None
    plans = [
        model.Plan(sequence=4, procedure=CRETEIL["id"], times=frozenset({due[5] or START})),
        model.Plan(sequence=8, procedure=CRETEIL["id"], times=frozenset({due[5] or START, due[6] or START})),
        model.Plan(sequence=1, procedure=NANTERRE["id"], times=frozenset({due[6] or START})),
    ]
    assert model.planned_before([early, late, free], plans) == {5}


def test_a_week_begins_on_monday_at_midnight_where_the_prefecture_is() -> None:
    sunday = facts(5, at=datetime(2026, 9, 20, 21, 59, tzinfo=UTC))
    monday = facts(6, at=datetime(2026, 9, 20, 22, 1, tzinfo=UTC))
    files = model.capture_files(model.number([sunday, monday], 1), model.Grouping.WEEK, 2)
    assert [file.file for file in files] == [
        "01_Capture_RDV_Val-de-Marne_2026-09-14_au_2026-09-20.pdf",
        "02_Capture_RDV_Val-de-Marne_2026-09-21_au_2026-09-27.pdf",
    ]


def test_the_iso_week_of_the_new_year_is_whole() -> None:
    assert model.iso_week(date(2027, 1, 1)) == (date(2026, 12, 28), date(2027, 1, 3))


@pytest.mark.parametrize("grouping", list(model.Grouping))
def test_numbers_are_the_same_whatever_the_grouping(grouping: model.Grouping) -> None:
    attempts = [facts(sequence, sequence * 50) for sequence in range(4, 40)]
    attempts += [facts(sequence, sequence * 50, procedure=NANTERRE) for sequence in range(40, 60)]
    numbered = model.number(model.counting(attempts, FOLLOWED), 1)
    files = model.capture_files(numbered, grouping, 2)
    assert tuple(one for file in files for one in file.attempts) == numbered
    assert len({file.file for file in files}) == len(files)
    for file in files:
        assert names.numbers_of(file.file) == (file.attempts[0].number, file.attempts[-1].number)
        assert len({one.facts.procedure for one in file.attempts}) == 1


def test_a_month_file_covers_its_month() -> None:
    file = model.capture_files(model.number([facts(5)], 1), model.Grouping.MONTH, 2)[0]
    assert (file.start, file.end) == (date(2026, 9, 1), date(2026, 9, 30))


def test_a_file_too_heavy_is_split_with_the_ranges_in_name_and_title() -> None:
    attempts = [facts(sequence, sequence) for sequence in (4, 5, 6)]
    file = model.capture_files(model.number(attempts, 3), model.Grouping.WEEK, 2)[0]
    first, second = halve(file)
    assert (first.numbers, second.numbers) == ("03", "04-05")
    assert second.title.startswith("04-05 Captures")
    assert first.file != second.file


@pytest.mark.parametrize(
    ("prefecture", "place"),
    [
        ("Préfecture du Val-de-Marne", "Val-de-Marne"),
        ("Préfecture des Côtes-d’Armor", "Cotes-d-Armor"),
        ("Préfecture de la Seine-Saint-Denis", "Seine-Saint-Denis"),
        ("Préfecture de l’Hérault", "Herault"),
        ("Sous-préfecture d'Antony", "Antony"),
        ("Préfecture des Bouches-du-Rhône", "Bouches-du-Rhone"),
        ("Préfecture", "Prefecture"),
        ("県庁", "Demarche"),
        ("../../etc/passwd.pdf", "Etc-passwd-pdf"),
    ],
)
def test_a_place_becomes_a_file_name(prefecture: str, place: str) -> None:
    assert names.place_of(prefecture) == place


def test_a_long_name_is_cut_to_80_characters_and_keeps_numbers_and_dates() -> None:
    long = {**CRETEIL, "prefecture": "Préfecture de la " + "Très-Longue-" * 12}
    file = model.capture_files(model.number([facts(5, procedure=long)], 1), model.Grouping.WEEK, 3)[0].file
    assert len(file) == 80
    assert file.startswith("001_Capture_RDV_Tres-Longue-")
    assert file.endswith("_2026-09-14_au_2026-09-20.pdf")
    assert names.check_name(file) is None


@pytest.mark.parametrize("name", ["été.pdf", "a.b.pdf", "a%b.pdf", "a/b.pdf", "a b.pdf", "a" * 78 + ".pdf", "a.exe"])
def test_names_that_telerecours_refuses_are_told(name: str) -> None:
    assert names.check_name(name) is not None


def test_a_capture_page_says_what_a_judge_reads() -> None:
    page = document(facts(5))["pages"][0]
    rows = dict(page["rows"])
    assert page["number"] == "Pièce n°\u00a012"
    assert page["provisional"] == "numéro provisoire"
    assert page["prefecture"] == "Préfecture du Val-de-Marne"
    assert page["label"] == "Première demande de titre de séjour"
    assert rows["Date et heure"].startswith(
        "lundi 14 septembre 2026 à 07\u202fh\u202f12\u202fmin\u202f33\u202fs (UTC+02:00)"
    )
    assert rows["Phrase affichée"] == f"«\u00a0{SENTENCE}\u00a0»"
    assert rows["Adresse"] == "https://www.val-de-marne.gouv.fr/booking/create/4963/1"
    assert rows["Résultat"] == "Aucun rendez-vous proposé par le site"
    digest = facts(5).parts[0].artefacts[0][1]
    assert rows["Empreinte"].startswith(f"{digest[:8]} ")


def test_the_number_of_a_filing_is_not_provisional() -> None:
    assert document(facts(5), draft=False)["pages"][0]["provisional"] == ""


def test_several_parts_are_pages_of_one_number() -> None:
    two = (part("1", label="Guichet 21"), part("2", label="Guichet 22"))
    pages = document(facts(5, parts=two), facts(6, 2))["pages"]
    assert [page["number"] for page in pages] == ["Pièce n°\u00a012a", "Pièce n°\u00a012b", "Pièce n°\u00a013"]
    assert [page["choice"] for page in pages] == ["Choix\u00a0: Guichet 21", "Choix\u00a0: Guichet 22", ""]


def test_letters_go_on_after_z() -> None:
    parts = tuple(part(str(place)) for place in range(28))
    pages = document(facts(5, parts=parts))["pages"]
    assert [page["number"][-4:] for page in pages[25:]] == ["\u00a012z", "12aa", "12ab"]


def test_a_simulation_is_banded_and_a_real_capture_is_not() -> None:
    assert document(facts(5, simulated=True))["band"].startswith("SIMULATION")
    assert document(facts(5))["band"] == ""


def test_a_page_picture_is_said_not_to_be_the_window() -> None:
    page = document(facts(5, parts=(part(role=Role.PAGE),)))["pages"][0]
    assert page["note"].startswith("Image de la page seule, sans la fenêtre du navigateur")


def test_a_declared_outcome_says_so() -> None:
    rows = dict(document(facts(5, mode=Mode.PHOTO))["pages"][0]["rows"])
    assert rows["Manière"].endswith("résultat déclaré par la personne")


def test_what_the_font_cannot_draw_or_would_turn_the_reading_is_shown_as_a_box() -> None:
    assert model.clean("a\u202eb\u200bc\nd 😀 م") == "a□bc d □ □"
    assert model.clean("« l’été » à 9\u202fh, œuvre") == "« l’été » à 9\u202fh, œuvre"


def test_the_inventory_lists_every_exhibit_with_the_number_first() -> None:
    one = facts(5)
    lines = [
        capture_line(Placed(number=12, file="12_a.pdf", page=3, filing="2-C1"), one),
        document_line(Placed(number=13, file="13_Registre.pdf", page=1, filing="2-C1"), "Registre"),
    ]
    data = inventory_csv(lines)
    assert data.startswith(b"\xef\xbb\xbfnumero;intitule;date;")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert [row["numero"] for row in rows] == ["12", "13"]
    assert rows[0]["date"] == "2026-09-14"
    assert rows[0]["heure"] == "07:12:33"
    assert rows[0]["fuseau"] == "Europe/Paris (UTC+02:00)"
    assert rows[0]["empreinte"] == one.parts[0].artefacts[0][1]
    assert rows[1]["sequence"] == rows[1]["empreinte"] == ""
    assert [row["depot"] for row in rows] == ["2-C1", "2-C1"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_cell_is_never_a_formula(start: str) -> None:
    hostile = facts(5, procedure={**CRETEIL, "label": f'{start}HYPERLINK("http://127.0.0.1/")'})
    line = capture_line(Placed(number=1, file="f.pdf", page=1, filing=""), hostile)
    assert line["demarche"].startswith(f"'{start}")


def test_the_register_has_every_attempt_in_one_group_and_one_only() -> None:
    every = [facts(4 + place, place, outcome=outcome) for place, outcome in enumerate(Outcome)]
    register = tables.Register(attempts=every, numbers={4: "12"}, earlier=frozenset({5}))
    document = tables.register_document(register, HEADING, "68")
    shown = [row[0] for section in document["sections"] for row in section["rows"]]
    assert sorted(shown, key=int) == [str(one.sequence) for one in every]
    grouped = [outcome for _name, outcomes, _note in tables.GROUPS for outcome in outcomes]
    assert sorted(grouped) == sorted(Outcome)
    first = document["sections"][0]
    assert first["heading"] == "Aucun rendez-vous proposé (2)"
    assert [row[-1] for row in first["rows"]] == ["12", "–"]
    assert tables.EARLIER in first["rows"][1][3]


def test_an_answer_that_is_kept_and_not_counted_has_no_number_and_says_why() -> None:
    control = {"at": "", "reason": "blocked", "state": "failed", "status": 403, "url": ""}
    doubted = facts(6, 3, reason="control_failed")
    doubted.record["politeness"]["control"] = control
    assert [one.sequence for one in model.counting([facts(5), doubted], FOLLOWED)] == [5]
    register = tables.Register(attempts=[facts(5), doubted], numbers={5: "12"})
    document = tables.register_document(register, HEADING, "68")
    (section,) = (one for one in document["sections"] if one["heading"].startswith(tables.DOUBTFUL))
    ((entry, *_when, found, _how, number),) = section["rows"]
    assert (entry, number) == ("6", "–")
    assert found.endswith(
        "non compté\u00a0: au cours de la même visite, le site n’a pas servi normalement une autre de ses pages"
    )
    words = words_of(notes.method_document(content(facts(5), doubted), "69"))
    assert "Après 1 réponse, une autre page du même site" in words
    assert "servie 0 fois, refusée ou non servie 1 fois" in words
    assert "1 réponse «\u00a0aucun rendez-vous\u00a0» ne compte pas" in words
    assert tables.DOUBTFUL not in str(tables.register_document(replace(register, attempts=[facts(5)]), HEADING, "68"))


def test_the_method_note_says_who_when_how_and_what_is_not_proved() -> None:
    by_hand = facts(6, 3, mode=Mode.ASSISTED)
    words = words_of(notes.method_document(content(facts(5), by_hand), "69"))
    assert "un programme, Témoin, sur l’ordinateur de la personne" in words
    assert "1 tentative à la main, dans la fenêtre ouverte par le programme." in words
    assert "Chromium 140.0" in words
    assert "n’a pas été comparée à un serveur de temps" in words
    assert "2 visites dans les vingt-quatre heures et 9 dans les sept jours" in words
    assert "les empreintes ne prouvent pas ce que le site a envoyé" in words
    for claim in ("irréfutable", "incontestable", "ne peut être contesté"):
        assert claim not in words


def test_lisez_moi_says_what_to_file_and_what_to_keep() -> None:
    words = words_of(readme.readme_document(content(facts(5)), ["00_Inventaire_detaille.pdf", "12_a.pdf"]))
    assert words.index("00_Inventaire_detaille.pdf") < words.index("12_a.pdf")
    assert "Rien ici ne prouve ce que le site a envoyé\u202f;" in words
    assert "sh verifier.sh.txt" in words
    assert "ne se dépose pas" in words
    assert "brouillon" in words


def test_our_own_french_has_no_straight_apostrophe_and_no_breaking_space_before_signs() -> None:
    documents = [
        notes.method_document(content(facts(5)), "69"),
        readme.readme_document(content(facts(5, simulated=True)), ["a.pdf"]),
    ]
    for document in documents:
        for section in document["sections"]:
            texts = [item["text"] for item in section["items"] if item["kind"] in {"text", "bullet"}]
            for text in [section["heading"], *texts]:
                assert "'" not in text
                assert not any(sign in text for sign in (" ;", " :", " ?", " !", "« ", " »"))


def test_a_damaged_record_is_told_with_its_entry() -> None:
    record = json.loads(canonical_bytes(facts(5).record))
    for name in ("timezone", "procedure", "url", "parts", "outcome", "at"):
        with pytest.raises(IntegrityError, match="The record of entry 5 is not that of an attempt"):
            read_attempt(5, canonical_bytes({**record, name: 12}))


def test_two_artefacts_of_one_role_have_two_names() -> None:
    artefact = {"role": "window", "sha256": "0" * 64}
    items = find_items({"parts": [{"part": "1", "artefacts": [artefact, artefact]}]})
    assert [item.path for item in items] == ["1/window.png", "1/window-2.png"]


def test_secrets_are_one_a_line_and_the_object_of_the_format() -> None:
    pairs = [("a", "0" * 64), ("b", "1" * 64)]
    data = secrets_bytes(pairs)
    assert json.loads(data) == build_secrets(pairs)
    assert data.count(b'"secret"') == len([line for line in data.splitlines() if b'"secret"' in line]) == 2
