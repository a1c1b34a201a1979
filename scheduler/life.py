"""How long a child process may live when nobody is left to end it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def bounded_life(seconds: float) -> Iterator[None]:
    """End this process after ``seconds``, without a word, unless the block is done by then.

    Whoever started the process ends it sooner; when that one was killed, nobody else would.
    """
    end = threading.Timer(seconds, os._exit, (1,))
    end.daemon = True
    end.start()
    try:
        yield
    finally:
        end.cancel()
