"""The words of every letter, for every kind of case, both voices, with and without an identity."""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import product

import pytest

from exhibits.letters import draw
from exhibits.letters.blocks import Blank, Block, Caution, Heading, Letter, Paragraph
from exhibits.letters.facts import LetterFacts
from exhibits.letters.text import letter_text
from exhibits.letters.wording import DOTS
from temoin.identity import Identity
from temoin.records import CaseKind, JournalKind, Operator, SlotResult
from tests.letter_facts import IDENTITY, SLOTS, STEPS, broken, full, procedure, small

NAMES = (
    "courriel",
    "lettre_LRAR",
    "mandat",
    "saisine_Defenseur_des_droits",
    "demande_apres_date_trop_lointaine",
    "requete_refere",
    "absence_de_decision",
    "aide_attestation_temoin",
    "aide_attestation_operateur",
    "intervention_volontaire",
    "demande_apres_ordonnance_inexecutee",
    "fiche_audience",
)
CASES = [
    pytest.param(
        make(kind, operator), identity, id=f"{make.__name__}-{kind}-{operator}-{'known' if identity else 'blank'}"
    )
    for make, kind, operator, identity in (
        *product((small, full), CaseKind, Operator, (None, IDENTITY)),
        *product((broken,), (CaseKind.RENEWAL, CaseKind.OTHER), Operator, (None,)),
    )
]
every_case = pytest.mark.parametrize(("facts", "identity"), CASES)

# The articles that the letters may cite; all others, those of 2020 first, are mistakes (court-rules §0).
CURRENT = {
    "L. 521-3", "L. 521-4", "L. 761-1", "L. 911-1", "L. 911-3", "L. 911-4", "L. 911-7",
    "R. 412-2", "R. 414-4", "R. 431-2", "R. 431-3", "R. 431-4", "R. 431-5", "R. 632-1", "R. 921-1-1",
}  # fmt: skip
DECISIONS = {"435594", "436288", "448178", "452798", "453391", "461694"}
FORBIDDEN = re.compile(
    r"irréfutable|incontestable|indiscutable|indéniable|infalsifiable|inattaquable|irrécusable|mis en doute"
    r"|à coup sûr|certifi|garanti|signet|référé-liberté|droit absolu|gagner|perdre|prouve que le site",
    re.IGNORECASE,
)
# What the README's own test refuses: straight apostrophes, plain spaces before « : ; ? ! » and inside guillemets.
BAD_TYPOGRAPHY = re.compile(r".{0,20}(?:'| [:;?!»]|« |\w[;?!]\s).{0,20}")


@cache
def build_letters(facts: LetterFacts, identity: Identity | None = None) -> tuple[Letter, ...]:
    """Built once for all the tests of a case."""
    return draw.build_letters(facts, identity)


def letters_of(facts: LetterFacts, identity: Identity | None = None) -> dict[str, Letter]:
    return {letter.name: letter for letter in build_letters(facts, identity)}


@cache
def words_of(letter: Letter) -> str:
    """The letter's text on one line, without the marks that plain text is laid out with."""
    text = letter_text(letter).decode("utf-8-sig")
    lines = (re.sub(r"^(> |- |[=_-]{3,}$)", "", line.strip(" ")) for line in text.splitlines())
    return " ".join(" ".join(lines).split(" ")).strip(" ")


@cache
def squeezed(letter: Letter) -> str:
    return re.sub(r"[ \u00a0\u202f]+", " ", words_of(letter))


def texts(block: Block) -> list[str]:
    if isinstance(block, Blank):
        return []
    found = [getattr(block, name, "") for name in ("lead", "text", "beside", "caption")]
    rows = [cell for row in getattr(block, "rows", ()) for cell in row]
    return [one for one in [*found, *rows] if one]


def section(letter: Letter, start: str, end: str) -> list[Block]:
    """The blocks between two headings."""
    headings = [place for place, block in enumerate(letter.blocks) if isinstance(block, Heading)]
    titles = {getattr(letter.blocks[place], "text", ""): place for place in headings}
    return list(letter.blocks[titles[start] + 1 : titles[end]])


def test_every_letter_is_there_under_a_name_that_telerecours_takes() -> None:
    letters = build_letters(full(), IDENTITY)
    assert tuple(letter.name for letter in letters) == NAMES
    assert [name for name in NAMES if not re.fullmatch(r"[A-Za-z_]{1,75}", name)] == []


@every_case
def test_no_letter_shows_what_a_program_left_behind(facts: LetterFacts, identity: Identity | None) -> None:
    for letter in build_letters(facts, identity):
        for text in (text for block in letter.blocks for text in texts(block)):
            assert not re.search(r"[{}]|None|True|False|  |\bsite site\b|\.\.|,,| \.|\( | ,", text), (letter.name, text)
            assert text == text.strip(" "), (letter.name, text)


