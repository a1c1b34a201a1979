"""Invitations on a real store: drawn in the person's hours, open a while, followed, put off, declined or left."""

# ruff: noqa: S311 - chance that can be had again is what a test wants

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from capture.browser import BrowserChoice
from exhibits.facts import read_attempt
from exhibits.reading import read_material
from exhibits.tables import Register, register_row
from scheduler import tour
from scheduler.alert_facts import read_facts
from scheduler.alerts import AlertKind, find_alerts
from scheduler.invitations import (
    MISSED_AFTER,
    WAITING,
    Invitation,
    decline,
    draw_invitations,
    due_invitations,
    invitations_to_come,
    open_invitation,
    record_unfollowed,
    snooze,
    upcoming_invitations,
)
from scheduler.invited import invitation_days
from scheduler.job import prepare_store
from scheduler.opened import is_within
from scheduler.planning import draw_missing_plans, record_missed, record_without_visit
from scheduler.tour import Move, Round, make_round, tries_of
from scheduler.workshop import Browsers, Workshop
from store.store import Store
from store.values import AttemptQuery, PlanRow
from store.vault import Keys
from temoin.clock import SimulatedClock, utc_text
from temoin.errors import UsageError
from temoin.records import Kind, Mode, Outcome, Visit
from temoin.settings import Politeness, Procedure, Settings, Station

EVENING = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # a Sunday, 20:00 in Paris
MONDAY = date(2026, 11, 23)
SECRET = bytes(32)


def procedure(name: str = "essai", **changes: Any) -> Procedure:
    usual: dict[str, Any] = {
        "id": name,
        "prefecture": "Préfecture de l'Exemple",
        "label": "Démarche d'essai",
        "url": f"http://127.0.0.1:8000/rdvpref/{name}",
        "platform": "rdv-prefecture",
        "terms_read": date(2026, 11, 20),
        "windows": ("09:00-12:00", "14:00-18:00"),
        "mode": Mode.ASSISTED,
    }
    return Procedure(**{**usual, **changes})


def configured(folder: Path, *procedures: Procedure, per_week: int = 7) -> Settings:
    return Settings(
        path=folder / "config.toml",
        station=Station(data_dir=folder / "evidence"),
        politeness=Politeness(assisted_per_week=per_week, min_minutes_between_attempts=0),
        procedures=procedures or (procedure(),),
    )


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(at=EVENING)


@pytest.fixture
def store(tmp_path: Path, clock: SimulatedClock) -> Iterator[Store]:
    with Store.open(tmp_path / "evidence", now=clock.now) as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return configured(tmp_path)


@pytest.fixture
def due(settings: Settings, store: Store) -> datetime:
    """When the person is invited on Monday."""
    prepare_store(settings, store, now=EVENING)
    plans = draw_invitations(settings, store, now=EVENING, rng=random.Random(1))
    assert [(plan.day, len(plan.times)) for plan in plans] == [(date(2026, 11, 22), 0), (MONDAY, 1)]
    return plans[1].times[0]


def opened(settings: Settings, store: Store, at: datetime) -> Invitation:
    found = open_invitation(settings, store, settings.procedures[0], now=at)
    assert found is not None
    return found


def outcomes(store: Store) -> list[tuple[datetime | None, str, str | None]]:
    return [(row.due, row.outcome.value, row.reason) for row in store.attempts(AttemptQuery())]


@pytest.mark.parametrize("count", [0, 1, 3, 7, 20])
def test_a_week_has_as_many_days_as_asked_and_each_at_most_once(count: int) -> None:
    days = invitation_days(SECRET, "essai", MONDAY, count)
    assert len(set(days)) == len(days) == min(count, 7)
    assert all(MONDAY <= day < MONDAY + timedelta(days=7) for day in days)
    assert invitation_days(SECRET, "essai", MONDAY, count) == days


def test_every_weekday_comes_in_the_course_of_a_year() -> None:
    weeks = (MONDAY + timedelta(days=7 * week) for week in range(52))
    seen = Counter(day.weekday() for monday in weeks for day in invitation_days(SECRET, "essai", monday, 3))
    assert min(seen[weekday] for weekday in range(7)) >= 10


def test_the_days_of_openings_take_the_place_of_others() -> None:
    tuesday, saturday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=5)
    usual = invitation_days(SECRET, "essai", MONDAY, 3)
    days = invitation_days(SECRET, "essai", MONDAY, 3, [saturday, tuesday, MONDAY - timedelta(days=1)])
    assert days == (tuesday, usual[1], saturday)
    week = [MONDAY + timedelta(days=number) for number in range(7)]
    assert invitation_days(SECRET, "essai", MONDAY, 3, week) == tuple(week[:3])
    assert invitation_days(SECRET, "essai", MONDAY, 0, week) == ()


