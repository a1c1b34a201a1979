"""Days and moments as sentences for people say them."""

from datetime import UTC, date, datetime

import pytest

from temoin.days import day_words, moment_words
from temoin.messages import speaking


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("fr", "mercredi 1er janvier 2031", "vendredi 27 novembre 2026, 13:59"),
        ("en", "Wednesday 1 January 2031", "Friday 27 November 2026, 13:59"),
    ],
)
def test_a_day_and_a_moment_are_said_in_words_of_the_language(language: str, day: str, moment: str) -> None:
    with speaking(language):
        assert day_words(date(2031, 1, 1)) == day
        assert moment_words(datetime(2026, 11, 27, 12, 59, tzinfo=UTC), "Europe/Paris") == moment