@every_case
def test_every_letter_keeps_french_typography(facts: LetterFacts, identity: Identity | None) -> None:
    shown = facts.told[0].sentence  # the site's own words stand as it wrote them
    for letter in build_letters(facts, identity):
        for text in (text for block in letter.blocks for text in texts(block)):
            assert BAD_TYPOGRAPHY.findall(text.replace(shown, "")) == [], letter.name


@every_case
def test_no_letter_claims_too_much(facts: LetterFacts, identity: Identity | None) -> None:
    for letter in build_letters(facts, identity):
        assert FORBIDDEN.findall(squeezed(letter)) == [], letter.name


@every_case
def test_every_article_and_decision_is_current_and_well_written(facts: LetterFacts, identity: Identity | None) -> None:
    for letter in build_letters(facts, identity):
        text = words_of(letter).replace("article\u00a0L.\u00a0423-23", "")  # the person's own
        assert {re.sub("\u00a0", " ", one) for one in re.findall(r"[LRD]\.?[ \u00a0]?\d{3}[\d-]*", text)} <= CURRENT
        assert re.findall(r"[LRD]\.(?:\d| \d)|n° \d", text) == [], letter.name
        assert set(re.findall(r"\b4[3-6]\d{4}\b", text)) <= DECISIONS


@every_case
def test_a_petition_names_the_law_it_rests_on(facts: LetterFacts, identity: Identity | None) -> None:
    text = squeezed(letters_of(facts, identity)["requete_refere"])
    for cited in ("L. 521-3", "L. 911-1", "L. 911-3", "L. 761-1", "435594", "448178", "453391", "436288"):
        assert cited in text
    permits = facts.kind in {CaseKind.RENEWAL, CaseKind.FIRST_APPLICATION}
    assert all((cited in text) is permits for cited in ("R. 431-2", "R. 431-3", "452798", "461694"))
    assert ("concernent les titres de séjour. Demandez à un avocat" in text) is not permits
    assert "100 € par jour de retard" in text
    assert "dans un délai de quinze jours" in text


@every_case
def test_urgency_is_presumed_for_a_renewal_only(facts: LetterFacts, identity: Identity | None) -> None:
    text = squeezed(letters_of(facts, identity)["requete_refere"])
    assert ("l’urgence est en principe reconnue (CE, 9 juin 2022, n° 453391)" in text) is (
        facts.kind is CaseKind.RENEWAL
    )
    assert ("l’urgence n’est presque jamais admise" in text) is (facts.kind is CaseKind.NATURALISATION)


@pytest.mark.parametrize("kind", [kind for kind in CaseKind if kind is not CaseKind.RENEWAL])
def test_nothing_is_invented_of_the_urgency_of_a_first_application(kind: CaseKind) -> None:
    """Whole section: the rule, a warning, lines to write on, the person's own pieces; not one fact."""
    found = section(letters_of(full(kind), IDENTITY)["requete_refere"], "A. L’urgence", "B. L’utilité de la mesure")
    if kind is CaseKind.NATURALISATION:
        assert isinstance(found.pop(0), Caution)
    rule, warning, lines, pieces = found
    assert isinstance(rule, Paragraph)
    assert rule.text.replace("\u00a0", " ") == (
        "En dehors du renouvellement d’un titre de séjour, l’urgence n’est pas reconnue en principe : il faut "
        "justifier de circonstances particulières (CE, 9 juin 2022, n° 453391). Voici les miennes."
    )
    assert isinstance(warning, Caution)
    assert warning.lead == "À COMPLÉTER PAR VOUS"
    assert "sans circonstances particulières prouvées, la requête sera rejetée" in warning.text
    assert lines == Blank(lines=8)
    assert isinstance(pieces, Paragraph)
    assert pieces.text.replace("\u00a0", " ") == "Pièces sur l’urgence : pièce n° 72."


@pytest.mark.parametrize("operator", list(Operator))
def test_without_an_identity_every_blank_is_visible(operator: Operator) -> None:
    letters = letters_of(small(CaseKind.OTHER, operator))
    for name in NAMES:
        if name.startswith("aide_attestation_temoin"):
            continue  # the sheet is about what someone else writes by hand
        assert DOTS in words_of(letters[name]), name
    petition = squeezed(letters["requete_refere"])
    for label in (
        "nom",
        "prénoms",
        "date de naissance",
        "nationalité",
        "adresse postale",
        "objet de votre demande",
        "ville",
    ):
        assert f"{DOTS} ({label})" in petition, label


