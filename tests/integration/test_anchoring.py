"""The evening's anchor: when it is due, what it names, and that everybody is asked about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.anchoring import append_anchor, last_evening
from scheduler.comparison import Surroundings, compare
from scheduler.stamping import stamp
from store.stamps import digest_tokens
from store.store import Store
from temoin.clock import utc_now
from temoin.records import Kind
from temoin.settings import Settings, load_settings
from tests.authority import Authority, Pki

URL = "http://127.0.0.1:9/booking/create/1"
EVENING = datetime(2026, 11, 23, 19, 0, 5, tzinfo=UTC)  # 20:00:05 in Paris
TABLE = '[[timestamp.authorities]]\nname = "a"\nurl = "http://127.0.0.1:9/"\nroots = "r.pem"\n'
STATION = {"format": 1, "operator": "self", "environment": {}}


@pytest.fixture
def settings(loopback_config: Callable[..., Path]) -> Settings:
    """One loopback procedure, one authority that is not there."""
    return load_settings(loopback_config(URL, more=TABLE))


@pytest.mark.parametrize(
    ("now", "evening"),
    [
        ("2026-11-23T19:00:05+00:00", "2026-11-23T19:00:00+00:00"),
        ("2026-11-23T18:59:59+00:00", "2026-11-22T19:00:00+00:00"),
        ("2026-10-25T18:30:00+00:00", "2026-10-24T18:00:00+00:00"),  # clocks were put back that night
    ],
)
def test_the_last_evening_is_that_of_the_station(now: str, evening: str) -> None:
    assert last_evening(datetime.fromisoformat(now), "Europe/Paris") == datetime.fromisoformat(evening)


def test_an_anchor_a_day_after_the_draw_and_none_when_nothing_came_since(settings: Settings) -> None:
    with Store.open(settings.station.data_dir, now=lambda: EVENING) as store:
        around = Surroundings(running_since=EVENING, simulated=False)
        store.append(kind=Kind.STATION, record=STATION, at=EVENING)
        anchor = compare(settings, store, around, now=EVENING).anchor
        assert anchor is not None
        kinds = [entry.kind for entry in store.entries()]
        assert kinds[-1] is Kind.ANCHOR
        record = store.record(anchor.sequence)
        head = next(store.entries(anchor.sequence - 1, anchor.sequence - 1))
        assert record["head"] == {"sequence": head.sequence, "sha256": head.digest}
        assert record["tokens"] == {"first": 1, "last": 0, "sha256": None}
        hours = [EVENING + timedelta(hours=hour) for hour in (1, 22)]
        assert [append_anchor(settings, store, now=at, simulated=False) for at in hours] == [None, None]
        next_day = EVENING + timedelta(days=1)
        assert append_anchor(settings, store, now=next_day, simulated=False) is None  # nothing came since
        store.append(kind=Kind.STATION, record=STATION, at=next_day)
        assert append_anchor(settings, store, now=next_day, simulated=False) is not None


def test_without_an_authority_there_is_no_anchor(loopback_config: Callable[..., Path]) -> None:
    settings = load_settings(loopback_config(URL))
    with Store.open(settings.station.data_dir, now=lambda: EVENING) as store:
        store.append(kind=Kind.STATION, record=STATION, at=EVENING)
        assert append_anchor(settings, store, now=EVENING, simulated=False) is None


def test_an_anchor_names_the_tokens_that_came_since_the_one_before(
    pki: Pki, loopback_config: Callable[..., Path]
) -> None:
    with Authority(pki=pki) as first, Authority(pki=pki) as second:
        settings = load_settings(loopback_config(URL, more=first.config("a") + second.config("b")))
        with Store.open(settings.station.data_dir, now=utc_now) as store:
            anchors: list[int] = []
            for day in range(2):
                at = utc_now() + timedelta(days=day)
                store.append(kind=Kind.STATION, record=STATION, at=at)
                stamp(settings, store, now=utc_now, simulated=False)
                anchor = append_anchor(settings, store, now=at, simulated=False)
                assert anchor is not None
                anchors.append(anchor.sequence)
                assert stamp(settings, store, now=utc_now, simulated=False).granted == ("a", "b")
            named = store.record(anchors[-1])["tokens"]
            assert (named["first"], named["last"]) == (2, 4)
            assert named["sha256"] == digest_tokens(store.tokens()[1:4])
            assert len(store.tokens()) == 6