def test_a_person_is_invited_within_ten_minutes_of_each_opening_that_they_know(tmp_path: Path, store: Store) -> None:
    known = procedure(openings=("mon 09:00", "thu 03:00"))  # nobody is woken for the second one
    settings = configured(tmp_path, known, per_week=3)
    prepare_store(settings, store, now=EVENING)
    drawn: list[PlanRow] = []
    for day in range(28):
        drawn += draw_invitations(settings, store, now=EVENING + timedelta(days=day), rng=random.Random(day))
    assert Counter(plan.day.isocalendar().week for plan in drawn if plan.times) == {48: 3, 49: 3, 50: 3, 51: 3}
    on_mondays = [plan.times[0] for plan in drawn if plan.day.weekday() == 0]
    openings = [datetime(2026, 11, 23, 8, tzinfo=UTC) + timedelta(days=7 * week) for week in range(4)]
    assert [is_within(at, opening) for at, opening in zip(on_mondays, openings, strict=True)] == [True] * 4
    shown = upcoming_invitations(settings, store, now=EVENING + timedelta(days=27, hours=1), days=15)
    assert invitations_to_come(settings, store, now=EVENING) == (on_mondays[0],)
    assert [time.at.hour for time in shown if time.at.weekday() == 0 and time.state == "projected"] == [8, 8]


def announce(settings: Settings, store: Store, at: datetime, opening: datetime) -> None:
    """A try by hand on whose page the opening stood."""
    visit = Visit(outcome=Outcome.NO_SLOT, announced_opening=utc_text(opening))
    record_without_visit(settings, store, settings.procedures[0], due=None, now=at, simulated=True, visit=visit)


def test_an_opening_that_a_page_announced_brings_an_invitation(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path, per_week=1)
    prepare_store(settings, store, now=EVENING)
    opening = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    announce(settings, store, EVENING, opening)
    evenings = (EVENING + timedelta(days=day) for day in range(7))
    drawn = [plan for now in evenings for plan in draw_invitations(settings, store, now=now)]
    (plan,) = (plan for plan in drawn if plan.times and plan.day < MONDAY + timedelta(days=7))
    assert is_within(plan.times[0], opening)
    assert store.record(plan.sequence)["openings"] == [utc_text(opening)]


def test_an_invitation_drawn_before_the_opening_was_announced_follows_it(
    settings: Settings, store: Store, due: datetime
) -> None:
    opening = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # 17:30 in Paris
    announce(settings, store, EVENING + timedelta(minutes=5), opening)
    now = EVENING + timedelta(hours=1)
    (moved,) = draw_invitations(settings, store, now=now, rng=random.Random(1))
    assert (moved.day, is_within(moved.times[0], opening)) == (MONDAY, True)
    assert (store.record(moved.sequence)["cause"], moved.replaces is not None) == ("opening", True)
    assert (due, "missed", "redrawn") in outcomes(store)
    assert draw_invitations(settings, store, now=now + timedelta(hours=1)) == ()
    assert due_invitations(settings, store, due) == ()
    assert [one.due for one in due_invitations(settings, store, moved.times[0])] == list(moved.times)


def test_an_invitation_that_the_person_put_off_stays_where_they_put_it(
    settings: Settings, store: Store, due: datetime
) -> None:
    snooze(settings, store, opened(settings, store, due), now=due)
    announce(settings, store, due + timedelta(minutes=1), datetime(2026, 11, 23, 16, 30, tzinfo=UTC))
    assert draw_invitations(settings, store, now=due + timedelta(minutes=2)) == ()


def test_invitations_are_drawn_the_evening_before_in_the_persons_hours(
    settings: Settings, store: Store, due: datetime
) -> None:
    assert 8 <= due.hour < 17  # UTC
    again = draw_invitations(settings, store, now=EVENING + timedelta(hours=1))
    assert again == ()
    record = [store.record(entry.sequence) for entry in store.entries() if entry.kind is Kind.PLAN][-1]
    assert (record["cause"], record["mode"], record["replaces"]) == ("evening", "assisted", None)


def test_unattended_planning_leaves_them_alone(settings: Settings, store: Store, due: datetime) -> None:
    later = due + timedelta(days=1)
    assert record_missed(settings, store, now=later, simulated=True, running_since=EVENING) == 0
    assert not [plan for plan in draw_missing_plans(settings, store, now=later) if plan.procedure == "essai"]


def test_an_invitation_is_open_from_its_time_for_an_hour(settings: Settings, store: Store, due: datetime) -> None:
    moments = (-timedelta(milliseconds=1), timedelta(0), WAITING - timedelta(seconds=1), WAITING)
    assert [len(due_invitations(settings, store, due + moment)) for moment in moments] == [0, 1, 1, 0]
    (one,) = due_invitations(settings, store, due)
    assert (one.procedure.id, one.due, one.closes) == ("essai", due, due + WAITING)


