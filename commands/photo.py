"""``temoin photo``: the person's own browser window, photographed and recorded."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from commands.common import case_option, make_keys, open_store, read_settings
from temoin.clock import utc_now
from temoin.errors import UsageError
from temoin.messages import _
from temoin.records import Outcome

if TYPE_CHECKING:
    from capture.desktop import OpenWindow
    from scheduler.photo import Photo
    from temoin.settings import Procedure, Settings

ANSWERS = (  # ``scheduler.photo.ANSWERS``, which is too slow to read for --help; a test holds them equal
    "no_slot",
    "no_calendar",
    "slot_seen",
    "overloaded",
    "maintenance",
    "closed_link",
    "unreachable",
    "unrecognised",
)


@click.command()
@click.argument("procedure")
@click.option("--answer", type=click.Choice(ANSWERS), help="What the page answered; left out, you are asked.")
@click.option("--address", help="The page’s address, as the address bar shows it.")
@click.option("--window", "title", default="", help="Words of the window’s title, when several are open.")
@click.option("--delay", type=click.IntRange(0, 60), help="Seconds before the picture is taken.")
@click.option("--in-account/--not-in-account", "inside", default=None, help="Were you signed in (ANEF, FranceConnect)?")
@case_option
@click.pass_context
def photo(
    context: click.Context,
    procedure: str,
    *,
    answer: str | None,
    address: str | None,
    title: str,
    delay: int | None,
    inside: bool | None,
    code: str | None,
) -> None:
    """Photograph your own browser’s window, and record what you saw."""
    from scheduler.photo import (  # noqa: PLC0415 - a quick start for --help
        COUNTDOWN_SECONDS,
        Photo,
        check_address,
        check_followed,
        is_inside_account,
    )

    asking = sys.stdin.isatty()
    if answer is None and not asking:
        raise UsageError(
            _("What did the page answer? Nobody is at the terminal to say."),
            remedy=_("Add --answer with one of: {answers}.").format(answers=", ".join(ANSWERS)),
        )
    settings = read_settings(context)
    chosen = settings.procedure(procedure)
    address = None if address is None else check_address(address)
    with open_store(settings, read_only=False) as store:
        check_followed(store, chosen)
    window = _chosen_window(title, (0 if title or not asking else COUNTDOWN_SECONDS) if delay is None else delay)
    taken = Photo(at=utc_now(), picture=window.photograph(), browser=window.browser, outcome=Outcome.UNRECOGNISED)
    click.echo(_("Photographed: {title}.").format(title=window.title))
    taken = replace(taken, outcome=Outcome(answer or _ask_answer()))
    if address is None and asking:
        address = _ask_address(chosen)
    if inside is None:
        inside = is_inside_account(chosen.url, address or "") or (asking and _ask_inside())
    _keep(settings, chosen, replace(taken, address=address or ""), code=code, inside=inside)


def _keep(settings: "Settings", chosen: "Procedure", taken: "Photo", *, code: str | None, inside: bool) -> None:
    """To the captures, or inside an account to the erasable journal; only then is anything told."""
    from scheduler.job import prepare_store  # noqa: PLC0415 - a quick start for --help
    from scheduler.stamps import Stamps  # noqa: PLC0415
    from web.photographs import keep_photograph  # noqa: PLC0415

    stamps = Stamps(settings, simulated=False)
    with open_store(settings, read_only=False) as store:
        prepare_store(settings, store, now=utc_now())
        sequence = keep_photograph(
            settings,
            store,
            chosen,
            taken,
            code=code,
            inside=inside,
            keys=make_keys(),
            recorded=stamps.begin,
            say=click.echo,
        )
    if taken.outcome is Outcome.SLOT_SEEN:
        click.echo(_("An appointment may be free: take it now, in your browser."))
        if not inside:
            click.echo(_after_slot(sequence))
    stamps.finish()


def _chosen_window(title: str, delay: int) -> "OpenWindow":
    from capture.desktop import choose_window, open_windows  # noqa: PLC0415 - a quick start for --help
    from scheduler.photo import warning_words  # noqa: PLC0415

    click.echo(warning_words(), err=True)
    for left in range(delay, 0, -1):
        click.echo(_("Bring your browser to the front: {seconds} s").format(seconds=left), err=True)
        time.sleep(1)
    meant = choose_window(open_windows(), title)
    if len(meant) == 1:
        return meant[0]
    if not sys.stdin.isatty():
        raise UsageError(
            _("Several browser windows are open, and none of them is in front."),
            remedy=_("Add --window with words of its title: {titles}.").format(
                titles="; ".join(window.title for window in meant)
            ),
        )
    return meant[_number([f"{window.title} ({window.browser})" for window in meant], _("Which window?"))]


def _ask_answer() -> str:
    from scheduler.photo import answer_words  # noqa: PLC0415 - a quick start for --help

    words = answer_words()
    return list(words)[_number(list(words.values()), _("What did the page answer?"))].value


def _number(choices: Sequence[str], question: str) -> int:
    for number, words in enumerate(choices, 1):
        click.echo(f"  {number}  {words}", err=True)
    asked = click.prompt(question, type=click.IntRange(1, len(choices)), err=True)
    return int(asked) - 1


def _ask_inside() -> bool:
    """Asked of every site but those that show nothing without an account: a page may bear the person's name."""
    return click.confirm(
        _("Were you signed in to an account (ANEF, FranceConnect), or is your name on the page?"),
        default=False,
        err=True,
    )


def _ask_address(chosen: "Procedure") -> str:
    """What the address bar shows; the followed address only when the person confirms it."""
    question = _("The page’s address, as the address bar shows it")
    return str(click.prompt(question, default=chosen.url, value_proc=_read_address, err=True))


def _read_address(text: str) -> str:
    """What was typed; what is no address is asked again, so that the photograph is not lost over it."""
    from scheduler.photo import check_address  # noqa: PLC0415 - a quick start for --help

    try:
        return check_address(text)
    except UsageError as error:
        raise click.BadParameter(f"{error.message} {error.remedy}") from error


def _after_slot(sequence: int) -> str:
    return _(
        "Then say what came of it: “temoin journal add slot_response --attempt {sequence} --result …”. A slot that was "
        "seen and left would weigh against the rest."
    ).format(sequence=sequence)
