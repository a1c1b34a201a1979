"""The daemon with its real worker and shorter waits: ``busy_daemon.py CONFIG PACING_JSON`` (seconds by name).

The command ``run`` says a time is missed after 45 minutes; a test that kills the daemon cannot wait so long.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from scheduler.daemon import Pacing, run_daemon
from temoin.messages import use_language
from temoin.settings import load_settings


def run(config: str, pacing: str) -> int:
    use_language("en")
    given: dict[str, Any] = {name: timedelta(seconds=seconds) for name, seconds in json.loads(pacing).items()}
    return run_daemon(load_settings(Path(config)), pacing=Pacing(**given), notify=None)


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
