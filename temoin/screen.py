"""How the command line shows things: JSON to programs, plain tables and sentences to people, on a screen of any width.

``rich`` is imported only when something is shown to people: it is slow, and an attempt needs none of it.
"""

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from temoin.messages import _
from temoin.report import Report, Status
from temoin.words import check_words

if TYPE_CHECKING:
    from rich.progress import Progress

_MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.NOT_CHECKED: "–"}


def show_json(value: Any) -> None:  # noqa: ANN401 - whatever the contract says (DESIGN §12)
    """``value`` for programs, on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def show_pretty(value: Any) -> None:  # noqa: ANN401 - as above
    """``value`` for people who read JSON."""
    from rich.console import Console  # noqa: PLC0415

    Console().print_json(data=value)


def show_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table without colours that carry meaning; long cells fold, nothing is cut."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # what people wrote is no markup
    Console().print(table)


def show_report(report: Report, *, as_json: bool) -> None:
    """What a verification found: every check with its mark, then the answer in one sentence."""
    sentences = {
        "passed": _("Everything was checked, and nothing was found to have changed."),
        "failed": _("Verification failed: see the lines marked ✗."),
        "incomplete": _("What was checked is right, but not everything could be checked: see the lines marked –."),
    }
    _show(report, sentences, as_json=as_json)


def show_findings(report: Report, *, as_json: bool) -> None:
    """What ``check`` found: the same, in the words of somebody who is about to start."""
    sentences = {
        "passed": _("Everything that an attempt needs is there."),
        "failed": _("Something is missing: see the lines marked ✗."),
        "incomplete": _("Nothing that an attempt needs is missing. The lines marked – are worth knowing."),
    }
    _show(report, sentences, as_json=as_json)


def _show(report: Report, sentences: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        show_json(report.to_json())
        return
    from rich.console import Console  # noqa: PLC0415

    width = Console().width
    for check in report.checks:
        words = f"{_MARKS[check.status]} {check_words(check.name)}"
        detailed = _("{name}: {detail}").format(name=words, detail=check.detail) if check.detail else words
        _write(detailed, width)
    _write(sentences[report.status], width)


def _write(words: str, width: int) -> None:
    """Lines that break at ordinary spaces only: « temoin run » stays whole, which ``rich`` would not see to."""
    for line in words.splitlines():
        folded = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
        sys.stdout.write("\n".join(folded) + "\n")


class Telling:
    """Tells how far something has come, on the screen if ``bar`` is given; called with (what, done, of how many)."""

    def __init__(self, bar: "Progress | None" = None) -> None:
        """Show nothing yet but that something is going on."""
        self._bar = bar
        self._task = None if bar is None else bar.add_task("", total=None)

    def __call__(self, words: str, done: int, of: int) -> None:
        """Say what is being done, ``done`` of ``of``."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=words, completed=done, total=of if of > 1 else None)

    def silent_during(self, ask: Callable[[], str]) -> Callable[[], str]:
        """``ask`` with the bar off the screen: it is redrawn ten times a second, over any question."""

        def asked() -> str:
            if self._bar is None:
                return ask()
            self._bar.stop()
            try:
                return ask()
            finally:
                self._bar.start()

        return asked


@contextmanager
def show_progress() -> Iterator[Telling]:
    """Something to tell progress to; shown on standard error, and gone at the end.

    Only on a screen: what is kept in a file, or read by a program, is what happened and not how far it had come.
    """
    if not sys.stderr.isatty():
        yield Telling()
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Telling(progress)


def local_minute(at: datetime, zone: str) -> str:
    """``at`` as a table shows it, in ``zone``."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
