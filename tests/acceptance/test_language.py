"""The installed command and the daemon's worker speak the language of whoever started them."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.children import ChildTask, spawn_worker
from temoin.messages import use_language

TEMOIN = Path(sys.executable).with_name("temoin")
FRENCH = "Préparer le dossier de pièces."
ENGLISH = "Make the file for the court"


def speak(*arguments: str, locale: str | None) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if name != "LANG" and not name.startswith("LC_")}
    environment = plain if locale is None else plain | {"LANG": locale}
    command = [str(TEMOIN), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "locale", "expected"),
    [
        ((), None, FRENCH),
        ((), "C", FRENCH),
        ((), "fr_FR.UTF-8", FRENCH),
        ((), "en_US.UTF-8", ENGLISH),
        (("--lang", "en"), "fr_FR.UTF-8", ENGLISH),
        (("--lang", "fr"), "en_US.UTF-8", FRENCH),
    ],
)
def test_help_is_in_the_language_asked_for_else_in_the_locales(
    arguments: tuple[str, ...], locale: str | None, expected: str
) -> None:
    done = speak(*arguments, "--help", locale=locale)
    assert done.returncode == 0
    assert expected in done.stdout


def test_a_command_explains_its_options_in_french() -> None:
    assert "Où mettre le dossier de pièces." in speak("export", "--help", locale=None).stdout


def test_an_error_and_its_remedy_are_in_french(tmp_path: Path) -> None:
    done = speak("--config", str(tmp_path / "absent.toml"), "list", locale=None)
    assert done.returncode == 3
    assert done.stderr.startswith("Il n’y a pas de fichier de configuration ")
    assert "\nLancez «\u00a0temoin init\u00a0», " in done.stderr


@pytest.mark.parametrize(
    ("language", "expected"),
    [("fr", "Il n’y a pas de fichier de configuration "), ("en", "There is no configuration file ")],
)
def test_a_worker_speaks_the_language_of_the_daemon_that_started_it(
    language: str, expected: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    use_language(language)
    due = datetime(2026, 9, 14, 7, tzinfo=UTC)
    task = ChildTask(config=tmp_path / "absent.toml", procedure="essai", due=due, patient_until=due)
    child = spawn_worker(task)
    assert child.wait(timeout=60) == 3
    assert capfd.readouterr().err.startswith(expected)
