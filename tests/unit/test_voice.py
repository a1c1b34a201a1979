"""The two voices of the court file, to the word."""

from datetime import date

import pytest

from exhibits.voice import Voice, capital
from temoin.records import Mode, Operator

OWN = Voice()
ASKED = Voice(operator=Operator.ASSOCIATION, asked_on=date(2026, 9, 3))
UNDATED = Voice(operator=Operator.ASSOCIATION)


def test_a_person_says_i() -> None:
    assert OWN.consulted() == "j’ai consulté"
    assert OWN.then("constaté") == "j’ai constaté"
    assert OWN.by == "par mes soins"


def test_an_association_acts_at_the_persons_request_of_a_day() -> None:
    assert ASKED.consulted() == "l’association, à ma demande du 3 septembre 2026, a consulté"
    assert ASKED.then("constaté") == "l’association a constaté"
    assert ASKED.by == "par l’association, à ma demande du 3 septembre 2026"


def test_the_first_of_a_month_is_said_as_french_says_it() -> None:
    first = Voice(operator=Operator.ASSOCIATION, asked_on=date(2026, 9, 1))
    assert first.request == "à ma demande du 1er septembre 2026"


def test_a_request_without_a_date_leaves_a_blank_to_see() -> None:
    assert UNDATED.consulted() == "l’association, à ma demande du …………… (date à compléter), a consulté"


def test_who_ran_the_station_is_what_the_record_says() -> None:
    assert ASKED.of({"operator": "self"}).consulted() == "j’ai consulté"
    assert OWN.of({"operator": "association"}).is_association
    assert ASKED.of({"operator": "association"}) == ASKED


@pytest.mark.parametrize(
    ("voice", "mode", "words"),
    [
        (OWN, Mode.UNATTENDED, "Par le programme seul, lancé par mes soins"),
        (OWN, Mode.ASSISTED, "À la main, dans la fenêtre ouverte par le programme"),
        (
            ASKED,
            Mode.UNATTENDED,
            "Par l’association, à ma demande du 3 septembre 2026\u00a0: par le programme seul",
        ),
        (
            ASKED,
            Mode.ASSISTED,
            (
                "Par l’association, à ma demande du 3 septembre 2026\u00a0: à la main, "
                "dans la fenêtre ouverte par le programme"
            ),
        ),
    ],
)
def test_the_manner_of_an_attempt_says_who_and_for_whom(voice: Voice, mode: Mode, words: str) -> None:
    assert voice.manner(mode, declared=False) == words


def test_a_declared_result_is_said_to_be_declared() -> None:
    assert OWN.manner(Mode.PHOTO, declared=True) == (
        "À la main, dans le navigateur de la personne\u202f; résultat déclaré par la personne"
    )


def test_a_capital_leaves_the_rest_alone() -> None:
    assert (capital("à Évry"), capital("")) == ("À Évry", "")


def test_where_each_made_some_both_are_named() -> None:
    both = Voice(operator=Operator.ASSOCIATION, asked_on=date(2026, 9, 3), shared=True)
    assert both.consulted() == "l’association, à ma demande du 3 septembre 2026, et moi-même avons consulté"
    assert both.where == "sur l'ordinateur de la personne et sur celui d'une association"
    own = both.of({"operator": "self"})
    assert own.consulted() == "j’ai consulté"  # one attempt is one operator's


def test_what_an_association_photographed_was_declared_by_whoever_visited() -> None:
    own = OWN.manner(Mode.PHOTO, declared=True)
    theirs = ASKED.manner(Mode.PHOTO, declared=True)
    assert own.endswith("résultat déclaré par la personne")
    assert theirs.endswith("résultat déclaré par la personne qui a fait la visite")
    assert "le navigateur de la personne qui a fait la visite" in theirs
