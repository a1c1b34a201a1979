"""Dossiers: the list, a new one, and one dossier with its proof of attempts, its calendar and its hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exhibits.coverage import Assessment
from exhibits.dossiers import NewCase, draw_code, open_case
from exhibits.journal import open_slots
from exhibits.own_tries import own_lines
from exhibits.reasons import level_words
from exhibits.status import MARKS, CaseStatus, ages_sentence, status_of
from scheduler.retention import retention_sentences
from store.store import Store
from store.values import CaseQuery, CaseRow, FollowRow
from temoin.errors import ConfigError, TemoinError, UsageError
from temoin.messages import _
from temoin.records import CaseKind, Closing, Mode
from temoin.settings import Settings
from temoin.words import closing_words, kind_words
from web.calendar_svg import Calendar, Hours, build_calendar, build_hours, first_monday
from web.common import go_to
from web.finding import find_procedures, folded, words_asked
from web.forms import Form, action
from web.render import render
from web.site import Site, site_of

PAGE = 20  # dossiers
WEEKS, MOST_WEEKS = 27, 157  # of a calendar: half a year, and three years when all is asked for
MOST_TICKS = 12  # procedures that are shown as boxes; more are a list
_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is shown of one procedure of a dossier."""

    assessment: Assessment
    name: str
    following: bool
    ages: str
    own: tuple[str, ...]
    calendar: Calendar
    hours: Hours


def list_cases(request: Request) -> Response:
    """A page of dossiers by code, of all or of those that are looked for; nothing is read of those on other pages."""
    site, query, words = site_of(request), request.query_params, words_asked(request)
    settings, now = site.settings(), site.now()
    with site.reading() as store:
        wanted = _wanted(settings, words) if words else None
        covered = store.coverage_page(after=query.get("after", ""), limit=PAGE + 1, wanted=wanted)
        found = status_of(covered[:PAGE], store, settings, now=now)
    return render(
        request,
        "cases.html",
        rows=list(zip((one.case for one in covered), found, strict=False)),
        more=covered[PAGE - 1].case.code if len(covered) > PAGE else "",
        words=words,
        after=query.get("after", ""),
        said=site.said.get(query.get("said", "")),
        zone=settings.station.timezone,
        named=names_of(settings),
        **WORDS,
    )


def _wanted(settings: Settings, words: str) -> CaseQuery:
    """The dossiers with ``words`` in their code, or in what a démarche that they followed is called."""
    named = find_procedures(settings.procedures, words)
    return CaseQuery(part=folded(words), procedures=tuple(one.id for one in named))


def new_case(request: Request, values: Mapping[str, Any] = _EMPTY, error: TemoinError | None = None) -> Response:
    """The form of a new dossier."""
    settings = site_of(request).settings()
    return render(
        request,
        "case_new.html",
        200 if error is None else 400,
        kinds=kinds(),
        named=names_of(settings),
        as_boxes=len(settings.procedures) <= MOST_TICKS,
        values=values,
        error=error,
    )


def add_case(request: Request, form: Form) -> Response:
    """Open it, as ``temoin case add`` does."""
    site = site_of(request)
    settings, code = site.settings(), form.text("code") or draw_code()
    try:
        new = NewCase(
            code=code,
            kind=form.choice("kind", CaseKind) or CaseKind.OTHER,
            procedures=form.texts("procedures"),
            asked_on=form.day("asked_on"),
            expires_on=form.day("expires_on"),
        )
        with site.writing() as store:
            said = tuple(open_case(store, settings, new, now=site.now()))
    except (UsageError, ConfigError) as error:
        names = ("code", "kind", "asked_on", "expires_on")
        typed = {name: form.text(name) for name in names}
        return new_case(request, {**typed, "procedures": form.texts("procedures")}, error)
    return go_to(site.said.keep(f"/cases/{code}", said))


def show_case(request: Request) -> Response:
    """One dossier."""
    return case_page(request)


