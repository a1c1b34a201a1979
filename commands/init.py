"""``temoin init``: a short dialogue, or options, and a configuration that can be used."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from commands.common import read_settings
from commands.dialogue import Dialogue, can_show
from temoin.clock import utc_now
from temoin.errors import InterruptedByUserError, UsageError
from temoin.messages import _
from temoin.records import CaseKind, Mode, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.questions import Given
    from temoin.drafts import ProcedureDraft, StationDraft
    from temoin.settings import Settings

PLATFORM_NAMES = ("ezbooking", "rdv-prefecture", "rdv-service-public", "eappointment", "generic", "photo")

OPTIONS = (
    click.option("--warning-read", is_flag=True, help="The warning was read: have the case checked first."),
    click.option("--prefecture", help="The préfecture’s name."),
    click.option("--label", help="What the appointment is for, as the préfecture writes it."),
    click.option("--url", help="The booking page’s address."),
    click.option("--platform", type=click.Choice(PLATFORM_NAMES), help="Which site, where the address does not tell."),
    click.option("--no-slot-text", help="The exact sentence when nothing is free, for a site that is not known."),
    click.option("--instructions-url", help="The public page that sends people to the booking site."),
    click.option(
        "--conditions",
        type=click.Choice(["silent", "allowed", "forbidden", "unread"]),
        help="What the site’s conditions, which you have read, say of programs.",
    ),
    click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="Who looks at the page."),
    click.option("--choice", "choices", multiple=True, help="A choice on the page that is yours; may be repeated."),
    click.option("--hours", help="Hours of the attempts, such as 07:00-22:30."),
    click.option("--kind", type=click.Choice([kind.value for kind in CaseKind]), help="What is asked for."),
    click.option("--id", help="A short id for the démarche; made from the names when left out."),
    click.option("--notify", "channel", help="desktop, an Apprise address, or none."),
    click.option("--data-dir", default="evidence", show_default=True, help="The folder of the evidence."),
    click.option("--timezone", default="Europe/Paris", show_default=True, help="The time zone, by its IANA name."),
    click.option("--operator", type=click.Choice([o.value for o in Operator]), default="self", show_default=True),
    click.option("--add", is_flag=True, help="Add the démarche to a configuration file that exists."),
    click.option("--attempt/--no-attempt", default=None, help="Make a first attempt at the end, or not."),
    click.option("--open/--no-open", "show", default=True, help="Open pages and pictures for you, or not."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, and where."""

    path: Path
    before: str  # what stands before the démarche
    text: str
    draft: "ProcedureDraft"
    kind: CaseKind | None


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command()
@_with_options
@click.pass_context
def init(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - as many types as there are options
    """Write the configuration in a short dialogue, and make a first attempt."""
    from commands.questions import Given  # noqa: PLC0415 - a quick start for --help

    names = ("channel", "data_dir", "timezone", "operator", "add", "attempt")
    station = {name: options.pop(name) for name in names}
    given, dialogue = Given(**options), Dialogue(person=sys.stdin.isatty())
    try:
        written = _ask_and_write(dialogue, given, context.obj["config"], station)
    except (KeyboardInterrupt, click.Abort) as stop:
        raise InterruptedByUserError(_("Stopped."), remedy=_("Nothing was written.")) from stop
    if written is None:
        dialogue.say(_("Nothing was changed."))
        return
    dialogue.say(_("✓ Written: {path}").format(path=written.path))
    _finish(dialogue, given, context, written, attempt=station["attempt"])


def _ask_and_write(dialogue: Dialogue, given: "Given", path: Path, station: dict[str, Any]) -> Written | None:
    """Ask all, then write; None when the person does not want to add to the file that there is."""
    from commands.questions import ask_hours, ask_kind, ask_procedure, ask_warning  # noqa: PLC0415
    from temoin.config_writing import added_to, check_writable, read_config, write_config  # noqa: PLC0415
    from temoin.drafts import build_procedure, build_station  # noqa: PLC0415
    from temoin.settings import Politeness  # noqa: PLC0415

    check_writable(path)
    existing = _existing(path)
    ask_warning(dialogue, given)
    if existing is not None and not _may_add(dialogue, existing, add=station["add"]):
        return None
    taken = {} if existing is None else {one.id: one.url for one in existing.procedures}
    zone = station["timezone"] if existing is None else existing.station.timezone
    draft = ask_procedure(dialogue, given, taken=taken, today=_today(zone))
    kind, before, reached = None, "", True
    if existing is None:
        tables = _ask_station(dialogue, station, path)
        before, reached = build_station(tables), not tables.notify.refused
    else:
        before, reached = read_config(path), not existing.notify.refused
    if draft.mode is not Mode.PHOTO:
        alone = draft.mode is Mode.UNATTENDED
        pace = Politeness() if existing is None else existing.politeness
        hours = ask_hours(dialogue, given, reached=reached, alone=alone, politeness=pace)
        draft = replace(draft, windows=hours)
    if existing is None and station["operator"] == Operator.SELF.value:
        kind = ask_kind(dialogue, given)
    text = added_to(before, build_procedure(draft))
    write_config(path, text, instead_of=None if existing is None else before)
    return Written(path=path, before=before, text=text, draft=draft, kind=kind)


def _existing(path: Path) -> "Settings | None":
    """The settings of the file that there is.

    Raises:
        ConfigError: it cannot be used as it is.
    """
    from temoin.settings import load_settings  # noqa: PLC0415

    return load_settings(path) if path.exists() else None


def _may_add(dialogue: Dialogue, existing: "Settings", *, add: bool) -> bool:
    if add:
        return True
    if not dialogue.person:
        raise UsageError(
            _("There is a file {path} already; it was left as it is.").format(path=existing.path),
            remedy=_("Give --add to add the démarche to it, or name another file with --config."),
        )
    followed = ", ".join(procedure.id for procedure in existing.procedures) or _("none")
    dialogue.say(
        _("There is a configuration already: {path}").format(path=existing.path),
        _("It follows: {followed}. Nothing in it is changed; a démarche can be added at its end.").format(
            followed=followed
        ),
    )
    return dialogue.agree(_("Add a démarche to it?"), default=True)


def _ask_station(dialogue: Dialogue, station: dict[str, Any], path: Path) -> "StationDraft":
    from commands.reaching import ask_channel  # noqa: PLC0415
    from temoin.answers import clean_line, clean_zone  # noqa: PLC0415
    from temoin.drafts import StationDraft  # noqa: PLC0415

    folder = clean_line(station["data_dir"])
    named = Path(os.environ.get("TEMOIN_DATA_DIR") or folder).expanduser()
    notify = ask_channel(dialogue, station["channel"], path=path, data_dir=path.absolute().parent / named)
    return StationDraft(
        data_dir=folder,
        timezone=clean_zone(station["timezone"]),
        operator=Operator(station["operator"]),
        notify=notify,
    )


def _today(zone: str) -> date:
    from temoin.answers import clean_zone  # noqa: PLC0415

    now: datetime = utc_now()
    return now.astimezone(ZoneInfo(clean_zone(zone))).date()


def _finish(
    dialogue: Dialogue, given: "Given", context: click.Context, written: Written, *, attempt: bool | None
) -> None:
    """The case's kind, the first attempt, and what comes next; all is written already."""
    settings = read_settings(context)
    if written.kind not in {None, CaseKind.OTHER}:
        _note_kind(settings, CaseKind(written.kind))
    if _wants_attempt(dialogue, written.draft, attempt):
        _attempt(dialogue, given, settings, written)
    dialogue.say(_("WHAT NEXT"), *_next_steps(written.draft))


def _note_kind(settings: "Settings", kind: CaseKind) -> None:
    from scheduler.first_look import note_kind  # noqa: PLC0415
    from store.store import Store  # noqa: PLC0415

    with Store.open(settings.station.data_dir, now=utc_now) as store:
        note_kind(settings, store, kind, now=utc_now())


def _next_steps(draft: "ProcedureDraft") -> "Iterator[str]":
    if draft.terms_read is None:
        yield _("First read the site’s conditions, then write the day in the file, at “terms_read”.")
    yield "  temoin check             " + _("says whether all is there")
    if draft.mode is Mode.UNATTENDED:
        yield "  temoin run               " + _("goes on day after day, as long as this window stays open")
        yield "  temoin service install   " + _("does the same by itself, each time you use this computer")
    elif draft.mode is Mode.ASSISTED:
        yield _("An attempt with you, several times a week, on different days and hours:")
        yield f"  temoin capture {draft.id} --assist"
    else:
        yield _(
            "Visit the site several times a week, on different days and hours. When the answer stands on the screen:"
        )
        yield f"  temoin photo {draft.id}"
    yield _("Write to the préfecture too: an e-mail, then a registered letter. Pictures alone are rarely enough.")


def _wants_attempt(dialogue: Dialogue, draft: "ProcedureDraft", attempt: bool | None) -> bool:  # noqa: FBT001 - None is a third answer
    if draft.mode is Mode.PHOTO or draft.terms_read is None or attempt is False:
        return False
    if draft.mode is Mode.ASSISTED and not (dialogue.person and can_show()):
        dialogue.say(_("For a first attempt, at a screen: temoin capture {id} --assist").format(id=draft.id))
        return False
    if attempt or not dialogue.person:
        return True
    dialogue.explain(_("FIRST ATTEMPT. Témoin looks at the page once, as it will every day. It books nothing."))
    return dialogue.agree(_("Make it now?"), default=True)


def _attempt(dialogue: Dialogue, given: "Given", settings: "Settings", written: Written) -> None:
    from commands.first_attempt import look_at, make_attempt  # noqa: PLC0415
    from temoin.config_writing import added_to, write_config  # noqa: PLC0415
    from temoin.drafts import build_procedure  # noqa: PLC0415

    draft = written.draft
    dialogue.say(_("Témoin looks at the page. This may take a minute."))
    recorded = make_attempt(settings, settings.procedure(draft.id), dialogue)
    if recorded is None or not dialogue.person:
        return
    today = _today(settings.station.timezone)
    seen = look_at(settings, recorded.sequence, draft, dialogue, show=given.show, today=today)
    if seen != draft:
        write_config(written.path, added_to(written.before, build_procedure(seen)), instead_of=written.text)
        dialogue.say(_("✓ Noted in {path}.").format(path=written.path))
