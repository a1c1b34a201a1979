"""The floors hold whatever the configuration says; the judge says yes only when nothing speaks against it."""

# ruff: noqa: S311 - chance that can be had again is what a test wants

import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.plan import draw_day
from scheduler.politeness import (
    BLOCK_STOP,
    MAX_ATTEMPTS_PER_DAY,
    MAX_RETRY_AFTER,
    MAX_VISITS_HOST_PER_DAY,
    MIN_GAP_HOST,
    MIN_GAP_PROCEDURE,
    Limits,
    host_of,
    is_loopback,
    judge,
    limits_for,
    stop_after,
)
from store.values import HostHistory, HostStop, PastVisit
from temoin.records import Mode, Outcome
from temoin.settings import Politeness, Procedure, Settings

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REAL = "https://www.example.fr/booking/create/1"
LOCAL = "http://127.0.0.1:8000/booking/create/1"
MINUTE = timedelta(minutes=1)


def procedure(url: str = REAL, attempts: int | None = None) -> Procedure:
    return Procedure(
        id="creteil",
        prefecture="Préfecture de l'Exemple",
        label="Démarche d'essai",
        url=url,
        platform="ezbooking" if is_loopback(url) else "generic",
        no_slot_text="" if is_loopback(url) else "Rien.",
        attempts_per_day=attempts,
    )


def limits(url: str = REAL, attempts: int | None = None, **politeness: int) -> Limits:
    return limits_for(Settings(path=Path("config.toml"), politeness=Politeness(**politeness)), procedure(url, attempts))


def visit(
    ago: timedelta, *, name: str = "other", mode: Mode = Mode.UNATTENDED, lasted: timedelta = MINUTE
) -> PastVisit:
    return PastVisit(started_at=NOW - ago, procedure=name, mode=mode, ended_at=NOW - ago + lasted)


def history(*visits: PastVisit, stops: tuple[HostStop, ...] = ()) -> HostHistory:
    return HostHistory(host="www.example.fr", visits=tuple(sorted(visits, key=lambda one: one.started_at)), stops=stops)


def ask(past: HostHistory, mode: Mode = Mode.UNATTENDED, held: Limits | None = None) -> tuple[str, datetime | None]:
    verdict = judge(past, procedure="creteil", mode=mode, limits=held or limits(), now=NOW)
    assert verdict.allowed == (not verdict.reason) == (not verdict.message)
    return verdict.reason, verdict.not_before


@given(
    attempts=st.none() | st.integers(0, 10**6),
    politeness=st.fixed_dictionaries(
        {
            name: st.integers(0, 10**4)
            for name in ("attempts_per_day", "min_minutes_between_attempts", "min_minutes_per_host")
        }
    ),
)
def test_no_configuration_is_rougher_than_the_floors(attempts: int | None, politeness: dict[str, int]) -> None:
    held = limits(REAL, attempts, **politeness)
    assert held.attempts_per_day is not None
    assert held.attempts_per_day <= MAX_ATTEMPTS_PER_DAY == 4
    assert held.procedure_gap >= MIN_GAP_PROCEDURE == timedelta(hours=1)
    assert held.host_gap >= MIN_GAP_HOST == timedelta(minutes=5)
    assert held.assisted_host_gap == timedelta(seconds=60)
    assert held.host_per_day == MAX_VISITS_HOST_PER_DAY == 120


def test_a_gentler_configuration_is_followed() -> None:
    held = limits(attempts_per_day=1, min_minutes_between_attempts=180, min_minutes_per_host=20)
    assert (held.attempts_per_day, held.procedure_gap, held.host_gap) == (1, timedelta(hours=3), 20 * MINUTE)


def test_towards_a_loopback_address_zero_means_none() -> None:
    held = limits(LOCAL, attempts_per_day=0, min_minutes_between_attempts=0, min_minutes_per_host=0)
    past = history(*(visit(timedelta(0), name="creteil", lasted=timedelta(0)) for _ in range(200)))
    assert ask(past, held=held) == ("", None)


def test_a_first_visit_is_allowed() -> None:
    assert ask(history()) == ("", None)


