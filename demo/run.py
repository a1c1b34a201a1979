"""``temoin demo``: the whole job on a replica site, weeks of it in minutes, everything marked as simulated.

Only the clock and the site are made up. Browser, window, store, plan, politeness, export and verification are the
ones that a real démarche gets.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

from capture.browser import BrowserChoice
from capture.request import Timing
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from exhibits.export import ExportRequest, ExportResult, export
from exhibits.status import read_status, status_lines
from exhibits.verify_bundle import verify_bundle
from scheduler.job import Browsers, Workshop, capture_and_record, prepare_store
from scheduler.notices import describe
from scheduler.planning import draw_missing_plans, due_times
from store.store import Store
from temoin.clock import SimulatedClock
from temoin.errors import StoreError, UsageError
from temoin.messages import _, n_
from temoin.os_words import os_words
from temoin.records import CaseKind
from temoin.report import Report
from temoin.settings import Settings, load_settings
from temoin.words import check_words, outcome_words, status_words

FIRST_MONDAY = date(2026, 9, 14)
ZONE = ZoneInfo("Europe/Paris")
PROCEDURE = "demonstration"
MARK = "# Démonstration de Témoin : ce dossier est refait à chaque « temoin demo »."
TIMING = Timing(answer=3.0, settle=0.2)

# What the visits meet, in turn; then again from the start. Mostly the sentence, and what a real site also does:
# overload, outage, a captcha, a page nobody knows, a refusal, and near the end of the third week a slot.
STORY = (
    *[Page.NO_SLOT] * 5,
    Page.OVERLOADED,
    *[Page.NO_SLOT] * 4,
    Page.NO_SLOT_LATE,
    Page.NO_SLOT,
    Page.BAD_GATEWAY,
    *[Page.NO_SLOT] * 4,
    Page.NO_CALENDAR,
    *[Page.NO_SLOT] * 3,
    Page.MAINTENANCE,
    *[Page.NO_SLOT] * 4,
    Page.UNKNOWN,
    *[Page.NO_SLOT] * 3,
    Page.FORBIDDEN,
    *[Page.NO_SLOT] * 6,
    Page.SLOTS,
    *[Page.NO_SLOT] * 4,
)

CONFIG = """{mark}
[station]
name = "demonstration"
data_dir = "evidence"

[politeness]
attempts_per_day = 2

[[procedures]]
id = "{procedure}"
prefecture = "Préfecture du Val-de-Marne (réplique)"
label = "Première demande de titre de séjour"
url = "{url}"
instructions_url = "{instructions}"
platform = "ezbooking"
terms_read = 2026-09-13
automation = "silent"
windows = ["07:00-22:30"]
"""

Say = Callable[[str], object]


def run_demo(*, weeks: int, out: Path, say: Say) -> int:
    """Play ``weeks`` weeks, export, verify, and say where the files are; 0 unless the verification failed.

    Raises:
        UsageError: ``out`` holds something that is not an earlier demo.
        BrowserError: no usable browser.
        StoreError: the disk is full or read-only.
    """
    _clear(out)
    site = Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))
    clock = SimulatedClock(at=_at(FIRST_MONDAY - timedelta(days=1), clock_time(21)))
    with ReplicaServer([site], now=clock.now) as server:
        settings = _configure(out, server)
        with Store.open(settings.station.data_dir, now=clock.now) as store, Browsers(BrowserChoice()) as browsers:
            workshop = Workshop(settings=settings, store=store, browsers=browsers, clock=clock, timing=TIMING)
            prepare_store(settings, store, now=clock.now())
            store.change_case(store.cases()[0].code, kind=CaseKind.FIRST_APPLICATION.value)
            for week in range(weeks):
                _play_week(workshop, server, clock, week=week, weeks=weeks, say=say)
            say(_("Making the file for the court…"))
            result = _export(settings, store, out, clock)
            level = list(status_lines(read_status(store, settings, code=None, now=clock.now()), settings))
    report = verify_bundle(result.path)
    for line in ("", *level):
        say(line)
    _tell(result, report, say)
    return report.exit_code if report.status == "failed" else 0


def _at(day: date, hour: clock_time) -> datetime:
    return datetime.combine(day, hour, tzinfo=ZONE).astimezone(UTC)


def _clear(out: Path) -> None:
    """Make room for a new demo; only ever over an earlier one."""
    config = out / "config.toml"
    with _writing(out):
        if config.is_file() and config.read_text(encoding="utf-8").startswith(MARK):
            shutil.rmtree(out)
        if out.exists() and any(out.iterdir()):
            raise UsageError(
                _("{path} is not empty, and does not come from an earlier demo.").format(path=out),
                remedy=_("Name another folder with --out."),
            )
        out.mkdir(parents=True, exist_ok=True)


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            _("{path} cannot be written: {error}.").format(path=out, error=os_words(error)),
            remedy=_("Name another folder with --out."),
        ) from error


def _configure(out: Path, server: ReplicaServer) -> Settings:
    path = out / "config.toml"
    text = CONFIG.format(
        mark=MARK, procedure=PROCEDURE, url=server.address("4963"), instructions=server.instructions_address("4963")
    )
    with _writing(out):
        path.write_text(text, encoding="utf-8")
    return load_settings(path)


def _play_week(
    workshop: Workshop, server: ReplicaServer, clock: SimulatedClock, *, week: int, weeks: int, say: Say
) -> None:
    """Seven days: the plan drawn and committed each evening before, then the attempts at their times."""
    say(
        _("Week {week} of {weeks}, from {day}:").format(
            week=week + 1, weeks=weeks, day=(FIRST_MONDAY + timedelta(weeks=week)).isoformat()
        )
    )
    for day in range(7):
        today = FIRST_MONDAY + timedelta(weeks=week, days=day)
        clock.at = _at(today - timedelta(days=1), clock_time(21))
        draw_missing_plans(workshop.settings, workshop.store, now=clock.now())
        for due in _due_on(workshop, today):
            clock.at = due
            server.set_pages("4963", (_page_for(workshop),))
            procedure = workshop.settings.procedure(PROCEDURE)
            recorded = capture_and_record(
                workshop, procedure, due=due, noticed=lambda notice: say(f"  {describe(notice)}")
            )
            local = due.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
            say(f"  {local}  {outcome_words(recorded.visit.outcome)}")


def _page_for(workshop: Workshop) -> Page:
    done = len(workshop.store.attempts())
    return STORY[done % len(STORY)]


def _due_on(workshop: Workshop, day: date) -> Iterator[datetime]:
    since, until = _at(day, clock_time()), _at(day + timedelta(days=1), clock_time())
    for planned in due_times(workshop.settings, workshop.store, since=since, until=until):
        yield planned.at


def _export(settings: Settings, store: Store, out: Path, clock: SimulatedClock) -> ExportResult:
    clock.at += timedelta(hours=2)
    request = ExportRequest(case=store.cases()[0].code, out=out)
    return export(store, settings, request, now=clock.now())


def _tell(result: ExportResult, report: Report, say: Say) -> None:
    pages = sorted(result.path.glob("data/1_A_DEPOSER/*Captures*.pdf"))
    count = len({row.number for row in result.exhibits})
    say("")
    say(
        n_("{count} exhibit, simulated: {path}", "{count} exhibits, simulated: {path}", count).format(
            count=count, path=result.path
        )
    )
    for page in pages:
        say(f"  PDF: {page}")
    say(_("State of the bundle: {status}").format(status=status_words(report.status)))
    for check in report.checks:
        if check.status.value != "passed":
            say(f"  {status_words(check.status.value)}, {check_words(check.name)}, {check.detail}")
