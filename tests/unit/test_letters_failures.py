"""A case in which no attempt found that there was no appointment: its letters rest on failures before the calendar."""

import re
from dataclasses import replace
from datetime import date

import pytest

from exhibits.letters.blocks import Heading, Letter
from exhibits.letters.draw import build_letters
from exhibits.letters.facts import Dysfunctions, LetterFacts, PreviousFiling
from exhibits.letters.text import letter_text
from temoin.records import JournalKind, Outcome
from tests.letter_facts import broken, failed, full, procedure, small

CATEGORY = "CE, 9 juin 2022, n° 453391"
# What nobody may say of a case whose attempts never saw the sentence.
OF_PROOFS = re.compile(r"aucun rendez-vous|plus de plage|Les captures (jointes|sont|ne)|captures d’écran réalisées")


def letters_of(facts: LetterFacts) -> dict[str, Letter]:
    return {letter.name: letter for letter in build_letters(facts, None)}


def words_of(letter: Letter) -> str:
    text = letter_text(letter).decode("utf-8-sig")
    lines = (re.sub(r"^(> |- |[=_-]{3,}$)", "", line.strip(" ")) for line in text.splitlines())
    return re.sub(r"[ \u00a0\u202f]+", " ", " ".join(lines)).strip(" ")


def petition_of(facts: LetterFacts) -> str:
    return words_of(letters_of(facts)["requete_refere"])


@pytest.mark.parametrize("pictured", [0, 1, 12])
def test_every_letter_is_written_and_none_tells_of_an_empty_calendar(pictured: int) -> None:
    letters = letters_of(broken(pictured=pictured))
    assert len(letters) == 12
    for name, letter in letters.items():
        words = words_of(letter)
        assert OF_PROOFS.findall(words) == [], name
        assert re.findall(r"\b0 |\(\)| de le (?!convoquer)|Aucun échec avant", words) == [], name


def test_the_petition_tells_of_the_failures_in_the_place_of_attempts() -> None:
    letter = letters_of(broken())["requete_refere"]
    titles = [block.text.replace("\u00a0", " ") for block in letter.blocks if isinstance(block, Heading)]
    assert [title for title in titles if re.match(r"\d\. ", title)] == [
        "1. Ma situation et ma demande",
        "2. Le site internet est le seul moyen d’obtenir un rendez-vous",
        "3. Les échecs avant le calendrier",
        "4. Les créneaux vus",
        "5. Les autres démarches",
        "6. Les conséquences pour moi",
    ]
    words = words_of(letter)
    assert "12 tentatives n’ont pas permis d’arriver jusqu’au calendrier des rendez-vous. Elles ont été faites" in words
    assert "Ce qui a été constaté : service surchargé, 8 fois ; site en maintenance, 4 fois." in words
    assert "L’une de ces pages affichait : « Service surchargé. Veuillez réessayer plus tard. »" in words
    assert "avec sa date et son heure, suivi d’images des pages affichées (pièce n° 5)." in words
    assert words.count("Ce ne sont pas des pannes") == 1  # the tool's refusals, told and not pleaded


def test_the_petition_pleads_the_decision_about_such_failures_and_calls_no_other_page_its_own() -> None:
    words = petition_of(broken())
    assert (
        f"si cela est constaté lors de plusieurs tentatives qui n’ont pas été faites la même semaine ({CATEGORY})"
        in words
    )
    assert "C’est mon cas : 12 tentatives en 34 jours, sur 5 semaines, à des jours et à des heures" in words
    assert "n’ont pas permis d’arriver jusqu’au calendrier des rendez-vous (pièce n° 5)." in words
    assert "au sujet de la page qui annonce qu’il n’y a plus de rendez-vous" in words
    assert "La même raison vaut ici. Les tentatives ont été faites pour ma propre démarche." in words
    assert "aucune capture ne montre qu’il n’y a plus de rendez-vous" in words  # the box before filing


def test_failures_over_too_short_a_time_are_warned_of_and_claim_nothing() -> None:
    words = petition_of(broken(count=2, pictured=2))
    assert "vos tentatives s’étendent sur 4 jours seulement" in words
    assert "C’est mon cas" not in words


def test_a_single_failure_is_told_in_the_singular() -> None:
    words = petition_of(broken(count=1, pictured=0))
    assert "Le 14 septembre 2026, une tentative n’a pas permis d’arriver jusqu’au calendrier des rendez-vous." in words
    assert "Ce qui a été constaté : service surchargé. La page affichait : « Service surchargé." in words
    assert "Cet échec figure dans un tableau, avec sa date et son heure (pièce n° 5)." in words


