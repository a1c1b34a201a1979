"""What click says: in French too, and in the words of the click that is installed."""

from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_dir
from click.testing import CliRunner

from cli import cli  # noqa: TID251 - the command line's own test
from temoin.click_words import PLURALS, SENTENCES
from temoin.messages import use_language


@pytest.fixture(scope="module")
def said_by_click() -> set[str | tuple[str, ...]]:
    folder = Path(click.__file__).parent
    return {message for _file, _line, message, _comments, _context in extract_from_dir(folder)}


@pytest.mark.parametrize("sentence", [*SENTENCES, *PLURALS], ids=str)
def test_click_says_it_in_these_words(said_by_click: set[str | tuple[str, ...]], sentence: str) -> None:
    assert sentence in said_by_click


@pytest.mark.parametrize(
    ("arguments", "french", "english"),
    [
        (["shw"], "La commande 'shw' n’existe pas. Peut-être 'show'\u202f?", "No such command 'shw'. Did you"),
        (["show", "--x"], "L’option '--x' n’existe pas.", "No such option '--x'."),
        (["show"], "Il manque 'SEQUENCE'.", "Missing argument 'SEQUENCE'."),
        (["show", "a"], "Valeur refusée pour 'SEQUENCE'\u00a0: 'a' n’est pas un nombre valable.", "Invalid value for"),
        (["show", "1", "2"], "Argument en trop (2)", "Got unexpected extra argument (2)"),
        (["export", "--case"], "L’option '--case' attend une valeur.", "Option '--case' requires an argument."),
        (["export", "--grouping", "x"], "'x' n’est pas l’un de 'week'", "'x' is not one of 'week'"),
    ],
)
def test_a_wrong_command_line_is_told_in_both_languages(arguments: list[str], french: str, english: str) -> None:
    for language, words in (("fr", french), ("en", english)):
        use_language(language)
        run = CliRunner().invoke(cli, ["--lang", language, *arguments])
        assert run.exit_code == 2
        assert words in run.output.replace("\n", " ")


def test_help_is_in_one_language() -> None:
    use_language("fr")
    words = CliRunner().invoke(cli, ["--lang", "fr", "export", "--help"]).output
    assert "Utilisation\N{NO-BREAK SPACE}: " in words
    assert "Options\N{NO-BREAK SPACE}:" in words
    assert "Afficher cette aide." in words
