"""``temoin photo``: the person's own browser window, photographed and recorded."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from commands.common import case_option, make_keys, open_store, read_settings
from temoin.clock import utc_now
from temoin.errors import UsageError
from temoin.messages import _
from temoin.records import JournalKind, Outcome

if TYPE_CHECKING:
    from capture.desktop import OpenWindow
    from scheduler.photo import Photo
    from store.store import Store
    from temoin.settings import Procedure, Settings

COUNTDOWN_SECONDS = 5  # to bring the browser to the front, when the command was typed in a terminal
ANSWERS = (  # what a person can say of a page; a refusal of the tool is none of it, since no tool visited
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
    from scheduler.photo import Photo, check_address, check_followed, is_inside_account  # noqa: PLC0415

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
    from scheduler.photo import record_photo  # noqa: PLC0415
    from scheduler.stamps import Stamps  # noqa: PLC0415

    stamps = Stamps(settings, simulated=False)
    found = _answers()[taken.outcome.value]
    with open_store(settings, read_only=False) as store:
        prepare_store(settings, store, now=utc_now())
        if inside:
            sequence = _keep_in_journal(store, settings, chosen, taken, code)
        else:
            sequence = record_photo(settings, store, chosen, taken).sequence
            stamps.begin()
            click.echo(
                _("{id}: n° {sequence}, {words}, as you say.").format(id=chosen.id, sequence=sequence, words=found)
            )
    if taken.outcome is Outcome.SLOT_SEEN:
        click.echo(_("An appointment may be free: take it now, in your browser."))
        if not inside:
            click.echo(_after_slot(sequence))
    stamps.finish()


def _keep_in_journal(
    store: "Store", settings: "Settings", chosen: "Procedure", taken: "Photo", code: str | None
) -> int:
    from exhibits.journal import NewStep, add_step  # noqa: PLC0415 - a quick start for --help
    from scheduler.photo import account_words  # noqa: PLC0415

    local = taken.at.astimezone(ZoneInfo(settings.station.timezone))
    step = NewStep(
        kind=JournalKind.SCREENSHOT,
        on=local.date(),
        hour=local.time().replace(second=0, microsecond=0, fold=0),
        title=chosen.label,
        text=account_words(chosen, taken),
        photograph=taken.picture,
    )
    added = add_step(store, settings, step, code=code, keys=make_keys(), now=utc_now())
    for sentence in added.sentences:
        click.echo(sentence)
    click.echo(_("Taken inside an account, it is in your journal, and not among the captures."))
    return added.sequence


def _chosen_window(title: str, delay: int) -> "OpenWindow":
    from capture.desktop import choose_window, open_windows  # noqa: PLC0415 - a quick start for --help

    click.echo(
        _("The whole browser window is photographed, with the titles of its tabs: close what is nobody’s business."),
        err=True,
    )
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


def _answers() -> dict[str, str]:
    return {
        "no_slot": _("no appointment free"),
        "no_calendar": _("no calendar open"),
        "slot_seen": _("a slot is offered"),
        "overloaded": _("the site is overloaded"),
        "maintenance": _("the site is under maintenance"),
        "closed_link": _("the link is closed"),
        "unreachable": _("the site could not be reached"),
        "unrecognised": _("something else"),
    }


def _ask_answer() -> str:
    return ANSWERS[_number(list(_answers().values()), _("What did the page answer?"))]


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
