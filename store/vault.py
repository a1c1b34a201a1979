"""The vault: how what the person adds is sealed (docs/format.md §5, docs/adr/0011).

Sealed files are age files (https://age-encryption.org/v1) to one X25519 recipient per store. The recipient is
public and stands in the table ``vault``, so that adding needs no secret. The identity that opens them is in the
system's keyring, or in that table under a passphrase: itself an age file.
"""

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

from store import keychain, tables
from store.database import Database
from store.files import one_at_a_time, read_only_error
from store.passphrase import unwrap, wrap
from temoin.errors import IntegrityError, StoreDamagedError, StoreError
from temoin.messages import _

KEYRING, PASSPHRASE = "keyring", "passphrase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """How to come by the secret: a passphrase that is asked for when needed, the system's keyring, or both.

    It remembers what it opened, since a passphrase costs a second each time.
    """

    passphrase: Callable[[], str] | None = None
    keyring: bool = True
    _opened: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRow:
    """The vault of a store: to whom files are sealed, and where the secret is."""

    recipient: str
    kept: str
    wrapped: bytes | None = field(default=None, repr=False)


def read_vault(connection: sa.Connection) -> VaultRow | None:
    """The store's vault, if it has one yet."""
    row = connection.execute(sa.select(tables.vault)).first()
    return None if row is None else VaultRow(recipient=row.recipient, kept=row.kept, wrapped=row.wrapped)


def ensure_vault(database: Database, station: str, keys: Keys) -> str:
    """Where the secret of the store's vault is kept, ``keyring`` or ``passphrase``; the vault is made when absent.

    The keyring is asked, and the passphrase worked on, outside any transaction: the daemon goes on recording.

    Raises:
        StoreError: no usable keyring and no passphrase; the machine cannot write.
    """
    if database.read_only:
        raise read_only_error(database.path.parent)
    with database.reading() as connection:
        row = read_vault(connection)
    if row is not None:
        return row.kept
    with one_at_a_time(database.path.parent, ".vault.lock"):
        return _make_vault(database, station, keys).kept


def _make_vault(database: Database, station: str, keys: Keys) -> VaultRow:
    with database.reading() as connection:
        row = read_vault(connection)
    if row is not None:
        return row  # another process was faster
    made = _in_keyring(station) if keys.keyring and keychain.is_usable() else None
    identity, row = made or _under_passphrase(keys)
    with database.writing() as connection:
        connection.execute(
            tables.vault.insert().values(key=1, recipient=row.recipient, kept=row.kept, wrapped=row.wrapped)
        )
    keys._opened[row.recipient] = identity  # noqa: SLF001 - its own module
    return row


def _in_keyring(station: str) -> tuple[str, VaultRow] | None:
    """A secret kept in the keyring; None when it refuses, so that a passphrase can do instead.

    One that is there already is taken: the store was brought back from a backup older than its vault, or the
    process that put it there was killed before the next line.
    """
    try:
        found = keychain.fetch(station)
        identity = found if found is not None and _recipient_of(found) else _new_identity()
        if identity != found:
            keychain.keep(station, identity)
    except keychain.KeychainRefusal:
        return None
    return identity, VaultRow(recipient=_recipient_of(identity) or "", kept=KEYRING)


def _under_passphrase(keys: Keys) -> tuple[str, VaultRow]:
    identity = _new_identity()
    wrapped = wrap(identity.encode(), _ask_passphrase(keys))
    return identity, VaultRow(recipient=_recipient_of(identity) or "", kept=PASSPHRASE, wrapped=wrapped)


def _ask_passphrase(keys: Keys) -> str:
    typed = keys.passphrase() if keys.passphrase is not None else ""
    if not typed:
        raise StoreError(
            _("What you add is kept encrypted: no keyring of this system can be used, and no passphrase was given."),
            remedy=_("Set TEMOIN_PASSPHRASE to a sentence that you will not forget. Nothing was changed."),
        )
    return unicodedata.normalize("NFC", typed)  # the same letters, whatever keyboard typed them


def _new_identity() -> str:
    from pyrage import x25519  # noqa: PLC0415 - neither a capture nor the daemon pays for it

    return str(x25519.Identity.generate())


def new_pair() -> tuple[str, str]:
    """A new secret and its public half."""
    from pyrage import x25519  # noqa: PLC0415 - same

    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def _recipient_of(identity: str) -> str | None:
    """The public half of a secret; None when that is no secret of age."""
    from pyrage import IdentityError, x25519  # noqa: PLC0415 - same

    try:
        return str(x25519.Identity.from_str(identity.strip()).to_public())
    except IdentityError:
        return None


