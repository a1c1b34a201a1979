"""A site profile is data: read whole or refused, never able to say more than its closed lists."""

import pytest

from capture.facts import Element, PageFacts
from capture.outcome import classify
from capture.profile import generic_profile, load_profile, parse_profile, shipped_profiles
from temoin.canonical import sha256
from temoin.errors import ConfigError
from temoin.records import Outcome

WHOLE = b"""
name = "essai"
hosts = 'rdv\\.exemple\\.fr'
path = '/rdv/(?P<id>\\d+)'
[[signs]]
outcome = "no_slot"
selector = "p"
texts = ["Rien n'est libre."]
"""


def test_the_shipped_profiles_are_these() -> None:
    assert shipped_profiles() == ("eappointment", "ezbooking", "generic", "rdv-prefecture", "rdv-service-public")


@pytest.mark.parametrize("name", shipped_profiles())
def test_no_shipped_profile_claims_to_have_been_held_against_the_live_site(name: str) -> None:
    profile = load_profile(name)
    assert profile.confirmed is None
    assert profile.to_json() == {"name": name, "sha256": profile.digest, "confirmed": None}


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_shipped_profile_only_presses_buttons_that_it_names_exactly(name: str) -> None:
    for page in load_profile(name).pages:
        for step in page.steps:
            assert "manage" not in step.element
            assert any(mark in step.element for mark in ("[value=", "[name=", "[href$="))


@pytest.mark.parametrize("name", shipped_profiles())
def test_what_only_a_person_may_send_is_marked_so(name: str) -> None:
    for rule in load_profile(name).leaving:
        assert rule.human or not rule.any_body
        if "captcha" in str(rule.fields).lower():
            assert rule.human


def test_a_profile_bears_the_digest_of_its_file_and_the_day_it_was_confirmed() -> None:
    profile = parse_profile(b"confirmed = 2026-11-30\n" + WHOLE, source="essai.toml")
    assert profile.to_json() == {
        "name": "essai",
        "sha256": sha256(b"confirmed = 2026-11-30\n" + WHOLE),
        "confirmed": "2026-11-30",
    }


