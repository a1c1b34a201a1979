"""robots.txt by RFC 9309, case by case."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.robots import MAX_BYTES, RobotsAnswer, build_rules, robots_for, robots_url
from store.values import RobotsRow
from temoin.canonical import Digest, sha256

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SITE = "https://www.example.fr"
PAGE = f"{SITE}/booking/create/1"


@pytest.mark.parametrize(
    ("body", "path", "allowed"),
    [
        (b"", "/booking", True),
        (b"User-agent: *\nDisallow: /", "/booking", False),
        (b"User-agent: *\nDisallow:", "/booking", True),
        (b"User-agent: *\nDisallow: /booking\nAllow: /booking/create", "/booking/create/1", True),
        (b"User-agent: *\nAllow: /booking\nDisallow: /booking/create", "/booking/create/1", False),
        (b"User-agent: *\nAllow: /booking\nDisallow: /booking", "/booking", True),  # equal: allow, section 2.2.2
        (b"User-agent: *\nDisallow: /*.php$", "/page.php", False),
        (b"User-agent: *\nDisallow: /*.php$", "/page.php?a=1", True),
        (b"User-agent: *\nDisallow: /*/create", "/booking/create/1", False),
        (b"User-agent: *\nDisallow: /Booking", "/booking", True),  # paths keep their case
        (b"user-agent: TEMOIN\ndisallow: /booking", "/booking", False),  # names do not
        (b"User-agent: Temoin\nAllow: /\n\nUser-agent: *\nDisallow: /", "/booking", True),
        (b"User-agent: Temoin\nDisallow: /\n\nUser-agent: *\nAllow: /", "/booking", False),
        (b"User-agent: otherbot\nDisallow: /", "/booking", True),
        (b"User-agent: a\nUser-agent: Temoin\nDisallow: /", "/booking", False),
        (b"User-agent: Temoin\nDisallow: /a\n\nUser-agent: Temoin\nDisallow: /b", "/b", False),  # groups are joined
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /booking", "/booking", False),  # a byte-order mark
        (b"User-agent: *\rDisallow: /booking", "/booking", False),
        (b"User-agent: *\r\nDisallow: /booking # why not", "/booking", False),
        (b"User-agent: *\nDisallow: /r%C3%A9server", "/r\xe9server", False),
        ("User-agent: *\nDisallow: /réserver".encode(), "/r%C3%A9server", False),
        (b"User-agent: *\nDisallow: /robots.txt", "/robots.txt", True),
        (b"<html><body>Bienvenue</body></html>", "/booking", True),  # a page, not rules
        (bytes(range(256)) * 40, "/booking", True),
        (b"Disallow: /booking", "/booking", True),  # of no group
        (b"User-agent: *\nCrawl-delay: 10\nDisallow: /x", "/booking", True),
    ],
)
def test_rules_are_read_as_rfc_9309_says(body: bytes, path: str, *, allowed: bool) -> None:
    rules = build_rules(200, body)
    assert rules.read
    assert rules.allows(SITE + path) is allowed


@pytest.mark.parametrize(
    ("status", "allowed", "reason"),
    [
        (204, True, "rules"),
        (302, True, "absent"),  # more than five hops, section 2.3.1.2
        (401, True, "absent"),
        (403, True, "absent"),
        (404, True, "absent"),
        (410, True, "absent"),
        (429, False, "server_error"),
        (500, False, "server_error"),
        (503, False, "server_error"),
        (599, False, "server_error"),
        (999, False, "server_error"),
        (None, False, "unreachable"),
    ],
)
def test_the_status_decides_when_there_are_no_rules(status: int | None, reason: str, *, allowed: bool) -> None:
    rules = build_rules(status, b"")
    assert (rules.allows(PAGE), rules.reason, rules.read) == (allowed, reason, allowed)


def test_a_huge_body_is_cut_at_its_last_whole_line() -> None:
    head = b"User-agent: *\nDisallow: /first\n"
    filler = b"# " + b"x" * 97 + b"\n"
    lines = head + filler * ((MAX_BYTES - len(head) - 20) // len(filler))
    rest = MAX_BYTES - len(lines)
    body = (lines + b"#" * (rest - 14) + b"\nDisallow: /booking")[:MAX_BYTES]  # ends in "Disallow: /b"
    rules = build_rules(200, body)
    assert not rules.allows(f"{SITE}/first")
    assert rules.allows(f"{SITE}/best")


class Kept:
    """A store's part, in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.rows: dict[str, RobotsRow] = {}
        self.asked: list[str] = []

    def put(self, data: bytes) -> Digest:
        self.objects[sha256(data)] = data
        return sha256(data)

    def read(self, digest: str) -> bytes:
        return self.objects[digest]

    def robots(self, host: str) -> RobotsRow | None:
        return self.rows.get(host)

    def save_robots(self, row: RobotsRow) -> None:
        self.rows[row.host] = row

    def ask(self, answer: RobotsAnswer, now: datetime = NOW, url: str = PAGE) -> bool:
        def fetch(address: str) -> RobotsAnswer:
            self.asked.append(address)
            return answer

        return robots_for(url, store=self, fetch=fetch, now=now).allows(url)


REFUSING = RobotsAnswer(status=200, body=b"User-agent: *\nDisallow: /booking")


def test_the_body_is_kept_and_a_host_is_asked_once_a_day() -> None:
    kept = Kept()
    for hours in (0, 1, 23):
        assert not kept.ask(REFUSING, NOW + timedelta(hours=hours))
    assert kept.asked == [f"{SITE}/robots.txt"]
    assert kept.rows["www.example.fr"].sha256 == sha256(REFUSING.body)
    assert kept.objects == {sha256(REFUSING.body): REFUSING.body}
    assert kept.ask(RobotsAnswer(status=404), NOW + timedelta(hours=24))
    assert len(kept.asked) == 2


def test_a_host_that_failed_is_asked_again_after_an_hour_and_is_refused_till_then() -> None:
    kept = Kept()
    assert not kept.ask(RobotsAnswer(status=500))
    assert not kept.ask(RobotsAnswer(status=404), NOW + timedelta(minutes=59))
    assert kept.ask(RobotsAnswer(status=404), NOW + timedelta(minutes=60))
    assert kept.objects == {}


def test_a_clock_put_back_does_not_make_an_answer_last() -> None:
    kept = Kept()
    kept.ask(REFUSING, NOW)
    assert kept.ask(RobotsAnswer(status=404), NOW - timedelta(days=30))


def test_hosts_and_ports_have_their_own_rules() -> None:
    kept = Kept()
    assert not kept.ask(REFUSING, url="http://127.0.0.1:8000/booking")
    assert kept.ask(RobotsAnswer(status=404), url="http://127.0.0.1:8001/booking")
    assert kept.asked == ["http://127.0.0.1:8000/robots.txt", "http://127.0.0.1:8001/robots.txt"]


def test_the_address_of_the_rules_says_nothing_of_the_visitor() -> None:
    assert robots_url("https://user:word@www.example.fr:8443/a?b=c#d") == "https://www.example.fr:8443/robots.txt"