@pytest.mark.parametrize("outcome", [Outcome.OVERLOADED, Outcome.MAINTENANCE, Outcome.CLOSED_LINK, Outcome.UNREACHABLE])
def test_every_failure_has_words(outcome: Outcome) -> None:
    facts = replace(broken(), failed=(replace(failed(), outcomes=((outcome, 12),)),))
    assert re.search(r"Ce qui a été constaté : [a-zéè ]+\. La page affichait", petition_of(facts))


def test_letters_enclose_pictures_of_the_failures_where_there_are_some() -> None:
    letters = letters_of(broken())
    mail, letter = words_of(letters["courriel"]), words_of(letters["lettre_LRAR"])
    assert "joignez le fichier captures_pour_le_courriel.pdf" in mail
    assert "Il en existe en tout 12 : douze captures d’écran de ces échecs, réalisées entre le 14 septembre" in mail
    assert "imprimez le fichier captures_pour_la_lettre.pdf" in letter
    assert "Pièces jointes : douze captures d’écran de ces échecs, réalisées entre" in letter
    assert "pièce n°" not in mail + letter


def test_letters_announce_no_picture_where_there_is_none() -> None:
    letters = letters_of(broken(pictured=0))
    for name in ("courriel", "lettre_LRAR"):
        words = words_of(letters[name])
        assert "le fichier de 1_A_DEPOSER dont le nom contient « Dysfonctionnements »" in words
        assert "le tableau de ces 12 échecs, avec leurs dates et leurs heures" in words
        assert "capture" not in words
    assert "suivi d’images" not in words_of(letters["requete_refere"])


def test_the_defender_is_sent_the_table_and_told_which_file_it_is() -> None:
    words = words_of(letters_of(broken())["saisine_Defenseur_des_droits"])
    assert "Pièces jointes : le tableau de ces 12 échecs, avec leurs dates et leurs heures ; copies de" in words
    assert "Le tableau à joindre est le fichier de 1_A_DEPOSER dont le nom contient « Dysfonctionnements »." in words


def test_the_hearing_sheet_has_no_line_of_attempts_without_appointment() -> None:
    words = words_of(letters_of(broken())["fiche_audience"])
    assert "Tentatives sans rendez-vous" not in words
    assert f"sur 12 jours. Tableau (pièce n° 5). Ces échecs peuvent être invoqués ({CATEGORY})." in words
    assert "échecs, pièce n° 5" in words
    assert "Dont à la main | Aucune." in words
    assert "Échecs avant le calendrier | Aucun." in words_of(letters_of(small())["fiche_audience"])


def test_the_other_sheets_say_what_the_attempts_came_to() -> None:
    letters = letters_of(broken())
    assert "12 tentatives arrêtées avant le calendrier, entre le 14 septembre" in words_of(
        letters["aide_attestation_operateur"]
    )
    assert "1 tentative arrêtée avant le calendrier, le 14" in words_of(
        letters_of(broken(count=1))["aide_attestation_operateur"]
    )
    assert "Le tableau de ces échecs est joint à la requête (pièce n° 5). Le registre et la note" in words_of(
        letters["intervention_volontaire"]
    )
    assert "une tentative sur le site n’a pas permis d’arriver jusqu’au calendrier des rendez-vous (pièce n° 5)." in (
        words_of(letters["demande_apres_ordonnance_inexecutee"])
    )


def test_a_new_petition_counts_new_failures() -> None:
    before = PreviousFiling(number=1, on=date(2026, 9, 20), attempts=0, first=None, last=None, steps=(), failures=3)
    words = petition_of(replace(broken(), previous=before))
    assert "Depuis, 3 nouvelles tentatives se sont arrêtées avant le calendrier." in words
    both = replace(before, attempts=1, first=date(2026, 9, 21), last=date(2026, 9, 21), failures=1)
    words = petition_of(replace(full(), previous=both))
    assert (
        "Depuis, 1 nouvelle tentative n’a donné aucun rendez-vous, le 21 septembre 2026. 1 nouvelle tentative s’est "
        "arrêtée avant le calendrier."
    ) in words


def test_failures_beside_proofs_stay_apart_from_them() -> None:
    facts = replace(
        small(),
        procedures=(procedure(),),
        failed=(failed(),),
        dysfunctions=Dysfunctions(count=12, days=(date(2026, 9, 14),), number=40, pictured=(date(2026, 9, 14),)),
    )
    words = petition_of(facts)
    assert "26 tentatives n’ont donné aucun rendez-vous" in words
    assert "lors de 12 autres tentatives" in words
    assert "5. Les échecs avant le calendrier" in words
    assert "captures d’écran réalisées" in words_of(letters_of(facts)["lettre_LRAR"])


def test_steps_that_the_person_took_stand_beside_the_failures() -> None:
    assert broken().steps_of(JournalKind.EMAIL)
    assert "courriel : « Demande au service des étrangers » (pièce n° 64)" in petition_of(broken())
