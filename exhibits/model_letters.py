"""``data/2_MODELES``: the letters, filled with the case's figures and exhibit numbers, and the captures to send.

In the bundle they bear no name. With an identity, the same letters are written in that name beside the bundle: what is
in the bundle is kept by the store when it is filed, and the identity never is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from exhibits import names
from exhibits.capture_exhibits import draw_selection
from exhibits.capture_pdfs import picture_path
from exhibits.content import Content
from exhibits.desk import MODELS, Desk
from exhibits.facts import AttemptFacts
from exhibits.letters.draw import draw_letters
from exhibits.letters.facts import (
    Dysfunctions,
    ExhibitLine,
    FixedNumbers,
    LetterFacts,
    OwnPiece,
    PreviousFiling,
    Printed,
    Site,
    SlotSeen,
    Step,
    procedure_facts,
)
from exhibits.letters.hearing import HearingPicture
from exhibits.letters.periods import well_spread
from exhibits.letters.prefecture import LETTER_SET, MAIL_ATTACHMENT, MOST_BYTES, MOST_CAPTURES, MOST_PRINTED
from exhibits.model import Numbered, clean, shown_parts
from exhibits.order import NumberedItem
from exhibits.story import EarlierFiling, in_filing_order
from temoin.french import quoted
from temoin.identity import Identity
from temoin.items import JOURNAL, ItemContent
from temoin.messages import _
from temoin.records import JournalKind, PieceUse


def draw_models(content: Content, desk: Desk) -> None:
    """Write the letters without a name, the light attachment of the e-mail and the printable set of the letter.

    Raises:
        StoreError: the disk refuses.
        TemoinError: a document could not be drawn.
        OSError: the disk refuses.
    """
    facts = letter_facts(content, desk.titles)
    desk.progress(_("Writing the letters"), 0, 1)
    folder = desk.bundle / MODELS
    folder.mkdir(parents=True, exist_ok=True)
    draw_letters(facts, None, folder, hearing_picture(content, desk.bundle))
    _draw_captures(content, desk)


def write_named_letters(content: Content, desk: Desk, identity: Identity, folder: Path) -> None:
    """The same letters in the person's name, in ``folder``, which is no part of the bundle.

    Raises:
        OSError: the disk refuses.
    """
    facts = letter_facts(content, desk.titles)
    folder.mkdir(parents=True)
    draw_letters(facts, identity, folder, hearing_picture(content, desk.bundle))


def letter_facts(content: Content, titles: Sequence[tuple[str, str]]) -> LetterFacts:
    """What the letters say of the case (pure)."""
    numbers = {sequence: int(number) for sequence, number in content.numbers.items()}
    procedures = tuple(procedure_facts(one.proofs, numbers) for one in content.figures if one.proofs)
    failed = tuple(
        replace(procedure_facts(one.dysfunctions, {}), address=one.url) for one in content.figures if one.dysfunctions
    )
    heading, order = content.heading, content.order
    return LetterFacts(
        case=heading.case,
        kind=content.material.story.kind,
        operator=heading.voice.operator,
        asked_on=heading.voice.asked_on,
        shared=heading.voice.shared,
        today=content.today,
        draft=heading.draft,
        simulated=heading.simulated,
        procedures=procedures,
        failed=failed,
        sites=tuple(Site(prefecture=one.prefecture, label=one.label) for one in content.figures),
        steps=tuple(_step(one) for one in content.steps if one.item.content.entry == JOURNAL and not _is_answer(one)),
        elsewhere=tuple(_elsewhere(content)),
        slots=tuple(_slots(content)),
        dysfunctions=_dysfunctions(content),
        refusals=len(content.refusals),
        pieces=tuple(_pieces(content.steps)),
        fixed=FixedNumbers(
            summary=order.summary,
            only_way=order.only_way,
            dysfunctions=order.dysfunctions,
            refusals=order.refusals,
            register=order.register,
            method=order.method,
        ),
        exhibits=tuple(_exhibits(titles)),
        previous=None if content.since is None else _previous(content, content.since),
        printed=_printed(content),
    )


def printed_captures(content: Content) -> tuple[Numbered, ...]:
    """The captures that go with the letter: a few, well spread, whose numbers are those of the exhibits."""
    captures = captures_to_send(content)
    return _chosen(captures, well_spread([one.facts for one in captures], MOST_PRINTED))


def _printed(content: Content) -> Printed | None:
    days = [one.facts.local.date() for one in printed_captures(content)]
    return Printed(count=len(days), first=min(days), last=max(days)) if days else None


def _is_answer(one: NumberedItem) -> bool:
    return one.item.content.kind is JournalKind.SLOT_RESPONSE


def _elsewhere(content: Content) -> Iterable[Step]:
    """The journal's steps that have no exhibit: nobody may be told that there are none."""
    shown = content.numbers
    for item in in_filing_order(content.material.items):
        if item.content.entry == JOURNAL and item.sequence not in shown:
            yield _step_of(item.content, None)


def _step(one: NumberedItem) -> Step:
    return _step_of(one.item.content, one.number)


def _step_of(content: ItemContent, number: int | None) -> Step:
    return Step(
        kind=JournalKind(content.kind),
        on=None if content.local is None else content.local.date(),
        title=clean(content.title),
        number=number,
        obtained=content.obtained,
    )


