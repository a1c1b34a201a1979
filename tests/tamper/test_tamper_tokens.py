"""A register with timestamps and an anchor: whatever is changed is found, a register rewritten in full included."""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scheduler.anchoring import append_anchor
from scheduler.stamping import stamp
from store.chain import FIRST_PREVIOUS, EntryFields, build_line, parse_line
from store.pinned import read_pinned, trust_of_others
from store.store import Store
from store.verify import verify_store
from store.verify_tokens import Roots
from temoin.canonical import canonical_bytes, sha256
from temoin.clock import utc_now
from temoin.records import Kind
from temoin.report import Status
from temoin.settings import Authority as Named
from temoin.settings import Settings, load_settings
from tests.authority import Answers, Authority, Pki
from tests.tamper.conftest import Change, attempt_record, plan_record

STATION = {"format": 1, "operator": "self", "environment": {}}


@pytest.fixture(scope="module")
def whole(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Entries: 1 station, 2 plan, 3 attempt, 4 anchor, 5 station. Tokens: 1 over 3 by a, 2 and 3 over 4, 4 over 5."""
    folder = tmp_path_factory.mktemp("stamped")
    began = utc_now() - timedelta(days=1)
    with Authority(pki=pki) as first, Authority(pki=pki, answers=Answers.UNSORTED) as second:
        (folder / "config.toml").write_text(first.config("a") + second.config("b"), encoding="utf-8")
        settings = load_settings(folder / "config.toml")
        with Store.open(settings.station.data_dir, now=utc_now) as store:
            store.append(kind=Kind.STATION, record=STATION, at=began)
            store.append(kind=Kind.PLAN, record=plan_record(), at=began)
            store.append(kind=Kind.ATTEMPT, record=attempt_record(0, store.put(b"page"), 4), at=began)
            stamp(settings, store, now=utc_now, simulated=True)
            append_anchor(settings, store, now=utc_now(), simulated=True)
            stamp(settings, store, now=utc_now, simulated=True)
            store.append(kind=Kind.STATION, record={**STATION, "operator": "association"}, at=utc_now())
            stamp(settings, store, now=utc_now, simulated=True)
            assert [one.sequence for one in store.tokens()] == [3, 4, 4, 5]
    return settings


@pytest.fixture
def folder(whole: Settings, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    with Store.open(whole.station.data_dir, now=utc_now, read_only=True) as store:
        target = tmp_path / "evidence"
        target.mkdir()
        store._database.copy_to(target / "registre.sqlite")
        for digest in ("page",):
            path = store.path_of(sha256(digest.encode()))
            kept = target / path.relative_to(whole.station.data_dir)
            kept.parent.mkdir(parents=True)
            kept.write_bytes(path.read_bytes())
    return target


def findings(
    folder: Path, settings: Settings, status: Status = Status.FAILED, *, extra: tuple[Path, ...] = ()
) -> list[str]:
    roots = Roots(pinned=read_pinned(settings.timestamp.authorities, extra), others=trust_of_others(extra))
    report = verify_store(folder, roots=roots)
    return [f"{check.name}: {check.detail}" for check in report.checks if check.status is status]


def test_the_whole_register_is_covered(folder: Path, whole: Settings) -> None:
    assert findings(folder, whole) == []
    assert findings(folder, whole, Status.NOT_CHECKED) == []
    passed = findings(folder, whole, Status.PASSED)
    assert "11 anchors: 1 anchor" in passed
    (tokens,) = [line for line in passed if line.startswith("10 tokens")]
    assert tokens.startswith(
        "10 tokens: 3 timestamps of a (not qualified); 1 timestamp of b (not qualified); entries 1 to 5 are covered"
    )


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            lambda raw: raw.execute("DELETE FROM token WHERE number = 2"),
            ["10 tokens: token 2 is missing"],
        ),
        (
            lambda raw: raw.execute("DELETE FROM token WHERE number = 1"),
            ["10 tokens: token 1 is missing", "11 anchors: anchor 4: 1 token that it names is missing"],
        ),
        (
            lambda raw: raw.execute("UPDATE token SET sequence = 2 WHERE number = 1"),
            [
                "10 tokens: token 1 of a over entry 2: The timestamp is over other bytes than those asked about.",
                "11 anchors: anchor 4: the tokens that it names are not those that are kept",
            ],
        ),
        (
            lambda raw: raw.execute("UPDATE token SET sequence = 99 WHERE number = 4"),
            ["10 tokens: token 4 of a over entry 99: there is no such entry"],
        ),
        (
            lambda raw: raw.execute("UPDATE token SET gen_time = '2026-01-01T00:00:00.000Z' WHERE number = 4"),
            ["10 tokens: token 4 of a over entry 5: the table does not say the time that it gives"],
        ),
        (
            lambda raw: raw.execute("UPDATE token SET delay_ms = delay_ms + 1 WHERE number = 4"),
            ["10 tokens: token 4 of a over entry 5: the table does not say the time that it gives"],
        ),
        (
            lambda raw: flip(raw, 4),
            ["10 tokens: token 4 of a over entry 5: its bytes are not those that came"],
        ),
        (
            lambda raw: truncate(raw, 4),
            ["10 tokens: token 4 of a over entry 5: The answer is not that of a timestamp authority (RFC 3161)."],
        ),
    ],
)  # fmt: skip
def test_what_is_changed_of_the_tokens_is_found(
    whole: Settings, tampered: Callable[[Change], Path], change: Change, found: list[str]
) -> None:
    assert findings(tampered(change), whole) == found


def flip(raw: sqlite3.Connection, number: int) -> None:
    (data,) = raw.execute("SELECT response FROM token WHERE number = ?", (number,)).fetchone()
    spoilt = bytearray(data)
    spoilt[len(data) // 2] ^= 1
    raw.execute("UPDATE token SET response = ? WHERE number = ?", (bytes(spoilt), number))


def truncate(raw: sqlite3.Connection, number: int) -> None:
    """And the digest in the row with it."""
    (data,) = raw.execute("SELECT response FROM token WHERE number = ?", (number,)).fetchone()
    raw.execute("UPDATE token SET response = ?, sha256 = ? WHERE number = ?", (data[:-10], sha256(data[:-10]), number))


def rewrite(raw: sqlite3.Connection) -> None:
    """The whole register anew, as its owner could: an attempt is changed, and every line is made to follow."""
    rows = raw.execute("SELECT sequence, line, body FROM entry JOIN record USING (sequence) ORDER BY sequence")
    previous = FIRST_PREVIOUS
    for sequence, line, body in rows.fetchall():
        entry, record = parse_line(line), json.loads(body)
        at = entry.at
        if entry.kind is Kind.ATTEMPT:
            at = datetime.fromisoformat("2026-11-23T07:12:31.000Z")
            raw.execute("UPDATE attempt SET matched_text = 'x' WHERE sequence = ?", (sequence,))
            record["parts"][0]["matched"]["text"] = "x"
        if entry.kind is Kind.ANCHOR:
            record["head"]["sha256"] = previous
        data = canonical_bytes(record)
        fields = EntryFields(
            sequence=sequence,
            at=at,
            kind=entry.kind,
            previous=previous,
            record=sha256(data),
            station=entry.station,
            subject=entry.subject,
        )
        again = build_line(fields)
        raw.execute("UPDATE entry SET line = ? WHERE sequence = ?", (again, sequence))
        raw.execute("UPDATE record SET body = ? WHERE sequence = ?", (data, sequence))
        previous = sha256(again)


def test_a_register_rewritten_in_full_is_found_by_its_tokens(
    whole: Settings, tampered: Callable[[Change], Path]
) -> None:
    folder = tampered(rewrite)
    chain = [check for check in verify_store(folder).checks if check.name in {"3 chain", "4 records", "5 derived"}]
    assert {check.status for check in chain} == {Status.PASSED}  # the chain alone cannot show it
    other = "The timestamp is over other bytes than those asked about."
    assert findings(folder, whole) == [
        *(f"10 tokens: token {number} of {who} over entry {entry}: {other}" for number, who, entry in (
            (1, "a", 3), (2, "a", 4), (3, "b", 4), (4, "a", 5),
        )),
    ]  # fmt: skip


def test_tokens_thrown_away_leave_an_anchor_that_names_them(
    whole: Settings, tampered: Callable[[Change], Path]
) -> None:
    folder = tampered(lambda raw: raw.execute("DELETE FROM token"))
    assert findings(folder, whole) == ["11 anchors: anchor 4: 1 token that it names is missing"]
    (waits,) = findings(folder, whole, Status.NOT_CHECKED)
    assert waits.startswith("10 tokens: 5 entries have no timestamp yet, the first of them since ")


def test_an_anchor_that_names_another_head_is_found(whole: Settings, tampered: Callable[[Change], Path]) -> None:
    def change(raw: sqlite3.Connection) -> None:
        (body,) = raw.execute("SELECT body FROM record WHERE sequence = 4").fetchone()
        record = json.loads(body)
        record["head"]["sha256"] = "0" * 64
        raw.execute("UPDATE record SET body = ? WHERE sequence = 4", (canonical_bytes(record),))

    found = findings(tampered(change), whole)
    assert found == ["4 records: record 4: its digest is not the one its entry gives"]


def of(name: str, roots: Path) -> Named:
    return Named(name=name, url="http://127.0.0.1:9/", roots=roots)


def test_without_the_root_nothing_is_passed_and_it_is_said(folder: Path, whole: Settings, pki: Pki) -> None:
    bare = whole.model_copy(update={"timestamp": whole.timestamp.model_copy(update={"authorities": ()})})
    assert findings(folder, bare) == []
    why = "the configuration names no root for it; give one with --root"
    unchecked = [f"10 tokens: 3 tokens of a: {why}", f"10 tokens: 1 token of b: {why}"]
    assert findings(folder, bare, Status.NOT_CHECKED) == unchecked
    assert findings(folder, bare, Status.NOT_CHECKED, extra=(pki.root,)) == []
    assert findings(folder, bare, extra=(pki.root,)) == []
    foreign = pki.folder / "foreign_root.pem"
    assert len(findings(folder, bare, extra=(foreign,))) == 4


def test_a_file_of_roots_that_is_gone_is_named(folder: Path, whole: Settings, pki: Pki, tmp_path: Path) -> None:
    named = (of("a", tmp_path / "gone.pem"), of("b", pki.root))
    settings = whole.model_copy(update={"timestamp": whole.timestamp.model_copy(update={"authorities": named})})
    unchecked = findings(folder, settings, Status.NOT_CHECKED)
    assert unchecked[0].startswith("10 tokens: 3 tokens of a: The file of root certificates")
    assert unchecked[1].startswith("10 tokens: 1 entry has no timestamp yet, since ")
    assert findings(folder, settings) == []


def test_a_store_without_authorities_passes_and_says_what_its_time_rests_on(tmp_path: Path) -> None:
    with Store.open(tmp_path / "evidence", now=utc_now) as store:
        store.append(kind=Kind.STATION, record=STATION, at=utc_now())
    report = verify_store(tmp_path / "evidence")
    assert report.exit_code == 0
    assert [check.detail for check in report.checks if check.name == "10 tokens"] == [
        "no timestamp is kept: the time rests on this machine’s clock"
    ]


def test_the_triggers_refuse_to_change_or_replace_a_token(folder: Path) -> None:
    raw = sqlite3.connect(folder / "registre.sqlite")
    for statement in (
        "UPDATE token SET delay_ms = 0",
        "DELETE FROM token",
        "INSERT OR REPLACE INTO token SELECT * FROM token WHERE number = 1",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="token: "):
            raw.execute(statement)
    raw.close()