def test_an_identity_fills_every_blank_that_it_can() -> None:
    text = squeezed(letters_of(replace(full(), slots=SLOTS[:1], previous=None), IDENTITY)["requete_refere"])
    left = [found.split(" ")[-1] for found in re.findall(r"…{4,} \([^)]*\)", text)]
    # The petition, then its page on the missing decision: their date, and the place and date of the signature.
    assert left == ["(date)", "(lieu)", "(date)"] * 2
    known = (
        "EXEMPLE Camille Sacha",
        "31 janvier 1990",
        "9900000000",
        "Maître Exemple",
        "tribunal administratif de Ville",
    )
    for value in known:
        assert value in text


def test_two_voices_tell_who_consulted_the_site() -> None:
    own = squeezed(letters_of(full(operator=Operator.SELF), IDENTITY)["requete_refere"])
    assert "J’ai consulté le site de réservation de la préfecture du Département-Exemple" in own
    assert "sur mon ordinateur" in own
    other = squeezed(letters_of(full(), IDENTITY)["requete_refere"])
    assert "L’association Exemple, à ma demande du 3 septembre 2026, a consulté le site de réservation" in other
    assert "Elle a aussi consulté" in other
    assert "J’ai consulté" not in other


def test_an_association_without_a_date_of_request_leaves_it_blank() -> None:
    text = squeezed(letters_of(small(operator=Operator.ASSOCIATION))["requete_refere"])
    assert f"L’association {DOTS} (nom de l’association), à ma demande du {DOTS} (date de votre demande" in text


def test_dates_are_told_by_period_with_their_exhibits() -> None:
    text = squeezed(letters_of(full())["requete_refere"])
    assert "du 21 au 27 septembre 2026 : 3 tentatives (pièces n° 31 à 33)" in text
    assert "C’est mon cas : 46 tentatives en 76 jours, à des jours et à des heures différents" in text


def test_slots_seen_are_told_with_what_was_done_about_them() -> None:
    text = squeezed(letters_of(full())["requete_refere"])
    assert "Deux tentatives ont montré au moins un créneau." in text
    assert (
        "Le mardi 20 octobre 2026 à 09 h 12, pour la démarche « Titre de séjour » (entrée n° 57 du registre). Il "
        "n’était plus libre au moment de le réserver (pièce n° 69)."
    ) in text
    assert f"(entrée n° 101 du registre). {DOTS} (dites ce que vous avez fait de ce créneau)" in text
    assert "Aucun créneau n’a été affiché." in squeezed(letters_of(small())["requete_refere"])


@pytest.mark.parametrize("result", list(SlotResult))
def test_every_answer_to_a_slot_has_words(result: SlotResult) -> None:
    facts = replace(full(), slots=(replace(SLOTS[0], result=result),))
    for letter in build_letters(facts, IDENTITY):
        assert " .." not in words_of(letter)
    expected = "« Créneau déjà pris » (pièce n° 69)." if result is SlotResult.OTHER else " (pièce n° 69)."
    assert expected in squeezed(letters_of(facts)["requete_refere"])


def test_failures_have_their_own_paragraph_and_refusals_are_never_pleaded() -> None:
    letter = letters_of(full())["requete_refere"]
    text = squeezed(letter)
    assert "Ici, 5 tentatives ont échoué ainsi (pièce n° 70)." in text
    assert "lors de 5 autres tentatives, les 3 et 9 octobre 2026 et le 2 novembre 2026 (pièce n° 70)" in text
    assert "Ce ne sont pas des pannes, et il n’en est tiré aucun argument (pièce n° 74)." in text
    discussion = letter.blocks[[getattr(block, "text", "") for block in letter.blocks].index("II. Discussion") :]
    assert not [text for block in discussion for text in texts(block) if "refusé le programme" in text]


def test_a_missing_page_of_instructions_is_asked_for() -> None:
    text = squeezed(letters_of(small())["requete_refere"])
    assert (
        "À COMPLÉTER PAR VOUS : la page de la préfecture qui impose de prendre rendez-vous sur internet manque" in text
    )
    assert "renvoie à la prise de rendez-vous sur internet (pièce n° 2)" in squeezed(
        letters_of(full())["requete_refere"]
    )


def test_a_short_span_is_warned_of_and_claims_nothing() -> None:
    facts = replace(small(), procedures=(procedure(count=2),))  # two attempts three days apart
    text = squeezed(letters_of(facts)["requete_refere"])
    assert "vos tentatives s’étendent sur 4 jours seulement" in text
    assert "C’est mon cas" not in text
    long_enough = replace(small(), procedures=(procedure(count=4),))
    assert "C’est mon cas : 4 tentatives en 10 jours, sur 2 semaines" in squeezed(
        letters_of(long_enough)["requete_refere"]
    )


