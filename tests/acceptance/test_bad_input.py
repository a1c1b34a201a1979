"""What a person can do wrong, or find missing: an exit code, one sentence, a remedy, and nothing lost."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from tests.acceptance.command import ID, TEMOIN, Person, assert_told, finish

AWAY = "http://127.0.0.1:9/booking/create/4963"  # nobody listens on the discard port

as_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk takes root, on Linux"
)


def paths(server: ReplicaServer) -> list[str]:
    return [request.path for request in server.requests]


# What config.toml says (3)


def test_without_a_configuration_file_the_way_out_is_told(person: Person) -> None:
    done = person.run("capture")
    assert_told(done, 3, "There is no configuration file config.toml.", "try “temoin demo” first")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("[browser]\nveiw = 'page'", "config.toml, browser.veiw: unknown setting; did you mean “view”?"),
        ("[browser]\nview = 'pages'", "config.toml, browser.view: must be one of auto, window, page; did you mean"),
        ("[politeness]\nattempts_per_day = '2'", "politeness.attempts_per_day: must be a whole number"),
        ("[station\n", "config.toml, line 1, column 9: not TOML"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(person: Person, line: str, sentence: str) -> None:
    person.config.write_text(line, encoding="utf-8")
    assert_told(person.run("list"), 3, sentence, "config.example.toml")


def test_a_time_zone_that_is_none_is_told_with_the_nearest(person: Person) -> None:
    person.config.write_text("[station]\ntimezone = 'Europe/Pariss'", encoding="utf-8")
    assert_told(person.run("list"), 3, "config.toml, station.timezone: ", "Europe/Paris")


@pytest.mark.parametrize("url", ["www.val-de-marne.gouv.fr/booking/create/4963", "ftp://x.example/", "http://"])
def test_an_address_that_is_none_is_refused(person: Person, url: str) -> None:
    person.configure(url)
    assert_told(person.run("capture"), 3, "config.toml, procedures[1].url: ", "")
    assert not person.evidence.exists()


def test_an_unknown_procedure_is_told_with_the_nearest_name(person: Person) -> None:
    person.configure(AWAY)
    done = person.run("capture", "esai")
    assert_told(done, 3, "config.toml has no procedure “esai”; did you mean “essai”?", "Known procedures: essai.")


def test_a_configuration_without_procedures_cannot_be_captured(person: Person) -> None:
    person.config.write_text("", encoding="utf-8")
    assert_told(person.run("capture"), 3, "The configuration names no procedure.", "Add one [[procedures]] table")


# What is asked for (2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("captur",),
        ("list", "--outcome", "nothing"),
        ("plan", "--days", "0"),
        ("show", "x"),
        ("show", "9" * 19),
        ("journal", "erase", "9" * 19),
        ("export",),
    ],
    ids=" ".join,
)
def test_a_command_that_is_none_is_usage(person: Person, arguments: tuple[str, ...]) -> None:
    person.configure(AWAY)
    done = person.run(*arguments)
    assert done.code == 2
    assert done.err.startswith("Usage: temoin")
    assert "\nError: " in done.err


def test_an_entry_that_is_not_there_is_usage(person: Person) -> None:
    person.configure(AWAY)
    assert person.run("capture").code == 0
    assert_told(person.run("show", "99"), 2, "There is no entry 99 in the register.", "“temoin list”")


def test_an_export_without_captures_makes_nothing(person: Person) -> None:
    person.configure(AWAY)
    tried = person.run("capture")
    assert tried.code == 0  # unreachable: recorded, but no proof
    assert "Look at the page in your own browser: “temoin photo " in tried.out, (
        "and the person can do what it could not"
    )
    done = person.run("export", "--out", "out")
    assert_told(done, 2, "there is nothing to export", "Wait for the first captures")
    assert files_of(person.folder / "out") == []


def test_a_case_that_is_none_is_told(person: Person) -> None:
    person.configure(AWAY)
    assert person.run("capture").code == 0
    assert_told(person.run("export", "--out", "out", "--case", "K9"), 2, "There is no case K9.", "case")


def test_a_demo_does_not_write_over_what_it_did_not_make(person: Person) -> None:
    precious = person.folder / "letters" / "letter.txt"
    precious.parent.mkdir()
    precious.write_text("mine", encoding="utf-8")
    done = person.run("demo", "--weeks", "1", "--out", "letters")
    assert_told(done, 2, "letters is not empty", "Name another folder with --out.")
    assert precious.read_text(encoding="utf-8") == "mine"


# What keeps the evidence (4)


def test_reading_where_nothing_was_kept_is_told_and_makes_nothing(person: Person) -> None:
    person.configure(AWAY)
    for command, remedy in (("list", "make a first capture"), ("verify", "give the path of a bundle")):
        assert_told(person.run(command), 4, "There is no store in", remedy)
    assert not person.evidence.exists()


def damage(folder: Path) -> None:
    with (folder / "registre.sqlite").open("r+b") as file:
        file.write(b"This is no database." * 200)


@pytest.mark.parametrize("command", ["list", "capture", "verify", "plan", "run"])
def test_a_damaged_database_is_told_and_left_as_it_is(person: Person, command: str) -> None:
    person.configure(AWAY)
    person.evidence.mkdir()
    shutil.copytree(kept_evidence(person), person.evidence, dirs_exist_ok=True)
    damage(person.evidence)
    before = files_of(person.evidence, without="daemon")
    done = person.run(command)
    if command == "verify":
        assert done.code == 10, (done.out, done.err)
        assert "✗ 1 database" in done.out
    else:
        assert_told(done, 4, "is damaged (", "Keep the whole folder as it is")
    assert files_of(person.evidence, without="daemon") == before


def kept_evidence(person: Person) -> Path:
    """A small store with one attempt, made without a browser's help."""
    code = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from store.store import Store
