"""Alerts as the page shows them: what notifications tell, with links in the place of commands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.alert_words import Reader, line_of, title_words
from scheduler.alerts import Alert, AlertKind, KeptFacts, ProcedureFacts, SlotFacts
from temoin.messages import _
from temoin.settings import Settings

# Told elsewhere on the page, or in the dossiers.
_ELSEWHERE = frozenset({AlertKind.INVITED, AlertKind.WEEK, AlertKind.LEVEL_GREEN})
_URGENT = frozenset({AlertKind.SLOT_SEEN, AlertKind.SLOT_MAYBE})
_ABOUT_STATION = frozenset({AlertKind.DISK_LOW, AlertKind.CLOCK_OFF, AlertKind.AUTHORITIES_FAILING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAlert:
    """One alert: its title and sentence; ``address`` is the site's, ``links`` are pages of ours with their words."""

    title: str
    line: str
    is_urgent: bool
    simulated: bool
    address: str = ""
    links: tuple[tuple[str, str], ...] = ()


def shown_alerts(alerts: Sequence[Alert], settings: Settings, now: datetime) -> tuple[ShownAlert, ...]:
    """Those that this page shows, most pressing first."""
    reader = Reader(now=now, zone=settings.station.timezone)
    return tuple(_shown(alert, reader) for alert in alerts if alert.kind not in _ELSEWHERE)


def _shown(alert: Alert, reader: Reader) -> ShownAlert:
    subject = alert.subject
    urgent = alert.kind in _URGENT
    address = subject.url if urgent and isinstance(subject, SlotFacts | ProcedureFacts) else ""
    return ShownAlert(
        title=title_words(alert.kind),
        line=_line(alert, reader),
        is_urgent=urgent,
        simulated=bool(getattr(subject, "simulated", False)),
        address=address,
        links=tuple(_links(alert)),
    )


def _line(alert: Alert, reader: Reader) -> str:
    """The sentence of the notification, but for slots: that one names commands, and the address is a link here."""
    if isinstance(alert.subject, SlotFacts):
        told = _("{procedure}: seen on {when}. Look at the site now.")
        return told.format(procedure=alert.subject.procedure, when=reader.when(alert.subject.at))
    if alert.kind is AlertKind.SLOT_MAYBE and isinstance(alert.subject, ProcedureFacts):
        told = _("{procedure}: on {when} the site led past the question. An appointment may be free. Look at it now.")
        return told.format(procedure=alert.subject.id, when=reader.when(alert.since))
    return line_of(alert, reader)


def _links(alert: Alert) -> Iterator[tuple[str, str]]:
    subject = alert.subject
    if isinstance(subject, SlotFacts):
        for code in subject.waiting:
            yield f"/cases/{code}#slot", _("Say what came of it (dossier {code})").format(code=code)
        yield f"/captures/{subject.sequence}", _("See the capture")
    elif isinstance(subject, ProcedureFacts):
        yield f"/procedures/{subject.id}", _("See the démarche")
    elif isinstance(subject, KeptFacts):
        yield "/cases", _("See the dossiers")
    elif alert.kind in _ABOUT_STATION:
        yield "#health", _("See how this computer is")
