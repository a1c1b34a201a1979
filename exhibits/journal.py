"""The journal of the person's other steps, and their own pieces, as the command line asks for them.

Everything is checked before anything is kept. What is kept is sealed; the register learns the kind, the declared time
and a salted digest (DESIGN §9).
"""

import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from exhibits.attachments import Attachment, read_attachments
from exhibits.item_pages import item_title, neutral_title
from exhibits.model import UNDRAWABLE, clean
from exhibits.reading import check_case, only_case
from store.store import Store
from store.values import AttemptQuery, ItemRow, NewItem
from store.vault import Keys
from temoin.canonical import Json
from temoin.clock import comes_twice, utc_text
from temoin.days import day_words, moment_words
from temoin.errors import UsageError
from temoin.french import french_offset
from temoin.items import JOURNAL, PIECE, ItemContent, item_bytes, read_item
from temoin.messages import _
from temoin.records import JournalKind, Outcome, PieceUse, SlotResult
from temoin.settings import Settings

PICTURES = frozenset({"image/jpeg", "image/png"})
PHOTOGRAPH = "fenetre.png"
LONGEST_TEXT, LONGEST_TITLE = 20_000, 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """What the person tells: ``on`` and ``hour`` are local, ``hour`` None when only the day is known."""

    kind: JournalKind | PieceUse
    on: date | None = None
    hour: time | None = None
    title: str = ""
    text: str = ""
    files: tuple[Path, ...] = ()
    attempt: int | None = None
    result: SlotResult | None = None
    obtained: bool = False
    photograph: bytes | None = None  # of a window, taken by Témoin: it never was a file

    @property
    def entry(self) -> str:
        """``journal`` or ``piece``."""
        return JOURNAL if isinstance(self.kind, JournalKind) else PIECE


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What was added: its entry in the register, and what to tell the person."""

    sequence: int
    case: str
    sentences: tuple[str, ...]


def add_step(store: Store, settings: Settings, step: NewStep, *, code: str | None, keys: Keys, now: datetime) -> Added:
    """Keep a step of the journal or a piece of the person's own.

    Raises:
        UsageError: no such case, a date that cannot be, a file that cannot be used, something that must be said.
        StoreError: the disk refuses, or no place for the key can be had.
    """
    case = code or only_case(store)
    check_case(store, case)
    zone = settings.station.timezone
    at = _instant(step, zone, now)
    _check_step(store, case, step, at)
    taken = () if step.photograph is None else ((PHOTOGRAPH, step.photograph),)
    attachments = read_attachments(step.files, taken)
    _check_files(step, attachments)
    content = _content(step, at, zone, attachments)
    place = store.ensure_vault(keys)
    row = store.add_item(
        NewItem(
            case=case,
            entry=step.entry,
            kind=step.kind.value,
            at=at,
            content=item_bytes(content, secrets.token_hex(32)),
            files=tuple(one.data for one in attachments),
        ),
        now,
    )
    return Added(sequence=row.sequence, case=case, sentences=tuple(_told(row, content, case, place)))


def photograph_step(*, at: datetime, zone: str, title: str, text: str, picture: bytes) -> NewStep:
    """A window photographed inside an account, as a step of the journal: it may bear the person's name."""
    local = at.astimezone(ZoneInfo(zone))
    return NewStep(
        kind=JournalKind.SCREENSHOT,
        on=local.date(),
        hour=local.time().replace(second=0, microsecond=0, fold=0),
        title=title,
        text=text,
        photograph=picture,
    )


def _content(step: NewStep, at: datetime | None, zone: str, attachments: Sequence[Attachment]) -> ItemContent:
    return ItemContent(
        entry=step.entry,
        kind=step.kind,
        at=at,
        timezone=zone,
        has_time=at is not None and step.hour is not None,
        title=step.title.strip(),
        text=step.text.strip(),
        attempt=step.attempt,
        result=step.result,
        obtained=step.obtained or step.result is SlotResult.BOOKED,
        photographed=step.photograph is not None,
        attachments=tuple(one.facts for one in attachments),
    )


def _told(row: ItemRow, content: ItemContent, case: str, place: str) -> Iterator[str]:
    yield _("Entry {sequence} of the register, case {case}: {title}.").format(
        sequence=row.sequence, case=case, title=item_title(content)
    )
    if place == "keyring":
        yield _("It is kept encrypted; the key is in your system’s keyring.")
    else:
        yield _("It is kept encrypted under your passphrase. Without it nobody can read it again: keep it safe.")
    if content.has_time and content.at is not None and comes_twice(content.at, content.timezone):
        yield _(
            "The clocks were put back that night, and {hour} came twice: the first is noted ({offset}). If it was the "
            "second, erase this entry and note it again without --at, with the hour in the text."
        ).format(hour=f"{content.local:%H:%M}", offset=french_offset(content.at, content.timezone))
    if UNDRAWABLE in clean(content.text + content.title):
        yield _(
            "Some characters of the text cannot be drawn in the court’s documents, and appear as □; the text itself is "
            "kept. Add it once more as a PDF or a picture, or in French."
        )
    if content.obtained:
        yield _(
            "An appointment was obtained: nothing more is captured for this case. When all is done: “temoin case close "
            "{case} --why appointment”. If it was none after all: “temoin case change {case} --still-looking”."
        ).format(case=case)


