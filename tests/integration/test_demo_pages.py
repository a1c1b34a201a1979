import pytest

from demo.scenario import BROKEN_PAGES, FAILURE_PAGES, HOSTILE_PAGES, Page, platform_of
from demo.server import ReplicaServer
from tests.replica_ways import IDS, NO_SLOT, accept, pass_captcha, procedures, visiting

MARK = "Réplique de démonstration — site simulé"


FAILURES = {
    Page.OVERLOADED: (200, "<h1>Service surchargé</h1>"),
    Page.FORBIDDEN: (403, "<h1>403 Forbidden</h1>\nRequest forbidden by administrative rules."),
    Page.BAD_GATEWAY: (
        502,
        "<h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.",
    ),
    Page.ERROR_500: (500, "500 Internal Server Error"),
    Page.UNAVAILABLE_503: (503, "503 Service Unavailable"),
    Page.TIMEOUT_504: (504, "<h1>504"),
    Page.ERROR_400: (400, "400 Bad Request"),
    Page.ERROR_401: (401, "401 Unauthorized"),
    Page.NOT_FOUND: (404, "404 Not Found"),
    Page.TOO_MANY: (429, "429 Too Many Requests"),
    Page.MAINTENANCE: (503, "Site indisponible"),
}
EZBOOKING = {
    Page.NO_SLOT: ("/booking/create/4963/2", NO_SLOT),
    Page.NO_SLOT_LATE: (
        "/booking/create/4963/2",
        "/ezjscore/call/bookingserver::planning::assign::4963::4963::0",
    ),
    Page.NO_CALENDAR: (
        "/booking/create/4963/2",
        ('<ul class="error"><li>Il n\'y a pas calendrier disponible pour effectuer une demande de rendez-vous</li>'),
    ),
    Page.SLOTS: ("/booking/create/4963/3", "Description de la nature du rendez-vous"),
    Page.WEEK_FULL: ("/booking/create/4963/3", "Description de la nature du rendez-vous"),
    Page.HELP_QUOTES_SENTENCE: ("/booking/create/4963/2", f"« {NO_SLOT} »"),
    Page.CAPTCHA_AT_ENTRY: ("/booking/create/4963/2", NO_SLOT),
    Page.CHANGED_TERMS: ("/booking/create/4963/2", NO_SLOT),
}
RDV_PREFECTURE = {
    Page.RP_NO_SLOT: "<h2>Aucun créneau disponible</h2><p>Veuillez réessayer ultérieurement.</p>",
    Page.RP_NO_SLOT_ANNOUNCED: "Prochaine mise en ligne de nouveaux rendez-vous : le 30/11/2026 à 09:00",
    Page.RP_END_OF_CALENDAR: (
        "Aucun créneau disponible à partir de cette date.<br/>Veuillez réessayer ultérieurement."
    ),
    Page.RP_EMPTY_WEEK: "Aucun créneau disponible sur cette semaine",
    Page.RP_EMPTY_WEEK_NEXT: "Prochaine disponibilité le 08/12/2026",
    Page.RP_MOBILE_DAY: "<div>Aucun créneau disponible</div>",
    Page.RP_SLOTS: '<li class="radio-card"><input type="radio" name="trhId" id="trhId_',
    Page.RP_SESSION_EXPIRED: "Votre session a expiré",
}
RDV_SERVICE_PUBLIC = {
    Page.RSP_NO_SLOT: (200, "Malheureusement, aucun créneau correspondant à votre recherche n'a été trouvé."),
    Page.RSP_SLOTS: (200, 'aria-label="Choisir le créneau de 09:00"'),
    Page.RSP_NEXT_AVAILABILITY: (200, "Prochaine disponibilité le "),
    Page.RSP_DATE_CLOSED: (200, "Date fermée à la reservation"),
    Page.RSP_MAINTENANCE: (503, "<title>Service Indisponible - RDV Service Public</title>"),
    Page.RSP_INVITATION_NO_SLOT: (200, "aucun créneau correspondant à votre invitation n'a été trouvé."),
    Page.RSP_REFERENT_NO_SLOT: (200, "Votre référent n'a pas de créneaux disponibles."),
    Page.RSP_API_LIMIT: (429, "Limite d'appels API atteinte. Merci de patienter."),
}


EAPPOINTMENT = {
    Page.EAPP_NO_SLOT: (
        "Aucun rendez-vous n'est possible pour les motifs selectionnnés ou le créneau horaire séléctionné."
    ),
    Page.EAPP_SLOTS: "/element/jsp/lieu.jsp",
}


@pytest.mark.parametrize("platform", IDS)
@pytest.mark.parametrize("page", FAILURES)
def test_a_failure_page_has_its_status_and_words(server: ReplicaServer, page: Page, platform: str) -> None:
    server.set_pages(IDS[platform], (page,))
    visitor = visiting(server).get(server.address(IDS[platform]))
    status, words = FAILURES[page]
    assert visitor.status == status
    assert words in visitor.text
    assert MARK in visitor.text


@pytest.mark.parametrize("page", [Page.UNAVAILABLE_503, Page.TOO_MANY])
def test_a_busy_site_says_when_to_come_back(server: ReplicaServer, page: Page) -> None:
    server.set_pages("4963", (page,))
    assert visiting(server).get(server.address("4963")).headers["Retry-After"] == "120"


def test_a_failure_may_stand_at_the_result_only() -> None:
    with ReplicaServer(procedures(failures_at="result")) as server:
        visitor = accept(server, Page.BAD_GATEWAY)
        assert visitor.status == 302
        assert visitor.follow().status == 502


