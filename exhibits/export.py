"""The one use case of this room: a case's attempts and steps, out of the store, into a bundle (DESIGN §10).

The bundle is made in a folder of its own beside its place and renamed when it is whole: a crash or a full disk
leaves no half bundle. A draft changes nothing in the store; a filing is frozen in one transaction, before the
rename, and re-issued byte for byte ever after.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from exhibits import bag, filing, model, names, proofs, web_archive
from exhibits.content import Asked, Content, Place, compose, describe
from exhibits.courtfile import draw_court_file
from exhibits.desk import FOLDER, Desk, Progress
from exhibits.model_letters import write_named_letters
from exhibits.reading import check_case, erasures_of, read_followed, read_material
from exhibits.result import MOST_FILED, ExportResult, exhibit_row
from exhibits.token_files import Stamper, stamped_by, write_roots, write_tokens
from exhibits.typeset import Typesetter
from store.chain import Entry
from store.store import Store
from store.vault import Keys
from temoin.errors import StoreError, UsageError
from temoin.identity import Identity
from temoin.messages import _
from temoin.os_words import os_words
from temoin.settings import Settings

TEMPORARY = ".temoin-export-"
LOCK = "lock"
NAMED = "lettres"

__all__ = ["ExportRequest", "ExportResult", "Grouping", "export"]

Grouping = model.Grouping
StamperFor = Callable[[bool], Stamper]  # by whether the bundle is simulated


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to export; ``since`` and ``until`` are local days, both included, and limit what is numbered.

    ``file`` freezes a petition, ``supplement`` what came after the last one; ``again`` names a frozen filing that is
    to be issued as it was (« 1 », « 1-C2 »).
    """

    case: str
    out: Path
    file: bool = False
    supplement: bool = False
    again: str = ""
    since: date | None = None
    until: date | None = None
    grouping: Grouping = Grouping.WEEK
    first_number: int = 1
    paper: bool = False

    @property
    def asked(self) -> Asked:
        """What decides the documents."""
        return Asked(
            grouping=Grouping(self.grouping),
            paper=self.paper,
            first_number=self.first_number,
            since=self.since,
            until=self.until,
        )


