"""What the replicas show: one `Page` per recorded state, one `Procedure` per followed démarche.

Rules of the structure:

* A *visit* begins when a page of a procedure is asked for without a live session of that procedure; visit k
  meets `pages[min(k, len(pages) - 1)]`, and keeps it as long as its session lasts.
* Pages without a platform's prefix and outside `EZBOOKING_PAGES` exist on every platform.
* A hostile page (`HOSTILE_PAGES`) or one with other terms is the ordinary way with something added: it ends,
  if nothing stops the visitor, on the platform's own "no slot".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

PLATFORMS = ("ezbooking", "rdv-prefecture", "rdv-service-public", "eappointment", "generic")

TERMS = (
    "Ce service permet de demander un rendez-vous au guichet. La prise de rendez-vous est gratuite.\n"
    "Un seul rendez-vous est accordé par personne. Tout rendez-vous pris en double sera annulé.\n"
    "Les informations recueillies servent à la gestion du rendez-vous et sont effacées après celui-ci.\n"
    "Le jour du rendez-vous, présentez-vous dix minutes à l'avance avec l'original de chaque pièce demandée."
)


class Page(StrEnum):
    """What one visit meets; the value is the member's name in lower case."""

    # EZBooking
    NO_SLOT = "no_slot"
    NO_SLOT_LATE = "no_slot_late"
    NO_CALENDAR = "no_calendar"
    SLOTS = "slots"
    WEEK_FULL = "week_full"
    CLOSED_LINK = "closed_link"
    BACK_ON_CHOICES = "back_on_choices"
    CAPTCHA_AT_ENTRY = "captcha_at_entry"
    HELP_QUOTES_SENTENCE = "help_quotes_sentence"
    REDIRECT_TO_SLOT = "redirect_to_slot"
    # failures, on every platform
    OVERLOADED = "overloaded"
    FORBIDDEN = "forbidden"
    BAD_GATEWAY = "bad_gateway"
    ERROR_500 = "error_500"
    UNAVAILABLE_503 = "unavailable_503"
    TIMEOUT_504 = "timeout_504"
    ERROR_400 = "error_400"
    ERROR_401 = "error_401"
    NOT_FOUND = "not_found"
    TOO_MANY = "too_many"
    MAINTENANCE = "maintenance"
    # anything, on every platform
    UNKNOWN = "unknown"
    UNKNOWN_ENTRY = "unknown_entry"
    CHANGED_TERMS = "changed_terms"
    # hostile or broken, on every platform
    POPUP = "popup"
    SERVICE_WORKER = "service_worker"
    SCRIPT_SUBMIT = "script_submit"
    SCRIPT_TAMPER = "script_tamper"
    DIALOG = "dialog"
    DOWNLOAD = "download"
    DOWNLOAD_ANSWER = "download_answer"
    FROZEN = "frozen"
    NEVER_ANSWERS = "never_answers"
    REDIRECT_LOOP = "redirect_loop"
    RESET = "reset"
    HUGE = "huge"
    ENDLESS = "endless"
    # RDV-Préfecture
    RP_NO_SLOT = "rp_no_slot"
    RP_NO_SLOT_ANNOUNCED = "rp_no_slot_announced"
    RP_END_OF_CALENDAR = "rp_end_of_calendar"
    RP_EMPTY_WEEK = "rp_empty_week"
    RP_EMPTY_WEEK_NEXT = "rp_empty_week_next"
    RP_MOBILE_DAY = "rp_mobile_day"
    RP_SLOTS = "rp_slots"
    RP_SESSION_EXPIRED = "rp_session_expired"
    RP_CLOUDFLARE_BLOCK = "rp_cloudflare_block"
    RP_CHALLENGE = "rp_challenge"
    # RDV Service Public
    RSP_NO_SLOT = "rsp_no_slot"
    RSP_SLOTS = "rsp_slots"
    RSP_NEXT_AVAILABILITY = "rsp_next_availability"
    RSP_DATE_CLOSED = "rsp_date_closed"
    RSP_MAINTENANCE = "rsp_maintenance"
    RSP_INVITATION_NO_SLOT = "rsp_invitation_no_slot"
    RSP_REFERENT_NO_SLOT = "rsp_referent_no_slot"
    RSP_API_LIMIT = "rsp_api_limit"
    # eAppointment
    EAPP_NO_SLOT = "eapp_no_slot"
    EAPP_SLOTS = "eapp_slots"
    # a page whose sentence the user gives
    GENERIC_NO_SLOT = "generic_no_slot"
    GENERIC_SLOTS = "generic_slots"


