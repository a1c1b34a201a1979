"""Captures on the local page: pages of attempts, one entry checked step by step, a bundle that is dropped."""

import io
import re
import shutil
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from store import queries
from store.opening import DATABASE_NAME
from store.pinned import read_pinned
from store.store import Store
from store.values import AttemptQuery
from store.verify_entry import check_entry
from store.verify_tokens import Roots
from temoin.errors import StoreError, UsageError
from temoin.records import Outcome
from temoin.report import Report, Status
from tests.exhibit_case import CRETEIL, NANTERRE, START
from tests.page import Page, served
from tests.page_store import PageStore, make_page_store, more_attempts
from web.captures import PAGE
from web.site import Site
from web.unpacking import PREFIX

if TYPE_CHECKING:
    from tests.whole_case import Whole

WAIT_SECONDS = 60.0


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> PageStore:
    config = tmp_path_factory.mktemp("captures") / "config.toml"
    config.write_text('[station]\ntimezone = "Europe/Paris"\n', encoding="utf-8")
    found = make_page_store(config)
    with Store.open(config.parent / "evidence", now=lambda: START) as store:
        more_attempts(store, range(50, 50 + PAGE * 2))
        more_attempts(store, (3, 3, 3, 90))  # recorded late, and three at one time
    return found


@pytest.fixture(scope="module")
def page(kept: PageStore) -> Iterator[Page]:
    with served(Site(config=kept.config)) as found:
        yield found


def opened(kept: PageStore) -> Store:
    return Store.open(kept.config.parent / "evidence", now=lambda: START, read_only=True, create=False)


CHANGED_LINE = "UPDATE entry SET line = CAST(replace(line, '2026', '2027') AS BLOB)"
OTHER_PREVIOUS = """UPDATE entry SET line = CAST(replace(line, '"previous":"', '"previous":"0') AS BLOB)"""
QUERIES = (
    AttemptQuery(),
    AttemptQuery(procedure=CRETEIL["id"]),
    AttemptQuery(outcome=Outcome.NO_SLOT),
    AttemptQuery(procedure=CRETEIL["id"], outcome=Outcome.NO_SLOT),
    AttemptQuery(since=START + timedelta(hours=3), until=START + timedelta(hours=60)),
    AttemptQuery(procedure=NANTERRE["id"], outcome=Outcome.MISSED),
)


@pytest.mark.parametrize("query", QUERIES)
def test_pages_hold_each_attempt_once_latest_first(kept: PageStore, query: AttemptQuery) -> None:
    with opened(kept) as store:
        found: list[int] = []
        times = []
        before = None
        while rows := store.attempts_page(query, before=before, limit=7):
            found += [row.sequence for row in rows]
            times += [(row.at, row.sequence) for row in rows]
            before = rows[-1].sequence
        assert sorted(found) == sorted(row.sequence for row in store.attempts(query))
    assert times == sorted(times, reverse=True)