def _slots(content: Content) -> Iterable[SlotSeen]:
    numbers = {one.item.sequence: one.number for one in content.steps}
    for facts in (facts for one in content.figures for facts in one.slots):
        answer = content.answers.get(facts.sequence)
        told = None if answer is None else answer.content
        yield SlotSeen(
            at=facts.local,
            prefecture=clean(facts.prefecture),
            label=clean(facts.label),
            entry=facts.sequence,
            result=None if told is None else told.result,
            title="" if told is None else clean(told.title),
            number=None if answer is None else numbers.get(answer.sequence),
            obtained=told is not None and told.obtained,
        )


def _dysfunctions(content: Content) -> Dysfunctions:
    found = content.dysfunctions
    days = sorted({facts.local.date() for facts in found})
    return Dysfunctions(
        count=len(found),
        days=tuple(days),
        number=content.order.dysfunctions,
        pictured=tuple(facts.local.date() for facts in found if shown_parts(facts)),
    )


def _pieces(steps: Iterable[NumberedItem]) -> Iterable[OwnPiece]:
    for one in steps:
        content = one.item.content
        if content.entry != JOURNAL:
            yield OwnPiece(use=PieceUse(content.kind), title=clean(content.title), number=one.number)


def _exhibits(titles: Sequence[tuple[str, str]]) -> Iterable[ExhibitLine]:
    for file, title in titles:
        numbers = names.numbers_of(file)
        if numbers is not None and numbers != (0, 0):
            yield ExhibitLine(first=numbers[0], last=numbers[1], title=title.partition(" ")[2], file=file)


def _previous(content: Content, since: EarlierFiling) -> PreviousFiling:
    captures = [one.facts for one in content.order.captures if one.facts.sequence > since.last]
    days = sorted(facts.local.date() for facts in captures)
    steps = [one for one in content.steps if one.item.sequence > since.last and one.item.content.entry == JOURNAL]
    return PreviousFiling(
        number=since.number,
        on=since.day,
        completed=since.completed,
        attempts=len(captures),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        steps=tuple(_step(one) for one in steps if not _is_answer(one)),
        failures=sum(1 for facts in content.dysfunctions if facts.sequence > since.last),
    )


def hearing_picture(content: Content, bundle: Path) -> HearingPicture | None:
    """The latest capture that shows the sentence, for the hearing sheet; failing any proof, that shows a failure."""
    proofs = [facts for one in content.figures for facts in one.proofs]
    shown = [facts for facts in proofs or content.dysfunctions if shown_parts(facts)]
    if not shown:
        return None
    last = max(shown, key=lambda facts: (facts.at, facts.sequence))
    path = _picture_path(last)
    caption = f"{clean(last.prefecture)}, {clean(last.label)}"
    if last.sentence:
        caption = f"{caption}, {quoted(clean(last.sentence))}"
    return HearingPicture(data=(bundle.parent / path).read_bytes(), at=last.at, zone=last.zone, caption=caption)


def _picture_path(facts: AttemptFacts) -> str:
    """The picture of its first part that has one."""
    found = [(part, part.picture) for part in shown_parts(facts)]
    part, picture = found[0]
    if picture is None:
        raise ValueError("an attempt without a picture")
    return picture_path(facts, part, picture)


def _draw_captures(content: Content, desk: Desk) -> None:
    """A few captures to send by e-mail, and a printable set for the letter; numbers are those of the exhibits."""
    captures = captures_to_send(content)
    if not captures:
        return
    for most in range(MOST_CAPTURES, 0, -1):
        few = well_spread([one.facts for one in captures], most)
        if draw_selection(content, desk, _chosen(captures, few), f"{MODELS}/{MAIL_ATTACHMENT}") <= MOST_BYTES:
            break
    draw_selection(content, desk, printed_captures(content), f"{MODELS}/{LETTER_SET}", paper=True)


def captures_to_send(content: Content) -> tuple[Numbered, ...]:
    """Every capture with its number; where no attempt reached a calendar, the pages that were met instead."""
    if any(one.proofs for one in content.figures):
        return numbered_captures(content)
    return pictured_failures(content)


def numbered_captures(content: Content) -> tuple[Numbered, ...]:
    """Every capture with its number, in this filing or in those before."""
    numbers: Mapping[int, str] = content.numbers
    proofs = (facts for one in content.figures for facts in one.proofs)
    return tuple(Numbered(number=int(numbers[facts.sequence]), facts=facts) for facts in proofs)


def pictured_failures(content: Content) -> tuple[Numbered, ...]:
    """The failures before the calendar whose page was photographed, each with the number of their table.

    Of several parts the first with a picture is shown, as in the table: they are no exhibits « 12a » and « 12b ».
    """
    number = content.order.dysfunctions
    if number is None:
        return ()
    shown = (facts for facts in content.dysfunctions if shown_parts(facts))
    return tuple(Numbered(number=number, facts=replace(facts, parts=shown_parts(facts)[:1])) for facts in shown)


def _chosen(captures: Sequence[Numbered], few: Sequence[AttemptFacts]) -> tuple[Numbered, ...]:
    wanted = {facts.sequence for facts in few}
    chosen = (one for one in captures if one.facts.sequence in wanted)
    return tuple(sorted(chosen, key=lambda one: (one.number, one.facts.at, one.facts.sequence)))