def export(
    store: Store,
    settings: Settings,
    request: ExportRequest,
    *,
    now: datetime,
    keys: Keys | None = None,
    progress: Progress | None = None,
    identity: Identity | None = None,
    stamper: StamperFor | None = None,
) -> ExportResult:
    """Make the bundle of a case: a draft; with ``file`` or ``supplement`` a frozen filing; with ``again`` one of those.

    With ``identity``, the letters in that name go beside the bundle (docs/adr/0013). ``stamper`` gives who may be
    asked for a timestamp of a bundle that is (not) simulated. A petition that would number
    the very same things as the case's last one is that one, issued again.

    Raises:
        UsageError: no such case or filing, nothing new in the period, options that contradict each other.
        StoreError: the disk is full or read-only, or the store cannot be read or opened.
        IntegrityError: an object or a record is not what the register says.
    """
    _check_request(store, request)
    run = _Run(
        store=store,
        settings=settings,
        request=request,
        now=now,
        keys=keys or Keys(),
        last=_last_sequence(store),
        progress=progress or _silent,
        identity=identity,
        stamper=stamper or (lambda _simulated: Stamper()),
    )
    frozen = filing.read_frozen(store, request.case, zone=settings.station.timezone)
    known = filing.named(frozen, request.again) if request.again else None
    content = _compose(run, frozen) if known is None else None
    if content is not None and request.file and frozen.petitions:
        last = frozen.petitions[-1]
        known = last if filing.is_same(store, last, content) else None
    with _disk_errors(request.out), _workspace(request.out) as root:
        if known is not None:
            return _reissue(run, root, known)
        if content is None:
            raise ValueError("neither a filing to issue again nor anything to make")
        with Typesetter(root=root, workspace=root / "work") as press:
            desk = Desk(root=root, press=press, progress=run.progress)
            return _make(run, desk, content, expected=len(frozen.every))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One export: what was asked, when, and the last entry that it knows of."""

    store: Store
    settings: Settings
    request: ExportRequest
    now: datetime
    keys: Keys
    last: int
    progress: Progress
    identity: Identity | None
    stamper: StamperFor

    def day_of(self, at: datetime) -> date:
        """The day of ``at`` as the station reads it."""
        return at.astimezone(ZoneInfo(self.settings.station.timezone)).date()


def _silent(_words: str, _done: int, _of: int) -> None:
    """Nobody listens."""


def _check_request(store: Store, request: ExportRequest) -> None:
    check_case(store, request.case)
    if request.first_number < 1:
        raise UsageError(_("The first number must be 1 or more."), remedy=_("Give --first-number 1 or more."))
    if request.since and request.until and request.since > request.until:
        raise UsageError(_("The period ends before it begins."), remedy=_("Give --from a day that is not after --to."))
    if sum((request.file, request.supplement, bool(request.again))) > 1:
        raise UsageError(
            _("--file, --supplement and --again cannot go together."),
            remedy=_("--file makes a petition, --supplement adds to the last one, --again issues one as it was."),
        )


def _last_sequence(store: Store) -> int:
    head = store.head()
    return 0 if head is None else head.sequence


def _compose(run: _Run, frozen: filing.Frozen) -> Content:
    request = run.request
    run.progress(_("Reading the register"), 0, 1)
    place = _place(run, frozen)
    authorities = run.settings.timestamp.authorities
    material = read_material(run.store, request.case, last=run.last, keys=run.keys, authorities=authorities)
    content = compose(material, read_followed(run.store, request.case), request.asked, place)
    if content is None:
        raise _nothing_new(request)
    return content


def _place(run: _Run, frozen: filing.Frozen) -> Place:
    """Which filing this export is, after those that there are."""
    request, petitions = run.request, frozen.petitions
    if not request.supplement:
        return Place(filing=len(petitions) + 1 if request.file else None, before=frozen.as_earlier)
    if not petitions:
        raise UsageError(
            _("There is no filing yet that a supplement could complete."),
            remedy=_("File the petition first: `temoin export --file`."),
        )
    last = frozen.chain[-1]
    lines = filing.read_lines(run.store, last, run.keys)
    return Place(filing=len(petitions), supplement=last.supplement + 1, before=last.as_earlier, lines=lines)


def _nothing_new(request: ExportRequest) -> UsageError:
    if request.supplement:
        return UsageError(
            _("Nothing was added since the last filing: there is nothing to supplement."),
            remedy=_("Wait for new captures or steps. `temoin export --again` issues a filing as it was."),
        )
    return UsageError(
        _("No capture in this period shows that there was no appointment: there is nothing to export."),
        remedy=_("Wait for the first captures, or widen --from and --to; `temoin list` shows what there is."),
    )


def _make(run: _Run, desk: Desk, content: Content, *, expected: int) -> ExportResult:
    request, material = run.request, content.material
    items = frozenset(one.sequence for one in material.items)
    own = items | erasures_of(run.store, request.case, run.last)
    shown = proofs.Shown(last=run.last, procedures=material.procedures, own=own)
    desk.progress(_("Copying the proofs"), 0, 1)
    entries = proofs.write_proofs(run.store, desk.bundle, describe(content, proofs.makers()), shown)
    proofs.write_items(run.store, desk.bundle, sorted(items), run.keys)
    web_archive.write_of_bundle(desk.bundle, entries)
    stamper = run.stamper(content.heading.simulated)
    _write_stamps(run, desk.bundle / proofs.FOLDER, content, entries, stamper)
    draw_court_file(content, desk)
    desk.progress(_("Writing the manifests"), 0, 1)
    digests = bag.write_bag(desk.bundle, proofs.bag_info(content.heading, entries), stamper.ask)
    if content.place.filing is not None:
        desk.progress(_("Freezing the filing"), 0, 1)
        filing.freeze(run.store, desk, content, digests, at=run.now, expected=expected)
    if run.identity is not None:
        write_named_letters(content, desk, run.identity, desk.root / NAMED)
    name = _folder_name(request.case, content.heading.label, run.day_of(run.now))
    place = _settle(desk.bundle, request.out, name)
    return ExportResult(
        path=place,
        letters=_settle_letters(desk.root / NAMED, place),
        filing=content.place.filing,
        supplement=content.place.supplement,
        exhibits=tuple(exhibit_row(row, filing.titles_of(desk.lines)) for row in desk.rows),
        files=len(desk.titles),
        seal=digests[bag.MANIFEST],
        heavy=_heavy(place / FOLDER),
        few_letters=not content.can_plead,
        stamped=stamped_by(digests) if stamper.authorities else None,
    )


def _write_stamps(run: _Run, root: Path, content: Content, entries: Collection[Entry], stamper: Stamper) -> None:
    """The timestamps that cover what is shown, and the roots that this station holds them to."""
    stamps = content.material.stamps
    write_tokens(run.store, root, entries, stamps)
    named = {*stamps.names, *(one.name for one in stamper.authorities)}
    write_roots(root, [one for one in run.settings.timestamp.authorities if one.name in named])


def _heavy(folder: Path) -> tuple[str, ...]:
    return tuple(file.name for file in sorted(folder.iterdir()) if file.stat().st_size > MOST_FILED)


def _reissue(run: _Run, root: Path, found: filing.FrozenFiling) -> ExportResult:
    """The very bytes of a frozen filing."""
    run.progress(_("Issuing a filing again"), 0, 1)
    filing.write_again(run.store, found, root / "bundle", run.keys)
    lines = filing.read_lines(run.store, found, run.keys)
    name = _folder_name(run.request.case, found.label, run.day_of(found.row.at))
    return ExportResult(
        path=_settle(root / "bundle", run.request.out, name),
        filing=found.number,
        supplement=found.supplement,
        exhibits=tuple(
            exhibit_row(row, filing.titles_of(lines)) for row in run.store.filing_numbers(found.row.filing_id)
        ),
        again=True,
    )


def _folder_name(case: str, label: str, day: date) -> str:
    what = f"depot_{label}" if label else "brouillon"
    return f"{names.slug(case) or 'dossier'}_{what}_{day.isoformat()}"


def _settle(bundle: Path, out: Path, name: str) -> Path:
    """Rename the finished bundle to its place; an earlier one of that name is left alone."""
    place, target = 1, out / name
    while target.exists():
        place += 1
        target = out / f"{name}_{place}"
    bundle.rename(target)
    return target


def _settle_letters(written: Path, bundle: Path) -> Path | None:
    """Put the letters in the person's name beside the bundle; None when there are none."""
    if not written.is_dir():
        return None
    return _settle(written, bundle.parent, f"{bundle.name}_{NAMED}")


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
            _("The bundle could not be written in {folder}: {why}.").format(folder=out, why=os_words(error)),
            remedy=_("Free some disk space or choose another folder with --out; nothing half-made is left."),
        ) from error
