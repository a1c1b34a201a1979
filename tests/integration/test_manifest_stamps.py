"""A bundle's manifest before the authorities: all that may be asked are, at their own pace, within bounds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.manifest_stamps import stamp_manifest
from store.stamp_values import StampingRow
from store.store import Store
from store.tokens import Trust, check_token, load_roots
from temoin.clock import utc_now
from temoin.settings import Settings, load_settings
from tests.authority import Answers, Authority, Pki

MANIFEST = b"0123  data/file\n"
URL = "http://127.0.0.1:9/booking/create/1"
Open = Callable[..., Settings]


@pytest.fixture
def station(loopback_config: Callable[..., Path]) -> Iterator[Open]:
    """Settings with these authorities, and a store that is there."""
    with ExitStack() as stack:

        def opened(*tables: str) -> Settings:
            settings = load_settings(loopback_config(URL, more="\n".join(tables)))
            stack.enter_context(Store.open(settings.station.data_dir, now=utc_now))
            return settings

        yield opened


def asked_at(settings: Settings, ago: timedelta) -> None:
    with Store.open(settings.station.data_dir, now=utc_now) as store:
        store.keep_stamps((), [StampingRow(authority="a", asked_at=utc_now() - ago)])


def test_every_authority_is_asked_and_one_that_gives_none_is_left_out(station: Open, pki: Pki) -> None:
    with Authority(pki=pki) as good, Authority(pki=pki, answers=Answers.GARBAGE) as bad:
        settings = station(good.config("a"), bad.config("b"))
        found = stamp_manifest(settings, settings.timestamp.authorities, MANIFEST)
    assert list(found) == ["a"]
    check_token(found["a"], MANIFEST, Trust(roots=load_roots(pki.root.read_bytes(), "root")))
    assert (len(good.asked), len(bad.asked)) == (1, 1)
    with Store.open(settings.station.data_dir, now=utc_now) as store:
        assert store.stampings().keys() == {"a", "b"}  # noted, so that no round asks them again too soon
        assert store.tokens() == ()


def test_an_authority_that_was_asked_a_moment_ago_is_waited_for_as_its_terms_ask(station: Open, pki: Pki) -> None:
    with Authority(pki=pki) as authority:
        table = authority.config("a").replace("min_seconds_between = 0", "min_seconds_between = 20")
        settings = station(table)
        asked_at(settings, timedelta(seconds=5))
        waits: list[float] = []

        def later(seconds: float) -> None:
            waits.append(seconds)
            asked_at(settings, timedelta(seconds=21))

        assert list(stamp_manifest(settings, settings.timestamp.authorities, MANIFEST, sleep=later)) == ["a"]
    assert [14 < wait < 15.1 for wait in waits] == [True]


def nobody_waits(seconds: float) -> None:
    pytest.fail(f"waited {seconds} s")


def test_one_that_rests_for_longer_is_left_out_and_nobody_waits(station: Open, pki: Pki) -> None:
    with Authority(pki=pki) as authority:
        table = authority.config("a").replace("min_seconds_between = 0", "min_seconds_between = 600")
        settings = station(table)
        asked_at(settings, timedelta(seconds=5))
        assert stamp_manifest(settings, settings.timestamp.authorities, MANIFEST, sleep=nobody_waits) == {}
        assert authority.asked == []


def test_without_a_store_to_note_it_in_nobody_is_asked(loopback_config: Callable[..., Path], pki: Pki) -> None:
    with Authority(pki=pki) as authority:
        settings = load_settings(loopback_config(URL, more=authority.config("a")))
        assert stamp_manifest(settings, settings.timestamp.authorities, MANIFEST) == {}
        assert authority.asked == []
