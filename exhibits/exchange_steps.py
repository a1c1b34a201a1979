"""Step 14 of a bundle's verification, with ``--deep``: the WARCs, and the web archive that is made of them."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from exhibits import bag, proofs
from exhibits.described import read_description
from exhibits.opened import OpenBundle
from exhibits.web_archive import write_archive
from temoin import __version__
from temoin.canonical import Json
from temoin.errors import IntegrityError
from temoin.messages import _
from temoin.records import Role
from temoin.report import Check, Status, passed_or
from temoin.warc import Origin, check_warc


def check_exchanges(name: str, bundle: OpenBundle) -> Iterator[Check]:
    """14: each WARC's digests are those of its bytes, each body is kept, and the web archive is made of them."""
    findings = list(_check_warcs(bundle))
    yield from passed_or(name, findings)
    if bundle.proof(proofs.ARCHIVE) not in bundle.digests:
        return  # step 6 says whether there should be one
    described = read_description(bundle)
    if described is None or described.made_by != proofs.makers():
        detail = _("{file} was made by another version, and cannot be made again to the byte by {here}").format(
            file=proofs.ARCHIVE, here=f"Temoin {__version__}"
        )
        yield Check(name=name, status=Status.NOT_CHECKED, detail=detail)
        return
    if not findings:
        yield from (check for check in passed_or(name, _made_again(bundle)) if check.status is Status.FAILED)


def _check_warcs(bundle: OpenBundle) -> Iterator[str]:
    """A body is looked for in the earlier visits of the same procedure, in the order of the register."""
    kept: defaultdict[str, set[tuple[str, Origin]]] = defaultdict(set)
    for sequence, facts in bundle.attempts().items():
        for item in _named(facts.record):
            path = bundle.proof(f"{sequence}/{item}")
            data = bundle.read(path)
            if data is not None:  # step 6 tells of one that is missing
                for problem in check_warc(data, kept[facts.procedure]):
                    yield f"{path}: {problem}"


def _named(record: Json) -> list[str]:
    """The paths of an attempt's WARCs in its folder; none of a record of nonsense, which step 6 tells of."""
    try:
        return [item.path for item in proofs.find_items(record) if item.role is Role.EXCHANGE]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _made_again(bundle: OpenBundle) -> Iterator[str]:
    path = bundle.proof(proofs.ARCHIVE)
    with tempfile.TemporaryDirectory(prefix="temoin-verify-") as folder:
        again = Path(folder) / proofs.ARCHIVE
        try:
            made = write_archive(_records(bundle), lambda name: bundle.read(bundle.proof(name)), again)
        except (IntegrityError, ValueError, KeyError, TypeError, AttributeError) as error:
            yield _("{file} cannot be made again from the WARCs: {why}").format(file=path, why=error)
            return
        if not made or bag.hash_file(again) != bundle.digests[path]:
            yield _("{file} is not the archive that the WARCs and records make").format(file=path)


def _records(bundle: OpenBundle) -> Iterator[tuple[int, Json]]:
    for sequence, facts in bundle.attempts().items():
        yield sequence, facts.record