from temoin.records import Operator
with Store.open(Path(sys.argv[1]), now=lambda: datetime.now(UTC)) as store:
    store.ensure_station(Operator.SELF, {"temoin": "0.1.0"})
    store.ensure_case("dossier-1", "other", datetime.now(UTC))
"""
    folder = person.folder / "kept"
    done = person.run("-P", "-c", code, folder, command=(sys.executable,))
    assert done.code == 0, done.err
    return folder


def files_of(folder: Path, *, without: str = "\0") -> list[tuple[str, bytes]]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(without))
    return sorted((str(path.relative_to(folder)), path.read_bytes()) for path in found)


def test_a_second_daemon_is_refused_and_the_first_goes_on(person: Person) -> None:
    person.configure(AWAY)
    first = person.start("run")
    try:
        wait_for(person.evidence / "daemon.pid", first)
        assert_told(person.run("run"), 4, "run", "")
        assert first.poll() is None
    finally:
        first.terminate()
        done = finish(first)
    assert done.code == 0, done.err
    person.verify()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        with pytest.raises(subprocess.TimeoutExpired):  # it must not have ended instead
            process.wait(0.1)


@pytest.mark.soak  # the suite must end within a quarter of an hour
@as_root
def test_a_folder_that_cannot_be_written_is_told(person: Person, site: ReplicaServer) -> None:
    person.follow(site)
    with mounted(person.evidence, "4m") as folder:
        assert person.run("capture").code == 0
        remount(folder, "ro")
        done = person.run("capture")
        assert_told(done, 4, "cannot be written to", "set another data_dir")
        assert person.run("list").code == 0
        person.verify()
        remount(folder, "rw")
        assert person.run("capture").code == 0
        assert len(person.attempts()) == 2


# A small disk of one's own


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A disk of ``size`` at ``folder``, which nothing of the machine shares."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "small", folder], check=True, timeout=20)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True, timeout=20)


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True, timeout=20)


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def fill_up(folder: Path, *, leave: int) -> Path:
    """Someone else's file, which leaves ``leave`` bytes."""
    filler = folder / "holiday-pictures"
    filler.write_bytes(b"\0" * (free_bytes(folder) - leave))
    return filler


