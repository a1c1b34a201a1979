"""The end of ``temoin init``: a first attempt, like any other, and one look of the person at what it brought."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capture.driver import started_driver
from commands.dialogue import Dialogue, can_show
from scheduler.first_look import FirstLook, read_look
from scheduler.job import Recorded, capture_and_record, open_workshop
from scheduler.manual import tell
from scheduler.notices import describe
from store.store import Store
from temoin.clock import utc_now
from temoin.drafts import ProcedureDraft
from temoin.errors import RefusedError, UsageError
from temoin.messages import _
from temoin.records import Mode, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from temoin.settings import Procedure, Settings


def make_attempt(settings: "Settings", procedure: "Procedure", dialogue: Dialogue) -> Recorded | None:
    """One attempt, under the politeness of every other; None when it may not be made, and the person knows why.

    Raises:
        BrowserError: no usable browser or display.
        StoreError: the evidence could not be kept.
    """
    assisted = procedure.mode is Mode.ASSISTED
    try:
        with started_driver() as driver, open_workshop(settings, assisted=assisted, driver=driver) as workshop:
            return capture_and_record(
                workshop,
                procedure,
                assisted=assisted,
                told=lambda recorded: tell(recorded, dialogue.say),
                noticed=lambda notice: dialogue.say(describe(notice)),
            )
    except RefusedError as error:
        dialogue.say(error.message, error.remedy)
        return None


def look_at(
    settings: "Settings", sequence: int, draft: ProcedureDraft, dialogue: Dialogue, *, show: bool, today: "date"
) -> ProcedureDraft:
    """The démarche with what the person said of the first pictures: confirmed or not, and which choices are theirs."""
    with Store.open(settings.station.data_dir, now=utc_now, create=False, read_only=True) as store:
        look = read_look(store, sequence)
        picture = b"" if look.picture is None or look.is_over else store.read(look.picture)
    _tell_conditions(look, dialogue)
    if look.is_over:
        return draft
    _show_picture(look, picture, dialogue, folder=settings.path.parent, show=show)
    if not look.is_answer:
        if look.outcome is Outcome.UNRECOGNISED:
            dialogue.say(_("The page was not recognised. If the picture shows the wrong page, correct the address."))
        dialogue.say(
            _("There is nothing to confirm yet. Once a picture shows the answer, write its day in “confirmed”.")
        )
        return draft
    dialogue.say(
        _("On the page, Témoin read:"),
        *(f"  {label} → {_quoted(text)}" if label else f"  {_quoted(text)}" for label, text in look.read),
    )
    draft = _ask_offered(look, draft, dialogue)
    if dialogue.agree(_("Look at the picture. Is it the right page, and the right sentence?")):
        return replace(draft, confirmed=today)
    dialogue.say(
        _("Then compare the address with that of your browser, and correct it in the configuration file."),
        _("What was recorded is kept as it was seen."),
    )
    return draft


def _tell_conditions(look: FirstLook, dialogue: Dialogue) -> None:
    if look.conditions:
        dialogue.say(
            _("The conditions that the visit met are photographed and kept, as those that you have read:"),
            f"  {_quoted(look.conditions)}",
        )


def _quoted(words: str) -> str:
    return _("“{words}”").format(words=words)


def _show_picture(look: FirstLook, picture: bytes, dialogue: Dialogue, *, folder: Path, show: bool) -> None:
    """A copy of the first picture where the person finds it; the evidence itself is in the store."""
    if not picture:
        return
    path = folder / f"{look.procedure}-{look.sequence}.png"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(picture)
    dialogue.say(_("The picture, to look at (you may delete this copy): {path}").format(path=path))
    if show and can_show():
        click.launch(str(path))


def _ask_offered(look: FirstLook, draft: ProcedureDraft, dialogue: Dialogue) -> ProcedureDraft:
    """Which of the choices that the site offered are the person's own."""
    labels = look.offered
    if draft.choices or len(labels) < 2:  # noqa: PLR2004 - one is no choice
        return draft
    dialogue.say(
        _("The site offers several choices:"), *(f"  {place}. {label}" for place, label in enumerate(labels, start=1))
    )
    question = _("Which are yours? (numbers with commas between; only Enter: all of them)")
    chosen = dialogue.text(question, None, lambda text: _numbered(text, labels), option="--choice", default="")
    return replace(draft, choices=chosen)


def _numbered(text: str, labels: "Sequence[str]") -> tuple[str, ...]:
    numbers = text.replace(",", " ").replace(";", " ").split()
    if not all(number.isascii() and number.isdigit() and 1 <= int(number) <= len(labels) for number in numbers):
        raise UsageError(
            _("These are no numbers of the list."),
            remedy=_("Type numbers from 1 to {most}, such as 1, 2.").format(most=len(labels)),
        )
    return tuple(labels[int(number) - 1] for number in dict.fromkeys(numbers))