def test_an_attempt_answers_it(settings: Settings, store: Store, due: datetime) -> None:
    at = due + timedelta(minutes=5)
    visit = Visit(outcome=Outcome.NO_SLOT)
    record_without_visit(settings, store, settings.procedures[0], due=due, now=at, simulated=True, visit=visit)
    assert due_invitations(settings, store, at) == ()
    later = due + timedelta(days=1)
    assert record_unfollowed(settings, store, now=later, simulated=True, running_since=EVENING) == 0
    states = {time.at: time.state for time in upcoming_invitations(settings, store, now=at, days=3)}
    assert states[due] == "done"
    assert "projected" in states.values()


def test_nobody_there_is_missed_once_and_says_so_to_the_court(settings: Settings, store: Store, due: datetime) -> None:
    def missed(at: datetime) -> int:
        return record_unfollowed(settings, store, now=at, simulated=True, running_since=EVENING)

    before = due + MISSED_AFTER - timedelta(milliseconds=1)
    assert [missed(before), missed(due + MISSED_AFTER), missed(due + MISSED_AFTER)] == [0, 1, 0]
    assert outcomes(store) == [(due, "missed", "invitation_not_followed")]
    (row,) = store.attempts(AttemptQuery())
    facts = read_attempt(row.sequence, store.record_bytes(row.sequence))
    told = register_row(facts, Register(attempts=[facts], numbers={}))[3]
    assert told.startswith("Tentative prévue et non effectuée\N{NO-BREAK SPACE}: prévue le 23 novembre 2026 à ")
    assert told.endswith("; invitation non suivie")


def test_a_station_that_was_off_invited_nobody(settings: Settings, store: Store, due: datetime) -> None:
    back = due + WAITING
    assert record_unfollowed(settings, store, now=due + MISSED_AFTER, simulated=True, running_since=back) == 1
    assert outcomes(store) == [(due, "missed", "station_off")]


def test_a_declined_one_is_missed_at_once(settings: Settings, store: Store, due: datetime) -> None:
    decline(settings, store, opened(settings, store, due), now=due)
    assert due_invitations(settings, store, due) == ()
    assert outcomes(store) == [(due, "missed", "invitation_declined")]


def test_one_put_off_opens_again_and_is_never_said_to_be_drawn(settings: Settings, store: Store, due: datetime) -> None:
    again = snooze(settings, store, opened(settings, store, due), now=due + timedelta(minutes=3))
    assert again == due + timedelta(minutes=63)
    assert due_invitations(settings, store, again - timedelta(seconds=1)) == ()
    assert opened(settings, store, again).due == again
    assert outcomes(store) == [(due, "missed", "invitation_snoozed")]
    head = store.head()
    assert head is not None
    material = read_material(store, "dossier-1", last=head.sequence, keys=Keys(passphrase=lambda: "fictive"))
    assert {at for plan in material.plans for at in plan.times} == {due}


def test_none_is_put_off_to_another_day(settings: Settings, store: Store, due: datetime) -> None:
    with pytest.raises(UsageError, match="cannot be put off to another day"):
        snooze(settings, store, opened(settings, store, due), now=due, by=timedelta(hours=16))
    assert outcomes(store) == []


@pytest.mark.parametrize("changes", [{"terms_read": None}, {"mode": Mode.PHOTO}, {"mode": Mode.UNATTENDED}])
def test_nobody_is_invited_to_what_is_not_followed_that_way(
    tmp_path: Path, store: Store, changes: dict[str, Any]
) -> None:
    settings = configured(tmp_path, procedure(**changes))
    assert draw_invitations(settings, store, now=EVENING) == ()


def told(settings: Settings, store: Store, at: datetime, *, watched: bool = True) -> list[str]:
    """The keys of what is told, but for the week's summary."""
    found = find_alerts(read_facts(settings, store, now=at, watched=watched))
    return [alert.key for alert in found if alert.kind is not AlertKind.WEEK]


def test_the_person_is_told_while_it_is_open_of_codes_and_no_name(
    settings: Settings, store: Store, due: datetime
) -> None:
    store.ensure_case("B2", "renewal", EVENING)
    store.follow("B2", "essai", EVENING)
    key = f"invited:essai:{due:%Y%m%dT%H%M%S}"
    moments = (-timedelta(milliseconds=1), timedelta(0), WAITING - timedelta(seconds=1), WAITING)
    assert [told(settings, store, due + moment) for moment in moments] == [[], [key], [key], []]
    (fact,) = read_facts(settings, store, now=due, watched=True).invitations
    assert (fact.procedure, fact.cases, fact.simulated) == ("essai", ("B2", "dossier-1"), True)
    decline(settings, store, opened(settings, store, due), now=due)
    assert told(settings, store, due) == []


