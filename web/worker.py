"""One thing that takes long, in a process of its own: started by ``web.tasks``, which says what and hears how far.

Standard input holds one JSON object; standard output gets one a line. Whatever a library prints goes to standard
error, so that the lines stay ours.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType, MappingProxyType
from typing import TextIO

from temoin.canonical import Json
from temoin.errors import TemoinError
from temoin.messages import use_language
from temoin.settings import Settings
from web import photo_work, work
from web.wording import WORDING


@dataclass(frozen=True, slots=True)
class _Teller:
    """Writes what is told, a JSON object a line."""

    out: TextIO = field(repr=False)

    def tell(self, **told: object) -> None:
        self.out.write(json.dumps(told, ensure_ascii=False) + "\n")
        self.out.flush()

    def line(self, sentence: str) -> None:
        self.tell(line=sentence)

    def progress(self, words: str, done: int, of: int) -> None:
        self.tell(progress=(words, done, of))


Job = Callable[[Settings | None, Json, work.Told], Json]
JOBS: Mapping[str, Job] = MappingProxyType(
    {
        "attempt": work.make_attempts,
        "tour": work.make_tour,
        "export": work.make_bundle,
        "verify": work.verify,
        "entry": work.verify_one,
        "check": work.check,
        "photo": photo_work.take_photograph,
        "keep_photo": photo_work.keep_photograph,
    }
)


def main() -> int:
    """Do what standard input asks; the exit code is that of the error, 0 when it is done."""
    signal.signal(signal.SIGTERM, _on_stop)
    teller = _Teller(_own_output())
    order = json.load(sys.stdin)
    use_language(order["lang"], wording=WORDING)
    told = work.Told(line=teller.line, progress=teller.progress, passphrase=order["passphrase"])
    try:
        settings = work.settings_of(order["asked"])
        teller.tell(result=JOBS[order["job"]](settings, order["asked"], told))
    except TemoinError as error:
        teller.tell(error=error.message, remedy=error.remedy)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _own_output() -> TextIO:
    """Standard output for our lines alone; what others print goes to standard error from here on."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _on_stop(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM: no ``Exception``, since the browser's driver swallows those (see ``cli``)."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
