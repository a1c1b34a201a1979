"""``temoin init`` at a terminal, up to the file that it writes; no site is visited here."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from temoin.records import Automation, Mode
from temoin.settings import Procedure, Settings, load_settings
from tests.acceptance.command import Person, assert_told

if os.name == "nt":
    pytest.skip("pseudo-terminals are POSIX", allow_module_level=True)

from tests.acceptance.terminal import Terminal

EZBOOKING = "https://www.val-de-marne.gouv.fr/booking/create/4963"
CAPTCHA = "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/1234/"
OPTIONS = ("--warning-read", "--prefecture", "Préfecture de l’Exemple", "--label", "Dépôt", "--url", EZBOOKING)
ANSWERED = (*OPTIONS, "--conditions", "silent", "--notify", "none", "--hours", "18h-21h", "--no-attempt")


def written(person: Person) -> Settings:
    return load_settings(person.config)


def procedure_of(person: Person) -> Procedure:
    (procedure,) = written(person).procedures
    return procedure


def files_of(person: Person) -> list[str]:
    return sorted(each.name for each in person.folder.iterdir())


def test_a_refusal_of_messages_asks_for_the_hours_when_the_person_can_look(person: Person) -> None:
    with Terminal(person, "init", lang="en") as terminal:
        terminal.answer("have the case checked by an association or a lawyer")
        terminal.answer("Have you read this?", "perhaps", "y")
        terminal.wait_for("Type y for yes or n for no, then Enter.")
        terminal.answer("Name of the préfecture", "Préfecture de l’Exemple")
        terminal.answer("What the appointment is for", 'Dépôt "urgent" \\ 2')
        terminal.answer("Address: ", "val-de-marne.gouv.fr")
        terminal.answer("The address must begin with http:// or https://.", "https://marie:secret@www.exemple.invalid/")
        terminal.answer("must not hold a user name or password", f"<{EZBOOKING}#haut>")
        terminal.answer("✓ Site recognised: ezbooking.")
        terminal.answer("Page of the préfecture", "")
        terminal.answer("4. I have not read them yet", "4")
        terminal.wait_for("Témoin visits nothing before you have read them.")
        terminal.answer("HOW. Who looks at the page?", "1")
        terminal.answer("Your choices", "Guichet 1; Guichet 2")
        terminal.answer("3. not at all: I refuse to be told", "3")
        terminal.answer("When can you look?", "soon")
        terminal.answer("“soon” is no window such as 07:00-22:30", "18h-19h")
        terminal.answer("60 minutes in all are too short for 2 attempts 60 minutes apart", "12h-14h, 18h-22h")
        terminal.answer("YOUR REQUEST.", "6")
        terminal.wait_for("✓ Written: config.toml")
        terminal.wait_for("First read the site’s conditions")
        assert terminal.end() == 0
    settings, procedure = written(person), procedure_of(person)
    assert (settings.notify.refused, settings.notify.desktop) == (True, False)
    assert procedure.label == 'Dépôt "urgent" \\ 2'
    assert procedure.url == EZBOOKING
    assert procedure.choices == ("Guichet 1", "Guichet 2")
    assert procedure.windows == ("12:00-14:00", "18:00-22:00")
    assert procedure.terms_read is None
    assert stat.S_IMODE(person.config.stat().st_mode) == 0o600
    assert files_of(person) == ["config.toml"]


def test_conditions_that_forbid_programs_leave_the_person_at_the_window(person: Person) -> None:
    with Terminal(person, "init", *ANSWERED[:7], "--notify", "none", "--hours", "8-20", lang="fr") as terminal:
        terminal.answer("Page de la préfecture", "")
        terminal.answer("3. les programmes sont interdits", "3")
        terminal.wait_for("Alors Témoin ne visite jamais ce site seul.")
        terminal.answer("1. avec vous", "")
        terminal.answer("Vos choix", "")
        terminal.answer("VOTRE DEMANDE.", "1")
        terminal.wait_for("Pour une première tentative, devant un écran\u00a0: temoin capture")
        assert terminal.end() == 0
    procedure = procedure_of(person)
    assert (procedure.automation, procedure.mode) == (Automation.FORBIDDEN, Mode.ASSISTED)
    assert "# Les heures où les tentatives peuvent tomber." in person.config.read_text(encoding="utf-8")
    (case,) = person.run("case", "list", "--json").json
    assert case["kind"] == "renewal"


def test_an_unknown_site_needs_the_exact_sentence_or_the_persons_own_browser(person: Person) -> None:
    unknown = ("--url", "https://rendez-vous.exemple.invalid/page", *ANSWERED[7:])
    with Terminal(person, "init", *ANSWERED[:5], *unknown, lang="fr") as terminal:
        terminal.wait_for("Témoin ne connaît pas ce site.")
        terminal.answer("Comment voit-on la réponse", "1")
        terminal.answer("Phrase", "Aucun « rendez-vous » n'est libre.")
        terminal.answer("Page de la préfecture", "https://www.exemple.invalid/info")
        terminal.answer("COMMENT.", "1")
        terminal.answer("VOTRE DEMANDE.", "")
        assert terminal.end() == 0
    procedure = procedure_of(person)
    assert (procedure.platform, procedure.no_slot_text) == ("generic", "Aucun « rendez-vous » n'est libre.")
    assert procedure.instructions_url == "https://www.exemple.invalid/info"
    by_hand = ("--platform", "photo", "--url", "https://autre.exemple.invalid/", "--add", *ANSWERED[7:])
    assert person.run("init", *ANSWERED[:5], *by_hand).code == 0
    assert written(person).procedures[1].mode is Mode.PHOTO


def test_a_stop_leaves_nothing_behind(person: Person) -> None:
    with Terminal(person, "init", lang="fr") as terminal:
        terminal.answer("Avez-vous lu ceci", "o")
        terminal.answer("Nom de la préfecture", "Préfecture de l’Exemple")
        terminal.wait_for("Objet du rendez-vous")
        terminal.interrupt("Rien n’a été écrit.")
        assert terminal.end() == 130
    assert files_of(person) == []


def test_a_warning_that_was_not_read_ends_it(person: Person) -> None:
    with Terminal(person, "init", lang="en") as terminal:
        terminal.answer("Have you read this?", "n")
        terminal.wait_for("Nothing was written.")
        assert terminal.end() == 2
    assert files_of(person) == []


MINE = "# mine, with my comments\n[station]\noperator = 'association'   # why\n"


@pytest.mark.parametrize("answer", ["y", "n"])
def test_a_file_that_is_there_is_added_to_when_the_person_wants_it(person: Person, answer: str) -> None:
    person.config.write_text(MINE, encoding="utf-8")
    with Terminal(person, "init", *ANSWERED, "--mode", "unattended", lang="en") as terminal:
        terminal.answer("Add a démarche to it?", answer)
        if answer == "y":
            terminal.answer("Page of the préfecture", "")
            terminal.answer("Your choices", "")
        terminal.wait_for("✓ Written" if answer == "y" else "Nothing was changed.")
        assert terminal.end() == 0
    text = person.config.read_text(encoding="utf-8")
    assert text.startswith(MINE)
    assert (text == MINE) is (answer == "n")
    if answer == "y":
        assert procedure_of(person).id == "exemple-depot"
        assert not written(person).notify.refused


def test_a_file_that_cannot_be_used_is_told_before_anything_is_asked(person: Person) -> None:
    person.config.write_text("[station]\nnam = 'x'\n", encoding="utf-8")
    done = person.run("init", *ANSWERED)
    assert_told(done, 3, "config.toml, station.nam: unknown setting", "Change this in config.toml")


@pytest.mark.parametrize("missing", range(6))
def test_without_a_terminal_each_answer_that_is_needed_is_named(person: Person, missing: int) -> None:
    starts = (0, 1, 3, 5, 7, 9)
    names = ("--warning-read", "--prefecture", "--label", "--url", "--conditions", "--notify")
    left_out = range(starts[missing], starts[missing] + (1 if missing == 0 else 2))
    given = [option for place, option in enumerate(ANSWERED) if place not in left_out]
    done = person.run("init", *given)
    assert_told(
        done, 2, f"Nobody is at the terminal to answer, and {names[missing]} was not given.", f"Give {names[missing]},"
    )
    assert files_of(person) == []


@pytest.mark.parametrize(
    ("more", "sentence", "remedy"),
    [
        (("--conditions", "forbidden", "--mode", "unattended"), "“unattended” is not possible here", "Possible: ass"),
        (
            ("--url", "https://www.rdv-prefecture.interieur.gouv.fr/"),
            "not that of a démarche on rdv-pref",
            "looks like",
        ),
        (("--url", "https://exemple.invalid/", "--platform", "ezbooking"), "“ezbooking” is not possible", "generic"),
        (("--platform", "generic"), "“generic” contradicts the address", "Leave platform out"),
        (("--hours", "22-7"), "These hours cannot be used", "around midnight"),
        (("--id", "Créteil"), "The id must be 1 to 60 characters", ""),
        (("--timezone", "Europe/Pari"), "did you mean “Europe/Paris”?", "IANA"),
        (("--notify", "marie@exemple.invalid"), "An e-mail address alone is not enough", "mailtos://"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_and_nothing_is_written(
    person: Person, more: tuple[str, ...], sentence: str, remedy: str
) -> None:
    done = person.run("init", *ANSWERED, *more)
    assert done.code == 2, done
    assert sentence in done.err
    assert remedy in done.err
    assert "Traceback" not in done.err
    assert files_of(person) == []


def test_options_alone_write_a_file_and_never_over_another(person: Person) -> None:
    assert person.run("init", *ANSWERED).code == 0
    first = person.config.read_bytes()
    assert_told(person.run("init", *ANSWERED), 2, "There is a file ", "Give --add to add the démarche to it")
    assert person.config.read_bytes() == first
    assert_told(person.run("init", *ANSWERED, "--add"), 2, "followed already, as “exemple-depot”", "Change that")
    done = person.run("init", *ANSWERED, "--add", "--url", CAPTCHA)
    assert done.code == 0, done
    assert person.config.read_bytes().startswith(first)
    modes = [(procedure.id, procedure.mode) for procedure in written(person).procedures]
    assert modes == [("exemple-depot", Mode.UNATTENDED), ("exemple-depot-2", Mode.ASSISTED)]


def test_a_channel_is_tried_before_it_is_kept(person: Person, make_person: Callable[..., Person]) -> None:
    bin_folder = person.folder / "bin"
    bin_folder.mkdir()
    program = bin_folder / "notify-send"
    program.write_text('#!/bin/sh\necho "$@" > "$HOME/told"\n', encoding="utf-8")
    program.chmod(0o755)
    reached = make_person(person.folder, PATH=f"{bin_folder}:{os.environ['PATH']}", HOME=str(person.folder))
    with Terminal(reached, "init", *OPTIONS, "--conditions", "unread", "--hours", "8-20", lang="fr") as terminal:
        terminal.answer("Page de la préfecture", "")
        terminal.answer("COMMENT.", "")
        terminal.answer("Vos choix", "")
        terminal.answer("MESSAGES.", "1")
        terminal.answer("Le message d’essai est-il arrivé", "n")
        terminal.answer("MESSAGES.", "2")
        terminal.answer("Adresse (par exemple", "marie@exemple.invalid")
        terminal.answer("Une adresse de courriel seule ne suffit pas", "json://127.0.0.1:9/")
        terminal.wait_for("✗ Le message d’essai n’est pas parti")
        terminal.answer("Garder quand même ce moyen", "n")
        terminal.answer("MESSAGES.", "")
        terminal.answer("Le message d’essai est-il arrivé", "")
        terminal.answer("VOTRE DEMANDE.", "")
        assert terminal.end() == 0
    assert "Témoin" in Path(person.folder, "told").read_text(encoding="utf-8")
    assert (written(person).notify.desktop, written(person).notify.urls) == (True, ())
