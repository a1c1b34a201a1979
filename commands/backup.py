"""``temoin backup`` and ``temoin restore``: everything in one encrypted file, and back."""

import os
import shutil
import sys
import unicodedata
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.common import make_keys, open_store, read_settings, roots_of
from temoin.clock import utc_now
from temoin.errors import StoreError, UsageError
from temoin.messages import _
from temoin.screen import local_minute, show_progress, show_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.restore import Unpacked
    from store.store import Store
    from temoin.settings import Settings

PASSPHRASE = "TEMOIN_BACKUP_PASSPHRASE"  # noqa: S105 - the variable's name
_SHORTEST = 12  # characters; three words are more


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """Write everything to one encrypted file: register, captures, what was added, configuration."""
    from store.backup import write_backup  # noqa: PLC0415 - a quick start for --help

    settings = read_settings(context)
    target = file.expanduser().absolute()
    if not target.parent.is_dir():
        raise UsageError(
            _("There is no folder {path}.").format(path=target.parent),
            remedy=_("Create it, or give a file in a folder that is there."),
        )
    with open_store(settings) as store:
        beside, left_out = _configuration(settings)
        key, warning = _vault_key(store)
        passphrase = _choose_passphrase()
        with show_progress() as tell:
            made = write_backup(
                settings.station.data_dir,
                target,
                passphrase=passphrase,
                at=utc_now(),
                beside=beside | key,
                progress=lambda done, of: tell(_("Copying"), done, of),
            )
    size = target.stat().st_size / 1_000_000
    click.echo(
        _("Backup written: {path} ({entries} entries, {files} files, {size:.1f} MB).").format(
            path=target, entries=made.sequence, files=made.files, size=size
        )
    )
    click.echo(_("Only its passphrase opens it. Write the passphrase down, and keep it apart from the file."))
    for line in (warning, *left_out):
        if line:
            click.echo(line, err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def restore(context: click.Context, file: Path) -> None:
    """Bring a backup back, where nothing is yet, and verify it."""
    from store.place import mark_restored  # noqa: PLC0415 - a quick start for --help
    from store.restore import check_free, settle, unpacked  # noqa: PLC0415 - same
    from store.verify import verify_store  # noqa: PLC0415 - same

    config: Path = context.obj["config"]
    source = file.expanduser().absolute()
    settings = read_settings(context) if config.is_file() else None
    if settings is not None:
        check_free(settings.station.data_dir)
    passphrase = _ask(_("Passphrase of the backup"), confirm=False)
    beside = settings.station.data_dir if settings is not None else config.absolute().with_name("evidence")
    with unpacked(source, beside, passphrase) as found:
        if settings is None:
            with _brought_configuration(found, config.absolute()):
                settings = read_settings(context)
                check_free(settings.station.data_dir)
        folder = settings.station.data_dir
        kept = settle(found, folder, passphrase=passphrase)
        mark_restored(folder)
        facts = found.facts
    click.echo(
        _("Brought back to {folder}: {entries} entries, as they were on {at}.").format(
            folder=folder, entries=facts.sequence, at=local_minute_of(facts.at, settings)
        )
    )
    if kept == "passphrase":
        click.echo(_("What was added is opened by the backup’s passphrase from now on: this system keeps no key."))
    click.echo(_("Do not go on recording on the old computer too: two registers would follow one beginning."))
    report = verify_store(folder, roots=roots_of(settings))
    show_report(report, as_json=False)
    raise SystemExit(report.exit_code)


def local_minute_of(text: str, settings: "Settings") -> str:
    """A moment of a backup's facts, as people of the station read it."""
    return local_minute(datetime.fromisoformat(text), settings.station.timezone)


def _configuration(settings: "Settings") -> tuple[dict[str, bytes], list[str]]:
    """The configuration and the files that it names beside it; a warning for each of those that stand elsewhere."""
    from store.backup import CONFIGURATION  # noqa: PLC0415 - as above

    folder = Path(os.path.normpath(settings.path.parent))
    named = [
        Path(os.path.normpath(path))  # “..” is no name in a backup
        for authority in settings.timestamp.authorities
        for path in (authority.roots, authority.client_certificate, authority.client_key)
        if path is not None
    ]
    found = {f"{CONFIGURATION}/config.toml": settings.path.read_bytes()}
    left_out = []
    for path in dict.fromkeys(named):
        if path.is_file() and path.is_relative_to(folder):
            found[f"{CONFIGURATION}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
        elif path.is_file():
            told = _("Warning: {path} is not in this backup: it is not beside the configuration. Keep a copy of it.")
            left_out.append(told.format(path=path))
    return found, left_out


def _vault_key(store: "Store") -> tuple[dict[str, bytes], str]:
    """The key of what was added when it is in the keyring; failing that, a warning."""
    from store.backup import VAULT_KEY  # noqa: PLC0415 - as above

    try:
        key = store.read_vault_key(make_keys())
    except StoreError as error:
        return {}, _(
            "Warning: the key to what was added is not in this backup. {why} On another computer, only the captures "
            "and the register can be read."
        ).format(why=error.message)
    return ({} if key is None else {VAULT_KEY: key.encode()}), ""


def _choose_passphrase() -> str:
    passphrase = _ask(_("Choose a passphrase for this backup"), confirm=True)
    if len(passphrase) < _SHORTEST:
        raise UsageError(
            _("This passphrase is too short: it is all that protects the file."),
            remedy=_("Take several words, {count} characters at least.").format(count=_SHORTEST),
        )
    return passphrase


def _ask(question: str, *, confirm: bool) -> str:
    """The passphrase, from the environment or from the person, in Unicode's form NFC."""
    given = os.environ.get(PASSPHRASE)
    if not given:
        if not sys.stdin.isatty():
            raise UsageError(
                _("A passphrase is needed, and nobody is at the terminal to give it."),
                remedy=_("Set the variable {name}, or run the command in a terminal.").format(name=PASSPHRASE),
            )
        given = str(click.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True))
    return unicodedata.normalize("NFC", given)


@contextmanager
def _brought_configuration(found: "Unpacked", config: Path) -> "Iterator[None]":
    """Put the configuration where none is, under the name that was asked for; gone again where it cannot be used."""
    brought = found.configuration / "config.toml"
    if not brought.is_file():
        raise UsageError(
            _("The backup holds no configuration, and there is none at {path}.").format(path=config),
            remedy=_("Write one with “temoin init”, then try again. Nothing was changed."),
        )
    config.parent.mkdir(parents=True, exist_ok=True)
    placed: list[Path] = []
    try:
        for path in sorted(found.configuration.rglob("*")):
            to = config if path == brought else config.parent / path.relative_to(found.configuration)
            if path.is_file() and not to.exists():
                to.parent.mkdir(parents=True, exist_ok=True)
                placed.append(to)
                shutil.copy2(path, to)
        yield
    except BaseException:
        for to in placed:
            to.unlink(missing_ok=True)
        raise
