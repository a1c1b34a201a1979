"""``temoin journal`` and ``temoin piece``: what the person did besides the captures, and their own pieces."""

from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click

from commands.common import DAY, SEQUENCE, as_json_option, case_option, make_keys, open_store, read_settings
from temoin.clock import utc_now
from temoin.errors import UsageError
from temoin.items import JOURNAL, PIECE
from temoin.messages import _
from temoin.records import JournalKind, PieceUse, SlotResult
from temoin.screen import show_json, show_table

LONGEST_READ = 100_000  # characters: more than a step may have, which says so

attach_option = click.option(
    "--attach",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A PDF, JPEG, PNG or EML; may be repeated.",
)
on_option = click.option("--on", type=DAY, help="The day it was done, YYYY-MM-DD.")
title_option = click.option("--title", default="", help="A few words for the inventory.")


@click.group()
def journal() -> None:
    """Your other steps: e-mails, letters, visits, what you did about a slot."""


@journal.command("add")
@click.argument("kind", type=click.Choice([kind.value for kind in JournalKind]))
@case_option
@on_option
@click.option("--at", "hour", type=click.DateTime(["%H:%M"]), help="The hour, HH:MM, if you know it.")
@click.option("--text", default="", help="What was done, in your own words.")
@click.option(
    "--text-file", type=click.File(encoding="utf-8-sig"), help="The same, from a file (- for standard input)."
)
@title_option
@attach_option
@click.option("--attempt", type=SEQUENCE, help="slot_response: the number of the slot that was seen.")
@click.option(
    "--result", type=click.Choice([result.value for result in SlotResult]), help="slot_response: what came of it."
)
@click.option("--obtained", is_flag=True, help="An appointment was obtained: captures stop.")
@click.pass_context
def add_journal(context: click.Context, /, kind: str, code: str | None, **told: Any) -> None:  # noqa: ANN401 - the options
    """Note a step of yours."""
    from exhibits.journal import NewStep, add_step  # noqa: PLC0415 - a quick start for --help

    on, hour, result = told["on"], told["hour"], told["result"]
    step = NewStep(
        kind=JournalKind(kind),
        on=None if on is None else on.date(),
        hour=None if hour is None else hour.time(),
        title=told["title"],
        text=_text_of(told["text"], told["text_file"]),
        files=told["files"],
        attempt=told["attempt"],
        result=None if result is None else SlotResult(result),
        obtained=told["obtained"],
    )
    settings = read_settings(context)
    with open_store(settings, read_only=False) as store:
        added = add_step(store, settings, step, code=code, keys=make_keys(), now=utc_now())
    for sentence in added.sentences:
        click.echo(sentence)


def _text_of(text: str, file: TextIO | None) -> str:
    if file is None:
        return text
    if text:
        raise UsageError(_("--text and --text-file were both given."), remedy=_("Leave one of them out."))
    try:
        return file.read(LONGEST_READ)
    except UnicodeDecodeError as error:
        raise UsageError(
            _("{file} is no text in UTF-8.").format(file=file.name), remedy=_("Save it as plain text, UTF-8.")
        ) from error


@click.group()
def piece() -> None:
    """Your own pieces: identity, urgency, seriousness of the request."""


@piece.command("add")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--for", "use", type=click.Choice([use.value for use in PieceUse]), required=True, help="What it is filed for."
)
@case_option
@on_option
@title_option
@click.pass_context
def add_piece(
    context: click.Context, files: tuple[Path, ...], *, use: str, code: str | None, on: datetime | None, title: str
) -> None:
    """Add a piece of yours: one piece, of one file or several."""
    from exhibits.journal import NewStep, add_step  # noqa: PLC0415

    settings = read_settings(context)
    step = NewStep(kind=PieceUse(use), on=None if on is None else on.date(), title=title, files=files)
    with open_store(settings, read_only=False) as store:
        added = add_step(store, settings, step, code=code, keys=make_keys(), now=utc_now())
    for sentence in added.sentences:
        click.echo(sentence)


def _list(context: click.Context, code: str | None, entry: str, *, opened: bool, as_json: bool) -> None:
    from exhibits.journal import list_items, listed_cells, listed_json  # noqa: PLC0415

    settings = read_settings(context)
    with open_store(settings) as store:
        found = list_items(store, code=code, entry=entry, keys=make_keys() if opened else None)
    if as_json:
        show_json([listed_json(one) for one in found])
        return
    heads = ("n°", _("kind"), _("day"), _("words"), _("files"))
    show_table(heads, [listed_cells(one, settings.station.timezone) for one in found])


def _erase(context: click.Context, sequence: int, code: str | None, entry: str, *, yes: bool) -> None:
    from exhibits.journal import check_erasable, erase_item  # noqa: PLC0415

    settings = read_settings(context)
    with open_store(settings, read_only=False) as store:
        check_erasable(store, sequence, code=code, entry=entry)
        if not yes:
            question = _("What entry {sequence} added will be gone for good. Erase it?")
            click.confirm(question.format(sequence=sequence), abort=True, err=True)
        click.echo(erase_item(store, sequence, code=code, entry=entry, now=utc_now()))


open_option = click.option("--open", "opened", is_flag=True, help="Open them too: the key or the passphrase is needed.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@journal.command("list")
@case_option
@open_option
@as_json_option
@click.pass_context
def list_journal(context: click.Context, code: str | None, *, opened: bool, as_json: bool) -> None:
    """List your steps."""
    _list(context, code, JOURNAL, opened=opened, as_json=as_json)


@piece.command("list")
@case_option
@open_option
@as_json_option
@click.pass_context
def list_pieces(context: click.Context, code: str | None, *, opened: bool, as_json: bool) -> None:
    """List your pieces."""
    _list(context, code, PIECE, opened=opened, as_json=as_json)


@journal.command("erase")
@click.argument("sequence", type=SEQUENCE)
@case_option
@yes_option
@click.pass_context
def erase_journal(context: click.Context, sequence: int, code: str | None, *, yes: bool) -> None:
    """Erase a step that was noted by mistake; the register keeps its place and says so."""
    _erase(context, sequence, code, JOURNAL, yes=yes)


@piece.command("erase")
@click.argument("sequence", type=SEQUENCE)
@case_option
@yes_option
@click.pass_context
def erase_piece(context: click.Context, sequence: int, code: str | None, *, yes: bool) -> None:
    """Erase a piece that was added by mistake; the register keeps its place and says so."""
    _erase(context, sequence, code, PIECE, yes=yes)
