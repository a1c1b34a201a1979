"""The last fourteen days of a procedure, one cell a day: a colour, a sign, and the same in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from store.values import DayRow
from temoin.days import day_words
from temoin.messages import _, n_
from temoin.records import PROOFS, Outcome, is_proof
from temoin.words import outcome_words
from web.render import TONES

DAYS = 14
SIGNS = {"proof": "✓", "slot": "★", "failure": "!", "refusal": "–", "other": "?", "none": "·"}
# Of several outcomes on one day, the one that says most.
_ORDER = ("slot", "proof", "failure", "other", "refusal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One day: its tone and sign, and its words."""

    day: date
    tone: str
    sign: str
    words: str


def strip_of(rows: Iterable[DayRow], today: date) -> tuple[Cell, ...]:
    """The fourteen days up to ``today``, of one procedure's rows."""
    by_day: dict[date, list[DayRow]] = {}
    for row in rows:
        by_day.setdefault(row.day, []).append(row)
    days = (today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))
    return tuple(_cell(day, by_day.get(day, [])) for day in days)


def summary_of(cells: Sequence[Cell]) -> str:
    """The strip in one sentence, for those who do not see it."""
    proofs = sum(cell.tone == "proof" for cell in cells)
    empty = sum(cell.tone == "none" for cell in cells)
    told = n_("{count} day of {of} with proof", "{count} days of {of} with proof", proofs)
    without = n_("{count} day without any attempt", "{count} days without any attempt", empty)
    return f"{told.format(count=proofs, of=len(cells))}, {without.format(count=empty)}."


def _cell(day: date, rows: Sequence[DayRow]) -> Cell:
    tone = min((_tone(row) for row in rows), key=_ORDER.index, default="none")
    found = ", ".join(f"{outcome_words(row.outcome)} ({row.attempts})" for row in rows) or _("no attempt")
    words = _("{day}: {found}").format(day=day_words(day), found=found)
    return Cell(day=day, tone=tone, sign=SIGNS[tone], words=words)


def _tone(row: DayRow) -> str:
    """A proof that is doubted is kept, and not counted as one."""
    if row.outcome in PROOFS and not is_proof(row.outcome, row.reason):
        return "other"
    return TONES.get(Outcome(row.outcome).value, "other")
