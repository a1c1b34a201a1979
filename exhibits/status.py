"""``status``: the « preuve des tentatives » of every case, or of one, for programs and for people (DESIGN §12)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from exhibits.coverage import Assessment, CaseFacts, Level, StepsFacts, Subject, assess_tally
from exhibits.reasons import age_words, level_words
from exhibits.tally import Spread, Tally, TryFacts, added, tally_of
from store.coverage_query import CoverageRow
from store.store import Store
from store.values import CaseRow
from temoin.canonical import Json
from temoin.errors import UsageError
from temoin.messages import _
from temoin.records import CaseKind, JournalKind, Outcome
from temoin.settings import Settings

REQUESTS = frozenset({JournalKind.EMAIL.value, JournalKind.LETTER.value})
MARKS = {Level.RED: "●○○", Level.AMBER: "●●○", Level.GREEN: "●●●"}  # told apart without any colour


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStatus:
    """One case and what was assessed of it: nothing when it never followed any procedure."""

    code: str
    assessments: tuple[Assessment, ...]


class Step(Protocol):
    """What the adapter reads of an item of the journal (``store.values.ItemRow``)."""

    @property
    def entry(self) -> str: ...  # noqa: D102 - as the row has it

    @property
    def kind(self) -> str: ...  # noqa: D102 - as above

    @property
    def at(self) -> datetime | None: ...  # noqa: D102 - as above

    @property
    def recorded_at(self) -> datetime: ...  # noqa: D102 - as above

    @property
    def erased_by(self) -> int | None: ...  # noqa: D102 - as above


def read_status(store: Store, settings: Settings, *, code: str | None, now: datetime) -> tuple[CaseStatus, ...]:
    """Every case, or the case ``code``, as it stands at ``now``.

    Raises:
        UsageError: there is no case ``code``.
        StoreError: the store cannot be read.
    """
    rows = [row for row in store.cases() if code in (None, row.code)]
    if code is not None and not rows:
        raise UsageError(
            _("There is no case {code}.").format(code=code), remedy=_("Give the code of a case of this station.")
        )
    counted = {case: tuple(group) for case, group in groupby(store.coverage(code), key=lambda row: row.case)}
    return tuple(_case_status(row, counted.get(row.code, ()), _steps(store, row.code), settings, now) for row in rows)


def status_json(cases: Iterable[CaseStatus]) -> list[Json]:
    """One object for each case and procedure, as DESIGN §12 has it."""
    return [one.to_json() for case in cases for one in case.assessments]


def status_lines(cases: Sequence[CaseStatus], settings: Settings) -> Iterator[str]:
    """The same for people: a block for each case and procedure, an empty line between two."""
    if not cases:
        yield _("There is no case yet: “temoin case add” opens one.")
    for place, case in enumerate(cases):
        if place:
            yield ""
        yield from _case_lines(case, settings)


def _case_lines(case: CaseStatus, settings: Settings) -> Iterator[str]:
    if not case.assessments:
        yield _("Case {code} follows no démarche: “temoin case follow” makes it follow one.").format(code=case.code)
    for place, one in enumerate(case.assessments):
        if place:
            yield ""
        yield from _lines(one, settings)


def _lines(one: Assessment, settings: Settings) -> Iterator[str]:
    named = {procedure.id: f"{procedure.prefecture}, {procedure.label}" for procedure in settings.procedures}
    heading = _("Case {code}, {procedure}").format(code=one.case, procedure=one.procedure)
    yield f"{heading} – {named[one.procedure]}" if one.procedure in named else heading
    yield f"  {MARKS[one.level]} {level_words(one.level)}"
    ages = _("Last attempt: {attempt}. Last one that found no appointment: {proof}.")
    visit, proof = one.tally.last_visit, one.tally.proofs.last
    yield "  " + ages.format(attempt=_age(visit, one.today), proof=_age(proof, one.today))
    yield from (f"  – {sentence}" for sentence in one.why)


def _age(at: datetime | None, today: date) -> str:
    return age_words(None if at is None else at.date(), today)


def _case_status(
    row: CaseRow, counted: Sequence[CoverageRow], steps: Iterable[Step], settings: Settings, now: datetime
) -> CaseStatus:
    by_procedure: dict[str, list[CoverageRow]] = {}
    for one in counted:
        by_procedure.setdefault(one.follow.procedure, []).append(one)
    station = ZoneInfo(settings.station.timezone)
    case = _case_facts(row, station)
    known = _steps_facts(steps, _slots(counted), station)
    zones = zones_of(settings)
    assessments = []
    for procedure, stretches in by_procedure.items():
        zone = zones.get(procedure, station)
        assessments.append(
            assess_tally(
                tally_of_rows(stretches, zone),
                case=case,
                steps=known,
                thresholds=settings.coverage,
                today=now.astimezone(zone).date(),
                subject=Subject(
                    procedure=procedure, following=any(one.follow.until_sequence is None for one in stretches)
                ),
            )
        )
    return CaseStatus(code=row.code, assessments=tuple(assessments))


def _slots(counted: Iterable[CoverageRow]) -> int:
    """The slots that the case's attempts showed."""
    return sum(other.outcome is Outcome.SLOT_SEEN for row in counted for other in row.others)


