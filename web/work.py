"""What the page's workers do: the same functions as the commands of the same names call.

``asked`` is the JSON object that the page gave to ``Tasks.start``. ``config`` in it is the configuration's path, and
``data_dir`` the data folder that replaces its own, or null.
"""

import time as time_of_day
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from temoin.canonical import Json
from temoin.clock import utc_now
from temoin.errors import ConfigError, UsageError
from temoin.messages import _
from temoin.settings import Settings, load_settings
from web.deposit import LETTERS, files_in, is_simulated, read_titles

if TYPE_CHECKING:
    from exhibits.export import ExportResult
    from scheduler.workshop import Workshop
    from store.verify_tokens import Roots

_TELL_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who is told how it goes, and the passphrase that was typed, if any."""

    line: Callable[[str], object]
    progress: Callable[[str, int, int], None]
    passphrase: str = ""

    def now_and_then(self, words: str) -> Callable[[int, int], None]:
        """Tells how many are done of how many, a few times a second at most: there may be very many."""
        last = [0.0]

        def tell(done: int, of: int) -> None:
            now = time_of_day.monotonic()
            if now - last[0] >= _TELL_SECONDS or done == of:
                last[0] = now
                self.progress(words, done, of)

        return tell

    def ask(self) -> str:
        """The passphrase. Raises ``UsageError`` when nobody typed one."""
        if not self.passphrase:
            raise UsageError(
                _("What you added is locked: its passphrase is needed."), remedy=_("Type it, then try again.")
            )
        return self.passphrase


def settings_of(asked: Json) -> Settings | None:
    """The configuration that ``asked`` names; None where it names none. Raises ``ConfigError``."""
    if not asked.get("config"):
        return None
    data_dir = asked.get("data_dir")
    return load_settings(Path(asked["config"]), data_dir=None if data_dir is None else Path(data_dir)).by_labels()


def make_attempts(settings: Settings | None, asked: Json, told: Told) -> Json:
    """Attempts at ``procedures`` now, ``assisted`` or not, under the same politeness as everywhere.

    Raises:
        RefusedError: not one could be made.
        BrowserError: no usable browser or display.
        StoreError: the evidence could not be kept.
    """
    from scheduler.manual import capture_all  # noqa: PLC0415 - slow, and for this job only

    here = need_settings(settings)
    chosen = [here.procedure(name) for name in asked["procedures"]]
    assisted = bool(asked["assisted"])
    with _opened(here, assisted=assisted) as workshop:
        for sentence in workshop.noticed:
            told.line(sentence)
        made = capture_all(workshop, chosen, assisted=assisted, say=told.line)
    return {"sequences": list(made)}


@contextmanager
def _opened(settings: Settings, *, assisted: bool) -> "Iterator[Workshop]":
    """What visits need, with temporary files of their own. Raises as ``open_workshop`` does."""
    from capture.driver import started_driver  # noqa: PLC0415 - slow, and for visits only
    from scheduler.workshop import open_workshop  # noqa: PLC0415 - as above
    from temoin.scratch import temporary_files_of_a_visit  # noqa: PLC0415 - as above

    with (
        temporary_files_of_a_visit(),
        started_driver() as driver,
        open_workshop(settings, assisted=assisted, driver=driver) as workshop,
    ):
        yield workshop


def make_tour(settings: Settings | None, asked: Json, told: Told) -> Json:
    """The tries that are due now, of ``procedures``, one after the other, each in a window that the person sits at.

    Raises:
        BrowserError: no usable browser or display.
        StoreError: the evidence could not be kept.
    """
    from scheduler.tour import Move, Round, make_round, tries_of  # noqa: PLC0415 - slow, and for this job only

    with _opened(need_settings(settings), assisted=True) as workshop:
        chosen = [one for one in tries_of(workshop, every=False) if one.id in asked["procedures"]]
        talk = Round(ask=lambda _id: Move.OPEN, say=told.line, wait=time_of_day.sleep)
        made = make_round(workshop, chosen, talk)
    return {"sequences": list(made)}


def make_bundle(settings: Settings | None, asked: Json, told: Told) -> Json:
    """A draft, a filing, a supplement or a filing issued again, in the folder ``out``, which is the page's own.

    The file with the identity is removed here, however it ends.

    Raises:
        UsageError: what is asked makes no sense for this dossier.
        StoreError: the disk is full, or the store cannot be read.
    """
    identity = Path(asked["identity"]) if asked.get("identity") else None
    with _removed(identity):
        return _export(need_settings(settings), asked, identity, told)


def _export(here: Settings, asked: Json, identity: Path | None, told: Told) -> Json:
    from exhibits.command import export_case  # noqa: PLC0415 - slow, and for this job only
    from scheduler.notices import refresh_for_case  # noqa: PLC0415 - as above
    from store.store import Store  # noqa: PLC0415 - as above
    from store.vault import Keys  # noqa: PLC0415 - as above
    from web.stampers import stamper_for  # noqa: PLC0415 - as above

    frozen = bool(asked["file"] or asked["supplement"])
    if frozen:  # what is filed shows the préfecture's own page as it is that day
        with Store.open(here.station.data_dir, now=utc_now, create=False, read_only=True) as store:
            for sentence in refresh_for_case(here, store, asked["code"]):
                told.line(sentence)
    with Store.open(here.station.data_dir, now=utc_now, create=False, read_only=not frozen) as store:
        made = export_case(
            store,
            here,
            code=asked["code"],
            out=Path(asked["out"]),
            file=bool(asked["file"]),
            supplement=bool(asked["supplement"]),
            again=asked["again"],
            since=_day(asked["since"]),
            until=_day(asked["until"]),
            grouping=asked["grouping"],
            first_number=asked["first_number"],
            paper=bool(asked["paper"]),
            identity=identity,
            now=utc_now(),
            keys=Keys(passphrase=told.ask),
            progress=told.progress,
            stamper=stamper_for(here),
        )
    return _told(made, told)


def _told(made: "ExportResult", told: Told) -> Json:
    """What was made, by names alone: where the page keeps it is of no use to anybody."""
    letters = None if made.letters is None else Path(made.letters.name)
    for sentence in replace(made, path=Path(made.path.name), letters=letters).sentences():
        told.line(sentence)
    return {
        **made.to_json(),
        "path": made.path.name,
        "letters": None if letters is None else letters.name,
        "letter_files": [] if made.letters is None else list(files_in(made.letters)),
        "simulated": is_simulated(made.path),
        "titles": [list(pair) for pair in read_titles(made.path)],
        "models": list(files_in(made.path / LETTERS)),
    }


@contextmanager
def _removed(file: Path | None) -> Iterator[None]:
    """Remove the file at the end, however it comes."""
    try:
        yield
    finally:
        if file is not None:
            file.unlink(missing_ok=True)


def verify(settings: Settings | None, asked: Json, told: Told) -> Json:
    """The store, or the bundle of the ZIP ``dropped``; with ``deep``, pictures and documents too.

    What is unpacked of the ZIP is removed at the end.
    ``roots``: files of root certificates that were given besides those of the configuration.
    """
    from exhibits.verify_bundle import verify_bundle  # noqa: PLC0415 - slow, and for this job only
    from store.pinned import read_roots  # noqa: PLC0415 - as above
    from store.verify import verify_store  # noqa: PLC0415 - as above
    from web.unpacking import unpacked  # noqa: PLC0415 - as above

    more, deep = [Path(path) for path in asked.get("roots", ())], bool(asked["deep"])
    progress = told.now_and_then(_("Files read"))
    if not asked.get("dropped"):
        here = need_settings(settings)
        return verify_store(here.station.data_dir, deep=deep, progress=progress, roots=_roots(here, more)).to_json()
    given = tuple(root for path in more for root in read_roots(path))
    with unpacked(Path(asked["dropped"]), told.now_and_then(_("Files unpacked"))) as bundle:
        return verify_bundle(bundle, deep=deep, progress=progress, roots=given).to_json()


def verify_one(settings: Settings | None, asked: Json, _told: Told) -> Json:
    """The entry ``sequence`` of the register: each step that concerns it. Raises ``StoreError``, ``UsageError``."""
    from store.verify_entry import check_entry  # noqa: PLC0415 - for this job only

    here = need_settings(settings)
    return check_entry(here.station.data_dir, int(asked["sequence"]), _roots(here, ())).to_json()


def _roots(settings: Settings, more: Sequence[Path]) -> "Roots":
    from store.pinned import read_pinned, trust_of_others  # noqa: PLC0415 - for verifications only
    from store.verify_tokens import Roots  # noqa: PLC0415 - as above

    return Roots(pinned=read_pinned(settings.timestamp.authorities, more), others=trust_of_others(more))


def check(settings: Settings | None, _asked: Json, _told: Told) -> Json:
    """What ``temoin check`` finds. Raises ``StoreError``."""
    from scheduler.doctor import examine  # noqa: PLC0415 - slow, and for this job only

    return examine(need_settings(settings)).to_json()


def need_settings(settings: Settings | None) -> Settings:
    """The configuration. Raises ``ConfigError`` where there is none."""
    if settings is None:
        raise ConfigError(_("There is no configuration yet."), remedy=_("Begin with the first page."))
    return settings


def _day(text: str) -> datetime | None:
    return datetime.combine(date.fromisoformat(text), time()) if text else None
