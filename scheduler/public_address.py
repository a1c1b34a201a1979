"""The public address that this station is seen under, asked only of a service that the person named (docs/adr/0025).

Courts ask from which address a page was consulted, since the server's own log can be compared with it. A machine does
not know it by itself. Nobody is asked unless ``[station] public_address_url`` names somebody; one request per visit,
bounded in time and size, through the same door as robots.txt; whatever goes wrong is no address, and the visit is
recorded all the same.
"""

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from scheduler.robots import RobotsAnswer, fetch_robots
from temoin.canonical import Json

PATIENCE_SECONDS = 3.0
MAX_BYTES = 100  # an address has at most 39 characters; a page is not an answer
_OK = 200


def _fetch(url: str) -> RobotsAnswer:
    return fetch_robots(url, timeout_seconds=PATIENCE_SECONDS)


def ask_public_address(service: str, *, fetch: Callable[[str], RobotsAnswer] = _fetch) -> Json | None:
    """``{address, source}``: what the service at ``service`` answers, and its host; None when it told no address.

    Only an address of the public Internet is kept: a private one says something of the home, nothing to a court.
    """
    answer = fetch(service)
    if answer.status != _OK or len(answer.body) > MAX_BYTES:
        return None
    try:
        found = ipaddress.ip_address(answer.body.decode("ascii").partition("%")[0].strip())  # no zone of IPv6
    except ValueError:
        return None
    return {"address": str(found), "source": urlsplit(service).hostname} if found.is_global else None
