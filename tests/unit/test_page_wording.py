"""No sentence sends somebody who reads the local page to a terminal."""

import string

import pytest

from temoin.messages import _, n_, speaking
from tests.page import NAMES_A_COMMAND
from tools.messages import COMMANDS, SOURCES, as_tuple, find_sentences_of
from web.wording import WORDING

# Who says them is never asked by the page.
NEVER_THERE = frozenset({
    # of notifications: the page has links in their place (web.alerts)
    "scheduler/alert_words.py",
    # of `temoin restore`, and of the code of the one case where an option may name it
    "store/restore.py",
    "exhibits/reading.py",
    # comments of a file
    "temoin/drafts.py",
    # of `temoin serve` itself
    "web/serving.py",
    # of click
    "temoin/click_words.py",
})  # fmt: skip
# A form has one answer for the three options.
NEVER_ASKED = frozenset({
    "--file, --supplement and --again cannot go together.",
    "--file makes a petition, --supplement adds to the last one, --again issues one as it was.",
})  # fmt: skip


def sentences_of_the_page() -> list[str]:
    """Every sentence that may come to it, plurals in each form."""
    found = [
        form
        for source in SOURCES
        if source not in {*COMMANDS, "demo"}
        for file, message in find_sentences_of(source)
        if file not in NEVER_THERE
        for form in as_tuple(message)
    ]
    assert len(found) > 1000
    return found


def test_each_sentence_that_names_a_command_is_said_otherwise_on_the_page() -> None:
    naming = {one for one in sentences_of_the_page() if NAMES_A_COMMAND.search(one)} - NEVER_ASKED
    assert naming - set(WORDING) == set()


def test_each_is_still_a_sentence_of_the_code() -> None:
    assert set(WORDING) - set(sentences_of_the_page()) == set()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_the_page_says_instead_names_none_and_knows_no_more(language: str) -> None:
    with speaking(language, wording=WORDING):
        said = {here: _(here) for here in WORDING}
    for here, there in said.items():
        assert NAMES_A_COMMAND.search(there) is None, there
        assert fields_of(there) <= fields_of(here), there


def test_elsewhere_the_commands_are_named_as_before() -> None:
    here = "“temoin run” is not running."
    with speaking("en"):
        assert _(here) == here
    with speaking("en", wording=WORDING):
        assert _(here) == "Témoin does not run."


def test_a_plural_is_said_in_the_page_s_words() -> None:
    one, more = (
        next(key for key in WORDING if key.startswith(start))
        for start in ("{count} erased file ", "{count} erased files ")
    )
    with speaking("fr", wording=WORDING):
        assert n_(one, more, 1).endswith("la prochaine inscription le supprime")
        assert n_(one, more, 2).endswith("la prochaine inscription les supprime")


def fields_of(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}
