"""« Que souhaitez-vous effectuer ? »: which of the offered motives or counters are followed (DESIGN §6).

Labels of counters change every month (« … guichet 21 - Juillet 2021 »): an id is matched first, then a label, in
which ``*`` stands for anything. One empty counter does not prove that the démarche is full, so with no choice
named every one is visited.
"""

import re
from dataclasses import dataclass

from capture.facts import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One motive or counter as the site offers it."""

    ident: str
    value: str
    label: str


class ChoiceError(Exception):
    """What the person follows is not what the site offers; ``reason`` is the record's stable word."""

    def __init__(self, reason: str) -> None:
        """``reason``: ``choice_missing`` or ``choice_new``."""
        super().__init__(reason)
        self.reason = reason


def pick(
    offered: tuple[Offered, ...], wanted: tuple[str, ...], known: frozenset[str] | None = None
) -> tuple[Offered, ...]:
    """The offers to visit, in the site's order.

    ``known`` holds the values that were offered when the person chose: a counter that opened since may well be the
    one with appointments, so it is asked about again rather than passed over.

    Raises:
        ChoiceError: nothing is offered, a wanted choice is not there, or there is one that the person never saw.
    """
    if not offered:
        raise ChoiceError("choice_missing")
    if not wanted:
        return offered
    if known is not None and any(offer.value not in known and not _wanted(offer, wanted) for offer in offered):
        raise ChoiceError("choice_new")
    chosen: list[Offered] = []
    for name in wanted:
        found = [offer for offer in offered if _names(offer, name)]
        if not found:
            raise ChoiceError("choice_missing")
        chosen += found
    return tuple(offer for offer in offered if offer in chosen)


def _wanted(offer: Offered, wanted: tuple[str, ...]) -> bool:
    return any(_names(offer, name) for name in wanted)


def _names(offer: Offered, name: str) -> bool:
    if name in {offer.ident, offer.value}:
        return True
    pattern = ".*".join(re.escape(normalise(piece)) for piece in name.split("*"))
    return re.fullmatch(pattern, normalise(offer.label)) is not None
