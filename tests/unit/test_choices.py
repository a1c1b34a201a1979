"""« Que souhaitez-vous effectuer ? »: by id first, by label pattern otherwise; what is missing is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.choices import ChoiceError, Offered, pick

COUNTERS = (
    Offered(ident="planning20678", value="20678", label="Guichet 21 - Juillet 2021"),
    Offered(ident="planning20682", value="20682", label="Calendrier - guichets 1, 2, 3 et 4"),
    Offered(ident="planning20690", value="20690", label="Retrait d’un titre (étudiant)"),
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((), (0, 1, 2)),
        (("20682",), (1,)),
        (("planning20690",), (2,)),
        (("Guichet 21 - Juillet 2021",), (0,)),
        (("guichet 21 -  juillet 2021",), (0,)),
        (("Guichet 21*",), (0,)),
        (("*guichet*",), (0, 1)),
        (("Retrait d'un titre (étudiant)",), (2,)),
        (("20690", "20678"), (0, 2)),
        (("20678", "Guichet*"), (0,)),
        (("*",), (0, 1, 2)),
    ],
)
def test_the_wanted_choices_are_found_in_the_site_s_order(wanted: tuple[str, ...], found: tuple[int, ...]) -> None:
    assert pick(COUNTERS, wanted) == tuple(COUNTERS[index] for index in found)


@pytest.mark.parametrize("wanted", [("20699",), ("20678", "Guichet 22*"), ("Guichet 21",), ("Guichet .*",), ("",)])
def test_a_choice_that_is_no_longer_offered_is_an_error_even_beside_others(wanted: tuple[str, ...]) -> None:
    with pytest.raises(ChoiceError, match="choice_missing") as missing:
        pick(COUNTERS, wanted)
    assert missing.value.reason == "choice_missing"


def test_nothing_offered_is_an_error() -> None:
    with pytest.raises(ChoiceError, match="choice_missing"):
        pick((), ())


@given(name=st.text(max_size=30))
def test_no_pattern_of_a_person_breaks_the_choice(name: str) -> None:
    try:
        found = pick(COUNTERS, (name,))
    except ChoiceError:
        return
    assert set(found) <= set(COUNTERS)


def test_a_counter_that_opened_since_the_person_chose_is_asked_about_again() -> None:
    known = frozenset({"20678", "20682"})
    with pytest.raises(ChoiceError) as caught:
        pick(COUNTERS, ("20678",), known)
    assert caught.value.reason == "choice_new"


def test_a_known_counter_that_nobody_chose_stays_unvisited() -> None:
    known = frozenset(offer.value for offer in COUNTERS)
    assert pick(COUNTERS, ("20678",), known) == (COUNTERS[0],)


def test_a_new_counter_that_the_persons_own_pattern_names_is_visited() -> None:
    assert pick(COUNTERS, ("Guichet*", "Calendrier*", "Retrait*"), frozenset()) == COUNTERS
