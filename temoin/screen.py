"""How the command line shows things to people: plain tables and sentences, on a screen of any width."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from temoin.messages import _
from temoin.report import Report, Status
from temoin.words import check_words

_MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.NOT_CHECKED: "–"}


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, console: Console) -> None:
    """A table without colours that carry meaning; long cells fold, nothing is cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def print_report(report: Report, *, console: Console) -> None:
    """Every check with its mark, then the answer in one sentence."""
    for check in report.checks:
        words = f"{_MARKS[check.status]} {check_words(check.name)}"
        console.print(
            _("{name}: {detail}").format(name=words, detail=check.detail) if check.detail else words,
            markup=False,
            highlight=False,
        )
    sentences = {
        "passed": _("Everything was checked, and nothing was found to have changed."),
        "failed": _("Verification failed: see the lines marked ✗."),
        "incomplete": _("What was checked is right, but not everything could be checked: see the lines marked –."),
    }
    console.print(sentences[report.status], markup=False, highlight=False)
