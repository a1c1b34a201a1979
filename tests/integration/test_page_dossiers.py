"""Dossiers on the local page: listed by the page, opened, followed, changed, closed, erased; journal and own pieces."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from exhibits.journal import list_items, open_slots
from store.vault import Keys
from temoin.items import JOURNAL, PIECE
from tests.court_case import make_files
from tests.exhibit_case import CASE, CRETEIL, NANTERRE
from tests.page import Page, served
from tests.page_case import NOW, PASSPHRASE, make_site, more_procedures, no_keyring, served_case, write_config
from web.dossiers import MOST_TICKS
from web.site import Site

KEYS = Keys(passphrase=lambda: PASSPHRASE, keyring=False)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True, scope="module")
def _no_keyring() -> Iterator[None]:
    with no_keyring():
        yield


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One store for what reads, and for what each test does to a dossier of its own."""
    with served_case(tmp_path_factory.mktemp("page")) as found:
        yield found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_files(tmp_path_factory.mktemp("files"))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Page]:
    with served_case(tmp_path) as found:
        yield found


def follow_to(page: Page, answer: httpx.Response) -> str:
    """The page that comes after something was done."""
    assert answer.status_code == 303, answer.text
    return page.get(answer.headers["location"]).text


def refused(answer: httpx.Response, *sentences: str) -> str:
    """A form that comes back with what is wrong."""
    assert answer.status_code == 400, answer.text
    assert 'role="alert"' in answer.text
    for sentence in sentences:
        assert sentence in answer.text
    return answer.text


def test_the_list_has_each_dossier_with_its_levels(page: Page) -> None:
    found = page.get("/cases").text
    assert f'<a href="/cases/{CASE}">{CASE}</a>' in found
    assert "●○○" in found
    assert "red: over too short a time so far" in found
    assert "Préfecture du Val-de-Marne, Première demande de titre de séjour" in found
    assert "to renew a permit" in found


def test_a_dossier_is_opened_as_the_command_does(page: Page) -> None:
    assert "a first permit" in page.get("/cases/new").text
    given = {"code": "N2", "kind": "first_application", "procedures": [CRETEIL["id"]], "expires_on": "2027-01-31"}
    found = follow_to(page, page.post("/cases", given))
    assert "Case N2 is open. Note whose it is on paper" in found
    assert "Sunday 31 January 2027" in found
    with page.site.reading() as store:
        case = store.case("N2")
    assert (case.kind, case.procedures) == ("first_application", (CRETEIL["id"],))
    drawn = page.post("/cases", {"kind": "other"})
    assert re.fullmatch(r"/cases/[A-Z][2-9][A-Z]{2}[2-9]", urlsplit(drawn.headers["location"]).path)


def test_what_is_wrong_with_a_new_dossier_is_said_and_nothing_typed_is_lost(page: Page) -> None:
    typed = {"code": "Dupont", "kind": "dcem", "procedures": [NANTERRE["id"]], "asked_on": "2026-09-20"}
    found = refused(page.post("/cases", typed), "“Dupont” is no code of a case", "A code is never a name.")
    assert 'value="Dupont"' in found
    assert '<option value="dcem" selected>' in found
    assert re.search(rf'value="{NANTERRE["id"]}" checked', found)
    assert 'value="2026-09-20"' in found
    refused(page.post("/cases", {**typed, "code": CASE}), f"There is a case {CASE} already")
    refused(page.post("/cases", {**typed, "code": "Q1", "asked_on": "demain"}), "“demain” is no day.")
    for day in ("0001-01-01", "9999-12-31", "1999-12-31"):
        refused(page.post("/cases", {**typed, "code": "Q1", "expires_on": day}), "Give a year from 2000 to 2100.")
    refused(page.post("/cases", {**typed, "code": "Q1", "kind": "x"}), "“x” is no possible answer.")
    refused(page.post("/cases", {"code": "Q1", "procedures": ["nowhere"]}), "nowhere")
    with page.site.reading() as store:
        assert not store.has_case("Q1")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """With more démarches than are shown as boxes."""
    with served_case(tmp_path_factory.mktemp("many"), more=more_procedures(MOST_TICKS)) as found:
        yield found


