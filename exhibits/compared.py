"""Two registers of one station, compared: which is the beginning of the other, or where they part (docs/format.md §6).

A chain that was continued in two places is whole in each of them: only the two together show it. Reads only.
"""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from exhibits import proofs
from store.chain import parse_line
from store.opening import DATABASE_NAME
from store.store import Store
from temoin.clock import utc_now
from temoin.errors import UsageError
from temoin.messages import _
from temoin.report import Check, Report, Status

NAME = "compared"
_LONGEST = 2048  # bytes of a line: what is longer is no entry, and is not read whole


def compared(report: Report, one: Path, other: Path) -> Report:
    """The report of ``one`` with what a comparison of its register with that of ``other`` shows.

    Raises:
        UsageError: one of them holds no register.
        StoreError: a store cannot be read.
    """
    return Report(checks=(*report.checks, _compare(one, other)))


def _compare(one: Path, other: Path) -> Check:
    count, first = 0, b""
    for mine, theirs in zip_longest(_lines(one), _lines(other)):
        if mine is None or theirs is None:
            longer = other if mine is None else one
            words = _("entries in common: {count}; the register of {longer} then goes on")
            return Check(name=NAME, status=Status.PASSED, detail=words.format(count=count, longer=longer))
        if mine != theirs:
            return _parted(mine, theirs, count, first)
        count, first = count + 1, first or mine
    return Check(
        name=NAME, status=Status.PASSED, detail=_("entries in common, and no other: {count}").format(count=count)
    )


def _parted(mine: bytes, theirs: bytes, count: int, first: bytes) -> Check:
    stations = {_station(mine), _station(theirs)}
    if not first and len(stations) > 1:
        words = _("the registers are of two stations: there is nothing to compare")
        return Check(name=NAME, status=Status.NOT_CHECKED, detail=words)
    words = _(
        "the two registers part at entry {entry}, after {count} in common: one was continued in two "
        "places, or rewritten from there on"
    )
    return Check(name=NAME, status=Status.FAILED, detail=words.format(count=count, entry=count + 1))


def _station(line: bytes) -> str:
    try:
        return parse_line(line).station
    except ValueError:
        return ""


def _lines(place: Path) -> Iterator[bytes]:
    """The lines of the register of a bundle, of a folder of data, or of a ``registre.jsonl``, line feeds left out."""
    if (place / DATABASE_NAME).is_file():
        with Store.open(place, now=utc_now, create=False, read_only=True) as store:
            yield from (entry.line for entry in store.entries())
        return
    path = place if place.is_file() else place / proofs.FOLDER / proofs.REGISTER
    if not path.is_file():
        raise UsageError(
            _("There is no register in {path}.").format(path=place),
            remedy=_("Name a bundle, a folder of data or a file registre.jsonl."),
        )
    with path.open("rb") as file:
        while line := file.readline(_LONGEST):
            yield line.removesuffix(b"\n")
