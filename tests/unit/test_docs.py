"""Documents that promise something of the code are held against it."""

import ast
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

COMMANDS = importlib.import_module("cli").cli.commands
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


READMES = pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
PAGES = (
    "README.md",
    "README.fr.md",
    "CONTRIBUTING.md",
    "docs/README.md",
    "docs/horodatage.md",
    "docs/threat-model.md",
    "docs/adr/README.md",
    "docs/deposer.md",
    "docs/preuve.md",
    "docs/rgpd.md",
    "docs/verifier.md",
)
MAX_PICTURE_BYTES = 150_000


@READMES
def test_every_command_appears_in_the_readme(repository: Path, name: str) -> None:
    text = (repository / name).read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"temoin {command}" not in text] == []


@READMES
def test_the_readme_shows_no_command_or_option_that_does_not_exist(repository: Path, name: str) -> None:
    text = (repository / name).read_text(encoding="utf-8")
    shown = re.findall(r"(?<![/\w.-])(?:\.venv/bin/)?temoin ([a-z]+)((?: +[\w./-]+)*)", text)
    assert len(shown) > 10
    for command, rest in shown:
        assert command in COMMANDS
        found = COMMANDS[command]
        inner = re.match(r" +([a-z]+)", rest)
        if inner and hasattr(found, "commands"):  # a group: « temoin case add »
            assert inner[1] in found.commands, (command, rest)
            found = found.commands[inner[1]]
        known = {option for parameter in found.params for option in parameter.opts} | {"--help"}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, (command, rest)


def test_the_two_readmes_show_the_same_commands(repository: Path) -> None:
    english, french = ((repository / name).read_text(encoding="utf-8") for name in ("README.md", "README.fr.md"))
    folders = r"temoin export --out \w+"  # people's own folders have names in their own language
    lines = [
        re.findall(r"(?m)^(?:make|\.venv|py |python3|sh |cd |sha256sum)[^#\n]*", text) for text in (english, french)
    ]
    assert lines[0] == lines[1]
    assert len(re.findall(folders, english)) == len(re.findall(folders, french))


def test_the_french_readme_opens_with_have_your_case_checked(repository: Path) -> None:
    text = (repository / "README.fr.md").read_text(encoding="utf-8")
    opening = text.split("\n\n")[2]
    assert "faites vérifier votre dossier par une association ou un avocat" in opening
    assert "OQTF" in opening
    assert "guichet" in opening


def test_the_french_readme_keeps_its_typography(repository: Path) -> None:
    text = (repository / "README.fr.md").read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|<img[^>]*>|^\|[-:|]+\|$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r".{0,20}(?:'| [:;?!»]|« |\w[;?!]\s).{0,20}", prose) == []


@READMES
def test_pictures_stand_in_the_first_screen_of_the_readme(repository: Path, name: str) -> None:
    first = "\n".join((repository / name).read_text(encoding="utf-8").splitlines()[:30])
    assert {"docs/images/weekly-page.png", "docs/images/inventory.png"} <= set(re.findall(r'src="([^"]+)"', first))


def test_pictures_of_documents_are_small(repository: Path) -> None:
    pictures = sorted((repository / "docs" / "images").iterdir())
    shown = "".join(page.read_text(encoding="utf-8") for page in (repository / "docs").glob("*.md"))
    shown += (repository / "README.md").read_text(encoding="utf-8")
    assert [picture.name for picture in pictures if f"images/{picture.name}" not in shown] == []
    assert [picture.name for picture in pictures if picture.stat().st_size > MAX_PICTURE_BYTES] == []


def test_every_picture_of_the_page_is_one_that_the_tool_makes(repository: Path) -> None:
    tool = (repository / "tools" / "page_pictures.py").read_text(encoding="utf-8")
    listed = re.search(r"^NAMES = (\([^)]+\))", tool, re.MULTILINE)
    assert listed is not None
    shown = re.findall(r"\(images/page-([\w-]+)\.png\)", (repository / "docs" / "page.md").read_text(encoding="utf-8"))
    assert shown == list(ast.literal_eval(listed[1]))


@pytest.mark.parametrize("name", PAGES)
def test_links_of_documents_lead_somewhere(repository: Path, name: str) -> None:
    page = repository / name
    for link in re.findall(r"\]\(([^)]+)\)|src=\"([^\"]+)\"", page.read_text(encoding="utf-8")):
        if "".join(link).startswith("https://"):
            continue  # no test asks the network
        target, _, anchor = "".join(link).partition("#")
        file = (page.parent / target) if target else page
        assert file.exists(), link
        assert not anchor or anchor in _anchors(file.read_text(encoding="utf-8")), link


def _anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