def codes_in(answer: httpx.Response) -> list[str]:
    return re.findall(r'<h2><a href="/cases/([^"]+)"', answer.text)


def test_dossiers_are_found_by_their_code_and_by_what_they_follow_and_stay_found_on_the_next_page(many: Page) -> None:
    for number in range(40, 62):
        many.post("/cases", {"code": f"A{number:03}", "procedures": "autre-003" if number < 42 else ""})
    assert codes_in(many.get("/cases?q=%20a05%20")) == [f"A05{last}" for last in range(10)]
    for words in ("SOUS-PREFECTURE 003", "démarche  003", "préfecture 003"):
        assert codes_in(many.get("/cases", params={"q": words})) == ["A040", "A041"]
    first = many.get("/cases?q=a0")
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    assert "q=a0" in following
    second = many.get(unescape(following))
    assert codes_in(first) + codes_in(second) == [f"A{number:03}" for number in range(40, 62)]
    assert 'href="/cases?q=a0">First page' in second.text


def test_a_dossier_that_is_not_there_is_said_not_to_be_found(many: Page) -> None:
    found = many.get("/cases", params={"q": "A099<b>" + "x" * 200})
    assert codes_in(found) == []
    assert "Nothing was found for “<bdi>A099&lt;b&gt;xxx" in found.text
    assert '</bdi>”. <a href="/cases">All dossiers</a>' in found.text
    assert re.findall(r"“<bdi>[^<]*?(x+)</bdi>”", found.text) == ["x" * 73]  # eighty letters are asked, no more


@pytest.mark.parametrize(("path", "to"), [(f"/cases/{CASE}/change", f"/cases/{CASE}"), ("/tour/none/skip", "/tour")])
def test_another_language_after_a_refused_form_leads_to_its_page(page: Page, path: str, to: str) -> None:
    refusal = page.post(path, {"reviewed": "2031-01-01", "asked_on": "2031-01-01"})
    assert refusal.status_code >= 400
    assert set(re.findall(r'name="back" value="([^"]+)"', refusal.text)) == {to}
    assert page.get(to).status_code == 200


def test_with_many_procedures_a_refused_dossier_comes_back_with_what_was_chosen_of_the_list(many: Page) -> None:
    assert '<option value="" selected>none for now</option>' in many.get("/cases/new").text
    for chosen in ("", "autre-007"):
        found = refused(many.post("/cases", {"code": "Jean Dupont", "procedures": chosen}), "A code is never a name.")
        assert re.findall(r'<option value="([^"]*)" selected', found)[-1] == chosen


def test_a_dossier_shows_its_proof_its_calendar_and_its_captures(page: Page) -> None:
    found = page.get(f"/cases/{CASE}").text
    assert "Attempts that found no appointment: 4, from 14 September 2026 to 21 September 2026." in found
    assert "Nobody has tried by hand this week." in found
    assert f'href="/captures?procedure={CRETEIL["id"]}"' in found
    assert found.count('<svg class="chart" role="img"') == 4
    scrolled = re.findall(r'aria-label="(?:Calendar of days|Table of hours).*?</svg>', found, re.DOTALL)
    assert [">Mon<" in one for one in scrolled] == [False] * 4  # the names of days stand beside, and stay
    assert found.count('<text x="0" y="35">Mon</text>') == 4
    assert re.search(r'<th scope="row">2026-09-14</th><td>2<td>the site failed: 1<td>1', found)
    assert '<g class="slot"><path d="M' in found
    assert "Say what you did about slot n°" in found
    assert "style=" not in found
    assert len(found) < 100_000
    assert page.get(f"/cases/{CASE}?all=1").status_code == 200


def test_a_heading_sets_the_code_apart_since_it_may_begin_with_the_same_word(page: Page) -> None:
    for path, heading in (("", f"Dossier: {CASE}"), ("/journal", f"Dossier: {CASE} – journal")):
        assert f"<h1>{heading}</h1>" in page.get(f"/cases/{CASE}{path}").text


@pytest.mark.parametrize("path", ["", "/journal", "/journal/open", "/pieces", "/bundle", "/erase", "/follow"])
def test_a_dossier_that_is_not_there_is_not_found(page: Page, path: str) -> None:
    assert page.get(f"/cases/nobody1{path}").status_code == 404