@pytest.mark.parametrize(
    ("past", "reason", "not_before"),
    [
        (history(visit(4 * MINUTE)), "host_spacing", NOW + 2 * MINUTE),
        (history(visit(6 * MINUTE)), "", None),
        (history(visit(59 * MINUTE, name="creteil")), "procedure_spacing", NOW + MINUTE),
        (history(visit(60 * MINUTE, name="creteil")), "", None),
        (history(visit(MINUTE, lasted=timedelta(0))._replace(ended_at=None)), "host_busy", NOW + 5 * MINUTE),
        (
            history(*(visit(hours * 60 * MINUTE, name="creteil") for hours in (2, 4))),
            "daily_cap",
            datetime(2026, 11, 23, 23, 0, tzinfo=UTC),
        ),
        (history(*(visit(hours * 60 * MINUTE, name="creteil") for hours in (2, 14))), "", None),
        (
            history(*(visit(timedelta(minutes=6 + 11 * number)) for number in range(120))),
            "host_cap",
            NOW - timedelta(minutes=6 + 11 * 119) + timedelta(days=1),
        ),
    ],
)
def test_what_was_done_decides(past: HostHistory, reason: str, not_before: datetime | None) -> None:
    assert ask(past) == (reason, not_before)


@pytest.mark.parametrize("mode", [Mode.UNATTENDED, Mode.ASSISTED])
@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (HostStop(until=NOW + MINUTE, procedure=None, reason="blocked"), "host_stopped"),
        (HostStop(until=NOW + MINUTE, procedure="creteil", reason="blocked"), "host_stopped"),
        (HostStop(until=NOW + MINUTE, procedure="other", reason="blocked"), ""),
        (HostStop(until=NOW, procedure=None, reason="blocked"), ""),
    ],
)
def test_a_stop_holds_for_whom_it_names_until_it_ends(mode: Mode, stop: HostStop, reason: str) -> None:
    assert ask(history(stops=(stop,)), mode)[0] == reason


def test_the_message_says_when_in_the_procedure_own_time() -> None:
    past = history(visit(59 * MINUTE, name="creteil"))
    verdict = judge(past, procedure="creteil", mode=Mode.UNATTENDED, limits=limits(), now=NOW)
    assert verdict.message == (
        "This procedure was visited a short while ago: the next visit not before Monday 23 November 2026, 13:01."
    )


def test_a_human_round_keeps_a_minute_between_visits_and_does_not_fill_the_days_of_the_robot() -> None:
    assert ask(history(visit(90 * timedelta(seconds=1))), Mode.ASSISTED) == (
        "host_spacing",
        NOW + 30 * timedelta(seconds=1),
    )
    assert ask(history(visit(2 * MINUTE)), Mode.ASSISTED) == ("", None)
    by_hand = history(*(visit(hours * 60 * MINUTE, name="creteil", mode=Mode.ASSISTED) for hours in (2, 3, 4)))
    assert ask(by_hand) == ("", None)


def test_a_photo_is_no_visit() -> None:
    stop = HostStop(until=NOW + MINUTE, procedure=None, reason="blocked")
    assert ask(history(visit(MINUTE, name="creteil"), stops=(stop,)), Mode.PHOTO) == ("", None)


@pytest.mark.parametrize(
    ("outcome", "status", "retry_after", "mode", "until", "whole_host"),
    [
        (Outcome.BLOCKED, 403, None, Mode.UNATTENDED, NOW + BLOCK_STOP, True),
        (Outcome.BLOCKED, 200, None, Mode.UNATTENDED, NOW + BLOCK_STOP, True),
        (Outcome.BLOCKED, 403, None, Mode.ASSISTED, NOW + BLOCK_STOP, False),
        (Outcome.BLOCKED, 403, "60", Mode.UNATTENDED, NOW + BLOCK_STOP, True),
        (Outcome.BLOCKED, 429, "7200", Mode.UNATTENDED, NOW + 120 * MINUTE, True),
        (Outcome.BLOCKED, 429, "1", Mode.UNATTENDED, NOW + MIN_GAP_HOST, True),
        (Outcome.BLOCKED, 429, "-5", Mode.UNATTENDED, NOW + BLOCK_STOP, True),
        (Outcome.BLOCKED, 429, None, Mode.UNATTENDED, NOW + BLOCK_STOP, True),
        (Outcome.BLOCKED, 503, "60", Mode.UNATTENDED, NOW + BLOCK_STOP, True),
        (Outcome.OVERLOADED, 503, "99999999999999999999", Mode.UNATTENDED, NOW + MAX_RETRY_AFTER, True),
        (Outcome.OVERLOADED, 503, "Mon, 23 Nov 2026 15:00:00 GMT", Mode.ASSISTED, NOW + 180 * MINUTE, True),
        (Outcome.OVERLOADED, 503, "Mon, 23 Nov 2020 15:00:00 GMT", Mode.UNATTENDED, NOW + MIN_GAP_HOST, True),
        (Outcome.OVERLOADED, 503, "Mon, 23 Nov 9026 15:00:00 -0000", Mode.UNATTENDED, NOW + MAX_RETRY_AFTER, True),
    ],
)
def test_a_refusal_is_obeyed(
    outcome: Outcome, status: int, retry_after: str | None, mode: Mode, until: datetime, *, whole_host: bool
) -> None:
    stop = stop_after(outcome, status=status, retry_after=retry_after, mode=mode, now=NOW)
    assert stop is not None
    assert (stop.until, stop.whole_host) == (until, whole_host)


