"""Rounds of asking, against openssl's authority: what is asked, what is kept, what is tried again and when."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scheduler.alert_facts import read_facts
from scheduler.alerts import AlertKind, find_alerts
from scheduler.stamping import ROUND_SECONDS, Stamped, askable, is_due, silent_since, stamp
from store.store import Store
from temoin.canonical import sha256
from temoin.clock import utc_now
from temoin.records import Kind
from temoin.settings import Settings, load_settings
from tests.authority import POLICY, Answers, Authority, Login, Pki

LOOPBACK = "http://127.0.0.1:9/booking/create/1"


class Later:
    """A clock that goes with the machine's, put forward at will."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def clock() -> Later:
    """The clock of a test."""
    return Later()


@pytest.fixture
def station(loopback_config: Callable[..., Path], clock: Later) -> Iterator[Callable[..., tuple[Settings, Store]]]:
    """A store and its settings, with these authorities."""
    with ExitStack() as stack:

        def open_station(*tables: str, url: str = LOOPBACK) -> tuple[Settings, Store]:
            settings = load_settings(loopback_config(url, more="\n".join(tables)))
            return settings, stack.enter_context(Store.open(settings.station.data_dir, now=clock))

        yield open_station


Open = Callable[..., tuple[Settings, Store]]


def add_entry(store: Store, at: datetime | None = None) -> int:
    """An entry of any kind; its sequence."""
    head = store.head()
    record = {"format": 1, "operator": "self", "environment": {"temoin": str(0 if head is None else head.sequence)}}
    return store.append(kind=Kind.STATION, record=record, at=at or utc_now()).sequence


def failure(store: Store, name: str = "essai") -> str | None:
    """The stable word of the last failure."""
    return store.stampings()[name].failure


def test_an_entry_is_covered_by_a_token_over_its_line_and_only_its_digest_leaves(
    pki: Pki, station: Open, clock: Later
) -> None:
    with Authority(pki=pki) as authority:
        settings, store = station(authority.config())
        add_entry(store, utc_now() - timedelta(hours=3))
        newest = add_entry(store)
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(granted=("essai",))
        assert stamp(settings, store, now=clock, simulated=False) == Stamped()
    (token,) = store.tokens()
    line = next(store.entries(newest, newest)).line
    assert (token.sequence, token.authority, token.sha256) == (newest, "essai", sha256(token.response))
    assert token.asked_at <= token.received_at
    assert -1000 <= token.delay_ms <= 20_000
    (asked,) = authority.asked
    assert authority.imprints() == [sha256(line)]
    for secret in (line[:20], b"station", store.station.encode(), b"Exemple"):
        assert secret not in asked
    assert set(authority.heads[0]) == {
        "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent",
    }  # fmt: skip


def test_a_granted_answer_verifies_with_openssl_on_files_alone(
    pki: Pki, station: Open, clock: Later, tmp_path: Path
) -> None:
    with Authority(pki=pki, answers=Answers.UNSORTED) as authority:
        settings, store = station(authority.config())
        newest = add_entry(store)
        stamp(settings, store, now=clock, simulated=False)
    (tmp_path / "entry.json").write_bytes(next(store.entries(newest, newest)).line)
    (tmp_path / "entry.json.essai.tsr").write_bytes(store.tokens()[0].response)
    said = pki.openssl(
        "ts", "-verify", "-data", str(tmp_path / "entry.json"), "-in", str(tmp_path / "entry.json.essai.tsr"),
        "-CAfile", str(pki.root),
    )  # fmt: skip
    assert said.strip() in (b"", b"Verification: OK")


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        (Answers.REFUSES, "refused"),
        (Answers.GARBAGE, "garbage"),
        (Answers.HTTP_ERROR, "http_error"),
        (Answers.REDIRECTS, "http_error"),
        (Answers.EXPIRED, "expired"),
        (Answers.WRONG_USE, "wrong_use"),
        (Answers.FOREIGN, "not_pinned"),
        (Answers.ALTERED, "bad_signature"),
        (Answers.OTHER_POLICY, "other_policy"),
    ],
)
def test_what_is_not_granted_is_kept_as_a_word_and_tried_again(
    pki: Pki, station: Open, clock: Later, answers: Answers, word: str
) -> None:
    with Authority(pki=pki, answers=answers) as authority:
        settings, store = station(authority.config(more=f'policy = "{POLICY}"\n'))
        add_entry(store)
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(failed=(("essai", word),))
        assert (store.tokens(), failure(store)) == ((), word)
        assert stamp(settings, store, now=clock, simulated=False) == Stamped()  # not before its time
        authority.answers = Answers.GRANTS
        clock.ahead = timedelta(minutes=1, seconds=1)
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(granted=("essai",))
    row = store.stampings()["essai"]
    assert (row.tries, row.next_try, row.failing_since, row.failure) == (0, None, None, None)


