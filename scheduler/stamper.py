"""One round of asking for timestamps, in a process of its own: started after a commit, and by the daemon.

It alone imports what checks timestamps. Its standard error is the log of whoever started it: one line for what failed.
"""

import argparse
import os
import sys
from pathlib import Path

from scheduler.life import bounded_life
from scheduler.stamping import Stamped, stamp
from store.store import Store
from temoin.clock import utc_now
from temoin.errors import TemoinError
from temoin.messages import LANGUAGES, _, use_language
from temoin.settings import load_settings

LIFE_SECONDS = 60.0


def main(arguments: list[str] | None = None) -> int:
    """Ask whoever is due; 0 whatever they answered, the error's own code when the store cannot be used."""
    parser = argparse.ArgumentParser(prog="temoin-stamper")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--simulated", action="store_true")
    parser.add_argument("--lang", choices=LANGUAGES)
    asked = parser.parse_args(arguments)
    use_language(asked.lang)
    with bounded_life(LIFE_SECONDS):
        return _stamp(asked.config, simulated=asked.simulated)


def _stamp(config: Path, *, simulated: bool) -> int:
    data_dir = os.environ.get("TEMOIN_DATA_DIR")
    try:
        settings = load_settings(config, data_dir=None if data_dir is None else Path(data_dir))
        with Store.open(settings.station.data_dir, now=utc_now, create=False) as store:
            _tell(stamp(settings, store, now=utc_now, simulated=simulated))
    except TemoinError as error:
        sys.stderr.write(f"{error.message} {error.remedy}\n")
        return error.exit_code
    return 0


def _tell(stamped: Stamped) -> None:
    for name, reason in stamped.failed:
        sentence = _("Timestamp authority {name}: no timestamp ({reason}); it is asked again later.")
        sys.stderr.write(sentence.format(name=name, reason=reason) + "\n")


if __name__ == "__main__":
    sys.exit(main())
