"""The one use case of this room: a case's attempts, out of the store, into a bundle (DESIGN §10).

The bundle is made in a folder of its own beside its place and renamed when it is whole: a crash or a full disk
leaves no half bundle. A draft changes nothing in the store; a filing is frozen in one transaction, before the
rename, and re-issued byte for byte ever after.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from exhibits import bag, model, names, proofs, tables
from exhibits.courtfile import Content, Desk, Progress, draw_court_file
from exhibits.facts import AttemptFacts, Followed, read_attempt
from store.chain import Entry
from store.store import Store
from store.values import AttemptQuery, FilingRow, NewFiling, NumberRow
from temoin import __version__
from temoin.canonical import Digest, Json
from temoin.errors import StoreError, UsageError
from temoin.messages import _, n_
from temoin.settings import Settings

TEMPORARY = ".temoin-export-"
LOCK = "lock"

__all__ = ["ExhibitRow", "ExportRequest", "ExportResult", "Grouping", "export"]

Grouping = model.Grouping


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to export; ``since`` and ``until`` are local days, both included, and limit what is numbered."""

    case: str
    out: Path
    file: bool = False
    since: date | None = None
    until: date | None = None
    grouping: Grouping = Grouping.WEEK
    first_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitRow:
    """One exhibit, or one part of it, and where it stands in the files to deposit."""

    number: int
    title: str
    file: str
    page: int
    sequence: int | None
    part: str | None

    def to_json(self) -> Json:
        """As ``export --json`` prints it (DESIGN §12)."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """Where the bundle is, which filing it is (None: a draft), and what it numbers."""

    path: Path
    filing: int | None
    exhibits: tuple[ExhibitRow, ...]

    def to_json(self) -> Json:
        """As ``export --json`` prints it (DESIGN §12)."""
        return {
            "path": str(self.path),
            "filing": self.filing,
            "exhibits": [row.to_json() for row in self.exhibits],
        }

    def sentences(self) -> tuple[str, ...]:
        """What to tell the person."""
        state = (
            _("A draft: its numbers are provisional, and nothing was frozen.")
            if self.filing is None
            else _(
                "Filing n° {filing}: its files and numbers are frozen, and will be issued again as they are."
            ).format(filing=self.filing)
        )
        numbers = len({row.number for row in self.exhibits})
        return (
            state,
            n_("{count} exhibit: {path}", "{count} exhibits: {path}", numbers).format(count=numbers, path=self.path),
        )


def export(
    store: Store,
    settings: Settings,
    request: ExportRequest,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> ExportResult:
    """Make the bundle of a case: a draft, or with ``file`` a frozen filing.

    A filing that would number the very same attempts as the case's last one is that one, issued again.

    Raises:
        UsageError: no such case, no capture in the period, dates or first number that make no sense.
        StoreError: the disk is full or read-only, or the store cannot be read.
        IntegrityError: an object or a record is not what the register says.
    """
    _check_request(store, request)
    run = _Run(store=store, settings=settings, request=request, now=now, last=_last_sequence(store))
    filings = store.filings(request.case)
    content = _read_content(store, request, run.last, filing=len(filings) + 1 if request.file else None)
    with _disk_errors(request.out), _workspace(request.out) as root:
        desk = Desk(root=root, progress=progress or _silent)
        if request.file and filings and _is_same(store, filings[-1], content):
            return _reissue(run, desk, filings[-1], len(filings))
        return _make(run, desk, content)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One export: what was asked, when, and the last entry that it knows of."""

    store: Store
    settings: Settings
    request: ExportRequest
    now: datetime
    last: int

    def day_of(self, at: datetime) -> date:
        """The day of ``at`` as the station reads it."""
        return at.astimezone(ZoneInfo(self.settings.station.timezone)).date()


def _silent(_words: str, _done: int, _of: int) -> None:
    """Nobody listens."""


def _check_request(store: Store, request: ExportRequest) -> None:
    codes = [case.code for case in store.cases()]
    if request.case not in codes:
        raise UsageError(
            _("There is no case {case}.").format(case=request.case),
            remedy=_("The cases are: {codes}.").format(codes=", ".join(codes) or "–"),
        )
    if request.first_number < 1:
        raise UsageError(_("The first number must be 1 or more."), remedy=_("Give --first-number 1 or more."))
    if request.since and request.until and request.since > request.until:
        raise UsageError(_("The period ends before it begins."), remedy=_("Give --from a day that is not after --to."))


def _last_sequence(store: Store) -> int:
    head = store.head()
    return 0 if head is None else head.sequence


def _read_content(store: Store, request: ExportRequest, last: int, *, filing: int | None) -> Content:
    followed = tuple(
        Followed(procedure=row.procedure, since=row.sequence, until=row.until_sequence)
        for row in store.followed(request.case)
    )
    procedures = tuple(dict.fromkeys(one.procedure for one in followed))
    attempts = tuple(facts for one in procedures for facts in _read_attempts(store, one, last))
    counting = model.counting(attempts, followed, since=request.since, until=request.until)
    if not counting:
        raise UsageError(
            _("No capture in this period shows that there was no appointment: there is nothing to export."),
            remedy=_("Wait for the first captures, or widen --from and --to; `temoin list` shows what there is."),
        )
    heading = tables.Heading(
        case=model.clean(request.case),
        draft=filing is None,
        simulated=any(facts.simulated for facts in attempts),
        filing=filing,
    )
    return Content(
        attempts=attempts,
        numbered=model.number(counting, request.first_number),
        grouping=Grouping(request.grouping),
        heading=heading,
        planned=model.planned_before(attempts, _read_plans(store, procedures, last)),
        earlier=frozenset(facts.sequence for facts in attempts if not model.is_followed(facts, followed)),
    )


