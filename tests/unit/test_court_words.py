"""What summary, petition and method note count and say: of a period, of one visit, of two who visited, of context."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from exhibits.content import Asked, Content, Material, Place, compose
from exhibits.facts import AttemptFacts, Followed, read_attempt
from exhibits.filing import Frozen, FrozenFiling
from exhibits.letters.blocks import Image
from exhibits.letters.draw import build_letters
from exhibits.letters.hearing import HearingPicture, hearing
from exhibits.letters.matter import Matter
from exhibits.letters.text import letter_text
from exhibits.model_letters import letter_facts
from exhibits.notes import method_document
from exhibits.readme import readme_document
from exhibits.story import CaseStory, EarlierFiling, FiledItem
from exhibits.summary import Synthesis, summary_document
from exhibits.tables import Register, register_document
from store.values import FilingRow
from temoin.canonical import canonical_bytes, sha256
from temoin.identity import Identity
from temoin.items import JOURNAL, PIECE, ItemContent
from temoin.records import CaseKind, JournalKind, Mode, Operator, Outcome, PieceUse
from tests.exhibit_case import CRETEIL, SENTENCE, Try, build_record_of, part

MONDAY = datetime(2026, 9, 14, 8, tzinfo=UTC)
FOLLOWED = (Followed(procedure=CRETEIL["id"], since=9),)
PERIOD = Asked(since=date(2026, 9, 14), until=date(2026, 9, 15))


def tried(
    day: int, outcome: Outcome = Outcome.NO_SLOT, operator: Operator = Operator.SELF, *, before: bool = False
) -> AttemptFacts:
    """One attempt, its entry told by its day; ``before`` the case followed the procedure."""
    shown = (part(sentence=SENTENCE),) if outcome is Outcome.NO_SLOT else ()
    _visit, record = build_record_of(Try(at=MONDAY + timedelta(days=day), outcome=outcome, parts=shown))
    return read_attempt(day + (1 if before else 10), canonical_bytes({**record, "operator": operator.value}))


def added(sequence: int, kind: JournalKind | PieceUse, day: int | None, attempt: int | None = None) -> FiledItem:
    at = None if day is None else MONDAY + timedelta(days=day)
    entry = JOURNAL if isinstance(kind, JournalKind) else PIECE
    content = ItemContent(
        entry=entry, kind=kind, at=at, timezone="Europe/Paris", has_time=True, title="", text="x", attempt=attempt
    )
    return FiledItem(sequence=sequence, recorded_at=MONDAY, digest=sha256(b"x"), content=content)


def court_file(
    attempts: Sequence[AttemptFacts],
    items: Sequence[FiledItem] = (),
    asked: Asked | None = None,
    place: Place | None = None,
) -> Content | None:
    material = Material(
        case="K7",
        story=CaseStory(kind=CaseKind.RENEWAL, asked_on=date(2026, 9, 3)),
        procedures=(CRETEIL["id"],),
        attempts=tuple(attempts),
        notices=(),
        items=tuple(items),
        plans=(),
        earlier=frozenset(facts.sequence for facts in attempts if facts.sequence < FOLLOWED[0].since),
    )
    return compose(material, FOLLOWED, asked or Asked(), place or Place())


def some(content: Content | None) -> Content:
    assert content is not None
    return content


def squeezed(document: Any) -> str:
    return re.sub(r"[ \u00a0\u202f]+", " ", json.dumps(document, ensure_ascii=False))


def summary_of(content: Content) -> str:
    synthesis = Synthesis(
        figures=content.figures,
        order=content.order,
        steps=content.steps,
        answers=content.answers,
        grid=content.grid,
        since=content.since,
    )
    return squeezed(summary_document(synthesis, content.heading))


def method_of(content: Content) -> str:
    return squeezed(method_document(content, "09"))


def letters_of(content: Content) -> dict[str, str]:
    """The words of each letter, on one line."""
    found = build_letters(letter_facts(content, ()), None)
    return {one.name: re.sub(r"[\s>]+", " ", letter_text(one).decode("utf-8-sig")) for one in found}


def test_a_period_without_capture_failure_or_step_gives_nothing_to_file() -> None:
    slot = tried(8, Outcome.SLOT_SEEN)
    beside = [added(100, JournalKind.SLOT_RESPONSE, 8, attempt=slot.sequence), added(101, PieceUse.IDENTITY, None)]
    attempts = [tried(7), slot, tried(9, Outcome.OVERLOADED)]
    assert court_file(attempts, beside, PERIOD) is None
    assert court_file(attempts, [*beside, added(102, JournalKind.EMAIL, 1)], PERIOD) is not None
    assert court_file([*attempts, tried(1, Outcome.OVERLOADED)], beside, PERIOD) is not None


def test_of_a_period_what_has_no_exhibit_is_counted_apart() -> None:
    content = some(court_file([tried(day) for day in range(7)], asked=PERIOD))
    words = summary_of(content)
    assert "J’ai consulté 2 fois la page de rendez-vous. 2 fois, elle affichait" in words
    assert (
        "5 autres visites sans rendez-vous, qui ne sont pas produites ici, sont dans le registre (pièce n° 4)." in words
    )
    assert "du 14/09/2026 au 15/09/2026" in words
    (told,) = letter_facts(content, ()).procedures
    assert (told.count, told.numbers) == (2, (2, 3))


def test_what_lies_outside_the_period_is_no_visit_of_it() -> None:
    inside, near, far = tried(1, Outcome.OVERLOADED), tried(-1, Outcome.OVERLOADED), tried(9, Outcome.OVERLOADED)
    found = [near, tried(0), inside, tried(5), far, tried(10)]
    words = summary_of(some(court_file(found, asked=PERIOD)))
    assert "J’ai consulté 2 fois la page de rendez-vous. Une fois, elle affichait" in words  # one proof, inside
    assert "4 autres visites, dont 2 sans rendez-vous qui ne sont pas produites ici, sont dans le registre" in words
    assert "3 dysfonctionnements du site avant le calendrier" in words  # their table has them all
    whole = summary_of(some(court_file(found)))
    assert "J’ai consulté 6 fois la page de rendez-vous. 3 fois, elle affichait" in whole
    assert "autres visites" not in whole


def test_who_made_no_visit_does_not_speak() -> None:
    attempts = [tried(0), tried(1, Outcome.MISSED, Operator.ASSOCIATION)]
    assert "J’ai lancé le programme" in method_of(some(court_file(attempts)))


def test_a_period_with_a_step_alone_pleads_no_attempt() -> None:
    content = some(court_file([tried(7)], [added(100, JournalKind.EMAIL, 1)], PERIOD))
    assert not content.can_plead
    assert letter_facts(content, ()).told == ()
    assert "Ce dossier ne produit aucune visite du site." in summary_of(content)
    assert "Une autre visite sans rendez-vous, qui n’est pas produite ici, est dans le registre" in summary_of(content)


def test_one_visit_is_told_in_the_singular() -> None:
    content = some(court_file([tried(0)]))
    words = summary_of(content)
    assert "J’ai consulté une fois la page de rendez-vous. Elle affichait" in words
    assert "le 14/09/2026" in words
    assert re.findall(r"1 fois|du 14/09|0 jour", words) == []
    assert "Une tentative, le lundi 14 septembre 2026 à 10 h 00 " in method_of(content)


def test_where_each_visited_the_summary_counts_each() -> None:
    attempts = [*(tried(day) for day in range(3)), tried(3, operator=Operator.ASSOCIATION)]
    words = summary_of(some(court_file(attempts)))
    asked = "l’association, à ma demande du 3 septembre 2026, a consulté une fois cette page. 4 fois, la page affichait"
    assert f"J’ai consulté 3 fois la page de rendez-vous ; {asked}" in words


def test_what_came_before_the_case_followed_is_context_and_nobodys_voice() -> None:
    content = some(court_file([tried(0, operator=Operator.ASSOCIATION, before=True), tried(1), tried(2)]))
    assert not content.heading.voice.shared
    assert "J’ai consulté 2 fois" in summary_of(content)
    words = method_of(content)
    assert "2 tentatives, du " in words
    assert "Le registre contient aussi 1 tentative faite hors de la période" in words
    assert "Elle n’est pas comptée ici." in words


def test_the_method_note_says_how_many_attempts_were_no_visit() -> None:
    words = method_of(some(court_file([tried(0), tried(1), tried(2, Outcome.MISSED)])))
    assert "3 tentatives, du " in words
    assert "Parmi elles, 1 tentative sans visite du site" in words


def test_what_did_not_take_place_was_made_by_nobody() -> None:
    _visit, record = build_record_of(
        Try(at=MONDAY + timedelta(days=2), outcome=Outcome.MISSED, mode=Mode.ASSISTED, reason="invitation_declined")
    )
    due = {"due": record["at"]}  # as the scheduler writes it: the mode is the procedure's
    declined = read_attempt(12, canonical_bytes({**record, **due}))
    words = method_of(some(court_file([tried(0), tried(1), declined])))
    assert "2 tentatives par le programme seul" in words
    assert "Aucune tentative faite à la main" in words
    assert "invitation, que la personne a suivie" not in words
    assert "ordinateur éteint" not in words  # the register has another reason
    (row,) = (row for row in _rows([declined]) if "invitation déclinée" in row[3])
    assert row[4] == "–"


def photographed(day: int) -> AttemptFacts:
    """One attempt in the person's own browser."""
    at = MONDAY + timedelta(days=day)
    _visit, record = build_record_of(Try(at=at, mode=Mode.PHOTO, parts=(part(sentence=""),)))
    return read_attempt(day + 10, canonical_bytes(record))