def test_a_procedure_is_followed_and_followed_no_more(page: Page) -> None:
    page.post("/cases", {"code": "F1"})
    at = "/cases/F1/follow"
    asked = page.get(at).text
    assert re.search(r'<select id="f-procedure"[^>]* required>\n<option value="" selected>', asked)
    assert f'<option value="{CRETEIL["id"]}">' in asked
    found = follow_to(page, page.post(at, {"procedure": CRETEIL["id"]}))
    assert "Only captures made from now on count for it." in found
    assert f'<option value="{CRETEIL["id"]}">' not in page.get(at).text
    refused(page.post(at, {"procedure": "nowhere"}), "nowhere")
    refused(page.post(at, {}), "No démarche was chosen.")
    refused(page.post(at, {"procedure": NANTERRE["id"], "stop": "1"}), "does not follow")
    assert "no more" in follow_to(page, page.post(at, {"procedure": CRETEIL["id"], "stop": "1"}))
    assert "no longer follows this démarche" in page.get("/cases/F1").text


def test_what_became_known_is_noted_and_a_day_to_come_is_refused(page: Page) -> None:
    page.post("/cases", {"code": "C1"})
    given = {"kind": "naturalisation", "reviewed_on": "2026-10-01", "expires_on": "2027-03-04"}
    assert "Noted for case C1." in follow_to(page, page.post("/cases/C1/change", given))
    with page.site.reading() as store:
        case = store.case("C1")
    assert (case.kind, str(case.reviewed_on), str(case.expires_on)) == ("naturalisation", "2026-10-01", "2027-03-04")
    tomorrow = (NOW + timedelta(days=1)).date().isoformat()
    found = refused(page.post("/cases/C1/change", {"asked_on": tomorrow}), "is still to come", "above all the year")
    assert f'value="{tomorrow}"' in found
    refused(page.post("/cases/C1/change", {}), "Nothing was said of case C1.")


def test_a_dossier_is_closed_and_kept_then_erased_once_its_code_is_typed(page: Page) -> None:
    page.post("/cases", {"code": "E1", "procedures": [CRETEIL["id"]]})
    refused(page.post("/cases/E1/close", {"why": "x"}), "no possible answer")
    assert "Case E1 is closed" in follow_to(page, page.post("/cases/E1/close", {"why": "order"}))
    assert "the judge decided" in page.get("/cases/E1").text
    refused(page.post("/cases/E1/follow", {"procedure": NANTERRE["id"]}), "is closed")
    assert "Captures and the register stay" in page.get("/cases/E1/erase").text
    refused(page.post("/cases/E1/erase", {"typed": "E2"}), "nothing was erased")
    assert page.get("/cases/E1").status_code == 200
    assert "What was personal in case E1 is erased" in follow_to(page, page.post("/cases/E1/erase", {"typed": "E1"}))
    assert page.get("/cases/E1").status_code == 404


