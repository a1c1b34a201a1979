"""What the daemon has to say of its plans and of the machine: a stable word, a sentence, a level. No side effects."""

import logging
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from scheduler.ahead import Shortfall
from scheduler.drawing import DrawnPlan
from scheduler.sought import planned_procedures
from scheduler.watch import Noticed
from store.chain import Entry
from store.values import PlanRow
from temoin.messages import _
from temoin.settings import Settings

Said = tuple[str, str, int]


def words_of_start(settings: Settings) -> Iterator[Said]:
    """What is watched over from now on."""
    sentence = _("Témoin watches over {count} procedures.").format(count=len(planned_procedures(settings)))
    yield "daemon_started", sentence, logging.INFO
    yield from _words_of_hands(settings)


def words_of_reading(settings: Settings) -> Iterator[Said]:
    """What is watched over since the configuration was read again."""
    sentence = _("Configuration read again: {count} procedures.").format(count=len(planned_procedures(settings)))
    yield "configuration_read", sentence, logging.INFO
    yield from _words_of_hands(settings)


def _words_of_hands(settings: Settings) -> Iterator[Said]:
    """Those that no program visits: nobody is to believe that they are."""
    count = len(settings.procedures) - len(planned_procedures(settings))
    if count:
        sentence = _("Not visited by Témoin alone: {count}. These are for you to try, or their conditions to be read.")
        yield "by_hand", sentence.format(count=count), logging.INFO


def words_of_machine(noticed: Noticed, zone: str) -> Iterator[Said]:
    """That the machine slept, or that its clock was moved."""
    if noticed.moved:
        sentence = _("The clock was moved by {seconds} seconds: no visit before the usual distance has passed.")
        yield "clock_moved", sentence.format(seconds=round(noticed.moved.total_seconds())), logging.WARNING
    elif noticed.absence is not None:
        hours = noticed.absence.since, noticed.absence.until
        since, until = (at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S") for at in hours)
        sentence = _("The machine slept from {since} to {until}: what is left of the day is drawn anew.")
        yield "machine_slept", sentence.format(since=since, until=until), logging.WARNING


def words_of_plans(plans: Iterable[DrawnPlan]) -> Iterator[Said]:
    """What was drawn, what was drawn anew, and what found no room."""
    for plan in plans:
        told = {"procedure": plan.procedure, "count": len(plan.times), "day": plan.day.isoformat()}
        if plan.replaces is None:
            yield "plan_drawn", _("{procedure}: {count} times drawn for {day}.").format(**told), logging.INFO
        else:
            sentence = _("{procedure}: {count} times for {day} now, instead of those of entry {replaces}.")
            yield "plan_redrawn", sentence.format(**told, replaces=plan.replaces), logging.INFO
        if plan.unplaced:
            short = Shortfall(procedure=plan.procedure, day=plan.day, count=plan.unplaced)
            yield "attempts_unplaced", short.sentence(), logging.WARNING


def words_of_invitations(plans: Iterable[PlanRow], unfollowed: int) -> Iterator[Said]:
    """What a person is invited to, and what nobody followed."""
    for plan in plans:
        sentence = _("{procedure}: {count} times drawn for {day}.")
        words = sentence.format(procedure=plan.procedure, count=len(plan.times), day=plan.day)
        yield "plan_drawn", words, logging.INFO
    if unfollowed:
        sentence = _("{count} invitations were not followed.").format(count=unfollowed)
        yield "invitations_missed", sentence, logging.INFO


def words_of_anchor(anchor: Entry | None) -> Iterator[Said]:
    """That the evening's anchor is in the register."""
    if anchor is not None:
        sentence = _("Entry {sequence} anchors the register: every timestamp authority is asked about it.")
        yield "anchor_recorded", sentence.format(sequence=anchor.sequence), logging.INFO


def words_of_notification_trouble(code: str) -> Said:
    """That a round of notifications did not end as it should."""
    sentence = _("A round of notifications ended badly ({code}).")
    return "notification_failed", sentence.format(code=code), logging.WARNING


def words_of_stamping_trouble(code: str) -> Said:
    """That a round of asking for timestamps did not end as it should."""
    sentence = _("A round of asking for timestamps ended badly ({code}).")
    return "stamping_failed", sentence.format(code=code), logging.WARNING
