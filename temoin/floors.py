"""The floors of politeness: constants in code, never settings (DESIGN §3.9, §7).

The configuration can be gentler than these, never rougher, except towards a loopback address, where 0 means
none: that is how replicas are tested. They are held twice: here for the configuration, which is refused when
it asks for more, and by ``scheduler.politeness``, which counts the visits that really took place.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

MAX_ATTEMPTS_PER_DAY = 4  # per procedure: court files hold 1 to 4 tries a day; more proves nothing further
MIN_MINUTES_PROCEDURE = 60  # between two attempts of one procedure: a person who looks again, not a poller
MIN_MINUTES_HOST = 5  # between two visits of one host, all procedures: the sites ban what comes every seconds
MAX_VISITS_HOST_PER_DAY = 120  # per host and station, all procedures and cases: one visit in twelve minutes


def is_loopback(url: str) -> bool:
    """Whether ``url`` names this machine by a loopback address or as ``localhost``; nothing is resolved.

    False where the address cannot be read: the floors hold when in doubt.
    """
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_loopback  # RFC 6761
    except ValueError:
        return False
