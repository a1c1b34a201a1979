"""Which attempts of a captures file share a PDF, so that each can be filed (pure).

Télérecours citoyens takes 32 MB a file and DESIGN §10 wants under 10 MB, split before 30. A PDF holds its pictures
as they are (``exhibits.pictures_in_pdf``), so that its weight is known before it is drawn. Attempts stay in their
order and keep their numbers; a file is filled before the next one begins, so that captures which come later change
no earlier file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from exhibits.model import CaptureFile, Numbered

LIGHT = 9_000_000  # bytes of pictures in a file: with its pages (5 KB each) and its fonts, under 10 MB
MOST_PICTURES = 80  # in a file: a PDF that one can still leaf through, drawn in 100 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an attempt brings into a file."""

    size: int  # bytes
    pictures: int


def split_file(file: CaptureFile, load_of: Callable[[Numbered], Load]) -> tuple[CaptureFile, ...]:
    """``file`` as it is when it is light enough, or several that hold its attempts one after the other."""
    counts = cut([load_of(one) for one in file.attempts])
    if len(counts) == 1:
        return (file,)
    found, start = [], 0
    for count in counts:
        found.append(_part(file, start, start + count))
        start += count
    return tuple(found)


def halve(file: CaptureFile) -> tuple[CaptureFile, CaptureFile]:
    """The same attempts in two files; there are two attempts or more."""
    half = len(file.attempts) // 2
    return _part(file, 0, half), _part(file, half, len(file.attempts))


def cut(loads: Sequence[Load], *, light: int = LIGHT, most: int = MOST_PICTURES) -> list[int]:
    """How many of ``loads`` each file takes: as many as stay within both bounds, one at the least."""
    counts: list[int] = []
    size = pictures = 0
    for load in loads:
        size += load.size
        pictures += load.pictures
        if counts and size <= light and pictures <= most:
            counts[-1] += 1
        else:
            counts.append(1)
            size, pictures = load.size, load.pictures
    return counts


def _part(file: CaptureFile, start: int, end: int) -> CaptureFile:
    """Some of the attempts; the period is theirs, so that the parts' titles differ in more than numbers."""
    attempts = file.attempts[start:end]
    first, last = (one.facts.local.date() for one in (attempts[0], attempts[-1]))
    return replace(file, attempts=attempts, start=first, end=last)
