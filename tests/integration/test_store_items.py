"""What people add: sealed, listed without a key, opened with it, erased for good."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.store import Store
from store.values import ItemRow, NewFiling, NumberRow
from store.vault import Keys
from store.verify import verify_store
from temoin.canonical import sha256
from temoin.errors import IntegrityError, StoreError, UsageError
from temoin.items import read_item
from temoin.records import JournalKind, Kind, PieceUse
from tests.added import DECLARED, MemoryKeyring, new_item

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEYS = Keys()


@pytest.fixture
def kept(tmp_path: Path, memory_keyring: MemoryKeyring) -> Iterator[Store]:
    """Two cases that follow one procedure each: entries 1 and 2."""
    with Store.open(tmp_path / "evidence", now=lambda: AT) as opened:
        for code, procedure in (("C1", "creteil"), ("C2", "lyon")):
            opened.add_case(code, "renewal", AT)
            opened.follow(code, procedure, AT)
        opened.ensure_vault(KEYS)
        yield opened
    assert len(memory_keyring.kept) == 1


def _sealed(kept: Store) -> set[Path]:
    return {path for path in (kept.folder / "sealed").rglob("*") if path.is_file()}


def _detail(kept: Store, step: int = 6) -> str:
    report = verify_store(kept.folder)
    assert report.status == "passed", report
    return report.checks[step - 1].detail


# Adding and opening


def test_an_item_is_listed_without_a_key_and_opened_with_it(kept: Store, memory_keyring: MemoryKeyring) -> None:
    new = new_item("C1", "Bonjour", b"%PDF one", b"%PDF two")
    row = kept.add_item(new, AT)
    assert row == ItemRow(
        sequence=3, case="C1", entry="journal", kind="email", at=DECLARED, recorded_at=AT, erased_by=None, files=2
    )
    secrets = dict(memory_keyring.kept)
    memory_keyring.kept.clear()
    assert kept.items("C1") == (row,)
    memory_keyring.kept.update(secrets)
    content, files = kept.open_item(3, Keys())
    assert (content, files) == (new.content, (b"%PDF one", b"%PDF two"))
    assert read_item(content).text == "Bonjour"
    assert len(_sealed(kept)) == 3
    assert _detail(kept) == "0 objects; 3 sealed files"


def test_the_ledger_says_kind_time_and_a_salted_digest_and_no_more(kept: Store) -> None:
    new = new_item("C1", "Bonjour", b"%PDF one")
    kept.add_item(new, AT)
    assert kept.record(3) == {
        "format": 1,
        "case": kept.record(1)["case"],
        "entry": "journal",
        "kind": "email",
        "at": "2026-09-22T12:30:00.000Z",
        "content_sha256": sha256(new.content),
    }
    entry = kept.head()
    assert entry is not None
    assert (entry.kind, entry.at, entry.subject) == (Kind.JOURNAL, AT, None)


def test_a_piece_without_a_date_has_none(kept: Store) -> None:
    row = kept.add_item(new_item("C1", "passeport", b"%PDF", kind=PieceUse.IDENTITY), AT)
    assert (row.entry, row.kind, row.at, row.files) == ("piece", "identity", None, 1)
    assert kept.record(3)["at"] is None
    assert _detail(kept, 5) == ""


def test_items_are_given_in_the_order_of_the_ledger(kept: Store) -> None:
    for kind in (JournalKind.LETTER, PieceUse.URGENCY, JournalKind.VISIT):
        kept.add_item(new_item("C1", "x", kind=kind), AT)
    assert [(row.sequence, row.kind) for row in kept.items("C1")] == [(3, "letter"), (4, "urgency"), (5, "visit")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "letter"}, "the content is of another item"),
        ({"entry": "piece"}, "the content is of another item"),
        ({"at": AT}, "the content is of another item"),
        ({"files": ()}, "the files are not those of the content"),
        ({"files": (b"%PDF two", b"%PDF one")}, "the files are not those of the content"),
    ],
)
def test_an_item_of_which_something_else_is_said_is_refused(kept: Store, change: dict[str, object], why: str) -> None:
    new = new_item("C1", "Bonjour", b"%PDF one", b"%PDF two")
    with pytest.raises(ValueError, match=why):
        kept.add_item(replace(new, **change), AT)  # type: ignore[arg-type] # wrong on purpose
    assert (kept.items("C1"), _sealed(kept)) == ((), set())


def test_an_item_of_a_case_that_is_not_there_leaves_nothing(kept: Store) -> None:
    with pytest.raises(StoreError, match="There is no case C9"):
        kept.add_item(new_item("C9", "Bonjour"), AT)
    with pytest.raises(StoreError, match="There is no case C9"):
        kept.items("C9")
    assert _sealed(kept) == set()


def test_what_is_no_item_is_said(kept: Store) -> None:
    for sequence in (1, 99):
        with pytest.raises(UsageError, match=f"Entry {sequence} is nothing that you added") as caught:
            kept.open_item(sequence, KEYS)
        assert "temoin journal list" in caught.value.remedy
        with pytest.raises(UsageError, match="is nothing that you added"):
            kept.erase_item(sequence, AT)


def test_a_sealed_file_that_was_changed_or_lost_is_said(kept: Store) -> None:
    kept.add_item(new_item("C1", "Bonjour"), AT)
    (path,) = _sealed(kept)
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(IntegrityError, match="its bytes are not those of its name"):
        kept.open_item(3, KEYS)
    path.unlink()
    with pytest.raises(StoreError, match="is not in the store"):
        kept.open_item(3, KEYS)


def test_a_content_put_in_the_place_of_another_is_found_when_it_is_opened(kept: Store) -> None:
    kept.add_item(new_item("C1", "Bonjour"), AT)
    kept.add_item(new_item("C1", "Au revoir"), AT)
    with kept._database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER item_sealed_no_update")
        (other,) = connection.exec_driver_sql("SELECT sha256 FROM item_sealed WHERE sequence = 4").scalars()
        connection.exec_driver_sql("UPDATE item_sealed SET sha256 = ? WHERE sequence = 3", (other,))
    with pytest.raises(IntegrityError, match="What entry 3 stands for was changed: it is not what was added"):
        kept.open_item(3, KEYS)


# Two cases on one station


def test_two_cases_share_neither_digests_nor_items(kept: Store) -> None:
    for code in ("C1", "C2"):
        kept.add_item(new_item(code, "Bonjour", b"%PDF same"), AT)
    first, second = kept.record(3), kept.record(4)
    assert first["case"] != second["case"]
    assert first["content_sha256"] == second["content_sha256"]  # same salt: only this test's helper does so
    assert [row.sequence for row in kept.items("C1")] == [3]
    assert [row.sequence for row in kept.items("C2")] == [4]
    assert {row.case for row in kept.items("C1")} == {"C1"}
    assert len(_sealed(kept)) == 4


# Erasing by hand


def test_an_erased_item_leaves_its_entry_and_none_of_its_bytes(kept: Store) -> None:
    kept.add_item(new_item("C1", "Bonjour", b"%PDF one"), AT)
    kept.add_item(new_item("C1", "Au revoir"), AT)
    entry = kept.erase_item(3, AT + MINUTE)
    assert (entry.sequence, entry.kind, entry.at, entry.subject) == (5, Kind.ERASURE, AT + MINUTE, None)
    assert kept.record(5) == {"format": 1, "erased": [3], "case": None, "why": "by hand"}
    assert [(row.sequence, row.erased_by) for row in kept.items("C1")] == [(3, 5), (4, None)]
    assert len(_sealed(kept)) == 1
    assert _detail(kept) == "0 objects; 1 sealed file; entry 3: erased by entry 5"
    with pytest.raises(UsageError, match="What entry 3 stands for was erased by entry 5"):
        kept.open_item(3, KEYS)
    assert json.loads(kept.open_item(4, KEYS)[0])["text"] == "Au revoir"


def test_what_was_erased_is_not_erased_again(kept: Store) -> None:
    kept.add_item(new_item("C1", "Bonjour"), AT)
    kept.erase_item(3, AT)
    with pytest.raises(UsageError, match="was erased by entry 4"):
        kept.erase_item(3, AT)
    assert len(list(kept.entries())) == 4


def test_files_that_an_erasure_could_not_remove_go_at_the_next_opening(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.add_item(new_item("C1", "Bonjour", b"%PDF one"), AT)
    with monkeypatch.context() as patched:
        patched.setattr(kept._sealed, "remove", _refuse)
        with pytest.raises(StoreError, match="cannot be written to"):
            kept.erase_item(3, AT)
    assert len(_sealed(kept)) == 2
    told = "2 erased files are still on the disk: the next command that records removes them"
    assert _detail(kept) == f"0 objects; entry 3: erased by entry 4; {told}"
    with Store.open(kept.folder, now=lambda: AT, read_only=True):
        assert len(_sealed(kept)) == 2
    with Store.open(kept.folder, now=lambda: AT):
        assert _sealed(kept) == set()
    assert _detail(kept) == "0 objects; entry 3: erased by entry 4"


def _refuse(digest: str) -> None:
    raise StoreError(f"The folder of {digest} cannot be written to.")


# Sealed filings


def _filing(kept: Store, case: str = "C1", *, expected: int | None = None) -> NewFiling:
    line = NumberRow(number=1, kind="journal", attempt_sequence=None, title="", file="01_Courriel.pdf", page=1)
    files = (
        ("data/1_A_DEPOSER/01_Courriel.pdf", kept.seal(b"%PDF courriel")),
        ("data/1_A_DEPOSER/02_Registre.pdf", kept.put(b"%PDF registre")),
    )
    sealed = frozenset({"data/1_A_DEPOSER/01_Courriel.pdf"})
    return NewFiling(case=case, at=AT, first_number=1, numbers=(line,), files=files, sealed=sealed, expected=expected)


def test_a_filing_gives_its_sealed_files_back_byte_for_byte(kept: Store) -> None:
    filing = kept.freeze_filing(_filing(kept))
    sealed, plain = (path for path, _digest in kept.filing_files(filing.filing_id))
    assert kept.filing_sealed(filing.filing_id) == {sealed}
    assert kept.filing_file_bytes(filing.filing_id, sealed, KEYS) == b"%PDF courriel"
    assert kept.filing_file_bytes(filing.filing_id, plain, Keys(keyring=False)) == b"%PDF registre"
    with pytest.raises(StoreError, match="keyring, which cannot be used"):
        kept.filing_file_bytes(filing.filing_id, sealed, Keys(keyring=False))
    with pytest.raises(StoreError, match=r"There is no file x\.pdf in filing 3"):
        kept.filing_file_bytes(filing.filing_id, "x.pdf", KEYS)
    assert _detail(kept) == "1 object; 1 sealed file"
    assert _detail(kept, 7) == ""


def test_the_ledger_binds_the_ciphertext_of_a_sealed_file(kept: Store) -> None:
    filing = kept.freeze_filing(_filing(kept))
    digests = {digest for _path, digest in kept.filing_files(filing.filing_id)}
    assert sha256(b"%PDF courriel") not in digests
    assert sha256(b"%PDF registre") in digests
    (path,) = _sealed(kept)
    assert path.parent.name + path.name in digests


def test_two_exports_that_number_at_once_freeze_one_filing(kept: Store) -> None:
    mine, other = _filing(kept, expected=0), _filing(kept, expected=0)
    kept.freeze_filing(other)
    with pytest.raises(StoreError, match="Another export has frozen a filing of case C1 in the meantime") as caught:
        kept.freeze_filing(mine)
    assert caught.value.remedy == "Look at what it froze, then export again. Nothing was changed by this one."
    assert len(kept.filings("C1")) == 1
    kept.freeze_filing(_filing(kept, "C2", expected=0))
    kept.freeze_filing(_filing(kept, expected=1))
    assert len(kept.filings("C1")) == 2
    assert verify_store(kept.folder).status == "passed"


def test_a_sealed_path_that_is_no_file_or_not_kept_is_refused(kept: Store) -> None:
    filing = _filing(kept)
    with pytest.raises(ValueError, match="a sealed path is none of the filing's files"):
        kept.freeze_filing(replace(filing, sealed=frozenset({"data/other.pdf"})))
    with pytest.raises(StoreError, match="is not kept, or not whole: nothing was recorded"):
        kept.freeze_filing(replace(filing, sealed=frozenset()))
    assert kept.filings("C1") == ()


# Erasing a case


def _fill(kept: Store) -> None:
    """Entries 3 to 7: an item of each case, another that is erased, a filing."""
    kept.add_item(new_item("C1", "Bonjour", b"%PDF one"), AT)
    kept.add_item(new_item("C2", "Autre"), AT)
    kept.add_item(new_item("C1", "Au revoir"), AT)
    kept.erase_item(5, AT)
    kept.freeze_filing(_filing(kept))
    kept.change_case("C1", obtained=AT, kind="first_application")


def test_an_erased_case_leaves_its_code_and_nothing_else(kept: Store) -> None:
    _fill(kept)
    capture = kept.put(b"a capture")
    entry = kept.erase_case("C1", AT + MINUTE)
    assert entry.sequence == 9  # 8: it follows nothing any more
    assert kept.record(8)["procedure"] == "creteil"
    digest = kept.record(1)["case"]
    assert kept.record(9) == {"format": 1, "erased": [3, 7], "case": digest, "why": "case erased"}
    assert [case.code for case in kept.cases()] == ["C2"]
    assert kept.filings("C1") == ()
    for ask in (kept.case, kept.items, kept.followed):
        with pytest.raises(StoreError, match="The case C1 was erased"):
            ask("C1")
    with pytest.raises(UsageError, match="There is a case C1 already, or there was one"):
        kept.add_case("C1", "renewal", AT)
    for sequence in (3, 5):
        with pytest.raises(UsageError, match=f"What entry {sequence} stands for was erased by entry"):
            kept.open_item(sequence, KEYS)
    with pytest.raises(UsageError, match="What entry 7 stands for was erased by entry 9"):
        kept.filing_file_bytes(7, "data/1_A_DEPOSER/01_Courriel.pdf", KEYS)
    assert kept.read(capture) == b"a capture"
    assert len(_sealed(kept)) == 1
    assert kept.open_item(4, KEYS)[1] == ()
    erased = "; ".join(f"entry {one}: erased by entry {by}" for one, by in ((3, 9), (5, 6), (7, 9)))
    assert _detail(kept) == f"1 object; 1 sealed file; {erased}"


def test_nothing_leads_from_an_erased_case_to_its_entries(kept: Store) -> None:
    _fill(kept)
    with kept._database.reading() as connection:
        salt = connection.exec_driver_sql("SELECT salt FROM case_file WHERE code = 'C1'").scalar()
    kept.erase_case("C1", AT)
    with kept._database.reading() as connection:
        tables_ = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        rows = {
            (name, str(row))
            for name in tables_
            for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')  # noqa: S608 - the schema's own names
        }
    assert {name for name, row in rows if "'C1'" in row} == {"case_file"}
    assert salt
    for path in kept.folder.glob("registre.sqlite*"):
        assert salt.encode() not in path.read_bytes()


def _everything(folder: Path) -> dict[Path, bytes]:
    """Every byte of the data directory: log, free pages, leftovers and hidden files included."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_byte_of_what_was_erased_is_left_in_the_data_directory_even_while_somebody_reads(kept: Store) -> None:
    secret, other = b"%PDF " + os.urandom(2000), b"%PDF " + os.urandom(2000)
    first, second = (
        kept.add_item(new_item("C1", "Bonjour", secret), AT),
        kept.add_item(new_item("C2", "Ici", other), AT),
    )
    before = _sealed(kept)
    with kept._database.reading() as connection:
        salts: dict[str, str] = dict(iter(connection.exec_driver_sql("SELECT code, salt FROM case_file").all()))
        own = (
            connection.exec_driver_sql("SELECT sha256 FROM item_sealed WHERE sequence = ?", (first.sequence,))
            .scalars()
            .all()
        )
    gone = {path: path.read_bytes() for path in before if path.parent.name + path.name in own}
    assert len(gone) == 2
    assert kept.open_item(second.sequence, KEYS)[1] == (other,)
    kept._database.fold_log()
    with Store.open(kept.folder, now=lambda: AT, read_only=True) as reader:
        held = reader._database.reading()
        held.__enter__().exec_driver_sql("SELECT count(*) FROM case_file").scalar()
        let_go = threading.Timer(0.5, held.__exit__, (None, None, None))  # the snapshot from before the erasure
        let_go.start()
        kept.erase_case("C1", AT + MINUTE)
        let_go.join()
    found = _everything(kept.folder)
    assert any(path.name == "registre.sqlite" for path in found)
    for data in found.values():
        assert salts["C1"].encode() not in data
        for sealed in (secret, *gone.values()):
            for start in range(64, len(sealed) - 32, 32):  # every age file begins with the same words
                assert sealed[start : start + 32] not in data
    assert any(salts["C2"].encode() in data for data in found.values())  # the search finds what is there
    assert verify_store(kept.folder).status == "passed"


