"""``temoin tour`` as it is typed: what is open, what is declined, and what it says where nobody can answer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from store.store import Store
from temoin.clock import utc_text
from temoin.records import Kind
from tests.acceptance.command import Person

PARIS = ZoneInfo("Europe/Paris")
CONFIG = """
[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "http://127.0.0.1:9/rdvpref/reservation/demarche/4963/"
platform = "rdv-prefecture"
terms_read = 2026-11-01
mode = "assisted"
"""


@pytest.fixture
def invited(person: Person) -> Person:
    """Somebody who was invited five minutes ago."""
    person.config.write_text(CONFIG, encoding="utf-8")
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    record = {
        "format": 1,
        "procedure": "essai",
        "day": at.astimezone(PARIS).date().isoformat(),
        "timezone": "Europe/Paris",
        "windows": ["07:00-22:30"],
        "times": [utc_text(at)],
        "replaces": None,
        "cause": "evening",
        "mode": "assisted",
    }
    with Store.open(person.evidence, now=lambda: at) as store:
        store.append(kind=Kind.PLAN, record=record, at=at - timedelta(hours=12), procedure="essai")
    return person


def test_an_invitation_is_declined_once_and_shown_as_missed(invited: Person) -> None:
    declined = invited.run("tour", "essai", "--decline")
    assert (declined.code, declined.out) == (0, "essai: declined, and recorded as such.\n")
    again = invited.run("tour", "--decline")
    assert (again.code, again.out.split(".")[0]) == (0, "No try that needs you is due")
    (attempt,) = invited.run("list", "--json").json
    assert (attempt["outcome"], attempt["mode"]) == ("missed", "assisted")


def test_nobody_at_the_terminal_opens_nothing(invited: Person) -> None:
    done = invited.run("tour")
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        "Somebody has to be at the window, and nobody is at the terminal.",
    )
    assert invited.run("list", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--later", "--decline"), 2, "--later and --decline were both given."),
        (("esai",), 3, "has no procedure “esai”"),
    ],
)
def test_what_cannot_be_meant_is_said(invited: Person, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    done = invited.run("tour", *arguments)
    assert (done.code, sentence in done.err) == (code, True), done.err


def test_a_visit_without_a_person_is_refused_and_the_command_is_told(invited: Person) -> None:
    done = invited.run("capture")
    assert (done.code, "Run “temoin capture essai --assist”." in done.err) == (20, True), done.err
    assert invited.run("list", "--json").json == []
