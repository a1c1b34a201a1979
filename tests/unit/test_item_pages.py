"""What the exhibit of a journal entry or an own piece says, before anything is drawn."""

from datetime import UTC, datetime

import pytest

from exhibits.heading import Heading
from exhibits.item_pages import Drawable, item_document
from exhibits.story import FiledItem
from temoin.canonical import Json, sha256
from temoin.items import JOURNAL, ItemContent
from temoin.records import JournalKind

HEADING = Heading(case="K7", draft=True, simulated=False)
NOTED = datetime(2026, 11, 23, 7, 12, tzinfo=UTC)


def content(at: datetime, *, kind: JournalKind = JournalKind.EMAIL) -> ItemContent:
    return ItemContent(
        entry=JOURNAL, kind=kind, at=at, timezone="Europe/Paris", has_time=True, title="", text="Rien de vrai."
    )


def document(of: ItemContent) -> Json:
    item = FiledItem(sequence=12, recorded_at=NOTED, digest=sha256(b"x"), content=of)
    drawable = Drawable(item=item, pages=tuple(() for _one in of.attachments), emails=())
    return item_document(drawable, HEADING, number=64, shown="64")


def row(rows: list[list[str]], name: str) -> str:
    (value,) = [value for key, value in rows if key == name]
    return value.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("at", "hour", "which"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02 h 30 (UTC+02:00)", "première"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02 h 30 (UTC+01:00)", "seconde"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "03 h 30 (UTC+01:00)", ""),
        (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), "01 h 59 (UTC+02:00)", ""),
    ],
)
def test_an_hour_that_came_twice_is_said_to_have(at: datetime, hour: str, which: str) -> None:
    twice = f" ; cette heure a eu lieu deux fois ce jour-là, la {which} est retenue" if which else ""
    expected = f"dimanche 25 octobre 2026 à {hour}, selon la personne{twice}"
    assert row(document(content(at))["rows"], "Date et heure déclarées") == expected
