"""A court file's content read back from a finished bundle, so that a verifier can draw the documents again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from exhibits import model, proofs
from exhibits.content import Asked, Content, Material, Place, arrange
from exhibits.inventory import CSV_COLUMNS, Line
from exhibits.opened import OpenBundle
from exhibits.story import CaseStory, EarlierFiling, case_kind
from exhibits.token_files import bundle_stamps
from temoin.canonical import Json, read_json
from temoin.clock import parse_instant
from temoin.records import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What ``dossier.json`` says: by what the documents were made, and from what."""

    made_by: tuple[str, ...]
    content: Content


def read_description(bundle: OpenBundle) -> Described | None:
    """The content of the bundle's documents; None when ``dossier.json`` is missing or does not fit the records."""
    try:
        told = read_json(bundle.read(bundle.proof(proofs.DESCRIPTION)) or b"")
        return Described(made_by=tuple(str(one) for one in told["made_by"]), content=_content(bundle, told))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None


def _content(bundle: OpenBundle, told: Json) -> Content:
    attempts = bundle.attempts()
    items = {one.sequence: one for one in bundle.items()}
    order = {procedure: place for place, procedure in enumerate(told["procedures"])}
    material = Material(
        case=told["case"],
        story=CaseStory(kind=case_kind(told["kind"]), asked_on=_day(told["asked_on"])),
        procedures=tuple(told["procedures"]),
        attempts=tuple(sorted(attempts.values(), key=lambda facts: (order[facts.procedure], facts.sequence))),
        notices=tuple(sorted(bundle.notices(), key=lambda facts: (order[facts.procedure], facts.sequence))),
        items=tuple(items.values()),
        plans=tuple(_plans(bundle)),
        earlier=frozenset(told["earlier"]),
        stamps=bundle_stamps(bundle, told),
    )
    return arrange(
        material,
        Asked(
            grouping=model.Grouping(told["grouping"]), paper=bool(told["paper"]), first_number=int(told["first_number"])
        ),
        _place(told),
        tuple(attempts[sequence] for _number, sequence in told["exhibits"]),
        tuple(items[sequence] for _number, sequence in told["items"]),
    )


def _place(told: Json) -> Place:
    before = told["before"]
    return Place(
        filing=told["filing"],
        supplement=int(told["supplement"]),
        before=None
        if before is None
        else EarlierFiling(
            number=int(before["number"]),
            day=date.fromisoformat(before["day"]),
            last=int(before["last"]),
            completed=_day(before.get("completed")),
        ),
        lines=tuple(_line(cells) for cells in told["filed_before"]),
    )


def _line(cells: list[str]) -> Line:
    if len(cells) != len(CSV_COLUMNS):
        raise ValueError("not a line of an inventory")
    return Line(cells=tuple(str(cell) for cell in cells))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _plans(bundle: OpenBundle) -> Iterator[model.Plan]:
    for sequence, entry in bundle.entries.items():
        record = bundle.record(sequence) if entry.kind is Kind.PLAN else None
        if record is not None:
            times = frozenset(parse_instant(at) for at in record["times"])
            yield model.Plan(sequence=sequence, procedure=record["procedure"], times=times)
