"""What the person added is sealed: whether it opens now, and whether a passphrase must be chosen first."""

from store import keychain
from store.store import Store
from store.vault import Keys
from temoin.errors import StoreError, UsageError
from temoin.messages import _
from web.forms import Form
from web.passphrase import WrongPassphraseError
from web.site import Site

FIELD = "unlock"  # of a form that asks for the passphrase besides its own questions
SHORTEST = 12  # characters: it alone protects a stolen laptop


def unlocked(site: Site, store: Store) -> Keys:
    """What opens what was added, tried.

    Raises:
        PassphraseNeededError: a passphrase is needed.
        WrongPassphraseError: the one that was typed is not it; it is forgotten then.
        StoreError: the keyring refuses.
    """
    keys = site.passphrase.keys()
    try:
        store.unlock(keys)
    except StoreError as error:
        if not site.passphrase.is_kept:
            raise
        site.passphrase.forget()
        raise WrongPassphraseError(error.message, remedy=_("Type it once more.")) from error
    return keys


def take_typed(site: Site, form: Form) -> None:
    """Keep the passphrase that was typed into a form which found what was added locked, if it was."""
    typed = form.text(FIELD)
    if typed:
        site.passphrase.remember(typed)


def must_choose(site: Site, store: Store) -> bool:
    """Whether the first thing that is added needs a passphrase that nobody has chosen yet."""
    return store.vault_place() is None and not site.passphrase.is_kept and not keychain.is_usable()


def take_chosen(site: Site, form: Form) -> None:
    """Keep the passphrase that was chosen in a form, if the form asked for one.

    Raises:
        UsageError: too short, or typed otherwise the second time.
    """
    typed = form.text("passphrase")
    if not typed:
        return
    if len(typed) < SHORTEST:
        raise UsageError(
            _("This passphrase is too short."),
            remedy=_("Choose a sentence of at least {count} characters.").format(count=SHORTEST),
        )
    if typed != form.text("passphrase_again"):
        raise UsageError(_("The two passphrases are not the same."), remedy=_("Type both once more."))
    site.passphrase.remember(typed)