def test_a_dossier_closed_long_ago_says_that_it_should_go(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    with site.writing() as store:
        store.close_case(CASE, NOW - timedelta(days=1), "other")
    later = Site(config=site.config, now=lambda: NOW + timedelta(days=4000))
    with served(later) as page:
        assert "Nothing is erased by itself." in page.get(f"/cases/{CASE}").text


def test_the_words_for_the_inventory_have_a_length_that_is_said_and_held_to(page: Page) -> None:
    at = f"/cases/{CASE}/journal"
    form = page.get(at).text
    assert 'maxlength="200"' in form
    assert "At most 200 letters; what is longer belongs in the text" in form
    page.site.passphrase.remember(PASSPHRASE)
    step = {"kind": "email", "on": "2026-09-20", "text": "x", "title": "é" * 201}
    refused(page.post(at, step), "or the title than 200")


def test_dossiers_are_paged_by_code_and_found(tmp_path: Path) -> None:
    site = Site(config=write_config(tmp_path), now=lambda: NOW)
    site.prepare()
    codes = [f"A{number:03}" for number in range(60)]
    with site.writing() as store:
        for code in codes:
            store.add_case(code, "other", NOW)
    with served(site) as page:
        seen, path = [], "/cases"
        while path:
            found = page.get(path).text
            seen.append(re.findall(r'<h2><a href="/cases/(\w+)">', found))
            more = re.search(r'rel="next" href="([^"]+)"', found)
            path = more[1].replace("&amp;", "&") if more else ""
        assert [len(one) for one in seen] == [20, 20, 20]
        assert [code for one in seen for code in one] == codes
        assert codes_in(page.get("/cases?q=a05&after=A057")) == ["A058", "A059"]
        assert "There is no dossier here." in page.get("/cases?after=Z").text
        assert "<script>alert" not in page.get("/cases", params={"q": HOSTILE, "after": HOSTILE}).text


def test_the_first_thing_added_asks_for_a_passphrase_twice(fresh: Page) -> None:
    at = f"/cases/{CASE}/journal"
    assert 'name="passphrase_again"' in fresh.get(at).text
    step = {"kind": "email", "on": "2026-09-22", "text": "Demande de rendez-vous."}
    short = {**step, "passphrase": "abc", "passphrase_again": "abc"}
    found = refused(fresh.post(at, short, files=nothing()), "too short")
    assert "Demande de rendez-vous.</textarea>" in found
    assert '"abc"' not in found
    refused(
        fresh.post(at, {**step, "passphrase": PASSPHRASE, "passphrase_again": "x"}, files=nothing()), "not the same"
    )
    chosen = {**step, "passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE}
    assert "kept encrypted under your passphrase" in follow_to(fresh, fresh.post(at, chosen, files=nothing()))
    assert 'name="passphrase_again"' not in fresh.get(at).text
    with fresh.site.reading() as store:
        (one,) = list_items(store, code=CASE, entry=JOURNAL, keys=KEYS)
    assert one.content is not None
    assert one.content.text == "Demande de rendez-vous."


def nothing() -> list[tuple[str, tuple[str, bytes]]]:
    """A form for files with none chosen, as browsers send it."""
    return [("files", ("", b""))]


@pytest.fixture(scope="module")
def added(page: Page, files: dict[str, Path]) -> Page:
    """The page, with a passphrase and a step of two files under a name that would lead elsewhere."""
    page.site.passphrase.remember(PASSPHRASE)
    step = {"kind": "letter", "on": "2026-09-23", "hour": "09:05", "title": "Lettre", "text": HOSTILE}
    chosen = [
        ("files", ("../../etc/lettre d’exemple.pdf", files["pdf"].read_bytes())),
        ("files", ("photo.png", files["png"].read_bytes())),
    ]
    found = follow_to(page, page.post(f"/cases/{CASE}/journal", step, files=chosen))
    assert "Entry" in found
    return page


def test_what_was_added_is_sealed_until_it_is_opened_with_the_passphrase(added: Page) -> None:
    at = f"/cases/{CASE}/journal"
    added.site.passphrase.forget()
    found = added.get(at).text
    assert "a letter to the préfecture" in found
    assert "2 files" in found
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") not in found
    locked = added.get(f"{at}/open")
    assert locked.status_code == 401
    assert f'name="back" value="{at}/open"' in locked.text
    assert "its passphrase is needed" in locked.text
    assert "note problem" not in locked.text  # nothing is wrong
    added.post("/passphrase", {"passphrase": "une autre phrase", "back": f"{at}/open"})
    wrong = added.get(f"{at}/open").text
    assert "This is not the passphrase" in wrong
    assert 'class="note problem" role="alert"' in wrong
    assert (
        added.post("/passphrase", {"passphrase": PASSPHRASE, "back": f"{at}/open"}).headers["location"] == f"{at}/open"
    )
    opened = added.get(f"{at}/open").text
    assert "&lt;script&gt;alert(1)" in opened
    assert "<script>alert" not in opened
    assert "Wednesday 23 September 2026, 09:05" in opened


def test_an_attached_file_comes_back_as_it_was_and_is_never_shown(added: Page, files: dict[str, Path]) -> None:
    added.site.passphrase.remember(PASSPHRASE)
    opened = added.get(f"/cases/{CASE}/journal/open").text
    first, second = re.findall(r'href="(/cases/[^"]+/files/\d+)"', opened)[:2]
    answer = added.get(first)
    assert answer.content == files["pdf"].read_bytes()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert "/" not in answer.headers["content-disposition"].split(";")[1]
    assert added.get(second).content == files["png"].read_bytes()
    assert added.get(re.sub(r"\d+$", "3", second)).status_code == 404
    assert added.get(re.sub(r"\d+$", "0", second)).status_code == 404
    assert added.get(first.replace("/journal/", "/pieces/")).status_code == 404
    assert "Lettre" in added.get(first.rpartition("/files/")[0]).text


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"kind": "email", "on": "2026-09-22"}, "Nothing was said, and no file was given."),
        ({"kind": "email", "text": "x"}, "The day of this step was not given."),
        ({"kind": "email", "on": "2031-01-01", "text": "x"}, "Wednesday 1 January 2031 is still to come"),
        ({"kind": "email", "on": "2026-09-22", "hour": "25h", "text": "x"}, "“25h” is no hour."),
        ({"on": "2026-09-22", "text": "x"}, "Its kind was not chosen."),
        ({"kind": "identity", "on": "2026-09-22", "text": "x"}, "is no possible answer"),
        ({"kind": "screenshot", "on": "2026-09-22", "text": "x"}, "A screenshot needs its picture."),
        ({"kind": "slot_response", "on": "2026-09-22", "text": "x"}, "Which slot, and what came of it?"),
        ({"kind": "email", "on": "2026-09-22", "text": "x", "attempt": "x"}, "“x” is no whole number."),
    ],
)
def test_a_step_that_cannot_be_is_refused_with_the_form_still_filled(
    added: Page, step: dict[str, str], words: str
) -> None:
    added.site.passphrase.remember(PASSPHRASE)
    found = refused(added.post(f"/cases/{CASE}/journal", {**step, "title": "Mes mots"}, files=nothing()), words)
    assert 'value="Mes mots"' in found


