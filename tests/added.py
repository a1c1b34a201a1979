"""What tests of added items share: a keyring in memory, and items of plainly made-up people."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import keyring
import pytest
from keyring.backend import KeyringBackend
from typing_extensions import override

from store import passphrase
from store.values import NewItem
from temoin.canonical import sha256
from temoin.items import JOURNAL, PIECE, AttachmentFacts, ItemContent, item_bytes
from temoin.records import JournalKind, PieceUse

DECLARED = datetime(2026, 9, 22, 12, 30, tzinfo=UTC)
SALT = "5a" * 32


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps secrets as long as the test runs."""

    priority = 5  # a class property upstream

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # upstream has no types there
        self.kept: dict[tuple[str, str], str] = {}

    @override
    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    @override
    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def memory_keyring() -> Iterator[MemoryKeyring]:
    """The system's keyring, for this test, is one in memory."""
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def cheap_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases cost nothing in this process; tests/unit/test_passphrase.py is about what they cost."""
    monkeypatch.setattr(passphrase, "_stretch", lambda words, salt: hashlib.sha256(salt + words.encode()).digest())


def content(
    text: str, *files: bytes, kind: JournalKind | PieceUse = JournalKind.EMAIL, obtained: bool = False
) -> ItemContent:
    entry = JOURNAL if isinstance(kind, JournalKind) else PIECE
    attachments = tuple(
        AttachmentFacts(
            name=f"fichier {number}.pdf",
            file=f"piece-{number}.pdf",
            sha256=sha256(data),
            size=len(data),
            media_type="application/pdf",
        )
        for number, data in enumerate(files, 1)
    )
    return ItemContent(
        entry=entry,
        kind=kind,
        at=DECLARED if entry == JOURNAL else None,
        timezone="Europe/Paris",
        has_time=entry == JOURNAL,
        title="Courriel à la préfecture",
        text=text,
        obtained=obtained,
        attachments=attachments,
    )


def new_item(
    case: str, text: str, *files: bytes, kind: JournalKind | PieceUse = JournalKind.EMAIL, obtained: bool = False
) -> NewItem:
    """An item as it is handed to the store."""
    value = content(text, *files, kind=kind, obtained=obtained)
    return NewItem(
        case=case,
        entry=value.entry,
        kind=kind.value,
        at=value.at,
        content=item_bytes(value, sha256(f"{SALT}{text}".encode())),
        files=files,
    )
