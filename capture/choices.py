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
        """``reason``: ``choice_missing`` or ``choice_ambiguous``."""
        super().__init__(reason)
        self.reason = reason


def pick(offered: tuple[Offered, ...], wanted: tuple[str, ...]) -> tuple[Offered, ...]:
    """The offers to visit, in the site's order.

    Raises:
        ChoiceError: nothing is offered, or a wanted choice is not there.
    """
    if not offered:
        raise ChoiceError("choice_missing")
    if not wanted:
        return offered
    chosen: list[Offered] = []
    for name in wanted:
        found = [offer for offer in offered if _names(offer, name)]
        if not found:
            raise ChoiceError("choice_missing")
        chosen += found
    return tuple(offer for offer in offered if offer in chosen)


def _names(offer: Offered, name: str) -> bool:
    if name in {offer.ident, offer.value}:
        return True
    pattern = ".*".join(re.escape(normalise(piece)) for piece in name.split("*"))
    return re.fullmatch(pattern, normalise(offer.label)) is not None
