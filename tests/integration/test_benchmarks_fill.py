from pathlib import Path

from benchmarks.register import fill
from store.verify import verify_store


def test_a_register_that_is_filled_at_once_has_a_whole_chain_and_whole_records(tmp_path: Path) -> None:
    fill(tmp_path / "evidence", 40)
    checks = verify_store(tmp_path / "evidence").checks
    assert {check.name for check in checks if check.status.value != "passed"} == {"9 plans"}  # nobody drew its times
    assert "40 entries" in {check.detail for check in checks}
