"""A volunteer's round: the assisted tries that are due, of all dossiers, one after the other (DESIGN §7).

Each is offered, and the person opens it, passes it over, puts it off, declines it or stops. Between two visits of one
host a minute passes; meanwhile another host comes first, where there is one. What the person does not open is not
attempted, and stays as it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.invitations import Invitation, decline, invited_procedures, open_invitation, snooze
from scheduler.job import capture_and_record, prepare_store
from scheduler.manual import opening_words, tell
from scheduler.notices import describe
from scheduler.workshop import Workshop, ask_whether
from temoin.errors import RefusedError, UsageError
from temoin.messages import _, n_
from temoin.records import Mode
from temoin.settings import Procedure

PASSING = frozenset({"host_spacing", "host_busy"})  # over in a minute: these are waited for


class Move(StrEnum):
    """What the person wants of a try that is offered."""

    OPEN = "open"
    SKIP = "skip"
    LATER = "later"
    DECLINE = "decline"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How a round speaks with the person, and waits: ``ask`` gives their move, ``wait`` lets seconds pass."""

    ask: Callable[[str], Move]
    say: Callable[[str], object]
    wait: Callable[[float], object]


def tries_of(workshop: Workshop, *, every: bool) -> tuple[Procedure, ...]:
    """What a round offers: the procedures with an open invitation, the oldest first; with ``every``, the others too.

    Raises:
        StoreError: the store cannot be read.
    """
    now = workshop.clock.now()
    procedures = invited_procedures(workshop.settings, workshop.store)
    found = [(_invitation(workshop, procedure, now), procedure) for procedure in procedures]
    due = sorted(((one.due, procedure) for one, procedure in found if one is not None), key=lambda pair: pair[0])
    others = [procedure for one, procedure in found if one is None] if every else []
    return (*(procedure for _due, procedure in due), *others)


def make_round(workshop: Workshop, procedures: Sequence[Procedure], talk: Round) -> tuple[int, ...]:
    """Offer each of ``procedures`` once; the entries of the attempts that were recorded.

    Raises:
        BrowserError: no usable browser or display.
        StoreError: the evidence could not be kept.
    """
    prepare_store(workshop.settings, workshop.store, now=workshop.clock.now())
    left, made = list(procedures), list[int]()
    while left:
        procedure = _next(workshop, left)
        talk.say(_offered(workshop, procedure, len(left)))
        left.remove(procedure)
        move = talk.ask(procedure.id)
        if move is Move.STOP:
            break
        if move is Move.OPEN:
            made += _try(workshop, procedure, talk)
        elif move in {Move.LATER, Move.DECLINE}:
            answer(workshop, procedure, move, say=talk.say)
    talk.say(
        n_("{count} attempt recorded in this round.", "{count} attempts recorded in this round.", len(made)).format(
            count=len(made)
        )
    )
    return tuple(made)


def answer(workshop: Workshop, procedure: Procedure, move: Move, *, say: Callable[[str], object]) -> None:
    """Put the open invitation of ``procedure`` off, or decline it, and say so.

    Raises:
        StoreError: it could not be committed.
    """
    now = workshop.clock.now()
    invitation = _invitation(workshop, procedure, now)
    if invitation is None:
        say(_("{id}: no invitation is open, so there is nothing to put off or to decline.").format(id=procedure.name))
    elif move is Move.DECLINE:
        decline(workshop.settings, workshop.store, invitation, now=now)
        say(_("{id}: declined, and recorded as such.").format(id=procedure.name))
    else:
        try:
            again = snooze(workshop.settings, workshop.store, invitation, now=now)
        except UsageError as error:
            say(f"{procedure.name}: {error.message} {error.remedy}")
            return
        say(_("{id}: put off to {when}.").format(id=procedure.name, when=_hour(workshop, procedure, again)))


def _invitation(workshop: Workshop, procedure: Procedure, now: datetime) -> Invitation | None:
    return open_invitation(workshop.settings, workshop.store, procedure, now=now)


def _hour(workshop: Workshop, procedure: Procedure, at: datetime) -> str:
    return at.astimezone(ZoneInfo(workshop.settings.zone_of(procedure))).strftime("%H:%M")


def _next(workshop: Workshop, left: Sequence[Procedure]) -> Procedure:
    """The first whose host may be visited at once, so that nobody waits without need; else the first."""
    free = (procedure for procedure in left if ask_whether(workshop, procedure, Mode.ASSISTED).allowed)
    return next(free, left[0])


def _offered(workshop: Workshop, procedure: Procedure, left: int) -> str:
    codes = [case.code for case in workshop.store.cases() if case.closed is None and procedure.id in case.procedures]
    invitation = _invitation(workshop, procedure, workshop.clock.now())
    until = "" if invitation is None else _hour(workshop, procedure, invitation.closes)
    words = _("Left: {left}. {id}, {prefecture}, {label} (cases: {codes})").format(
        left=left,
        id=procedure.id,
        prefecture=procedure.prefecture,
        label=procedure.label,
        codes=", ".join(codes) or "–",
    )
    return words if not until else _("{words}, open until {until}").format(words=words, until=until)


def _try(workshop: Workshop, procedure: Procedure, talk: Round) -> tuple[int, ...]:
    """One attempt, once the host has rested, and its entry; none where it may not be made, which is said."""
    _await_host(workshop, procedure, talk)
    invitation = _invitation(workshop, procedure, workshop.clock.now())
    talk.say(opening_words(procedure))
    try:
        recorded = capture_and_record(
            workshop,
            procedure,
            due=None if invitation is None else invitation.due,
            assisted=True,
            told=lambda recorded: tell(recorded, talk.say),
            noticed=lambda notice: talk.say(describe(notice)),
        )
    except RefusedError as error:
        talk.say(f"{procedure.name}: {error.message} {error.remedy}")
        return ()
    return (recorded.sequence,)


def _await_host(workshop: Workshop, procedure: Procedure, talk: Round) -> None:
    verdict = ask_whether(workshop, procedure, Mode.ASSISTED)
    while verdict.reason in PASSING and verdict.not_before is not None:
        seconds = max(1.0, (verdict.not_before - workshop.clock.now()).total_seconds())
        talk.say(_("The host rests: {seconds} s before the next visit.").format(seconds=round(seconds)))
        talk.wait(seconds)
        verdict = ask_whether(workshop, procedure, Mode.ASSISTED)