def test_one_put_off_is_told_again_as_another(settings: Settings, store: Store, due: datetime) -> None:
    again = snooze(settings, store, opened(settings, store, due), now=due)
    assert told(settings, store, due) == []
    assert told(settings, store, again) == [f"invited:essai:{again:%Y%m%dT%H%M%S}"]


def test_where_no_daemon_records_what_nobody_followed_that_is_told(
    settings: Settings, store: Store, due: datetime
) -> None:
    (alert,) = told(settings, store, due + timedelta(hours=4), watched=False)
    assert alert == f"not_running:essai:{due:%Y%m%dT%H%M%S}"
    assert told(settings, store, due + timedelta(hours=4), watched=True) == []


def test_a_time_of_temoins_own_is_no_invitation_once_the_person_tries_by_hand(tmp_path: Path, store: Store) -> None:
    alone = configured(tmp_path, procedure(mode=Mode.UNATTENDED))
    prepare_store(alone, store, now=EVENING)
    plans = draw_missing_plans(alone, store, now=EVENING, rng=random.Random(1))
    times = [at for plan in plans for at in plan.times]
    assert times, "drawn for visits without a person"
    settings = configured(tmp_path)
    assert [due_invitations(settings, store, at) for at in times] == [()] * len(times)
    later = times[-1] + MISSED_AFTER
    assert record_unfollowed(settings, store, now=later, simulated=True, running_since=EVENING) == len(times)
    assert {reason for _due, _outcome, reason in outcomes(store)} == {"followed_otherwise"}


def a_round(
    tmp_path: Path, store: Store, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch, moves: list[Move]
) -> tuple[list[tuple[str, datetime, datetime | None]], list[str], list[float]]:
    """A round of three tries on two hosts; the visit itself is a minute of the clock. Tries, words, waits."""
    hosts = {"a": "127.0.0.1:8000", "b": "127.0.0.1:8000", "c": "127.0.0.1:9000"}
    settings = configured(tmp_path, *(procedure(name, url=f"http://{host}/{name}") for name, host in hosts.items()))
    made: list[tuple[str, datetime, datetime | None]] = []
    said: list[str] = []
    waits: list[float] = []

    def capture(workshop: Workshop, one: Procedure, *, due: datetime | None, **_others: Any) -> SimpleNamespace:
        made.append((one.id, clock.now(), due))
        with tour_lease(workshop, one):
            clock.at += timedelta(minutes=1)
        return SimpleNamespace(sequence=len(made))

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.at += timedelta(seconds=seconds)

    monkeypatch.setattr(tour, "capture_and_record", capture)
    with Browsers(BrowserChoice(view="page", executable="", assisted=True)) as browsers:
        workshop = Workshop(settings=settings, store=store, browsers=browsers, clock=clock)
        talk = Round(ask=lambda _id: moves.pop(0), say=said.append, wait=wait)
        entries = make_round(workshop, tries_of(workshop, every=True), talk)
    assert entries == tuple(range(1, len(made) + 1))
    return made, said, waits


def tour_lease(workshop: Workshop, one: Procedure) -> Any:
    from scheduler.workshop import leased  # noqa: PLC0415

    return leased(workshop, one, Mode.ASSISTED)


def test_a_round_rests_a_minute_between_visits_of_one_host_and_takes_another_meanwhile(
    tmp_path: Path, store: Store, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, said, waits = a_round(tmp_path, store, clock, monkeypatch, [Move.OPEN] * 3)
    assert [name for name, _at, _due in made] == ["a", "c", "b"], "c stands on another host"
    assert waits == [], "the other host's visit took the minute"
    starts = {name: at for name, at, _due in made}
    assert starts["b"] - starts["a"] >= timedelta(seconds=120)
    assert [line.split(".")[0] for line in said if line.startswith("Left")] == ["Left: 3", "Left: 2", "Left: 1"]
    assert said[-1] == "3 attempts recorded in this round."


def test_a_round_waits_where_only_one_host_is_left_and_stops_when_told(
    tmp_path: Path, store: Store, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, said, waits = a_round(tmp_path, store, clock, monkeypatch, [Move.OPEN, Move.SKIP, Move.OPEN])
    assert [name for name, _at, _due in made] == ["a", "b"]
    assert waits == [60.0]
    assert "The host rests: 60 s before the next visit." in said
    made, said, _waits = a_round(tmp_path, store, clock, monkeypatch, [Move.LATER, Move.STOP])
    assert made == []
    assert "c: no invitation is open, so there is nothing to put off or to decline." in said
    assert said[-1] == "0 attempts recorded in this round."
