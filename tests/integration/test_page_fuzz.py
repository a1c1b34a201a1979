"""Any question to any address of the local page, as no browser of ours would ask it: no answer is a 500.

Addresses are made of what is there (dossiers, captures, entries, pictures, a task) and of what is not, each name by
itself: where the first name is wrong, nothing that comes after it would be looked at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from store.store import Store
from store.values import AttemptQuery
from temoin.records import Kind
from tests.court_case import make_files
from tests.exhibit_case import CASE, CRETEIL, NANTERRE
from tests.integration.test_page_security import add_hostile, until
from tests.page import Page, served
from tests.page_case import NOW, PASSPHRASE, make_site, more_procedures, no_keyring
from web.app import ROUTES
from web.dossiers import MOST_TICKS
from web.render import FOLDER

NAME = re.compile(r"\{([a-z]+)(?::[a-z]+)?\}")
ODD = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
NUMBERS = st.one_of(st.integers(0, 300), st.sampled_from([10**15 - 1, 10**15, 2**63 - 1, 2**63, 10**40])).map(str)
DAYS = st.sampled_from(["2026-09-20", "2026-02-30", "0000-00-00", "9999-12-31", "2026-11-25T10:00", "20260101"])
# What starts a program, or changes the person's session: asked here only without the secret.
STARTING = (
    "/service",
    "/check",
    "/tour",
    "/photo",
    "/try",
    "/open",
    "/verify/",
    "/bundle",
    "/start",
    "/new",
    "/stop",
    "/passphrase",
)
# What would take away what the other questions are about.
ERASING = ("/close", "/erase", "/remove", "/edit")


def field_names() -> list[str]:
    """Of every form and every query that the page has, out of its own code and templates."""
    code = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    forms = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.html"))
    found = re.findall(r'form\.[a-z]+\("([a-z_]+)"', code) + re.findall(r'\.get\("([a-z_]+)"', code)
    return sorted({*found, *re.findall(r'name="([a-z_]+)"', forms)} - {"secret"})


FIELDS = field_names()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A served page, and for each name in an address what there is of that name."""

    page: Page
    known: Mapping[str, tuple[str, ...]]

    def path(self, data: st.DataObject, route: Route, *, erases: bool = False) -> str:
        """An address of the route: of three names two are of what is there."""

        def one(found: re.Match[str]) -> str:
            name = found[1]
            there = () if erases and name in {"sequence", "code"} else self.known.get(name, ())
            strange = st.one_of(NUMBERS, ODD, DAYS)
            text = data.draw(st.one_of(st.sampled_from(there), st.sampled_from(there), strange) if there else strange)
            return quote(text, safe="")

        return NAME.sub(one, route.path)

    def fields(self, data: st.DataObject) -> dict[str, str]:
        """Of a form or a query: any names, values that fit somewhere or nowhere."""
        there = [text for texts in self.known.values() for text in texts]
        values = st.one_of(ODD, NUMBERS, DAYS, st.sampled_from(there))
        return data.draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=8))


@pytest.fixture(scope="module", params=[0, MOST_TICKS], ids=["few démarches", "many démarches"])
def asked(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Asked]:
    """A store with captures of hostile words, a journal, own pieces, and a check that has ended.

    With few démarches, and with so many that some pages have another form.
    """
    site = make_site(tmp_path_factory.mktemp("page"), more_procedures(request.param))
    with Store.open(site.settings().station.data_dir, now=lambda: NOW) as store:
        add_hostile(store)
    with no_keyring(), served(site) as page:
        site.passphrase.remember(PASSPHRASE)
        yield Asked(page=page, known=fill(page, make_files(tmp_path_factory.mktemp("files"))))


def fill(page: Page, files: Mapping[str, Path]) -> dict[str, tuple[str, ...]]:
    """Add what a person adds; what there is for each name of an address."""
    chosen = [("files", ("photo.png", files["png"].read_bytes()))]
    step = {"kind": "letter", "on": "2026-09-23", "title": "Lettre", "text": "Texte"}
    piece = {"kind": "permit", "on": "2026-09-23", "title": "Titre", "text": "Texte"}
    assert page.post(f"/cases/{CASE}/journal", step, files=chosen).status_code == 303
    page.post(f"/cases/{CASE}/pieces", piece, files=chosen)
    with page.site.reading() as store:
        captures = [str(row.sequence) for row in store.attempts(AttemptQuery(limit=4, newest_first=True))]
        added = [str(row.sequence) for row in store.items(CASE)]
        plans = [str(entry.sequence) for entry in store.entries() if entry.kind is not Kind.ATTEMPT][:2]
    assert added
    started = page.post(f"/captures/{captures[0]}/check").headers["location"]
    task = page.site.tasks.get(started.rpartition("/")[2])
    assert task is not None
    until(lambda: not task.is_running)
    digests = re.findall(r"/files/([0-9a-f]{64})", page.get(f"/captures/{captures[0]}").text)
    return {
        "code": (CASE,),
        "procedure": (CRETEIL["id"], NANTERRE["id"]),
        "sequence": (*captures, *added, *plans),
        "digest": tuple(digests),
        "number": ("1", "2"),
        "task": (task.id,),
        "what": ("bundle", "1_A_DEPOSER"),
        "move": ("next", "photo", "skip"),
    }