EZBOOKING_PAGES = frozenset({
    Page.NO_SLOT, Page.NO_SLOT_LATE, Page.NO_CALENDAR, Page.SLOTS, Page.WEEK_FULL, Page.CLOSED_LINK,
    Page.BACK_ON_CHOICES, Page.CAPTCHA_AT_ENTRY, Page.HELP_QUOTES_SENTENCE, Page.REDIRECT_TO_SLOT,
})  # fmt: skip
FAILURE_PAGES = frozenset({
    Page.OVERLOADED, Page.FORBIDDEN, Page.BAD_GATEWAY, Page.ERROR_500, Page.UNAVAILABLE_503, Page.TIMEOUT_504,
    Page.ERROR_400, Page.ERROR_401, Page.NOT_FOUND, Page.TOO_MANY, Page.MAINTENANCE,
})  # fmt: skip
# The connection itself misbehaves, or the whole answer does: no other page of the visit is ever seen.
BROKEN_PAGES = frozenset({
    Page.DOWNLOAD_ANSWER, Page.NEVER_ANSWERS, Page.REDIRECT_LOOP, Page.RESET, Page.HUGE, Page.ENDLESS,
})  # fmt: skip
# Scripts added to the entry page.
HOSTILE_PAGES = frozenset({
    Page.POPUP, Page.SERVICE_WORKER, Page.SCRIPT_SUBMIT, Page.SCRIPT_TAMPER, Page.DIALOG, Page.DOWNLOAD,
    Page.FROZEN,
})  # fmt: skip

_PREFIXES = (
    ("rp_", "rdv-prefecture"),
    ("rsp_", "rdv-service-public"),
    ("eapp_", "eappointment"),
    ("generic_", "generic"),
)
_NO_SLOT = MappingProxyType(
    {
        "ezbooking": Page.NO_SLOT,
        "rdv-prefecture": Page.RP_NO_SLOT,
        "rdv-service-public": Page.RSP_NO_SLOT,
        "eappointment": Page.EAPP_NO_SLOT,
        "generic": Page.GENERIC_NO_SLOT,
    }
)


def platform_of(page: Page) -> str | None:
    """Return the only platform that has `page`, or None when every platform has it."""
    if page in EZBOOKING_PAGES:
        return "ezbooking"
    return next((platform for prefix, platform in _PREFIXES if page.value.startswith(prefix)), None)


def no_slot_page(platform: str) -> Page:
    """Return the page by which `platform` says that there is no appointment."""
    return _NO_SLOT[platform]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One démarche of a replica and what its successive visits meet.

    `failures_at` says where a failure page stands: `entry` (the first page already fails) or `result` (it
    comes after the conditions). A page named in `planning_pages` always stands at that planning's result.
    `result_step` is EZBooking's number of the result page: 2, or 1 where the real site stays "still /1".
    `captcha` is RDV-Préfecture's variant: `captchetat` (2024), `inline` (2025), `recaptcha` (2026).
    `sentence` is what a generic page says when there is nothing.

    Raises:
        ValueError: a page of another platform, no page, an identifier that cannot stand in an address.
    """

    platform: str
    id: str
    pages: tuple[Page, ...]
    label: str = "Première demande de titre de séjour"
    prefecture: str = "Préfecture du Val-de-Marne (réplique)"
    plannings: tuple[tuple[str, str], ...] = ()
    planning_pages: Mapping[str, Page] = field(default_factory=dict)
    cookie_banner: str = ""
    iframe: bool = False
    terms: str = TERMS
    layout: str = "dsfr"
    late_seconds: float = 0.5
    failures_at: str = "entry"
    result_step: int = 2
    captcha: str = "captchetat"
    sentence: str = "Aucun rendez-vous n'est disponible actuellement pour cette démarche."

    def __post_init__(self) -> None:
        """Refuse what no replica could show."""
        _check_choice("platform", self.platform, PLATFORMS)
        _check_choice("cookie_banner", self.cookie_banner, ("", "old", "tarteaucitron"))
        _check_choice("layout", self.layout, ("dsfr", "old"))
        _check_choice("failures_at", self.failures_at, ("entry", "result"))
        _check_choice("captcha", self.captcha, ("captchetat", "inline", "recaptcha"))
        _check_choice("result_step", self.result_step, (1, 2))
        if not re.fullmatch(r"[0-9A-Za-z-]{1,40}", self.id):
            raise ValueError(f"procedure id {self.id!r} cannot stand in an address")
        verify_pages(self.platform, self.pages)
        verify_pages(self.platform, (*self.pages, *self.planning_pages.values()))
        unknown = set(self.planning_pages) - {planning for planning, _ in self.plannings}
        if unknown:
            raise ValueError(f"planning_pages names no planning of {self.id}: {sorted(unknown)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The replicas that one server shows; `robots` is a text, or the status that robots.txt fails with.

    `front` is the status of the front page: a site that dislikes a visitor may refuse it there.
    """

    procedures: tuple[Procedure, ...]
    robots: str | int = ""
    host: str = "127.0.0.1"
    instructions: bool = True
    front: int = 200

    def __post_init__(self) -> None:
        """Refuse two procedures that could not be told apart in the log."""
        ids = [procedure.id for procedure in self.procedures]
        if len(set(ids)) != len(ids):
            raise ValueError(f"two procedures share an id: {sorted(ids)}")


def verify_pages(platform: str, pages: tuple[Page, ...]) -> None:
    """Check that `platform` has each of `pages`, and that there is one.

    Raises:
        ValueError: otherwise.
    """
    if not pages:
        raise ValueError("a procedure needs at least one page")
    for page in pages:
        if platform_of(page) not in (None, platform):
            raise ValueError(f"page {page.name} does not exist on {platform}")


def _check_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name}: {value!r} is none of {choices}")
