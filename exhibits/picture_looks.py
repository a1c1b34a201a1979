"""One look at one picture of a bundle, or at a framed one with the untouched one it holds: decoded once, compared.

It runs in a process of its own (``exhibits.two_processes``): what goes in and comes out are plain values.
"""

import io
import warnings
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PIL import Image

from capture.frame import UNREADABLE, inner_pixels, plain_pixels
from temoin.errors import TemoinError


class Flaw(Enum):
    """What may be wrong with a picture."""

    UNDECODABLE = "undecodable"
    UNFRAMED = "unframed"
    OTHER_PIXELS = "other pixels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A framed picture and the untouched one that it shows."""

    framed: Path
    plain: Path | None  # None: the bundle does not hold it, which step 6 tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A flaw, the picture that has it, and the one it was compared with."""

    flaw: Flaw
    path: Path
    plain: Path | None = None


def look_at(what: Pair | Path) -> tuple[Found, ...]:
    """The flaws of a picture, or of a pair of them.

    Raises:
        OSError: a file cannot be read (the machine, not the evidence).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # a long page is no attack here
        return _look_at_pair(what) if isinstance(what, Pair) else _look_at_one(what)


def _look_at_one(path: Path) -> tuple[Found, ...]:
    data = path.read_bytes()
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except UNREADABLE:
        return (Found(flaw=Flaw.UNDECODABLE, path=path),)
    return ()


def _look_at_pair(pair: Pair) -> tuple[Found, ...]:
    if pair.plain is None:
        return (*_look_at_one(pair.framed), Found(flaw=Flaw.UNFRAMED, path=pair.framed))
    try:
        inner, plain = inner_pixels(pair.framed.read_bytes()), plain_pixels(pair.plain.read_bytes())
    except TemoinError:
        alone = (*_look_at_one(pair.framed), *_look_at_one(pair.plain))
        return (*alone, Found(flaw=Flaw.UNFRAMED, path=pair.framed))
    same_form = inner if inner.mode == plain.mode else inner.convert(plain.mode)
    if inner.size != plain.size or same_form.tobytes() != plain.tobytes():
        return (Found(flaw=Flaw.OTHER_PIXELS, path=pair.framed, plain=pair.plain),)
    return ()
