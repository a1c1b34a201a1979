"""French that letters share: numbers in words, dates from … to …, exhibit numbers, typography."""

import re
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exhibits.letters.wording import (
    between_text,
    blank,
    captures_text,
    cited,
    days_text,
    exhibits_text,
    hour_text,
    in_words,
    of_the_prefecture,
    period_text,
    plain,
    runs,
    say,
    the_prefecture,
)

UNITS = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()  # noqa: SIM905 - legible
VALUES = {word: place for place, word in enumerate(UNITS, 1)}
VALUES |= {"zéro": 0, "une": 1, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "cent": 100}


def value_of(words: str) -> int:
    """The number that French words say, read by adding and multiplying, not by undoing how they were made."""
    total = group = 0
    for word in re.split(r"[ -]", words.replace("cents", "cent")):
        if word == "et":
            continue
        if word == "cent":
            total, group = total + max(group, 1) * 100, 0
        elif word in {"vingt", "vingts"} and group == 4:  # quatre-vingts: four times twenty
            group = 80
        else:
            group += VALUES[word]
    return total + group


KNOWN = {
    0: "zéro",
    1: "une",
    20: "vingt",
    21: "vingt et une",
    71: "soixante et onze",
    80: "quatre-vingts",
    81: "quatre-vingt-une",
    90: "quatre-vingt-dix",
    91: "quatre-vingt-onze",
    97: "quatre-vingt-dix-sept",
    100: "cent",
    101: "cent une",
    200: "deux cents",
    201: "deux cent une",
    280: "deux cent quatre-vingts",
    581: "cinq cent quatre-vingt-une",
    999: "neuf cent quatre-vingt-dix-neuf",
    1000: "1\u202f000",
}


@pytest.mark.parametrize(("count", "words"), KNOWN.items())
def test_numbers_are_written_as_a_french_reader_expects(count: int, words: str) -> None:
    assert in_words(count, feminine=True) == words


@pytest.mark.parametrize("feminine", [True, False])
def test_every_number_up_to_999_says_itself_and_no_two_say_the_same(feminine: bool) -> None:  # noqa: FBT001 - a case
    words = [in_words(count, feminine=feminine) for count in range(1000)]
    assert [value_of(one) for one in words] == list(range(1000))
    assert len(set(words)) == 1000


def test_one_agrees_with_a_feminine_noun_and_eleven_does_not() -> None:
    assert [in_words(count) for count in (1, 21, 11, 71)] == ["un", "vingt et un", "onze", "soixante et onze"]
    assert in_words(11, feminine=True) == "onze"


def test_a_number_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 is below zero"):
        in_words(-1)


SPANS = {
    (date(2026, 1, 1), date(2026, 1, 20)): "du 1er au 20 janvier 2026",
    (date(2026, 1, 28), date(2026, 2, 3)): "du 28 janvier au 3 février 2026",
    (date(2025, 12, 28), date(2026, 1, 3)): "du 28 décembre 2025 au 3 janvier 2026",
    (date(2025, 1, 5), date(2026, 1, 5)): "du 5 janvier 2025 au 5 janvier 2026",
    (date(2026, 8, 1), date(2026, 8, 1)): "le 1er août 2026",
}


@pytest.mark.parametrize(("span", "words"), SPANS.items())
def test_a_period_says_month_and_year_once_where_they_are_the_same(span: tuple[date, date], words: str) -> None:
    assert period_text(*span) == words
    expected = words if words.startswith("le ") else words.replace("du ", "entre le ").replace(" au ", " et le ")
    assert between_text(*span) == expected


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(0, 800))
def test_a_period_names_both_days_and_the_last_in_full(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    words = period_text(first, last)
    assert words.endswith(str(last.year))
    assert words.count(str(first.year)) == 1
    if first != last:
        assert words.startswith(f"du {'1er' if first.day == 1 else first.day} ")


def test_the_list_of_enclosures_is_that_of_the_associations_notes() -> None:
    first, last = date(2026, 1, 1), date(2026, 1, 20)
    assert captures_text(20, first, last) == "vingt captures d’écran réalisées entre le 1er et le 20 janvier 2026"
    assert captures_text(1, last, last) == "une capture d’écran réalisée le 20 janvier 2026"
    assert captures_text(3, last, last) == "trois captures d’écran réalisées le 20 janvier 2026"
    assert captures_text(0, first, last) == "aucune capture d’écran"


NUMBERS: tuple[tuple[list[int], str], ...] = (
    ([], ""),
    ([3], "pièce n° 3"),
    ([3, 4], "pièces n° 3 et 4"),
    ([4, 3, 5, 3], "pièces n° 3 à 5"),
    ([3, 4, 5, 17, 20], "pièces n° 3 à 5, 17 et 20"),
    ([1, 3, 4, 5], "pièces n° 1 et 3 à 5"),
)


@pytest.mark.parametrize(("numbers", "words"), NUMBERS)
def test_exhibit_numbers_are_told_in_runs(numbers: list[int], words: str) -> None:
    assert exhibits_text(numbers).replace("\u00a0", " ") == words
    assert cited(numbers).replace("\u00a0", " ") == (f" ({words})" if words else "")


@given(st.sets(st.integers(1, 400)))
def test_runs_hold_every_number_once_and_no_other(numbers: set[int]) -> None:
    found = [number for first, last in runs(numbers) for number in range(first, last + 1)]
    assert found == sorted(numbers)


def test_days_are_told_by_month() -> None:
    days = [date(2026, 11, 2), date(2026, 10, 9), date(2026, 10, 3), date(2026, 12, 1)]
    assert days_text(days) == "les 3 et 9 octobre 2026, le 2 novembre 2026 et le 1er décembre 2026"


def test_hours_do_not_break() -> None:
    assert hour_text(time(7, 5)) == "07\u202fh\u202f05"


def test_our_words_are_set_right_and_what_was_given_is_left_as_it_is() -> None:
    words = say("l'article L. 521-3, n° 12 : {label}, 100 € !", label="l'étape : « a »  {b}\n")
    expected = "l’article\u00a0L.\u00a0521-3, n°\u00a012\u00a0: l'étape : « a » {b}, 100\u00a0€\u202f!"
    assert words == expected


def test_control_characters_reach_no_document() -> None:
    assert plain("a\x00b\x1f\r\n c\ud800\ufffe") == "ab c"


def test_a_blank_shows_what_is_missing() -> None:
    assert blank("l'adresse") == "…" * 11 + "\u00a0(l’adresse)"


PREFECTURES = {
    "Préfecture du Val-de-Marne": ("la préfecture du Val-de-Marne", "de la préfecture du Val-de-Marne"),
    "Sous-préfecture d’Antony": ("la sous-préfecture d’Antony", "de la sous-préfecture d’Antony"),
    "Bureau X": ("le service «\u00a0Bureau X\u00a0»", "du service «\u00a0Bureau X\u00a0»"),
}


@pytest.mark.parametrize(("name", "words"), PREFECTURES.items())
def test_a_prefecture_takes_its_article(name: str, words: tuple[str, str]) -> None:
    assert (the_prefecture(name), of_the_prefecture(name)) == words
