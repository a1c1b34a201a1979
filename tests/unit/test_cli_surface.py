"""What the command line promises without running anything: its commands, options and language."""

import click
import pytest

import cli as command_line  # noqa: TID251 - the command line's own test
from commands import photo as command_photo
from scheduler import photo
from temoin.messages import use_language

# DESIGN §12: these take --json.
READERS = ("plan", "list", "show", "verify", "check", "export")
BARE = ("verify", "demo")  # need no configuration


def command(name: str) -> click.Command:
    return command_line.cli.commands[name]


@pytest.mark.parametrize("name", READERS)
def test_read_commands_speak_to_programs(name: str) -> None:
    assert "--json" in {option for each in command(name).params for option in each.opts}


@pytest.mark.parametrize("name", ["capture", "run", "plan", "list", "show", "verify", "check", "export", "demo"])
def test_every_command_says_in_one_line_what_it_does(name: str) -> None:
    assert (command(name).help or "").split("\n")[0].strip()


def test_the_export_takes_what_the_design_says() -> None:
    options = {option for each in command("export").params for option in each.opts}
    assert options >= {"--case", "--out", "--file", "--from", "--to", "--grouping", "--first-number"}


def test_all_of_it_can_be_said_in_french() -> None:
    use_language("fr")
    assert command_line._no_room().message.startswith("Le disque est plein")


def test_the_answers_to_a_photograph_are_those_of_the_page() -> None:
    assert tuple(one.value for one in photo.ANSWERS) == command_photo.ANSWERS
    assert tuple(photo.answer_words()) == photo.ANSWERS
