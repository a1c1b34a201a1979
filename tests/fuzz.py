"""Input that nobody wrote by hand: valid things of each kind, changed at random, and what must hold of their readers.

A reader gives its answer or one of our own errors (``temoin.errors``), or the ``ValueError`` that it promises; anything
else is a crash. To add a reader, add a ``Target`` to ``targets``: ``make test`` and ``make soak`` then feed it.
"""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.announced import find_announced
from capture.links import Anchor, find_link
from capture.profile import parse_profile
from exhibits.docx_reading import read_table
from exhibits.facts import read_attempt
from exhibits.story import read_notice
from exhibits.verify_bundle import verify_bundle
from scheduler.public_address import ask_public_address
from scheduler.robots import RobotsAnswer, build_rules
from store.chain import check_chain, parse_line
from store.tokens import Trust, check_token, read_time
from temoin.canonical import is_canonical
from temoin.errors import TemoinError
from temoin.items import read_item
from temoin.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]

# JSON as a hostile record may hold it: numbers without an end, lone surrogates, names of zones that are folders.
_ODD_TEXTS = (
    *("", "\ud800", "\x00", "a" * 300, "1" * 5000, "Europe", "Europe/Paris", "../../etc/passwd"),
    *("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2026-11-23T07:12:33.481Z"),
)
_ODD: tuple[Any, ...] = (None, True, False, 0, -1, 10**400, 1e308, float("nan"), [], {}, *_ODD_TEXTS)
json_values = st.recursive(
    st.one_of(st.sampled_from(_ODD), st.text(max_size=20), st.integers(), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reader, what it is fed, and how much of the whole it gets: ``share`` of a thousand examples."""

    name: str
    inputs: st.SearchStrategy[bytes]
    read: Callable[[bytes], object]
    promised: tuple[type[Exception], ...] = ()
    share: int = 100


def hold(target: Target, examples: int) -> None:
    """Feed the target; whatever comes out but an answer, our own error or a promised one is a failure."""

    @settings(
        max_examples=examples, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck)
    )
    @given(target.inputs)
    def survives(data: bytes) -> None:
        with suppress(TemoinError, *target.promised):
            target.read(data)

    survives()


@st.composite
def damaged(draw: st.DrawFn, originals: Sequence[bytes]) -> bytes:
    """One of the originals with some bytes flipped, cut, doubled or replaced; now and then anything at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=400))
    data = bytearray(draw(st.sampled_from(originals)))
    for _round in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 30)))
        match draw(st.integers(0, 4)):
            case 0 if start < len(data):
                data[start] ^= 1 << draw(st.integers(0, 7))
            case 1:
                del data[start:end]
            case 2:
                data[start:start] = data[start:end] * 2
            case 3:
                del data[start:]
            case _:
                data[start:end] = draw(st.one_of(st.binary(max_size=20), st.text(max_size=10).map(_bytes)))
    return bytes(data)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@st.composite
def changed(draw: st.DrawFn, originals: Sequence[bytes]) -> bytes:
    """One of the originals, JSON, with some of its values replaced, taken away or added; or damaged as bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.one_of(damaged(originals), st.integers(1, 200_000).map(lambda deep: b"[" * deep)))
    value = json.loads(draw(st.sampled_from(originals)))
    for _round in range(draw(st.integers(1, 3))):
        holders = [*_holders(value)]
        if not holders:
            break
        holder, key = draw(st.sampled_from(holders))
        if draw(st.integers(0, 4)) == 0:
            del holder[key]
        else:
            holder[key] = draw(json_values)
    return _bytes(json.dumps(value, ensure_ascii=draw(st.booleans())))


def _holders(value: Any) -> Iterable[tuple[Any, Any]]:
    """Every place of a value: what holds it, and its key or number there."""
    keys: Iterable[Any] = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _holders(value[key])


def _robots(data: bytes) -> None:
    rules = build_rules(200, data)
    for url in ("https://www.example.org/booking/create/4963?a=b#c", "http://[::1]:8/", "https://é.example/%zz%00"):
        rules.allows(url)


def _words_of_a_page(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    find_announced(text, "Europe/Paris")
    anchors = (Anchor(href=line, text=line, visible=True) for line in text.split("\n"))
    find_link(anchors, booking="https://www.example.org/booking/create/4963", page="https://www.example.org/")


def _attempt(data: bytes) -> None:
    read_attempt(1, data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Answers of a timestamp authority over ``message``, and the roots that they are held to."""

    message: bytes
    answers: tuple[bytes, ...]
    trust: Trust

    def read(self, data: bytes) -> object:
        """What ``data`` attests, were it an answer."""
        return read_time(data), check_token(data, self.message, self.trust)


