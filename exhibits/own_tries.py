"""What the person can do now, for ``status``: their own tries of this week, and a look where the last visit failed.

Tries by hand are the best answer to « a robot tried, not the person » (DESIGN §4): one a week is suggested. Inside an
account a photograph goes to the journal, so that its screenshots count as tries as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from store.coverage_query import CaseCoverage, CoverageRow
from store.store import Store
from store.values import AttemptQuery, AttemptRow, FollowRow
from temoin.messages import _
from temoin.records import DYSFUNCTIONS, WITHOUT_VISIT, JournalKind, Mode, Outcome
from temoin.words import outcome_words

# A person may see the page otherwise: a program was refused, or did not know the page, or met it in a bad moment.
WORTH_A_LOOK = DYSFUNCTIONS | {Outcome.BLOCKED, Outcome.UNRECOGNISED}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTries:
    """Of one case and procedure, in this ISO week.

    ``failed`` is what the last visit met, when nobody was there and it failed. ``screenshots`` are those of the case's
    journal: which procedure they are about is sealed.
    """

    by_hand: int = 0
    screenshots: int = 0
    failed: Outcome | None = None


def read_week(store: Store, zone: ZoneInfo, now: datetime) -> tuple[AttemptRow, ...]:
    """The tries made by hand since Monday.

    Raises:
        StoreError: the store cannot be read.
    """
    rows = store.attempts(AttemptQuery(since=week_began(now, zone).astimezone(UTC), by_hand=True))
    return tuple(row for row in rows if row.outcome not in WITHOUT_VISIT)


def week_began(now: datetime, zone: ZoneInfo) -> datetime:
    """Monday, midnight, in ``zone``."""
    today = now.astimezone(zone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), tzinfo=zone)


def own_tries(
    known: CaseCoverage, by_procedure: Mapping[str, Sequence[CoverageRow]], week: Sequence[AttemptRow], since: datetime
) -> dict[str, OwnTries]:
    """By procedure, of those that the case follows now and still seeks an appointment for (pure)."""
    if known.case.closed is not None or known.case.obtained is not None:
        return {}
    screenshots = sum(step.kind is JournalKind.SCREENSHOT and step.at >= since for step in known.steps)
    return {
        procedure: OwnTries(
            by_hand=sum(row.procedure == procedure and _covers(rows, row) for row in week),
            screenshots=screenshots,
            failed=_failed(rows),
        )
        for procedure, rows in by_procedure.items()
        if any(row.follow.until is None for row in rows)
    }


def _covers(rows: Sequence[CoverageRow], attempt: AttemptRow) -> bool:
    return any(_holds(row.follow, attempt.sequence) for row in rows)


def _holds(follow: FollowRow, sequence: int) -> bool:
    return follow.sequence < sequence and (follow.until_sequence is None or sequence < follow.until_sequence)


def _failed(rows: Sequence[CoverageRow]) -> Outcome | None:
    """What the last visit met, when nobody was there and it failed."""
    proofs = [row.proofs.last for row in rows if row.proofs.last is not None]
    others = [other for row in rows for other in row.others if other.outcome not in WITHOUT_VISIT]
    last = max(others, key=lambda other: other.at, default=None)
    if last is None or (proofs and max(proofs) > last.at):
        return None
    return last.outcome if last.mode is Mode.UNATTENDED and last.outcome in WORTH_A_LOOK else None


def own_lines(procedure: str, own: OwnTries, *, photo_only: bool) -> Iterator[str]:
    """The same in sentences, in the active language; ``photo_only``: Témoin opens no window on that site."""
    if own.failed is not None:
        yield _(
            "The last visit failed: {words}. Look at the page in your own browser: “temoin photo {id}” photographs it "
            "there, and “temoin journal add screenshot” takes a screenshot of your own."
        ).format(words=outcome_words(own.failed), id=procedure)
    if own.by_hand or own.screenshots:
        yield _("Tries by your own hand this week: {count}. Screenshots in the journal: {screenshots}.").format(
            count=own.by_hand, screenshots=own.screenshots
        )
        return
    if photo_only:
        yield _("Nobody has tried this week: “temoin photo {id}” in your own browser.").format(id=procedure)
        return
    yield _(
        "Nobody has tried by hand this week. One try a week is the best answer to “a robot tried, not the person”: "
        "“temoin photo {id}” in your own browser, or “temoin capture {id} --assist”."
    ).format(id=procedure)
