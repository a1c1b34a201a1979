"""What a simulated year (``tests.year``) broke: floors in true time, accounts of the register, evenness."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from temoin.hours import parse_window
from tests.year import PARIS, WAIT, Made, Year


def breaches(year: Year) -> Iterator[str]:
    """Every breach of a floor, in true time."""
    by_host = defaultdict[str, list[Made]](list)
    by_procedure = defaultdict[str, list[Made]](list)
    for one in year.made:
        by_host[one.host].append(one)
        by_procedure[one.procedure].append(one)
    for host, visits in by_host.items():
        for earlier, later in pairwise(visits):
            if later.true - earlier.ended < timedelta(minutes=5):
                yield f"{host}: {earlier.ended} then {later.true}"
        for first, last in zip(visits, visits[120:], strict=False):
            if last.true - first.true < timedelta(days=1):
                yield f"{host}: more than 120 within a day from {first.true}"
    for name, visits in by_procedure.items():
        yield from _breaches_of(name, visits, year.settings.procedure(name).windows)


def _breaches_of(name: str, visits: Sequence[Made], windows: Sequence[str]) -> Iterator[str]:
    spans = [parse_window(text) for text in windows]
    for earlier, later in pairwise(visits):
        if later.true - earlier.true < timedelta(hours=1):
            yield f"{name}: {earlier.true} then {later.true}"
    days = Counter(one.shown.astimezone(PARIS).date() for one in visits)
    yield from (f"{name}: {count} visits on {day}" for day, count in days.items() if count > 2)
    for one in visits:
        local = one.shown.astimezone(PARIS).replace(tzinfo=None)
        waited = timedelta(0) if any(span.start <= local.time() < span.end for span in spans) else WAIT
        if not any(span.start <= (local - waited).time() < span.end for span in spans):
            yield f"{name}: {local} is outside its windows"


def accounts(year: Year) -> Iterator[str]:
    """Every planned time that has not exactly one attempt, and every attempt that answers no planned time."""
    procedures = [one.id for one in year.settings.procedures]
    first, last = date(2025, 1, 1), date(2028, 1, 1)
    plans = year.store.plans_of(procedures, first, last)
    answered = Counter[tuple[str, datetime]]()
    for row in year.store.attempts():
        if row.due is not None:
            answered[row.procedure, row.due] += 1
    planned = {(name, at) for name, several in plans.items() for plan in several for at in plan.times}
    horizon = year.machine.now() - timedelta(hours=2)
    yield from (
        f"{name} {at}: {answered[name, at]} attempts"
        for name, at in sorted(planned)
        if at < horizon and answered[name, at] != 1
    )
    yield from (f"{name} {at}: not planned" for name, at in answered if (name, at) not in planned)


def sixth(at: datetime, windows: Sequence[str]) -> int:
    """Which sixth of the windows, laid end to end, holds ``at``."""
    local = at.astimezone(PARIS)
    minutes, before = local.hour * 60 + local.minute + local.second / 60, 0.0
    spans = [parse_window(text) for text in windows]
    for span in spans:
        start = span.start.hour * 60 + span.start.minute
        if minutes < start + span.minutes:
            return min(5, int((before + max(0.0, minutes - start)) * 6 / sum(one.minutes for one in spans)))
        before += span.minutes
    return 5


def bands(windows: Sequence[str], visits: Iterable[Made]) -> Mapping[int, Counter[str]]:
    """For each 14-day block, how many visits each sixth of the windows had, and each weekday."""
    found = defaultdict[int, Counter[str]](Counter)
    for one in visits:
        local = one.shown.astimezone(PARIS)
        found[local.toordinal() // 14].update((f"sixth {sixth(one.shown, windows)}", f"weekday {local.weekday()}"))
    return found


def uneven(year: Year) -> Iterator[str]:
    """Every procedure, with the two blocks, whose emptiest sixth or weekday has less than half of the fullest."""
    by_procedure = defaultdict[str, list[Made]](list)
    for one in year.made:
        by_procedure[one.procedure].append(one)
    for name, visits in by_procedure.items():
        blocks = bands(year.settings.procedure(name).windows, visits)
        for block in sorted(blocks)[1:-2]:  # the first and the last may be no whole fortnight
            both = blocks[block] + blocks[block + 1]
            for groups in ([f"sixth {number}" for number in range(6)], [f"weekday {number}" for number in range(7)]):
                counts = [both[group] for group in groups]
                if 2 * min(counts) < max(counts):
                    yield f"{name}, block {block}: {groups[0][:-2]} {counts}"


def broken(year: Year) -> list[str]:
    """All of it."""
    return [*breaches(year), *accounts(year), *uneven(year)]
