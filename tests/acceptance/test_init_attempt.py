"""The end of ``temoin init``: a first attempt on a replica, and what the person says of its picture."""

import os
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from tests.acceptance.command import ID, Person

if os.name == "nt":
    pytest.skip("pseudo-terminals are POSIX", allow_module_level=True)

from tests.acceptance.terminal import Terminal

ANSWERED = ("--warning-read", "--prefecture", "Préfecture de l’Exemple", "--label", "Dépôt", "--platform", "ezbooking")
SENTENCE = "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous"
QUIET = ("--conditions", "silent", "--notify", "none", "--hours", "8-20", "--mode", "unattended", "--kind", "renewal")


@pytest.fixture
def several() -> Iterator[ReplicaServer]:
    """A page that asks what one wants to do."""
    counters = (("12", "Guichet 1 - Renouvellement"), ("14", "Guichet 2 - Autre"))
    procedure = Procedure(platform="ezbooking", id=ID, pages=(Page.NO_SLOT,), plannings=counters)
    with ReplicaServer([procedure]) as server:
        yield server


def procedure_of(person: Person) -> Any:
    (procedure,) = tomllib.loads(person.config.read_text(encoding="utf-8"))["procedures"]
    return procedure


def pictures_of(person: Person) -> list[str]:
    return sorted(each.name for each in person.folder.glob("*.png"))


def test_the_whole_dialogue_ends_with_an_attempt_that_the_person_confirms(person: Person, site: ReplicaServer) -> None:
    with Terminal(person, "init", lang="fr") as terminal:
        terminal.answer("Avez-vous lu ceci", "o")
        terminal.answer("Nom de la préfecture", "Préfecture de l’Exemple")
        terminal.answer("Objet du rendez-vous", "Dépôt")
        terminal.answer("Adresse", site.address(ID))
        terminal.answer("Lequel imite-t-il", "1")
        terminal.answer("Page de la préfecture", "")
        terminal.answer("Que disent-elles des programmes", "1")
        terminal.answer("COMMENT.", "")
        terminal.answer("Vos choix", "")
        terminal.answer("MESSAGES.", "3")
        terminal.answer("Quand pouvez-vous regarder", "18h-22h")
        terminal.answer("VOTRE DEMANDE.", "2")
        terminal.wait_for("✓ Écrit")
        terminal.answer("La faire maintenant", "")
        terminal.wait_for("aucun rendez-vous libre")
        terminal.wait_for("Les conditions rencontrées par la visite sont photographiées et gardées")
        terminal.wait_for("Un seul rendez-vous est accordé par personne.")
        terminal.wait_for(SENTENCE)
        terminal.answer("Est-ce la bonne page, et la bonne phrase", "oui")
        terminal.wait_for("✓ Noté dans")
        assert terminal.end() == 0
    assert isinstance(procedure_of(person)["confirmed"], date)
    (attempt,) = person.attempts()
    assert attempt["outcome"] == "no_slot"
    assert pictures_of(person) == [f"exemple-depot-{attempt['sequence']}.png"]
    (case,) = person.run("case", "list", "--json").json
    assert (case["kind"], case["procedures"]) == ("first_application", ["exemple-depot"])
    person.verify()


def test_a_picture_that_is_not_right_is_not_confirmed(person: Person, site: ReplicaServer) -> None:
    options = (*ANSWERED, *QUIET, "--url", site.address(ID), "--attempt")
    with Terminal(person, "init", *options, lang="en") as terminal:
        terminal.answer("Page of the préfecture", "")
        terminal.answer("Your choices", "")
        terminal.answer("Is it the right page, and the right sentence?", "n")
        terminal.wait_for("Then compare the address with that of your browser")
        assert terminal.end() == 0
    assert "confirmed" not in procedure_of(person)


def test_choices_that_the_page_offers_are_asked_for_after_the_visit(person: Person, several: ReplicaServer) -> None:
    options = (*ANSWERED, *QUIET, "--url", several.address(ID), "--attempt")
    with Terminal(person, "init", *options, lang="en") as terminal:
        terminal.answer("Page of the préfecture", "")
        terminal.answer("Your choices", "")
        terminal.wait_for("Guichet 2 - Autre →")
        terminal.answer("Which are yours?", "3")
        terminal.answer("These are no numbers of the list.", "1")
        terminal.answer("Is it the right page, and the right sentence?", "y")
        assert terminal.end() == 0
    assert procedure_of(person)["choices"] == ["Guichet 1 - Renouvellement"]


def test_options_alone_end_with_an_attempt_and_ask_nothing(person: Person, site: ReplicaServer) -> None:
    done = person.run("init", *ANSWERED, *QUIET, "--url", site.address(ID))
    assert done.code == 0, done
    assert "no appointment free" in done.out
    assert [attempt["outcome"] for attempt in person.attempts()] == ["no_slot"]
    assert "confirmed" not in procedure_of(person)
    assert pictures_of(person) == []


def test_a_site_that_refuses_programs_is_not_visited_and_the_file_stays(person: Person) -> None:
    procedure = Procedure(platform="ezbooking", id=ID, pages=(Page.NO_SLOT,))
    with ReplicaServer([procedure], robots="User-agent: *\nDisallow: /\n") as server:
        done = person.run("init", *ANSWERED, *QUIET, "--url", server.address(ID))
        assert [request.path for request in server.requests] == ["/robots.txt"]
    assert done.code == 0, done
    assert "does not let programs visit this page" in done.out
    assert procedure_of(person)["id"] == "exemple-depot"