def test_each_page_is_answered_by_an_index(kept: PageStore) -> None:
    """Whatever is asked and however far back: nothing is looked for in the whole table, nothing sorted as a whole."""
    with opened(kept) as store:
        for query in QUERIES:
            with store._database.reading() as connection:
                asked: list[str] = []
                real = connection.execute

                def heard(statement: Any, *args: Any, real: Any = real, asked: list[str] = asked) -> Any:
                    asked.append(str(statement.compile(connection, compile_kwargs={"literal_binds": True})))
                    return real(statement, *args)

                connection.execute = heard  # type: ignore[assignment, method-assign] # to see what is asked
                queries.read_page(connection, query, before=kept.hostile, limit=7)
                del connection.execute  # the class's own again
                plan = [row.detail for one in asked for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")]
            assert len(plan) >= 2
            assert all("SEARCH" in line or "PART OF ORDER BY" in line or "LAST TERM" in line for line in plan), plan


def test_the_neighbours_are_of_the_same_procedure_in_the_order_of_time(kept: PageStore) -> None:
    with opened(kept) as store:
        rows = store.attempts_page(AttemptQuery(procedure=CRETEIL["id"]), limit=1000)
        newest_first = [row.sequence for row in rows]
        for place, row in enumerate(rows):
            after = newest_first[place - 1] if place else None
            before = newest_first[place + 1] if place + 1 < len(rows) else None
            assert store.attempts_beside(row) == (before, after)


def test_the_gallery_goes_back_page_by_page_and_keeps_its_filters(page: Page) -> None:
    shown = page.get("/captures", params={"outcome": "no_slot", "procedure": CRETEIL["id"]}).text
    assert shown.count('<li class="card">') == PAGE
    older = shown.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "outcome=no_slot" in older
    assert f"procedure={CRETEIL['id']}" in older
    assert page.get(older).text.count('<li class="card">') == PAGE


def test_another_language_keeps_the_filters(page: Page) -> None:
    filtered = f"/captures?procedure={CRETEIL['id']}&outcome=no_slot"
    (back,) = re.findall(r'name="back" value="([^"]*)"', page.get(filtered).text)
    assert unescape(back) == filtered
    assert page.post("/language", {"back": filtered}).headers["location"] == filtered


def test_days_the_wrong_way_round_are_said_to_be(page: Page) -> None:
    said = "The days are the wrong way round"
    assert said in page.get("/captures?since=2026-09-15&until=2026-09-14").text
    assert said not in page.get("/captures?since=2026-09-15&until=2026-09-15").text
    assert said not in page.get("/captures?since=2026-09-15").text


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "since=9999-12-31", "until=0001-01-01", "since=x", "outcome=x"]
)
def test_what_makes_no_sense_is_said(page: Page, query: str) -> None:
    answer = page.get(f"/captures?{query}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_a_picture_is_shown_only_where_the_record_names_it(page: Page, kept: PageStore) -> None:
    shown = page.get(f"/captures/{kept.ordinary}").text
    digest = shown.partition(f"/captures/{kept.ordinary}/files/")[2][:64]
    assert page.get(f"/captures/{kept.ordinary}/files/{digest}").headers["content-type"] == "image/png"
    assert page.get(f"/captures/{kept.parts}/files/{digest}").status_code == 404
    assert page.get(f"/thumbnails/{digest}?of={kept.ordinary}").headers["content-type"] == "image/png"
    assert page.get(f"/thumbnails/{digest}").status_code == 200
    assert page.get(f"/thumbnails/{digest}?of={kept.parts}").status_code == 404
    assert page.get(f"/thumbnails/{'0' * 64}").status_code == 404


def test_a_picture_that_is_none_has_no_small_one_and_is_only_downloaded(page: Page, kept: PageStore) -> None:
    digest = page.get(f"/captures/{kept.broken}").text.partition(f"/captures/{kept.broken}/files/")[2][:64]
    assert page.get(f"/thumbnails/{digest}?of={kept.broken}").status_code == 404
    answer = page.get(f"/captures/{kept.broken}/files/{digest}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("which", ["ordinary", "parts", "missed", "refused", "hostile", "broken", "notice"])
def test_an_entry_of_any_kind_is_shown_on_a_small_page(page: Page, kept: PageStore, which: str) -> None:
    answer = page.get(f"/captures/{getattr(kept, which)}")
    assert answer.status_code == 200
    assert len(answer.content) < 100_000


# One entry checked


def spoilt(kept: PageStore, tmp_path: Path, *changes: tuple[str, object]) -> Path:
    """A copy of the store on which somebody worked with the triggers off."""
    folder = tmp_path / "evidence"
    shutil.copytree(kept.config.parent / "evidence", folder)
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement, about in changes:
            connection.execute(statement, (about,))
        connection.commit()
    return folder


def failed(report: Report) -> set[str]:
    return {check.name for check in report.checks if check.status is Status.FAILED}


def test_a_sound_entry_passes_every_step_but_the_timestamp_that_nobody_gave(kept: PageStore) -> None:
    report = check_entry(kept.config.parent / "evidence", kept.ordinary)
    assert failed(report) == set()
    assert {check.name for check in report.checks if check.status is Status.NOT_CHECKED} == {"7 timestamps"}
    assert [check.name for check in report.checks].count("5 artefacts") == 5


def test_each_change_is_found_by_the_step_that_concerns_it(kept: PageStore, tmp_path: Path) -> None:
    one = kept.ordinary
    changes = (
        (
            "UPDATE record SET body = CAST(replace(body, 'no_slot', 'no_slox') AS BLOB) WHERE sequence = ?",
            one,
            "2 record",
        ),
        ("UPDATE attempt SET outcome = 'slot_seen' WHERE sequence = ?", one, "4 derived"),
        ("UPDATE subject SET secret = 'x' WHERE procedure = ?", CRETEIL["id"], "3 subject"),
        (f"{CHANGED_LINE} WHERE sequence = ?", one, "1 chain"),
        (f"{CHANGED_LINE} WHERE sequence = ?", one - 1, "1 chain"),
        (f"{OTHER_PREVIOUS} WHERE sequence = ?", one + 1, "1 chain"),
        ("DELETE FROM plan WHERE sequence < ?", one, "6 plans"),
    )
    for number, (change, about, step) in enumerate(changes):
        folder = spoilt(kept, tmp_path / str(number), (change, about))
        assert step in failed(check_entry(folder, one)), change
        assert failed(check_entry(folder, kept.parts)) <= {"3 subject", "6 plans"}, change  # others are as they were


def test_a_changed_or_missing_file_is_named(kept: PageStore, tmp_path: Path) -> None:
    folder = spoilt(kept, tmp_path)
    with Store.open(folder, now=lambda: START, read_only=True, create=False) as store:
        shown, text = store.record(kept.ordinary)["parts"][0]["artefacts"][:2]
        picture, words = store.path_of(shown["sha256"]), store.path_of(text["sha256"])
    picture.chmod(0o600)
    picture.write_bytes(picture.read_bytes()[:-1] + b"x")
    words.unlink()
    details = [one.detail for one in check_entry(folder, kept.ordinary).checks if one.status is Status.FAILED]
    assert len(details) == 2
    assert shown["sha256"] in details[0]
    assert text["sha256"] in details[1]


def test_the_tokens_that_cover_an_entry_are_held_to_the_pinned_root(whole: "Whole") -> None:
    roots = Roots(pinned=read_pinned(whole.settings.timestamp.authorities))
    with Store.open(whole.store, now=lambda: START, read_only=True, create=False) as store:
        sequences = [row.sequence for row in store.attempts()]
    for sequence in sequences:
        report = check_entry(whole.store, sequence, roots)
        assert report.status == "passed", [check for check in report.checks if check.status is not Status.PASSED]
    assert check_entry(whole.store, sequences[0]).status == "incomplete"


def test_every_entry_of_a_whole_store_can_be_checked(whole: "Whole") -> None:
    roots = Roots(pinned=read_pinned(whole.settings.timestamp.authorities))
    with Store.open(whole.store, now=lambda: START, read_only=True, create=False) as store:
        entries = [(entry.sequence, entry.kind) for entry in store.entries()]
    for sequence, kind in entries:
        assert failed(check_entry(whole.store, sequence, roots)) == set(), kind


def test_what_is_not_there_is_said(kept: PageStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        check_entry(kept.config.parent / "evidence", 10_000)
    with pytest.raises(StoreError):
        check_entry(tmp_path, 1)


# On the page


def followed(page: Page, address: str) -> tuple[str, dict[str, Any]]:
    """How the task at ``address`` ended, and what its page says."""
    task = page.site.tasks.get(address.rpartition("/")[2])
    assert task is not None
    until(lambda: not task.is_running)
    assert task.error is None
    return page.get(address).text, dict(task.result or {})


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_check_of_a_capture_shows_each_step(page: Page, kept: PageStore) -> None:
    shown, found = followed(page, page.post(f"/captures/{kept.ordinary}/check").headers["location"])
    assert found["status"] == "incomplete"
    assert shown.count('<li class="passed">') == 10
    assert f'href="/captures/{kept.ordinary}"' in shown


def zip_of(folder: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, Path("dossier") / path.relative_to(folder))
    return out.getvalue()


def dropped_folders() -> set[str]:
    return {one.name for one in Path(tempfile.gettempdir()).glob(f"{PREFIX}*")}


def drop(page: Page, bundle: bytes, **more: tuple[str, bytes, str]) -> str:
    files = {"bundle": ("dossier.zip", bundle, "application/zip"), **more}
    answer = page.client.post(
        "/verify/bundle", data={"secret": page.site.form_secret}, files=files, headers={"origin": page.origin}
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_dropped_bundle_is_verified_with_the_root_that_was_given_and_forgotten(page: Page, whole: "Whole") -> None:
    before = dropped_folders()
    root = ("racine.pem", whole.root.read_bytes(), "application/x-pem-file")
    _shown, found = followed(page, drop(page, zip_of(whole.bundle), root=root))
    assert found["status"] == "passed"
    until(lambda: dropped_folders() <= before)


def test_without_a_root_its_timestamps_are_said_not_to_be_checked(page: Page, whole: "Whole") -> None:
    _shown, found = followed(page, drop(page, zip_of(whole.bundle)))
    assert found["status"] == "incomplete"


def test_a_bundle_in_which_something_was_changed_fails(page: Page, whole: "Whole", tmp_path: Path) -> None:
    shutil.copytree(whole.bundle, tmp_path / "copy")
    register = tmp_path / "copy" / "data" / "3_PREUVES" / "registre.jsonl"
    register.chmod(0o600)
    register.write_bytes(register.read_bytes().replace(b"2026-09-14", b"2026-09-13", 1))
    shown, found = followed(page, drop(page, zip_of(tmp_path / "copy")))
    assert found["status"] == "failed"
    assert "Verification failed" in shown


def test_a_stopped_verification_leaves_nothing_behind(page: Page, whole: "Whole") -> None:
    before = dropped_folders()
    address = drop(page, zip_of(whole.bundle))
    page.post(f"{address}/stop")
    until(lambda: dropped_folders() <= before)


def test_a_root_that_is_none_is_refused_and_nothing_is_kept(page: Page, whole: "Whole") -> None:
    before = dropped_folders()
    root = ("racine.pem", b"no certificate", "application/x-pem-file")
    files = {"bundle": ("dossier.zip", zip_of(whole.bundle), "application/zip"), "root": root}
    answer = page.client.post(
        "/verify/bundle", data={"secret": page.site.form_secret}, files=files, headers={"origin": page.origin}
    )
    assert answer.status_code == 409
    assert dropped_folders() <= before


def test_a_picture_that_cannot_be_seen_is_said_to_be_in_its_place(page: Page, kept: PageStore) -> None:
    shown = page.get(f"/captures/{kept.broken}").text
    assert "This picture is damaged, or is not there any more." in shown
    assert "<img" not in shown
    digest = shown.partition(f"/captures/{kept.broken}/files/")[2][:64]
    small = page.get(f"/thumbnails/{digest}?of={kept.broken}")
    assert (small.status_code, small.headers["content-type"]) == (404, "image/svg+xml")
    assert "unreadable picture" in small.text
    assert "<img" in page.get(f"/captures/{kept.ordinary}").text


def test_the_words_that_decided_stand_between_the_language_s_own_marks(page: Page, kept: PageStore) -> None:
    english = page.get(f"/captures/{kept.ordinary}").text
    french = page.get(f"/captures/{kept.ordinary}", headers={"accept-language": "fr"}).text
    assert "“<bdi>Il n&#39;existe plus" in english
    assert "«\u00a0<bdi>Il n&#39;existe plus" in french
