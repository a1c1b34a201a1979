"""Verify a bundle, step by step, by the numbers of docs/format.md, « Bundle »; offline, without configuration.

1 bag · 2 files · 3 chain · 4 entries · 5 records · 6 artefacts · 7 subjects · 8 inventory · 9 names ·
10 pictures (deep) · 11 exif (deep) · 12 documents (deep) · 13 timestamps · 14 exchanges (deep)

Reads only; tells everything it finds. What this does **not** show: whoever made the bundle can make another one
from the first entry on; only something kept elsewhere (a filed bundle, a timestamp) shows that.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from exhibits.bundle_steps import (
    check_artefacts,
    check_bag,
    check_entries,
    check_files,
    check_records,
    check_register,
    check_subjects,
)
from exhibits.deep_steps import check_documents, check_exif, check_pictures
from exhibits.exchange_steps import check_exchanges
from exhibits.inventory_steps import check_inventory, check_names
from exhibits.opened import OpenBundle, Progress, open_bundle
from exhibits.timestamp_steps import check_timestamps
from temoin.errors import StoreError
from temoin.messages import _
from temoin.os_words import os_words
from temoin.report import Check, Report, Status, passed_or

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

Step = Callable[[OpenBundle], Iterator[str]]
DeepStep = Callable[[str, OpenBundle], Iterator[Check]]

STEPS: tuple[tuple[str, Step], ...] = (
    ("1 bag", check_bag),
    ("2 files", check_files),
    ("3 chain", check_register),
    ("4 entries", check_entries),
    ("5 records", check_records),
    ("6 artefacts", check_artefacts),
    ("7 subjects", check_subjects),
    ("8 inventory", check_inventory),
    ("9 names", check_names),
)
TIMESTAMPS = "13 timestamps"
DEEP_STEPS: tuple[tuple[str, DeepStep], ...] = (
    ("10 pictures", check_pictures),
    ("11 exif", check_exif),
    ("12 documents", check_documents),
)
EXCHANGES = "14 exchanges"


def verify_bundle(
    path: Path, *, deep: bool = False, progress: Progress | None = None, roots: "Sequence[Certificate]" = ()
) -> Report:
    """Every finding about the bundle in ``path``; what is not a complete bundle has failed.

    ``roots`` are the certificates that timestamps are held to; those that come with the bundle are not.

    Raises:
        StoreError: a file of the bundle cannot be read (the machine, not the evidence).
    """
    if not path.is_dir():
        detail = _("{path} is not a folder: there is no bundle there").format(path=path)
        return Report(checks=(Check(name=STEPS[0][0], status=Status.FAILED, detail=detail),))
    try:
        bundle = open_bundle(path, progress)
        checks = _checks(bundle, roots, deep=deep)
    except OSError as error:
        raise StoreError(
            _("The bundle in {path} cannot be read: {why}.").format(path=path, why=os_words(error)),
            remedy=_("Check that the disk is there and that you may read it."),
        ) from error
    return Report(checks=tuple(checks))


def _checks(bundle: OpenBundle, roots: "Sequence[Certificate]", *, deep: bool) -> tuple[Check, ...]:
    """The answers in the order of the numbers; the pictures are looked at beside all the rest, by other processes."""
    (pictures, look), *others = DEEP_STEPS
    with ThreadPoolExecutor(1) as beside:
        looked = beside.submit(lambda: list(look(pictures, bundle))) if deep else None
        first = [check for name, step in STEPS for check in passed_or(name, step(bundle))]
        drawn = [check for name, step in others for check in step(name, bundle)] if deep else []
        stamped = list(check_timestamps(TIMESTAMPS, bundle, roots))
        exchanged = list(check_exchanges(EXCHANGES, bundle)) if deep else []
        return (*first, *(looked.result() if looked else ()), *drawn, *stamped, *exchanged)
