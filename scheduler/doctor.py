"""``check``: is everything there that an attempt will need? Looks only; sends nothing to any site.

Time servers and timestamp authorities are asked: the ones what time it is, the others about random bytes.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from capture.display import can_have_private_display
from scheduler.alerts import CLOCK_OFF, LOW_DISK_BYTES
from scheduler.authority_check import find_authorities
from scheduler.channel_check import find_channels
from scheduler.followed import find_followed
from scheduler.lid import lid_finding
from scheduler.lock import LOCK_NAME, PID_NAME, is_held
from scheduler.ntp import ask
from scheduler.retention import retention_sentences
from store.place import find_moved, moved_words
from store.store import Store
from temoin.browsers import find_browser
from temoin.clock import utc_now
from temoin.days import day_words
from temoin.errors import StoreError
from temoin.messages import _
from temoin.records import Mode
from temoin.report import Check, Report, Status
from temoin.settings import Settings

CLOCK_DOUBT = timedelta(seconds=2)  # beyond it exhibits mention the clock (exhibits.clock)


def examine(settings: Settings) -> Report:
    """All findings; a missing browser, window or disk is ``failed``, what is only worth knowing is not."""
    return Report(checks=tuple(_findings(settings)))


def examine_quickly(settings: Settings) -> Iterator[Check]:
    """What can be seen at once, without asking anybody: browser, window, disk."""
    yield _browser(settings)
    yield _window(settings)
    yield _disk(settings)


def _findings(settings: Settings) -> Iterator[Check]:
    yield Check(name="configuration", status=Status.PASSED, detail=str(settings.path))
    yield _browser(settings)
    yield _window(settings)
    yield _disk(settings)
    yield from _place(settings)
    yield from _terms(settings)
    yield _daemon(settings)
    yield from find_followed(settings)
    yield from find_channels(settings)
    yield lid_finding()
    yield _clock(settings)
    yield from _later()
    yield from find_authorities(settings)


def _clock(settings: Settings) -> Check:
    if not settings.clock.servers:
        words = _("This machine’s clock is not compared with a time server; set it to be adjusted automatically.")
        return Check(name="clock", status=Status.NOT_CHECKED, detail=words)
    found = ask(settings.clock.servers)
    if found is None:
        words = _("No time server answered within a second; attempts are recorded all the same, and say so.")
        return Check(name="clock", status=Status.NOT_CHECKED, detail=words)
    seconds = abs(found.offset_ms) / 1000
    if seconds <= CLOCK_DOUBT.total_seconds():
        words = _("{seconds:.1f} s off {server}.").format(seconds=seconds, server=found.server)
        return Check(name="clock", status=Status.PASSED, detail=words)
    words = _("{seconds:.1f} s off {server}: each exhibit will say so. Have the system set its clock by itself.")
    status = Status.FAILED if seconds > CLOCK_OFF.total_seconds() else Status.NOT_CHECKED
    return Check(name="clock", status=status, detail=words.format(seconds=seconds, server=found.server))


def _later() -> Iterator[Check]:
    """What this version cannot look at: said, since not checked is not passed (DESIGN §3.5)."""
    words = _(
        "robots.txt is read at the first attempt of each day, not by this command, which asks nothing of any site."
    )
    yield Check(name="robots", status=Status.NOT_CHECKED, detail=words)


def _browser(settings: Settings) -> Check:
    found = find_browser(settings.browser.executable)
    if found is None:
        return Check(name="browser", status=Status.FAILED, detail=_("No browser was found. Run “make browser”."))
    return Check(name="browser", status=Status.PASSED, detail=str(found))


def _window(settings: Settings) -> Check:
    if settings.browser.view == "page":
        words = _("The page is photographed, without the address bar, as the configuration asks.")
        return Check(name="window", status=Status.NOT_CHECKED, detail=words)
    if sys.platform != "linux" or can_have_private_display():
        return Check(name="window", status=Status.PASSED, detail=_("The real browser window can be photographed."))
    words = _("Xvfb is not installed: the page is photographed without its address bar. Install the package xvfb.")
    failed = settings.browser.view == "window"
    return Check(name="window", status=Status.FAILED if failed else Status.NOT_CHECKED, detail=words)


def _disk(settings: Settings) -> Check:
    folder = settings.station.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words = _("{megabytes} MB free where the evidence is kept.").format(megabytes=free // 1_000_000)
    return Check(name="disk", status=Status.PASSED if free > LOW_DISK_BYTES else Status.FAILED, detail=words)


def _place(settings: Settings) -> Iterator[Check]:
    """Whether the store is where it was last used, and which closed cases it still holds; nothing without one."""
    with suppress(StoreError), _open(settings) as store:
        moved = find_moved(store)
        words = _("The store is where it was last used.") if moved is None else moved_words(moved)
        yield Check(name="place", status=Status.PASSED if moved is None else Status.FAILED, detail=words)
        for sentence in retention_sentences(store.cases(), settings, utc_now()):
            yield Check(name="retention", status=Status.NOT_CHECKED, detail=sentence)


def _open(settings: Settings) -> Store:
    return Store.open(settings.station.data_dir, now=utc_now, create=False, read_only=True)


def _terms(settings: Settings) -> Iterator[Check]:
    for procedure in settings.procedures:
        if procedure.terms_read is None:
            words = _("{id}: the site’s conditions have not been read; no attempt is made before that.")
            yield Check(name="terms", status=Status.FAILED, detail=words.format(id=procedure.name))
        elif procedure.mode is Mode.UNATTENDED and procedure.platform in {"rdv-prefecture", "eappointment"}:
            words = _("{id}: a captcha or a form stands before the answer; only an assisted try can reach it.")
            yield Check(name="terms", status=Status.NOT_CHECKED, detail=words.format(id=procedure.name))
        else:
            words = _("{id}: read on {date}.").format(id=procedure.name, date=day_words(procedure.terms_read))
            yield Check(name="terms", status=Status.PASSED, detail=words)


def _daemon(settings: Settings) -> Check:
    pid = running_pid(settings.station.data_dir)
    if pid is None:
        return Check(name="daemon", status=Status.NOT_CHECKED, detail=_("“temoin run” is not running."))
    return Check(
        name="daemon", status=Status.PASSED, detail=_("“temoin run” is running (process {pid}).").format(pid=pid)
    )


def running_pid(folder: Path) -> str | None:
    """The daemon's process id, or None when nobody holds its lock."""
    if not is_held(folder / LOCK_NAME):
        return None
    pid_file = folder / PID_NAME
    return pid_file.read_text(encoding="ascii").strip() if pid_file.exists() else "?"
