"""Attempts asked for by hand: one after the other, each told as soon as it is in the register."""

from collections.abc import Callable, Sequence

from scheduler.invitations import open_invitation
from scheduler.job import Recorded, Workshop, capture_and_record
from scheduler.notices import describe
from scheduler.permission import RefusalError
from temoin.errors import ConfigError, RefusedError
from temoin.messages import _
from temoin.records import DYSFUNCTIONS, PROOFS, Mode, Outcome, is_proof
from temoin.settings import Procedure
from temoin.words import outcome_words, reason_words

# What a person may see otherwise: the site's failures, its refusal of a program, a page that no profile knows.
_LOOK_YOURSELF = DYSFUNCTIONS | {Outcome.BLOCKED, Outcome.UNRECOGNISED}


def capture_all(
    workshop: Workshop, procedures: Sequence[Procedure], *, assisted: bool, say: Callable[[str], object]
) -> tuple[int, ...]:
    """Make one attempt of each, and give their entries; one that may not be made does not keep the others from theirs.

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
    made: list[int] = []
    for procedure in procedures:
        if assisted:
            say(opening_words(procedure))
        try:
            _check_person(procedure, assisted=assisted)
            invitation = open_invitation(workshop.settings, workshop.store, procedure, now=workshop.clock.now())
            recorded = capture_and_record(
                workshop,
                procedure,
                due=None if invitation is None else invitation.due,
                assisted=assisted,
                told=lambda recorded: _tell_all(recorded, say, assisted=assisted),
                noticed=lambda notice: say(describe(notice)),
            )
            made.append(recorded.sequence)
        except RefusedError as error:
            refusals.append(error)
            if len(procedures) > 1:
                say(f"{procedure.name}: {error.message} {error.remedy}")
    if len(refusals) == len(procedures):
        raise refusals[0]
    return tuple(made)


def opening_words(procedure: Procedure) -> str:
    """What a person is told before their window opens."""
    return _("{id}: a window opens. Accept the conditions and solve the captcha; Témoin only watches.").format(
        id=procedure.name
    )


def _check_person(procedure: Procedure, *, assisted: bool) -> None:
    """Refuse to wait, in a window that nobody sees, for a person who was not asked for."""
    if procedure.mode is Mode.ASSISTED and not assisted:
        raise RefusalError(
            "needs_person",
            _("“{id}” is followed with you at the window.").format(id=procedure.name),
            remedy=_("Run “temoin capture {id} --assist”.").format(id=procedure.id),
        )


def _tell_all(recorded: Recorded, say: Callable[[str], object], *, assisted: bool) -> None:
    tell(recorded, say)
    if not assisted and recorded.visit.outcome in _LOOK_YOURSELF:
        say(
            _(
                "Look at the page in your own browser: “temoin photo {id}” photographs it there, and “temoin journal "
                "add screenshot” takes a screenshot of your own."
            ).format(id=recorded.procedure.id)
        )


def tell(recorded: Recorded, say: Callable[[str], object]) -> None:
    """Say what an attempt found, and at once and with the address when it may be a slot."""
    visit = recorded.visit
    words = outcome_words(visit.outcome)
    why = f" ({reason_words(visit.reason)})" if visit.reason else ""
    numbers = {"id": recorded.procedure.name, "sequence": recorded.sequence}
    say(_("{id}: n° {sequence}, {words}").format(**numbers, words=f"{words}{why}"))
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