@as_root
@pytest.mark.parametrize(
    "leave", [pytest.param(0, id="full"), pytest.param(100_000, id="filling", marks=pytest.mark.soak)]
)
def test_a_disk_that_fills_up_keeps_what_was_recorded(person: Person, site: ReplicaServer, leave: int) -> None:
    person.follow(site)
    with mounted(person.evidence, "6m") as folder:
        assert person.run("capture").code == 0
        filler = fill_up(folder, leave=leave)
        assert_told(person.run("capture"), 4, "The disk is full", "Free some space, then try again.")
        person.verify()
        filler.unlink()
        assert person.run("capture").code == 0
        person.verify()
        assert [row["outcome"] for row in person.attempts()] == ["no_slot", "no_slot"]


@as_root
def test_an_export_that_finds_no_room_leaves_no_half_bundle(person: Person, site: ReplicaServer) -> None:
    person.follow(site)
    assert person.run("capture").code == 0
    with mounted(person.folder / "out", "300k") as out:
        done = person.run("export", "--out", out)
        assert_told(done, 4, "The bundle could not be written in", "Free some disk space")
        assert files_of(out) == []
    assert person.run("export", "--out", "elsewhere").code == 0


@pytest.mark.soak  # the suite must end within a quarter of an hour
@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_file_that_may_not_grow_is_told_as_a_full_disk(person: Person, site: ReplicaServer) -> None:
    person.follow(site)
    assert person.run("capture").code == 0

    def small_files() -> None:
        import resource  # noqa: PLC0415
        import signal  # noqa: PLC0415

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = person.run("export", "--out", "out", preexec=small_files)
    assert_told(done, 4, "The bundle could not be written in", "Free some disk space")
    assert files_of(person.folder / "out") == []
    person.verify()


@pytest.mark.skipif(sys.platform != "linux", reason="the device that is always full is Linux's")
def test_output_that_finds_no_room_is_told(person: Person) -> None:
    person.configure(AWAY)
    assert person.run("capture").code == 0
    for command in (("list",), ("list", "--json"), ("verify",)):
        done = person.run("-c", '"$@" > /dev/full', "sh", TEMOIN, "--lang", "en", *command, command=("sh",))
        assert_told(done, 4, "The disk is full: there is no room for the output", "Free some space, then try again.")


@as_root
def test_a_demo_that_cannot_write_is_told(person: Person) -> None:
    with mounted(person.folder / "out", "64k") as out:
        remount(out, "ro")
        assert_told(person.run("demo", "--out", out), 4, "cannot be written: ", "Name another folder with --out.")


def test_an_export_where_nothing_can_be_made_is_told(person: Person, site: ReplicaServer) -> None:
    person.follow(site)
    assert person.run("capture").code == 0
    (person.folder / "taken").write_text("a file, not a folder", encoding="utf-8")
    done = person.run("export", "--out", "taken")
    assert_told(done, 4, "The bundle could not be written in", "choose another folder with --out")


# What looks at the site (5)


def test_a_browser_that_is_not_there_is_told(person: Person, site: ReplicaServer) -> None:
    person.follow(site, executable="/nowhere/chromium")
    done = person.run("capture")
    assert_told(done, 5, "is not there: /nowhere/chromium", "Correct executable in [browser]")
    assert paths(site) == []


def test_a_program_that_is_no_browser_is_told(person: Person, site: ReplicaServer) -> None:
    person.follow(site, executable="/bin/true")
    done = person.run("capture")
    assert_told(done, 5, "The browser true does not start", "Start it by hand once")
    assert paths(site) == []
    person.verify()


def test_a_machine_without_any_browser_is_told(person: Person, site: ReplicaServer) -> None:
    person.follow(site)
    done = person.run("capture", PATH="/nowhere", PLAYWRIGHT_BROWSERS_PATH="/nowhere", HOME=str(person.folder))
    assert_told(done, 5, "No browser was found", "Install one of them")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a desktop")
def test_an_assisted_try_without_a_screen_is_told(person: Person, site: ReplicaServer) -> None:
    person.follow(site)
    done = person.run("capture", "--assist", DISPLAY=None, WAYLAND_DISPLAY=None)
    assert done.code == 5, (done.out, done.err)
    assert done.err.splitlines() == [
        "There is no screen on which a person could drive the browser.",
        "Run this from a desktop session, or set DISPLAY.",
    ]
    assert paths(site) == []


