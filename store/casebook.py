"""The part of the store that is about people: their cases, what they add, what they filed, and what is erased.

What the person adds is sealed before it touches the disk, and its entry names it by a salted digest only
(docs/adr/0011). Order of a write, as everywhere: files durable, then one transaction. Order of an erasure: the
entry first, then the files; ``store.erasures.mend`` finishes what a killed process left.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from store import cases, erasures, filings, items, vault
from store.chain import Entry
from store.coverage_query import CaseCoverage, read_coverage, read_coverage_of
from store.database import Database
from store.objects import Objects
from store.values import (
    UNCHANGED,
    CaseChange,
    CaseQuery,
    CaseRow,
    FilingRow,
    FollowRow,
    ItemRow,
    NewFiling,
    NewItem,
    NumberRow,
    SlotAnswerRow,
    Unchanged,
)
from store.vault import Keys
from temoin.canonical import Digest, sha256
from temoin.clock import Now
from temoin.errors import StoreError
from temoin.messages import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an open store is made of, already checked."""

    folder: Path
    database: Database
    objects: Objects
    sealed: Objects
    station: str
    now: Now


class Casebook:
    """Cases, items, filings and the vault of an open store."""

    def __init__(self, parts: Parts) -> None:
        """Hold what ``Store.open`` has checked."""
        self.folder = parts.folder
        self.station = parts.station
        self._database = parts.database
        self._objects = parts.objects
        self._sealed = parts.sealed
        self._now = parts.now

    def _check_kept(self, objects: Objects, digest: str, size: int | None = None) -> None:
        found = objects.size_of(digest)
        if found is None or size not in (None, found):
            raise StoreError(
                _("The object {digest} is not kept, or not whole: nothing was recorded.").format(digest=digest),
                remedy=_("Keep the object first; this is a fault of the program, please report it."),
            )

    # Cases

    def ensure_case(self, code: str, kind: str, at: datetime) -> None:
        """Open the case, once; nothing when there is or was one of that code."""
        with self._database.writing() as connection:
            cases.ensure_case(connection, code, kind, at)

    def add_case(
        self, code: str, kind: str, at: datetime, *, asked_on: date | None = None, expires_on: date | None = None
    ) -> None:
        """Open a new case. Raises ``UsageError`` when there is one of that code, or was."""
        with self._database.writing() as connection:
            cases.add_case(connection, code, kind, at, CaseChange(asked_on=asked_on, expires_on=expires_on))

    def case(self, code: str) -> CaseRow:
        """One case. Raises ``StoreError`` when there is none, or it was erased."""
        with self._database.reading() as connection:
            return cases.read_case(connection, code)

    def has_case(self, code: str) -> bool:
        """Whether there is a case of that code that was not erased."""
        with self._database.reading() as connection:
            return cases.read_salt(connection, code) is not None

    def case_digest(self, code: str) -> Digest:
        """What stands for the case in the ledger, and leads to nobody once it is erased. Raises ``StoreError``."""
        with self._database.reading() as connection:
            return cases.digest_of_case(connection, code)

    def cases(self) -> tuple[CaseRow, ...]:
        """Every case that was not erased, by code."""
        with self._database.reading() as connection:
            return cases.read_cases(connection)

    def change_case(
        self,
        code: str,
        *,
        kind: str | Unchanged = UNCHANGED,
        obtained: datetime | Unchanged | None = UNCHANGED,
        asked_on: date | Unchanged | None = UNCHANGED,
        reviewed_on: date | Unchanged | None = UNCHANGED,
        expires_on: date | Unchanged | None = UNCHANGED,
    ) -> None:
        """Change what is given, and nothing else; None empties it. Raises ``StoreError`` as ``case``."""
        change = CaseChange(
            kind=kind, obtained=obtained, asked_on=asked_on, reviewed_on=reviewed_on, expires_on=expires_on
        )
        with self._database.writing() as connection:
            cases.change_case(connection, code, change)

    def close_case(self, code: str, at: datetime, why: str) -> None:
        """Close the case: it follows nothing from now on; nothing when it is closed already.

        Raises:
            StoreError: there is no such case.
        """
        with self._database.writing() as connection:
            cases.close_case(connection, self.station, code, at, why)

    def erase_case(self, code: str, at: datetime) -> Entry:
        """Forget the case: what was added and sealed goes, and its digest in the ledger leads to nobody any more.

        Captures stay: they hold no personal data, and prove for whoever else follows the procedure.

        Raises:
            StoreError: there is no such case, or the machine cannot write.
        """
        with self._database.writing() as connection:
            entry = erasures.erase_case(connection, self.station, code, at)
        self._remove_condemned()
        with suppress(StoreError):  # a reader holds it: the next folding in does it
            self._database.fold_log()
        return entry

    def follow(self, code: str, procedure: str, at: datetime) -> None:
        """Record that the case follows the procedure from now on; nothing when it does already.

        Raises:
            StoreError: there is no such case.
            UsageError: it is closed.
        """
        with self._database.writing() as connection:
            cases.follow(connection, self.station, code, procedure, at)

    def unfollow(self, code: str, procedure: str, at: datetime) -> None:
        """Record that the case follows the procedure no more; nothing when it did not."""
        with self._database.writing() as connection:
            cases.unfollow(connection, self.station, code, procedure, at)

    def followed(self, code: str) -> tuple[FollowRow, ...]:
        """What the case follows or followed. Raises ``StoreError`` when there is no such case."""
        with self._database.reading() as connection:
            return cases.read_followed(connection, code)

    def cases_and_followed(self) -> tuple[tuple[CaseRow, ...], Mapping[str, tuple[FollowRow, ...]]]:
        """Every case that was not erased, by code, and what each follows or followed."""
        with self._database.reading() as connection:
            followed = cases.read_all_followed(connection, cases.read_digests(connection))
            return cases.read_cases_that(connection, followed), followed

    def all_slot_answers(self) -> Mapping[str, tuple[SlotAnswerRow, ...]]:
        """What each case answered to slots, the erased left out, by code; none where it answered nothing."""
        with self._database.reading() as connection:
            return items.read_all_slot_answers(connection, cases.read_digests(connection))

    def coverage(self, code: str | None = None) -> tuple[CaseCoverage, ...]:
        """What ``status`` tells of every case, or of one. Raises ``StoreError`` when there is no such case."""
        with self._database.reading() as connection:
            return read_coverage(connection, code)

    def coverage_page(self, *, after: str, limit: int, wanted: CaseQuery | None = None) -> tuple[CaseCoverage, ...]:
        """The same of at most ``limit`` cases by code, past ``after``, or of those that are ``wanted``; of no other."""
        with self._database.reading() as connection:
            if wanted is None:
                return read_coverage_of(connection, cases.read_codes(connection, after, limit))
            return read_coverage_of(connection, cases.find_codes(connection, wanted, after, limit))

    def idle_procedures(self) -> frozenset[str]:
        """Those that a case followed once, and that no open case without an appointment follows now."""
        with self._database.reading() as connection:
            return cases.read_idle(connection)

    # The vault

    def ensure_vault(self, keys: Keys) -> str:
        """Make the vault, once; where its secret is kept: ``keyring`` or ``passphrase``.

        Raises:
            StoreError: no usable keyring and no passphrase; the machine cannot write.
        """
        return vault.ensure_vault(self._database, self.station, keys)

    def vault_place(self) -> str | None:
        """Where the secret of the vault is kept, ``keyring`` or ``passphrase``; None when there is no vault yet."""
        with self._database.reading() as connection:
            row = vault.read_vault(connection)
        return None if row is None else row.kept

    def unlock(self, keys: Keys) -> None:
        """Make sure that ``keys`` open what was added; nothing when nothing ever was.

        Raises:
            StoreError: keyring unusable, locked or without the secret; no passphrase, or a wrong one.
        """
        with self._database.reading() as connection:
            row = vault.read_vault(connection)
        if row is not None:
            vault.find_identity(row, self.station, keys)

    def read_vault_key(self, keys: Keys) -> str | None:
        """The secret that opens what was added, when only the keyring has it; None when this folder holds all.

        Raises:
            StoreError: the keyring is unusable, locked or without it.
        """
        return vault.read_key(self._database, self.station, keys)

    def seal(self, data: bytes) -> Digest:
        """Keep ``data`` sealed, durably, for an entry to come; the digest is that of the ciphertext.

        Raises:
            StoreError: there is no vault yet; the machine cannot write.
        """
        return self._seal_all((data,))[0]

    def unseal(self, digest: str, keys: Keys) -> bytes:
        """What was sealed under that digest.

        Raises:
            StoreError: it is not kept; keyring locked or without the secret; wrong passphrase.
            IntegrityError: its bytes were changed.
        """
        row = self._vault()
        return vault.unseal(row, self.station, keys, self._sealed.read(digest))

    def _vault(self) -> vault.VaultRow:
        with self._database.reading() as connection:
            row = vault.read_vault(connection)
        if row is None:
            raise StoreError(
                _("Nothing was ever added to this store."),
                remedy=_("This is a fault of the program (the vault comes first), please report it."),
            )
        return row

    def _seal_all(self, several: Iterable[bytes]) -> tuple[Digest, ...]:
        row = self._vault()
        sealed = [vault.seal(row, data) for data in several]
        with self._database.writing() as connection:
            erasures.note_sealing(connection, [sha256(data) for data in sealed])
        return tuple(self._sealed.put(data) for data in sealed)

    def _remove_condemned(self) -> None:
        with self._database.reading() as connection:
            condemned = erasures.read_condemned(connection)
        for digest in condemned:
            self._sealed.remove(digest)

    # What the person adds

    def add_item(self, new: NewItem, now: datetime) -> ItemRow:
        """Keep what the person adds: sealed files first, then its entry and row in one transaction.

        When it says that an appointment was obtained, the case says so from that transaction on.

        Raises:
            StoreError: no such case, no vault yet, the machine cannot write.
            ValueError: what is said of it is not what its content says.
        """
        items.check_item(new)
        with self._database.reading() as connection:
            cases.digest_of_case(connection, new.case)
        sealed = self._seal_all((new.content, *new.files))
        with self._database.writing() as connection:
            return items.append_item(connection, self.station, new, sealed, now)

    def items(self, case: str) -> tuple[ItemRow, ...]:
        """What was added to the case, in the ledger's order, the erased included; no key is needed.

        Raises:
            StoreError: there is no such case.
        """
        with self._database.reading() as connection:
            return items.read_items(connection, case)

    def items_page(self, case: str, entry: str, *, before: int | None, limit: int) -> tuple[ItemRow, ...]:
        """A page of the journal or of the pieces, newest first, the erased included. Raises ``StoreError``."""
        with self._database.reading() as connection:
            return items.read_page(connection, case, entry, before=before, limit=limit)

    def slot_answers(self, case: str) -> tuple[SlotAnswerRow, ...]:
        """What the person answered to slots, the erased left out; no key is needed.

        Raises:
            StoreError: there is no such case.
        """
        with self._database.reading() as connection:
            return items.read_slot_answers(connection, case)

    def open_item(self, sequence: int, keys: Keys) -> tuple[bytes, tuple[bytes, ...]]:
        """The content of an item and its files, held to what the ledger says of them.

        Raises:
            UsageError: nothing was added by that entry, or it was erased.
            StoreError: keyring locked or without the secret; wrong passphrase; a file is missing.
            IntegrityError: it was changed.
        """
        with self._database.reading() as connection:
            expected, sealed = items.read_to_open(connection, sequence)
        content, *files = (self.unseal(digest, keys) for digest in sealed)
        items.check_opened(sequence, expected, content, files)
        return content, tuple(files)

    def erase_item(self, sequence: int, at: datetime) -> Entry:
        """Erase what the person added: its entry stays, its sealed files go, and the register says so.

        Copies of it in a filing that was frozen stay there: they were filed. They go with the case.

        Raises:
            UsageError: nothing was added by that entry, or it was erased already.
            StoreError: the machine cannot write.
        """
        with self._database.writing() as connection:
            entry = items.erase_item(connection, self.station, sequence, at)
        self._remove_condemned()
        return entry

    # Filings

    def freeze_filing(self, filing: NewFiling) -> FilingRow:
        """Freeze a petition: its entry, numbers and files, in one transaction, after its objects.

        Raises:
            StoreError: the machine cannot write, an object is not kept, there is no such case, another export
                froze a filing meanwhile.
            ValueError: a sealed path is none of its files.
        """
        if filing.sealed - {path for path, _digest in filing.files}:
            raise ValueError("a sealed path is none of the filing's files")
        for path, digest in filing.files:
            self._check_kept(self._sealed if path in filing.sealed else self._objects, digest)
        with self._database.writing() as connection:
            return filings.freeze_filing(connection, self.station, filing)

    def filings(self, code: str) -> tuple[FilingRow, ...]:
        """The petitions of a case, oldest first."""
        with self._database.reading() as connection:
            return filings.read_filings(connection, code)

    def filing_numbers(self, filing_id: int) -> tuple[NumberRow, ...]:
        """The inventory's lines of a filing, in their order."""
        with self._database.reading() as connection:
            return filings.read_numbers(connection, filing_id)

    def filing_files(self, filing_id: int) -> tuple[tuple[str, Digest], ...]:
        """(path in the bag, object) of each file of a filing; of a sealed one, the digest of the ciphertext."""
        with self._database.reading() as connection:
            return filings.read_files(connection, filing_id)

    def filing_sealed(self, filing_id: int) -> frozenset[str]:
        """The paths of a filing whose files are sealed."""
        with self._database.reading() as connection:
            return filings.read_sealed(connection, filing_id)

    def filing_file_bytes(self, filing_id: int, path: str, keys: Keys) -> bytes:
        """The bytes of one file of a filing, as they were frozen; ``keys`` are used for sealed ones only.

        Raises:
            UsageError: it was erased.
            StoreError: no such file; it is not kept; the secret cannot be had.
            IntegrityError: its bytes were changed.
        """
        with self._database.reading() as connection:
            digest, is_sealed = filings.read_file(connection, filing_id, path)
            erasure = erasures.read_erased_by(connection, filing_id)
        if not is_sealed:
            return self._objects.read(digest)
        if erasure is not None:
            raise erasures.erased_error(filing_id, erasure)
        return self.unseal(digest, keys)
