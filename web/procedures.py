"""Démarches: the list, one démarche, adding one, and an attempt now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.doctor import running_pid
from scheduler.followed import rest_of
from scheduler.photo import COUNTDOWN_SECONDS, warning_words
from scheduler.planning import PlannedTime
from scheduler.unrecorded import unrecorded_invitations, unrecorded_visits
from store.sound import find_damaged, find_record
from store.store import Store
from store.values import AttemptQuery, AttemptRow
from temoin.records import Mode, Role
from temoin.settings import Procedure, Settings
from web import attempts, changing, photo
from web.attempts import procedure_of, start_attempt
from web.configuring import add_procedure, reloaded_words, today_of
from web.finding import find_procedures, words_asked
from web.first_run import Way, first_attempt, show_step, take_step
from web.forms import Form, action
from web.questions import ADDED, Answers, Known
from web.render import render
from web.site import Site, site_of
from web.strips import DAYS, Cell, strip_of, summary_of

PAGE = 20
NEWEST = 10  # attempts of one démarche; the others are among the captures
NEXT = 5
AHEAD = timedelta(days=2)  # no plan reaches further than tomorrow
_VIEWS = (Role.WINDOW.value, Role.PAGE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One démarche as lists show it: its newest attempt, its days, its next time, and a picture's digest."""

    procedure: Procedure
    newest: AttemptRow | None
    strip: tuple[Cell, ...]
    summary: str
    upcoming: tuple[PlannedTime, ...]
    rests_until: datetime | None
    picture: str
    seen: AttemptRow | None  # the attempt of the picture


def show_procedures(request: Request) -> Response:
    """A page of the démarches, by id, of all or of those that are looked for."""
    site, words = site_of(request), words_asked(request)
    settings = site.settings()
    after = request.query_params.get("after", "")
    every = sorted(find_procedures(settings.procedures, words), key=lambda one: one.id)
    left = [one for one in every if one.id > after]
    with site.reading() as store:
        rows = read_rows(settings, store, left[:PAGE], now=site.now())
        damaged = find_damaged(store, (row.newest.sequence for row in rows if row.newest is not None))
    following = left[PAGE - 1].id if len(left) > PAGE else ""
    return render(
        request,
        "procedures.html",
        rows=rows,
        damaged=damaged,
        total=len(every),
        words=words,
        after=after,
        following=following,
        zone=settings.station.timezone,
    )


def read_rows(settings: Settings, store: Store, procedures: Sequence[Procedure], *, now: datetime) -> tuple[Row, ...]:
    """Those démarches as lists show them; the attempts of no other are read. Raises ``StoreError``."""
    names = [one.id for one in procedures]
    newest, seen = store.newest_attempts(names), store.newest_attempts(names, visited=True)
    days = store.outcome_days(names, now - timedelta(days=DAYS + 1))
    stops, coming = store.host_stops(now), _coming(settings, store, procedures, now)
    found = []
    for one in procedures:
        today = now.astimezone(ZoneInfo(settings.zone_of(one))).date()
        strip = strip_of((row for row in days if row.procedure == one.id), today)
        found.append(
            Row(
                procedure=one,
                newest=newest.get(one.id),
                strip=strip,
                summary=summary_of(strip),
                upcoming=tuple(coming.get(one.id, ())),
                rests_until=rest_of(one, stops),
                picture=_picture(store, seen.get(one.id)),
                seen=seen.get(one.id),
            )
        )
    return tuple(found)


def _coming(
    settings: Settings, store: Store, procedures: Sequence[Procedure], now: datetime
) -> Mapping[str, list[PlannedTime]]:
    """The times drawn of those démarches, by id: the program's and the person's."""
    asked = settings.model_copy(update={"procedures": tuple(procedures)})
    until = now + AHEAD
    found: dict[str, list[PlannedTime]] = {}
    for times in (
        unrecorded_visits(asked, store, since=now, until=until),
        unrecorded_invitations(asked, store, since=now, until=until),
    ):
        for one in times:
            found.setdefault(one.procedure, []).append(one)
    return found


def _picture(store: Store, seen: AttemptRow | None) -> str:
    """The digest of the window's picture in that attempt, of its page's where there is none; none where damaged."""
    record = None if seen is None else find_record(store, seen.sequence)
    parts = [] if record is None else record["parts"]
    kept = {one["role"]: str(one["sha256"]) for one in parts[0]["artefacts"]} if parts else {}
    return next((kept[role] for role in _VIEWS if role in kept), "")


def show_procedure(request: Request) -> Response:
    """One démarche: what is set, how it goes, its newest attempts."""
    site = site_of(request)
    settings = site.settings()
    procedure = procedure_of(request, settings)
    query = AttemptQuery(procedure=procedure.id, limit=NEWEST, newest_first=True)
    with site.reading() as store:
        (row,) = read_rows(settings, store, [procedure], now=site.now())
        newest = store.attempts(query)
        damaged = find_damaged(store, (one.sequence for one in newest))
    return render(
        request,
        "procedure.html",
        row=row,
        procedure=procedure,
        newest=newest,
        damaged=damaged,
        upcoming=row.upcoming[:NEXT],
        watched=running_pid(settings.station.data_dir) is not None,
        zone=settings.zone_of(procedure),
        said=reloaded_words(request.query_params.get("said", "")),
        may_try=procedure.terms_read is not None and procedure.mode is not Mode.PHOTO,
        photo_seconds=COUNTDOWN_SECONDS,
        photo_warning=warning_words(),
        may_be_alone=procedure.mode is Mode.UNATTENDED,
        per_day=procedure.attempts_per_day or settings.politeness.attempts_per_day,
    )


def try_now(request: Request, form: Form) -> Response:
    """An attempt now: by Témoin alone, or with the person at the window."""
    site = site_of(request)
    procedure = procedure_of(request, site.settings())
    return start_attempt(site, [procedure], assisted=form.is_ticked("assisted"))


def show_new(request: Request) -> Response:
    """The first question about a démarche that is added."""
    known = _known(site_of(request))
    return show_step(request, ADDING, ADDED[0], Answers({}, known))


def answer_new(request: Request, form: Form) -> Response:
    """One page of questions that was answered."""
    return take_step(request, ADDING, form, _known(site_of(request)))


def _known(site: Site) -> Known:
    settings = site.settings()
    return Known(
        taken={one.id: one.url for one in settings.procedures},
        today=today_of(site, settings.station.timezone),
        politeness=settings.politeness,
        refused=settings.notify.refused,
        is_first=False,
    )


def _finish_added(site: Site, answers: Answers) -> Response:
    draft = answers.draft()
    add_procedure(site, draft)
    return first_attempt(site, draft)


ADDING = Way(address="/procedures/new", steps=ADDED, finish=_finish_added)

ROUTES = (
    Route("/procedures", show_procedures),
    Route("/procedures/new", show_new),
    Route("/procedures/new", action(answer_new), methods=["POST"]),
    Route("/procedures/{procedure}", show_procedure),
    Route("/procedures/{procedure}/try", action(try_now), methods=["POST"]),
    *attempts.ROUTES,
    *changing.ROUTES,
    *photo.ROUTES,
)
