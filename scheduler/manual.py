"""Attempts asked for by hand: one after the other, each told as soon as it is in the register."""

from collections.abc import Callable, Sequence

from scheduler.job import Recorded, Workshop, capture_and_record
from scheduler.notices import describe
from temoin.errors import ConfigError, RefusedError
from temoin.messages import _
from temoin.records import PROOFS, Outcome, is_proof
from temoin.settings import Procedure
from temoin.words import outcome_words


def capture_all(
    workshop: Workshop, procedures: Sequence[Procedure], *, assisted: bool, say: Callable[[str], object]
) -> None:
    """Make one attempt of each; one that may not be made does not keep the others from theirs.

    Raises:
        ConfigError: there is nothing to follow.
        RefusedError: not one could be made.
        BrowserError: no usable browser or display.
        StoreError: the evidence could not be kept.
    """
    if not procedures:
        raise ConfigError(
            _("The configuration names no procedure."), remedy=_("Add one [[procedures]] table to config.toml.")
        )
    refusals: list[RefusedError] = []
    for procedure in procedures:
        if assisted:
            say(
                _("{id}: a window opens. Accept the conditions and solve the captcha; Témoin only watches.").format(
                    id=procedure.id
                )
            )
        try:
            capture_and_record(
                workshop,
                procedure,
                assisted=assisted,
                told=lambda recorded: tell(recorded, say),
                noticed=lambda notice: say(describe(notice)),
            )
        except RefusedError as error:
            refusals.append(error)
            if len(procedures) > 1:
                say(f"{procedure.id}: {error.message} {error.remedy}")
    if len(refusals) == len(procedures):
        raise refusals[0]


def tell(recorded: Recorded, say: Callable[[str], object]) -> None:
    """Say what an attempt found, and at once and with the address when it may be a slot."""
    visit = recorded.visit
    words = outcome_words(visit.outcome)
    why = f" ({visit.reason})" if visit.reason else ""
    say(f"{recorded.procedure.id}: n° {recorded.sequence}, {words}{why}")
    if visit.outcome in PROOFS and not is_proof(visit.outcome, visit.reason):
        say(_("Kept, and not counted: the site did not serve another page of the same visit as it should have."))
    if visit.outcome is Outcome.SLOT_SEEN:
        say(_("An appointment may be free: open {url} now.").format(url=recorded.procedure.url))
    if visit.reason == "stopped_at_boundary":
        say(
            _("The site led past the question: open {url} yourself now, a slot may be free.").format(
                url=recorded.procedure.url
            )
        )
    if visit.outcome is Outcome.CAPTCHA_REQUIRED:
        say(
            _("A captcha stands before the answer: run “temoin capture {id} --assist”.").format(
                id=recorded.procedure.id
            )
        )
