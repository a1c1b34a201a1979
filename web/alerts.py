"""Alerts as the page shows them: what notifications tell, with links in the place of commands."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from scheduler.alert_words import LINES, Reader, line_of, title_words
from scheduler.alerts import Alert, AlertKind, KeptFacts, ProcedureFacts, SlotFacts
from temoin.days import day_words
from temoin.messages import _
from temoin.settings import Settings

# Told elsewhere on the page, or in the dossiers.
_ELSEWHERE = frozenset({AlertKind.INVITED, AlertKind.WEEK, AlertKind.LEVEL_GREEN})
_URGENT = frozenset({AlertKind.SLOT_SEEN, AlertKind.SLOT_MAYBE})
STILL_FREE = timedelta(hours=6)  # after so long, nobody is told any more to hurry to the site
_ABOUT_STATION = frozenset({AlertKind.DISK_LOW, AlertKind.CLOCK_OFF, AlertKind.AUTHORITIES_FAILING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAlert:
    """Alerts of one kind: their title, and for each its sentence with links to pages of ours.

    ``address`` is the site's, where it is to be opened at once; ``more`` are those that are left out.
    """

    title: str
    lines: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    is_urgent: bool
    simulated: bool
    address: str = ""
    more: int = 0


def shown_alerts(alerts: Sequence[Alert], settings: Settings, now: datetime) -> tuple[ShownAlert, ...]:
    """Those that this page shows, most pressing first: each slot by itself, other alerts of one kind together."""
    names = {procedure.id: procedure.name for procedure in settings.procedures}
    reader = Reader(now=now, zone=settings.station.timezone, names=names)
    return tuple(_grouped((one for one in alerts if one.kind not in _ELSEWHERE), reader))


def _grouped(alerts: Iterable[Alert], reader: Reader) -> Iterator[ShownAlert]:
    for kind, group in groupby(alerts, key=lambda one: one.kind):
        every = tuple(group)
        for several in ((one,) for one in every) if kind in _URGENT else (every,):
            yield _shown(kind, several, reader)


def _shown(kind: AlertKind, alerts: Sequence[Alert], reader: Reader) -> ShownAlert:
    subject = alerts[0].subject
    urgent = kind in _URGENT
    return ShownAlert(
        title=_title(alerts[0], reader),
        lines=tuple((_line(one, reader), tuple(_links(one))) for one in alerts[:LINES]),
        is_urgent=urgent,
        simulated=any(getattr(one.subject, "simulated", False) for one in alerts),
        address=subject.url if urgent and isinstance(subject, SlotFacts | ProcedureFacts) else "",
        more=max(0, len(alerts) - LINES),
    )


def _title(alert: Alert, reader: Reader) -> str:
    """What the alert is called; a slot of some hours ago is no more to be looked for, but asked about."""
    if isinstance(alert.subject, SlotFacts) and _is_past(alert.subject, reader):
        day = alert.subject.at.astimezone(ZoneInfo(reader.zone)).date()
        return _("An appointment may have been free on {day}").format(day=day_words(day))
    return title_words(alert.kind)


def _is_past(slot: SlotFacts, reader: Reader) -> bool:
    return reader.now - slot.at > STILL_FREE


def _line(alert: Alert, reader: Reader) -> str:
    """The sentence of the notification, but for slots: that one names commands, and the address is a link here."""
    if isinstance(alert.subject, SlotFacts):
        told = (
            _("{procedure}: seen on {when}. It has probably gone since: say what came of it.")
            if _is_past(alert.subject, reader)
            else _("{procedure}: seen on {when}. Look at the site now.")
        )
        return told.format(procedure=reader.name(alert.subject.procedure), when=reader.when(alert.subject.at))
    if alert.kind is AlertKind.SLOT_MAYBE and isinstance(alert.subject, ProcedureFacts):
        told = _("{procedure}: on {when} the site led past the question. An appointment may be free. Look at it now.")
        return told.format(procedure=reader.name(alert.subject.id), when=reader.when(alert.since))
    return line_of(alert, reader)


def _links(alert: Alert) -> Iterator[tuple[str, str]]:
    subject = alert.subject
    if isinstance(subject, SlotFacts):
        for code in subject.waiting:
            yield f"/cases/{code}#slot", _("Say what came of it (dossier: {code})").format(code=code)
        yield f"/captures/{subject.sequence}", _("See the capture")
    elif isinstance(subject, ProcedureFacts):
        yield f"/procedures/{subject.id}", _("See the démarche")
        if alert.kind is AlertKind.NOT_RUNNING:
            yield "#health", _("See how this computer is")
    elif isinstance(subject, KeptFacts):
        yield "/cases", _("See the dossiers")
    elif alert.kind in _ABOUT_STATION:
        yield "#health", _("See how this computer is")
