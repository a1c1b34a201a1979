"""The end of ``temoin init``: a first attempt, like any other, and one look of the person at what it brought."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capture.driver import started_driver
from commands.dialogue import Dialogue, can_show
from scheduler.job import Recorded, capture_and_record, open_workshop, prepare_store
from scheduler.manual import tell
from scheduler.notices import describe
from store.store import Store
from temoin.clock import utc_now
from temoin.drafts import ProcedureDraft
from temoin.errors import RefusedError, UsageError
from temoin.messages import _
from temoin.records import CaseKind, Mode, Outcome, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from temoin.records import Visit
    from temoin.settings import Procedure, Settings

ANSWERS = (Outcome.NO_SLOT, Outcome.NO_CALENDAR)
LONGEST = 400  # characters of the conditions that are shown: enough to know them again


def note_kind(settings: "Settings", kind: CaseKind) -> None:
    """Open the home machine's one case, if there is none, and say what it asks for, if nobody has said so yet."""
    with Store.open(settings.station.data_dir, now=utc_now) as store:
        prepare_store(settings, store, now=utc_now())
        cases = store.cases()
        if len(cases) == 1 and cases[0].closed is None and cases[0].kind == CaseKind.OTHER.value:
            store.change_case(cases[0].code, kind=kind.value)


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
    recorded: Recorded, draft: ProcedureDraft, dialogue: Dialogue, *, folder: Path, show: bool, today: "date"
) -> ProcedureDraft:
    """The démarche with what the person said of the first pictures: confirmed or not, and which choices are theirs."""
    visit = recorded.visit
    _tell_conditions(visit, dialogue)
    if visit.outcome is Outcome.SLOT_SEEN or not visit.parts:
        return draft  # the person has something better to do, or there is nothing to look at
    _show_picture(recorded, dialogue, folder=folder, show=show)
    if visit.outcome not in ANSWERS:
        if visit.outcome is Outcome.UNRECOGNISED:
            dialogue.say(_("The page was not recognised. If the picture shows the wrong page, correct the address."))
        dialogue.say(
            _("There is nothing to confirm yet. Once a picture shows the answer, write its day in “confirmed”.")
        )
        return draft
    found = [(part.label, part.matched.text) for part in visit.parts if part.matched is not None]
    dialogue.say(
        _("On the page, Témoin read:"),
        *(f"  {label} → {_quoted(text)}" if label else f"  {_quoted(text)}" for label, text in found),
    )
    draft = _ask_offered(visit, draft, dialogue)
    if dialogue.agree(_("Look at the picture. Is it the right page, and the right sentence?")):
        return replace(draft, confirmed=today)
    dialogue.say(
        _("Then compare the address with that of your browser, and correct it in the configuration file."),
        _("If the address is right, report the page to the project. What was recorded is kept as it was seen."),
    )
    return draft


def _tell_conditions(visit: "Visit", dialogue: Dialogue) -> None:
    text = next((a.data.decode() for a in visit.terms_artefacts if a.role is Role.TEXT), "")
    if not text:
        return
    words = " ".join(text.split())
    shown = words if len(words) <= LONGEST else words[:LONGEST] + "…"
    dialogue.say(
        _("The conditions that the visit met are photographed and kept, as those that you have read:"),
        f"  {_quoted(shown)}",
    )


def _quoted(words: str) -> str:
    return _("“{words}”").format(words=words)


def _show_picture(recorded: Recorded, dialogue: Dialogue, *, folder: Path, show: bool) -> None:
    """A copy of the first picture where the person finds it; the evidence itself is in the store."""
    artefacts = recorded.visit.parts[0].artefacts
    roles = (Role.EXHIBIT, Role.WINDOW, Role.PAGE)
    picture = next((a.data for role in roles for a in artefacts if a.role is role), None)
    if picture is None:
        return
    path = folder / f"{recorded.procedure.id}-{recorded.sequence}.png"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(picture)
    dialogue.say(_("The picture, to look at (you may delete this copy): {path}").format(path=path))
    if show and can_show():
        click.launch(str(path))


def _ask_offered(visit: "Visit", draft: ProcedureDraft, dialogue: Dialogue) -> ProcedureDraft:
    """Which of the choices that the site offered are the person's own."""
    labels = list(dict.fromkeys(str(choice["label"]) for choice in visit.offered))
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
