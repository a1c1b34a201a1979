"""What surrounds a visit: the words of the record, the address that is asked for, and what the note of method says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from capture.surroundings import NO_EXTENSIONS, NO_PROXY, os_patch, proxy_state
from exhibits.facts import AttemptFacts, read_attempt
from exhibits.machine import BEYOND, machine_words
from scheduler.public_address import ask_public_address
from scheduler.robots import RobotsAnswer
from temoin.canonical import canonical_bytes
from temoin.records import Mode
from tests.exhibit_case import URL, Try, build_record_of

AT = datetime(2026, 9, 14, 8, tzinfo=UTC)
EMPTY = {"cookies": 0, "history": 0, "storage_bytes": 0, "service_worker_bytes": 0}
NO_EXTENSION = {"disabled": True, "listed": 0, "running": 0}
WHOLE: dict[str, Any] = {"os_patch": "Debian 13", "extensions": NO_EXTENSION, "fresh": EMPTY, "proxy": "none"}


def visited(number: int, mode: Mode = Mode.UNATTENDED, **environment: Any) -> AttemptFacts:
    _visit, record = build_record_of(Try(at=AT + timedelta(days=number), mode=mode))
    http = {
        "status": 200,
        "date_header": None,
        "date_offset_ms": None,
        "server_address": "192.0.2.7",
        "tls": {"issuer": "R11", "subject": "www.example.org", "fingerprint": "0" * 64},
    }
    navigation = [{"at": record["at"], "method": "GET", "status": 200, "url": URL}]
    told = {**record, "environment": {**record["environment"], **environment}, "http": http, "navigation": navigation}
    return read_attempt(number, canonical_bytes(told))


@pytest.mark.parametrize(
    ("arguments", "system", "word"),
    [
        ((NO_PROXY,), {"https": "http://user:secret@proxy.example:3128"}, "none"),
        ((NO_EXTENSIONS,), {"https": "http://user:secret@proxy.example:3128"}, "set"),
        ((), {"no": "localhost"}, "system"),
        ((), {"http": ""}, "system"),
        ((), {}, "system"),
    ],
)
def test_a_proxy_is_told_by_one_of_three_words_and_never_by_its_address(
    arguments: tuple[str, ...], system: dict[str, str], word: str
) -> None:
    assert proxy_state(arguments, system) == word


def test_the_patch_level_is_one_line_of_the_system() -> None:
    found = os_patch()
    assert found is None or (found.isprintable() and 0 < len(found) <= 120)


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (RobotsAnswer(status=200, body=b"9.9.9.9\n"), "9.9.9.9"),
        (RobotsAnswer(status=200, body=b"2620:fe::fe"), "2620:fe::fe"),
        (RobotsAnswer(status=200, body=b"2620:fe::fe%my-host"), "2620:fe::fe"),
        (RobotsAnswer(status=200, body=b"192.168.1.12"), None),
        (RobotsAnswer(status=200, body=b"127.0.0.1"), None),
        (RobotsAnswer(status=200, body=b"<html>9.9.9.9</html>"), None),
        (RobotsAnswer(status=200, body=b"9.9.9.9" + b" " * 200), None),
        (RobotsAnswer(status=200, body=b"\xff"), None),
        (RobotsAnswer(status=503, body=b"9.9.9.9"), None),
        (RobotsAnswer(status=None, failure="timeout"), None),
    ],
)
def test_only_a_public_address_that_a_service_told_is_kept(answer: RobotsAnswer, address: str | None) -> None:
    asked: list[str] = []

    def fetch(url: str) -> RobotsAnswer:
        asked.append(url)
        return answer

    found = ask_public_address("https://ip.example/plain", fetch=fetch)
    assert found == (None if address is None else {"address": address, "source": "ip.example"})
    assert asked == ["https://ip.example/plain"]


def test_the_note_says_what_is_the_same_for_all_visits() -> None:
    words = machine_words([visited(1, **WHOLE), visited(2, **WHOLE)])
    told = "\n".join(words)
    assert "Version du système, avec ses correctifs : Debian 13." in told
    assert "aucun cookie, aucune page d'historique, aucune donnée gardée pour le site" in told
    assert "pour les 2 visites. Le cache" in told
    assert "n'en montrait aucune en marche, pour les 2 visites." in told
    assert "l'option qui écarte tout serveur mandataire (proxy) (les 2 visites)." in told
    assert "l'adresse de la démarche elle-même, sans moteur de recherche, pour les 2 visites." in told
    assert "telle que le navigateur l'a vue : 192.0.2.7." in told
    assert "www.example.org, délivré par R11. Son empreinte est dans les enregistrements (les 2 visites)." in told
    assert "L'adresse publique du poste n'a pas été relevée : la personne ne l'a pas demandé." in told
    assert words[-1] == BEYOND


def test_the_note_counts_what_was_not_measured_or_not_empty_apart() -> None:
    unclean = {**WHOLE, "fresh": {**EMPTY, "cookies": 2}, "extensions": {**NO_EXTENSION, "running": 1}}
    unknown = {**WHOLE, "fresh": {**EMPTY, "storage_bytes": None}, "proxy": "set"}
    words = "\n".join(machine_words([visited(1, **WHOLE), visited(2, **unclean), visited(3, **unknown), visited(4)]))
    assert "pour 1 visite sur 4. Le cache" in words
    assert "Pour 2 visites sur 4, cette mesure n'est pas complète ou n'est pas nulle" in words
    assert "Le contenu de la session n'a pas été mesuré pour 1 visite sur 4." in words
    assert "Extensions : leur absence n'est pas établie pour 1 visite sur 4." in words
    assert "un serveur mandataire (proxy) était réglé sur l'ordinateur" in words


def test_the_note_says_who_told_the_public_address() -> None:
    told = {"address": "9.9.9.9", "source": "ip.example"}
    words = "\n".join(machine_words([visited(1, public_address=told), visited(2, public_address=None)]))
    assert "demandée à un service tiers après la visite : 9.9.9.9 selon ip.example (1 visite sur 2)." in words
    assert "n'a pas été relevée" not in words


def test_a_record_made_before_these_measures_is_read_and_its_photographs_measure_nothing() -> None:
    before = "\n".join(machine_words([visited(1)]))
    assert "Le contenu de la session n'a pas été mesuré pour la seule visite." in before
    assert "Extensions" not in before
    photographed = "\n".join(machine_words([visited(1, Mode.PHOTO)]))
    assert "mesuré" not in photographed
    assert BEYOND not in photographed
