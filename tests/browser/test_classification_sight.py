"""What a person would see decides, as Chromium draws it: hidden, quoted or embedded words are no answer."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from capture.browser import BrowserSession
from capture.facts import READ_PAGE, PageFacts, build_facts, page_arguments
from capture.outcome import Verdict, classify
from capture.profile import SiteProfile, generic_profile, load_profile
from temoin.records import PROOFS, Outcome

pytestmark = pytest.mark.browser

Read = Callable[[str, SiteProfile, str], PageFacts]

SENTENCE = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
EZ_URL = "https://www.val-de-marne.gouv.fr/booking/create/4963/2"
RP_URL = "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/11800/creneau/"
RSP_URL = "https://rdv.anct.gouv.fr/prendre_rdv?departement=94&public_link_organisation_id=2458"
PAGE_URL = "https://rendez-vous.exemple.fr/titres"
OWN = "Aucun rendez-vous n'est disponible actuellement pour cette démarche."


@pytest.fixture(scope="module")
def tab(living_session: Callable[[], BrowserSession]) -> Iterator[Page]:
    with living_session().page(timezone="Europe/Paris") as page:
        yield page


@pytest.fixture
def verdict(tab: Page) -> Callable[[str, SiteProfile, str], Verdict]:
    """What `html`, were it the page at `url`, is taken for."""

    def judge(html: str, profile: SiteProfile, url: str) -> Verdict:
        tab.set_content(f"<!DOCTYPE html><html lang=fr><body>{html}</body></html>")
        raw = tab.evaluate(READ_PAGE, page_arguments(profile.selectors, profile.wanted))
        return classify(replace(build_facts(raw, status=200, dialogs=()), url=url), profile)

    return judge


def form(inside: str, attributes: str = "") -> str:
    start = '<div id="inner_Booking"><h2>Vérification de disponibilité</h2>'
    return f'{start}<form id="FormBookingCreate" {attributes}>{inside}</form></div>'


SEEN = {
    "as recorded": form(f'{SENTENCE}\n<input type="submit" name="finishButton" value="Terminer">'),
    "curly apostrophe": form(SENTENCE.replace("'", "’")),
    "spaces that do not break": form("&nbsp; " + SENTENCE.replace(" ", "&nbsp;") + " \u202f "),
    "capitals by style": form(SENTENCE, 'style="text-transform: uppercase"'),
    "on two lines": form(SENTENCE.replace(". V", ".<br>V")),
    "in a paragraph": form(f"<p>{SENTENCE}</p>"),
    "partly bold": form(SENTENCE.replace("plage horaire", "<strong>plage</strong> horaire")),
    "beside what is not drawn": form(f'{SENTENCE}<p style="display:none">Chargement</p><script>var a = "b";</script>'),
    "beside what is invisible": form(f'{SENTENCE}<p style="visibility:hidden">Chargement</p>'),
    "in a box that scrolls": f'<div style="height:60px; overflow:auto"><hr style="height:400px">{form(SENTENCE)}</div>',
    "white on a dark ground": f'<div style="background:#000091; color:#fff">{form(SENTENCE)}</div>',
    "far down the page": f'<div style="height:6000px"></div>{form(SENTENCE)}',
}
NOT_SEEN = {
    "not drawn": form(SENTENCE, 'style="display:none"'),
    "hidden attribute": form(SENTENCE, "hidden"),
    "invisible": form(SENTENCE, 'style="visibility:hidden"'),
    "transparent": form(SENTENCE, 'style="opacity:0"'),
    "transparent around": f'<div style="opacity:0">{form(SENTENCE)}</div>',
    "transparent inside": form(f'<p style="opacity:0">{SENTENCE}</p>'),
    "transparent ink": form(f'<p style="color:transparent">{SENTENCE}</p>'),
    "white on white": form(f'<p style="color:#fff">{SENTENCE}</p>'),
    "blue on the same blue": form(f'<p style="color:#000091; background:#000091">{SENTENCE}</p>'),
    "tiny": form(f'<p style="font-size:1px">{SENTENCE}</p>'),
    "indented away": form(f'<p style="text-indent:-9999px">{SENTENCE}</p>'),
    "off the left edge": form(SENTENCE, 'style="position:absolute; left:-9999px"'),
    "above the top": form(SENTENCE, 'style="position:absolute; top:-9999px"'),
    "one pixel large": form(SENTENCE, 'style="position:absolute; width:1px; height:1px; overflow:hidden"'),
    "in a folded box": f'<div style="max-height:0; overflow:hidden">{form(SENTENCE)}</div>',
    "clipped away": form(f'<p style="clip-path:inset(100%)">{SENTENCE}</p>'),
    "in closed details": f"<details><summary>Aide</summary>{form(SENTENCE)}</details>",
    "in open details": f"<details open><summary>Aide</summary>{form(SENTENCE)}</details>",
    "in an aside": f"<aside>{form(SENTENCE)}</aside>",
    "in a note": f'<div role="note">{form(SENTENCE)}</div>',
    "quoted around": f"<blockquote>{form(SENTENCE)}</blockquote>",
    "quoted inside": form(f"<blockquote>{SENTENCE}</blockquote>"),
    "a short quote": form(f"<q>{SENTENCE}</q>"),
    "hidden from readers": f'<div aria-hidden="true">{form(SENTENCE)}</div>',
    "in a template": f"<template>{form(SENTENCE)}</template>",
    "with words before": form(f"<p>Exemple de message :</p>{SENTENCE}"),
    "with words after": form(f"{SENTENCE} Cette phrase est un exemple."),
    "in quotation marks": form(f"« {SENTENCE} »"),
    "without its end": form(SENTENCE.split(". ", maxsplit=1)[0] + "."),
    "outside the form": f"{form('<p>Votre demande est en cours.</p>')}<p>{SENTENCE}</p>",
    "only an attribute": form(
        f'<img alt="{SENTENCE}" src="data:,"><input placeholder="{SENTENCE}" title="{SENTENCE}">'
    ),
    "struck out": form(f"<s>{SENTENCE}</s>"),
    "deleted": form(f"<del>{SENTENCE}</del>"),
    "without fill": form(f'<p style="-webkit-text-fill-color:transparent">{SENTENCE}</p>'),
    "near the colour of its ground": form(f'<p style="color:#fefefe">{SENTENCE}</p>'),
    "a shade of ink": form(f'<p style="color:rgba(0,0,0,.01)">{SENTENCE}</p>'),
    "nearly transparent": form(f'<p style="opacity:.01">{SENTENCE}</p>'),
    "filtered away": form(f'<p style="filter:opacity(0)">{SENTENCE}</p>'),
    "masked": form(f'<p style="mask-image:linear-gradient(transparent,transparent)">{SENTENCE}</p>'),
    "cut to nothing": form(f'<p style="clip-path:polygon(0 0,0 0,0 0)">{SENTENCE}</p>'),
    "made tiny": form(f'<p style="transform:scale(.03)">{SENTENCE}</p>'),
    "white on a white picture": form(f'<p style="color:#fff;background:linear-gradient(#fff,#fff)">{SENTENCE}</p>'),
    "with words of the style before": (
        '<style>#FormBookingCreate::before { content: "Exemple : « " }</style>' + form(SENTENCE)
    ),
    "in a dialog": f"<div role=dialog>{form(SENTENCE)}</div>",
    "in the page's header": f"<header>{form(SENTENCE)}</header>",
    "in a figure": f"<figure>{form(SENTENCE)}</figure>",
    "as written code": form(f'<pre style="white-space:pre-wrap">{SENTENCE}</pre>'),
    "on a button": form(f"<button>{SENTENCE}</button>"),
    "under another form": f"<form id=FormBookingCreate>Choisissez une plage horaire</form>{form(SENTENCE)}",
    "beside the table's form": form(SENTENCE) + '<form action="/booking/create/4963/4"></form>',
    "at the arrow of the table": '<img src="/booking/images/etape_4r.png" width=9 height=9>' + form(SENTENCE),
    "beside the choice": form(f'{SENTENCE}<input type="radio" name="planning" value="1" style="display:none">'),
}


@pytest.mark.parametrize("html", SEEN.values(), ids=SEEN)
def test_the_sentence_in_plain_sight_is_a_proof(verdict: Callable[..., Verdict], html: str) -> None:
    found = verdict(html, load_profile("ezbooking"), EZ_URL)
    assert found.outcome is Outcome.NO_SLOT
    assert found.matched is not None
    assert found.matched.selector == "form#FormBookingCreate"


@pytest.mark.parametrize("html", NOT_SEEN.values(), ids=NOT_SEEN)
def test_words_that_no_visitor_is_told_prove_nothing(verdict: Callable[..., Verdict], html: str) -> None:
    assert verdict(html, load_profile("ezbooking"), EZ_URL).outcome is Outcome.UNRECOGNISED


NONE_LEFT = "<h2>Aucun créneau disponible</h2><p>Veuillez réessayer ultérieurement.</p>"
RP_PAGES = {
    "no calendar at all": (f"<h1>Titre</h1><div>{NONE_LEFT}</div>", Outcome.NO_SLOT),
    "and the dates to come": (
        (
            f"<div>{NONE_LEFT}<p>Prochaine mise en ligne de nouveaux rendez-vous : le 23/11/2026 à 09:00<br>"
            "pour des créneaux de la semaine du 07/12/2026</p></div>"
        ),
        Outcome.NO_SLOT,
    ),
    "only the heading": ("<h2>Aucun créneau disponible</h2>", Outcome.UNRECOGNISED),
    "end of the calendar": (
        (
            "<h2>Choisissez votre créneau</h2><p>Aucun créneau disponible à partir de cette date.<br/>"
            "Veuillez réessayer ultérieurement.</p>"
        ),
        Outcome.UNRECOGNISED,
    ),
    "end of the calendar under the heading": (
        f"{NONE_LEFT}<p>Aucun créneau disponible à partir de cette date.</p>",
        Outcome.UNRECOGNISED,
    ),
    "empty week": (
        f"<h2>Choisissez votre créneau</h2><p>Aucun créneau disponible sur cette semaine</p>{NONE_LEFT}",
        Outcome.UNRECOGNISED,
    ),
    "empty week, others have some": (
        f"{NONE_LEFT}<button><span>Prochaine disponibilité le 8 décembre</span></button>",
        Outcome.SLOT_SEEN,
    ),
    "empty day of a telephone": (
        (
            '<div class="q-expansion-item"><div>Aucun créneau disponible</div></div>'
            '<div class="q-expansion-item"><p>Veuillez réessayer ultérieurement.</p></div>'
        ),
        Outcome.UNRECOGNISED,
    ),
    "heading in a day of a telephone": (f'<div class="q-expansion-item">{NONE_LEFT}</div>', Outcome.UNRECOGNISED),
    "folded hours behind the heading": (
        f'{NONE_LEFT}<ul style="display:none"><li class="radio-card"><input type="radio" name="trhId"></li></ul>',
        Outcome.UNRECOGNISED,
    ),
    "hours and the heading": (
        f'{NONE_LEFT}<ul><li class="radio-card"><input type="radio" name="trhId" id="trhId_1">09h30</li></ul>',
        Outcome.SLOT_SEEN,
    ),
    "next day past many buttons": (
        "<button>Mois</button>" * 90 + "<a href=#>Prochaine disponibilité le 08/12/2026</a>",
        Outcome.SLOT_SEEN,
    ),
}


@pytest.mark.parametrize("name", RP_PAGES)
def test_of_four_pages_that_say_no_slot_only_one_is_a_proof(verdict: Callable[..., Verdict], name: str) -> None:
    html, outcome = RP_PAGES[name]
    assert verdict(html, load_profile("rdv-prefecture"), RP_URL).outcome is outcome


def card(*lines: str) -> str:
    first, *rest = lines
    others = "".join(f"<p>{line}</p>" for line in rest)
    return (
        f'<div class="card"><div class="card-body"><div class="rdv-font-weight-700">{first}</div>{others}</div></div>'
    )


RSP_NONE = "Malheureusement, aucun créneau correspondant à votre recherche n'a été trouvé."
RSP_PAGES = {
    "search": (card(RSP_NONE), Outcome.NO_SLOT),
    "curly": (card(RSP_NONE.replace("'", "’")), Outcome.NO_SLOT),
    "invitation": (
        card(
            "Malheureusement, aucun créneau correspondant à votre invitation n'a été trouvé.",
            "Toutes nos excuses pour cela.",
        ),
        Outcome.NO_SLOT,
    ),
    "with a slot": (
        card(RSP_NONE) + '<a class="btn btn-light" aria-label="Choisir le créneau de 09:00" href="#">09:00</a>',
        Outcome.SLOT_SEEN,
    ),
    "with the next day": (card(RSP_NONE) + "<a href=#>Prochaine disponibilité le mardi 8</a>", Outcome.SLOT_SEEN),
    "with a folded slot": (
        card(RSP_NONE) + '<a style="display:none" class="btn btn-light" aria-label="Choisir le créneau de 09:00">9</a>',
        Outcome.UNRECOGNISED,
    ),
    "closed date": (
        "<h2>Sélectionnez un créneau :</h2><p>Date fermée à la reservation</p>",
        Outcome.UNRECOGNISED,
    ),
    "closed date and the sentence": (
        f"<h2>Sélectionnez un créneau :</h2><p>Date fermée à la reservation</p>{card(RSP_NONE)}",
        Outcome.UNRECOGNISED,
    ),
    "elsewhere": (f"<p>{RSP_NONE}</p>", Outcome.UNRECOGNISED),
}


@pytest.mark.parametrize("name", RSP_PAGES)
def test_each_page_of_the_public_service_has_its_outcome(verdict: Callable[..., Verdict], name: str) -> None:
    html, outcome = RSP_PAGES[name]
    assert verdict(html, load_profile("rdv-service-public"), RSP_URL).outcome is outcome


MENU = "<ul>" + "<li><div><span>Rubrique</span></div></li>" * 200 + "</ul>"
OWN_PAGES = {
    "paragraph": (f"<p>{OWN}</p>", True),
    "under a long menu": (f"{MENU}<main><div><p>{OWN}</p></div></main>", True),
    "cell": (f"<table><tr><td>{OWN}</td></tr></table>", True),
    "with a link beside": (f"<div><span>{OWN}</span> <a href=#>Retour</a></div>", True),
    "bold in a help text": (f"<p>Si la page affiche <strong>{OWN}</strong>, revenez demain.</p>", False),
    "between words": (f"<p><em>Message :</em> <strong>{OWN}</strong></p>", False),
    "one day of a week": (f"<table><tr><td>{OWN}</td><td>09:30 libre</td></tr></table>", False),
    "one entry of a list": (f"<ul><li>{OWN}</li><li>Autre</li></ul>", False),
    "in the footer": (f"<main>Choisissez</main><footer><p>{OWN}</p></footer>", False),
    "a link of the menu": (f"<nav><a href=#><span>{OWN}</span></a></nav>", False),
    "explained": (f"<dl><dt>Ce message ?</dt><dd>{OWN}</dd></dl>", False),
    "beside an hour to take": (f"<p>{OWN}</p><a href=#>9h30</a>", False),
    "beside a day with an hour": (f"<p>{OWN}</p><div>09:30 <button>libre</button></div>", False),
    "twice": (f"<p>{OWN}</p><p>{OWN}</p>", False),
    "in a longer paragraph": (f"<p>{OWN} Revenez demain.</p>", False),
    "quoted": (f"<blockquote><p>{OWN}</p></blockquote>", False),
    "in an aside": (f"<aside><p>{OWN}</p></aside>", False),
    "not drawn": (f'<p style="display:none">{OWN}</p>', False),
}


@pytest.mark.parametrize("name", OWN_PAGES)
def test_the_sentence_a_person_gave_must_stand_alone(verdict: Callable[..., Verdict], name: str) -> None:
    html, proof = OWN_PAGES[name]
    found = verdict(html, generic_profile(url=PAGE_URL, sentence=OWN), PAGE_URL)
    assert (found.outcome in PROOFS) is proof


def test_a_free_cell_is_seen_and_the_legend_is_not(verdict: Callable[..., Verdict]) -> None:
    week = '<div id="planning_Booking"><table><tr>{cell}</tr></table><p><span class="status-1">libre</span></p></div>'
    url, profile = EZ_URL.replace("/2", "/4"), load_profile("ezbooking")
    free = '<td class="status-1 free">09:30 <a href="/booking/create/4963/5/1/1765000000">libre</a></td>'
    assert verdict(week.format(cell=free), profile, url).outcome is Outcome.SLOT_SEEN
    full = '<td class="status-2">09:30 <span>complet</span></td>'
    assert verdict(week.format(cell=full), profile, url).outcome is Outcome.UNRECOGNISED


def test_a_link_to_the_week_is_a_slot_though_the_sentence_stands(verdict: Callable[..., Verdict]) -> None:
    profile = load_profile("ezbooking")
    for beside in (
        '<a href="/booking/create/4963/4">Suite</a>',
        '<a href="/booking/create/4963/5?t=1">09:30</a>',
        '<input type="submit" value="Première plage horaire libre">',
    ):
        assert verdict(form(SENTENCE) + beside, profile, EZ_URL).outcome is Outcome.SLOT_SEEN
    own = '<a href="/booking/create/4">Recommencer</a>'
    assert verdict(form(SENTENCE) + own, profile, EZ_URL).outcome is Outcome.NO_SLOT