@pytest.mark.parametrize(("name", "data"), [("a.exe", b"MZ" * 50), ("a.pdf", b""), ("a.png", b"\x89PNG\r\n\x1a\n")])
def test_a_file_that_is_none_of_those_that_can_be_filed_is_refused(added: Page, name: str, data: bytes) -> None:
    added.site.passphrase.remember(PASSPHRASE)
    answer = added.post(f"/cases/{CASE}/pieces", {"kind": "identity"}, files=[("files", (name, data))])
    assert name in refused(answer)


def test_a_piece_is_added_listed_and_erased(added: Page, files: dict[str, Path]) -> None:
    added.site.passphrase.remember(PASSPHRASE)
    at = f"/cases/{CASE}/pieces"
    refused(added.post(at, {"kind": "urgency"}, files=nothing()), "Nothing was said, and no file was given.")
    chosen = [("files", ("titre.png", files["png"].read_bytes()))]
    found = follow_to(added, added.post(at, {"kind": "identity", "title": "Titre expiré"}, files=chosen))
    sequence = re.findall(r"<h3>n° (\d+) – who the person is", found)[0]
    assert "Titre expiré" in added.get(f"{at}/open").text
    assert "will be gone for good" in added.get(f"{at}/{sequence}/erase").text
    assert added.post(f"/cases/{CASE}/journal/{sequence}/erase").status_code == 400
    assert "is erased" in follow_to(added, added.post(f"{at}/{sequence}/erase"))
    assert added.get(f"{at}/{sequence}").status_code == 404
    assert added.get(f"{at}/{sequence}/erase").status_code == 400
    with added.site.reading() as store:
        (one,) = list_items(store, code=CASE, entry=PIECE, keys=None)
    assert one.row.erased_by is not None


@pytest.mark.parametrize("number", ["0", "999999999999999", str(2**63 - 1), str(2**63), "9" * 5000], ids=len)
def test_a_number_that_no_entry_has_is_refused_whatever_its_size(added: Page, number: str) -> None:
    for shelf in ("journal", "pieces"):
        at = f"/cases/{CASE}/{shelf}/{number}"
        assert added.get(at).status_code == 404
        assert added.get(f"/captures/{number}").status_code == 404
        assert added.post(f"/captures/{number}/check").status_code == 404
        assert added.get(f"{at}/files/1").status_code == 404
        assert added.get(f"{at}/erase").status_code in {400, 404}
        assert added.post(f"{at}/erase").status_code in {400, 404}