def _instant(step: NewStep, zone: str, now: datetime) -> datetime | None:
    """The declared instant; the first of two where the clocks were put back."""
    if step.on is None:
        if step.entry == JOURNAL:
            raise UsageError(
                _("The day of this step was not given."),
                remedy=_("Add --on YYYY-MM-DD, and --at HH:MM if you know it."),
            )
        return None
    _check_day(step.on, now.astimezone(ZoneInfo(zone)).date())
    at = datetime.combine(step.on, step.hour or time(), tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    if step.hour is not None and at.astimezone(ZoneInfo(zone)).time() != step.hour:
        raise UsageError(
            _("There was no {hour} on {day}: the clocks were put forward.").format(
                hour=step.hour.strftime("%H:%M"), day=day_words(step.on)
            ),
            remedy=_("Give the hour that a clock showed."),
        )
    if at > now:
        raise _to_come(moment_words(at, zone))
    return at


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise _to_come(day_words(day))
    if today - day > timedelta(days=3653):
        raise UsageError(_("{day} is more than ten years ago.").format(day=day_words(day)), remedy=_("Check the year."))


def _to_come(day: str) -> UsageError:
    return UsageError(
        _("{day} is still to come: only what was done can be noted.").format(day=day),
        remedy=_("Check the day and the hour."),
    )


def _check_step(store: Store, case: str, step: NewStep, at: datetime | None) -> None:
    if len(step.text) > LONGEST_TEXT or len(step.title) > LONGEST_TITLE:
        raise UsageError(
            _("The text is longer than {text} characters, or the title than {title}.").format(
                text=LONGEST_TEXT, title=LONGEST_TITLE
            ),
            remedy=_("Shorten it, or attach it as a PDF."),
        )
    if any(unicodedata.category(char) == "Cs" for char in step.text + step.title):  # bytes that were no UTF-8
        raise UsageError(
            _("The text or the title holds bytes that are no characters of UTF-8."),
            remedy=_("Write it in a file, save that as UTF-8, and give it with --text-file."),
        )
    if not step.text.strip() and not step.files and step.result is None:
        raise UsageError(
            _("Nothing was said, and no file was given."), remedy=_("Add --text “what was done”, or --attach FILE.")
        )
    if step.kind is JournalKind.SLOT_RESPONSE:
        _check_slot(store, case, step, at)
    elif step.attempt is not None or step.result is not None:
        raise UsageError(
            _("--attempt and --result go with slot_response only."),
            remedy=_("Leave them out, or note a slot_response."),
        )


def _check_slot(store: Store, case: str, step: NewStep, at: datetime | None) -> None:
    seen = seen_slots(store, case)
    if step.attempt is None or step.result is None:
        raise UsageError(
            _("Which slot, and what came of it?"),
            remedy=_("Add --attempt NUMBER (slots seen: {seen}) and --result.").format(seen=_listed(seen)),
        )
    if step.attempt not in seen:
        raise UsageError(
            _("Entry {sequence} of the register is no slot that was seen for this case.").format(sequence=step.attempt),
            remedy=_("Slots seen: {seen}.").format(seen=_listed(seen)),
        )
    _check_after(store, step, step.attempt, at)


def _check_after(store: Store, step: NewStep, slot: int, at: datetime | None) -> None:
    """What was done about a slot was done after it was seen; a day alone is that whole day."""
    seen = next(store.entries(slot, slot)).at
    last = at if at is None or step.hour is not None else at + timedelta(days=1)
    if last is not None and last <= seen:
        raise UsageError(
            _("The slot of entry {sequence} was seen later than that: {day}.").format(
                sequence=slot, day=seen.isoformat(timespec="minutes")
            ),
            remedy=_("Give the day and the hour of what was done about it."),
        )


def _listed(sequences: Sequence[int]) -> str:
    return ", ".join(map(str, sequences)) or "–"


def open_slots(store: Store, case: str) -> tuple[int, ...]:
    """The slots seen for the case that its journal does not answer, as far as that is known without a key.

    Raises:
        StoreError: there is no such case.
    """
    answers = [row.attempt for row in store.slot_answers(case)]
    left = [sequence for sequence in seen_slots(store, case) if sequence not in answers]
    return tuple(left[answers.count(None) :])  # of an older answer only the seal knows which slot it is about


def seen_slots(store: Store, case: str) -> tuple[int, ...]:
    """The slots that count for the case: seen while it followed the procedure. Raises ``StoreError``."""
    found = (
        row.sequence
        for stretch in store.followed(case)
        for row in store.attempts(AttemptQuery(procedure=stretch.procedure, outcome=Outcome.SLOT_SEEN))
        if stretch.sequence < row.sequence < (stretch.until_sequence or row.sequence + 1)
    )
    return tuple(sorted(found))


def _check_files(step: NewStep, attachments: Sequence[Attachment]) -> None:
    if step.kind is JournalKind.SCREENSHOT and not any(one.facts.media_type in PICTURES for one in attachments):
        raise UsageError(
            _("A screenshot needs its picture."), remedy=_("Add --attach FILE with the PNG or JPEG that you made.")
        )
    if step.entry == PIECE and not attachments:
        raise UsageError(_("A piece needs its file."), remedy=_("Give the PDF, JPEG or PNG file."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One item of a list; ``content`` is None when it was erased or nobody could open it."""

    row: ItemRow
    content: ItemContent | None


def list_items(store: Store, *, code: str | None, entry: str, keys: Keys | None) -> tuple[Listed, ...]:
    """The journal or the pieces of a case, in the order in which they were added; opened when ``keys`` are given.

    Raises:
        UsageError: no such case.
        StoreError: they cannot be opened.
    """
    case = code or only_case(store)
    check_case(store, case)
    return tuple(_listed_item(store, row, keys) for row in store.items(case) if row.entry == entry)


def list_page(
    store: Store, case: str, entry: str, *, before: int | None, limit: int, keys: Keys | None
) -> tuple[Listed, ...]:
    """At most ``limit`` of them, newest first, recorded before the entry ``before``; no other is opened.

    Raises:
        StoreError: no such case; they cannot be opened.
    """
    rows = store.items_page(case, entry, before=before, limit=limit)
    return tuple(_listed_item(store, row, keys) for row in rows)


def _listed_item(store: Store, row: ItemRow, keys: Keys | None) -> Listed:
    if keys is None or row.erased_by is not None:
        return Listed(row=row, content=None)
    content, _files = store.open_item(row.sequence, keys)
    return Listed(row=row, content=read_item(content))


def listed_json(one: Listed) -> Json:
    """One item for programs."""
    content = one.content
    return {
        "sequence": one.row.sequence,
        "case": one.row.case,
        "kind": one.row.kind,
        "at": None if one.row.at is None else utc_text(one.row.at),
        "recorded_at": utc_text(one.row.recorded_at),
        "erased_by": one.row.erased_by,
        "title": None if content is None else content.title,
        "text": None if content is None else content.text,
        "attempt": None if content is None else content.attempt,
        "result": None if content is None or content.result is None else content.result.value,
        "attachments": [] if content is None else [each.name for each in content.attachments],
    }


def listed_cells(one: Listed, zone: str) -> tuple[str, ...]:
    """One item for people: number, kind, declared day, title, files."""
    at = "–" if one.row.at is None else one.row.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")
    if one.row.erased_by is not None:
        return (
            str(one.row.sequence),
            one.row.kind,
            at,
            _("erased by entry {entry}").format(entry=one.row.erased_by),
            "",
        )
    if one.content is None:
        return (str(one.row.sequence), one.row.kind, at, _("sealed"), str(one.row.files))
    names = ", ".join(each.name for each in one.content.attachments)
    words = one.content.title or one.content.text.split("\n")[0] or neutral_title(one.content)
    return (str(one.row.sequence), one.row.kind, at, words, names)


def check_erasable(store: Store, sequence: int, *, code: str | None, entry: str) -> None:
    """Refuse what is no live ``entry`` (``journal`` or ``piece``) of this case: before the person is asked whether.

    Raises:
        UsageError: it is no item of this case, it is of the other kind, or it was erased already.
    """
    case = code or only_case(store)
    check_case(store, case)
    newest = [row for each in (JOURNAL, PIECE) for row in store.items_page(case, each, before=sequence + 1, limit=1)]
    found = next((row for row in newest if row.sequence == sequence and row.erased_by is None), None)
    if found is None:
        raise UsageError(
            _("Entry {sequence} is nothing that was added to case {case} and is still kept.").format(
                sequence=sequence, case=case
            ),
            remedy=_("`temoin journal list` and `temoin piece list` give the numbers."),
        )
    if found.entry != entry:
        raise _other_kind(sequence, found.entry)


def _other_kind(sequence: int, entry: str) -> UsageError:
    if entry == PIECE:
        return UsageError(
            _("Entry {sequence} is a piece of your own, not a step of the journal.").format(sequence=sequence),
            remedy=_("To erase it: “temoin piece erase {sequence}”.").format(sequence=sequence),
        )
    return UsageError(
        _("Entry {sequence} is a step of the journal, not a piece of your own.").format(sequence=sequence),
        remedy=_("To erase it: “temoin journal erase {sequence}”.").format(sequence=sequence),
    )


def erase_item(store: Store, sequence: int, *, code: str | None, entry: str, now: datetime) -> str:
    """Erase one step of the journal, or one piece, for good; what to tell the person.

    Raises:
        UsageError: as ``check_erasable``.
    """
    check_erasable(store, sequence, code=code, entry=entry)
    erasure = store.erase_item(sequence, now)
    return _(
        "What entry {sequence} added is erased; entry {entry} says so. Files that were frozen with a filing keep it: "
        "“temoin case erase” removes those too."
    ).format(sequence=sequence, entry=erasure.sequence)
