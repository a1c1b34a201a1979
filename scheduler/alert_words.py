"""What people are sent, in the active language: short and plain, codes and addresses only (DESIGN §3.6). Pure.

Each slot is a message of its own, until it is only asked what came of it; other alerts of one kind go together, so
that a network that is down for a hundred procedures is one message. A message says what happened, then what to do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from scheduler.alerts import (
    Alert,
    AlertKind,
    GreenFacts,
    InvitationFacts,
    KeptFacts,
    ProcedureFacts,
    SlotFacts,
    StopFacts,
    WeekFacts,
)
from scheduler.telling import URGENT, Due
from temoin.messages import _, n_

S = TypeVar("S")

LINES = 10  # of one message: more would be cut by the channel, who knows where
_REMINDERS = 3  # tellings of a slot on the first hour; from then on it is asked what came of it
_ALONE = frozenset({AlertKind.SLOT_SEEN, AlertKind.SLOT_MAYBE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, and the keys of what it tells."""

    keys: tuple[str, ...]
    title: str
    body: str
    urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom it is for: when they read it, in which zone, and what they call procedures.

    ``names`` is empty for what is sent, which names codes alone; the local page shows the person's own labels.
    """

    now: datetime
    zone: str
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, procedure: str) -> str:
        """What this reader calls the procedure of that id."""
        return self.names.get(procedure, procedure)

    def when(self, at: datetime | None) -> str:
        """An instant as it is read there."""
        return "–" if at is None else at.astimezone(ZoneInfo(self.zone)).strftime(_("%Y-%m-%d at %H:%M"))

    def hour(self, at: datetime) -> str:
        """The hour of an instant that is near."""
        return at.astimezone(ZoneInfo(self.zone)).strftime("%H:%M")

    @property
    def today(self) -> str:
        """The day it is there, as commands take it."""
        return self.now.astimezone(ZoneInfo(self.zone)).date().isoformat()

    def age(self, at: datetime | None) -> str:
        """How long ago it was."""
        if at is None:
            return _("never")
        zone = ZoneInfo(self.zone)
        days = (self.now.astimezone(zone).date() - at.astimezone(zone).date()).days
        return n_("{count} day ago", "{count} days ago", days).format(count=days) if days > 0 else _("today")


def messages_of(due: Iterable[Due], reader: Reader) -> tuple[Message, ...]:
    """The messages that tell all of ``due``, in its order."""
    return tuple(_messages(due, reader))


def _messages(due: Iterable[Due], reader: Reader) -> Iterator[Message]:
    for (kind, late), group in groupby(sorted(due, key=_is_late), key=lambda one: (one.alert.kind, _is_late(one))):
        every = tuple(group)
        for several in ((one,) for one in every) if kind in _ALONE and not late else (every,):
            yield _message(kind, several, reader)


def _is_late(due: Due) -> bool:
    """Whether it is about a slot that is long gone: it waits behind what is new, and goes with others of its kind."""
    return due.alert.kind is AlertKind.SLOT_SEEN and due.times >= _REMINDERS


def _message(kind: AlertKind, due: Sequence[Due], reader: Reader) -> Message:
    title = _slot_title(due[0].times) if kind is AlertKind.SLOT_SEEN else title_words(kind)
    lines = [_LINE_OF[kind](one, reader) for one in due[:LINES]]
    more = len(due) - LINES
    if more > 0:
        lines.append(n_("… and {count} more.", "… and {count} more.", more).format(count=more))
    advice = _advice(kind, due)
    return Message(
        keys=tuple(one.alert.key for one in due),
        title=_marked(title, due),
        body="\n".join([*lines, advice] if advice else lines),
        urgent=kind in URGENT,
    )


def _marked(title: str, due: Sequence[Due]) -> str:
    """What is simulated says so (DESIGN §3.8)."""
    simulated = any(getattr(one.alert.subject, "simulated", False) for one in due)
    return _("SIMULATION: {title}").format(title=title) if simulated else title


def build_test() -> Message:
    """What shows that a channel works."""
    body = _("This is a test. You will be told here when an appointment may be free, or when something needs you.")
    return Message(keys=("test",), title=_("Témoin: test"), body=body, urgent=False)


def title_words(kind: AlertKind) -> str:
    """What the alert is called, in the active language."""
    titles = {
        AlertKind.SLOT_SEEN: _slot_title(0),
        AlertKind.SLOT_MAYBE: _("Look at the site yourself"),
        AlertKind.INVITED: _("A try waits for you"),
        AlertKind.NOT_RUNNING: _("Témoin is not running"),
        AlertKind.HOST_STOPPED: _("A site refused the visit"),
        AlertKind.SENTENCE_COVERED: _("A picture lacks its sentence"),
        AlertKind.PAGE_CHANGED: _("A page is no longer recognised"),
        AlertKind.FAILING: _("Attempts fail"),
        AlertKind.NOT_FOLLOWED: _("Planned visits were missed"),
        AlertKind.LEFT: _("Invitations were not followed"),
        AlertKind.DISK_LOW: _("The disk is nearly full"),
        AlertKind.CLOCK_OFF: _("This computer’s clock is wrong"),
        AlertKind.AUTHORITIES_FAILING: _("No timestamp is had"),
        AlertKind.LEVEL_GREEN: _("The proof of attempts is green"),
        AlertKind.WEEK: _("The past week"),
        AlertKind.KEPT: _("A closed case is still kept"),
    }
    return titles[kind]


def line_of(alert: Alert, reader: Reader) -> str:
    """The alert in a sentence or two, as a message tells it the first time."""
    return _LINE_OF[alert.kind](Due(alert=alert, times=0), reader)


def _slot_title(times: int) -> str:
    if times >= _REMINDERS:
        return _("What came of the appointment that was seen?")
    return _("Reminder: an appointment may be free") if times else _("An appointment may be free")


def _advice(kind: AlertKind, due: Sequence[Due]) -> str:
    """What to do, said once for all lines; empty where each line says it, or nothing is to be done."""
    if kind is AlertKind.WEEK and any(_subject(one.alert, WeekFacts).by_hand for one in due):
        return ""
    advices = {
        AlertKind.NOT_RUNNING: _("Start it again: “temoin run”."),
        AlertKind.INVITED: _(
            "An hour later: “temoin tour --later”. Not today: “temoin tour --decline”. You may as well open the "
            "address in your own browser, and photograph what it shows: “temoin photo”."
        ),
        AlertKind.HOST_STOPPED: _(
            "Témoin leaves it alone for that long. You may visit it in your own browser, and photograph what it shows: "
            "“temoin photo”."
        ),
        AlertKind.SENTENCE_COVERED: _("Something hides the sentence in the window: look at the picture."),
        AlertKind.PAGE_CHANGED: _(
            "Such visits prove nothing. Look at the page in your own browser: “temoin photo” photographs it there, and "
            "“temoin journal add screenshot” takes a screenshot of your own."
        ),
        AlertKind.FAILING: _(
            "“temoin list” says why. Try in your own browser: “temoin photo” photographs what it shows, and “temoin "
            "journal add screenshot” takes a screenshot of your own."
        ),
        AlertKind.NOT_FOLLOWED: _("Leave the computer on at the hours that “temoin plan” shows."),
        AlertKind.LEFT: _(
            "They should come when you are there: change “windows” of the démarche, or “assisted_per_week”, in "
            "config.toml. “temoin tour --all” makes a try now."
        ),
        AlertKind.WEEK: _(
            "One try a week by your own hand is the best answer to “a robot tried, not the person”: in your own "
            "browser with “temoin photo”, or in Témoin’s window with “temoin capture --assist”."
        ),
    }
    return advices.get(kind, "")


def _slot_line(due: Due, reader: Reader) -> str:
    slot = _subject(due.alert, SlotFacts)
    if due.times >= _REMINDERS:
        told = _("{procedure}: an appointment was seen on {when}. Nobody has said what came of it.")
        first = told.format(procedure=reader.name(slot.procedure), when=reader.when(slot.at))
    else:
        told = _("{procedure}: seen on {when}. Open it now:")
        first = told.format(procedure=reader.name(slot.procedure), when=reader.when(slot.at)) + f"\n{slot.url}"
    if not slot.waiting:
        return first
    then = _(
        "Then say what came of it: “temoin journal add slot_response --case {case} --attempt {number} --on {day} "
        "--result …”."
    )
    several = _("For these cases: {cases}.").format(cases=", ".join(slot.waiting)) if len(slot.waiting) > 1 else ""
    return "\n".join(
        line
        for line in (first, then.format(case=slot.waiting[0], number=slot.sequence, day=reader.today), several)
        if line
    )


def _maybe_line(due: Due, reader: Reader) -> str:
    one = _subject(due.alert, ProcedureFacts)
    told = _("{procedure}: on {when} the site led past the question. An appointment may be free. Open it now:")
    return told.format(procedure=reader.name(one.id), when=reader.when(due.alert.since)) + f"\n{one.url}"


def _invitation_line(due: Due, reader: Reader) -> str:
    one = _subject(due.alert, InvitationFacts)
    told = _("{procedure}: on {when}, until {until}. “temoin tour {procedure}” opens the window.")
    words = told.format(procedure=one.procedure, when=reader.when(one.due), until=reader.hour(one.closes))
    cases = [_("For these cases: {cases}.").format(cases=", ".join(one.cases))] if len(one.cases) > 1 else []
    return "\n".join([words, *cases, one.url])


def _ages(one: ProcedureFacts, reader: Reader) -> str:
    ages = _("Last visit: {visit}. Last one that found no appointment: {proof}.")
    return ages.format(visit=reader.age(one.last_visit), proof=reader.age(one.last_proof))


def _row_words(told: str, due: Due, reader: Reader) -> str:
    one = _subject(due.alert, ProcedureFacts)
    words = told.format(procedure=reader.name(one.id), count=due.alert.count, when=reader.when(due.alert.since))
    return f"{words} {_ages(one, reader)}"


def _row_line(due: Due, reader: Reader) -> str:
    count = due.alert.count
    told = n_(
        "{procedure}: {count} attempt, on {when}.", "{procedure}: {count} attempts in a row, since {when}.", count
    )
    return _row_words(told, due, reader)


def _plan_line(due: Due, reader: Reader) -> str:
    count = due.alert.count
    told = n_(
        "{procedure}: {count} planned visit did not take place, on {when}.",
        "{procedure}: {count} planned visits did not take place, since {when}.",
        count,
    )
    return _row_words(told, due, reader)


def _left_line(due: Due, reader: Reader) -> str:
    count = due.alert.count
    told = n_(
        "{procedure}: {count} invitation was not followed, on {when}.",
        "{procedure}: {count} invitations in a row were not followed, since {when}.",
        count,
    )
    return _row_words(told, due, reader)


def _stop_line(due: Due, reader: Reader) -> str:
    stop = _subject(due.alert, StopFacts)
    if stop.procedure is not None:
        told = _("{procedure}, {host}: no visit before {when}.")
        return told.format(procedure=reader.name(stop.procedure), host=stop.host, when=reader.when(stop.until))
    return _("{host}: no visit before {when}.").format(host=stop.host, when=reader.when(stop.until))


def _disk_line(due: Due, _reader: Reader) -> str:
    told = _("{megabytes} MB are left where the evidence is kept. Free some space: on a full disk nothing is recorded.")
    return told.format(megabytes=due.alert.amount // 1_000_000)


def _clock_line(due: Due, _reader: Reader) -> str:
    told = _("It is {seconds} seconds off. Have the system set it by itself.")
    return told.format(seconds=due.alert.amount)


def _authorities_line(due: Due, reader: Reader) -> str:
    told = _("No authority has answered since {when}. Attempts are recorded; their time rests on this computer.")
    return told.format(when=reader.when(due.alert.since))


def _green_line(due: Due, reader: Reader) -> str:
    one = _subject(due.alert, GreenFacts)
    told = _(
        "Case {case}, {procedure}: the landmarks are reached, and the judge weighs freely. Have the case looked at by "
        "an association or a lawyer. “temoin status --case {case}” says more."
    )
    return told.format(case=one.case, procedure=reader.name(one.procedure))


def _week_line(due: Due, _reader: Reader) -> str:
    one = _subject(due.alert, WeekFacts)
    attempts = n_("{count} attempt", "{count} attempts", one.attempts).format(count=one.attempts)
    parts = [
        _("{count} without an appointment").format(count=one.proofs),
        *_some(one.dysfunctions, _("failures of the site: {count}")),
        *_some(one.refusals, _("refusals: {count}")),
        *_some(one.slots, _("slots seen: {count}")),
        *_some(one.missed, _("planned and missed: {count}")),
        _("by your own hand: {count}").format(count=one.by_hand),
    ]
    told = _("Case {case}, week {week}: {attempts}; {details}.")
    return told.format(case=one.case, week=one.week, attempts=attempts, details=", ".join(parts))


def _kept_line(due: Due, _reader: Reader) -> str:
    return _subject(due.alert, KeptFacts).sentence


def _some(count: int, words: str) -> Iterator[str]:
    if count:
        yield words.format(count=count)


def _subject(alert: Alert, kind: type[S]) -> S:
    if not isinstance(alert.subject, kind):
        raise TypeError(f"{alert.key} is about {alert.subject!r}")
    return alert.subject


_LINE_OF: Mapping[AlertKind, Callable[[Due, Reader], str]] = MappingProxyType(
    {
        AlertKind.SLOT_SEEN: _slot_line,
        AlertKind.SLOT_MAYBE: _maybe_line,
        AlertKind.INVITED: _invitation_line,
        AlertKind.NOT_RUNNING: _plan_line,
        AlertKind.HOST_STOPPED: _stop_line,
        AlertKind.SENTENCE_COVERED: _row_line,
        AlertKind.PAGE_CHANGED: _row_line,
        AlertKind.FAILING: _row_line,
        AlertKind.NOT_FOLLOWED: _plan_line,
        AlertKind.LEFT: _left_line,
        AlertKind.DISK_LOW: _disk_line,
        AlertKind.CLOCK_OFF: _clock_line,
        AlertKind.AUTHORITIES_FAILING: _authorities_line,
        AlertKind.LEVEL_GREEN: _green_line,
        AlertKind.WEEK: _week_line,
        AlertKind.KEPT: _kept_line,
    }
)
