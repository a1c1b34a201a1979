"""``temoin list``, ``show`` and ``verify``: what is in the register, and whether it holds."""

from datetime import datetime
from pathlib import Path

import click

from commands.common import SEQUENCE, as_json_option, open_store, read_settings, roots_of, since_option, until_option
from temoin.clock import day_start
from temoin.records import Outcome
from temoin.screen import show_json, show_pretty, show_report, show_table


@click.command("list")
@since_option
@until_option
@click.option("--procedure")
@click.option("--outcome", type=click.Choice([outcome.value for outcome in Outcome]))
@as_json_option
@click.pass_context
def list_attempts(
    context: click.Context,
    since: datetime | None,
    until: datetime | None,
    procedure: str | None,
    outcome: str | None,
    *,
    as_json: bool,
) -> None:
    """List the attempts, oldest first."""
    from store.listing import attempt_cells, attempt_heads, attempt_json, coverage_of  # noqa: PLC0415
    from store.values import AttemptQuery  # noqa: PLC0415

    settings = read_settings(context)
    query = AttemptQuery(
        since=day_start(since, settings.station.timezone),
        until=day_start(until, settings.station.timezone, later=1),
        procedure=procedure,
        outcome=None if outcome is None else Outcome(outcome),
    )
    with open_store(settings) as store:
        rows = store.attempts(query)
        coverage = coverage_of(store, rows, settings.timestamp.authorities)
        if as_json:
            show_json([attempt_json(store, row, coverage) for row in rows])
            return
    show_table(attempt_heads(coverage), [attempt_cells(row, coverage) for row in rows])


@click.command()
@click.argument("sequence", type=SEQUENCE)
@as_json_option
@click.pass_context
def show(context: click.Context, sequence: int, *, as_json: bool) -> None:
    """Show one entry of the register, its record in full, its files and its timestamps."""
    from store.listing import entry_json  # noqa: PLC0415

    settings = read_settings(context)
    with open_store(settings) as store:
        value = entry_json(store, sequence, settings.timestamp.authorities)
    (show_json if as_json else show_pretty)(value)


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path), required=False)
@click.option("--deep", is_flag=True, help="Also open pictures and documents.")
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A root certificate (PEM) of a timestamp authority; may be repeated.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="Also compare its register with that of another bundle or data folder.",
)
@as_json_option
@click.pass_context
def verify(
    context: click.Context,
    bundle: Path | None,
    *,
    deep: bool,
    roots: tuple[Path, ...],
    against: Path | None,
    as_json: bool,
) -> None:
    """Verify the store, or a bundle: offline, changing nothing."""
    from exhibits.compared import compared  # noqa: PLC0415
    from exhibits.verify_bundle import verify_bundle  # noqa: PLC0415
    from store.pinned import read_roots  # noqa: PLC0415
    from store.verify import verify_store  # noqa: PLC0415

    if bundle is not None:
        place, given = bundle, tuple(root for path in roots for root in read_roots(path))
        report = verify_bundle(bundle, deep=deep, roots=given)
    else:
        settings = read_settings(context)
        place = settings.station.data_dir
        report = verify_store(place, deep=deep, roots=roots_of(settings, roots))
    report = report if against is None else compared(report, place, against)
    show_report(report, as_json=as_json)
    raise SystemExit(report.exit_code)