def targets(
    folder: Path, records: Sequence[bytes], lines: Sequence[bytes], items: Sequence[bytes], answered: Answered
) -> list[Target]:
    """Every reader that is fed from memory; ``folder`` is a place for the one that reads files."""
    configuration = folder / "config.toml"

    def settings_of(data: bytes) -> None:
        configuration.write_bytes(data)
        load_settings(configuration)

    profiles = [path.read_bytes() for path in sorted((ROOT / "capture" / "profiles").glob("*.toml"))]
    pages = [
        "Prochaine mise en ligne de nouveaux rendez-vous : le 30/11/2026 à 09:00\nhttps://www.example.org/b".encode(),
        b"/booking/create/4963\n//www.example.org\nhttps://u:p@www.example.org:99999/x\nhttp://[::1",
    ]
    robots = [b"User-agent: *\nDisallow: /booking/*$\nCrawl-delay: 5\nSitemap: x\n\nUser-agent: Temoin\nAllow: /\n"]
    return [
        Target(name="entry", inputs=changed(lines), read=parse_line, promised=(ValueError,), share=110),
        Target(name="chain", inputs=damaged([b"\n".join(lines)]), read=_chain, share=80),
        Target(name="attempt", inputs=changed(records), read=_attempt, share=150),
        Target(name="notice", inputs=changed(records), read=lambda data: read_notice(1, data), share=80),
        Target(name="item", inputs=changed(items), read=read_item, share=90),
        Target(name="canonical", inputs=changed(records), read=is_canonical, share=50),
        Target(name="configuration", inputs=damaged(_configurations()), read=settings_of, share=110),
        Target(name="profile", inputs=damaged(profiles), read=lambda data: parse_profile(data, source="x"), share=50),
        Target(name="robots", inputs=damaged(robots), read=_robots, share=50),
        Target(name="page", inputs=damaged(pages), read=_words_of_a_page, share=50),
        Target(name="address", inputs=damaged([b"9.9.9.9", b"2620:fe::fe%x"]), read=_address, share=20),
        Target(name="inventory", inputs=damaged([_inventory()]), read=read_table, share=40),
        Target(name="token", inputs=damaged(answered.answers), read=answered.read, share=120),
    ]


def _chain(data: bytes) -> None:
    list(check_chain(data.split(b"\n")))


def _address(data: bytes) -> None:
    ask_public_address("https://ip.example/", fetch=lambda _url: RobotsAnswer(status=200, body=data))


def _inventory() -> bytes:
    """A Word file with a table, as an inventory is."""
    document = docx.Document()
    document.add_table(rows=3, cols=4)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _configurations() -> list[bytes]:
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    lines = [line for line in example.splitlines() if line and not line.startswith("#")]
    return ["\n".join(lines).encode(), example.encode()]


def feed(target: Target, total: int) -> int:
    """Feed the target its share of ``total`` inputs; how many that was."""
    examples = max(1, total * target.share // 1000)
    hold(target, examples)
    return examples


@st.composite
def damaged_file(draw: st.DrawFn, names: Sequence[str], originals: dict[str, bytes]) -> tuple[str, bytes | None]:
    """One file of a bundle, and its bytes after damage; None: it is taken away."""
    name = draw(st.sampled_from(names))
    data = originals[name]
    if draw(st.integers(0, 9)) == 0:
        return name, None
    is_json = name.endswith(".json") and len(data) > 1
    return name, draw(changed([data]) if is_json else damaged([data]))


def hold_bundle(bundle: Path, examples: int) -> None:
    """Damage one file of a real bundle at a time: the verification ends with a report, and finds it."""
    originals = {
        str(path.relative_to(bundle)): path.read_bytes() for path in sorted(bundle.rglob("*")) if path.is_file()
    }

    @settings(
        max_examples=examples, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck)
    )
    @given(damaged_file([*originals], originals))
    def survives(change: tuple[str, bytes | None]) -> None:
        name, data = change
        path = bundle / name
        try:
            path.unlink() if data is None else path.write_bytes(data)
            report = verify_bundle(bundle)
            assert (report.status == "failed") == (data != originals[name])
            show = report.to_json()
            assert json.dumps(show)
        finally:
            path.write_bytes(originals[name])

    survives()