def test_letters_say_that_a_photographed_result_was_declared() -> None:
    for name in ("requete_refere", "courriel", "lettre_LRAR", "saisine_Defenseur_des_droits"):
        alone = letters_of(some(court_file([photographed(0)])))[name]
        assert "ouvre la page comme un visiteur" not in alone
        assert "La page y a été ouverte dans le navigateur d’une personne, que le programme n’a pas lu" in alone
        mixed = letters_of(some(court_file([tried(0), tried(1), photographed(2)])))[name]
        assert "ouvre la page comme un visiteur" in mixed
        assert "Pour une de celles-ci, la page a été ouverte dans le navigateur d’une personne" in mixed
        assert "déclaré" not in letters_of(some(court_file([tried(0), tried(1)])))[name]


def test_the_summary_says_whose_word_a_photographed_result_is() -> None:
    one = summary_of(some(court_file([photographed(0)])))
    assert "cette consultation a été faite à la main, et son résultat est déclaré par la personne." in one
    assert "Aucun rendez-vous proposé par le site (résultat déclaré par la personne)" in one
    two = summary_of(some(court_file([tried(0), photographed(1), photographed(2)])))
    assert "2 de ces consultations ont été faites à la main, et leurs résultats sont déclarés par la personne." in two
    assert "déclaré" not in summary_of(some(court_file([tried(0)])))


