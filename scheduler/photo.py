"""Photo mode: the person's own browser, photographed and recorded; outcome and address are what they declare.

Témoin makes no visit here and reads no page: it has a picture of one window, and the person's word. So nothing is
asked of robots.txt, of the conditions or of politeness, and nothing of the page is claimed but what was declared.
Inside an account the picture is none of the captures' (DESIGN §3.6): the caller takes it to the journal.
"""

import platform
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from capture.frame import SIMULATION, Caption, frame
from capture.surroundings import os_patch
from scheduler.invitations import open_invitation
from scheduler.job import Recorded
from scheduler.permission import check_sought
from scheduler.politeness import host_of
from scheduler.workshop import procedure_json
from store.store import Store
from temoin import __version__
from temoin.canonical import sha256
from temoin.errors import UsageError
from temoin.floors import is_loopback
from temoin.french import outcome_words
from temoin.messages import _
from temoin.records import Artefact, Context, Kind, Mode, Outcome, Part, Role, Visit, build_record, new_attempt_id
from temoin.settings import Procedure, Settings

if TYPE_CHECKING:
    from temoin.canonical import Json

LONGEST_ADDRESS = 2000  # characters
COUNTDOWN_SECONDS = 5  # to bring the browser to the front, where something else stands before it
ANSWERS = (  # what a person can say of a page; a refusal of the tool is none of it, since no tool visited
    Outcome.NO_SLOT,
    Outcome.NO_CALENDAR,
    Outcome.SLOT_SEEN,
    Outcome.OVERLOADED,
    Outcome.MAINTENANCE,
    Outcome.CLOSED_LINK,
    Outcome.UNREACHABLE,
    Outcome.UNRECOGNISED,
)

