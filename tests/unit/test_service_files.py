"""What each system is told of the service: accepted by the system's own checker or schema, whatever the paths hold."""

import os
import plistlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree  # type: ignore[import-untyped]

from scheduler.service_files import DAEMON, PAGE, Part, Service, launchd_plist, systemd_unit, task_xml

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
ODD = ("dossier d’été", 'a "b" c', "50 % $HOME ${x} %h", "back\\slash", "a&b<c>", "ordinaire")


CASES = [*((DAEMON, odd) for odd in ODD), (PAGE, ODD[0])]  # what is odd is treated alike in both


@pytest.fixture(params=CASES, ids=[f"{part.unit} {odd}" for part, odd in CASES])
def service(tmp_path: Path, request: pytest.FixtureRequest) -> Service:
    """A program that is there, in a folder of an odd name."""
    part, odd = request.param
    folder = tmp_path / odd
    folder.mkdir()
    command = (sys.executable, "-P", "-m", "cli", "--config", str(folder / "config.toml"), *part.words)
    return Service(command=command, folder=folder, part=part)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_accepts_the_unit(service: Service, tmp_path: Path) -> None:
    unit = systemd_unit(replace(service, environment=(("TEMOIN_DATA_DIR", "/a b/$c%"),)))
    assert _verified(unit, tmp_path, service.part) == ""
    assert "nonsense" in _verified(unit.replace("Type=exec", "Type=nonsense"), tmp_path, service.part)


def _verified(unit: str, folder: Path, part: Part) -> str:
    """What systemd's own checker says against it."""
    path = folder / part.unit
    path.write_text(unit, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder)},  # a session's, which no test has
    )
    return done.stderr


def test_the_words_of_a_unit_are_quoted_for_systemd(tmp_path: Path) -> None:
    odd = Service(command=("/p", 'a "b"', "50 %", "$HOME", "c\\d"), folder=tmp_path, environment=(("X", "$1 %"),))
    unit = systemd_unit(odd)
    assert 'ExecStart="/p" "a \\"b\\"" "50 %%" "$$HOME" "c\\\\d"\n' in unit
    assert 'Environment="X=$1 %%"\n' in unit
    for line in ("Restart=on-failure", "WantedBy=default.target", "ExecReload=/bin/kill -HUP $MAINPID", "UMask=0077"):
        assert f"{line}\n" in unit


def test_the_page_is_stopped_soon_and_its_end_is_no_failure(tmp_path: Path) -> None:
    unit = systemd_unit(Service(command=("/p", "serve", "--no-open"), folder=tmp_path, part=PAGE))
    for line in ("SuccessExitStatus=130", "TimeoutStopSec=30", "Restart=on-failure", "UMask=0077"):
        assert f"{line}\n" in unit
    assert "ExecReload" not in unit  # the signal would end it
    assert "SuccessExitStatus" not in systemd_unit(Service(command=("/p", "run"), folder=tmp_path))


def test_the_agent_is_a_property_list_that_says_what_it_should(service: Service) -> None:
    data = launchd_plist(replace(service, environment=(("TEMOIN_DATA_DIR", "/a&b"),)))
    with (SCHEMAS / "plist.dtd").open("rb") as file:
        etree.DTD(file).assertValid(etree.fromstring(data, etree.XMLParser(load_dtd=False, no_network=True)))
    agent = plistlib.loads(data)
    assert (agent["Label"], agent["ExitTimeOut"]) == (service.part.label, service.part.stop_seconds)
    assert tuple(agent["ProgramArguments"]) == service.command
    assert agent["EnvironmentVariables"] == {"TEMOIN_DATA_DIR": "/a&b"}
    assert (agent["RunAtLoad"], agent["KeepAlive"]) == (True, {"SuccessfulExit": False})


def test_the_task_keeps_to_its_schema(service: Service) -> None:
    task = etree.fromstring(task_xml(service, user="POSTE\\personne").decode("utf-16").split("\n", 1)[1].encode())
    etree.XMLSchema(etree.parse(SCHEMAS / "task.xsd")).assertValid(task)
    names = {"t": task.nsmap[None] or ""}
    assert task.xpath("string(//t:Exec/t:Command)", namespaces=names) == service.command[0]
    assert task.xpath("string(//t:Exec/t:WorkingDirectory)", namespaces=names) == str(service.folder)
    assert task.xpath("string(//t:Exec/t:Arguments)", namespaces=names) == subprocess.list2cmdline(service.command[1:])
    assert task.xpath("string(//t:RestartOnFailure/t:Interval)", namespaces=names) == "PT1M"


def test_a_schema_that_is_not_kept_is_noticed(tmp_path: Path) -> None:
    text = task_xml(Service(command=("temoin",), folder=tmp_path), user="p").decode("utf-16").split("\n", 1)[1]
    for wrong in (
        text.replace("PT1M", "PT1S"),
        text.replace("InteractiveToken", "Anybody"),
        text.replace("255", "256"),
    ):
        assert wrong != text
        assert not etree.XMLSchema(etree.parse(SCHEMAS / "task.xsd")).validate(etree.fromstring(wrong.encode()))


def test_a_task_passes_no_variables_on(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no variables"):
        task_xml(Service(command=("temoin",), folder=tmp_path, environment=(("A", "b"),)), user="p")
