"""What the store keeps of notifications: inserted once, found again after a restart, and naming nobody."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.opening import DATABASE_NAME
from store.store import Store
from store.values import NewItem, SlotAnswerRow, ToldRow
from store.vault import Keys
from store.verify import verify_store
from temoin.items import item_bytes, read_item
from temoin.records import JournalKind, Outcome
from temoin.report import Status
from tests.added import SALT, MemoryKeyring, new_item
from tests.exhibit_case import CRETEIL, Try, record_attempt

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
KEYS = Keys()


def row(key: str, *, minutes: int = 0, channel: str = "desktop", failure: str | None = None) -> ToldRow:
    return ToldRow(key=key, channel=channel, at=AT + timedelta(minutes=minutes), failure=failure)


@pytest.fixture
def kept(tmp_path: Path, memory_keyring: MemoryKeyring) -> Iterator[Store]:
    """One case, and three entries of which the last two stand for slots that were seen."""
    assert memory_keyring.kept == {}
    with Store.open(tmp_path / "evidence", now=lambda: AT) as opened:
        opened.add_case("C1", "renewal", AT)
        opened.follow("C1", CRETEIL["id"], AT)
        opened.ensure_vault(KEYS)
        for minute in (1, 2):
            record_attempt(opened, Try(at=AT + timedelta(minutes=minute), outcome=Outcome.SLOT_SEEN))
        yield opened


def wrong(kept: Store) -> list[str]:
    """What verification finds, but for plans: these attempts answer none."""
    checks = verify_store(kept.folder).checks
    return [one.detail for one in checks if one.status is not Status.PASSED and one.name != "9 plans"]


def answer(attempt: int) -> NewItem:
    new = new_item("C1", "Plus libre.", kind=JournalKind.SLOT_RESPONSE)
    return replace(new, content=item_bytes(replace(read_item(new.content), attempt=attempt), SALT))


def test_what_was_told_is_found_again_by_what_it_was_about(kept: Store) -> None:
    kept.note_told([row("slot:2"), row("slot:2", channel="url-0", failure="timeout"), row("disk")])
    kept.note_told([row("slot:2", minutes=15)])
    assert kept.told(["slot:2", "nothing"]) == (
        row("slot:2"),
        row("slot:2", channel="url-0", failure="timeout"),
        row("slot:2", minutes=15),
    )
    assert kept.told([]) == ()


def test_the_last_tries_of_a_channel_come_first(kept: Store) -> None:
    kept.note_told([row("a"), row("b", failure="refused"), row("c", channel="url-0")])
    kept.note_told([])
    assert kept.last_told("desktop", 5) == (row("b", failure="refused"), row("a"))
    assert kept.last_told("desktop", 1) == (row("b", failure="refused"),)


def test_what_was_told_outlives_the_process(kept: Store) -> None:
    kept.note_told([row("week:2026-W47")])
    with Store.open(kept.folder, now=lambda: AT) as again:
        assert again.told(["week:2026-W47"]) == (row("week:2026-W47"),)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE told SET failure = NULL", "told: rows are never changed nor removed"),
        ("DELETE FROM told", "told: rows are never changed nor removed"),
        ("INSERT OR REPLACE INTO told VALUES (1, 'x', 'y', 'z', NULL)", "told: this row is already there"),
    ],
)
def test_what_was_told_cannot_be_untold(kept: Store, statement: str, why: str) -> None:
    kept.note_told([row("slot:2")])
    raw = sqlite3.connect(kept.folder / DATABASE_NAME)
    raw.execute("PRAGMA recursive_triggers=ON")
    with pytest.raises(sqlite3.IntegrityError, match=why):
        raw.execute(statement)
    raw.close()


def test_which_slot_was_answered_is_known_without_a_key(kept: Store, memory_keyring: MemoryKeyring) -> None:
    item = kept.add_item(answer(3), AT)
    kept.add_item(new_item("C1", "Bonjour"), AT)
    memory_keyring.kept.clear()
    assert kept.slot_answers("C1") == (SlotAnswerRow(sequence=item.sequence, attempt=3),)
    assert wrong(kept) == []


def test_an_answer_that_was_erased_answers_nothing(kept: Store) -> None:
    item = kept.add_item(answer(3), AT)
    kept.erase_item(item.sequence, AT)
    assert kept.slot_answers("C1") == ()
    assert wrong(kept) == []


def test_the_ledger_does_not_say_which_slot_was_answered(kept: Store) -> None:
    item = kept.add_item(answer(3), AT)
    assert "attempt" not in json.loads(kept.record_bytes(item.sequence))


def test_an_answer_moved_to_an_entry_of_another_kind_is_found(kept: Store) -> None:
    item = kept.add_item(answer(3), AT)
    raw = sqlite3.connect(kept.folder / DATABASE_NAME)
    refusal = raw.execute("SELECT sql FROM sqlite_master WHERE name = 'slot_answer_no_update'").fetchone()[0]
    raw.execute("DROP TRIGGER slot_answer_no_update")
    raw.execute("UPDATE slot_answer SET attempt = 1 WHERE sequence = ?", (item.sequence,))
    raw.execute(refusal)
    raw.commit()
    raw.close()
    assert any("slot_answer" in detail for detail in wrong(kept))
