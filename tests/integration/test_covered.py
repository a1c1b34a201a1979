"""What ``list`` and ``show`` say of timestamps: granted, waited for, late, and by whom."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.stamping import stamp
from store.covered import Stamp, StampState, delay_words, stamp_words
from store.listing import attempt_cells, attempt_heads, attempt_json, coverage_of, entry_json
from store.store import Store
from temoin.clock import utc_now, utc_text
from temoin.records import Kind
from temoin.settings import Settings, load_settings
from tests.authority import Authority, Pki
from tests.tamper.conftest import attempt_record

URL = "http://127.0.0.1:9/booking/create/1"


@pytest.fixture
def station(pki: Pki, loopback_config: Callable[..., Path]) -> Iterator[tuple[Settings, Store]]:
    """Attempts 1 (three days ago) and 2 (now) with one token of a over 2; attempt 3 waits."""
    with Authority(pki=pki) as first, Authority(pki=pki) as second:
        tables = first.config("a") + second.config("b", more="qualified = true\n")
        settings = load_settings(loopback_config(URL, more=tables))
        with Store.open(settings.station.data_dir, now=utc_now) as store:
            for number, back in enumerate((timedelta(days=3), timedelta(), timedelta())):
                at = utc_now() - back
                record = {**attempt_record(number, store.put(b"page"), 4), "at": utc_text(at)}
                store.append(kind=Kind.ATTEMPT, record=record, at=at)
                if number == 1:
                    stamp(settings, store, now=utc_now, simulated=True)
            yield settings, store


def test_list_gives_state_and_delay_of_each_authority(station: tuple[Settings, Store]) -> None:
    settings, store = station
    rows = store.attempts()
    coverage = coverage_of(store, rows, settings.timestamp.authorities)
    listed = [attempt_json(store, row, coverage) for row in rows]
    assert [one["timestamp"] for one in listed] == ["granted", "granted", "pending"]
    (late, waits), (soon, _waits), nothing = [one["timestamps"] for one in listed]
    assert (late["authority"], late["state"]) == ("a", "granted")
    assert 259_190 < late["delay_s"] < 259_260
    assert -2 < soon["delay_s"] < 60
    assert waits == {"authority": "b", "state": "pending", "delay_s": None}
    assert nothing == [{"authority": name, "state": "pending", "delay_s": None} for name in ("a", "b")]


def test_the_table_says_late_and_not_qualified(station: tuple[Settings, Store]) -> None:
    settings, store = station
    rows = store.attempts()
    coverage = coverage_of(store, rows, settings.timestamp.authorities)
    assert attempt_heads(coverage)[4] == "timestamp"
    cells = [attempt_cells(row, coverage)[4] for row in rows]
    assert cells[0] == "late: 3 days (not qualified)"
    assert cells[1].endswith(" s (not qualified)")
    assert cells[2] == "waited for"


def test_show_says_over_which_entry_the_token_is(station: tuple[Settings, Store]) -> None:
    settings, store = station
    (of_a, of_b) = entry_json(store, 1, settings.timestamp.authorities)["timestamps"]
    assert (of_a["authority"], of_a["state"], of_a["entry"], of_a["late"], of_a["qualified"]) == (
        "a", "granted", 2, True, False,
    )  # fmt: skip
    assert (of_b["state"], of_b["entry"], of_b["late"], of_b["qualified"]) == ("pending", None, False, True)


def test_tokens_of_an_authority_that_is_no_longer_named_still_count(station: tuple[Settings, Store]) -> None:
    _settings, store = station
    rows = store.attempts()
    listed = [attempt_json(store, row, coverage_of(store, rows, ())) for row in rows]
    assert [one["timestamp"] for one in listed] == ["granted", "granted", "none"]
    assert [len(one["timestamps"]) for one in listed] == [1, 1, 0]


def test_without_authorities_lists_say_nothing_of_them(loopback_config: Callable[..., Path]) -> None:
    settings = load_settings(loopback_config(URL))
    with Store.open(settings.station.data_dir, now=utc_now) as store:
        store.append(kind=Kind.ATTEMPT, record=attempt_record(0, store.put(b"page"), 4), at=utc_now())
        coverage = coverage_of(store, store.attempts(), ())
        assert len(attempt_heads(coverage)) == len(attempt_cells(store.attempts()[0], coverage)) == 5
        assert coverage_of(store, (), ()).sequences == {}


def test_a_made_up_visit_waits_for_no_real_authority(station: tuple[Settings, Store]) -> None:
    settings, store = station
    real = settings.timestamp.authorities[0].model_copy(update={"url": "https://tsa.exemple.invalid/", "name": "r"})
    coverage = coverage_of(store, store.attempts(), (real,))
    assert coverage.stamps_of(3, utc_now(), simulated=True) == ()
    assert [one.state for one in coverage.stamps_of(3, utc_now(), simulated=False)] == [StampState.PENDING]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (59, "59 s"), (61, "1 min"), (3600, "1 h"), (100_000, "28 h"), (172_800, "2 days"), (-5.4, "-5 s")],
)
def test_delays_are_told_in_the_unit_that_a_person_would_use(seconds: float, words: str) -> None:
    assert delay_words(seconds) == words


def test_the_qualified_timestamp_is_the_one_that_is_told() -> None:
    plain = Stamp(authority="a", state=StampState.GRANTED, delay_seconds=2.0, sequence=1)
    better = Stamp(authority="b", state=StampState.GRANTED, delay_seconds=90.0, sequence=1, qualified=True)
    assert stamp_words((plain, better)) == "2 min"
    assert stamp_words((plain,)) == "2 s (not qualified)"
    assert stamp_words(()) == "–"
