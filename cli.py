"""The command line: parse, call, render; and the one boundary where errors become sentences and exit codes."""

import errno
import logging
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from commands.backup import backup, restore
from commands.common import DEFAULT_CONFIG, as_json_option, open_store, read_settings
from commands.courtfile import export, status
from commands.dossiers import case
from commands.init import init
from commands.notify import notify
from commands.photo import photo
from commands.register import list_attempts, show, verify
from commands.serve import serve
from commands.service import service
from commands.steps import journal, piece
from commands.tour import tour
from temoin import __version__
from temoin.clock import utc_now
from temoin.errors import ConfigError, InterruptedByUserError, StoreError, TemoinError, UsageError
from temoin.messages import LANGUAGES, _, find_asked_language, translate_help, use_language
from temoin.screen import local_minute, show_findings, show_json, show_table

if TYPE_CHECKING:
    from temoin.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), envvar="TEMOIN_CONFIG", help="The configuration file.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="fr | en")
@click.option("--verbose", is_flag=True, help="Show tracebacks.")
@click.version_option(__version__, prog_name="temoin")
@click.pass_context
def cli(context: click.Context, config: Path | None, lang: str | None, *, verbose: bool) -> None:
    """Témoin proves that the préfecture’s site gave no appointment. It looks; it never books."""
    use_language(lang)
    context.obj = {"config": config or DEFAULT_CONFIG, "verbose": verbose}


@cli.command()
@click.argument("procedures", nargs=-1)
@click.option("--assist", is_flag=True, help="Open a window: you drive, Témoin watches.")
@click.pass_context
def capture(context: click.Context, procedures: tuple[str, ...], *, assist: bool) -> None:
    """Make an attempt now, under the same politeness as the daemon."""
    from capture.driver import driver_and  # noqa: PLC0415

    def get_ready() -> "Settings":
        import scheduler.manual  # noqa: F401, PLC0415 - the slow imports, while the driver starts

        return read_settings(context)

    with driver_and(get_ready) as (driver, settings):
        from scheduler.job import open_workshop  # noqa: PLC0415
        from scheduler.manual import capture_all  # noqa: PLC0415

        chosen = [settings.procedure(name) for name in procedures] or list(settings.procedures)
        with open_workshop(settings, assisted=assist, driver=driver) as workshop:
            for sentence in workshop.noticed:
                click.echo(sentence, err=True)
            capture_all(workshop, chosen, assisted=assist, say=click.echo)


@cli.command()
@click.pass_context
def run(context: click.Context) -> None:
    """Follow every procedure of the configuration, day after day, until stopped."""
    from scheduler.daemon import run_daemon  # noqa: PLC0415

    settings = read_settings(context)
    raise SystemExit(run_daemon(settings, reload=lambda: read_settings(context)))


@cli.command()
@click.option("--days", type=click.IntRange(1, 60), default=2, show_default=True)
@as_json_option
@click.pass_context
def plan(context: click.Context, days: int, *, as_json: bool) -> None:
    """Show the times that were drawn, and an example of those to come."""
    from scheduler.ahead import find_shortfalls, upcoming  # noqa: PLC0415
    from scheduler.invitations import upcoming_invitations  # noqa: PLC0415
    from scheduler.remarks import find_remarks  # noqa: PLC0415
    from temoin.words import mode_words, state_words  # noqa: PLC0415

    settings = read_settings(context)
    with open_store(settings, read_only=False) as store:
        now = utc_now()
        times = sorted(
            (
                *upcoming(settings, store, now=now, days=days),
                *upcoming_invitations(settings, store, now=now, days=days),
            ),
            key=lambda planned: (planned.at, planned.procedure),
        )
        short = find_shortfalls(settings, store, now=now, days=days)
        remarks = find_remarks(settings, store, times)
    if as_json:
        show_json([planned.to_json() for planned in times])
        return
    show_table(
        (_("procedure"), _("time"), _("mode"), _("state"), _("remark")),
        [
            (
                t.procedure,
                local_minute(t.at, settings.station.timezone),
                mode_words(t.mode),
                state_words(t.state),
                remarks.get((t.procedure, t.at), ""),
            )
            for t in times
        ],
    )
    for one in short:
        click.echo(one.sentence(), err=True)


@cli.command()
@as_json_option
@click.pass_context
def check(context: click.Context, *, as_json: bool) -> None:
    """Look whether all that an attempt needs is there. Sends nothing to any site."""
    from scheduler.doctor import examine  # noqa: PLC0415

    report = examine(read_settings(context))
    show_findings(report, as_json=as_json)
    if report.status == "failed":
        raise SystemExit(ConfigError.exit_code)


for group in (
    list_attempts, show, verify,
    init, photo, tour, case, journal, piece, export, status, notify, service, serve, backup, restore,
):  # fmt: skip
    cli.add_command(group)


@cli.command()
@click.option("--weeks", type=click.IntRange(1, 26), default=3, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo-output"), show_default=True)
@click.pass_context
def demo(_context: click.Context, weeks: int, out: Path) -> None:
    """Do the whole job on built-in replica sites; everything is marked as simulated."""
    from demo.run import run_demo  # noqa: PLC0415

    raise SystemExit(run_demo(weeks=weeks, out=out, say=click.echo))


def _on_stop(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C and SIGTERM: no ``Exception``, since whatever is under way (the browser's driver) swallows those.

    From here on the driver also prints what its last answers meet, up to the end of the process; what people are told
    goes round it (``_fail``).
    """
    if "--verbose" not in sys.argv:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    raise KeyboardInterrupt


def main() -> None:
    """Run; an expected error is one sentence and a remedy, an unexpected one asks to be reported."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _on_stop)
    verbose = "--verbose" in sys.argv
    use_language(find_asked_language(sys.argv[1:]))  # click answers --help before it calls anything of ours
    translate_help(cli)
    if not verbose:  # asyncio tells what became of the driver's pipes when all is stopped at once
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        _run()
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(UsageError.exit_code)
    except (KeyboardInterrupt, click.exceptions.Abort):
        _fail(InterruptedByUserError(_("Stopped."), remedy=_("What was committed is kept.")), verbose=verbose)
    except TemoinError as error:
        _fail(error, verbose=verbose)
    except BrokenPipeError:
        _drop_output()  # whoever read has left: nothing to tell them
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the one boundary of the command line (STYLE §4)
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            _drop_output()
            _fail(_no_room(), verbose=verbose)
        traceback.print_exc(file=sys.__stderr__)
        words = _("This was not expected. Please report it with the lines above; nothing was lost.")
        click.echo(words, file=sys.__stderr__)
        sys.exit(1)


def _run() -> None:
    """The command, and its output written out: a reader who has left is noticed here, not by Python at its end."""
    try:
        cli.main(standalone_mode=False)
    finally:
        if sys.stderr is not sys.__stderr__:
            click.echo(file=sys.__stderr__)  # ends the line of the terminal's own ^C
        sys.stdout.flush()


def _drop_output() -> None:
    """What could not be written is forgotten, else Python tries again at its end, and complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _no_room() -> TemoinError:
    """What else needs a disk: the file that the output goes to, the temporary folder."""
    return StoreError(
        _("The disk is full: there is no room for the output, or for temporary files."),
        remedy=_("Free some space, then try again. What was already recorded is intact."),
    )


def _fail(error: TemoinError, *, verbose: bool) -> None:
    if verbose:
        traceback.print_exc()
    click.echo(f"{error.message}\n{error.remedy}".strip(), file=sys.__stderr__)
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
