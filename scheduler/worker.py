"""One planned attempt, in a process of its own: started by the daemon, bounded by it, ended with all it started.

It ends with the code of a refusal, and records nothing, where the host only needs a little rest: the daemon asks again.
"""

import argparse
import os
import sys
from pathlib import Path

from scheduler.job import Recorded, capture_and_record, open_workshop
from scheduler.manual import tell
from scheduler.notices import RecordedNotice, describe
from temoin.clock import parse_instant
from temoin.errors import TemoinError
from temoin.messages import LANGUAGES, use_language
from temoin.scratch import temporary_files_of_a_visit
from temoin.settings import load_settings


def main(arguments: list[str] | None = None) -> int:
    """Make the attempt; the exit code is that of the error, 0 when it is in the register."""
    parser = argparse.ArgumentParser(prog="temoin-worker")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--procedure", required=True)
    parser.add_argument("--due", required=True)
    parser.add_argument("--patient-until", required=True)
    parser.add_argument("--lang", choices=LANGUAGES)
    asked = parser.parse_args(arguments)
    use_language(asked.lang)
    data_dir = os.environ.get("TEMOIN_DATA_DIR")
    try:
        settings = load_settings(asked.config, data_dir=None if data_dir is None else Path(data_dir))
        with temporary_files_of_a_visit(), open_workshop(settings, assisted=False) as workshop:
            procedure = settings.procedure(asked.procedure)
            due, until = parse_instant(asked.due), parse_instant(asked.patient_until)
            capture_and_record(workshop, procedure, due=due, patient_until=until, told=_tell, noticed=_tell_notice)
    except TemoinError as error:
        sys.stderr.write(f"{error.message} {error.remedy}\n")
        return error.exit_code
    return 0


def _tell(recorded: Recorded) -> None:
    """What was found, in the daemon's own log: a slot is said at once, with its address."""
    tell(recorded, lambda sentence: sys.stderr.write(f"{sentence}\n"))


def _tell_notice(notice: RecordedNotice) -> None:
    """That the préfecture's page was looked at, and what was found."""
    sys.stderr.write(f"{describe(notice)}\n")


if __name__ == "__main__":
    sys.exit(main())
