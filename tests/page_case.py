"""A dossier of two made-up weeks behind the local page, with what the person may add to it. All of it fictional."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring

from tests.exhibit_case import CASE, CRETEIL, NANTERRE, START, fill, open_case
from tests.page import Page, served
from web.site import Site

NOW = START + timedelta(days=20)
PASSPHRASE = "une phrase de passe d'essai"  # noqa: S105 - of a made-up case
PROCEDURE = """
[[procedures]]
id = "{id}"
prefecture = "{prefecture}"
label = "{label}"
url = "http://127.0.0.1:9/booking/create/1"
platform = "ezbooking"
terms_read = 2026-09-01
"""


def write_config(folder: Path, more: str = "") -> Path:
    """The configuration of both procedures of ``tests.exhibit_case``, and ``more`` tables."""
    path = folder / "config.toml"
    procedures = "".join(PROCEDURE.format(**one) for one in (CRETEIL, NANTERRE))
    path.write_text(f'[station]\ndata_dir = "evidence"\n{procedures}{more}', encoding="utf-8")
    return path


def more_procedures(count: int) -> str:
    """Tables of so many others, ``autre-000`` and on, each at a préfecture of its own."""
    names = (f"{number:03}" for number in range(count))
    return "".join(
        PROCEDURE.format(id=f"autre-{name}", prefecture=f"Sous-préfecture {name}", label=f"Démarche {name}")
        for name in names
    )


def make_site(folder: Path, more: str = "") -> Site:
    """The page of a store with the dossier and its two weeks of attempts, one of which saw a slot."""
    config = write_config(folder, more)
    with open_case(folder / "evidence") as store:
        fill(store)
        store.change_case(CASE, kind="renewal")
    return Site(config=config, now=lambda: NOW)


@contextmanager
def served_case(folder: Path, *, language: str = "en", more: str = "") -> Iterator[Page]:
    """That page, served."""
    with served(make_site(folder, more), language=language) as page:
        yield page


@contextmanager
def no_keyring() -> Iterator[None]:
    """Never the keyring of whoever runs the tests, in this process and in those that it starts."""
    before = keyring.get_keyring()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call] # upstream has no types there
        yield
    keyring.set_keyring(before)