def _read_attempts(store: Store, procedure: str, last: int) -> tuple[AttemptFacts, ...]:
    rows = store.attempts(AttemptQuery(procedure=procedure, last=last))
    return tuple(read_attempt(row.sequence, store.record_bytes(row.sequence)) for row in rows)


def _read_plans(store: Store, procedures: tuple[str, ...], last: int) -> tuple[model.Plan, ...]:
    rows = (row for procedure in procedures for row in store.plans(procedure, date.min, date.max))
    return tuple(
        model.Plan(sequence=row.sequence, procedure=row.procedure, times=frozenset(row.times))
        for row in rows
        if row.sequence <= last
    )


def _make(run: _Run, desk: Desk, content: Content) -> ExportResult:
    request = run.request
    procedures = tuple(dict.fromkeys(row.procedure for row in run.store.followed(request.case)))
    desk.progress(_("Copying the proofs"), 0, 1)
    entries = proofs.write_proofs(run.store, desk.bundle, _describe(content, procedures), run.last)
    draw_court_file(content, desk)
    desk.progress(_("Writing the manifests"), 0, 1)
    digests = bag.write_bag(desk.bundle, _bag_info(content, entries))
    if request.file:
        _freeze(run, desk, digests)
    filing = content.heading.filing
    place = _settle(desk.bundle, request.out, _folder_name(request.case, filing, run.day_of(run.now)))
    return ExportResult(path=place, filing=filing, exhibits=tuple(_exhibit_row(row) for row in desk.rows))


def _describe(content: Content, procedures: tuple[str, ...]) -> Json:
    """What the documents are drawn from besides the records, so that a verifier can draw them again."""
    heading = content.heading
    return {
        "format": 1,
        "made_by": list(proofs.makers()),
        "case": heading.case,
        "filing": heading.filing,
        "grouping": content.grouping.value,
        "procedures": list(procedures),
        "earlier": sorted(content.earlier),
        "exhibits": [[one.number, one.facts.sequence] for one in content.numbered],
    }


def _bag_info(content: Content, entries: tuple[Entry, ...]) -> dict[str, str]:
    heading = content.heading
    what = "draft" if heading.draft else str(heading.filing)
    return {
        "Bagging-Date": max(entry.at for entry in entries).date().isoformat(),
        "Bag-Software-Agent": f"Temoin {__version__}",
        "External-Identifier": names.slug(heading.case),
        "Temoin-Bundle-Format": "1",
        "Temoin-Filing": what,
        "Temoin-Simulated": "yes" if heading.simulated else "no",
    }


def _freeze(run: _Run, desk: Desk, digests: dict[str, Digest]) -> None:
    for path in digests:
        run.store.put((desk.bundle / path).read_bytes())
    run.store.freeze_filing(
        NewFiling(
            case=run.request.case,
            at=run.now,
            first_number=run.request.first_number,
            numbers=tuple(desk.rows),
            files=tuple(sorted(digests.items())),
        )
    )


def _is_same(store: Store, filing: FilingRow, content: Content) -> bool:
    frozen = [
        (row.number, row.attempt_sequence)
        for row in store.filing_numbers(filing.filing_id)
        if row.attempt_sequence is not None
    ]
    asked = [(one.number, one.facts.sequence) for one in content.numbered]
    return list(dict.fromkeys(frozen)) == asked


def _reissue(run: _Run, desk: Desk, filing: FilingRow, number: int) -> ExportResult:
    for path, digest in run.store.filing_files(filing.filing_id):
        output = desk.bundle / path
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(run.store.read(digest))
    name = _folder_name(run.request.case, number, run.day_of(filing.at))
    place = _settle(desk.bundle, run.request.out, name)
    rows = run.store.filing_numbers(filing.filing_id)
    return ExportResult(path=place, filing=number, exhibits=tuple(_exhibit_row(row) for row in rows))


def _exhibit_row(row: NumberRow) -> ExhibitRow:
    return ExhibitRow(
        number=row.number,
        title=row.title,
        file=row.file,
        page=row.page,
        sequence=row.attempt_sequence,
        part=row.part,
    )


def _folder_name(case: str, filing: int | None, day: date) -> str:
    what = "brouillon" if filing is None else f"depot_{filing}"
    return f"{names.slug(case) or 'dossier'}_{what}_{day.isoformat()}"


def _settle(bundle: Path, out: Path, name: str) -> Path:
    """Rename the finished bundle to its place; an earlier one of that name is left alone."""
    place, target = 1, out / name
    while target.exists():
        place += 1
        target = out / f"{name}_{place}"
    bundle.rename(target)
    return target


@contextmanager
def _workspace(out: Path) -> Iterator[Path]:
    """A folder beside the bundle's place, gone afterwards; those that a killed export left go too."""
    out.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(out)
    root = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=out))
    lock = FileLock(root / LOCK)
    try:
        with lock:
            (root / "bundle").mkdir()
            yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _clear_leftovers(out: Path) -> None:
    for left in out.glob(f"{TEMPORARY}*"):
        try:
            with FileLock(left / LOCK, timeout=0):
                shutil.rmtree(left, ignore_errors=True)
        except Timeout:
            continue  # another export is at work there


@contextmanager
def _disk_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            _("The bundle could not be written in {folder}: {why}.").format(folder=out, why=error.strerror or error),
            remedy=_("Free some disk space or choose another folder with --out; nothing half-made is left."),
        ) from error
