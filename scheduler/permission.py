"""Whether an attempt may be made at all, before anything is sent: conditions read, and by whom it can be made."""

from datetime import datetime

from capture.profile import SiteProfile, generic_profile, load_profile
from scheduler.resting import WAITABLE
from temoin.errors import RefusedError
from temoin.messages import _
from temoin.records import Mode
from temoin.settings import Procedure


class RefusalError(RefusedError):
    """A refusal with the record's stable word."""

    def __init__(self, reason: str, message: str, *, remedy: str = "", not_before: datetime | None = None) -> None:
        """``reason`` is a stable word; ``not_before`` is when the answer may be another one, where that is known."""
        super().__init__(message, remedy=remedy)
        self.reason = reason
        self.not_before = not_before


def passes_soon(error: RefusedError, patient_until: datetime | None) -> bool:
    """Whether what was refused may be asked again by then, since the host only needs a little rest."""
    if patient_until is None or not isinstance(error, RefusalError) or error.reason not in WAITABLE:
        return False
    return error.not_before is not None and error.not_before <= patient_until


class NobodyThereError(RefusalError):
    """No connection to the host came about: an attempt, and an outage of the site (DESIGN §5)."""


def profile_for(procedure: Procedure) -> SiteProfile:
    """What is known of the platform of ``procedure``, with the day on which the person found it right.

    Raises:
        ConfigError: there is no such platform.
    """
    if procedure.platform == "generic":
        profile = generic_profile(url=procedure.url, sentence=procedure.no_slot_text)
    else:
        profile = load_profile(procedure.platform)
    if profile.confirmed is not None or procedure.confirmed is None:
        return profile
    return profile.model_copy(update={"confirmed": procedure.confirmed})


def check_sought(procedure: Procedure, idle: frozenset[str]) -> None:
    """Refuse what nobody seeks any more: every case that followed it has its appointment, or is closed.

    Raises:
        RefusalError: with the reason that the record keeps.
    """
    if procedure.id in idle:
        raise RefusalError(
            "appointment_obtained",
            _("Nobody seeks an appointment for “{id}” any more: its cases have theirs, or are closed.").format(
                id=procedure.name
            ),
            remedy=_(
                "If one is still sought: “temoin case change CODE --still-looking”, or follow it with a new case."
            ),
        )


def check_terms(procedure: Procedure, mode: Mode, profile: SiteProfile) -> None:
    """Refuse what no conditions were read for, and what only a person may do.

    Raises:
        RefusalError: with the reason that the record keeps.
    """
    if procedure.terms_read is None:
        raise RefusalError(
            "terms_unread",
            _("The site’s conditions have not been read for “{id}”.").format(id=procedure.name),
            remedy=_(
                "Open {url}, read them, then write terms_read = today’s date and automation in config.toml."
            ).format(url=procedure.url),
        )
    if mode is Mode.PHOTO:
        raise RefusalError(
            "photo_mode",
            _("“{id}” is followed by hand: Témoin does not visit it.").format(id=procedure.name),
            remedy=_("Visit it in your own browser, then run “temoin photo {id}”.").format(id=procedure.id),
        )
    if mode is Mode.UNATTENDED and not profile.unattended:
        raise RefusalError(
            "needs_person",
            _("This platform asks for things that only a person may give.").format(),
            remedy=_("Run “temoin capture {id} --assist”.").format(id=procedure.id),
        )
