"""What the commands share: the configuration, the store, a passphrase asked for, options of the same name."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from temoin.clock import utc_now
from temoin.errors import ConfigError, UsageError
from temoin.messages import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.store import Store
    from store.vault import Keys
    from store.verify_tokens import Roots
    from temoin.screen import Telling
    from temoin.settings import Settings

DEFAULT_CONFIG = Path("config.toml")
PASSPHRASE = "TEMOIN_PASSPHRASE"  # noqa: S105 - the variable's name

as_json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")
since_option = click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day, YYYY-MM-DD.")
until_option = click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, YYYY-MM-DD.")
case_option = click.option("--case", "code", help="The case’s code; not needed when there is only one.")
DAY = click.DateTime(["%Y-%m-%d"])
SEQUENCE = click.IntRange(1, 10**15 - 1)  # of an entry: a number that any database takes


def read_settings(context: click.Context) -> "Settings":
    """The configuration that the command line names.

    Raises:
        ConfigError: there is none, or it cannot be used.
    """
    from temoin.settings import load_settings  # noqa: PLC0415 - pydantic is slow to import

    data_dir = os.environ.get("TEMOIN_DATA_DIR")
    path: Path = context.obj["config"]
    if not path.is_file():
        raise ConfigError(
            _("There is no configuration file {path}.").format(path=path),
            remedy=_("Run “temoin init”, which writes it with you, or try “temoin demo” first."),
        )
    return load_settings(path, data_dir=None if data_dir is None else Path(data_dir))


def roots_of(settings: "Settings", files: "Sequence[Path]" = ()) -> "Roots":
    """What timestamps are held to: what the configuration pins, and the PEM ``files`` that were given.

    Raises:
        ConfigError: one of ``files`` cannot be used.
    """
    from store.pinned import read_pinned, trust_of_others  # noqa: PLC0415 - a quick start for --help
    from store.verify_tokens import Roots  # noqa: PLC0415 - as above

    pinned = read_pinned(settings.timestamp.authorities, files)
    return Roots(pinned=pinned, others=trust_of_others(files))


@contextmanager
def open_store(settings: "Settings", *, read_only: bool = True) -> "Iterator[Store]":
    """The store of the configuration; entries that this computer has seen there and that are gone are told first."""
    from store.place import Moved, find_moved, moved_words  # noqa: PLC0415 - a quick start for --help
    from store.store import Store  # noqa: PLC0415 - same

    with Store.open(settings.station.data_dir, now=utc_now, create=not read_only, read_only=read_only) as store:
        moved = find_moved(store)
        if moved in {Moved.BEHIND, Moved.FORKED}:
            click.echo(moved_words(moved), err=True)
        yield store


def make_keys(telling: "Telling | None" = None) -> "Keys":
    """What opens what the person added: the system's keyring, or a passphrase, asked for when it is needed.

    Whoever is ``telling`` how far it has come is silent while the person types.
    """
    from store.vault import Keys  # noqa: PLC0415 - as above

    return Keys(passphrase=ask_passphrase if telling is None else telling.silent_during(ask_passphrase))


def ask_passphrase() -> str:
    """The passphrase, from the environment or from the person at the terminal.

    Raises:
        UsageError: nobody can be asked.
    """
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageError(
            _("A passphrase is needed, and nobody is at the terminal to give it."),
            remedy=_("Set the variable {name}, or run the command in a terminal.").format(name=PASSPHRASE),
        )
    return str(click.prompt(_("Passphrase of what you added to your case"), hide_input=True, err=True))
