"""Every stable word that the code puts into a record has words for people, in the court's French and on the page."""

import re
from pathlib import Path

import pytest

from temoin.french import cause_words
from temoin.messages import speaking
from temoin.records import DOUBTS
from temoin.words import reason_words

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "capture").glob("*.py"), *(ROOT / "scheduler").glob("*.py")]
# How the code names a reason that goes into an attempt's record.
SAID = (
    re.compile(r"happened\(Outcome\.\w+, \"(\w+)\""),
    re.compile(r"\(Outcome\.\w+, \"(\w+)\"\)"),
    re.compile(r"Visit\(outcome=Outcome\.\w+, reason=\"(\w+)\""),
    re.compile(r"ChoiceError\(\"(\w+)\""),
    re.compile(r"RefusalError\(\s*\"(\w+)\""),
    re.compile(r"_refusal\(\"(\w+)\""),
    re.compile(r"way\.reason = \"(\w+)\""),
)
BY_HAND = ["browser_stopped", "page_hung", "window_closed", "robots_rules", "robots_server_error", "step_covered"]


def said_in_code() -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in SOURCES]
    return sorted({reason for text in texts for pattern in SAID for reason in pattern.findall(text)})


def test_the_patterns_find_the_words_that_the_code_says() -> None:
    assert {"timeout", "redirect_loop", "terms_changed", "choice_new", "host_spacing", "interrupted"} <= set(
        said_in_code()
    )


@pytest.mark.parametrize("reason", [*said_in_code(), *BY_HAND, "http_429"])
def test_no_reason_reaches_a_judge_or_a_person_as_code(reason: str) -> None:
    with speaking("fr"):
        words = reason_words(reason)
    assert "_" not in words + cause_words(reason)
    assert words != reason
    assert cause_words(reason) != reason


def test_a_doubt_has_words_on_the_page() -> None:
    for reason in DOUBTS:
        with speaking("fr"):
            assert reason_words(reason).startswith("non compté")


def test_a_word_of_a_later_version_is_shown_as_it_stands() -> None:
    assert (cause_words("invented"), reason_words("invented")) == ("invented", "invented")
