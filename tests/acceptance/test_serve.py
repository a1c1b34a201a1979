"""``temoin serve`` as a person starts it: one line with the address, and an end by Ctrl-C."""

import json
import os
import re
import signal
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.acceptance.command import Person, assert_told, finish

if TYPE_CHECKING:
    from subprocess import Popen

ADDRESS = re.compile(r"^Open this address: (http://127\.0\.0\.1:\d+/\?token=[\w-]{20,})$")


def opened(process: "Popen[str]") -> str:
    """The address that it printed, the first line of all."""
    assert process.stdout is not None
    line = process.stdout.readline().rstrip("\n")
    found = ADDRESS.match(line)
    assert found, line
    return found[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_one_line_serves_and_ends(person: Person, number: int) -> None:
    process = person.start("serve", "--no-open")
    try:
        address = opened(process)
        with httpx.Client(headers={"accept-language": "en"}) as browser:
            assert browser.get(address).status_code == 200
            assert browser.get(address.partition("?")[0] + "verify").status_code != 403
        assert httpx.get(address.partition("?")[0]).status_code == 403
    finally:
        os.kill(process.pid, number)
    done = finish(process)
    assert_told(done, 130, "Stopped.", "kept")
    assert done.out == ""


def test_a_taken_port_is_told(person: Person) -> None:
    first = person.start("serve", "--no-open")
    port = opened(first).split(":")[2].partition("/")[0]
    try:
        done = person.run("serve", "--no-open", "--port", port)
    finally:
        os.kill(first.pid, signal.SIGTERM)
        finish(first)
    assert_told(done, 2, f"Port {port} is taken.", "Name another one")


def test_a_second_one_leads_to_the_page_that_is_open(person: Person) -> None:
    person.configure("http://127.0.0.1:9/")
    first = person.start("serve", "--no-open")
    try:
        address = opened(first)
        kept = person.evidence / "page.address"
        assert (kept.read_text(), kept.stat().st_mode & 0o777) == (f"{address}\n", 0o600)
        second = person.run("serve", "--no-open")
        assert (second.code, second.out, second.err) == (0, f"Open this address: {address}\n", "")
        assert httpx.get(address).status_code == 200
    finally:
        os.kill(first.pid, signal.SIGKILL)  # it says no word more
        finish(first)
    third = person.start("serve", "--no-open")
    try:
        assert opened(third) != address
    finally:
        os.kill(third.pid, signal.SIGTERM)
        finish(third)
    assert not kept.exists()


def test_a_configuration_that_cannot_be_used_is_told_at_once(person: Person) -> None:
    person.config.write_text("[station]\nunknown = 1\n", encoding="utf-8")
    done = person.run("serve", "--no-open")
    assert done.code == 3
    assert "unknown" in done.err
    assert done.out == ""


def test_the_store_is_there_for_every_page_and_for_other_commands(person: Person) -> None:
    person.configure("http://127.0.0.1:9/")
    process = person.start("serve", "--no-open")
    try:
        opened(process)
        done = person.run("list", "--json")
    finally:
        os.kill(process.pid, signal.SIGTERM)
        finish(process)
    assert (done.code, json.loads(done.out)) == (0, [])
