"""Documents that promise something of the code are held against it."""

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from temoin.settings import (
    Authority,
    Browser,
    ClockServers,
    Coverage,
    Notify,
    Politeness,
    Procedure,
    Settings,
    Station,
    Timestamp,
    load_settings,
)

TABLES: dict[str, type[BaseModel]] = {
    "station": Station,
    "browser": Browser,
    "politeness": Politeness,
    "clock": ClockServers,
    "notify": Notify,
    "coverage": Coverage,
}
SETTING = re.compile(r"(# )?(\w+ = .+|\[\[?[\w.]+\]\]?)$")


@pytest.fixture
def example(repository: Path) -> str:
    return (repository / "config.example.toml").read_text(encoding="utf-8")


def switched_on(example: str) -> str:
    """The example with its optional settings switched on."""
    return "\n".join(line.removeprefix("# ") for line in example.splitlines() if SETTING.fullmatch(line))


def test_the_example_loads_as_it_is(repository: Path) -> None:
    settings = load_settings(repository / "config.example.toml")
    assert [procedure.id for procedure in settings.procedures] == ["creteil-premiere-demande"]


def test_the_example_shows_the_defaults(repository: Path) -> None:
    settings = load_settings(repository / "config.example.toml")
    default = Settings(path=settings.path)
    assert settings.station.data_dir == repository / "evidence"
    for name in ("browser", "politeness", "clock", "notify", "coverage", "timestamp"):
        assert getattr(settings, name) == getattr(default, name)


def test_the_example_has_every_setting_and_no_other(example: str) -> None:
    data = tomllib.loads(switched_on(example))
    assert set(data) == set(Settings.model_fields) - {"path"}
    for name, model in TABLES.items():
        assert set(data[name]) == set(model.model_fields), name
    assert set(data["timestamp"]) == set(Timestamp.model_fields)
    assert set(data["timestamp"]["authorities"][0]) == set(Authority.model_fields)
    shown = {key for procedure in data["procedures"] for key in procedure}
    assert shown == set(Procedure.model_fields)


def test_the_example_loads_with_its_optional_settings_too(tmp_path: Path, example: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(switched_on(example), encoding="utf-8")
    settings = load_settings(path)
    assert [procedure.platform for procedure in settings.procedures] == ["ezbooking", "generic"]


def test_every_setting_of_the_example_is_explained(example: str) -> None:
    """But for the last procedure, which repeats settings that stand above."""
    lines = example.split("# id = ", maxsplit=1)[0].splitlines()
    settings = [number for number, line in enumerate(lines) if SETTING.fullmatch(line) and " = " in line]
    bare = [lines[number] for number in settings if not lines[number - 1].startswith("# ")]
    assert bare == []


def test_generated_documents_are_those_of_the_code(repository: Path) -> None:
    command = [sys.executable, str(repository / "tools" / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_catalogue_of_exit_codes_is_that_of_the_contract(repository: Path) -> None:
    text = (repository / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)]
    assert codes == [0, 1, 2, 3, 4, 5, 10, 11, 20, 130]


def test_no_document_or_lock_names_a_package_index(repository: Path) -> None:
    files = ("requirements.lock", "pyproject.toml", "Makefile", ".ci/run", "tools/prepare.py")
    for name in files:
        text = (repository / name).read_text(encoding="utf-8").replace("--no-emit-", "")
        assert re.findall(r"--(?:extra-)?index-url|--find-links|https?://|file://", text) == [], name


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_every_command_appears_in_the_readme(repository: Path, name: str) -> None:
    readme = repository / name
    if not (repository / "cli.py").exists() or not readme.exists() or readme.stat().st_size < 1000:
        pytest.skip("the command line or this README is not written yet")
    commands = importlib.import_module("cli").main.commands
    text = readme.read_text(encoding="utf-8")
    assert [command for command in commands if f"temoin {command}" not in text] == []