@pytest.fixture
def without_xvfb(tmp_path: Path) -> str:
    """A PATH of the usual programs, Xvfb left out."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for directory in os.environ["PATH"].split(os.pathsep):
        for program in Path(directory).glob("*"):
            if program.name != "Xvfb" and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    return str(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="private displays are Linux's")
def test_a_window_that_cannot_be_photographed_is_told(person: Person, site: ReplicaServer, without_xvfb: str) -> None:
    person.follow(site, view="window")
    done = person.run("capture", PATH=without_xvfb)
    assert_told(done, 5, "Xvfb is not installed", 'set view = "page"')
    assert paths(site) == []


@pytest.mark.skipif(sys.platform != "linux", reason="private displays are Linux's")
def test_without_a_window_the_page_is_photographed_and_the_record_says_so(
    person: Person, site: ReplicaServer, without_xvfb: str
) -> None:
    person.follow(site, view="auto")
    assert person.run("capture", PATH=without_xvfb).code == 0
    (row,) = person.attempts()
    record = person.run("show", str(row["sequence"]), "--json").json["record"]
    assert record["environment"]["view"] == "page"
    assert "window" not in {artefact["role"] for artefact in row["artefacts"]}
    assert "page" in {artefact["role"] for artefact in row["artefacts"]}


# Nothing attempted: 20


def test_conditions_that_were_not_read_keep_the_site_from_any_request(person: Person, site: ReplicaServer) -> None:
    person.follow(site, terms="")
    done = person.run("capture")
    assert_told(done, 20, "The site’s conditions have not been read for “essai”.", "write terms_read =")
    assert paths(site) == []


@pytest.mark.parametrize("robots", ["User-agent: *\nDisallow: /booking\n", 503])
def test_robots_that_say_no_are_all_that_is_asked(person: Person, robots: str | int) -> None:
    procedure = Procedure(platform="ezbooking", id=ID, pages=(Page.NO_SLOT,))
    with ReplicaServer([procedure], robots=robots) as server:
        person.follow(server)
        done = person.run("capture")
        assert_told(done, 20, "robots.txt of 127.0.0.1:", "--assist")
        assert paths(server) == ["/robots.txt"]
    person.verify()


def test_a_second_visit_too_soon_asks_nothing(person: Person, site: ReplicaServer) -> None:
    person.follow(site, between=60)
    assert person.run("capture").code == 0
    site.clear()
    done = person.run("capture")
    assert_told(done, 20, "This procedure was visited a short while ago: the next visit not before", "Try again later")
    assert paths(site) == []
    assert len(person.attempts()) == 1
    person.verify()


# Not the person's fault: recorded, 0


def test_a_site_that_does_not_answer_is_recorded(person: Person) -> None:
    person.configure(AWAY)
    done = person.run("capture")
    assert done.code == 0, done.err
    (row,) = person.attempts()
    assert (row["outcome"], row["simulated"], row["matched_text"]) == ("unreachable", True, None)
    assert person.run("show", str(row["sequence"]), "--json").json["record"]["reason"] == "connection"
    person.verify()


# A bundle that is none: 10


def test_a_folder_that_is_no_bundle_has_failed(person: Person) -> None:
    (person.folder / "holiday").mkdir()
    for name in ("holiday", "nowhere"):
        done = person.run("verify", name)
        assert done.code == 10, (done.out, done.err)
        assert "Verification failed" in done.out
        assert person.run("verify", name, "--json").json["status"] == "failed"


def test_a_reader_that_leaves_early_is_no_error(person: Person) -> None:
    person.configure(AWAY)
    assert person.run("capture").code == 0
    process = person.start("list", "--json")
    assert process.stdout is not None
    process.stdout.close()  # as `| head` does once it has enough
    process.stdout = None
    assert finish(process).err == ""


def test_details_are_for_those_who_ask(person: Person) -> None:
    done = person.run("--verbose", "list")
    assert done.code == 3
    assert "Traceback (most recent call last)" in done.err
    assert done.err.rstrip().endswith("or try “temoin demo” first.")
