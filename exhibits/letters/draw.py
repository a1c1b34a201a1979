"""All letters of a case into a folder, each as .docx and as .txt."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from exhibits.letters.association import intervention, mandate
from exhibits.letters.blocks import Letter
from exhibits.letters.defender import defender
from exhibits.letters.docx import letter_docx
from exhibits.letters.execution import not_carried_out
from exhibits.letters.facts import LetterFacts
from exhibits.letters.hearing import HearingPicture, hearing
from exhibits.letters.matter import Matter, typeset_identity
from exhibits.letters.petition import no_decision, petition
from exhibits.letters.prefecture import mail, registered_letter, too_far
from exhibits.letters.text import letter_text
from exhibits.letters.witness import operator_sheet, witness_sheet
from temoin.identity import Identity


def build_letters(
    facts: LetterFacts, identity: Identity | None, picture: HearingPicture | None = None
) -> tuple[Letter, ...]:
    """Every letter of the case, drawn nowhere yet; without ``identity`` its blanks stay (pure).

    Where nothing can be pleaded, no letter that rests on attempts is written: only the mandate, which comes before
    any of them, and the sheet for a witness of other steps.
    """
    matter = Matter(facts=facts, identity=typeset_identity(identity or Identity()))
    alone = matter.unnumbered
    if not facts.told:
        return _with_bands(matter, alone=(mandate(alone),), filed=(witness_sheet(matter),))
    return _with_bands(
        matter,
        alone=(mail(alone), registered_letter(alone), mandate(alone), defender(alone), too_far(alone)),
        filed=_with_the_file(matter, picture),
    )


def _with_the_file(matter: Matter, picture: HearingPicture | None) -> tuple[Letter, ...]:
    return (
        petition(matter),
        no_decision(matter),
        witness_sheet(matter),
        operator_sheet(matter),
        intervention(matter),
        not_carried_out(matter),
        hearing(matter, picture),
    )


def _with_bands(matter: Matter, *, alone: Iterable[Letter], filed: Iterable[Letter]) -> tuple[Letter, ...]:
    """What is sent without the court file cites no number, and so is never a draft."""
    return (
        *(replace(letter, band=matter.band(numbered=False)) for letter in alone),
        *(replace(letter, band=matter.band(numbered=True)) for letter in filed),
    )


def draw_letters(
    facts: LetterFacts, identity: Identity | None, folder: Path, picture: HearingPicture | None
) -> tuple[Path, ...]:
    """Write every letter into ``folder``; the same facts give the same bytes.

    Raises:
        OSError: the folder cannot be written.
    """
    written: list[Path] = []
    for letter in build_letters(facts, identity, picture):
        for extension, data in (("docx", letter_docx(letter, at=facts.today)), ("txt", letter_text(letter))):
            path = folder / f"{letter.name}.{extension}"
            path.write_bytes(data)
            written.append(path)
    return tuple(written)
