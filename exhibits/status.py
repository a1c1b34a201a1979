"""``status``: the « preuve des tentatives » of every case, or of one, for programs and for people (DESIGN §12)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from exhibits.coverage import Assessment, CaseFacts, Level, StepsFacts, Subject, assess_tally
from exhibits.own_tries import OwnTries, own_lines, own_tries, read_week, week_began
from exhibits.reading import check_case
from exhibits.reasons import age_words, level_words
from exhibits.tally import Spread, Tally, TryFacts, added, tally_of
from store.coverage_query import CaseCoverage, CoverageRow
from store.store import Store
from store.values import AttemptRow, CaseRow
from temoin.canonical import Json
from temoin.messages import _
from temoin.records import PROOFS, CaseKind, JournalKind, Mode, Outcome
from temoin.settings import Settings

REQUESTS = frozenset({JournalKind.EMAIL, JournalKind.LETTER})
MARKS = {Level.RED: "●○○", Level.AMBER: "●●○", Level.GREEN: "●●●"}  # told apart without any colour


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStatus:
    """One case and what was assessed of it: nothing when it never followed any procedure.

    ``own``, by procedure: what the person did by hand this week, of what the case follows and still seeks.
    """

    code: str
    assessments: tuple[Assessment, ...]
    own: Mapping[str, OwnTries] = field(default_factory=dict)


def read_status(store: Store, settings: Settings, *, code: str | None, now: datetime) -> tuple[CaseStatus, ...]:
    """Every case, or the case ``code``, as it stands at ``now``.

    Raises:
        UsageError: there is no such case.
        StoreError: the store cannot be read.
    """
    if code is not None:
        check_case(store, code)
    return status_of(store.coverage(code), store, settings, now=now)


def status_of(
    coverage: Sequence[CaseCoverage], store: Store, settings: Settings, *, now: datetime
) -> tuple[CaseStatus, ...]:
    """The cases whose coverage was read, as they stand at ``now``. Raises ``StoreError``."""
    zones, station = zones_of(settings), ZoneInfo(settings.station.timezone)
    week = read_week(store, station, now)
    return tuple(_case_status(one, settings, zones, now, week) for one in coverage)


def status_json(cases: Iterable[CaseStatus]) -> list[Json]:
    """One object for each case and procedure, as DESIGN §12 has it."""
    return [one.to_json() for case in cases for one in case.assessments]


def status_lines(
    cases: Sequence[CaseStatus], settings: Settings, *, plans: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """The same for people: a block for each case and procedure, an empty line between two.

    ``plans`` is what the plan says of a procedure, by its id.
    """
    if not cases:
        yield _("There is no case yet: “temoin case add” opens one.")
    for place, case in enumerate(cases):
        if place:
            yield ""
        yield from _case_lines(case, settings, plans)


def _case_lines(case: CaseStatus, settings: Settings, plans: Mapping[str, str]) -> Iterator[str]:
    if not case.assessments:
        yield _("Case {code} follows no démarche: “temoin case follow” makes it follow one.").format(code=case.code)
    photographed = {procedure.id for procedure in settings.procedures if procedure.mode is Mode.PHOTO}
    for place, one in enumerate(case.assessments):
        if place:
            yield ""
        yield from _lines(one, settings, plans.get(one.procedure, ""))
        if one.procedure in case.own:
            sentences = own_lines(one.procedure, case.own[one.procedure], photo_only=one.procedure in photographed)
            yield from (f"  – {sentence}" for sentence in sentences)


def _lines(one: Assessment, settings: Settings, plan: str) -> Iterator[str]:
    named = {procedure.id: f"{procedure.prefecture}, {procedure.label}" for procedure in settings.procedures}
    heading = _("Case {code}, {procedure}").format(code=one.case, procedure=one.procedure)
    yield f"{heading} – {named[one.procedure]}" if one.procedure in named else heading
    yield f"  {MARKS[one.level]} {level_words(one.level)}"
    yield f"  {ages_sentence(one)}"
    if plan:
        yield f"  {plan}"
    yield from (f"  – {sentence}" for sentence in one.why)


def ages_sentence(one: Assessment) -> str:
    """How old the last attempt and the last proof are."""
    ages = _("Last attempt: {attempt}. Last one that found no appointment: {proof}.")
    visit, proof = one.tally.last_visit, one.tally.proofs.last
    return ages.format(attempt=_age(visit, one.today), proof=_age(proof, one.today))


def _age(at: datetime | None, today: date) -> str:
    return age_words(None if at is None else at.date(), today)


def _case_status(
    known: CaseCoverage,
    settings: Settings,
    zones: Mapping[str, ZoneInfo],
    now: datetime,
    week: Sequence[AttemptRow],
) -> CaseStatus:
    by_procedure: dict[str, list[CoverageRow]] = {}
    for row in known.stretches:
        by_procedure.setdefault(row.follow.procedure, []).append(row)
    station = ZoneInfo(settings.station.timezone)
    case, steps = _case_facts(known.case, station), _steps_facts(known, station)
    return CaseStatus(
        code=case.code,
        assessments=tuple(
            assess_tally(
                tally_of_rows(rows, zone := zones.get(procedure, station)),
                case=case,
                steps=steps,
                thresholds=settings.coverage,
                today=now.astimezone(zone).date(),
                subject=Subject(procedure=procedure, following=any(row.follow.until is None for row in rows)),
            )
            for procedure, rows in by_procedure.items()
        ),
        own=own_tries(known, by_procedure, week, week_began(now, station)),
    )


def zones_of(settings: Settings) -> Mapping[str, ZoneInfo]:
    """The zone of each procedure of the configuration, which says when its day begins."""
    return {procedure.id: ZoneInfo(settings.zone_of(procedure)) for procedure in settings.procedures}


def tally_of_rows(stretches: Sequence[CoverageRow], zone: ZoneInfo) -> Tally:
    """The figures of one case and one procedure, from what the store counted for each stretch.

    Days, weeks and bands are those of each record's own local time; ``zone`` only says in which zone the first and
    the last instant are read.
    """
    others = [_others(row) for row in stretches if row.others]
    return added([*(_proofs(row, zone) for row in stretches), *others])


def _proofs(row: CoverageRow, zone: ZoneInfo) -> Tally:
    found = row.proofs
    last = None if found.last is None else found.last.astimezone(zone)
    proofs = Spread(
        count=found.count,
        first=None if found.first is None else found.first.astimezone(zone),
        last=last,
        days=found.days,
        hours=found.hours,
    )
    return Tally(visits=found.count, by_hand=found.by_hand, simulated=found.simulated, last_visit=last, proofs=proofs)


def _others(row: CoverageRow) -> Tally:
    return tally_of(
        TryFacts(
            at=one.at,
            outcome=one.outcome,
            mode=one.mode,
            answered=one.answered,
            simulated=one.simulated,
            doubtful=one.outcome in PROOFS,  # the store counts those that are proofs
        )
        for one in row.others
    )


def _case_facts(row: CaseRow, zone: ZoneInfo) -> CaseFacts:
    known = row.kind in set(CaseKind)
    return CaseFacts(
        code=row.code,
        kind=CaseKind(row.kind) if known else None,
        closed=None if row.closed is None else row.closed.astimezone(zone).date(),
        obtained=row.obtained is not None,
        reviewed_on=row.reviewed_on,
        expires_on=row.expires_on,
    )


def _steps_facts(known: CaseCoverage, zone: ZoneInfo) -> StepsFacts:
    requests = [step.at for step in known.steps if step.kind in REQUESTS]
    shown = [other for row in known.stretches for other in row.others if other.outcome is Outcome.SLOT_SEEN]
    return StepsFacts(
        requested_on=min(requests).astimezone(zone).date() if requests else None,
        slots=len(shown),
        slot_responses=_answered(known),
    )


def _answered(known: CaseCoverage) -> int:
    """How many slots the journal answers: two answers to one slot are one; of older ones only the number is known."""
    about = [step.attempt for step in known.steps if step.kind is JournalKind.SLOT_RESPONSE]
    return len({attempt for attempt in about if attempt is not None}) + about.count(None)
