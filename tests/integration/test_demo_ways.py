import re

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from tests.replica_ways import NO_SLOT, accept, pass_captcha, procedures, visiting


def test_the_conditions_must_be_accepted_before_the_result(server: ReplicaServer) -> None:
    visitor = visiting(server).get("/booking/create/4963/2")
    assert (visitor.status, visitor.headers["Location"]) == (302, "/booking/create/4963/0")
    visitor.post("/booking/create/4963/0", {"nextButton": "x"})
    assert '<ul class="error">' in visitor.text


def test_the_late_sentence_comes_by_its_own_request(server: ReplicaServer) -> None:
    visitor = accept(server, Page.NO_SLOT_LATE).follow()
    assert NO_SLOT not in visitor.text
    visitor.get("/ezjscore/call/bookingserver::planning::assign::4963::4963::0")
    assert NO_SLOT in visitor.text
    assert server.requests[-1].procedure == "4963"


def test_each_planning_is_chosen_and_answered_for_itself() -> None:
    followed = Procedure(
        platform="ezbooking",
        id="989",
        pages=(Page.NO_SLOT,),
        plannings=(("990", "Guichet 21 - Juillet 2021"), ("1000", "Guichet 22")),
        planning_pages={"1000": Page.NO_CALENDAR},
    )
    with ReplicaServer([followed]) as server:
        visitor = visiting(server).get(server.address("989"))
        visitor.post("/booking/create/989/0", {"condition": "on", "nextButton": "x"})
        assert visitor.headers["Location"] == "/booking/create/989/1"
        assert '<label for="planning990">Guichet 21 - Juillet 2021</label>' in visitor.follow().text
        assert NO_SLOT in visitor.post("/booking/create/989/1", {"planning": "990"}).follow().text
        assert "pas calendrier" in visitor.post("/booking/create/989/1", {"planning": "1000"}).follow().text
        assert '<ul class="error">' in visitor.post("/booking/create/989/1", {"nextButton": "x"}).text


def test_back_on_the_choices_is_the_choice_page_with_an_error(server: ReplicaServer) -> None:
    visitor = accept(server, Page.BACK_ON_CHOICES).follow()
    visitor.post("/booking/create/4963/1", {"planning": "20678"})
    assert visitor.headers["Location"] == "/booking/create/4963/1"
    visitor.follow()
    assert '<ul class="error"><li>' in visitor.text
    assert "Que souhaitez-vous effectuer ?" in visitor.text


def test_the_result_may_stay_at_step_one() -> None:
    with ReplicaServer(procedures(result_step=1)) as server:
        visitor = accept(server, Page.NO_SLOT)
        assert visitor.headers["Location"] == "/booking/create/4963/1"
        assert NO_SLOT in visitor.follow().text


def test_the_legend_holds_one_more_libre_than_the_week(server: ReplicaServer) -> None:
    text = accept(server, Page.SLOTS).follow().post("/booking/create/4963/3", {"nextButton": "x"}).follow().text
    assert text.count(">libre<") == text.count('href="/booking/create/4963/5/') + 1 == 4
    text = accept(server, Page.WEEK_FULL).follow().get("/booking/create/4963/4").text
    assert text.count(">libre<") == 1


def test_a_human_may_go_on_to_the_end(server: ReplicaServer) -> None:
    visitor = accept(server, Page.SLOTS).follow().get("/booking/create/4963/4")
    link = re.search(r'href="(/booking/create/4963/5/4963/\d+)"', visitor.text)
    assert link is not None
    assert "Contrôle de sécurité" in visitor.get(link[1]).follow().text
    assert "Coordonnées personnelles" in visitor.post("/booking/create/4963/6", {}).follow().text
    assert "ce site est une réplique" in visitor.post("/booking/create/4963/8", {"lastname": "X"}).follow().text


def test_a_hostile_site_redirects_the_accepted_conditions_to_a_slot(server: ReplicaServer) -> None:
    location = accept(server, Page.REDIRECT_TO_SLOT).headers["Location"]
    assert re.fullmatch(r"/booking/create/4963/5/4963/\d{10}", location)


def test_the_framed_variant_wraps_the_first_step() -> None:
    with ReplicaServer(procedures(iframe=True)) as server:
        visitor = visiting(server).get(server.address("4963"))
        assert '<div id="cnsw"><iframe' in visitor.text
        assert 'src="/booking/create/4963/0"' in visitor.text
        assert "FormBookingCreate" in visitor.get("/booking/create/4963/0").text


def test_slots_without_the_captcha_lead_back_to_the_conditions(server: ReplicaServer) -> None:
    visitor = visiting(server).get("/rdvpref/reservation/demarche/11800/creneau/")
    assert visitor.headers["Location"] == "/rdvpref/reservation/demarche/11800/cgu/?error=errorSessionInvalide"


def test_a_wrong_code_leads_back_to_the_conditions(server: ReplicaServer) -> None:
    visitor = visiting(server).get(server.address("11800"))
    visitor.post("/rdvpref/reservation/demarche/11800/_validerCaptcha", {"captchaUsercode": "nope"})
    assert visitor.headers["Location"] == "/rdvpref/reservation/demarche/11800/cgu/?error=invalidCaptcha"
    assert 'id="text-input-captcha-desc-error"' in visitor.follow().text


@pytest.mark.parametrize(
    ("variant", "sign"),
    [
        ("captchetat", '<div id="BDC_CaptchaComponent">'),
        ("inline", '<div class="captcha"><img src="data:image/png;base64,'),
        ("recaptcha", '<div class="g-recaptcha" data-sitekey='),
    ],
)
def test_the_captcha_has_its_recorded_variants(variant: str, sign: str) -> None:
    with ReplicaServer(procedures(captcha=variant)) as server:
        text = visiting(server).get("/rdvpref/reservation/demarche/11800/cgu/").text
    assert sign in text
    assert 'formaction="/rdvpref/reservation/demarche/11800/_validerCaptcha"' in text


def test_the_captcha_picture_is_a_png(server: ReplicaServer) -> None:
    visitor = visiting(server).get("/rdvpref/simple-captcha-endpoint?get=image&c=captchaFR")
    assert (visitor.status, visitor.headers["Content-Type"]) == (200, "image/png")


def test_an_expired_session_leads_back_to_the_conditions(server: ReplicaServer) -> None:
    visitor = pass_captcha(server, Page.RP_NO_SLOT)
    server.expire_sessions()
    visitor.get("/rdvpref/reservation/demarche/11800/creneau/")
    assert visitor.headers["Location"].endswith("/cgu/?error=errorSessionInvalide")


def test_a_human_may_choose_a_slot(server: ReplicaServer) -> None:
    visitor = pass_captcha(server, Page.RP_SLOTS)
    visitor.post("/rdvpref/reservation/demarche/11800/_choisirCreneau", {"trhId": "20780"}).follow()
    assert "<title>Vos informations</title>" in visitor.text
    assert server.requests[-1].path == "/rdvpref/reservation/demarche/11800/vosinfos/"