def test_a_replayed_token_is_refused(pki: Pki, station: Open, clock: Later) -> None:
    with Authority(pki=pki, answers=Answers.REPLAYS) as authority:
        settings, store = station(authority.config())
        add_entry(store)
        assert stamp(settings, store, now=clock, simulated=False).granted == ("essai",)
        add_entry(store)
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(failed=(("essai", "other_digest"),))


@pytest.mark.parametrize("answers", [Answers.SLOW, Answers.DRIPS])
def test_an_authority_without_end_costs_a_round_its_bound_and_no_more(
    pki: Pki, station: Open, clock: Later, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ROUND_SECONDS == 5
    monkeypatch.setattr("scheduler.stamping.ROUND_SECONDS", 0.5)
    with Authority(pki=pki, answers=answers) as authority:
        settings, store = station(authority.config())
        add_entry(store)
        began = time.monotonic()
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(failed=(("essai", "slow"),))
        assert time.monotonic() - began < ROUND_SECONDS


def test_an_authority_that_is_not_there_is_unreachable(pki: Pki, station: Open, clock: Later) -> None:
    with Authority(pki=pki) as gone:
        table = gone.config()
    settings, store = station(table)
    add_entry(store)
    assert stamp(settings, store, now=clock, simulated=False) == Stamped(failed=(("essai", "unreachable"),))


def test_weeks_off_line_grow_nothing_and_end_in_one_request(pki: Pki, station: Open, clock: Later) -> None:
    with Authority(pki=pki, answers=Answers.HTTP_ERROR) as authority:
        settings, store = station(authority.config())
        began, waits = clock(), []
        for _day in range(21):
            add_entry(store)
            stamp(settings, store, now=clock, simulated=False)
            row = store.stampings()["essai"]
            assert row.next_try is not None
            waits.append(row.next_try - clock())
            clock.ahead += timedelta(days=1)
        assert len(store.stampings()) == 1
        assert timedelta(minutes=59) < max(waits) <= timedelta(hours=1)
        assert abs((silent_since(settings, store) or clock()) - began) < timedelta(seconds=30)
        facts = read_facts(settings, store, now=clock(), watched=True)
        assert [alert.kind for alert in find_alerts(facts)] == [AlertKind.AUTHORITIES_FAILING]
        authority.answers = Answers.GRANTS
        authority.asked.clear()
        assert stamp(settings, store, now=clock, simulated=False).granted == ("essai",)
        assert len(authority.asked) == 1
    assert [token.sequence for token in store.tokens()] == [21]
    assert silent_since(settings, store) is None


def test_the_next_authority_is_asked_when_the_first_one_fails(pki: Pki, station: Open, clock: Later) -> None:
    with Authority(pki=pki) as first, Authority(pki=pki) as second:
        settings, store = station(first.config("a"), second.config("b"))
        add_entry(store)
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(granted=("a",))
        assert second.asked == []
        first.answers = Answers.GARBAGE
        add_entry(store)
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(granted=("b",), failed=(("a", "garbage"),))
        add_entry(store)  # the first one rests: it is not waited for
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(granted=("b",))
        assert silent_since(settings, store) is None


def test_all_authorities_are_asked_over_an_anchor(pki: Pki, station: Open, clock: Later) -> None:
    with Authority(pki=pki) as first, Authority(pki=pki) as second:
        settings, store = station(first.config("a"), second.config("b"))
        add_entry(store)
        stamp(settings, store, now=clock, simulated=False)
        store.append(kind=Kind.ANCHOR, record={"format": 1}, at=utc_now())
        assert stamp(settings, store, now=clock, simulated=False) == Stamped(granted=("a", "b"))
        assert {(one.sequence, one.authority) for one in store.tokens(after=1)} == {(2, "a"), (2, "b")}


def test_a_real_authority_is_never_asked_by_what_is_made_up(station: Open) -> None:
    real = '[[timestamp.authorities]]\nname = "r"\nurl = "https://tsa.exemple.invalid/"\nroots = "r.pem"\n'
    settings, store = station(real)
    add_entry(store)
    assert askable(settings, simulated=False) == ()
    assert not is_due(settings, store, now=utc_now(), simulated=False)
    public = settings.model_copy(
        update={
            "procedures": tuple(
                one.model_copy(update={"url": "https://www.val-de-marne.gouv.fr/booking/create/4963"})
                for one in settings.procedures
            )
        }
    )
    assert [one.name for one in askable(public, simulated=False)] == ["r"]
    assert askable(public, simulated=True) == ()
    assert is_due(public, store, now=utc_now(), simulated=False)


def test_a_name_and_a_password_are_sent_and_come_from_the_environment(
    pki: Pki, station: Open, clock: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = Login(name="essai", password="s3cret")  # noqa: S106 - of the test's own authority
    with Authority(pki=pki, login=login) as authority:
        settings, store = station(authority.config(more='username = "essai"\npassword_env = "TSA_PASSWORD"\n'))
        add_entry(store)
        assert stamp(settings, store, now=clock, simulated=False).failed == (("essai", "no_password"),)
        monkeypatch.setenv("TSA_PASSWORD", "wrong")
        clock.ahead += timedelta(hours=2)
        assert stamp(settings, store, now=clock, simulated=False).failed == (("essai", "not_allowed"),)
        monkeypatch.setenv("TSA_PASSWORD", "s3cret")
        clock.ahead += timedelta(hours=2)
        assert stamp(settings, store, now=clock, simulated=False).granted == ("essai",)
    for file in settings.station.data_dir.rglob("*"):
        assert not file.is_file() or b"s3cret" not in file.read_bytes()


def test_a_client_certificate_opens_the_door(
    pki: Pki, station: Open, clock: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pki.root))  # the server's own certificate, which the system would know
    with Authority(pki=pki, wants_certificate=True) as authority:
        folder = pki.folder
        more = f'client_certificate = "{folder}/client.pem"\nclient_key = "{folder}/client.key"\n'
        bare, _store = station(authority.config())
        settings, store = station(authority.config(more=more))
        add_entry(store)
        assert stamp(bare, store, now=clock, simulated=False).failed == (("essai", "unreachable"),)
        clock.ahead += timedelta(hours=2)
        assert stamp(settings, store, now=clock, simulated=False).granted == ("essai",)
        assert len(authority.asked) == 1


def test_a_file_of_roots_that_is_gone_stops_nothing(pki: Pki, station: Open, clock: Later) -> None:
    with Authority(pki=pki) as authority:
        table = authority.config().replace(str(pki.root), "roots/gone.pem")
        settings, store = station(table)
        add_entry(store)
        assert stamp(settings, store, now=clock, simulated=False).failed == (("essai", "no_roots"),)
        assert authority.asked == []
