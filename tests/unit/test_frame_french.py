"""The French of court documents: dates, hours, quotation marks, and one wording per outcome."""

from datetime import UTC, date, datetime

import pytest

from temoin.french import (
    MODES,
    OUTCOMES,
    french_date,
    french_datetime,
    french_offset,
    french_time,
    quoted,
    typeset,
)
from temoin.records import Mode, Outcome

AT = datetime(2026, 9, 14, 7, 12, 33, tzinfo=UTC)


def test_a_date_reads_as_written_by_hand() -> None:
    assert french_date(date(2026, 9, 14)) == "lundi 14 septembre 2026"
    assert french_date(date(2026, 8, 1)) == "samedi 1er août 2026"
    assert french_date(date(2026, 2, 22), weekday=False) == "22 février 2026"


def test_an_instant_is_told_in_the_zone_of_the_prefecture_with_its_offset() -> None:
    assert french_datetime(AT, "Europe/Paris") == "lundi 14 septembre 2026 à 09\u202fh\u202f12 (UTC+02:00)"
    assert french_datetime(AT, "America/Cayenne").endswith("à 04\u202fh\u202f12 (UTC-03:00)")
    assert french_time(AT, "UTC", seconds=True) == "07\u202fh\u202f12\u202fmin\u202f33\u202fs"


def test_the_same_hour_on_both_sides_of_the_clock_change_differs_by_its_offset() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert french_time(first, "Europe/Paris") == french_time(second, "Europe/Paris")
    assert french_offset(first, "Europe/Paris") == "UTC+02:00"
    assert french_offset(second, "Europe/Paris") == "UTC+01:00"


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="naive datetime"):
        french_datetime(AT.replace(tzinfo=None), "Europe/Paris")


def test_every_outcome_and_mode_has_words_of_its_own() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(MODES) == set(Mode)
    assert len(set(OUTCOMES.values())) == len(OUTCOMES)
    assert not [words for words in (*OUTCOMES.values(), *MODES.values()) if "'" in words]


def test_our_own_french_is_typeset_and_quotations_keep_their_spaces() -> None:
    assert typeset("L'heure : qui ? « lui » !") == "L’heure\u00a0: qui\u202f? «\u00a0lui\u00a0»\u202f!"
    assert quoted("Aucun créneau") == "«\u00a0Aucun créneau\u00a0»"
