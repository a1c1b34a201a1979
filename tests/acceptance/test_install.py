"""A fresh clone builds one wheel, and the wheel works where no development tool is installed."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGES = ("temoin", "capture", "scheduler", "store", "exhibits", "demo")


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a stranger gets: committed files, nothing else."""
    if shutil.which("git") is None or not (repository / ".git").exists():
        pytest.skip("not a git checkout, so there is nothing to clone")
    target = tmp_path_factory.mktemp("clone") / "temoin"
    done = run("git", "clone", "--quiet", repository, target, cwd=repository)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def wheel(clone: Path) -> Path:
    return build(clone, clone.parent / "dist")


def build(source: Path, target: Path) -> Path:
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target, cwd=source)
    assert done.returncode == 0, done.stderr
    (found,) = target.glob("*.whl")
    return found


def closure(name: str) -> dict[str, Distribution]:
    """The distribution and all that it needs to run, extras of development left out."""
    found: dict[str, Distribution] = {}
    waiting = [(name, "")]
    while waiting:
        current, extra = waiting.pop()
        key = canonicalize_name(current)
        if key in found and not extra:
            continue
        found[key] = distribution(current)
        for line in found[key].requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(needed.name, each) for each in ("", *needed.extras)]
    return found


@pytest.fixture(scope="module")
def clean_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and the packages that it asks for, and no other: linked, so no network."""
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=home,
    )
    assert done.returncode == 0, done.stderr
    (site,) = home.glob("lib/python*/site-packages") if os.name != "nt" else home.glob("Lib/site-packages")
    for name, needed in closure("temoin").items():
        if name != "temoin":
            link(needed, site)
    return python


def link(needed: Distribution, site: Path) -> None:
    for entry in {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}:
        source, target = Path(str(needed.locate_file(entry))), site / entry
        if not target.exists():
            target.symlink_to(source, target_is_directory=source.is_dir())


def test_two_builds_give_the_same_bytes(clone: Path, wheel: Path) -> None:
    again = build(clone, clone.parent / "again")
    assert again.read_bytes() == wheel.read_bytes()


def test_the_wheel_holds_every_committed_file_of_our_packages(clone: Path, wheel: Path) -> None:
    committed = run("git", "ls-files", "-z", "--", *PACKAGES, cwd=clone).stdout.split("\0")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert set(filter(None, committed)) - packed == set()


def test_each_of_our_top_level_names_belongs_to_us_alone(clean_python: Path) -> None:
    code = "import importlib.metadata, json; print(json.dumps(importlib.metadata.packages_distributions()))"
    owners = json.loads(run(clean_python, "-I", "-c", code, cwd=clean_python.parent).stdout)
    ours = {name for name, distributions in owners.items() if "temoin" in distributions}
    assert ours >= {"cli", *PACKAGES}
    assert {name: sorted(set(owners[name])) for name in ours} == {name: ["temoin"] for name in ours}


def test_every_module_can_be_imported_without_development_tools(clean_python: Path) -> None:
    code = f"""
import importlib, pkgutil
for name in {PACKAGES!r}:
    package = importlib.import_module(name)
    for found in pkgutil.walk_packages(package.__path__, name + "."):
        if ".migrations." in found.name or found.name.endswith(".__main__"):
            continue
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError:
            raise
        except ImportError as error:
            assert "only on" in str(error), error  # another system's way to photograph a window
"""
    done = run(clean_python, "-I", "-c", code, cwd=clean_python.parent)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_installed_command_explains_itself(clean_python: Path, tmp_path: Path) -> None:
    done = run(clean_python.parent / "temoin", "--lang", "en", "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: temoin [OPTIONS] COMMAND [ARGS]...")


def test_make_says_so_where_python_is_too_old(clone: Path) -> None:
    done = run("make", "--no-print-directory", "prepare", "PYTHON=", cwd=clone)
    assert done.stderr.splitlines()[0] == (
        "Témoin needs Python 3.11 or newer, and none was found. Install it, then run this again."
    )
    assert done.returncode == 2  # make's own, whatever a recipe ends with


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """No browser, no apt, and a download that fails at once."""
    return {
        "PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "browsers"),
        "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="macOS and Windows look for browsers beyond PATH")
def test_preparation_without_any_browser_says_what_to_install(repository: Path, bare_machine: dict[str, str]) -> None:
    done = run(sys.executable, repository / "tools" / "prepare.py", "browser", cwd=repository, env=bare_machine)
    assert done.returncode == 5
    assert done.stderr.endswith(
        "No usable browser was found, and none could be installed.\n"
        "Install Microsoft Edge, Google Chrome or Chromium (on Debian, as root: apt-get install chromium "
        "chromium-l10n),\nthen run the same command again.\n"
    )
