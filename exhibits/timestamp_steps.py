"""Step 13 of a bundle's verification: its timestamps, each over its entry or the manifest (RFC 3161; docs/format.md).

A root certificate that comes with the bundle shows nothing by itself: whoever made up the timestamps could have put it
there. What leads to such a root only is right in itself, and *not checked* until the person gives the authority's own.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from exhibits import bag, proofs
from exhibits.opened import OpenBundle
from exhibits.token_files import ROOTS, TOKENS, TokenFile, find_tokens
from temoin.clock import utc_text
from temoin.errors import ConfigError, TokenError
from temoin.messages import _
from temoin.report import Check, Status, passed_or

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(slots=True, kw_only=True)
class _Tally:
    """How an authority's answers fared; ``brought`` are the roots that the bundle has for it."""

    brought: "tuple[Certificate, ...]"
    pinned: int = 0
    unpinned: list[TokenFile] = field(default_factory=list)
    latest: datetime | None = None  # the time of the answer over the manifest


def check_timestamps(name: str, bundle: OpenBundle, roots: "Sequence[Certificate]" = ()) -> Iterator[Check]:
    """13: each answer is over what it stands beside, granted, rightly signed, and leads to a root that was given."""
    failures = list(_check_places(bundle))
    tallies: dict[str, _Tally] = {}
    for one in find_tokens(bundle):
        if one.authority not in tallies:
            tallies[one.authority] = _Tally(brought=_brought(bundle, one.authority))
        failures += _check_token(bundle, one, tuple(roots), tallies[one.authority])
    unchecked: list[str] = []
    for authority, tally in tallies.items():
        if tally.pinned:
            failures += [_unpinned(one.path) for one in tally.unpinned]
            unchecked += _check_brought(bundle, authority, roots)
        elif tally.unpinned:
            unchecked.append(_not_pinned(bundle, authority, len(tally.unpinned)))
    if failures or not unchecked:
        yield from passed_or(name, failures, _summary(tallies))
    for words in unchecked:
        yield Check(name=name, status=Status.NOT_CHECKED, detail=words)


def _summary(tallies: dict[str, _Tally]) -> str:
    if not tallies:
        return _("no timestamp by a third party: the time rests on the station’s clock alone")
    counts = Counter({name: tally.pinned for name, tally in tallies.items()})
    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    latest = max((tally.latest for tally in tallies.values() if tally.latest), default=None)
    words = _("timestamps: {told}").format(told=told)
    whole = (
        _("; none is over the whole bundle")
        if latest is None
        else _("; the whole bundle existed at {time}").format(time=utc_text(latest))
    )
    return f"{words}{whole}"


def _check_places(bundle: OpenBundle) -> Iterator[str]:
    """The lines of entries without a folder of their own are those of the register, and stand beside an answer."""
    start = bundle.proof(f"{TOKENS}/")
    answered = {one.path.rpartition("/")[0] for one in find_tokens(bundle)}
    for folder in sorted(answered):
        if folder.startswith(start) and f"{folder}/{proofs.ENTRY}" not in bundle.digests:
            yield _("{file} is missing").format(file=f"{folder}/{proofs.ENTRY}")
    for path in sorted(bundle.digests):
        folder, _slash, name = path.rpartition("/")
        if not path.startswith(start) or name != proofs.ENTRY:
            continue
        number = folder.removeprefix(start)
        entry = bundle.entries.get(int(number)) if number.isdecimal() else None
        if entry is None or bundle.read(path) != entry.line:
            yield _("{file} is not line {sequence} of registre.jsonl").format(file=path, sequence=number)
        if folder not in answered:
            yield _("{file} stands beside no timestamp").format(file=path)


def _check_token(bundle: OpenBundle, one: TokenFile, roots: "tuple[Certificate, ...]", tally: _Tally) -> Iterator[str]:
    from store.tokens import TokenFault, Trust, check_token  # noqa: PLC0415 - cryptography: only where there are tokens

    message = _message(bundle, one)
    if message is None:
        yield _("{file}: there is nothing that it could be over").format(file=one.path)
        return
    answer = bundle.read(one.path) or b""
    try:
        token = check_token(answer, message, Trust(roots=roots or tally.brought))
    except TokenError as error:
        if error.reason not in (TokenFault.NO_ROOT, TokenFault.UNTRUSTED):
            yield f"{one.path}: {error.message}"
            return
        if not roots and error.reason == TokenFault.UNTRUSTED:
            yield f"{one.path}: {error.message}"
        elif roots:
            yield from _check_itself(one, answer, message, tally.brought)
        tally.unpinned.append(one)
        return
    if not roots:
        tally.unpinned.append(one)
        return
    tally.pinned += 1
    if not one.sequence:
        tally.latest = token.gen_time


def _check_itself(one: TokenFile, answer: bytes, message: bytes, brought: "tuple[Certificate, ...]") -> Iterator[str]:
    """Whether it leads at least to the root that the bundle brings."""
    from store.tokens import TokenFault, Trust, check_token  # noqa: PLC0415 - as above

    try:
        check_token(answer, message, Trust(roots=brought))
    except TokenError as error:
        if error.reason != TokenFault.NO_ROOT:
            yield f"{one.path}: {error.message}"


def _message(bundle: OpenBundle, one: TokenFile) -> bytes | None:
    if not one.sequence:
        return bundle.read(bag.MANIFEST)
    entry = bundle.entries.get(one.sequence)
    return None if entry is None else entry.line


def _brought(bundle: OpenBundle, authority: str) -> "tuple[Certificate, ...]":
    from store.tokens import load_roots  # noqa: PLC0415 - as above

    path = bundle.proof(f"{ROOTS}/{authority}.pem")
    data = bundle.read(path)
    try:
        return () if data is None else load_roots(data, path)
    except ConfigError:
        return ()


def _check_brought(bundle: OpenBundle, authority: str, roots: "Sequence[Certificate]") -> Iterator[str]:
    """Whoever checks by hand takes the root that the bundle brings: it must be one that was given here."""
    path = bundle.proof(f"{ROOTS}/{authority}.pem")
    brought = _brought(bundle, authority)
    if path in bundle.digests and (not brought or not set(brought) <= set(roots)):
        yield _(
            "{file} is not the root certificate that was given: check nothing by hand with it, or give it too with "
            "--root once its fingerprint was compared"
        ).format(file=path)


def _unpinned(path: str) -> str:
    return _("{file}: it does not lead to the root certificate that was given, others of this authority do").format(
        file=path
    )


def _not_pinned(bundle: OpenBundle, authority: str, count: int) -> str:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above

    shown = ", ".join(one.fingerprint(hashes.SHA256()).hex() for one in _brought(bundle, authority)) or "–"
    return _(
        "{count} timestamps of “{authority}” are right in themselves; whether they are this authority’s is not "
        "checked: its root certificate came with the bundle (SHA-256 {fingerprint}). Compare that with the one that "
        "the authority publishes, then run “temoin verify BUNDLE --root FILE”"
    ).format(count=count, authority=authority, fingerprint=shown)
