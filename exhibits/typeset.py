"""Draws one PDF from a JSON job, in a process of its own: ``python -P -m exhibits.typeset`` (DESIGN §8).

Only draws: every word is in the job's data, built by the models. Data reaches typst as JSON, never as markup,
so a label can inject nothing. Fonts are ours alone and the timestamp is the job's, so that the same job gives
the same bytes. A process per PDF, since typst's memory grows with each.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from temoin.canonical import Json
from temoin.errors import StoreError, TemoinError
from temoin.fonts import FONT_FOLDER
from temoin.messages import _

TIMEOUT_SECONDS = 300.0  # a PDF of a month at four attempts a day takes a few seconds
TEMPLATES = ("common.typ", "captures.typ", "table.typ", "note.typ")
DATA_NAME = "data.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was drawn: how many pages, and the first page of each key that the document marks."""

    pages: int
    page_of: dict[str, int]


def prepare_workspace(folder: Path) -> None:
    """Put the templates into ``folder``, where jobs are drawn.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEMPLATES:
        (folder / name).write_bytes(files("exhibits").joinpath("templates", name).read_bytes())


def typeset(data: Json, *, template: str, root: Path, workspace: Path, output: Path, at: datetime) -> Drawn:
    """Draw ``data`` with ``template`` into ``output``; paths of pictures in ``data`` are relative to ``root``.

    Raises:
        StoreError: the disk refused the file.
        TemoinError: the document could not be drawn.
    """
    (workspace / DATA_NAME).write_text(json.dumps(data, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    job = {
        "main": str(workspace / template),
        "root": str(root),
        "output": str(output),
        "timestamp": int(at.timestamp()),
    }
    done = _run_child(json.dumps(job))
    if done.returncode == StoreError.exit_code:
        raise StoreError(
            _("{file} could not be written: {why}").format(file=output.name, why=done.stderr.strip()),
            remedy=_("Free some disk space, then start again."),
        )
    if done.returncode != 0 or not output.is_file():
        raise TemoinError(
            _("{file} could not be drawn: {why}").format(file=output.name, why=done.stderr.strip()[-2000:]),
            remedy=_("Please report this; the register and the pictures are unharmed."),
        )
    answer = json.loads(done.stdout)
    return Drawn(pages=answer["pages"], page_of=answer["page_of"])


def _run_child(job: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [sys.executable, "-P", "-m", "exhibits.typeset"],
            input=job,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TemoinError(
            _("Drawing a document took more than {seconds} seconds.").format(seconds=int(TIMEOUT_SECONDS)),
            remedy=_("Export a shorter period."),
        ) from error


def draw(job: Json) -> Json:
    """The child's work: compile, write, and say on which page each marked key stands.

    Raises:
        OSError: the output cannot be written.
        RuntimeError: typst refused the document (its ``TypstError``).
    """
    import typst  # noqa: PLC0415 - only the child process loads it

    compiler = typst.Compiler(
        input=job["main"], root=job["root"], font_paths=[str(FONT_FOLDER)], ignore_system_fonts=True
    )
    made = datetime.fromtimestamp(job["timestamp"], UTC)
    pdf = compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=made)
    if not isinstance(pdf, bytes):
        raise RuntimeError("no PDF came out")  # noqa: TRY004 - typst's answer, not a caller's argument
    Path(job["output"]).write_bytes(pdf)
    marks = json.loads(compiler.query("<mark>", field="value"))
    return {
        "pages": max((one["page"] for one in marks if one["key"] == "last"), default=0),
        "page_of": {one["key"]: one["page"] for one in reversed(marks) if one["key"] != "last"},
    }


def main() -> int:
    """Read a job on standard input, answer on standard output; 4 when the disk refuses, 1 when typst does."""
    try:
        answer = draw(json.load(sys.stdin))
    except OSError as error:
        sys.stderr.write(str(error))
        return StoreError.exit_code
    except RuntimeError as error:
        sys.stderr.write(str(error))
        return 1
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
