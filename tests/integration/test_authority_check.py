"""``check`` asks each authority about random bytes, and says in words what came of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.authority_check import find_authorities
from store.store import Store
from temoin.clock import utc_now
from temoin.report import Status
from temoin.settings import load_settings
from tests.authority import Answers, Authority, Pki

URL = "http://127.0.0.1:9/booking/create/1"


@pytest.fixture
def checked(loopback_config: Callable[..., Path]) -> Callable[..., list[tuple[Status, str]]]:
    """What ``check`` says of these authorities."""

    def check(*tables: str) -> list[tuple[Status, str]]:
        settings = load_settings(loopback_config(URL, more="\n".join(tables)))
        return [(found.status, found.detail) for found in find_authorities(settings)]

    return check


Checked = Callable[..., list[tuple[Status, str]]]


def test_an_authority_that_grants_is_named_with_its_signer(pki: Pki, checked: Checked) -> None:
    with Authority(pki=pki) as plain, Authority(pki=pki) as better:
        found = checked(plain.config("a"), better.config("b", more="qualified = true\n"))
        assert [len(one.asked) for one in (plain, better)] == [1, 1]
    (one, of_a), (two, of_b) = found
    assert (one, two) == (Status.PASSED, Status.PASSED)
    assert of_a.startswith("a: granted in ")
    assert of_a.endswith(" s by CN=Test tsa (not qualified)")
    assert of_b.endswith(" s by CN=Test tsa")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            Answers.REFUSES,
            (
                "a: The authority grants no timestamp (rejection: Message digest algorithm is not supported. bad_alg). "
                "Read the authority’s terms: it may want an account, or fewer requests."
            ),
        ),
        (
            Answers.FOREIGN,
            (
                "a: The timestamp does not lead to a pinned root that was valid at the time that it gives. "
                "Compare the file of “roots” with the fingerprint that the authority publishes."
            ),
        ),
        (
            Answers.HTTP_ERROR,
            (
                "a: The authority answers with an error (HTTP 503). "
                "Look at the address; requests are made again by themselves."
            ),
        ),
        (
            Answers.SLOW,
            "a: The authority did not answer in time. Nothing need be done: requests are made again by themselves.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    pki: Pki, checked: Checked, answers: Answers, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.authority_check.ROUND_SECONDS", 1.0)
    with Authority(pki=pki, answers=answers) as authority:
        assert checked(authority.config("a")) == [(Status.NOT_CHECKED, words)]


def test_one_that_was_asked_a_moment_ago_is_left_alone(
    pki: Pki, checked: Checked, loopback_config: Callable[..., Path]
) -> None:
    with Authority(pki=pki) as authority:
        table = authority.config("a").replace("between = 0", "between = 15")
        Store.open(load_settings(loopback_config(URL, more=table)).station.data_dir, now=utc_now).close()
        assert checked(table)[0][0] is Status.PASSED
        assert checked(table) == [
            (Status.NOT_CHECKED, "a: asked a moment ago, as often as its terms let; try again in a minute.")
        ]
        assert len(authority.asked) == 1


def test_a_real_one_is_not_asked_by_a_station_of_replicas(checked: Checked) -> None:
    table = '[[timestamp.authorities]]\nname = "r"\nurl = "https://tsa.exemple.invalid/"\nroots = "r.pem"\n'
    assert checked(table) == [(Status.NOT_CHECKED, "r: not asked, since only replicas on this machine are followed.")]