def seal(row: VaultRow, data: bytes) -> bytes:
    """The age file that only the vault's secret opens; another one each time, whatever ``data`` is.

    Raises:
        StoreDamagedError: the table does not hold a recipient.
    """
    from pyrage import RecipientError, encrypt, x25519  # noqa: PLC0415 - same

    try:
        recipient = x25519.Recipient.from_str(row.recipient)
    except RecipientError as error:
        raise StoreDamagedError(
            _("The table of the vault was changed: nothing can be encrypted."),
            remedy=_("Nothing was changed now. Run `temoin verify`; bring back a backup."),
        ) from error
    sealed: bytes = encrypt(data, [recipient])
    return sealed


def unseal(row: VaultRow, station: str, keys: Keys, sealed: bytes) -> bytes:
    """What was sealed.

    Raises:
        StoreError: the secret cannot be had: keyring locked or without it, wrong passphrase.
        IntegrityError: that was not sealed to this vault.
    """
    from pyrage import DecryptError, decrypt, x25519  # noqa: PLC0415 - same

    identity = x25519.Identity.from_str(find_identity(row, station, keys))
    try:
        data: bytes = decrypt(sealed, [identity])
    except DecryptError as error:
        raise IntegrityError(
            _("A sealed file cannot be opened: it is not of this store."),
            remedy=_("Nothing was changed now. Run `temoin verify`; bring back a backup."),
        ) from error
    return data


def read_key(database: Database, station: str, keys: Keys) -> str | None:
    """The secret, when it is in the keyring and nowhere in the store's folder; None when the folder has all.

    Raises:
        StoreError: the keyring is unusable, locked or without it.
    """
    with database.reading() as connection:
        row = read_vault(connection)
    return find_identity(row, station, keys) if row is not None and row.kept == KEYRING else None


def adopt_key(database: Database, station: str, identity: str, passphrase: str) -> str:
    """Give a store that was brought back its secret: to this system's keyring or, failing that, under ``passphrase``.

    Another secret that the keyring has for this station is left there, whatever it opens.

    Raises:
        StoreError: the machine cannot write.
    """
    if keychain.is_usable():
        with suppress(keychain.KeychainRefusal):
            if (found := keychain.fetch(station)) is None:
                keychain.keep(station, identity)
                return KEYRING
            if found.strip() == identity.strip():
                return KEYRING
    with database.writing() as connection:
        wrapped = wrap(identity.strip().encode(), passphrase)
        connection.execute(tables.vault.update().values(kept=PASSPHRASE, wrapped=wrapped))
    return PASSPHRASE


def find_identity(row: VaultRow, station: str, keys: Keys) -> str:
    """The vault's secret, checked against the recipient.

    Raises:
        StoreError: keyring unusable, locked or without it; no passphrase, or a wrong one.
    """
    opened = keys._opened  # noqa: SLF001 - its own module
    if row.recipient not in opened:
        identity = _from_keyring(station, keys) if row.kept == KEYRING else _from_passphrase(row, keys)
        if _recipient_of(identity) != row.recipient:
            raise StoreError(
                _("The key found is not the one that what you added was encrypted for."),
                remedy=_("Bring back the keyring, or the store, that goes with the other. Nothing was changed."),
            )
        opened[row.recipient] = identity.strip()
    return opened[row.recipient]


def _from_keyring(station: str, keys: Keys) -> str:
    if not keys.keyring:
        raise _keyring_error(_("it was not to be asked"))
    try:
        found = keychain.fetch(station)
    except keychain.KeychainRefusal as error:
        raise _keyring_error(str(error)) from error
    if found is None:
        raise StoreError(
            _("The key to what you added is no longer in this system's keyring (service “temoin”)."),
            remedy=_("Bring the keyring back from a backup: nothing else opens what you added. Nothing was changed."),
        )
    return found


def _keyring_error(why: str) -> StoreError:
    return StoreError(
        _("The key to what you added is in this system's keyring, which cannot be used: {why}.").format(why=why),
        remedy=_("Open your session on the desktop, unlock the keyring, then try again. Nothing was changed."),
    )


def _from_passphrase(row: VaultRow, keys: Keys) -> str:
    if keys.passphrase is None or not (typed := keys.passphrase()):
        raise StoreError(
            _("What you added is encrypted, and no passphrase was given."),
            remedy=_("Set TEMOIN_PASSPHRASE to your passphrase, then try again. Nothing was changed."),
        )
    try:
        return unwrap(row.wrapped or b"", unicodedata.normalize("NFC", typed)).decode()
    except ValueError as error:
        raise StoreError(
            _("This is not the passphrase that what you added was encrypted with."),
            remedy=_("Check TEMOIN_PASSPHRASE, then try again. Nothing was changed."),
        ) from error
