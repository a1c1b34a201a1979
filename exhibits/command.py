"""``export`` as the command line asks for it: which case, which days, and what to tell the person."""

from datetime import datetime
from pathlib import Path

from exhibits.export import ExportRequest, ExportResult, export
from exhibits.model import Grouping
from store.store import Store
from temoin.errors import UsageError
from temoin.messages import _
from temoin.settings import Settings


def export_case(
    store: Store,
    settings: Settings,
    *,
    code: str | None,
    out: Path,
    file: bool,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    grouping: str = "week",
    first_number: int = 1,
) -> ExportResult:
    """The bundle of ``code``, or of the only case there is.

    Raises:
        UsageError: there are several cases and none was named, or what was asked makes no sense.
        StoreError: the disk is full or read-only, or the store cannot be read.
        IntegrityError: an object or a record is not what the register says.
    """
    request = ExportRequest(
        case=code or _only_case(store),
        out=out,
        file=file,
        since=None if since is None else since.date(),
        until=None if until is None else until.date(),
        grouping=Grouping(grouping),
        first_number=first_number,
    )
    return export(store, settings, request, now=now)


def _only_case(store: Store) -> str:
    codes = [case.code for case in store.cases()]
    if len(codes) == 1:
        return codes[0]
    raise UsageError(
        _("There are {count} cases: say which one.").format(count=len(codes)),
        remedy=_("Add --case CODE; the codes are: {codes}.").format(codes=", ".join(codes) or "–"),
    )
