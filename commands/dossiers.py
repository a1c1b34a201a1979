"""``temoin case``: the dossiers of a station, each an opaque code, never a name."""

from datetime import datetime

import click

from commands.common import DAY, as_json_option, open_store, read_settings
from temoin.clock import utc_now
from temoin.messages import _
from temoin.records import CaseKind, Closing
from temoin.screen import show_json, show_table

kind_option = click.option(
    "--kind",
    type=click.Choice([kind.value for kind in CaseKind]),
    help="What is asked for: it decides what must be proved.",
)


@click.group()
def case() -> None:
    """Dossiers: one person’s file each, under a code that names nobody."""


@case.command("add")
@click.argument("code", required=False)
@kind_option
@click.option("--follow", "procedures", multiple=True, help="A procedure to follow at once; may be repeated.")
@click.option("--asked-on", type=DAY, help="The day the person asked the association to act for them.")
@click.option("--expires", type=DAY, help="The day their present permit ends.")
@click.pass_context
def add(
    context: click.Context,
    code: str | None,
    *,
    kind: str | None,
    procedures: tuple[str, ...],
    asked_on: datetime | None,
    expires: datetime | None,
) -> None:
    """Open a dossier; without a code, one is drawn."""
    from exhibits.dossiers import NewCase, open_case  # noqa: PLC0415 - a quick start for --help

    settings = read_settings(context)
    new = NewCase(
        code=code,
        kind=CaseKind(kind or CaseKind.OTHER),
        procedures=procedures,
        asked_on=None if asked_on is None else asked_on.date(),
        expires_on=None if expires is None else expires.date(),
    )
    with open_store(settings, read_only=False) as store:
        for sentence in open_case(store, settings, new, now=utc_now()):
            click.echo(sentence)


@case.command("list")
@as_json_option
@click.pass_context
def list_cases(context: click.Context, *, as_json: bool) -> None:
    """List the dossiers."""
    from exhibits.dossiers import case_cells, case_json  # noqa: PLC0415

    settings = read_settings(context)
    with open_store(settings) as store:
        rows = store.cases()
    if as_json:
        show_json([case_json(row) for row in rows])
        return
    heads = (_("case"), _("kind"), _("since"), _("closed"), _("procedures"), _("seen by an adviser"))
    show_table(heads, [case_cells(row, settings.station.timezone) for row in rows])


@case.command("follow")
@click.argument("code")
@click.argument("procedures", nargs=-1, required=True)
@click.option("--stop", is_flag=True, help="Follow them no more.")
@click.pass_context
def follow(context: click.Context, code: str, procedures: tuple[str, ...], *, stop: bool) -> None:
    """Let a dossier follow procedures; only captures made from then on count for it."""
    from exhibits.dossiers import follow_procedures  # noqa: PLC0415

    settings = read_settings(context)
    with open_store(settings, read_only=False) as store:
        for sentence in follow_procedures(store, settings, code, procedures, stop=stop, now=utc_now()):
            click.echo(sentence)


@case.command("change")
@click.argument("code")
@kind_option
@click.option("--asked-on", type=DAY, help="The day the person asked the association to act for them.")
@click.option("--expires", type=DAY, help="The day their present permit ends.")
@click.option("--still-looking", is_flag=True, help="An appointment that was noted is none after all: go on.")
@click.option("--reviewed", type=DAY, help="The day an association or a lawyer looked at the file.")
@click.pass_context
def change(
    context: click.Context,
    code: str,
    *,
    kind: str | None,
    asked_on: datetime | None,
    expires: datetime | None,
    reviewed: datetime | None,
    still_looking: bool,
) -> None:
    """Say what became known of a dossier: seen by an adviser, the day its permit ends."""
    from exhibits.dossiers import Change, change_case  # noqa: PLC0415

    days = {"asked_on": asked_on, "expires_on": expires, "reviewed_on": reviewed}
    settings = read_settings(context)
    with open_store(settings, read_only=False) as store:
        known = {name: given.date() for name, given in days.items() if given is not None}
        change = Change(kind=None if kind is None else CaseKind(kind), days=known, still_looking=still_looking)
        click.echo(change_case(store, settings, code, change, now=utc_now()))


@case.command("close")
@click.argument("code")
@click.option("--why", type=click.Choice([why.value for why in Closing]), default="other", show_default=True)
@click.pass_context
def close(context: click.Context, code: str, why: str) -> None:
    """Close a dossier: nothing is followed for it any more, and everything is kept."""
    from exhibits.dossiers import close_case  # noqa: PLC0415

    settings = read_settings(context)
    with open_store(settings, read_only=False) as store:
        click.echo(close_case(store, code, why=why, now=utc_now()))


@case.command("erase")
@click.argument("code")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def erase(context: click.Context, code: str, *, yes: bool) -> None:
    """Erase what is personal in a dossier, for good; captures and the register stay."""
    from exhibits.dossiers import erase_case  # noqa: PLC0415
    from web.made import remove_of_case  # noqa: PLC0415

    settings = read_settings(context)
    with open_store(settings, read_only=False) as store:
        if not yes:
            question = _("Journal, pieces and frozen files of {code} will be gone for good. Erase them?")
            click.confirm(question.format(code=code), abort=True, err=True)
        said = erase_case(store, code, now=utc_now())
    remove_of_case(settings.station.data_dir, code)
    click.echo(said)
