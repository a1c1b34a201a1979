"""Which booking platform an address belongs to (public sources of 2026-11-22, named in docs/sites.md).

Only addresses are told apart here; steps and texts are the profiles' (``capture/profiles``). On a loopback
address nothing is recognised: replicas name their platform (DESIGN §12b).
"""

import re
from types import MappingProxyType
from typing import Literal, get_args
from urllib.parse import urlsplit

from temoin.floors import is_loopback

Platform = Literal["ezbooking", "rdv-prefecture", "rdv-service-public", "eappointment", "generic"]

PLATFORMS: tuple[Platform, ...] = get_args(Platform)

# Host and path of a démarche's own pages, as one text. The eZ Publish extension stands on departmental sites
# and their "rdv." sub-hosts, and for Paris on pprdv; RDV Service Public has three public hosts.
_ADDRESSES: MappingProxyType[Platform, re.Pattern[str]] = MappingProxyType(
    {
        "ezbooking": re.compile(
            r"((www\.)?(rdv\.)?[a-z0-9-]+\.gouv\.fr/(index\.php/)?|pprdv\.interieur\.gouv\.fr/)"
            r"booking/create/\d+(/[0-3])?/?"  # 4 and beyond lie past availability
        ),
        "rdv-prefecture": re.compile(
            r"www\.rdv-prefecture\.interieur\.gouv\.fr/rdvpref/reservation/demarche/\d+/((cgu|creneau)/?)?"
        ),
        "rdv-service-public": re.compile(
            r"(rdv\.anct\.gouv\.fr|(www\.)?(rdv-solidarites|rdv-aide-numerique)\.fr)/prendre_rdv/?"
        ),
        "eappointment": re.compile(r"rdv-etrangers-\d+\.interieur\.gouv\.fr/eAppointment\w*/.*"),
    }
)

# Hosts that serve one platform and nothing else: another page of theirs is no démarche's page.
_HOSTS: MappingProxyType[Platform, re.Pattern[str]] = MappingProxyType(
    {
        "ezbooking": re.compile(r"pprdv\.interieur\.gouv\.fr"),
        "rdv-prefecture": re.compile(r"(www\.)?rdv-prefecture\.interieur\.gouv\.fr"),
        "rdv-service-public": re.compile(r"rdv\.anct\.gouv\.fr|(www\.)?(rdv-solidarites|rdv-aide-numerique)\.fr"),
        "eappointment": re.compile(r"rdv-etrangers-\d+\.interieur\.gouv\.fr"),
    }
)

EXAMPLES: MappingProxyType[Platform, str] = MappingProxyType(
    {
        "ezbooking": "https://www.….gouv.fr/booking/create/NUMBER",
        "rdv-prefecture": "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/NUMBER/",
        "rdv-service-public": "https://rdv.anct.gouv.fr/prendre_rdv?…",
        "eappointment": "https://rdv-etrangers-….interieur.gouv.fr/eAppointment…",
    }
)


def find_platform(url: str) -> Platform | None:
    """The platform whose démarche page ``url`` is; None for an unknown address and for loopback."""
    if is_loopback(url):
        return None
    address = _address(url)
    return next((name for name, pattern in _ADDRESSES.items() if pattern.fullmatch(address)), None)


def find_platform_of_host(url: str) -> Platform | None:
    """The platform that the whole host of ``url`` serves; None where hosts serve other things too."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return next((name for name, pattern in _HOSTS.items() if pattern.fullmatch(host)), None)


def _address(url: str) -> str:
    """Host (lower case, RFC 3986 §3.2.2) and path, without scheme, port and query."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').rstrip('.')}{parts.path}"
