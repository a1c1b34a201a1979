"""Ways through the replica without a browser, and its usual procedures: what several of its tests begin with."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from demo.visitor import Visitor

NOW = datetime(2026, 11, 23, 8, 5, 9, tzinfo=UTC)
NO_SLOT = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
IDS = {
    "ezbooking": "4963",
    "rdv-prefecture": "11800",
    "rdv-service-public": "2458",
    "eappointment": "94",
    "generic": "mairie",
}
FIRST = {
    "ezbooking": Page.NO_SLOT,
    "rdv-prefecture": Page.RP_NO_SLOT,
    "rdv-service-public": Page.RSP_NO_SLOT,
    "eappointment": Page.EAPP_NO_SLOT,
    "generic": Page.GENERIC_NO_SLOT,
}


VISITORS: list[Visitor] = []


@pytest.fixture(autouse=True)
def closed_connections() -> Iterator[None]:
    yield
    while VISITORS:
        VISITORS.pop().close()


def visiting(server: ReplicaServer) -> Visitor:
    visitor = Visitor(server.port)
    VISITORS.append(visitor)
    return visitor


def procedures(**changes: object) -> list[Procedure]:
    return [Procedure(platform=p, id=IDS[p], pages=(FIRST[p],), **changes) for p in IDS]  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(procedures(late_seconds=0.05), now=lambda: NOW) as running:
        yield running


def accept(server: ReplicaServer, page: Page) -> Visitor:
    """Walk EZBooking from the conditions to what comes after them."""
    server.set_pages("4963", (page,))
    visitor = visiting(server).get(server.address("4963"))
    start = {"condition": "on", "nextButton": "Effectuer une demande de rendez-vous"}
    return visitor.post("/booking/create/4963/0", start)


def pass_captcha(server: ReplicaServer, page: Page) -> Visitor:
    """Walk RDV-Préfecture from its home to what comes after the captcha."""
    server.set_pages("11800", (page,))
    visitor = visiting(server).get(server.address("11800"))
    base = "/rdvpref/reservation/demarche/11800"
    visitor.get(f"{base}/cgu/")
    return visitor.post(f"{base}/_validerCaptcha", {"captchaUsercode": server.captcha_code}).follow()
