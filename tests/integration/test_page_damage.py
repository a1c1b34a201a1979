"""What the page says of a store in which something is damaged: in its own line or place, and of nothing else."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from store.listing import attempt_json, coverage_of
from store.opening import DATABASE_NAME
from store.store import Store
from temoin.canonical import Json
from temoin.errors import IntegrityError
from temoin.records import Outcome, Role
from temoin.words import outcome_words
from tests.exhibit_case import CRETEIL, START
from tests.page import Page, served
from tests.page_store import PageStore, make_page_store
from web.site import Site
from web.tasks import Task
from web.thumbnails import make

PROCEDURES = f"""
[[procedures]]
id = "{CRETEIL["id"]}"
prefecture = "Préfecture"
label = "Démarche"
url = "http://127.0.0.1:9/booking/create/1"
platform = "ezbooking"
"""
DAMAGES = (b"{not json", "{not json", b'{"a":1}', b"[]")  # text too: as a person types it into a database's shell
CHANGED = "What the lists say of this entry was changed"
LISTED = "Its record is damaged."
BODY = "UPDATE record SET body = ? WHERE sequence = ?"
LINE = "UPDATE entry SET line = ? WHERE sequence = ?"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> PageStore:
    config = tmp_path_factory.mktemp("sound") / "station" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'[station]\ntimezone = "Europe/Paris"\n{PROCEDURES}', encoding="utf-8")
    return make_page_store(config)


@pytest.fixture
def kept(sound: PageStore, tmp_path: Path) -> PageStore:
    """A copy that a test may damage."""
    shutil.copytree(sound.config.parent, tmp_path / "station")
    return replace(sound, config=tmp_path / "station" / "config.toml")


@pytest.fixture
def page(kept: PageStore) -> Iterator[Page]:
    with served(Site(config=kept.config, now=lambda: START)) as found:
        yield found


def change(kept: PageStore, *changes: tuple[str, tuple[object, ...]]) -> None:
    """What somebody does to the database with the triggers off."""
    with closing(sqlite3.connect(kept.config.parent / "evidence" / DATABASE_NAME)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement, values in changes:
            connection.execute(statement, values)
        connection.commit()


@contextmanager
def opened(kept: PageStore) -> Iterator[Store]:
    with Store.open(kept.config.parent / "evidence", now=lambda: START, read_only=True, create=False) as store:
        yield store


def record_of(kept: PageStore, sequence: int) -> Json:
    with opened(kept) as store:
        return store.record(sequence)


# A record


@pytest.mark.parametrize("body", DAMAGES)
def test_a_damaged_record_is_told_of_on_its_card_and_its_page(page: Page, kept: PageStore, body: object) -> None:
    before = page.get("/captures").text
    change(kept, (BODY, (body, kept.ordinary)))
    gallery = page.get("/captures")
    assert gallery.status_code == 200
    assert gallery.text.count('<li class="card">') == before.count('<li class="card">')
    assert (before.count(LISTED), gallery.text.count(LISTED)) == (0, 1)
    shown = page.get(f"/captures/{kept.ordinary}")
    assert shown.status_code == 200
    assert 'role="alert"' in shown.text
    assert f"The record of entry {kept.ordinary} is damaged" in shown.text
    assert f'action="/captures/{kept.ordinary}/check"' in shown.text
    assert page.get(f"/captures/{kept.ordinary}/record.json").status_code == 200


def test_a_damaged_or_missing_record_is_an_error_of_ours_out_of_the_store(kept: PageStore) -> None:
    change(
        kept,
        (BODY, (b"{not json", kept.ordinary)),
        ("DELETE FROM record WHERE sequence = ?", (kept.parts,)),
        (LINE, (b"no line", kept.missed)),
        (
            "UPDATE record SET body = (SELECT body FROM record WHERE sequence = ?) WHERE sequence = ?",
            (kept.hostile, kept.broken),
        ),
    )
    for sequence in (kept.ordinary, kept.parts, kept.missed, kept.broken):
        with opened(kept) as store, pytest.raises(IntegrityError):
            store.record(sequence)


@pytest.mark.parametrize("change_all", ["UPDATE record SET body = ?", "UPDATE entry SET line = ?"])
def test_no_page_is_lost_when_all_records_or_all_lines_are_damaged(
    page: Page, kept: PageStore, change_all: str
) -> None:
    change(kept, (change_all, (b"{not json",)))
    for path in ("/", "/captures", "/procedures", f"/procedures/{CRETEIL['id']}", "/cases", "/cases/K7", "/verify"):
        assert page.get(path).status_code == 200, path
    for path in ("/", "/procedures", f"/procedures/{CRETEIL['id']}"):
        assert LISTED in page.get(path).text, path
    for sequence in (kept.ordinary, kept.notice):
        shown = page.get(f"/captures/{sequence}")
        assert (shown.status_code, f'action="/captures/{sequence}/check"' in shown.text) == (200, True)
    assert page.post(f"/captures/{kept.notice}/check").status_code == 303


def test_the_list_for_programs_tells_a_damaged_record_by_no_artefacts(kept: PageStore) -> None:
    change(kept, (BODY, (b"{not json", kept.ordinary)))
    with opened(kept) as store:
        rows = store.attempts()
        listed = [attempt_json(store, row, coverage_of(store, rows, ())) for row in rows]
    assert [one["sequence"] for one in listed if one["artefacts"] is None] == [kept.ordinary]


# A file


def file_of(kept: PageStore, sequence: int, role: Role) -> Path:
    """Where the first file of that role is, writable."""
    artefacts = record_of(kept, sequence)["parts"][0]["artefacts"]
    digest = next(one["sha256"] for one in artefacts if one["role"] == role.value)
    with opened(kept) as store:
        path = store.path_of(digest)
    path.chmod(0o600)
    return path


def test_a_replaced_picture_has_no_small_one_and_the_genuine_one_comes_back(page: Page, kept: PageStore) -> None:
    picture, other = file_of(kept, kept.ordinary, Role.WINDOW), file_of(kept, kept.parts, Role.WINDOW)
    genuine, small = picture.read_bytes(), f"/thumbnails/{picture.parent.name}{picture.name}?of={kept.ordinary}"
    picture.write_bytes(other.read_bytes())
    answer = page.get(small)
    assert (answer.status_code, "damaged picture" in answer.text) == (404, True)
    picture.write_bytes(genuine)
    assert page.get(small).content == make(genuine)
    picture.write_bytes(other.read_bytes())
    assert page.get(small).status_code == 404
    picture.unlink()
    assert "damaged picture" in page.get(small).text


@pytest.mark.parametrize(
    ("role", "told"),
    [(Role.TEXT, "This text is damaged, or is not there any more."), (Role.EXCHANGE, "This exchange is damaged,")],
)
def test_a_damaged_text_or_exchange_is_said_to_be_so_in_its_place(
    page: Page, kept: PageStore, role: Role, told: str
) -> None:
    file, address = file_of(kept, kept.ordinary, role), f"/captures/{kept.ordinary}"
    whole, before = file.read_bytes(), page.get(address).text
    for harm in (lambda: file.write_bytes(whole[:-9]), lambda: file.write_bytes(b""), file.unlink):
        harm()
        shown = page.get(address)
        assert shown.status_code == 200
        assert (before.count(told), shown.text.count(told)) == (0, 1)
        assert "No text was kept." not in shown.text
        assert "Exchange with the site" in shown.text


# Tables


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE attempt SET outcome = ? WHERE sequence = ?", "slot_seen"),
        ("UPDATE attempt SET at = ? WHERE sequence = ?", "2026-09-01T05:12:33.250Z"),
        ("UPDATE attempt SET procedure = ? WHERE sequence = ?", "another"),
        ("UPDATE attempt SET sequence = 9000 + ? WHERE sequence = ?", 0),
    ],
)
def test_a_row_that_is_not_that_of_its_record_is_told_of(
    page: Page, kept: PageStore, statement: str, value: object
) -> None:
    address = f"/captures/{kept.ordinary}"
    before = page.get(address).text
    change(kept, (statement, (value, kept.ordinary)))
    shown = page.get(address)
    assert shown.status_code == 200
    assert (before.count(CHANGED), shown.text.count(CHANGED)) == (0, 1)
    assert f'action="{address}/check"' in shown.text
    assert outcome_words(Outcome.NO_SLOT) in shown.text.partition("The record says:")[2].partition("</p>")[0]


def test_every_sound_entry_is_as_its_record_says(page: Page, kept: PageStore) -> None:
    with opened(kept) as store:
        sequences = [entry.sequence for entry in store.entries()]
    assert len(sequences) > 8
    assert all(CHANGED not in page.get(f"/captures/{one}").text for one in sequences)


def test_a_row_that_nobody_can_read_is_an_error_of_ours(page: Page, kept: PageStore) -> None:
    change(kept, ("UPDATE attempt SET outcome = ? WHERE sequence = ?", ("no_slox", kept.ordinary)))
    assert page.get("/captures").status_code == 409
    shown = page.get(f"/captures/{kept.ordinary}")
    assert (shown.status_code, f'action="/captures/{kept.ordinary}/check"' in shown.text) == (200, True)


@pytest.mark.parametrize(
    ("status", "told"), [("failed", "verification failed"), ("passed", "nothing was found to have changed")]
)
def test_how_the_last_check_of_everything_ended_is_said_on_the_first_page(
    page: Page, monkeypatch: pytest.MonkeyPatch, status: str, told: str
) -> None:
    assert "Verified as a whole" not in page.get("/").text

    def ended(name: str, minutes: int, status: str, **asked: object) -> Task:
        at = START + timedelta(minutes=minutes)
        result = {"status": status, "checks": []}
        return Task(id=name, job="verify", title="", asked=asked, started=0, state="done", result=result, ended=at)

    whole, bundle = {"config": "x", "deep": False}, {"config": None, "dropped": "x"}
    tasks = (
        ended("1", 1, "incomplete", **whole),
        ended("2", 2, status, **whole),
        ended("3", 3, "incomplete", **bundle),
    )
    monkeypatch.setattr(page.site.tasks, "of_job", lambda _job: tasks)
    shown = page.get("/").text
    assert shown.count("Verified as a whole on 2026-09-14 07:14: ") == 1
    assert told in shown