def case_page(request: Request, values: Mapping[str, Any] = _EMPTY, error: TemoinError | None = None) -> Response:
    """One dossier, and what could not be changed of it, if anything."""
    site, whole = site_of(request), "all" in request.query_params
    settings, now = site.settings(), site.now()
    with site.reading() as store:
        (covered,) = store.coverage(case_of(store, request).code)
        row, stretches = covered.case, [one.follow for one in covered.stretches]
        (status,) = status_of([covered], store, settings, now=now)
        shown = tuple(_followed(store, settings, status, one, stretches, whole) for one in status.assessments)
        slots = open_slots(store, row.code)
    return render(
        request,
        "case.html",
        200 if error is None else 400,
        case=row,
        followed=shown,
        slots=slots,
        kept=tuple(retention_sentences([row], settings, now)),
        said=site.said.get(request.query_params.get("said", "")),
        zone=settings.station.timezone,
        weeks=MOST_WEEKS if whole else WEEKS,
        whole=whole,
        shorts=shorts(),
        tones=tones(),
        kinds=kinds(),
        closings=closings(),
        values=values,
        error=error,
        **WORDS,
    )


def case_of(store: Store, request: Request) -> CaseRow:
    """The dossier that the address names. Raises ``HTTPException`` (404)."""
    code = request.path_params["code"]
    if not store.has_case(code):
        raise HTTPException(404)
    return store.case(code)


def _followed(  # noqa: PLR0917 - what the page has at hand
    store: Store,
    settings: Settings,
    status: CaseStatus,
    one: Assessment,
    followed: Sequence[FollowRow],
    whole: bool,  # noqa: FBT001 - as above
) -> Followed:
    stretches = [row for row in followed if row.procedure == one.procedure]
    photo = {procedure.id for procedure in settings.procedures if procedure.mode is Mode.PHOTO}
    own = status.own.get(one.procedure)
    lines = () if own is None else tuple(own_lines(one.procedure, own, photo_only=one.procedure in photo))
    calendar, hours = charts(store, stretches, one.today, weeks=MOST_WEEKS if whole else WEEKS)
    return Followed(
        assessment=one,
        name=names_of(settings).get(one.procedure, one.procedure),
        following=any(row.until is None for row in stretches),
        ages=ages_sentence(one),
        own=lines,
        calendar=calendar,
        hours=hours,
    )


def charts(store: Store, stretches: Sequence[FollowRow], today: date, *, weeks: int) -> tuple[Calendar, Hours]:
    """The calendar and the hours of what was tried in those stretches, over the last ``weeks``."""
    start = first_monday(today, weeks)
    since = datetime.combine(start - timedelta(days=1), time(), tzinfo=UTC)  # any zone's Monday begins after it
    counts = [one for one in store.day_counts(stretches, since) if one.day >= start]
    return build_calendar(counts, today=today, weeks=weeks), build_hours(counts)


def names_of(settings: Settings) -> dict[str, str]:
    """Every procedure of the configuration, by id, as people call it."""
    return {one.id: f"{one.prefecture}, {one.label}" for one in settings.procedures}


def case_kind(row: CaseRow) -> str:
    """What the person asks for; as it stands where it is no word of ours."""
    return kind_words(CaseKind(row.kind)) if row.kind in set(CaseKind) else row.kind


WORDS: Mapping[str, Any] = MappingProxyType(
    {"marks": MARKS, "level_words": level_words, "case_kind": case_kind, "closing_words": closing_words}
)


def kinds() -> tuple[tuple[str, str], ...]:
    """The kinds of dossiers, for a list."""
    return tuple((one.value, kind_words(one)) for one in CaseKind)


def closings() -> tuple[tuple[str, str], ...]:
    """The reasons to close, for a list."""
    return tuple((why, closing_words(why)) for why in Closing)


def shorts() -> tuple[str, ...]:
    """Monday to Sunday, short."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


def tones() -> tuple[tuple[str, str, str], ...]:
    """(tone, sign, words) of what a day may have, for the legend and the table."""
    return (
        ("proof", "2", _("no appointment (how many times)")),
        ("slot", "★", _("a slot was seen")),
        ("failure", "!", _("the site failed")),
        ("refusal", "–", _("no visit, or the site refused it")),
        ("other", "?", _("unclear")),
    )


def site_and_case(request: Request) -> tuple[Site, str]:
    """This run, and the code that the address names."""
    return site_of(request), request.path_params["code"]


ROUTES = (
    Route("/cases", list_cases),
    Route("/cases", action(add_case), methods=["POST"]),
    Route("/cases/new", new_case),
    Route("/cases/{code}", show_case),
)
