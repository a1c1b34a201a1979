"""One round of notifications in a process of its own: the daemon starts it, and it ends by itself.

It stands here and not in ``scheduler`` because it asks ``exhibits`` how far the proof has come.
"""

import argparse
import os
import sys
from pathlib import Path

from exhibits.coverage import Level
from exhibits.status import read_status
from scheduler.alert_facts import mark_of
from scheduler.alerts import GreenFacts
from scheduler.doctor import running_pid
from scheduler.notify import Round, Sent, describe, tell_all
from store.store import Store
from temoin.clock import utc_now
from temoin.errors import TemoinError
from temoin.messages import LANGUAGES, use_language
from temoin.settings import Settings, load_settings


def main(arguments: list[str] | None = None) -> int:
    """Tell what must be told; the exit code is that of the error, 0 even when a channel failed."""
    parser = argparse.ArgumentParser(prog="temoin-notifier")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--lang", choices=LANGUAGES)
    asked = parser.parse_args(arguments)
    use_language(asked.lang)
    data_dir = os.environ.get("TEMOIN_DATA_DIR")
    try:
        settings = load_settings(asked.config, data_dir=None if data_dir is None else Path(data_dir))
        for sent in tell_now(settings):
            sys.stderr.write(f"{describe(sent, settings.station.timezone)}\n")
    except TemoinError as error:
        sys.stderr.write(f"{error.message} {error.remedy}\n")
        return error.exit_code
    return 0


def tell_now(settings: Settings) -> tuple[Sent, ...]:
    """Everything that must be told now, on every channel of the configuration.

    Raises:
        StoreError: the store cannot be read or written.
    """
    folder = settings.station.data_dir
    with Store.open(folder, now=utc_now) as store:
        watched = running_pid(folder) is not None
        work = Round(settings=settings, store=store, now=utc_now)
        return tell_all(work, watched=watched, greens=_greens(settings, store))


def _greens(settings: Settings, store: Store) -> tuple[GreenFacts, ...]:
    """The cases whose level is green and that still seek an appointment."""
    seeking = {row.code for row in store.cases() if row.closed is None and row.obtained is None}
    return tuple(
        GreenFacts(case=one.case, mark=mark_of(store, one.case), procedure=one.procedure)
        for case in read_status(store, settings, code=None, now=utc_now())
        for one in case.assessments
        if one.level is Level.GREEN and case.code in seeking
    )


if __name__ == "__main__":
    sys.exit(main())