def _rows(attempts: Sequence[AttemptFacts]) -> list[list[str]]:
    heading = some(court_file([tried(0)])).heading
    document = register_document(Register(attempts=attempts, numbers={}), heading, "9")
    return [row for one in document["sections"] for row in one["rows"]]


def test_a_last_answer_that_is_not_counted_says_so_on_the_summary() -> None:
    failed = tried(0, Outcome.OVERLOADED)
    doubted = replace(tried(1), reason="control_failed")
    words = summary_of(some(court_file([failed, doubted])))
    why = ", non compté : au cours de la même visite, le site n’a pas servi normalement"
    assert f"ultérieurement. »{why}" in words
    silent = replace(tried(1, Outcome.NO_CALENDAR), reason="control_failed")
    assert f"Aucun calendrier ouvert à la réservation{why}" in summary_of(some(court_file([failed, silent])))
    ((_entry, _when, _where, found, *_rest),) = _rows([silent])
    assert f"Aucun calendrier ouvert à la réservation{why}" in squeezed(found)


def test_letters_tell_of_steps_outside_the_period_and_never_that_there_are_none() -> None:
    items = [added(100, JournalKind.LETTER, 7), added(101, JournalKind.DECISION, 8)]
    letters = letters_of(some(court_file([tried(0), tried(1)], items, PERIOD)))
    petition = letters["requete_refere"]
    assert "les démarches de votre journal sont hors de la période choisie" in petition
    assert "aucune démarche écrite" not in petition
    assert "votre journal contient une réponse ou une décision de la préfecture." in petition
    assert (
        "aucune démarche écrite ne figure dans votre journal"
        in letters_of(some(court_file([tried(0)])))["requete_refere"]
    )


def test_letters_say_how_many_attempts_each_made() -> None:
    attempts = [*(tried(day) for day in range(3)), tried(3, operator=Operator.ASSOCIATION)]
    letters = letters_of(some(court_file(attempts)))
    assert (
        "Parmi les tentatives qui suivent, une a été faite par l’association et trois par moi-même."
        in (letters["requete_refere"])
    )
    assert "II. Ce que l’association et la personne ont constaté" in letters["intervention_volontaire"]
    assert "le programme est aussi sur l’ordinateur de la personne" in letters["aide_attestation_operateur"]