def test_the_lost_case_of_september_2019_is_not_said_to_be_enough() -> None:
    days = procedure(count=2, first=date(2019, 9, 13))
    facts = replace(small(), procedures=(replace(days, last=date(2019, 9, 18), weeks=2),))
    text = squeezed(letters_of(facts)["requete_refere"])
    assert "des captures du 13 au 18 septembre n’ont pas suffi" in text
    assert "C’est mon cas" not in text


def test_the_page_on_the_absence_of_a_decision_is_the_petitions_last() -> None:
    letters = letters_of(full(), IDENTITY)
    alone = letters["absence_de_decision"].blocks
    assert letters["requete_refere"].blocks[-len(alone) :] == alone
    first = alone[0]
    assert isinstance(first, Heading)
    assert first.new_page
    assert "sur simple requête qui sera recevable même en l’absence de décision" in squeezed(
        letters["absence_de_decision"]
    )


def test_a_decision_in_the_journal_stops_the_page_on_its_absence() -> None:
    step = replace(STEPS[0], kind=JournalKind.DECISION, number=66)
    text = squeezed(letters_of(replace(full(), steps=(step,)))["absence_de_decision"])
    assert "votre journal contient une réponse ou une décision de la préfecture (pièce n° 66)" in text


def test_an_appointment_that_was_obtained_stops_the_petition() -> None:
    facts = replace(full(), slots=(replace(SLOTS[0], obtained=True),))
    assert "votre journal dit qu’un rendez-vous a été obtenu" in squeezed(letters_of(facts)["requete_refere"])
    assert "a été obtenu" not in squeezed(letters_of(full())["requete_refere"])


def test_a_new_petition_says_what_is_new() -> None:
    text = squeezed(letters_of(full())["requete_refere"])
    assert "Un dossier précédent avait été arrêté le 30 octobre 2026 (dépôt n° 1)." in text
    assert (
        "Depuis, 8 nouvelles tentatives n’ont donné aucun rendez-vous, entre le 31 octobre et le 28 novembre 2026."
        in text
    )


def test_only_letters_that_cite_exhibits_are_drafts_and_all_of_a_simulation_say_so() -> None:
    simulated = letters_of(replace(full(), draft=True))
    assert {letter.band.split(" — ")[0] for letter in simulated.values()} == {"SIMULATION"}
    drafts = {name for name, letter in letters_of(small()).items() if letter.band}
    assert {letter.band for letter in letters_of(small()).values()} == {"", "BROUILLON – numéros de pièces provisoires"}
    for name, letter in letters_of(full()).items():
        assert name in drafts or not re.search(r"pièces? n°", squeezed(letter)), name


def test_help_sheets_are_no_attestations() -> None:
    letters = letters_of(full(), IDENTITY)
    for name in ("aide_attestation_temoin", "aide_attestation_operateur"):
        text = squeezed(letters[name])
        assert "ceci n’est pas une attestation" in text
        assert "cerfa n° 11527*03" in text
        assert "Cette attestation est établie en vue de sa production en justice." in text
        assert "Je soussigné" not in text
        assert "EXEMPLE" not in text
    operator = squeezed(letters["aide_attestation_operateur"])
    for told in ("communauté d’intérêts", "la machine", "tirées au sort", "ni retouché, ni supprimé, ni ajouté"):
        assert told in operator
    assert "le 12 octobre 2026" in squeezed(letters["aide_attestation_temoin"]).lower()


def test_the_intervention_asks_for_no_costs() -> None:
    assert "L. 761-1" not in squeezed(letters_of(full(), IDENTITY)["intervention_volontaire"])


def test_many_procedures_and_steps_leave_the_hearing_sheet_short() -> None:
    steps = tuple(replace(STEPS[0], on=date(2026, 9, 1) + timedelta(days=place)) for place in range(12))
    facts = replace(full(), steps=steps, procedures=tuple(procedure() for _ in range(5)))
    text = squeezed(letters_of(facts, IDENTITY)["fiche_audience"])
    assert "Et 9 autres." in text
    assert "Et 2 autres." in text


def test_texts_of_people_run_nothing_and_stay_whole() -> None:
    label = "{today} %s 'démarche' \x07 <b>"
    facts = replace(full(), procedures=(replace(procedure(), label=label),), case="{case}")
    assert "« {today} %s 'démarche' <b> »" in squeezed(letters_of(facts)["requete_refere"])


def test_where_nothing_can_be_pleaded_only_the_mandate_and_the_witness_are_written() -> None:
    letters = letters_of(replace(full(), procedures=()))
    assert tuple(letters) == ("mandat", "aide_attestation_temoin")
    assert "de la préfecture du Département-Exemple, pour la démarche « Duplicata »" in squeezed(letters["mandat"])
    never_tried = squeezed(letters_of(replace(small(), procedures=(), sites=()))["mandat"])
    assert f"le site de réservation de {DOTS} (la préfecture), pour la démarche {DOTS} (intitulé)" in never_tried