def test_every_name_of_an_address_and_many_fields_are_known(asked: Asked) -> None:
    names = {name for route in ROUTES for name in NAME.findall(route.path)}
    assert names == asked.known.keys()
    assert all(asked.known.values())
    assert {"before", "after", "slot", "grouping", "windows", "first_number", "typed", "until"} <= set(FIELDS)


def ask(asked: Asked, data: st.DataObject) -> None:
    route: Route = data.draw(st.sampled_from(ROUTES))
    page, query = asked.page, asked.fields(data)
    path = asked.path(data, route, erases=route.path.endswith(ERASING) and "POST" in (route.methods or ()))
    if "POST" not in (route.methods or ()):
        answer = page.get(path, params=query)
    elif any(word in route.path for word in STARTING):
        answer = page.client.post(path, params=query, data=query, headers={"origin": page.origin})
    else:
        answer = page.post(path, asked.fields(data), params=query)
    assert answer.status_code < 500, (path, answer.status_code)


LOOSE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(LOOSE, max_examples=90)
@given(data=st.data())
def test_no_question_whatever_breaks_it(asked: Asked, data: st.DataObject) -> None:
    ask(asked, data)


@pytest.mark.soak  # the suite must end within a quarter of an hour
@settings(LOOSE, max_examples=20_000)
@given(data=st.data())
def test_no_question_whatever_breaks_it_for_long(asked: Asked, data: st.DataObject) -> None:
    ask(asked, data)


KINDS = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=x; charset=none",
    "application/json",
    "text/plain; charset=",
    "",
)
PIECES = (
    b"--x",
    b"--x--",
    b"\r\n",
    b"\r\n\r\n",
    b'Content-Disposition: form-data; name="files"; filename="a.png"',
    b'Content-Disposition: form-data; name="text"',
    b"Content-Disposition: form-data",
    b"Content-Transfer-Encoding: base64",
    b"Content-Type: text/plain; charset=none",
    b"code=%ff%00&kind=&text=%u1234&label=%",
    b"=&=&&;",
    b"\xff\xfe\x00",
)
HEADERS = ("accept-language", "cookie", "referer", "range", "if-none-match", "if-modified-since", "x-forwarded-for")


def ask_oddly(asked: Asked, data: st.DataObject) -> None:
    """Any address with a body and headers that no browser would send."""
    route: Route = data.draw(st.sampled_from(ROUTES))
    page, path = asked.page, asked.path(data, route, erases=route.path.endswith(ERASING))
    line = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip)
    headers = data.draw(st.dictionaries(st.sampled_from(HEADERS), line))
    # A cookie beside ours, since nobody comes further without ours.
    own = "; ".join(f"{name}={value}" for name, value in page.client.cookies.items())
    headers["cookie"] = f"{own}; {headers.get('cookie', '')}".strip()
    if "POST" not in (route.methods or ()):
        answer = page.client.get(path, headers=headers)
    else:
        known = {} if any(word in route.path for word in STARTING) else {"x-temoin-secret": page.site.form_secret}
        kind = {"content-type": data.draw(st.sampled_from(KINDS))}
        body = b"".join(data.draw(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=12)))
        answer = page.client.post(path, content=body, headers={**headers, **known, **kind, "origin": page.origin})
    assert answer.status_code < 500, (path, answer.status_code)


@settings(LOOSE, max_examples=50)
@given(data=st.data())
def test_no_body_and_no_header_whatever_breaks_it(asked: Asked, data: st.DataObject) -> None:
    ask_oddly(asked, data)


@pytest.mark.soak  # the suite must end within a quarter of an hour
@settings(LOOSE, max_examples=10_000)
@given(data=st.data())
def test_no_body_and_no_header_whatever_breaks_it_for_long(asked: Asked, data: st.DataObject) -> None:
    ask_oddly(asked, data)
