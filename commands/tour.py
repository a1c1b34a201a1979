"""``temoin tour``: the assisted tries that are due, of all dossiers, in one sitting."""

import sys
import time

import click

from commands.common import read_settings
from temoin.errors import UsageError
from temoin.messages import _

KEYS = {"o": "open", "s": "skip", "l": "later", "d": "decline", "q": "stop"}


@click.command()
@click.argument("procedures", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Also those to which no invitation is open now.")
@click.option("--later", is_flag=True, help="Put the open invitations off by an hour.")
@click.option("--decline", is_flag=True, help="Decline the open invitations.")
@click.pass_context
def tour(context: click.Context, procedures: tuple[str, ...], *, every: bool, later: bool, decline: bool) -> None:
    """Do the tries that need you, one after the other, for every dossier."""
    from scheduler.tour import Move, Round, answer, make_round, tries_of  # noqa: PLC0415 - a quick start for --help
    from scheduler.workshop import open_workshop  # noqa: PLC0415

    if later and decline:
        raise UsageError(_("--later and --decline were both given."), remedy=_("Leave one of them out."))
    settings = read_settings(context)
    asked = {settings.procedure(name).id for name in procedures}
    with open_workshop(settings, assisted=True) as workshop:
        chosen = [one for one in tries_of(workshop, every=every) if not asked or one.id in asked]
        if not chosen:
            click.echo(_("No try that needs you is due. “temoin plan” shows the next ones; --all offers every one."))
            return
        if later or decline:
            for procedure in chosen:
                answer(workshop, procedure, Move.LATER if later else Move.DECLINE, say=click.echo)
            return
        make_round(workshop, chosen, Round(ask=lambda _id: Move(_ask_move()), say=click.echo, wait=time.sleep))


def _ask_move() -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            _("Somebody has to be at the window, and nobody is at the terminal."),
            remedy=_("Run “temoin tour” in a terminal; --later and --decline need nobody."),
        )
    question = _("o: open it, s: skip it, l: later (an hour), d: decline, q: stop")
    asked = click.prompt(question, type=click.Choice(list(KEYS)), default="o", show_choices=False, err=True)
    return KEYS[str(asked)]
