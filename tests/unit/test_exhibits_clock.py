"""What documents say of the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from exhibits.clock import clock_doubts, clock_sentence

if TYPE_CHECKING:
    from exhibits.facts import AttemptFacts


def _record(offset: int | None, site: int | None = None, *, simulated: bool = False) -> dict[str, Any]:
    http = None if site is None else {"date_offset_ms": site}
    return {"simulated": simulated, "clock": {"source": "system", "offset_ms": offset}, "http": http}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (_record(None), ""),
        (_record(2000, 2500), ""),
        (_record(2001), "horloge de l'ordinateur en retard de 2,0 s sur un serveur de temps"),
        (_record(-61_250), "horloge de l'ordinateur en avance de 61,2 s sur un serveur de temps"),
        (_record(None, 2501), "horloge de l'ordinateur en retard de 2,5 s sur l'heure que donne le site"),
        (
            _record(9000, -9000),
            (
                "horloge de l'ordinateur en retard de 9,0 s sur un serveur de temps, et en avance de 9,0 s "
                "sur l'heure que donne le site"
            ),
        ),
        (_record(9000, 9000, simulated=True), ""),
        ({"simulated": False, "clock": None, "http": None}, ""),
    ],
)
def test_beyond_two_seconds_the_page_says_so(record: dict[str, Any], words: str) -> None:
    assert clock_doubts(record) == words


@dataclass
class _Facts:
    record: dict[str, Any]


def _said(offsets: Sequence[int | None]) -> str:
    return clock_sentence([cast("AttemptFacts", _Facts(_record(offset))) for offset in offsets])


def test_the_method_note_says_how_far_at_most_and_for_how_many() -> None:
    assert _said([None, None]).endswith("elle n'a pas été comparée à un serveur de temps.")
    assert _said([12, -340]) == (
        "Horloge : comparée à un serveur de temps (NTP) lors de chaque tentative ; écart d'au plus 0,3 s ; il est "
        "inscrit avec chacune."
    )
    assert "pour 1 tentative sur 3 ; écart d'au plus 0,1 s" in _said([4, None, None])
