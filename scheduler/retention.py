"""Cases that were closed long ago and still hold what is personal: named, with the command that erases (docs/rgpd.md).

Nothing is erased by itself: whether a file is still needed (an appeal, a promise to the person) a program cannot know.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from store.values import CaseRow
from temoin.days import day_words
from temoin.messages import _
from temoin.settings import Settings

MONTHS = 12


def kept_too_long(cases: Iterable[CaseRow], settings: Settings, now: datetime) -> tuple[CaseRow, ...]:
    """The cases closed for ``[station] retention_months`` or more, in their order; none where that is 0.

    A case that was erased is none any more.
    """
    months, zone = settings.station.retention_months, ZoneInfo(settings.station.timezone)
    if not months:
        return ()
    today = now.astimezone(zone).date()
    return tuple(
        one for one in cases if one.closed is not None and _after(one.closed.astimezone(zone).date(), months) <= today
    )


def _after(day: date, months: int) -> date:
    """The same day of the month ``months`` later; the first of the next where there is none."""
    year, month = divmod(day.month - 1 + months, MONTHS)
    try:
        return day.replace(year=day.year + year, month=month + 1)
    except ValueError:  # 31 January and a month: 1 March, never earlier than was said
        return date(day.year + year + (month + 1) // MONTHS, (month + 1) % MONTHS + 1, 1)


def retention_sentence(case: CaseRow, settings: Settings) -> str:
    """What is said of one of them, in the active language."""
    if case.closed is None:
        raise ValueError(f"{case.code} is not closed")
    words = _(
        "Case {case} has been closed since {day}, longer than the {months} months after which what is personal should "
        "go: “temoin case erase {case}”, once the person has their file. Nothing is erased by itself."
    )
    day = day_words(case.closed.astimezone(ZoneInfo(settings.station.timezone)).date())
    return words.format(case=case.code, day=day, months=settings.station.retention_months)


def retention_sentences(cases: Iterable[CaseRow], settings: Settings, now: datetime) -> Iterator[str]:
    """One sentence for each case kept too long."""
    return (retention_sentence(one, settings) for one in kept_too_long(cases, settings, now))
