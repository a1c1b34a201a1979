"""What the configuration pins: the roots that each authority's answers are held to, read from their files.

A file that cannot be used stops nothing: the authority then has no root, its tokens cannot be checked, and that is
said. Only this module reads those files.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from temoin.errors import ConfigError
from temoin.floors import is_loopback
from temoin.messages import _
from temoin.os_words import os_words
from temoin.settings import Authority

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from store.tokens import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """An authority and what it is held to; ``problem`` says why its file of roots cannot be used."""

    name: str
    trust: "Trust"
    qualified: bool = False
    loopback: bool = False
    problem: str = ""


def read_pinned(authorities: Iterable[Authority], extra: Sequence[Path] = ()) -> tuple[Pinned, ...]:
    """Each authority with its roots, and those of the files ``extra`` (``verify --root``).

    Raises:
        ConfigError: one of ``extra`` cannot be used; it was asked for.
    """
    named = tuple(authorities)
    if not named and not extra:
        return ()
    from store.tokens import Trust  # noqa: PLC0415 - cryptography, which a store without authorities can do without

    more = tuple(root for path in extra for root in read_roots(path))
    found: list[Pinned] = []
    for one in named:
        try:
            roots, problem = read_roots(one.roots), ""
        except ConfigError as error:
            roots, problem = (), f"{error.message} {error.remedy}"
        trust = Trust(roots=(*roots, *(root for root in more if root not in roots)), policy=one.policy)
        found.append(
            Pinned(name=one.name, trust=trust, qualified=one.qualified, loopback=is_loopback(one.url), problem=problem)
        )
    return tuple(found)


def trust_of_others(extra: Sequence[Path]) -> "Trust | None":
    """What tokens of authorities that the configuration no longer names are held to: the files ``extra``, if any.

    Raises:
        ConfigError: one of them cannot be used.
    """
    if not extra:
        return None
    from store.tokens import Trust  # noqa: PLC0415 - as above

    return Trust(roots=tuple(dict.fromkeys(root for path in extra for root in read_roots(path))))


def read_roots(path: Path) -> "tuple[Certificate, ...]":
    """The certificates of the PEM file at ``path``.

    Raises:
        ConfigError: it is not there, cannot be read, or holds none.
    """
    from store.tokens import load_roots  # noqa: PLC0415 - as above

    try:
        pem = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            _("The file of root certificates {path} cannot be read: {why}.").format(path=path, why=os_words(error)),
            remedy=_(
                "Take the root certificate (PEM) from the authority’s own site, compare its SHA-256 fingerprint with "
                "the one published elsewhere (openssl x509 -in FILE -noout -fingerprint -sha256), and write its path."
            ),
        ) from error
    return load_roots(pem, path.name)
