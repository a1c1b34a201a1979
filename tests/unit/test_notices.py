"""The préfecture's page: when it is due, what may leave while it is looked at, what counts as the page, its record."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.boundary import Outgoing, Reason
from capture.facts import Element, PageFacts
from capture.notice import NoticeBoundary, boundary_for, judge_page, page_profile, timing_for
from capture.request import Timing, VisitRequest
from scheduler.notices import RecordedNotice, describe, is_due
from store.values import NoticeRow
from temoin.canonical import canonical_bytes, sha256
from temoin.notice import NoticeContext, NoticeLink, NoticeOutcome, NoticeVisit, build_notice
from temoin.records import Artefact, Mode, Operator, Outcome, Role
from temoin.settings import Procedure

NOW = datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC)
HOST = "https://www.exemple.gouv.fr"
PAGE = f"{HOST}/demarches/premiere-demande"
BOOKING = f"{HOST}/booking/create/4963"
ELSEWHERE = "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/11800/"
OTHERS = [outcome for outcome in NoticeOutcome if outcome is not NoticeOutcome.SHOWN]
DAY = timedelta(days=1)


def row(age: timedelta, outcome: str = "shown") -> NoticeRow:
    return NoticeRow(sequence=1, procedure="essai", at=NOW - age, outcome=NoticeOutcome(outcome), simulated=False)


def ago(age: timedelta, outcome: str = "shown") -> list[NoticeRow]:
    return [row(age, outcome)]


# When it is due


def test_a_page_that_was_never_looked_at_is_due() -> None:
    assert is_due([], NOW)
    assert is_due([], NOW, at_filing=True)


@pytest.mark.parametrize(
    ("age", "due"),
    [
        (timedelta(0), (False, False)),
        (timedelta(hours=23, minutes=59), (False, False)),
        (timedelta(hours=24), (False, True)),
        (timedelta(days=29, hours=23), (False, True)),
        (timedelta(days=30), (True, True)),
        (timedelta(days=400), (True, True)),
        (-timedelta(hours=1), (True, True)),  # the clock was put back: what is to come proves nothing
    ],
)
def test_a_page_that_was_shown_is_due_after_a_month_and_at_filing_after_a_day(
    age: timedelta, due: tuple[bool, bool]
) -> None:
    assert (is_due(ago(age), NOW), is_due(ago(age), NOW, at_filing=True)) == due


@pytest.mark.parametrize("outcome", ["unreachable", "overloaded", "maintenance", "unrecognised", "captcha_required"])
def test_a_failure_counts_for_a_day_and_not_at_all_at_filing(outcome: str) -> None:
    assert not is_due(ago(timedelta(hours=23), outcome), NOW)
    assert is_due(ago(DAY, outcome), NOW)
    assert is_due(ago(timedelta(minutes=1), outcome), NOW, at_filing=True)


@pytest.mark.parametrize("outcome", ["blocked", "refused"])
def test_a_page_that_refuses_programs_is_left_alone_for_a_week_and_a_day_at_filing(outcome: str) -> None:
    assert not is_due(ago(6 * DAY, outcome), NOW)
    assert is_due(ago(7 * DAY, outcome), NOW)
    assert not is_due(ago(timedelta(hours=23), outcome), NOW, at_filing=True)
    assert is_due(ago(DAY, outcome), NOW, at_filing=True)


@given(
    st.lists(
        st.tuples(
            st.timedeltas(min_value=-timedelta(days=5), max_value=timedelta(days=90)), st.sampled_from(NoticeOutcome)
        ),
        max_size=6,
    )
)
def test_each_look_is_judged_by_itself_and_one_that_is_enough_is_enough(looks: list[tuple[timedelta, str]]) -> None:
    rows = [row(age, outcome) for age, outcome in looks]
    for at_filing in (False, True):
        assert is_due(rows, NOW, at_filing=at_filing) == all(is_due([one], NOW, at_filing=at_filing) for one in rows)
    if is_due(rows, NOW):  # nothing that a month's pace finds due is fresh enough to be filed
        assert is_due(rows, NOW, at_filing=True)


# What may leave


def request(url: str = PAGE) -> VisitRequest:
    return VisitRequest(
        attempt="20261123-071233-7f3a",
        at=NOW,
        url=url,
        profile=page_profile(),
        prefecture="Préfecture de l'Exemple",
        label="Démarche d'essai",
        timezone="Europe/Paris",
        simulated=True,
        mode=Mode.UNATTENDED,
        allows_robot=lambda asked: "/prive" not in asked,
    )


def boundary(url: str = PAGE, booking: str = BOOKING) -> NoticeBoundary:
    return boundary_for(request(url), booking=booking)


def out(url: str, kind: str = "Document", method: str = "GET", **more: object) -> Outgoing:
    return Outgoing(**{"url": url, "method": method, "kind": kind, "main_frame": True, **more})  # type: ignore[arg-type]


PASS = [
    out(PAGE),
    out(f"{PAGE}#contenu"),
    out(f"{HOST}/nouvelle-adresse"),  # where the page asked for sends on to
    out(f"http{PAGE.removeprefix('https')}"),
    out(f"{HOST}/bloc", main_frame=False),
    out(f"{HOST}/style.css", "Stylesheet"),
    out(f"{HOST}/extension/booking/design/photo.png", "Image"),
    out("https://polices.example/une.woff2", "Font"),
    out(f"{HOST}/contenu.json", "Fetch"),
    out("data:image/png;base64,AAAA", "Image"),
]
STOPPED: list[tuple[Outgoing, Reason]] = [
    (out(BOOKING), "past_availability"),
    (out(f"{BOOKING}/0"), "past_availability"),
    (out(f"{BOOKING}/5/1", "Image"), "past_availability"),
    (out(BOOKING, "Fetch"), "past_availability"),
    (out(BOOKING, "Other"), "past_availability"),
    (out(ELSEWHERE), "past_availability"),
    (out(ELSEWHERE, main_frame=False), "past_availability"),
    (out("https://192.0.2.7/booking/create/4963", "Script"), "past_availability"),
    (out(f"{HOST}/booking/manage"), "past_availability"),
    (out(f"{HOST}/booking/autre/chose"), "past_availability"),
    (out(f"{HOST}/prive/page"), "robots"),
    (out(f"{HOST}/prive/photo.png", "Image"), "robots"),
    (out("https://ailleurs.example/"), "address"),
    (out("https://ailleurs.example/", main_frame=False), "frame"),
    (out("https://ailleurs.example/mesure", "Fetch"), "third_party"),
    (out("https://ailleurs.example/mesure", "Ping", "POST"), "method"),
    (out(PAGE, method="POST"), "method"),
    (out(PAGE, method="HEAD"), "method"),
    (out(f"{HOST}/recherche", "Fetch", "POST"), "method"),
    (out("ftp://www.exemple.gouv.fr/"), "scheme"),
    (out(f"{HOST}/sw.js", "Script", headers={"Service-Worker": "script"}), "service_worker"),
]


@pytest.mark.parametrize("outgoing", PASS, ids=lambda o: f"{o.kind} {o.url}")
def test_the_page_and_what_it_shows_may_be_asked_for(outgoing: Outgoing) -> None:
    assert boundary().judge(outgoing) is None


@pytest.mark.parametrize(("outgoing", "reason"), STOPPED)
def test_no_booking_no_other_host_and_nothing_but_get(outgoing: Outgoing, reason: Reason) -> None:
    assert boundary().judge(outgoing) == reason


@given(
    st.sampled_from(["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    st.sampled_from([PAGE, BOOKING, f"{HOST}/autre", "https://ailleurs.example/", "data:,"]),
    st.sampled_from(["Document", "Image", "Script", "XHR", "Fetch", "Ping", "Other", "Prefetch"]),
)
def test_nothing_but_get_ever_leaves(method: str, url: str, kind: str) -> None:
    assert boundary().judge(out(url, kind, method)) is not None


def test_the_very_page_asked_for_may_be_visited_whatever_it_is_called() -> None:
    asked = f"{HOST}/booking/informations"
    assert boundary(asked).judge(out(asked)) is None
    home, site = "https://www.exemple.gouv.fr/", "https://rdv.exemple.fr/"  # both have the target "/"
    assert boundary(home, site).judge(out(home)) is None
    assert boundary(home, site).judge(out(site)) == "address"


def test_a_look_is_bounded_more_narrowly_than_a_visit() -> None:
    timing = timing_for(Timing())
    assert (timing.step, timing.answer, timing.visit) == (20.0, 15.0, 60.0)
    assert timing_for(Timing(step=1, answer=2, visit=3)) == Timing(step=1, answer=2, visit=3)


# What counts as the page

FOUND = NoticeLink(found=True, href=BOOKING, text="Rendez-vous", in_sight=True, path=(PAGE, BOOKING))
NOT_FOUND = NoticeLink(path=(PAGE,))
CAPTCHA = {page_profile().signs[0].selector: (Element(text="", visible=True),)}
REPAIRS = {"h1, h2": (Element(text="Le dépôt en ligne est en maintenance", visible=True),)}


def page(**more: object) -> PageFacts:
    return PageFacts(**{"url": PAGE, "status": 200, "body": "Exclusivement sur rendez-vous", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "link", "outcome", "reason"),
    [
        (page(), FOUND, "shown", None),
        (page(), NOT_FOUND, "shown", None),
        (page(elements=CAPTCHA), FOUND, "shown", None),
        (page(elements=CAPTCHA), NOT_FOUND, "captcha_required", None),
        (page(elements=REPAIRS), FOUND, "shown", None),
        (page(elements=REPAIRS), NOT_FOUND, "maintenance", None),
        (page(status=403), FOUND, "blocked", "http_403"),
        (page(status=429), NOT_FOUND, "blocked", "http_429"),
        (page(status=404), NOT_FOUND, "unrecognised", "http_404"),
        (page(status=410), FOUND, "unrecognised", "http_410"),
        (page(status=500), NOT_FOUND, "unrecognised", "http_500"),
        (page(status=503), NOT_FOUND, "overloaded", "http_503"),
        (page(status=203), FOUND, "unrecognised", "http_203"),
        (page(status=None), NOT_FOUND, "unrecognised", "no_status"),
        (page(ready=False), FOUND, "unrecognised", "still_loading"),
        (page(body=" \n"), NOT_FOUND, "unrecognised", "blank"),
        (None, NOT_FOUND, "unreachable", "timeout"),
    ],
)
def test_a_page_that_is_not_there_is_not_said_to_be(
    facts: PageFacts | None, link: NoticeLink, outcome: str, reason: str | None
) -> None:
    assert judge_page(facts, link) == (outcome, reason)


# Its record and its words

PICTURE = Artefact(role=Role.WINDOW, data=b"image", digest=sha256(b"image"))
VISIT = NoticeVisit(
    outcome=NoticeOutcome.SHOWN,
    url_final=PAGE,
    navigation=({"at": "2026-11-23T07:12:33.000Z", "method": "GET", "status": 200, "url": PAGE},),
    artefacts=(PICTURE,),
    link=FOUND,
    title="Première demande",
    http={"status": 200, "date_header": None, "server_address": None, "tls": None},
    environment={"view": "window"},
    guard_stopped=({"url": BOOKING, "method": "GET", "reason": "past_availability"},),
    retry_after="120",
    duration_ms=1234,
)
CONTEXT = NoticeContext(
    notice="20261123-071233-7f3a",
    at=NOW,
    timezone="Europe/Paris",
    simulated=True,
    operator=Operator.ASSOCIATION,
    procedure={"id": "essai", "prefecture": "Préfecture de l'Exemple", "label": "Démarche d'essai", "choices": []},
    url_asked=PAGE,
    clock={"source": "simulated", "offset_ms": None},
    robots_sha256=None,
    pace={"hour": 1, "day": 1, "week": 1},
)


def test_the_record_has_an_attempts_shape() -> None:
    record = build_notice(CONTEXT, VISIT)
    assert record == {
        "format": 1,
        "notice": "20261123-071233-7f3a",
        "at": "2026-11-23T07:12:33.000Z",
        "at_local": "2026-11-23T08:12:33+01:00",
        "timezone": "Europe/Paris",
        "simulated": True,
        "operator": "association",
        "procedure": CONTEXT.procedure,
        "url": {"asked": PAGE, "final": PAGE},
        "navigation": list(VISIT.navigation),
        "outcome": "shown",
        "reason": None,
        "title": "Première demande",
        "link": {
            "found": True,
            "href": BOOKING,
            "text": "Rendez-vous",
            "in_sight": True,
            "path": [PAGE, BOOKING],
        },
        "parts": [
            {"part": "1", "label": "", "outcome": "shown", "matched": None, "artefacts": [PICTURE.to_json()]},
        ],
        "http": VISIT.http,
        "clock": CONTEXT.clock,
        "environment": {"view": "window"},
        "politeness": {"robots_sha256": None, "pace": CONTEXT.pace},
        "guard": {"stopped": list(VISIT.guard_stopped)},
        "duration_ms": 1234,
    }
    assert canonical_bytes(record)


def test_a_page_that_was_not_asked_for_has_no_part() -> None:
    assert build_notice(CONTEXT, NoticeVisit(outcome=NoticeOutcome.REFUSED, reason="robots_rules"))["parts"] == []


def test_the_words_of_a_failed_look_are_those_of_attempts() -> None:
    assert {outcome.value for outcome in OTHERS} <= {outcome.value for outcome in Outcome}


PROCEDURE = Procedure(
    id="essai", prefecture="Préfecture de l'Exemple", label="Démarche d'essai", url=BOOKING, platform="ezbooking"
)


@pytest.mark.parametrize(
    ("visit", "sentence"),
    [
        (VISIT, "essai: n° 7, the préfecture’s page and its link to the booking."),
        (
            NoticeVisit(outcome=NoticeOutcome.SHOWN),
            "essai: n° 7, the préfecture’s page; no link of it leads straight to the booking.",
        ),
        (
            NoticeVisit(outcome=NoticeOutcome.UNREACHABLE, reason="dns"),
            "essai: n° 7, the préfecture’s page could not be photographed (the site could not be reached, dns).",
        ),
        (
            NoticeVisit(outcome=NoticeOutcome.CAPTCHA_REQUIRED),
            "essai: n° 7, the préfecture’s page could not be photographed (a captcha stands before the answer).",
        ),
    ],
)
def test_what_a_look_found_is_said_in_a_sentence(visit: NoticeVisit, sentence: str) -> None:
    assert describe(RecordedNotice(sequence=7, notice="n", procedure=PROCEDURE, visit=visit)) == sentence
