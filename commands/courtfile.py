"""``temoin export`` and ``temoin status``: the court file, and how much it shows by now."""

from pathlib import Path
from typing import Any

import click

from commands.common import DAY, as_json_option, case_option, make_keys, open_store, read_settings
from temoin.clock import utc_now
from temoin.screen import show_json, show_progress


@click.command()
@case_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the bundle goes.")
@click.option("--file", "freeze", is_flag=True, help="Freeze this export as a filing.")
@click.option("--supplement", is_flag=True, help="Freeze what came since the last filing, as its supplement.")
@click.option("--again", default="", help="Issue a frozen filing again, as it was: 1, 1-C1…")
@click.option("--from", "since", type=DAY, help="First day of what is newly numbered, YYYY-MM-DD.")
@click.option("--to", "until", type=DAY, help="Last day of what is newly numbered, YYYY-MM-DD.")
@click.option("--grouping", type=click.Choice(["week", "month", "all", "single"]), default="week", show_default=True)
@click.option("--first-number", type=click.IntRange(1), default=1, show_default=True)
@click.option("--paper", is_flag=True, help="Two captures a page, to be printed.")
@click.option(
    "--identity",
    type=click.Path(path_type=Path),
    help="A file with the person’s name and address, for letters beside the bundle; it is never kept.",
)
@as_json_option
@click.pass_context
def export(
    context: click.Context,
    /,
    code: str | None,
    out: Path,
    *,
    freeze: bool,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - the options, as export_case names them
) -> None:
    """Make the file for the court: a draft, or with --file a filing that never changes again."""
    from exhibits.command import export_case  # noqa: PLC0415 - a quick start for --help
    from exhibits.reading import only_case  # noqa: PLC0415 - as above
    from scheduler.notices import refresh_for_case  # noqa: PLC0415 - as above
    from web.stampers import stamper_for  # noqa: PLC0415 - as above

    settings = read_settings(context)
    changes = freeze or asked["supplement"]
    if changes:  # what is filed shows the préfecture's own page as it is that day
        with open_store(settings) as store:
            for sentence in refresh_for_case(settings, store, code or only_case(store)):
                click.echo(sentence, err=True)
    with open_store(settings, read_only=not changes) as store, show_progress() as progress:
        result = export_case(
            store,
            settings,
            code=code,
            out=out,
            file=freeze,
            now=utc_now(),
            keys=make_keys(progress),
            progress=progress,
            stamper=stamper_for(settings),
            **asked,
        )
    if as_json:
        show_json(result.to_json())
        return
    for sentence in result.sentences():
        click.echo(sentence)


@click.command()
@case_option
@as_json_option
@click.pass_context
def status(context: click.Context, code: str | None, *, as_json: bool) -> None:
    """Say how much each dossier shows by now, what is missing, and when it can be reached."""
    from exhibits.status import read_status, status_json, status_lines  # noqa: PLC0415
    from scheduler.followed import read_followed  # noqa: PLC0415
    from scheduler.retention import retention_sentences  # noqa: PLC0415

    settings, now = read_settings(context), utc_now()
    with open_store(settings) as store:
        found = read_status(store, settings, code=code, now=now)
        followed = {} if as_json else read_followed(settings, store, now=now)
        kept = () if as_json else tuple(retention_sentences(store.cases(), settings, now))
    if as_json:
        show_json(status_json(found))
        return
    plans = {name: one.sentence(settings.station.timezone) for name, one in followed.items()}
    for line in (*status_lines(found, settings, plans=plans), *kept):
        click.echo(line)
