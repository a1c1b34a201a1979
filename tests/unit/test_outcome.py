"""Facts to outcome: every recorded sentence, and everything that resembles it without being it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.facts import Element, PageFacts, normalise
from capture.outcome import classify
from capture.profile import Sign, SiteProfile, generic_profile, load_profile, shipped_profiles
from temoin.records import PROOFS, Outcome

EZ = load_profile("ezbooking")
RP = load_profile("rdv-prefecture")
RSP = load_profile("rdv-service-public")
EAPP = load_profile("eappointment")
OWN_URL = "https://exemple.fr/rendez-vous"
OWN_SENTENCE = "Aucun rendez-vous n'est disponible actuellement pour cette démarche."
OWN = generic_profile(url=OWN_URL, sentence=OWN_SENTENCE)
PROFILES = (EZ, RP, RSP, EAPP, OWN)

EZ_URL = "https://www.val-de-marne.gouv.fr/booking/create/4963"
RP_URL = "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/11800"
RSP_URL = "https://rdv.anct.gouv.fr/prendre_rdv?departement=94&public_link_organisation_id=2458"
EAPP_URL = "https://rdv-etrangers-94.interieur.gouv.fr/eAppointmentpref94/element/jsp/appointment.jsp"

NO_SLOT = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
NO_CALENDAR = "Il n'y a pas calendrier disponible pour effectuer une demande de rendez-vous"
RETRY = "Veuillez réessayer ultérieurement."
RSP_NONE = "Malheureusement, aucun créneau correspondant à votre recherche n'a été trouvé."
RSP_INVITATION = "Malheureusement, aucun créneau correspondant à votre invitation n'a été trouvé."
EAPP_NONE = "Aucun rendez-vous n'est possible pour les motifs selectionnnés ou le créneau horaire séléctionné."


def facts(url: str, elements: Mapping[str, str | Element], *, body: str = "", status: int = 200) -> PageFacts:
    found = {
        selector: (element if isinstance(element, Element) else Element(text=element, visible=True),)
        for selector, element in elements.items()
    }
    words = body or "\n".join(one.text for several in found.values() for one in several)
    return PageFacts(url=url, status=status, elements=found, body=words)


def selector(profile: SiteProfile, outcome: Outcome, number: int = 0) -> str:
    return [sign for sign in profile.signs if sign.outcome is outcome][number].selector


RP_SELECTOR = selector(RP, Outcome.NO_SLOT)
RSP_SELECTOR = selector(RSP, Outcome.NO_SLOT)
OWN_SELECTOR = selector(OWN, Outcome.NO_SLOT)
PROOF_PAGES: Mapping[str, tuple[SiteProfile, str, str, str, str, Outcome]] = {
    "ezbooking": (EZ, f"{EZ_URL}/2", "form#FormBookingCreate", NO_SLOT, "", Outcome.NO_SLOT),
    "ezbooking, still step 1": (EZ, f"{EZ_URL}/1", "form#FormBookingCreate", NO_SLOT, "", Outcome.NO_SLOT),
    "ezbooking, single planning": (EZ, EZ_URL, "form#FormBookingCreate", NO_SLOT, "", Outcome.NO_SLOT),
    "ezbooking, no calendar": (EZ, f"{EZ_URL}/2", "ul.error li", NO_CALENDAR, "", Outcome.NO_CALENDAR),
    "rdv-prefecture": (RP, f"{RP_URL}/creneau/", RP_SELECTOR, "Aucun créneau disponible", RETRY, Outcome.NO_SLOT),
    "rdv-service-public": (RSP, RSP_URL, RSP_SELECTOR, RSP_NONE, "", Outcome.NO_SLOT),
    "invitation": (RSP, RSP_URL, RSP_SELECTOR, RSP_INVITATION, "", Outcome.NO_SLOT),
    "generic": (OWN, OWN_URL, OWN_SELECTOR, OWN_SENTENCE, "", Outcome.NO_SLOT),
}
WRITINGS: Mapping[str, Callable[[str], str]] = {
    "as recorded": lambda text: text,
    "curly apostrophes": lambda text: text.replace("'", "’"),
    "other apostrophes": lambda text: text.replace("'", "ʼ"),
    "spaces that do not break": lambda text: text.replace(" ", "\u00a0"),
    "narrow spaces": lambda text: text.replace(" ", "\u202f"),
    "capitals": str.upper,
    "small letters": str.lower,
    "space around": lambda text: f" \t\n{text}\u00a0 ",
    "several lines": lambda text: text.replace(" ", "\n  "),
}


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("name", PROOF_PAGES)
def test_each_recorded_sentence_is_a_proof_however_it_is_set(name: str, writing: str) -> None:
    profile, url, where, text, beside, outcome = PROOF_PAGES[name]
    written = WRITINGS[writing](text)
    found = classify(facts(url, {where: written}, body=f"{written}\n{beside}"), profile)
    assert found.outcome is outcome
    assert found.matched is not None
    assert (found.matched.text, found.matched.selector) == (written.strip(), where)


UNSEEN = (
    Element(text="", visible=False),
    Element(text="", visible=True, quoting=True),
    Element(text="", visible=True, alone=False),
)
SPOILT: Mapping[str, Callable[[str], str]] = {
    "with words before": lambda text: f"Exemple : {text}",
    "with words after": lambda text: f"{text} Ceci est un exemple.",
    "in quotation marks": lambda text: f"« {text} »",
    "twice": lambda text: f"{text} {text}",
    "cut short": lambda text: text[: len(text) // 2],
    "one word changed": lambda text: text.replace("disponible", "indisponible").replace("libre", "fermée") + "s",
    "empty": lambda _text: "",
}


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("name", PROOF_PAGES)
def test_a_sentence_inside_a_larger_text_or_changed_is_no_proof(name: str, spoilt: str) -> None:
    profile, url, where, text, beside, _outcome = PROOF_PAGES[name]
    written = SPOILT[spoilt](text)
    assert classify(facts(url, {where: written}, body=f"{text}\n{beside}"), profile).outcome is Outcome.UNRECOGNISED


@pytest.mark.parametrize("words", UNSEEN, ids=("hidden", "quoted", "embedded"))
@pytest.mark.parametrize("name", PROOF_PAGES)
def test_hidden_quoted_or_embedded_words_are_no_proof(name: str, words: Element) -> None:
    profile, url, where, text, beside, _outcome = PROOF_PAGES[name]
    element = replace(words, text=text)
    assert classify(facts(url, {where: element}, body=f"{text}\n{beside}"), profile).outcome is Outcome.UNRECOGNISED


@pytest.mark.parametrize("name", PROOF_PAGES)
def test_the_sentence_anywhere_else_is_no_proof(name: str) -> None:
    profile, url, where, text, beside, _outcome = PROOF_PAGES[name]
    page = facts(url, dict.fromkeys(("p.aide", "body", "main"), text), body=f"{text}\n{beside}")
    assert where not in page.elements
    assert classify(page, profile).outcome is Outcome.UNRECOGNISED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("name", PROOF_PAGES)
def test_a_page_served_as_an_error_is_no_proof(name: str, status: int) -> None:
    profile, url, where, text, beside, _outcome = PROOF_PAGES[name]
    found = classify(facts(url, {where: text}, body=f"{text}\n{beside}", status=status), profile)
    assert found.outcome not in PROOFS
    assert found.reason == f"http_{status}"


WRONG_STEPS = (
    *((EZ, f"{EZ_URL}/{step}", "form#FormBookingCreate", NO_SLOT, "") for step in (3, 4, 5, 6, 8, "2/1", "x")),
    (EZ, "https://www.val-de-marne.gouv.fr/booking/create/", "form#FormBookingCreate", NO_SLOT, ""),
    (EZ, "https://www.val-de-marne.gouv.fr/Aide", "form#FormBookingCreate", NO_SLOT, ""),
    (EZ, f"{EZ_URL}/4", "ul.error li", NO_CALENDAR, ""),
    *((RP, f"{RP_URL}/{step}", RP_SELECTOR, "Aucun créneau disponible", RETRY) for step in ("", "cgu/", "vosinfos/")),
    (RSP, "https://rdv.anct.gouv.fr/aide", RSP_SELECTOR, RSP_NONE, ""),
)


@pytest.mark.parametrize(("profile", "url", "where", "text", "beside"), WRONG_STEPS, ids=lambda value: str(value)[-24:])
def test_the_sentence_at_another_step_is_no_proof(
    profile: SiteProfile, url: str, where: str, text: str, beside: str
) -> None:
    assert classify(facts(url, {where: text}, body=f"{text}\n{beside}"), profile).outcome is Outcome.UNRECOGNISED


RP_STATES = {
    "end of the calendar": "Aucun créneau disponible à partir de cette date.\nVeuillez réessayer ultérieurement.",
    "empty week": "Aucun créneau disponible sur cette semaine\nVeuillez réessayer ultérieurement.",
    "more to see": f"{RETRY}\nVoir plus de créneaux",
    "next day": f"{RETRY}\nProchaine disponibilité le 08/12/2026",
    "no second line": "",
}


@pytest.mark.parametrize("beside", RP_STATES.values(), ids=RP_STATES)
def test_no_slot_left_beside_a_calendar_is_no_proof(beside: str) -> None:
    none = "Aucun créneau disponible"
    page = facts(f"{RP_URL}/creneau/", {RP_SELECTOR: none}, body=f"{none}\n{beside}")
    assert classify(page, RP).outcome is Outcome.UNRECOGNISED


@pytest.mark.parametrize("where", ['[name="trhId"]', '[id^="trhId_"]', "li.radio-card", ".q-expansion-item"])
def test_an_hour_or_a_telephone_s_day_forbids_the_proof_even_out_of_sight(where: str) -> None:
    hidden = Element(text="09h30", visible=False)
    elements: dict[str, str | Element] = {RP_SELECTOR: "Aucun créneau disponible", where: hidden}
    page = facts(f"{RP_URL}/creneau/", elements, body=f"Aucun créneau disponible\n{RETRY}")
    assert classify(page, RP).outcome is Outcome.UNRECOGNISED


@pytest.mark.parametrize("text", [EAPP_NONE, EAPP_NONE.replace("'", "’"), EAPP_NONE.upper()])
def test_the_native_alert_is_the_proof_of_eappointment(text: str) -> None:
    page = PageFacts(url=EAPP_URL, status=200, dialogs=("Bonjour", text))
    found = classify(page, EAPP)
    assert found.outcome is Outcome.NO_SLOT
    assert found.matched is not None
    assert (found.matched.text, found.matched.selector) == (text, "dialog")


def test_the_words_of_the_alert_written_in_the_page_are_no_proof() -> None:
    page = facts(EAPP_URL, {"body": EAPP_NONE, "h1, h2": EAPP_NONE, "p": EAPP_NONE}, body=EAPP_NONE)
    assert classify(page, EAPP).outcome is Outcome.UNRECOGNISED
    longer = PageFacts(url=EAPP_URL, status=200, dialogs=(f"Message : {EAPP_NONE}",))
    assert classify(longer, EAPP).outcome is Outcome.UNRECOGNISED


HEADINGS = {
    "Service surchargé": (200, Outcome.OVERLOADED),
    "502 Bad Gateway": (502, Outcome.OVERLOADED),
    "503 Service Unavailable": (503, Outcome.OVERLOADED),
    "504 Gateway Time-out": (504, Outcome.OVERLOADED),
    "500 Internal Server Error": (500, Outcome.UNRECOGNISED),
    "400 Bad Request": (400, Outcome.UNRECOGNISED),
    "401 Unauthorized": (401, Outcome.UNRECOGNISED),
    "404 Not Found": (404, Outcome.UNRECOGNISED),
    "403 Forbidden": (403, Outcome.BLOCKED),
    "429 Too Many Requests": (429, Outcome.BLOCKED),
}


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_proxy_s_own_page_is_a_failure_and_never_an_answer(profile: SiteProfile, heading: str) -> None:
    status, outcome = HEADINGS[heading]
    page = replace(facts(EZ_URL, {"body > h1": heading}, status=status), bare_heading=heading)
    found = classify(page, profile)
    assert found.outcome is outcome
    if outcome is not Outcome.UNRECOGNISED:
        assert found.matched is not None
        assert found.matched.text == heading


@pytest.mark.parametrize(
    ("profile", "elements", "title", "outcome"),
    [
        (EZ, {"body": "403 Forbidden\nRequest forbidden by administrative rules."}, "", Outcome.BLOCKED),
        (RP, {"#cf-error-details": "error 1020"}, "", Outcome.BLOCKED),
        (RP, {"h1, h2": "Sorry, you have been blocked"}, "", Outcome.BLOCKED),
        (RP, {"h1, h2, span, p": "Access denied, Error 1020"}, "", Outcome.BLOCKED),
        (RP, {}, "Attention Required! | Cloudflare", Outcome.BLOCKED),
        (OWN, {}, "Attention Required! | Cloudflare", Outcome.BLOCKED),
        (RSP, {"body": "Limite d'appels API atteinte. Merci de patienter."}, "", Outcome.BLOCKED),
        (RSP, {}, "Service Indisponible - RDV Service Public", Outcome.MAINTENANCE),
        (EZ, {"h1, h2": "Site indisponible"}, "", Outcome.MAINTENANCE),
        (EZ, {"h1, h2": "Maintenance"}, "", Outcome.MAINTENANCE),
        (
            EZ,
            {"h1, h2, h3, p, li, div, strong, span": "Ce lien a été désactivé définitivement"},
            "",
            Outcome.CLOSED_LINK,
        ),
        (RP, {selector(RP, Outcome.SESSION_EXPIRED): "Constituez votre dossier"}, "", Outcome.UNRECOGNISED),
        (EZ, {"#inner_Booking h2": "Description de la nature du rendez-vous"}, "", Outcome.UNRECOGNISED),  # not at /3
    ],
)
def test_each_recorded_failure_has_its_name(
    profile: SiteProfile, elements: dict[str, str], title: str, outcome: Outcome
) -> None:
    assert classify(replace(facts("https://exemple.fr/", elements), title=title), profile).outcome is outcome


def test_an_ended_session_is_read_from_the_address_alone() -> None:
    page = facts(f"{RP_URL}/cgu/?error=errorSessionInvalide", {"body": "Constituez votre dossier"})
    assert classify(page, RP).outcome is Outcome.SESSION_EXPIRED
    assert classify(replace(page, url=f"{RP_URL}/cgu/?error=invalidCaptcha"), RP).outcome is Outcome.UNRECOGNISED


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_page_that_says_nothing_is_neither_a_slot_nor_a_proof(profile: SiteProfile) -> None:
    for url in (EZ_URL, f"{EZ_URL}/2", f"{RP_URL}/creneau/", RSP_URL, EAPP_URL, OWN_URL, "about:blank", ""):
        assert classify(PageFacts(url=url, status=200), profile).outcome is Outcome.UNRECOGNISED


# --- the order of precedence, by any page at all
ORDER = (
    Outcome.SLOT_SEEN,
    Outcome.CAPTCHA_REQUIRED,
    Outcome.BLOCKED,
    Outcome.SESSION_EXPIRED,
    Outcome.OVERLOADED,
    Outcome.NO_SLOT,
    Outcome.NO_CALENDAR,
)
PLAIN = SiteProfile(
    name="plain",
    hosts=".*",
    path=".*",
    signs=tuple(Sign(outcome=outcome, selector=f"#{outcome}", texts=(outcome.value,)) for outcome in reversed(ORDER)),
)


@pytest.mark.parametrize(("first", "second"), list(combinations(ORDER, 2)), ids=str)
def test_of_two_signs_on_one_page_the_earlier_in_the_order_decides(first: Outcome, second: Outcome) -> None:
    page = facts("https://exemple.fr/", {f"#{second}": second.value, f"#{first}": first.value})
    assert classify(page, PLAIN).outcome is first


@given(
    shown=st.sets(st.sampled_from(ORDER), min_size=1), status=st.sampled_from([None, 200, 302, 403, 404, 429, 500, 503])
)
def test_whatever_else_a_page_shows_the_order_holds(shown: set[Outcome], status: int | None) -> None:
    page = replace(facts("https://exemple.fr/", {f"#{sign}": sign.value for sign in shown}), status=status)
    candidates = set(shown)
    if status in (403, 429):
        candidates.add(Outcome.BLOCKED)
    expected = next(outcome for outcome in ORDER if outcome in candidates)
    if expected in PROOFS and status in (None, 302, 404, 500):
        expected = Outcome.UNRECOGNISED
    if expected in PROOFS and status == 503:
        expected = Outcome.OVERLOADED
    assert classify(page, PLAIN).outcome is expected


texts = st.sampled_from(
    [NO_SLOT, NO_CALENDAR, RSP_NONE, OWN_SENTENCE, "Aucun créneau disponible", "libre", "", "09h30"]
)
elements = st.builds(Element, text=texts, visible=st.booleans(), quoting=st.booleans(), alone=st.booleans())


@st.composite
def pages(draw: st.DrawFn, profile: SiteProfile) -> PageFacts:
    chosen = draw(st.lists(st.sampled_from(profile.selectors), unique=True, max_size=8))
    return PageFacts(
        url=draw(st.sampled_from([f"{EZ_URL}/2", f"{EZ_URL}/3", f"{RP_URL}/creneau/", RSP_URL, EAPP_URL, OWN_URL])),
        status=draw(st.sampled_from([None, 200, 403, 404, 503])),
        elements={name: tuple(draw(st.lists(elements, max_size=3))) for name in chosen},
        body=draw(st.sampled_from([NO_SLOT, RETRY, f"Aucun créneau disponible\n{RETRY}", RSP_NONE, ""])),
        dialogs=draw(st.sampled_from([(), (EAPP_NONE,)])),
    )


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
@given(data=st.data())
def test_wherever_a_slot_or_a_captcha_is_in_sight_no_proof_is_found(profile: SiteProfile, data: st.DataObject) -> None:
    page = data.draw(pages(profile))
    outcome = classify(page, profile).outcome
    for sign in profile.signs:
        if sign.match == "present" and not sign.address and page.seen(sign.selector):
            if sign.outcome is Outcome.SLOT_SEEN:
                assert outcome is Outcome.SLOT_SEEN
            if sign.outcome is Outcome.CAPTCHA_REQUIRED:
                assert outcome in {Outcome.SLOT_SEEN, Outcome.CAPTCHA_REQUIRED}
    if outcome in PROOFS:
        assert page.status == 200 or page.dialogs
        assert page.dialogs or any(one.counts and one.alone for several in page.elements.values() for one in several)


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_every_shipped_profile_was_tested_here() -> None:
    assert {profile.name for profile in PROFILES} == set(shipped_profiles())


@pytest.mark.parametrize("status", [None, 203, 204, 206, 300, 304])
@pytest.mark.parametrize("name", PROOF_PAGES)
def test_only_a_plain_200_carries_a_proof(name: str, status: int | None) -> None:
    profile, url, where, text, beside, _outcome = PROOF_PAGES[name]
    page = replace(facts(url, {where: text}, body=f"{text}\n{beside}"), status=status)
    found = classify(page, profile)
    assert found.outcome is Outcome.UNRECOGNISED
    assert found.reason == ("no_status" if status is None else f"http_{status}")


OTHER_DEMARCHES = (
    (EZ, f"{EZ_URL}/2", EZ_URL.replace("4963", "9999"), "form#FormBookingCreate", NO_SLOT),
    (RSP, RSP_URL, "https://rdv.anct.gouv.fr/prendre_rdv?departement=75", RSP_SELECTOR, RSP_NONE),
    (
        RSP,
        f"{RSP_URL}&motif_name_with_location_type=titre",
        f"{RSP_URL}&motif_name_with_location_type=permis",
        RSP_SELECTOR,
        RSP_NONE,
    ),
)


@pytest.mark.parametrize(("profile", "own", "other", "where", "text"), OTHER_DEMARCHES)
def test_the_answer_of_another_demarche_is_no_proof_of_the_one_asked(
    profile: SiteProfile, own: str, other: str, where: str, text: str
) -> None:
    assert classify(facts(own, {where: text}), profile, asked=own).outcome is Outcome.NO_SLOT
    for page in (facts(other, {where: text}), replace(facts(own, {where: text}), navigated=other)):
        found = classify(page, profile, asked=own)
        assert (found.outcome, found.reason) == (Outcome.UNRECOGNISED, "other_procedure")


@pytest.mark.parametrize("name", PROOF_PAGES)
def test_what_is_still_on_its_way_may_change_the_answer(name: str) -> None:
    profile, url, where, text, beside, _outcome = PROOF_PAGES[name]
    page = replace(facts(url, {where: text}, body=f"{text}\n{beside}"), busy=True)
    assert classify(page, profile).reason == "still_loading"


FREE_CELL = "#planning_Booking td.status-1.free, td.status-1.free"


@pytest.mark.parametrize(
    ("outer", "outcome"),
    [
        (facts(EZ_URL, {}), Outcome.NO_SLOT),
        (facts(EZ_URL, {FREE_CELL: "09:30 libre"}), Outcome.SLOT_SEEN),
        (facts(EZ_URL, {selector(EZ, Outcome.CAPTCHA_REQUIRED): "robot"}), Outcome.CAPTCHA_REQUIRED),
        (facts(EZ_URL, {}, status=403), Outcome.BLOCKED),
        (facts(EZ_URL, {}, status=503), Outcome.OVERLOADED),
        (facts(EZ_URL, {}, status=206), Outcome.UNRECOGNISED),
        (facts(EZ_URL, {'input[name="planning"]': Element(text="", visible=False)}), Outcome.UNRECOGNISED),
    ],
    ids=["nothing", "slots", "captcha", "403", "503", "206", "a choice"],
)
def test_the_document_around_the_booking_s_frame_counts_against_it(outer: PageFacts, outcome: Outcome) -> None:
    inner = replace(facts(f"{EZ_URL}/2", {"form#FormBookingCreate": NO_SLOT}), outer=outer)
    assert classify(inner, EZ).outcome is outcome


def test_an_ended_session_is_known_though_the_page_masks_its_address() -> None:
    page = replace(
        facts(f"{RP_URL}/cgu/", {"body": "Constituez"}), navigated=f"{RP_URL}/cgu/?error=errorSessionInvalide"
    )
    assert classify(page, RP).outcome is Outcome.SESSION_EXPIRED


@pytest.mark.parametrize("more", ["09:30 libre", "le 8 à 9h30 : disponible", OWN_SENTENCE])
def test_a_sentence_known_by_its_words_alone_stands_once_and_beside_no_hour(more: str) -> None:
    page = facts(OWN_URL, {OWN_SELECTOR: OWN_SENTENCE}, body=f"{OWN_SENTENCE}\n{more}")
    assert classify(page, OWN).outcome is Outcome.UNRECOGNISED
    listed = Element(text=OWN_SENTENCE, visible=True, listed=True)
    assert classify(facts(OWN_URL, {OWN_SELECTOR: listed}), OWN).outcome is Outcome.UNRECOGNISED
    hours = replace(facts(OWN_URL, {OWN_SELECTOR: OWN_SENTENCE}), hours=True)
    assert classify(hours, OWN).outcome is Outcome.UNRECOGNISED