def test_letters_that_tell_of_ones_attempts_only_are_in_that_voice() -> None:
    refused = tried(3, Outcome.BLOCKED, operator=Operator.ASSOCIATION)
    content = some(court_file([tried(0), tried(1), refused]))
    assert content.heading.voice.shared
    petition = letters_of(content)["requete_refere"]
    assert "J’ai consulté le site de réservation" in petition
    assert "Parmi les tentatives" not in petition


def test_letters_bear_no_day_and_the_hearing_sheet_the_day_of_its_picture() -> None:
    content = some(court_file([tried(0), tried(1)]))
    petition = letters_of(content)["requete_refere"]
    assert re.search(r"Date : \[?…", petition), petition[:600]
    picture = HearingPicture(data=b"", at=MONDAY, zone="Europe/Paris", caption="X")
    sheet = hearing(Matter(facts=letter_facts(content, ()), identity=Identity()), picture)
    captions = [block.caption for block in sheet.blocks if isinstance(block, Image)]
    assert re.sub(r"\s", " ", captions[0]) == "Capture du lundi 14 septembre 2026, la dernière de ce dossier : X"


def test_weekdays_agree() -> None:
    petition = letters_of(some(court_file([tried(day) for day in (0, 1, 2, 11)])))["requete_refere"]
    assert "les lundi, mardi, mercredi et vendredi" in petition
    assert "le lundi, à" in letters_of(some(court_file([tried(0), tried(7)])))["requete_refere"]


def test_a_single_failure_beside_proofs_is_singular() -> None:
    words = letters_of(some(court_file([tried(0), tried(1), tried(2, Outcome.OVERLOADED)])))["requete_refere"]
    assert "lors d’une autre tentative" in words
    assert "Cet échec n’est pas compté" in words


@pytest.mark.parametrize(("days", "pleaded"), [((0,), False), ((0, 1), False), ((0, 7), True)])
def test_the_decision_on_failures_is_cited_for_those_of_several_weeks(days: tuple[int, ...], *, pleaded: bool) -> None:
    letters = letters_of(some(court_file([tried(day, Outcome.OVERLOADED) for day in days])))
    assert ("Ces échecs peuvent être invoqués" in letters["fiche_audience"]) is pleaded
    alone = "à une heure tirée au sort par le programme ou choisie par une personne"
    assert (alone in letters["aide_attestation_operateur"]) is (len(days) == 1)


def test_the_register_says_neant_of_an_empty_group() -> None:
    content = some(court_file([tried(0)]))
    register = Register(attempts=content.material.attempts, numbers=content.numbers)
    words = squeezed(register_document(register, content.heading, "03"))
    assert "Aucune." not in words
    assert "Néant." in words


def filed(sequence: int, supplement: int, day: int) -> FrozenFiling:
    row = FilingRow(filing_id=sequence, sequence=sequence, case="K7", at=MONDAY, first_number=1, supplement_of=None)
    return FrozenFiling(row=row, number=1, supplement=supplement, day=date(2026, 9, day))


def test_a_new_petition_counts_what_came_after_the_supplements_and_says_when_they_were() -> None:
    assert Frozen(every=()).as_earlier is None
    alone = EarlierFiling(number=1, day=date(2026, 9, 15), last=11)
    assert Frozen(every=(filed(11, 0, 15),)).as_earlier == alone
    before = Frozen(every=(filed(11, 0, 15), filed(13, 1, 17))).as_earlier
    assert before == EarlierFiling(number=1, day=date(2026, 9, 15), last=13, completed=date(2026, 9, 17))
    content = some(court_file([tried(day) for day in (0, 2, 4)], place=Place(before=before)))
    words = "(dépôt n° 1, préparé le 15 septembre 2026, complété le 17 septembre 2026) : 1 capture et"
    assert words in summary_of(content)
    petition = letters_of(content)["requete_refere"]
    assert "arrêté le 15 septembre 2026 (dépôt n° 1) et complété le 17 septembre 2026." in petition
    assert "Depuis, 1 nouvelle tentative n’a donné aucun rendez-vous" in petition


def test_the_readme_of_a_supplement_asks_for_no_second_petition() -> None:
    before = EarlierFiling(number=1, day=date(2026, 9, 15), last=11)
    content = some(court_file([tried(3)], place=Place(filing=1, supplement=1, before=before)))
    words = squeezed(readme_document(content, ()))
    assert "Signez la requête" not in words
    assert "Imprimez l’inventaire complété et les pièces nouvelles" in words
    assert "Signez la requête" in squeezed(readme_document(some(court_file([tried(3)])), ()))
