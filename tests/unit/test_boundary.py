"""What may leave the browser: listed, or not at all; past availability, never."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.boundary import INNER_SCHEMES, READING, STATIC_TYPES, Boundary, Outgoing, Reason
from capture.profile import generic_profile, load_profile

HOST = "https://www.val-de-marne.gouv.fr"
EZ = f"{HOST}/booking/create/4963"
RP = "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/11800"
RSP = "https://rdv.anct.gouv.fr/prendre_rdv?departement=94&public_link_organisation_id=2458"
EAPP = "https://rdv-etrangers-94.interieur.gouv.fr/eAppointmentpref94/element/jsp"
OWN = "https://exemple.fr/rendez-vous"
AJAX = "/ezjscore/call/bookingserver::planning::assign::4963::20678::0"
ACCOUNT = "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/login/"
BARE = "https://192.0.2.7/booking/create/4963/5/1"
WORKER = {"Service-Worker": "script"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

EZBOOKING = Boundary(profile=load_profile("ezbooking"), asked=EZ)
EZBOOKING_CHOSEN = Boundary(profile=load_profile("ezbooking"), asked=EZ, chosen="20678")
EZBOOKING_HUMAN = Boundary(profile=load_profile("ezbooking"), asked=EZ, human=True)
PREFECTURE = Boundary(profile=load_profile("rdv-prefecture"), asked=f"{RP}/")
PREFECTURE_HUMAN = Boundary(profile=load_profile("rdv-prefecture"), asked=f"{RP}/", human=True)
PUBLIC = Boundary(profile=load_profile("rdv-service-public"), asked=RSP)
EAPPOINTMENT_HUMAN = Boundary(profile=load_profile("eappointment"), asked=f"{EAPP}/specific/pref94.jsp", human=True)
GENERIC = Boundary(profile=generic_profile(url=OWN, sentence="Rien."), asked=OWN)
ALL = (EZBOOKING, EZBOOKING_HUMAN, PREFECTURE, PREFECTURE_HUMAN, PUBLIC, EAPPOINTMENT_HUMAN, GENERIC)

KINDS = (
    "Document", "Stylesheet", "Image", "Media", "Font", "Script", "TextTrack", "XHR", "Fetch", "Prefetch",
    "EventSource", "WebSocket", "Manifest", "SignedExchange", "Ping", "CSPViolationReport", "Preflight",
    "FedCM", "Other",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")


def get(url: str, kind: str = "Document", **more: object) -> Outgoing:
    return Outgoing(url=url, method="GET", kind=kind, main_frame=True, **more)  # type: ignore[arg-type]


def post(url: str, fields: dict[str, str] | None, kind: str = "Document") -> Outgoing:
    body = None if fields is None else urlencode(fields).encode()
    return Outgoing(url=url, method="POST", kind=kind, headers=FORM, has_body=True, body=body, main_frame=True)


CONDITIONS = {"condition": "on", "nextButton": "Effectuer une demande de rendez-vous"}
CHOICE = {"planning": "20678", "nextButton": "Etape suivante"}
TWICE = Outgoing(
    url=f"{EZ}/1", method="POST", kind="Document", headers=FORM, has_body=True, body=b"planning=20678&planning=20678"
)

PASS: tuple[tuple[str, Boundary, Outgoing], ...] = (
    ("the address asked", EZBOOKING, get(EZ)),
    ("with a fragment", EZBOOKING, get(f"{EZ}#haut")),
    ("its steps", EZBOOKING, get(f"{EZ}/2")),
    ("over plain http", EZBOOKING, get(f"{EZ}/1".replace("https", "http"))),
    ("on the booking sub-host of the department", EZBOOKING, get("https://www.rdv.val-de-marne.gouv.fr/booking/create/4963")),
    ("the conditions", EZBOOKING, post(f"{EZ}/0", CONDITIONS)),
    ("the counter", EZBOOKING_CHOSEN, post(f"{EZ}/1", CHOICE)),
    ("a week asked by the page", EZBOOKING, get(f"{HOST}{AJAX}", "XHR")),
    ("a style", EZBOOKING, get(f"{HOST}/extension/booking/style.css", "Stylesheet")),
    ("a picture of elsewhere", EZBOOKING, get("https://static.exemple.fr/marianne.png", "Image")),
    ("a picture in the page", EZBOOKING, get("data:image/png;base64,AAAA", "Image")),
    ("the landing", PREFECTURE, get(f"{RP}/")),
    ("the conditions of the national site", PREFECTURE, get(f"{RP}/cgu/")),
    ("an ended session", PREFECTURE, get(f"{RP}/cgu/?error=errorSessionInvalide")),
    ("a person's captcha", PREFECTURE_HUMAN, post(f"{RP}/_validerCaptcha", {"captchaUsercode": "R7K4P"})),
    ("a person's captcha picture", PREFECTURE_HUMAN, get("https://api.piste.gouv.fr/piste/captcha?get=image", "Fetch")),
    ("a person's challenge", PREFECTURE_HUMAN, post("https://challenges.cloudflare.com/x", {"a": "b"}, "XHR")),
    ("a search", PUBLIC, get(RSP)),
    ("a person's motive", EAPPOINTMENT_HUMAN, Outgoing(
        url=EAPP.replace("element/jsp", "dwr/call/plaincall/AjaxMotive.motiveMultiSiteSubmit.dwr"),
        method="POST", kind="XHR", headers={"Content-Type": "text/plain"}, has_body=True, body=b"callCount=1")),
    ("a person's counter", EZBOOKING_HUMAN, post(f"{EZ}/1", CHOICE)),
    ("a picture of the booking extension", EZBOOKING, get(f"{HOST}/extension/booking/a.PNG?v=2", "Image")),
    ("an icon", EZBOOKING, get(f"{HOST}/favicon.ico", "Other")),
    ("the one page of a generic visit", GENERIC, get(OWN)),
    ("its style", GENERIC, get("https://exemple.fr/rendez-vous/style.css", "Stylesheet")),
)  # fmt: skip
STOP: tuple[tuple[str, Boundary, Outgoing, Reason], ...] = (
    ("the week table", EZBOOKING, get(f"{EZ}/4"), "past_availability"),
    ("a slot", EZBOOKING, get(f"{EZ}/5/20678/1765000000"), "past_availability"),
    ("a slot as a picture", EZBOOKING, get(f"{EZ}/5/20678/1765000000", "Image"), "past_availability"),
    ("a slot with a query", EZBOOKING, get(f"{EZ}/5?x=1", "Image"), "past_availability"),
    ("a slot with escapes", EZBOOKING, get(f"{EZ}/%35/20678/1", "Image"), "past_availability"),
    ("a slot with escapes of escapes", EZBOOKING, get(f"{EZ}/%2535/20678/1", "Image"), "past_availability"),
    ("a slot with more strokes", EZBOOKING, get(f"{HOST}//booking//create/4963//5/1", "Image"), "past_availability"),
    ("a slot in capitals", EZBOOKING, get(f"{HOST}/Booking/Create/4963/5/1", "Image"), "past_availability"),
    ("a slot of a site access", EZBOOKING, get(f"{HOST}/fre/booking/create/4963/5/1", "Image"), "past_availability"),
    ("a slot at the bare address", EZBOOKING, get(BARE, "Image"), "past_availability"),
    ("a slot at the dotted host", EZBOOKING, get(f"{EZ}/5/1/2".replace(".fr", ".fr."), "Image"), "past_availability"),
    ("personal data", EZBOOKING, get(f"{EZ}/8"), "past_availability"),
    ("a slot, by a person before the hand-over", EZBOOKING_HUMAN, get(f"{EZ}/5/20678/1"), "past_availability"),
    ("the person's other appointments", EZBOOKING, get(f"{HOST}/booking/manage/4963"), "past_availability"),
    ("another démarche", EZBOOKING, get(f"{HOST}/booking/create/4964"), "address"),
    ("another department", EZBOOKING, get("https://www.essonne.gouv.fr/booking/create/4963"), "address"),
    ("another site", EZBOOKING, get("https://exemple.fr/"), "address"),
    ("a frame of another site", EZBOOKING, Outgoing(url="https://exemple.fr/", method="GET", kind="Document"), "frame"),
    ("the home page", EZBOOKING, get(f"{HOST}/"), "address"),
    ("another field", EZBOOKING, post(f"{EZ}/0", {**CONDITIONS, "nom": "x"}), "form"),
    ("another value", EZBOOKING, post(f"{EZ}/0", {"condition": "on", "nextButton": "Annuler"}), "form"),
    ("the management button", EZBOOKING, post(f"{EZ}/0", {"condition": "on", "manageButton": "Annuler"}), "form"),
    ("the conditions of another démarche", EZBOOKING, post(f"{HOST}/booking/create/1/0", CONDITIONS), "address"),
    ("the conditions at another step", EZBOOKING, post(f"{EZ}/1", CONDITIONS), "form"),
    ("a listed form at the result", EZBOOKING, post(f"{EZ}/2", {"finishButton": "Terminer"}), "method"),
    ("the description's form", EZBOOKING, post(f"{EZ}/3", {"nextButton": "Etape suivante"}), "method"),
    ("the conditions by script", EZBOOKING, post(f"{EZ}/0", CONDITIONS, "XHR"), "method"),
    ("a body that cannot be read", EZBOOKING, post(f"{EZ}/0", None), "form"),
    ("a form as parts", EZBOOKING, Outgoing(url=f"{EZ}/0", method="POST", kind="Document", has_body=True,
        headers={"content-type": "multipart/form-data; boundary=x"}, body=b"condition=on"), "form"),
    ("a form elsewhere", EZBOOKING, post("https://exemple.fr/booking/create/4963/0", CONDITIONS), "third_party"),
    ("a beacon", EZBOOKING, post(f"{EZ}/0", CONDITIONS, "Ping"), "method"),
    ("a put", EZBOOKING, Outgoing(url=EZ, method="PUT", kind="Fetch"), "method"),
    ("a script's reading", EZBOOKING, get(f"{HOST}/api", "Fetch"), "background"),
    ("a script's reading elsewhere", EZBOOKING, get("https://exemple.fr/api", "XHR"), "third_party"),
    ("rules to fetch ahead", EZBOOKING, get(f"{HOST}/r.json", "Other", headers={"Origin": HOST}), "background"),
    ("such rules of elsewhere", EZBOOKING, get("https://exemple.fr/", "Other", headers={"origin": HOST}), "background"),
    ("a prefetch", EZBOOKING, get(f"{HOST}/api", "Prefetch"), "background"),
    ("the démarche as a picture", EZBOOKING, get(f"{EZ}/1", "Image"), "background"),
    ("an unknown step as a picture", EZBOOKING, get(f"{EZ}/abc", "Image"), "background"),
    ("another démarche as a picture", EZBOOKING, get(f"{HOST}/booking/create/9999", "Image"), "background"),
    ("that in capitals", EZBOOKING, get(f"{HOST}/Booking/Create/9999/1", "Image"), "background"),
    ("that with escapes", EZBOOKING, get(f"{HOST}/b%6Foking/create/9999/1", "Script"), "background"),
    ("that under another entry", EZBOOKING, get(f"{HOST}/index.php/fre/booking/create/9/1", "Image"), "background"),
    ("a step of it that looks like a picture", EZBOOKING, get(f"{EZ}/4.png", "Image"), "background"),
    ("a query on the démarche", EZBOOKING, get(f"{EZ}?reserver=1", "Image"), "background"),
    ("the booking's own doing", EZBOOKING, get(f"{HOST}/booking_planning/assign?reserve=1", "Image"), "background"),
    ("the booking's own calls", EZBOOKING, get(f"{HOST}{AJAX}", "Script"), "background"),
    ("another démarche of the national site as a picture", PREFECTURE, get(f"{RP[:-5]}1040/", "Image"), "background"),
    ("another search as a picture", PUBLIC, get(RSP.replace("2458", "2459"), "Image"), "background"),
    ("a counter before any is chosen", EZBOOKING, post(f"{EZ}/1", CHOICE), "form"),
    ("a counter that was not chosen", EZBOOKING_CHOSEN, post(f"{EZ}/1", {**CHOICE, "planning": "777"}), "form"),
    ("a counter twice", EZBOOKING_CHOSEN, TWICE, "form"),
    ("a pop-up, even of the démarche", EZBOOKING, get(EZ, popup=True), "popup"),
    ("a service worker", EZBOOKING, get(f"{HOST}/w.js", "Script", headers=WORKER), "service_worker"),
    ("a local file", EZBOOKING, get("file:///etc/passwd"), "scheme"),
    ("a transfer", EZBOOKING, get("ftp://www.val-de-marne.gouv.fr/x"), "scheme"),
    ("a captcha without a person", PREFECTURE, post(f"{RP}/_validerCaptcha", {"captchaUsercode": "A"}), "method"),
    ("more than the captcha's answer", PREFECTURE_HUMAN, post(f"{RP}/_validerCaptcha", {"nom": "A"}), "form"),
    ("a captcha host without a person", PREFECTURE, get("https://api.piste.gouv.fr/x", "Fetch"), "third_party"),
    ("the step after the slots", PREFECTURE_HUMAN, get(f"{RP}/vosinfos/"), "past_availability"),
    ("whatever that step is called", PREFECTURE, get(f"{RP}/etape-suivante", "Image"), "past_availability"),
    ("a slot chosen", PREFECTURE_HUMAN, post(f"{RP}/_choisirCreneau", {"trhId": "1"}), "past_availability"),
    ("the account", PREFECTURE_HUMAN, get(ACCOUNT), "past_availability"),
    ("another démarche of the national site", PREFECTURE, get(f"{RP[:-5]}1040/"), "address"),
    ("a slot of the public service", PUBLIC, get(f"{RSP}&starts_at=2026-12-01"), "past_availability"),
    ("another organisation", PUBLIC, get(RSP.replace("2458", "2459")), "address"),
    ("the wizard", PUBLIC, get("https://rdv.anct.gouv.fr/users/rdv_wizard_step/new?x=1", "Image"), "past_availability"),
    ("a step of a generic page", GENERIC, get(f"{OWN}/reserver"), "address"),
    ("that step as a picture", GENERIC, get(f"{OWN}/reserver?x=1", "Image"), "background"),
    ("any form of a generic page", GENERIC, post(OWN, {"a": "b"}), "method"),
)  # fmt: skip


@pytest.mark.parametrize(("boundary", "request_"), [row[1:] for row in PASS], ids=[row[0] for row in PASS])
def test_what_a_visit_needs_may_leave(boundary: Boundary, request_: Outgoing) -> None:
    assert boundary.judge(request_) is None


@pytest.mark.parametrize(("boundary", "request_", "reason"), [row[1:] for row in STOP], ids=[row[0] for row in STOP])
def test_everything_else_stays(boundary: Boundary, request_: Outgoing, reason: Reason) -> None:
    assert boundary.judge(request_) == reason


def test_a_path_that_robots_refuses_is_never_asked_for_not_even_for_a_picture() -> None:
    def allows(url: str) -> bool:
        return "/extension/" not in url and not url.endswith("/favicon.ico")

    boundary = Boundary(profile=load_profile("ezbooking"), asked=EZ, allows_robot=allows)
    assert boundary.judge(get(f"{HOST}/extension/a.png", "Image")) == "robots"
    assert boundary.judge(get(f"{HOST}/favicon.ico", "Other")) == "robots"
    assert boundary.judge(get(EZ)) is None
    human = Boundary(profile=load_profile("ezbooking"), asked=EZ, allows_robot=allows, human=True)
    assert human.judge(get(f"{HOST}/extension/a.png", "Image")) is None


def test_a_replica_on_loopback_is_its_own_host_and_no_other() -> None:
    asked = "http://127.0.0.1:8123/booking/create/4963"
    boundary = Boundary(profile=load_profile("ezbooking"), asked=asked)
    assert boundary.judge(get(f"{asked}/1")) is None
    assert boundary.judge(get(asked.replace("8123", "8124"))) == "address"
    assert boundary.judge(post(asked.replace("8123", "8124"), CONDITIONS)) == "third_party"
    assert boundary.judge(get("http://localhost:8123/booking/create/4963/5/1", "Image")) == "past_availability"


boundaries = st.sampled_from(ALL)
kinds = st.sampled_from(KINDS)
methods = st.sampled_from(METHODS) | st.from_regex(r"[A-Z]{3,10}", fullmatch=True)
paths = st.from_regex(r"/[a-zA-Z0-9_/.%?=&:-]{0,60}", fullmatch=True)
bodies = (
    st.none()
    | st.binary(max_size=80)
    | st.dictionaries(
        st.sampled_from(["condition", "nextButton", "planning", "nom", "captchaUsercode", "trhId"]),
        st.text(max_size=20),
    ).map(lambda fields: urlencode(fields).encode())
)


@given(boundary=boundaries, kind=kinds, method=methods, path=paths, body=bodies, popup=st.booleans())
def test_nothing_is_sent_that_no_profile_lists(
    *,
    boundary: Boundary,
    kind: str,
    method: str,
    path: str,
    body: bytes | None,
    popup: bool,
) -> None:
    origin = "/".join(boundary.asked.split("/", 3)[:3])
    request = Outgoing(
        url=origin + path, method=method, kind=kind, headers=FORM, has_body=body is not None, body=body, popup=popup
    )
    if method not in READING and boundary.judge(request) is None:
        listed = [rule for rule in boundary.profile.leaving if boundary.human or not rule.human]
        assert method == "POST"
        assert any(part in path for part in ("/booking/create/4963", "/_validerCaptcha", "/eAppointment"))
        assert listed
        assert boundary.human or kind == "Document"


@given(
    kind=kinds,
    method=methods,
    human=st.booleans(),
    step=st.integers(4, 120),
    tail=st.from_regex(r"(|/|[/?][a-z0-9/=&.]{0,30})", fullmatch=True),
    host=st.sampled_from([HOST, "http://pprdv.interieur.gouv.fr", "https://www.rdv.ain.gouv.fr", "https://exemple.fr"]),
    header=st.dictionaries(st.sampled_from(["Referer", "Purpose", "Sec-Fetch-Dest"]), st.text(max_size=9)),
)
def test_past_availability_is_refused_by_any_way(
    *,
    kind: str,
    method: str,
    human: bool,
    step: int,
    tail: str,
    host: str,
    header: dict[str, str],
) -> None:
    boundary = Boundary(profile=load_profile("ezbooking"), asked=EZ, human=human)
    url = f"{host}/booking/create/4963/{step}{tail}"
    request = Outgoing(url=url, method=method, kind=kind, headers=header, main_frame=True)
    assert boundary.judge(request) == "past_availability"


@given(boundary=boundaries, url=st.text(max_size=80) | paths.map(lambda path: f"https://exemple.fr{path}"), kind=kinds)
def test_no_address_breaks_the_judge(boundary: Boundary, url: str, kind: str) -> None:
    reason = boundary.judge(get(url, kind))
    assert reason is not None or kind in STATIC_TYPES or url.split(":", 1)[0].lower() in INNER_SCHEMES or boundary.human
