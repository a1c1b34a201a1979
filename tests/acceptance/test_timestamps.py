"""Timestamps as a person meets them: the installed command, a replica, and openssl's authority."""

import time

import pytest

from demo.server import ReplicaServer
from tests.acceptance.command import Person
from tests.authority import Answers, Authority, Pki


def test_a_capture_is_stamped_listed_shown_and_verified(person: Person, site: ReplicaServer, pki: Pki) -> None:
    with Authority(pki=pki, answers=Answers.UNSORTED) as authority:
        person.follow(site, more=authority.config("essai"))
        done = person.run("capture")
        assert done.code == 0, done.err
        (row,) = person.attempts()
        assert row["timestamp"] == "granted"
        (stamp,) = row["timestamps"]
        assert (stamp["authority"], stamp["state"]) == ("essai", "granted")
        assert -2 < stamp["delay_s"] < 120
        shown = person.run("show", str(row["sequence"]), "--json").json
        assert shown["timestamps"][0]["qualified"] is False
        table = person.run("list").out
        assert "timestamp" in table
        assert "qualified)" in table
        found = {check["name"]: check["detail"] for check in person.verify()["checks"]}
        assert found["10 tokens"].startswith("1 timestamp of essai (not qualified); entries 1 to ")
        checked = person.run("check", "--json").json
        (said,) = [one for one in checked["checks"] if one["name"] == "timestamps"]
        assert said["detail"].startswith("essai: granted in ")
        assert len(authority.asked) == 2
    sent = b"".join(authority.asked)
    for word in ("Exemple", "essai", "127.0.0.1", "4963"):
        assert word.encode() not in sent


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_slow_authority_holds_up_no_capture_and_the_wait_is_said(
    person: Person, site: ReplicaServer, pki: Pki
) -> None:
    with Authority(pki=pki, answers=Answers.SLOW) as authority:
        person.follow(site, more=authority.config("lente"))
        began = time.monotonic()
        done = person.run("capture")
        assert done.code == 0
        assert time.monotonic() - began < 60
        assert "Timestamp authority lente: no timestamp (slow); it is asked again later." in done.err
    assert person.attempts()[0]["timestamp"] == "pending"
    verified = person.run("verify")
    assert verified.code == 11
    assert "have no timestamp yet, the first of them since" in " ".join(verified.out.split())
