"""What every page shares: the configuration, the store, the secrets of this run, and the programs under way.

Built once by ``temoin serve`` and handed to the application. The configuration is read again when its file changed:
it may be edited by hand while the page is open.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from starlette.requests import Request

from scheduler.served import Place
from store.opening import DATABASE_NAME
from store.store import Store
from temoin.canonical import Json
from temoin.clock import Now, utc_now
from temoin.settings import Settings, load_settings
from web.held import Held
from web.made import Made
from web.passphrase import Passphrase
from web.reader import Reader
from web.said import Said
from web.tasks import Tasks
from web.thumbnails import Thumbnails

_SECRET_BYTES = 32
_Stamp = tuple[int, int]


@dataclass(slots=True, kw_only=True)
class Site:
    """One run of the local page, on one configuration; safe to use from several threads."""

    config: Path
    data_dir: Path | None = None
    now: Now = utc_now
    token: str = field(default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES), repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES), repr=False)
    form_secret: str = field(default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES), repr=False)
    passphrase: Passphrase = field(default_factory=Passphrase)
    tasks: Tasks = field(default_factory=Tasks)
    made: Made = field(default_factory=Made)
    said: Said = field(default_factory=Said)
    held: Held = field(default_factory=Held, repr=False)
    config_lock: Lock = field(default_factory=Lock, repr=False)  # held from reading the file to writing it
    place: Place = field(default_factory=Place, repr=False)
    address: str = field(default="", repr=False)  # where it is served, secret included; empty before that
    _reader: Reader = field(default_factory=Reader, init=False, repr=False)
    _read: tuple[_Stamp, Settings] | None = field(default=None, init=False, repr=False)
    _thumbnails: Thumbnails | None = field(default=None, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def is_configured(self) -> bool:
        """Whether there is a configuration: without one, the first run is all there is to see."""
        return self.config.is_file()

    def settings(self) -> Settings:
        """The configuration as its file stands now.

        Raises:
            ConfigError: there is none, or it cannot be used.
        """
        try:
            found = self.config.stat()
        except OSError:
            return load_settings(self.config, data_dir=self.data_dir)  # it says what is wrong
        stamp = (found.st_mtime_ns, found.st_size)
        with self._lock:
            if self._read is None or self._read[0] != stamp:
                self._read = (stamp, load_settings(self.config, data_dir=self.data_dir).by_labels())
            return self._read[1]

    def prepare(self) -> None:
        """Make the store where there is none yet, so that every page can read it, and say where this page is.

        Raises:
            ConfigError: the configuration cannot be used.
            StoreError: the folder cannot be written.
        """
        folder = self.settings().station.data_dir
        if not (folder / DATABASE_NAME).exists():
            with self.writing():
                pass
        if self.address:
            self.place.take(folder, self.address)

    def named(self) -> Json:
        """Which configuration and data folder a program of ours is to use (``web.work``)."""
        return {"config": str(self.config), "data_dir": None if self.data_dir is None else str(self.data_dir)}

    def thumbnails(self) -> Thumbnails:
        """The small pictures of the data folder. Raises ``ConfigError``."""
        folder = self.settings().station.data_dir
        with self._lock:
            if self._thumbnails is None or self._thumbnails.data_dir != folder:
                self._thumbnails = Thumbnails(folder)
            return self._thumbnails

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """The store, for reading only.

        Raises:
            StoreError: absent, locked or damaged.
        """
        yield self._reader.store(self.settings().station.data_dir, now=self.now)

    def close(self) -> None:
        """Let go of the store."""
        self._reader.close()

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """The store, for writing. Raises ``StoreError``."""
        with Store.open(self.settings().station.data_dir, now=self.now) as store:
            yield store


def site_of(request: Request) -> Site:
    """The run that the request belongs to."""
    site: Site = request.app.state.site
    return site


def data_dir_of_environment() -> Path | None:
    """The data folder that ``TEMOIN_DATA_DIR`` names, for this program and for those that it starts."""
    named = os.environ.get("TEMOIN_DATA_DIR")
    return Path(named) if named else None