def zones_of(settings: Settings) -> Mapping[str, ZoneInfo]:
    """The zone of each procedure of the configuration, which says when its day begins."""
    return {procedure.id: ZoneInfo(settings.zone_of(procedure)) for procedure in settings.procedures}


def tally_of_rows(stretches: Sequence[CoverageRow], zone: ZoneInfo) -> Tally:
    """The figures of one case and one procedure, from what the store counted for each stretch.

    Days, weeks and bands are those of each record's own local time; ``zone`` only says in which zone the first and
    the last instant are read.
    """
    return added([tally for row in stretches for tally in (_proofs(row, zone), _others(row))])


def _proofs(row: CoverageRow, zone: ZoneInfo) -> Tally:
    count = len(row.proof_hours)
    last = None if row.last_proof is None else row.last_proof.astimezone(zone)
    proofs = Spread(
        count=count,
        first=None if row.first_proof is None else row.first_proof.astimezone(zone),
        last=last,
        days=frozenset(map(_day, {text[:10] for text in row.proof_hours})),
        hours=frozenset(map(int, {text[11:] for text in row.proof_hours})),
    )
    return Tally(
        visits=count, by_hand=row.proofs_by_hand, simulated=row.proofs_simulated, last_visit=last, proofs=proofs
    )


def _others(row: CoverageRow) -> Tally:
    return tally_of(
        TryFacts(at=one.at, outcome=one.outcome, mode=one.mode, answered=one.answered, simulated=one.simulated)
        for one in row.others
    )


@lru_cache(maxsize=10_000)  # the days of one procedure are those of the others
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _case_facts(row: CaseRow, zone: ZoneInfo) -> CaseFacts:
    known = row.kind in set(CaseKind)
    return CaseFacts(
        code=row.code,
        kind=CaseKind(row.kind) if known else None,
        closed=None if row.closed is None else row.closed.astimezone(zone).date(),
        obtained=getattr(row, "obtained", None) is not None,
        reviewed_on=getattr(row, "reviewed_on", None),
        expires_on=getattr(row, "expires_on", None),
    )


def _steps(store: Store, code: str) -> Iterable[Step]:
    items = getattr(store, "items", None)
    found: Iterable[Step] = () if items is None else items(code)
    return found


def _steps_facts(steps: Iterable[Step], slots: int, zone: ZoneInfo) -> StepsFacts:
    """What the journal says, of what was not erased: an erased e-mail is nothing that could be filed."""
    kept = [step for step in steps if step.entry == "journal" and step.erased_by is None]
    requests = [step.at or step.recorded_at for step in kept if step.kind in REQUESTS]
    return StepsFacts(
        requested_on=min(requests).astimezone(zone).date() if requests else None,
        slots=slots,
        slot_responses=sum(step.kind == JournalKind.SLOT_RESPONSE for step in kept),
    )
