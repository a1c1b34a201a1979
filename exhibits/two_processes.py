"""Work on many files, shared by two processes: what a verification spends its time on is counting, not waiting.

Few files are done here at once: starting a process takes longer than looking at a dozen pictures. The answers come in
the order of the questions, whoever gave them.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from temoin.errors import StoreError
from temoin.messages import _

PROCESSES = 2
WORTH_IT = 40  # tasks; below, they are done before a second process has started
_AT_ONCE = 8  # tasks handed over together

Q = TypeVar("Q")
A = TypeVar("A")


def answers(work: Callable[[Q], A], questions: Sequence[Q], *, prepare: Callable[[], object] | None = None) -> list[A]:
    """What ``work`` says to each question, in their order. ``work`` is a function of a module, without effects.

    ``prepare``, another one, is called once in each process that is started.

    Raises:
        StoreError: a process was ended from outside (no memory left).
    """
    if len(questions) < WORTH_IT:
        return [work(question) for question in questions]
    context = multiprocessing.get_context("spawn")  # a fork would copy threads and open files of whoever calls
    try:
        with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=prepare) as pool:
            return list(pool.map(work, questions, chunksize=_AT_ONCE))
    except BrokenProcessPool as error:
        raise StoreError(
            _("A process that looks at the pictures was ended."),
            remedy=_("Close other programs, then verify again. Nothing was changed."),
        ) from error
