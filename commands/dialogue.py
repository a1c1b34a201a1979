"""Questions at a terminal, each of which an option can answer instead; where nobody sits, options must."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from temoin.errors import UsageError
from temoin.messages import _

T = TypeVar("T")


class Dialogue:
    """Asks a person, again after an answer that cannot be used; what an option gave is not asked."""

    def __init__(self, *, person: bool) -> None:
        """``person``: whether somebody sits at the terminal."""
        self.person = person

    def say(self, *lines: str) -> None:
        """Tell; an empty line stands before."""
        click.echo("\n" + "\n".join(lines))

    def explain(self, *lines: str) -> None:
        """Tell what only helps somebody who is about to answer."""
        if self.person:
            self.say(*lines)

    def text(
        self,
        question: str,
        given: str | None,
        clean: Callable[[str], T],
        *,
        option: str,
        default: str | None = None,
    ) -> T:
        """A text that ``clean`` accepts; an empty answer is the ``default``, if there is one.

        Raises:
            UsageError: what the option gave cannot be used, or nobody can be asked and there is no default.
        """
        if given is not None:
            return clean(given)
        if not self.person:
            if default is None:
                raise needs(option)
            return clean(default)
        while True:
            shown = bool(default)
            try:
                return clean(_ask(question, default=default, show_default=shown))
            except UsageError as error:
                click.echo(f"  {error.message} {error.remedy}".rstrip())

    def choose(
        self,
        question: str,
        given: T | None,
        offers: Sequence[tuple[T, str]],
        *,
        option: str,
        default: T | None = None,
    ) -> T:
        """One of ``offers``, by its number.

        Raises:
            UsageError: the option's value is not among them, or nobody can be asked and there is no default.
        """
        values = [value for value, _words in offers]
        if given is not None:
            return _among(given, values, option)
        if not self.person:
            if default is None:
                raise needs(option)
            return default
        self.say(question, *(f"  {place}. {words}" for place, (_value, words) in enumerate(offers, start=1)))
        standard = None if default is None else str(values.index(default) + 1)
        while True:
            answer = _ask(_("Your answer (the number)"), default=standard).strip().rstrip(".)")
            if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(offers):
                return values[int(answer) - 1]
            click.echo("  " + _("Type a number from 1 to {most}, then Enter.").format(most=len(offers)))

    def agree(self, question: str, *, default: bool | None = None) -> bool:
        """Yes or no, in either language; the ``default``, or no, where nobody sits."""
        if not self.person:
            return bool(default)
        letters = {None: _("y/n"), True: _("Y/n"), False: _("y/N")}[default]
        while True:
            answer = _ask(f"{question} [{letters}]", default="", show_default=False).strip().lower()
            if not answer and default is not None:
                return default
            if answer in {"o", "oui", "y", "yes"}:
                return True
            if answer in {"n", "non", "no"}:
                return False
            click.echo("  " + _("Type y for yes or n for no, then Enter."))


def needs(option: str) -> UsageError:
    """Nobody can be asked for what ``option`` gives."""
    return UsageError(
        _("Nobody is at the terminal to answer, and {option} was not given.").format(option=option),
        remedy=_("Give {option}, or run the command in a terminal. “temoin init --help” lists the options.").format(
            option=option
        ),
    )


def can_show() -> bool:
    """Whether a window can be opened for the person: a desktop is there."""
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _ask(question: str, *, default: str | None, show_default: bool = True) -> str:
    suffix = _("{question}: ").format(question="")
    return str(click.prompt(question, default=default, show_default=show_default, prompt_suffix=suffix))


def _among(given: T, values: Sequence[T], option: str) -> T:
    if given not in values:
        raise UsageError(
            _("“{given}” is not possible here for {option}.").format(given=given, option=option),
            remedy=_("Possible: {values}.").format(values=", ".join(map(str, values))),
        )
    return given
