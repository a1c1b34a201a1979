"""The drawing process: ``python -P -m exhibits.draw`` reads jobs, one a line, and answers each on a line.

Only draws: every word is in a job's data, built by the models. Data reaches typst as JSON, never as markup, so a
label can inject nothing. Fonts are ours alone and the timestamp is the job's, so that the same job gives the same
bytes. It ends when its standard input does, that is with the process that asks, and bounds itself in time and memory.
"""

import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from exhibits.pictures_in_pdf import place_pictures, put_pictures
from temoin.canonical import Json
from temoin.fonts import FONT_FOLDER

DATA_NAME = "data.json"
# Address space (0.3 GB for eighty captures on two processors; each more adds the stack of a thread): this stops a
# process that runs away, before the machine suffers. What it uses is watched by ``exhibits.typeset``.
MOST_MEMORY = 1_500_000_000  # bytes


def draw(job: Json) -> Json:
    """Compile, put the pictures in, write, and say on which page each marked key stands.

    Raises:
        OSError: the output or the data cannot be written.
        RuntimeError: typst refused the document (its ``TypstError``).
        ValueError: a picture cannot be shown.
    """
    import typst  # noqa: PLC0415 - an error in its loading is answered, like any other

    folder, root = Path(job["folder"]), Path(job["root"])
    waiting = place_pictures(job["data"], root)
    (folder / DATA_NAME).write_text(json.dumps(job["data"], ensure_ascii=False, sort_keys=True), encoding="utf-8")
    compiler = typst.Compiler(
        input=str(folder / job["template"]), root=str(root), font_paths=[str(FONT_FOLDER)], ignore_system_fonts=True
    )
    made = datetime.fromtimestamp(job["timestamp"], UTC)
    pdf = compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=made)
    if not isinstance(pdf, bytes):
        raise RuntimeError("no PDF came out")  # noqa: TRY004 - typst's answer, not a caller's argument
    put_pictures(pdf, waiting, Path(job["output"]))
    marks = json.loads(compiler.query("<mark>", field="value"))
    return {
        "pages": max((one["page"] for one in marks if one["key"] == "last"), default=0),
        "page_of": {one["key"]: one["page"] for one in reversed(marks) if one["key"] != "last"},
    }


def answer(job: Json) -> Json:
    """What was drawn, or ``failed``: ``disk`` when it refuses, ``document`` when that cannot be drawn."""
    try:
        return {**draw(job), "memory": peak_memory()}
    except OSError as error:
        return {"failed": "disk", "why": [error.errno or 0, error.strerror or str(error)]}
    except (RuntimeError, ValueError, MemoryError) as error:
        return {"failed": "document", "why": str(error) or type(error).__name__}


def peak_memory() -> int:
    """The most memory that this process had in use so far, in bytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if status.is_file():  # getrusage would tell of the parent as well, from before the program was loaded
        found = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(found[0].split()[1]) * 1024 if found else 0
    if sys.platform == "darwin":
        import resource  # noqa: PLC0415 - POSIX only

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 0


def bound_memory() -> None:
    """Refuse this process more than ``MOST_MEMORY``, where the system can."""
    if sys.platform != "linux":
        return  # macOS does not keep the limit, Windows has none of the kind
    import resource  # noqa: PLC0415 - POSIX only

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def main() -> int:
    """Answer jobs until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks: it ends this one
    bound_memory()
    for line in sys.stdin:
        job = json.loads(line)
        if hasattr(signal, "alarm"):
            signal.alarm(job["seconds"])  # nobody else would, were the process that asks gone
        sys.stdout.write(f"{json.dumps(answer(job))}\n")
        sys.stdout.flush()
        if hasattr(signal, "alarm"):
            signal.alarm(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