REFUSED = {
    "not TOML": (b"name = ", "cannot be read"),
    "not UTF-8": (b"name = '\xff'", "cannot be read"),
    "a digest of its own": (b'digest = "x"\n' + WHOLE, "cannot be read"),
    "an unknown key": (b"script = 'x'\n" + WHOLE, "script"),
    "an unknown key of a sign": (WHOLE + b"weight = 3\n", "weight"),
    "no sign": (b'name = "x"\nhosts = ""\npath = ""\n', "signs"),
    "an unknown outcome": (WHOLE.replace(b"no_slot", b"full"), "no_slot"),
    "an unknown step": (
        WHOLE + b"[[pages]]\nname = 'x'\npresent = 'p'\n[[pages.steps]]\nkind = 'type'\nelement = 'input'\n",
        "'check', 'choose' or 'click'",
    ),
    "a proof by a fragment": (WHOLE + b"match = 'contains'\n", "finds a proof by a fragment of text"),
    "a proof by an element": (WHOLE + b"match = 'present'\n", "finds a proof by a fragment of text"),
    "a proof by a title": (WHOLE + b"match = 'title'\n", "finds a proof by a fragment of text"),
    "a body of any shape": (
        WHOLE + b"[[leaving]]\npath = '/x'\nfields = {}\nany_body = true\n",
        "lets a program send a body of any shape",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_profile_is_refused_with_its_name_and_a_remedy(name: str) -> None:
    data, words = REFUSED[name]
    with pytest.raises(ConfigError, match=r"The site profile mien\.toml") as refused:
        parse_profile(data, source="mien.toml")
    assert words in refused.value.message
    assert refused.value.remedy


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a regular expression"):
        parse_profile(WHOLE.replace(b"(?P<id>", b"((?P<id>"), source="mien.toml")


def test_an_unknown_profile_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no site profile called “ezboking”") as refused:
        load_profile("ezboking")
    assert refused.value.remedy == f"Name one of: {', '.join(shipped_profiles())}."


def test_a_generic_profile_is_of_one_address_and_one_sentence() -> None:
    first = generic_profile(url="https://exemple.fr/a?b=c", sentence="Rien.")
    assert first.knows("https://exemple.fr/a?b=c")
    assert not first.knows("https://exemple.fr/a?b=cc")
    assert not first.knows("https://exemple.fr/axb=c")
    assert not first.leaving
    assert not first.pages
    others = [
        generic_profile(url="https://exemple.fr/a?b=d", sentence="Rien."),
        generic_profile(url="https://exemple.fr/a?b=c", sentence="Rien !"),
        load_profile("generic"),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 4


def test_an_empty_sentence_is_found_nowhere() -> None:
    profile = generic_profile(url="https://exemple.fr/a", sentence=" ")
    selector = profile.signs[-1].selector
    page = PageFacts(url="https://exemple.fr/a", status=200, elements={selector: (Element(text="", visible=True),)})
    assert classify(page, profile).outcome is Outcome.UNRECOGNISED


def test_every_selector_is_asked_for_once_and_words_only_where_words_decide() -> None:
    for name in shipped_profiles():
        profile = load_profile(name)
        assert len(set(profile.selectors)) == len(profile.selectors)
        assert set(profile.wanted) <= set(profile.selectors)
        for sign in profile.signs:
            if sign.match == "present":
                assert sign.selector not in profile.wanted
            for text in sign.texts:
                assert sign.selector not in profile.wanted or text in profile.wanted[sign.selector]


@pytest.mark.parametrize(
    ("asked", "url", "same"),
    [
        ("https://www.ain.gouv.fr/booking/create/804", "https://www.ain.gouv.fr/booking/create/804/2", True),
        ("http://ain.gouv.fr/booking/create/804/0", "https://www.rdv.ain.gouv.fr/booking/create/804/1/", True),
        ("https://www.ain.gouv.fr/booking/create/804", "https://www.ain.gouv.fr/booking/create/805", False),
        ("https://www.ain.gouv.fr/booking/create/804", "https://www.var.gouv.fr/booking/create/804", False),
        ("https://www.ain.gouv.fr/Rendez-vous", "https://www.ain.gouv.fr/booking/create/804", True),
        (
            "https://pprdv.interieur.gouv.fr/booking/create/989",
            "https://pprdv.interieur.gouv.fr/booking/create/885",
            False,
        ),
    ],
)
def test_another_department_or_another_number_is_another_demarche(asked: str, url: str, *, same: bool) -> None:
    assert load_profile("ezbooking").same_procedure(asked, url) is same


ADDRESSES = {
    "ezbooking": (
        "https://www.val-de-marne.gouv.fr/booking/create/4963",
        "http://www.hauts-de-seine.gouv.fr/booking/create/12083/0",
        "https://pprdv.interieur.gouv.fr/booking/create/989/1",
        "https://www.rdv.cote-dor.gouv.fr/booking/create/1071/",
        "https://www.essonne.gouv.fr/index.php/booking/create/23014/2",
    ),
    "rdv-prefecture": (
        "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/11800/",
        "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/1040/cgu/",
        "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/1040/cgu/?error=invalidCaptcha",
        "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/1040/creneau",
    ),
    "rdv-service-public": (
        "https://rdv.anct.gouv.fr/prendre_rdv?departement=94&motif_name_with_location_type=x&public_link_organisation_id=2458",
    ),
    "eappointment": (
        "https://rdv-etrangers-94.interieur.gouv.fr/eAppointmentpref94/element/jsp/specific/pref94.jsp",
        "https://rdv-etrangers-94.interieur.gouv.fr/eAppointmentpref94/element/jsp/appointment.jsp",
    ),
}


@pytest.mark.parametrize(("name", "url"), [(name, url) for name, urls in ADDRESSES.items() for url in urls])
def test_each_recorded_address_is_known_to_its_profile_and_to_no_other(name: str, url: str) -> None:
    assert [other for other in ADDRESSES if load_profile(other).knows(url)] == [name]
