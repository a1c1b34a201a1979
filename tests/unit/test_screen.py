"""What is drawn on the screen of somebody who waits, and is then asked something."""

import io
import sys

import pytest
from typing_extensions import override

from temoin.screen import show_progress

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"  # of the cursor: hidden as long as a bar is drawn


class Screen(io.StringIO):
    """Standard error, as a terminal has it."""

    @override
    def isatty(self) -> bool:
        return True


def test_the_bar_is_gone_while_the_person_is_asked_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen := Screen())
    before = []

    def ask() -> str:
        before.append(screen.getvalue())
        screen.write("Passphrase: ")
        return "une phrase"

    with show_progress() as progress:
        progress("Reading the register", 0, 1)
        assert HIDDEN in screen.getvalue()
        assert progress.silent_during(ask)() == "une phrase"
        assert screen.getvalue().rindex(HIDDEN) > screen.getvalue().index("Passphrase: ")
    assert before[0].rindex(SHOWN) > before[0].rindex(HIDDEN)
    assert screen.getvalue().rindex(SHOWN) > screen.getvalue().rindex(HIDDEN)


def test_where_nobody_looks_nothing_is_drawn_and_the_question_is_asked_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", kept := io.StringIO())
    with show_progress() as progress:
        progress("Reading the register", 0, 1)
        assert progress.silent_during(lambda: "une phrase")() == "une phrase"
    assert kept.getvalue() == ""


def test_the_bar_comes_back_when_no_answer_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen := Screen())

    def fail() -> str:
        raise KeyboardInterrupt

    with show_progress() as progress:
        with pytest.raises(KeyboardInterrupt):
            progress.silent_during(fail)()
        assert screen.getvalue().rindex(HIDDEN) > screen.getvalue().rindex(SHOWN)