# Where nothing is seen without an account: ANEF, Démarche numérique and its older name, FranceConnect.
_ACCOUNTS = re.compile(
    r"(.*\.)?(administration-etrangers-en-france\.interieur\.gouv\.fr|anef\.dgef\.interieur\.gouv\.fr"
    r"|demarche\.numerique\.gouv\.fr|demarches-simplifiees\.fr|franceconnect\.gouv\.fr)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One window photographed, and what the person says of it; ``address`` may be empty: not declared."""

    at: datetime
    picture: bytes
    browser: str
    outcome: Outcome
    address: str = ""


def answer_words() -> dict[Outcome, str]:
    """``ANSWERS`` in the words of the person, in that order."""
    return {
        Outcome.NO_SLOT: _("no appointment free"),
        Outcome.NO_CALENDAR: _("no calendar open"),
        Outcome.SLOT_SEEN: _("a slot is offered"),
        Outcome.OVERLOADED: _("the site is overloaded"),
        Outcome.MAINTENANCE: _("the site is under maintenance"),
        Outcome.CLOSED_LINK: _("the link is closed"),
        Outcome.UNREACHABLE: _("the site could not be reached"),
        Outcome.UNRECOGNISED: _("something else"),
    }


def warning_words() -> str:
    """What a person is told before their window is photographed."""
    return _("The whole browser window is photographed, with the titles of its tabs: close what is nobody’s business.")


def recorded_words(recorded: Recorded) -> str:
    """What a person is told of a photograph among the captures."""
    found = answer_words()[recorded.visit.outcome]
    return _("{id}: n° {sequence}, {words}, as you say.").format(
        id=recorded.procedure.name, sequence=recorded.sequence, words=found
    )


def journal_words() -> str:
    """What a person is told of a photograph in the journal."""
    return _("Taken inside an account, it is in your journal, and not among the captures.")


def is_inside_account(*addresses: str) -> bool:
    """Whether one of the addresses is of a site that shows nothing without an account."""
    return any(_ACCOUNTS.fullmatch((urlsplit(address).hostname or "").rstrip(".")) for address in addresses)


def check_address(text: str) -> str:
    """The address that the person declares, as it is kept.

    Raises:
        UsageError: it is no web address, or one that holds a password.
    """
    address = text.strip()
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        usable = False
    if usable and address.isprintable() and " " not in address and len(address) <= LONGEST_ADDRESS:
        return address
    raise UsageError(
        _("“{address}” is not the address of a web page.").format(address=address[:80]),
        remedy=_("Copy it from the browser’s address bar: https://…"),
    )


def check_followed(store: Store, procedure: Procedure) -> None:
    """Refuse a photograph for what nobody seeks any more.

    Raises:
        RefusalError: every case that followed it has its appointment, or is closed.
    """
    check_sought(procedure, store.idle_procedures())


def record_photo(settings: Settings, store: Store, procedure: Procedure, photo: Photo) -> Recorded:
    """Keep the photograph as an attempt: objects first, then the entry. An open invitation is thereby followed.

    Raises:
        StoreError: it could not be kept; nothing is recorded.
        BrowserError: the picture cannot be read.
    """
    attempt = new_attempt_id(photo.at)
    visit = _visit(settings, procedure, photo, attempt)
    store.put_all([artefact.data for artefact in visit.artefacts])
    invitation = open_invitation(settings, store, procedure, now=photo.at)
    context = Context(
        attempt=attempt,
        at=photo.at,
        due=None if invitation is None else invitation.due,
        timezone=settings.zone_of(procedure),
        simulated=_is_simulated(procedure, photo),
        mode=Mode.PHOTO,
        declared=True,
        operator=settings.station.operator,
        procedure=procedure_json(procedure),
        url_asked=procedure.url,
        clock={"source": "system", "offset_ms": None},
        robots_sha256=None,
        terms={
            "read": None if procedure.terms_read is None else procedure.terms_read.isoformat(),
            "automation": procedure.automation.value,
        },
        pace=store.pace(host_of(procedure.url), photo.at).to_json(),
    )
    entry = store.append(kind=Kind.ATTEMPT, record=build_record(context, visit), at=photo.at, procedure=procedure.id)
    return Recorded(sequence=entry.sequence, attempt=attempt, procedure=procedure, visit=visit)


def _is_simulated(procedure: Procedure, photo: Photo) -> bool:
    return is_loopback(procedure.url) or (bool(photo.address) and is_loopback(photo.address))


def _visit(settings: Settings, procedure: Procedure, photo: Photo, attempt: str) -> Visit:
    digest = sha256(photo.picture)
    caption = Caption(
        prefecture=procedure.prefecture,
        label=procedure.label,
        part="",
        url=photo.address,
        at=photo.at,
        timezone=settings.zone_of(procedure),
        outcome=photo.outcome,
        sentence=None,
        attempt=attempt,
        digest=digest,
        simulated=_is_simulated(procedure, photo),
        view="window",
        declared=True,
    )
    exhibit = frame(photo.picture, caption)
    artefacts = (
        Artefact(role=Role.WINDOW, data=photo.picture, digest=digest),
        Artefact(role=Role.EXHIBIT, data=exhibit, digest=sha256(exhibit)),
    )
    return Visit(
        outcome=photo.outcome,
        url_final=photo.address or None,
        parts=(Part(part="1", label="", outcome=photo.outcome, artefacts=artefacts),),
        environment=_environment(photo.browser),
    )


def _environment(browser: str) -> "Json":
    """What is known of a browser that Témoin did not start: its name; nothing of its profile or proxy is looked at."""
    return {
        "temoin": __version__,
        "browser": browser,
        "os": f"{platform.system()} {platform.release()}",
        "os_patch": os_patch(),
        "extensions": None,
        "fresh": None,
        "proxy": None,
        "view": "window",
        "window_language": None,
        "viewport": None,
        "locale": None,
        "sandbox": None,
    }


def account_words(procedure: Procedure, photo: Photo) -> str:
    """What the journal says of a photograph inside an account: French, since the court reads it."""
    answer = outcome_words(photo.outcome, declared=True)
    lines = [
        *([f"{SIMULATION}."] if _is_simulated(procedure, photo) else []),
        f"Démarche : {procedure.prefecture}, {procedure.label}.",
        f"Résultat déclaré par la personne : {answer}.",
        f"Adresse déclarée par la personne : {photo.address}" if photo.address else "Adresse non déclarée.",
    ]
    return "\n".join(lines)
