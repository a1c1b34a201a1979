"""A season of many procedures, with all that happens to a machine: no floor broken, no visit doubled or lost."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from temoin.records import Outcome
from tests.year import PARIS, Length, Made, Year, play
from tests.year_checks import accounts, breaches, broken, uneven

HOUR = timedelta(hours=1)


def outcomes(year: Year) -> Counter[Outcome]:
    return Counter(row.outcome for row in year.store.attempts())


def test_ninety_days_of_a_hundred_procedures_break_no_floor_and_lose_no_time(tmp_path: Path) -> None:
    start = datetime(2026, 2, 2, 5, tzinfo=UTC)  # clocks go forward on the 29th of March
    length = Length(start=start, days=90, procedures=100, hosts=12)
    with play(tmp_path, length, leases=False, every=12 * HOUR) as year:
        assert broken(year) == []
        assert year.suffered == {"off": 13, "sleep": 4, "network": 1, "clock": 1}
        # A week of a hundred procedures, twice a day; the secret that draws them is another each time.
        assert 1350 < outcomes(year)[Outcome.UNREACHABLE] < 1450
        assert outcomes(year)[Outcome.MISSED] > 100
        assert len(year.made) > 0.97 * 2 * 90 * 100


def test_a_fortnight_with_each_visit_s_lease_and_record_in_transactions_of_their_own(tmp_path: Path) -> None:
    start = datetime(2026, 10, 19, 5, tzinfo=UTC)  # clocks go back on the 25th
    length = Length(start=start, days=14, procedures=12, hosts=2)
    with play(tmp_path, length, leases=True, every=HOUR) as year:
        assert broken(year) == []
        assert {visit.shown.date() for visit in year.made} >= {
            date(2026, 10, 24),
            date(2026, 10, 25),
            date(2026, 10, 26),
        }


def test_what_would_be_broken_is_found(tmp_path: Path) -> None:
    length = Length(start=datetime(2026, 2, 2, 5, tzinfo=UTC), days=70, procedures=2, hosts=1)
    with play(tmp_path, length, leases=False, every=12 * HOUR) as year:
        assert broken(year) == []
        whole, first = year.made, year.made[0]
        late, soon = first.shown.replace(hour=23, minute=55), first.ended + timedelta(minutes=4)
        year.made = [first, Made(soon, late, soon + timedelta(minutes=1), first.procedure, first.host)]
        assert list(breaches(year)) == [
            f"{first.host}: {first.ended} then {soon}",
            f"{first.procedure}: {first.true} then {soon}",
            f"{first.procedure}: {late.astimezone(PARIS).replace(tzinfo=None)} is outside its windows",
        ]
        year.made = [one for one in whole if one.shown.hour > 10]
        assert any("sixth [" in text for text in uneven(year))
        procedure = year.settings.procedure(first.procedure)
        year.record(
            procedure,
            next(iter(year.store.dues_of([procedure.id], length.start, first.shown + HOUR)[procedure.id])),
            Outcome.NO_SLOT,
        )
        year.record(procedure, first.shown + HOUR / 7, Outcome.NO_SLOT)
        year.flush()
        assert [text.split(": ")[-1] for text in accounts(year)] == ["2 attempts", "not planned"]
