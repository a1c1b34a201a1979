"""``export`` as the command line asks for it: which case, which days, whose letters, and what to tell the person."""

from datetime import datetime
from pathlib import Path

from exhibits.desk import Progress
from exhibits.export import ExportRequest, ExportResult, StamperFor, export
from exhibits.model import Grouping
from exhibits.reading import only_case
from store.store import Store
from store.vault import Keys
from temoin.identity import read_identity
from temoin.settings import Settings


def export_case(
    store: Store,
    settings: Settings,
    *,
    code: str | None,
    out: Path,
    file: bool,
    now: datetime,
    keys: Keys | None = None,
    progress: Progress | None = None,
    supplement: bool = False,
    again: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    grouping: str = "week",
    first_number: int = 1,
    paper: bool = False,
    identity: Path | None = None,
    stamper: StamperFor | None = None,
) -> ExportResult:
    """The bundle of ``code``, or of the only case there is; with ``identity``, letters in that name beside it.

    Raises:
        UsageError: there are several cases and none was named, or what was asked makes no sense.
        ConfigError: the identity file cannot be read.
        StoreError: the disk is full or read-only, or the store cannot be read.
        IntegrityError: an object or a record is not what the register says.
    """
    request = ExportRequest(
        case=code or only_case(store),
        out=out,
        file=file,
        supplement=supplement,
        again=again,
        since=None if since is None else since.date(),
        until=None if until is None else until.date(),
        grouping=Grouping(grouping),
        first_number=first_number,
        paper=paper,
    )
    person = None if identity is None else read_identity(identity)
    return export(store, settings, request, now=now, keys=keys, progress=progress, identity=person, stamper=stamper)
