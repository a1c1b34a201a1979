"""The first look of a person at what an attempt brought: is it the right page, and the right sentence?

Read from the register, so that a terminal and a page show the same, at once or days later.
"""

from dataclasses import dataclass
from datetime import datetime

from scheduler.job import prepare_store
from store.store import Store
from temoin.canonical import Digest, Json
from temoin.records import CaseKind, Outcome, Role
from temoin.settings import Settings

ANSWERS = (Outcome.NO_SLOT, Outcome.NO_CALENDAR)
LONGEST = 400  # characters of the conditions that are shown: enough to know them again
_PICTURES = (Role.EXHIBIT, Role.WINDOW, Role.PAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """What there is to look at: ``read`` are the choices and the sentences that were found for them.

    ``offered`` are the labels of every choice of the site; ``conditions`` begin the text that the visit met.
    """

    sequence: int
    procedure: str
    outcome: Outcome
    simulated: bool
    read: tuple[tuple[str, str], ...]
    offered: tuple[str, ...]
    conditions: str
    picture: Digest | None
    has_parts: bool

    @property
    def is_answer(self) -> bool:
        """Whether the page said that nothing is free: page and sentence can be found right, or not."""
        return self.outcome in ANSWERS

    @property
    def is_over(self) -> bool:
        """Whether the person has something better to do, or there is nothing to look at."""
        return self.outcome is Outcome.SLOT_SEEN or not self.has_parts


def read_look(store: Store, sequence: int) -> FirstLook:
    """What the attempt of that entry brought.

    Raises:
        StoreError: there is no such attempt, or the store cannot be read.
        IntegrityError: the text of the conditions was changed.
    """
    record = store.record(sequence)
    parts = record["parts"]
    return FirstLook(
        sequence=sequence,
        procedure=record["procedure"]["id"],
        outcome=Outcome(record["outcome"]),
        simulated=record["simulated"],
        read=tuple((part["label"], part["matched"]["text"]) for part in parts if part["matched"] is not None),
        offered=tuple(dict.fromkeys(str(choice["label"]) for choice in record["offered"])),
        conditions=_conditions(store, record),
        picture=_picture(parts[0]["artefacts"]) if parts else None,
        has_parts=bool(parts),
    )


def note_kind(settings: Settings, store: Store, kind: CaseKind, *, now: datetime) -> None:
    """Open the home machine's one case, if there is none, and say what it asks for, if nobody has said so yet.

    Raises:
        StoreError: the store cannot be written.
    """
    prepare_store(settings, store, now=now)
    cases = store.cases()
    if len(cases) == 1 and cases[0].closed is None and cases[0].kind == CaseKind.OTHER.value:
        store.change_case(cases[0].code, kind=kind.value)


def _conditions(store: Store, record: Json) -> str:
    artefacts = record["politeness"]["terms"]["artefacts"]
    digest = next((one["sha256"] for one in artefacts if one["role"] == Role.TEXT.value), None)
    words = "" if digest is None else " ".join(store.read(digest).decode().split())
    return words if len(words) <= LONGEST else words[:LONGEST] + "…"


def _picture(artefacts: list[Json]) -> Digest | None:
    found = {one["role"]: Digest(one["sha256"]) for one in artefacts}
    return next((found[role.value] for role in _PICTURES if role.value in found), None)
