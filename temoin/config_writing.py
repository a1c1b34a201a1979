"""``config.toml`` written whole or not at all, readable by the person alone, and never over something else.

The text is read as settings before it takes its name: what stands on the disk can be used. Comments of a file that
is added to stay as they were, since the new démarche is put at its end.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from temoin.durable import sync_folder
from temoin.errors import ConfigError
from temoin.messages import _
from temoin.os_words import os_words
from temoin.settings import load_settings


def write_config(path: Path, text: str, *, instead_of: str | None = None) -> None:
    """Put ``text`` at ``path``: a new file, or in place of exactly ``instead_of``.

    Raises:
        ConfigError: there is another file, the folder cannot be written, or the text holds no usable settings.
    """
    target = path.resolve()  # a link stays one
    with _told(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".temoin-init-") as folder:
            draft = Path(folder) / target.name
            _write_durably(draft, text)
            load_settings(draft)
            if instead_of is None:
                _check_absent(target)
            elif read_config(path) != instead_of:
                raise ConfigError(
                    _("{path} was changed meanwhile; it was left as it is.").format(path=path),
                    remedy=_("Close it in your editor, then start again."),
                )
            draft.replace(target)
            sync_folder(target.parent)


def check_writable(path: Path) -> None:
    """Look whether a file can be put at ``path``, before anybody answers questions for it.

    Raises:
        ConfigError: its folder is none, or may not be written to.
    """
    folder = path.resolve().parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(
            _("{path} cannot be written: its folder does not let you.").format(path=path),
            remedy=_("Name a file in another folder with --config."),
        )


def read_config(path: Path) -> str:
    """The text of the file, every byte of it, line ends and mark included.

    Raises:
        ConfigError: it cannot be read, or is not UTF-8.
    """
    with _told(path):
        data = path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("{file}, byte {byte}: not UTF-8 text.").format(file=path.name, byte=error.start),
            remedy=_("Save the file as UTF-8 in your editor."),
        ) from error


def added_to(text: str, table: str) -> str:
    """``text`` with ``table`` at its end, after an empty line, in the manner of its line ends."""
    lines = "\r\n" if "\r\n" in text else "\n"
    ended = text if text.endswith("\n") else text + lines
    return ended + lines + table.replace("\n", lines)


def _check_absent(path: Path) -> None:
    if path.exists():
        raise ConfigError(
            _("There is a file {path} already; it was left as it is.").format(path=path),
            remedy=_("Start again: you are asked whether to add to it. Or name another file with --config."),
        )


def _write_durably(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in our words what the operating system answers."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        remedy = _("Free some space, then try again.") if full else _("Name a file in another folder with --config.")
        raise ConfigError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=os_words(error)), remedy=remedy
        ) from error
