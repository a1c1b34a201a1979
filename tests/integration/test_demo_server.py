import socket
import threading
from collections.abc import Callable

import pytest

from demo.scenario import Page
from demo.server import LoggedRequest, ReplicaServer
from tests.replica_ways import IDS, NOW, accept, procedures, visiting


def test_the_date_header_follows_the_given_clock(server: ReplicaServer) -> None:
    for target in (server.address("4963"), "/robots.txt", "/nowhere", "/favicon.ico"):
        assert visiting(server).get(target).headers["Date"] == "Mon, 23 Nov 2026 08:05:09 GMT"


def test_the_log_keeps_each_request_with_its_fields(server: ReplicaServer) -> None:
    accept(server, Page.NO_SLOT)
    first, second = server.requests
    assert isinstance(first, LoggedRequest)
    assert (first.method, first.path, first.procedure) == ("GET", "/booking/create/4963", "4963")
    assert first.host == f"127.0.0.1:{server.port}"
    assert second.fields == (("condition", "on"), ("nextButton", "Effectuer une demande de rendez-vous"))
    assert second.body.startswith(b"condition=on&")
    assert second.headers["content-type"] == "application/x-www-form-urlencoded"
    assert second.at == NOW
    server.clear()
    assert server.requests == ()


def test_a_request_outside_every_procedure_is_logged_without_one(server: ReplicaServer) -> None:
    visiting(server).get("/robots.txt?x=1")
    assert [(r.path, r.procedure) for r in server.requests] == [("/robots.txt?x=1", None)]


@pytest.mark.parametrize(
    ("robots", "status"), [("", 200), ("User-agent: *\nDisallow: /a\n", 200), (404, 404), (503, 503)]
)
def test_robots_is_a_text_or_a_status(robots: str | int, status: int) -> None:
    with ReplicaServer(procedures(), robots=robots) as server:
        visitor = visiting(server).get("/robots.txt")
    assert visitor.status == status
    if isinstance(robots, str):
        assert visitor.text == robots


def test_the_instructions_page_leads_to_the_booking(server: ReplicaServer) -> None:
    visitor = visiting(server).get(server.instructions_address("2458"))
    assert "exclusivement sur rendez-vous" in visitor.text
    assert "public_link_organisation_id=2458" in visitor.text
    assert visiting(server).get("/instructions/999").status == 404
    with ReplicaServer(procedures(), instructions=False) as silent:
        assert visiting(silent).get("/instructions/2458").status == 404


def test_the_entry_addresses_are_the_recorded_ones(server: ReplicaServer) -> None:
    paths = [server.address(key).removeprefix(server.url) for key in IDS.values()]
    assert paths == [
        "/booking/create/4963",
        "/rdvpref/reservation/demarche/11800/",
        (
            "/prendre_rdv?departement=94&motif_name_with_location_type=titre-de-sejour-public_office"
            "&public_link_organisation_id=2458"
        ),
        "/eAppointmentpref94/element/jsp/specific/pref94.jsp",
        "/page/mairie",
    ]
    with pytest.raises(KeyError, match="0000"):
        server.address("0000")


def test_other_methods_are_refused_and_logged(server: ReplicaServer) -> None:
    assert visiting(server).ask("PUT", server.address("4963")).status == 405
    assert [r.method for r in server.requests] == ["PUT"]


def test_a_head_request_has_no_body_and_keeps_the_connection(server: ReplicaServer) -> None:
    visitor = visiting(server).ask("HEAD", server.address("4963"))
    assert (visitor.status, visitor.text) == (200, "")
    assert visitor.get("/robots.txt").status == 200


def test_a_taken_port_is_an_error(server: ReplicaServer) -> None:
    with pytest.raises(OSError, match="in use"), ReplicaServer(procedures(), port=server.port):
        pass


def test_a_server_that_was_not_started_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="has not been started"):
        ReplicaServer(procedures()).address("4963")


def send(server: ReplicaServer, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=1) as connection:
        connection.sendall(raw)
        return connection.recv(65536)


def test_a_dropped_connection_is_a_reset(server: ReplicaServer) -> None:
    server.set_pages("4963", (Page.RESET,))
    with pytest.raises(ConnectionResetError):
        visiting(server).get(server.address("4963"))


def test_a_silent_site_logs_and_never_answers(server: ReplicaServer) -> None:
    server.set_pages("4963", (Page.NEVER_ANSWERS,))
    with pytest.raises(TimeoutError):
        send(server, b"GET /booking/create/4963 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert len(server.requests) == 1


def test_an_endless_page_goes_on(server: ReplicaServer) -> None:
    server.set_pages("4963", (Page.ENDLESS,))
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
        connection.sendall(b"GET /booking/create/4963 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"Chargement en cours" in connection.recv(65536)
        assert connection.recv(64) == b".\n"


@pytest.mark.parametrize("platform", IDS)
def test_a_redirect_loop_has_no_end(server: ReplicaServer, platform: str) -> None:
    server.set_pages(IDS[platform], (Page.REDIRECT_LOOP,))
    visitor = visiting(server)
    target = server.address(IDS[platform])
    for _ in range(30):
        visitor.get(target)
        assert visitor.status == 302
        target = visitor.headers["Location"]


def test_an_answer_may_be_a_file_to_save(server: ReplicaServer) -> None:
    server.set_pages("4963", (Page.DOWNLOAD_ANSWER,))
    visitor = visiting(server).get(server.address("4963"))
    assert visitor.headers["Content-Disposition"].startswith("attachment")


def test_a_huge_page_is_huge(server: ReplicaServer) -> None:
    server.set_pages("4963", (Page.HUGE,))
    assert int(visiting(server).get(server.address("4963")).headers["Content-Length"]) > 25_000_000


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST /booking/create/4963/0 HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /booking/create/4963/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
        b"POST /booking/create/4963/0 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_bad_input_is_refused_without_a_word(
    server: ReplicaServer, capfd: pytest.CaptureFixture[str], raw: bytes
) -> None:
    assert b"4" in send(server, raw)
    assert visiting(server).get("/robots.txt").status == 200
    assert capfd.readouterr() == ("", "")


def test_a_client_that_leaves_prints_nothing(server: ReplicaServer, capfd: pytest.CaptureFixture[str]) -> None:
    server.set_pages("4963", (Page.HUGE,))
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
            connection.sendall(b"GET /booking/create/4963 HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.recv(10)
    assert visiting(server).get("/robots.txt").status == 200
    assert capfd.readouterr() == ("", "")


def test_leaving_ends_the_connections_under_way() -> None:
    with ReplicaServer(procedures()) as server:
        server.set_pages("4963", (Page.NEVER_ANSWERS,))
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        connection.sendall(b"GET /booking/create/4963 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: len(server.requests) == 1)
    with connection:
        assert connection.recv(10) == b""


def test_many_visitors_at_once_each_have_their_visit(server: ReplicaServer) -> None:
    threads = [threading.Thread(target=lambda: accept_quietly(server)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(server.requests) == 48


def accept_quietly(server: ReplicaServer) -> None:
    visitor = visiting(server).get(server.address("4963"))
    visitor.post("/booking/create/4963/0", {"condition": "on"}).follow()


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(200):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("the condition never held")
