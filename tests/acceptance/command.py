"""The installed ``temoin`` as a person runs it: a process of its own, in a folder that is not the checkout.

Each ``Person`` has a temporary folder that is named in the environment of all that they start: what is still running
afterwards, whoever its parent is by then, can be found by it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from demo.server import ReplicaServer

TEMOIN = Path(sys.executable).with_name("temoin")
ID = "4963"  # of the replica's booking page
GRACE_SECONDS = 15.0  # for a browser whose driver was killed to notice; mostly well under one

CONFIG = """
[station]
data_dir = "evidence"

[browser]
view = "{view}"
executable = "{executable}"

[politeness]
attempts_per_day = {per_day}
min_minutes_between_attempts = {between}
min_minutes_per_host = 0

[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
platform = "ezbooking"
{terms}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command left: its exit code and its words."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone with a folder, a configuration in it, and the installed command."""

    folder: Path
    temporary: Path  # short: Chromium puts a socket in it, whose path may have 107 characters
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence"

    def configure(
        self,
        url: str,
        *,
        view: str = "page",
        executable: str = "",
        between: int = 0,
        per_day: int = 0,
        terms: str = "terms_read = 2026-11-20",
        more: str = "",
    ) -> Path:
        text = CONFIG.format(url=url, view=view, executable=executable, between=between, per_day=per_day, terms=terms)
        self.config.write_text(text + more, encoding="utf-8")
        return self.config

    def follow(self, server: ReplicaServer, **settings: Any) -> Path:
        return self.configure(server.address(ID), **settings)

    def environment(self, **changes: str | None) -> dict[str, str]:
        """As at home: what this machine's environment says of Témoin, Python and the display is left out."""
        foreign = ("TEMOIN_", "PYTHON", "COVERAGE", "PYTEST")
        base = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        wanted = {**base, **self.environ, "TMPDIR": str(self.temporary), **changes}
        return {name: value for name, value in wanted.items() if value is not None}

    def start(
        self,
        *arguments: str | Path,
        preexec: Callable[[], None] | None = None,
        command: tuple[str | Path, ...] = (TEMOIN, "--lang", "en"),
        **changes: str | None,
    ) -> subprocess.Popen[str]:
        """Started in a session of its own, so that a signal to its group reaches nobody else."""
        return subprocess.Popen(
            [str(part) for part in (*command, *arguments)],
            cwd=self.folder,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=preexec,  # noqa: PLW1509 - no thread of the tests holds what it needs
        )

    def run(self, *arguments: str | Path, **options: Any) -> Done:
        return finish(self.start(*arguments, **options))

    def verify(self) -> Any:
        """The store's report; it must pass."""
        done = self.run("verify", "--json")
        assert done.code == 0, (done.out, done.err)
        return done.json

    def attempts(self) -> Any:
        done = self.run("list", "--json")
        assert done.code == 0, done.err
        return done.json

    def left_running(self) -> list[str]:
        """What this person's commands started and is still there after the grace."""
        until = time.monotonic() + GRACE_SECONDS
        while (left := [words for _process, words in self.running()]) and time.monotonic() < until:
            time.sleep(0.1)
        return left

    def running(self) -> Iterator[tuple[psutil.Process, str]]:
        """Every process that their commands started, whoever its parent is by now, and its command line."""
        mark = str(self.temporary)
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                command = process.cmdline()
                mine = process.environ().get("TMPDIR", "").startswith(mark) or any(mark in word for word in command)
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    yield process, " ".join(command)


def finish(process: subprocess.Popen[str], *, seconds: float = 90) -> Done:
    """Wait for it; one that does not end is killed with its group, and the test fails."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Done(code=process.returncode, out=out, err=err)


def assert_told(done: Done, code: int, sentence: str, remedy: str) -> None:
    """The exit code, one sentence, one remedy, and nothing of the program's inside."""
    assert done.code == code, (done.out, done.err)
    assert "Traceback" not in done.err
    lines = done.err.strip().splitlines()
    assert len(lines) == 2, done.err
    assert sentence in lines[0]
    assert remedy in lines[1]