@pytest.mark.parametrize(
    ("outcome", "status", "retry_after"),
    [
        (Outcome.NO_SLOT, 200, "3600"),
        (Outcome.OVERLOADED, 503, None),
        (Outcome.OVERLOADED, 503, "soon"),
        (Outcome.OVERLOADED, 503, "Mon, 99 Nov 2026 15:00:00 GMT"),
        (Outcome.OVERLOADED, 504, "60"),
        (Outcome.UNREACHABLE, None, None),
    ],
)
def test_other_answers_stop_nothing(outcome: Outcome, status: int | None, retry_after: str | None) -> None:
    assert stop_after(outcome, status=status, retry_after=retry_after, mode=Mode.UNATTENDED, now=NOW) is None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://WWW.Example.fr/x", "www.example.fr"),
        ("https://www.example.fr./x", "www.example.fr"),
        ("https://www.example.fr:443/x", "www.example.fr"),
        ("http://www.example.fr:443/x", "www.example.fr:443"),
        ("http://127.0.0.1:8000/x", "127.0.0.1:8000"),
        ("http://[::1]:8000/x", "[::1]:8000"),
        ("https://user@www.example.fr/x", "www.example.fr"),
    ],
)
def test_one_host_has_one_name(url: str, host: str) -> None:
    assert host_of(url) == host


def test_an_address_without_a_host_is_refused() -> None:
    with pytest.raises(ValueError, match="no host"):
        host_of("file:///etc/passwd")


class Month:
    """30 days of 100 procedures on 20 hosts: times drawn, visits judged, refusals retried as the daemon does."""

    def __init__(self, held: Limits) -> None:
        self.held = held
        self.visits: dict[str, list[PastVisit]] = defaultdict(list)
        self.refused: Counter[str] = Counter()

    def serve(self, due: datetime, name: str, host: str) -> datetime | None:
        """Make the visit, or say when it may be tried again."""
        past = HostHistory(host=host, visits=tuple(self.visits[host][-150:]), stops=())
        verdict = judge(past, procedure=name, mode=Mode.UNATTENDED, limits=self.held, now=due)
        if verdict.allowed:
            ended_at = due + timedelta(seconds=random.Random(name).randrange(20, 330))
            self.visits[host].append(PastVisit(due, name, Mode.UNATTENDED, ended_at))
            return None
        self.refused[verdict.reason] += 1
        return verdict.not_before if verdict.reason.endswith("spacing") else None


def test_a_month_of_a_hundred_procedures_on_twenty_hosts_breaks_no_floor() -> None:
    held, month, rng = limits(attempts=4), Month(limits(attempts=4)), random.Random(11)
    names = {f"p{number}": f"host{number % 20}" for number in range(100)}
    pending: list[tuple[datetime, datetime, str]] = []
    for name in names:
        after = None
        for day in range(30):
            times = draw_day(
                procedure=name,
                day=date(2026, 10, 12) + timedelta(days=day),
                zone="Europe/Paris",
                windows=("07:00-22:30",),
                attempts=4,
                min_gap=held.procedure_gap,
                secret=b"s" * 32,
                rng=rng,
                after=after,
            )
            after = times[-1]
            pending += [(at, at, name) for at in times]
    pending.sort()
    while pending:
        at, due, name = pending.pop(0)
        again = month.serve(at, name, names[name])
        if again is not None and again <= due + timedelta(minutes=30):
            pending.append((again, due, name))
            pending.sort()
    made = [one for visits in month.visits.values() for one in visits]
    assert len(made) > 0.98 * 30 * 100 * 4
    check_floors(month)


def check_floors(month: Month) -> None:
    paris = ZoneInfo("Europe/Paris")
    for visits in month.visits.values():
        for earlier, later in pairwise(visits):
            assert earlier.ended_at is not None
            assert later.started_at - earlier.ended_at >= timedelta(minutes=5)
        for first, last in zip(visits, visits[120:], strict=False):
            assert last.started_at - first.started_at >= timedelta(days=1)
        by_day = Counter((one.procedure, one.started_at.astimezone(paris).date()) for one in visits)
        assert max(by_day.values()) <= 4
        for name in {one.procedure for one in visits}:
            starts = [one.started_at for one in visits if one.procedure == name]
            assert all(later - earlier >= timedelta(hours=1) for earlier, later in pairwise(starts))
