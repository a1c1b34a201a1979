"""The replica sites: which procedure an address belongs to, and what it answers."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from demo.exchange import Answer, Call, html
from demo.scenario import Procedure
from demo.sites import eappointment, ezbooking, failures, generic, rdv_prefecture, service_public

_PATTERNS = (
    ("ezbooking", ezbooking.ADDRESS),
    ("ezbooking", ezbooking.AJAX),
    ("rdv-prefecture", rdv_prefecture.ADDRESS),
    ("eappointment", eappointment.ADDRESS),
    ("generic", generic.ADDRESS),
)


class SiteModule(Protocol):
    """What each platform's module offers."""

    COOKIE: tuple[str, str]

    def entry(self, procedure: Procedure) -> str:
        """Return the entry address."""

    def answer(self, call: Call) -> Answer:
        """Return what the site answers."""


_SITES: Mapping[str, SiteModule] = MappingProxyType(
    {
        "ezbooking": ezbooking,
        "rdv-prefecture": rdv_prefecture,
        "rdv-service-public": service_public,
        "eappointment": eappointment,
        "generic": generic,
    }
)


def entry_path(procedure: Procedure) -> str:
    """Return the path, with query, at which a visit of `procedure` begins."""
    return _SITES[procedure.platform].entry(procedure)


def cookie_of(procedure: Procedure) -> tuple[str, str]:
    """Return the name and path of the platform's session cookie."""
    return _SITES[procedure.platform].COOKIE


def find_procedure(
    procedures: Sequence[Procedure], path: str, query: Mapping[str, str]
) -> tuple[Procedure, str] | None:
    """Return the procedure that `path` belongs to and what follows its id, or None."""
    for platform, identifier, rest in _candidates(path, query):
        for procedure in procedures:
            if (procedure.platform, procedure.id) == (platform, identifier):
                return procedure, rest
    return None


def _candidates(path: str, query: Mapping[str, str]) -> list[tuple[str, str, str]]:
    if path in (service_public.PATH, service_public.WIZARD):
        return [("rdv-service-public", query.get("public_link_organisation_id", ""), path)]
    found = ((platform, pattern.match(path)) for platform, pattern in _PATTERNS)
    return [(platform, match["id"], match["rest"] or "") for platform, match in found if match]


def answer(call: Call) -> Answer:
    """Return what the replica answers to `call`: the failure of its visit, or its platform's page."""
    if call.method not in ("GET", "HEAD", "POST"):
        return html("<h1>405 Method Not Allowed</h1>", status=405)
    if call.fails_at_entry() and (failed := failures.answer(call, call.visit.page)) is not None:
        return failed
    return _SITES[call.procedure.platform].answer(call)
