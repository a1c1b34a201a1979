"""A year of a thousand procedures on 120 hosts, with all that happens to a machine."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from temoin.records import Outcome
from tests.year import Length, play
from tests.year_checks import broken

pytestmark = pytest.mark.soak


def test_a_year_of_a_thousand_procedures_breaks_no_floor_and_loses_no_time(tmp_path: Path) -> None:
    start = datetime(2026, 1, 5, 5, tzinfo=UTC)  # both changes of the clocks
    length = Length(start=start, days=365, procedures=1000, hosts=120)
    with play(tmp_path, length, leases=False, every=timedelta(hours=6)) as year:
        found, outcomes = broken(year), Counter(row.outcome for row in year.store.attempts())
        told = {outcome.value: count for outcome, count in outcomes.items()}
        sys.stdout.write(f"suffered {dict(year.suffered)}; recorded {told}; waited or refused {dict(year.refused)}\n")
        assert found == []
        assert outcomes[Outcome.MISSED] > 1000
        assert len(year.made) > 0.97 * 2 * 365 * 1000
