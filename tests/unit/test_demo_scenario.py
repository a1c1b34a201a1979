from datetime import UTC, datetime

import pytest

from demo.exchange import Call, Visit
from demo.scenario import (
    BROKEN_PAGES,
    EZBOOKING_PAGES,
    FAILURE_PAGES,
    HOSTILE_PAGES,
    PLATFORMS,
    Page,
    Procedure,
    Site,
    no_slot_page,
    platform_of,
)
from demo.sessions import Sessions


def procedure(*pages: Page, **changes: object) -> Procedure:
    values: dict[str, object] = {"platform": "ezbooking", "id": "4963", "pages": pages or (Page.NO_SLOT,)}
    return Procedure(**(values | changes))  # type: ignore[arg-type]


def test_the_value_of_a_page_is_its_name_in_lower_case() -> None:
    assert [page.value for page in Page] == [page.name.lower() for page in Page]


def test_every_platform_has_a_page_that_says_no() -> None:
    assert [platform_of(no_slot_page(platform)) for platform in PLATFORMS] == list(PLATFORMS)


def test_the_families_of_pages_do_not_overlap() -> None:
    families = (EZBOOKING_PAGES, FAILURE_PAGES, BROKEN_PAGES, HOSTILE_PAGES)
    assert sum(map(len, families)) == len(frozenset().union(*families))


def test_a_page_of_another_platform_is_refused() -> None:
    with pytest.raises(ValueError, match="page RP_SLOTS does not exist on ezbooking"):
        procedure(Page.RP_SLOTS)


def test_a_procedure_without_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one page"):
        procedure(pages=())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("platform", "doctolib"),
        ("layout", "new"),
        ("cookie_banner", "blue"),
        ("failures_at", "home"),
        ("captcha", "sum"),
        ("result_step", 4),
    ],
)
def test_an_unknown_choice_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{key}: .* is none of"):
        procedure(**{key: value})


def test_an_identifier_that_cannot_stand_in_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot stand in an address"):
        procedure(id="../4963")


def test_a_page_for_a_planning_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"names no planning of 4963: \['2'\]"):
        procedure(plannings=(("1", "Guichet 1"),), planning_pages={"2": Page.SLOTS})


def test_two_procedures_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="share an id"):
        Site(procedures=(procedure(), procedure()))


def test_visits_meet_the_pages_in_turn_and_then_the_last_one() -> None:
    sessions = Sessions()
    followed = procedure(Page.NO_SLOT, Page.SLOTS)
    met = [sessions.enter(None, followed)[1].page for _ in range(4)]
    assert met == [Page.NO_SLOT, Page.SLOTS, Page.SLOTS, Page.SLOTS]


def test_one_session_is_one_visit() -> None:
    sessions = Sessions()
    followed = procedure(Page.NO_SLOT, Page.SLOTS)
    token, first = sessions.enter(None, followed)
    assert sessions.enter(token, followed) == (token, first)


def test_an_expired_session_begins_the_next_visit() -> None:
    sessions = Sessions()
    followed = procedure(Page.NO_SLOT, Page.SLOTS)
    token, _ = sessions.enter(None, followed)
    sessions.expire()
    assert sessions.enter(token, followed)[1].page is Page.SLOTS


def test_pages_that_are_set_hold_from_the_next_request_of_a_live_session() -> None:
    sessions = Sessions()
    followed = procedure(Page.NO_SLOT)
    token, _ = sessions.enter(None, followed)
    sessions.set_pages(followed, (Page.SLOTS,))
    assert sessions.enter(token, followed)[1].page is Page.SLOTS


def test_a_planning_has_its_own_page() -> None:
    followed = procedure(plannings=(("1", "A"), ("2", "B")), planning_pages={"2": Page.SLOTS})
    assert call(followed, planning="1").result() is Page.NO_SLOT
    assert call(followed, planning="2").result() is Page.SLOTS


@pytest.mark.parametrize("page", [*sorted(HOSTILE_PAGES), Page.CHANGED_TERMS])
def test_a_hostile_page_ends_on_no_slot(page: Page) -> None:
    assert call(procedure(page)).result() is Page.NO_SLOT


def test_a_failure_stands_at_the_entry_unless_told_otherwise() -> None:
    assert call(procedure(Page.BAD_GATEWAY)).fails_at_entry()
    assert not call(procedure(Page.BAD_GATEWAY, failures_at="result")).fails_at_entry()


def call(followed: Procedure, *, planning: str = "") -> Call:
    return Call(
        method="GET",
        target="/booking/create/4963",
        rest="",
        query={},
        fields={},
        procedure=followed,
        visit=Visit(page=followed.pages[0], planning=planning),
        now=datetime(2026, 11, 23, 8, tzinfo=UTC),
        captcha_code="R7K4P",
    )
