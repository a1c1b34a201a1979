"""One look at one picture of a bundle, or at a framed one with the untouched one it holds: decoded once, compared.

It runs in a process of its own (``exhibits.two_processes``): what goes in and comes out are plain values.
"""

import io
import warnings
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PIL import Image, ImageChops

from capture.frame import UNREADABLE, inner_pixels, plain_pixels
from temoin.errors import TemoinError

_KEPT_BLOCKS = 8  # of at most 16 MiB each, in each of two processes
_SUBTRACTED = frozenset({"L", "RGB", "RGBA"})  # the forms in which a difference is exact: a byte a band


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


def keep_memory() -> None:
    """Let Pillow use again the memory of one picture for the next, in a process that looks at hundreds of them.

    Otherwise the system clears and maps it anew each time, a third of the whole (Pillow, "Block Allocator").
    """
    Image.core.set_blocks_max(_KEPT_BLOCKS)  # type: ignore[attr-defined] # documented, and not in its stubs


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
    if not _are_same(inner, plain):
        return (Found(flaw=Flaw.OTHER_PIXELS, path=pair.framed, plain=pair.plain),)
    return ()


def _are_same(inner: Image.Image, plain: Image.Image) -> bool:
    """Whether both have the same pixels; two rows of bytes a picture would cost more than decoding them."""
    if inner.size != plain.size:
        return False
    same_form = inner if inner.mode == plain.mode else inner.convert(plain.mode)
    if plain.mode in _SUBTRACTED:
        return ImageChops.difference(same_form, plain).getbbox(alpha_only=False) is None
    return same_form.tobytes() == plain.tobytes()
