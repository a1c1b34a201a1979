"""Somebody at the local page: reads whatever it links to and writes what they please, at random, as fast as it answers.

Each visitor has a browser of their own (their cookie), a démarche and dossiers of their own, and keeps what the page
acknowledged, so that it can be looked for afterwards.
"""

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
from PIL import Image

from temoin.settings import load_settings
from tests.acceptance.command import Person
from tests.made_files import png
from web.changing import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable

CASE = "charge-1"  # of them all
MOST_KNOWN = 400  # links that a visitor remembers
# Of each visitor: in half an hour they would write what an association does in years, and what a process needs for a
# store of that size could not be told from what it does not give back. Then they change what is there.
MOST_ENTRIES = 150
MOST_CASES = 40
WAIT_SECONDS = 60.0  # for one answer; a store waits 30 s for its lock before it gives up
LINK = re.compile(r'(?:href|src|hx-get)="(/[^"#]*)"')
SECRET = re.compile(r'name="secret" value="([^"]+)"')
TEXT = "Essai de charge"
PICTURE = png(Image.new("RGB", (60, 40), "white"))
NO_FILE = {"files": ("", b"")}  # as a browser sends a field where no file was chosen


@dataclass(kw_only=True)
class Acknowledged:
    """What the page said it had done."""

    journal: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)  # by démarche, the last
    confirmed: set[str] = field(default_factory=set)
    cases: dict[str, str] = field(default_factory=dict)  # code → its kind
    closed: set[str] = field(default_factory=set)
    slots: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class Visitor:
    """One of them; ``run`` goes on until ``stop`` is set."""

    number: int
    person: Person
    address: str
    stop: threading.Event
    passphrase: str
    own: str  # the démarche that nobody else changes
    answers: bool  # whether it is this one who says what came of a slot: a slot has one answer
    tries: float = 0.0  # seconds between two attempts that are asked for; 0: none
    pause: float = 0.0  # seconds between two things
    done: Acknowledged = field(default_factory=Acknowledged)
    statuses: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    _known: list[str] = field(default_factory=lambda: ["/", "/procedures", "/cases", "/captures", "/verify"])
    _secret: str = ""
    _made: int = 0
    _tried: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """A visitor does the same each time, as far as the page lets them."""
        self._random = Random(self.number)  # noqa: S311 - no secret
        self._actions: list[tuple[int, Callable[[httpx.Client], None]]] = [
            (12, self._read),
            (3, self._write_journal),
            (2, self._change_procedure),
            (1, self._confirm),
            (1, self._open_case),
            (1, self._change_case),
            *([(1, self._answer_slot)] if self.answers else []),
            *([(2, self._try_now)] if self.tries else []),
        ]

    def run(self) -> None:
        """Open the address, then do one thing after another."""
        base = self.address.partition("/?")[0]
        try:
            with httpx.Client(base_url=base, timeout=WAIT_SECONDS, headers={"accept-language": "en"}) as client:
                assert client.get(self.address).status_code == 200
                while not self.stop.is_set():
                    weights = [weight for weight, _act in self._actions]
                    ((_weight, act),) = self._random.choices(self._actions, weights)
                    act(client)
                    self.stop.wait(self.pause)
        except BaseException as error:  # noqa: BLE001 - of another thread, told to the test
            self.errors.append(error)

    def _get(self, client: httpx.Client, path: str) -> str:
        answer = client.get(path)
        self._note(f"GET {answer.status_code}", answer, path)
        if answer.headers.get("content-type", "").startswith("text/html"):
            self._learn(answer.text)
            return answer.text
        return ""

    def _post(self, client: httpx.Client, path: str, data: dict[str, Any], **more: Any) -> httpx.Response:
        if not self._secret:
            self._get(client, "/cases/new")
        answer = client.post(
            path, data={"secret": self._secret, **data}, headers={"origin": str(client.base_url).rstrip("/")}, **more
        )
        self._note(f"POST {answer.status_code}", answer, path)
        return answer

    def _note(self, what: str, answer: httpx.Response, path: str) -> None:
        self.statuses[what] += 1
        if answer.status_code not in {200, 204, 303} and len(self.odd) < 20:
            words = re.sub(r"<[^>]+>|\s+", " ", answer.text.partition("<main")[2] or answer.text)
            self.odd.append(f"{what} {path} {' '.join(words.split())[:300]}")

    def _learn(self, text: str) -> None:
        found = SECRET.search(text)
        self._secret = found[1] if found else self._secret
        new = [link.replace("&amp;", "&") for link in LINK.findall(text)]
        self._known += [link for link in dict.fromkeys(new) if link not in self._known]
        while len(self._known) > MOST_KNOWN:
            self._known.pop(self._random.randrange(5, len(self._known)))

    def _read(self, client: httpx.Client) -> None:
        self._get(client, self._random.choice(self._known))

    def _name(self) -> str:
        self._made += 1
        return f"{self.number}-{self._made}"

    def _today(self) -> date:
        zone = ZoneInfo(load_settings(self.person.config).station.timezone)
        return datetime.now(zone).date()

    def _write_journal(self, client: httpx.Client) -> None:
        if len(self.done.journal) >= MOST_ENTRIES:
            self._change_case(client)
            return
        text = f"{TEXT} {self._name()}"
        data = {"kind": "email", "on": self._today().isoformat(), "title": text, "text": text}
        if "passphrase_again" in self._get(client, f"/cases/{CASE}/journal"):  # the first thing that is added
            data |= {"passphrase": self.passphrase, "passphrase_again": self.passphrase}
        files = {"files": ("preuve.png", PICTURE, "image/png")} if self._random.random() < 0.3 else None
        if self._post(client, f"/cases/{CASE}/journal", data, files=files or NO_FILE).status_code == 303:
            self.done.journal.append(text)

    def _change_procedure(self, client: httpx.Client) -> None:
        settings = load_settings(self.person.config)
        label = f"{TEXT} {self._name()}"
        data = {**texts_of(settings.procedure(self.own)), "label": label}
        if self._post(client, f"/procedures/{self.own}/edit", data).status_code == 303:
            self.done.labels[self.own] = label

    def _confirm(self, client: httpx.Client) -> None:
        """Once an attempt of their own démarche has brought its page."""
        if self.own in self.done.confirmed:
            return
        found = re.search(rf'href="(/procedures/{self.own}/look/\d+)"', self._get(client, f"/procedures/{self.own}"))
        if found and self._post(client, found[1], {"right": "yes"}).status_code == 303:
            self.done.confirmed.add(self.own)

    def _open_case(self, client: httpx.Client) -> None:
        if len(self.done.cases) >= MOST_CASES:
            self._change_case(client)
            return
        code = f"n{self._name()}"
        data = {"code": code, "kind": "renewal", "procedures": [self.own]}
        if self._post(client, "/cases", data).status_code == 303:
            self.done.cases[code] = "renewal"

    def _change_case(self, client: httpx.Client) -> None:
        left = [code for code in self.done.cases if code not in self.done.closed]
        if not left:
            return
        code, kind = self._random.choice(left), self._random.choice(["first_application", "renewal", "dcem"])
        if len(left) > MOST_CASES // 2 and self._random.random() < 0.3:
            if self._post(client, f"/cases/{code}/close", {"why": "other"}).status_code == 303:
                self.done.closed.add(code)
        elif self._post(client, f"/cases/{code}/change", {"kind": kind}).status_code == 303:
            self.done.cases[code] = kind

    def _answer_slot(self, client: httpx.Client) -> None:
        found = re.search(rf"/cases/{CASE}/journal\?slot=(\d+)", self._get(client, f"/cases/{CASE}"))
        if found is None:
            return
        text = f"{TEXT} {self._name()}"
        data = {
            "kind": "slot_response",
            "on": self._today().isoformat(),
            "title": text,
            "text": text,
            "attempt": found[1],
            "result": "gone",
        }
        if self._post(client, f"/cases/{CASE}/journal", data, files=NO_FILE).status_code == 303:
            self.done.journal.append(text)
            self.done.slots.append(int(found[1]))

    def _try_now(self, client: httpx.Client) -> None:
        if time.monotonic() - self._tried > self.tries:
            self._tried = time.monotonic()
            self._post(client, f"/procedures/{self.own}/try", {})