@pytest.mark.parametrize("page", EZBOOKING)
def test_ezbooking_shows_what_was_recorded(server: ReplicaServer, page: Page) -> None:
    visitor = accept(server, page)
    address, words = EZBOOKING[page]
    assert visitor.headers["Location"] == address
    visitor.follow()
    assert words in visitor.text.replace("&#x27;", "'")
    assert visitor.text.count(MARK) == 2


@pytest.mark.parametrize("page", RDV_PREFECTURE)
def test_rdv_prefecture_shows_what_was_recorded(server: ReplicaServer, page: Page) -> None:
    visitor = pass_captcha(server, page)
    assert visitor.status == 200
    assert RDV_PREFECTURE[page] in visitor.text
    assert visitor.text.count(MARK) == 2


@pytest.mark.parametrize("page", RDV_SERVICE_PUBLIC)
def test_rdv_service_public_shows_what_was_recorded(server: ReplicaServer, page: Page) -> None:
    server.set_pages("2458", (page,))
    visitor = visiting(server).get(server.address("2458"))
    assert (visitor.status, RDV_SERVICE_PUBLIC[page][1] in visitor.text) == (
        RDV_SERVICE_PUBLIC[page][0],
        True,
    )


@pytest.mark.parametrize(("page", "words"), EAPPOINTMENT.items())
def test_eappointment_answers_a_motive_by_a_script(server: ReplicaServer, page: Page, words: str) -> None:
    server.set_pages("94", (page,))
    visitor = visiting(server).get(server.address("94"))
    assert '<form class="form-horizontal" action="javascript:coin()">' in visitor.text
    assert 'name="selectedMotiveKeyList"' in visitor.get("/eAppointmentpref94/element/jsp/appointment.jsp").text
    visitor.post("/eAppointmentpref94/dwr/call/plaincall/AjaxMotive.motiveMultiSiteSubmit.dwr", {"a": "1"})
    assert words in visitor.text


def test_a_generic_page_says_its_sentence(server: ReplicaServer) -> None:
    visitor = visiting(server).get(server.address("mairie"))
    assert "Aucun rendez-vous n&#x27;est disponible actuellement pour cette démarche." in visitor.text
    server.set_pages("mairie", (Page.GENERIC_SLOTS,))
    assert "Réserver le premier créneau" in visitor.get(server.address("mairie")).text


ENTRY = {
    Page.CLOSED_LINK: "Ce lien a été désactivé définitivement",
    Page.CAPTCHA_AT_ENTRY: '<div class="g-recaptcha" data-sitekey="',
    Page.CHANGED_TERMS: "l&#x27;usage de tout programme automatique",
    Page.UNKNOWN_ENTRY: "Votre espace usager évolue",
    Page.POPUP: "window.open(",
    Page.SERVICE_WORKER: "serviceWorker.register(",
    Page.SCRIPT_SUBMIT: "navigator.sendBeacon(",
    Page.SCRIPT_TAMPER: "champ.name = 'nom'",
    Page.DIALOG: "confirm(",
    Page.DOWNLOAD: "/telechargement/replique.pdf",
    Page.FROZEN: "for (;;)",
    Page.HUGE: "Page démesurée",
}


@pytest.mark.parametrize("page", ENTRY)
def test_the_entry_page_shows_what_its_name_says(server: ReplicaServer, page: Page) -> None:
    server.set_pages("4963", (page,))
    assert ENTRY[page] in visiting(server).get(server.address("4963")).text


@pytest.mark.parametrize("platform", IDS)
@pytest.mark.parametrize("page", sorted(HOSTILE_PAGES))
def test_a_hostile_script_stands_on_every_platform(server: ReplicaServer, page: Page, platform: str) -> None:
    server.set_pages(IDS[platform], (page,))
    text = visiting(server).get(server.address(IDS[platform])).text
    assert "<script>" in text
    assert "$slot" not in text
    assert "$entry" not in text


def test_an_unknown_result_resembles_nothing_recorded(server: ReplicaServer) -> None:
    visitor = accept(server, Page.UNKNOWN).follow()
    assert "Votre espace usager évolue" in visitor.text
    assert NO_SLOT not in visitor.text


def test_the_shield_blocks_and_challenges(server: ReplicaServer) -> None:
    server.set_pages("11800", (Page.RP_CLOUDFLARE_BLOCK,))
    visitor = visiting(server).get(server.address("11800"))
    assert (visitor.status, "Sorry, you have been blocked" in visitor.text) == (403, True)
    server.set_pages("11800", (Page.RP_CHALLENGE,))
    visitor.get(server.address("11800"))
    assert 'iframe title="Défi" src="/challenges.cloudflare.com/' in visitor.text


def test_every_page_is_looked_at_by_a_test() -> None:
    elsewhere = {
        Page.BACK_ON_CHOICES, Page.REDIRECT_TO_SLOT, Page.UNKNOWN,
        Page.GENERIC_NO_SLOT, Page.GENERIC_SLOTS, Page.RP_CLOUDFLARE_BLOCK, Page.RP_CHALLENGE,
    }  # fmt: skip
    seen = {
        *FAILURES,
        *EZBOOKING,
        *RDV_PREFECTURE,
        *RDV_SERVICE_PUBLIC,
        *EAPPOINTMENT,
        *ENTRY,
        *elsewhere,
        *BROKEN_PAGES,
    }
    assert set(Page) == seen
    assert set(FAILURES) == FAILURE_PAGES
    assert all(platform_of(page) is None for page in HOSTILE_PAGES)