def test_a_slot_that_was_seen_is_answered_in_front(fresh: Page) -> None:
    fresh.site.passphrase.remember(PASSPHRASE)
    with fresh.site.reading() as store:
        (slot,) = open_slots(store, CASE)
    at = f"/cases/{CASE}/journal"
    assert f'href="{at}?slot={slot}"' in fresh.get(f"/cases/{CASE}").text
    form = fresh.get(f"{at}?slot={slot}").text
    assert '<input type="hidden" name="kind" value="slot_response">' in form
    assert f'<option value="{slot}" selected>' in form
    answer = {"kind": "slot_response", "attempt": str(slot), "on": "2026-09-21", "hour": "19:00", "text": "Plus là."}
    found = refused(fresh.post(at, answer, files=nothing()), "Which slot, and what came of it?")
    assert '<input type="hidden" name="kind" value="slot_response">' in found
    assert f'<option value="{slot}" selected>' in found
    follow_to(fresh, fresh.post(at, {**answer, "result": "gone"}, files=nothing()))
    assert "?slot=" not in fresh.get(f"/cases/{CASE}").text
    booked = {**answer, "result": "booked"}
    follow_to(fresh, fresh.post(at, booked, files=nothing()))
    assert "obtained, noted on" in fresh.get(f"/cases/{CASE}").text
    looking = follow_to(fresh, fresh.post(f"/cases/{CASE}/change", {"still_looking": "1"}))
    assert "obtained, noted on" not in looking


def test_what_is_too_large_is_refused(added: Page) -> None:
    answer = added.post(f"/cases/{CASE}/change", {"kind": "x" * 200_000})
    assert answer.status_code == 413
    found = added.post(
        f"/cases/{CASE}/journal", {"kind": "email", "on": "2026-09-22", "text": "x" * 20_001}, files=nothing()
    )
    refused(found, "The text is longer than 20000 characters")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_too_many_files_or_too_long_a_text_is_said_in_the_readers_language(added: Page, language: str) -> None:
    words = {"en": "at most 20 files at a time", "fr": "au plus 20 fichiers à la fois"}[language]
    at, headers = f"{added.origin}/cases/{CASE}/journal", {"origin": added.origin, "accept-language": language}
    form = {"secret": added.site.form_secret, "kind": "email"}
    many = [("files", (f"{number}.pdf", b"%PDF-1.4", "application/pdf")) for number in range(21)]
    answer = added.client.post(at, data=form, files=many, headers=headers)
    assert (answer.status_code, words in answer.text, "Maximum" in answer.text) == (400, True, False)
    long = {**form, "text": "x" * 500_000}
    answer = added.client.post(at, data=long, files=many[:1], headers=headers)
    assert (answer.status_code, words in answer.text) == (400, True)


def test_a_step_is_added_without_the_passphrase_which_only_reading_takes(added: Page) -> None:
    added.site.passphrase.forget()
    step = {"kind": "email", "on": "2026-09-25", "title": "Relance", "text": "Deuxième courriel."}
    assert "Entry" in follow_to(added, added.post(f"/cases/{CASE}/journal", step, files=nothing()))
    assert added.get(f"/cases/{CASE}/journal/open").status_code == 401
    added.site.passphrase.remember(PASSPHRASE)
    assert "Deuxième courriel." in added.get(f"/cases/{CASE}/journal/open").text


def test_lists_of_five_hundred_long_names_stay_light(tmp_path: Path) -> None:
    """No page over 100 KB without pictures, however people call their démarches."""
    name = "Démarche au nom très long " * 8
    text = "".join(
        f'[[procedures]]\nid = "p{number}"\nprefecture = "Préfecture de l’Exemple"\nlabel = "{number} {name}"\n'
        f'url = "http://127.0.0.1:9/booking/create/{number}"\nplatform = "ezbooking"\n'
        for number in range(500)
    )
    config = tmp_path / "config.toml"
    config.write_text(text, encoding="utf-8")
    with served(Site(config=config)) as page:
        page.post("/cases", {"code": "N1", "kind": "renewal"})
        for address in ("/cases/new", "/cases/N1/follow", "/procedures", "/captures", "/"):
            answer = page.get(address)
            assert answer.status_code == 200
            assert len(answer.content) < 100_000, address