def test_a_closed_case_can_be_erased_and_only_once(kept: Store) -> None:
    kept.close_case("C2", AT, "appointment obtained")
    entry = kept.erase_case("C2", AT)
    assert kept.record(entry.sequence)["erased"] == []
    with pytest.raises(StoreError, match="The case C2 was erased"):
        kept.erase_case("C2", AT)
    with pytest.raises(StoreError, match="The case C2 was erased"):
        kept.follow("C2", "lyon", AT)
    kept.ensure_case("C2", "other", AT)
    assert [case.code for case in kept.cases()] == ["C1"]
    assert verify_store(kept.folder).status == "passed"


def test_files_sealed_by_a_process_that_died_are_removed_and_those_of_a_live_one_stay(kept: Store) -> None:
    left, mine = kept.seal(b"left"), kept.seal(b"mine")
    with kept._database.writing() as connection:
        connection.exec_driver_sql("UPDATE sealing SET pid = 4194305 WHERE sha256 = ?", (left,))  # above Linux's most
    with Store.open(kept.folder, now=lambda: AT) as again:
        assert [path.parent.name + path.name for path in _sealed(again)] == [mine]
    assert _detail(kept, 7) == f"1 sealed files that nothing names: {mine}"


def test_a_file_that_an_entry_names_is_never_taken_for_one_left_by_a_dead_process(kept: Store) -> None:
    kept.add_item(new_item("C1", "Bonjour"), AT)
    kept.freeze_filing(_filing(kept))
    with kept._database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO sealing SELECT sha256, 4194305 FROM item_sealed")
        connection.exec_driver_sql(
            "INSERT INTO sealing SELECT sha256, 4194305 FROM filing_file JOIN filing_sealed USING (filing_id, path)"
        )
    with Store.open(kept.folder, now=lambda: AT):
        assert _detail(kept) == "1 object; 2 sealed files"
