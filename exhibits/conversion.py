"""Turns what the person attached into pages for the court, in a process of its own, bounded in memory and time.

A PDF becomes pictures of its pages (PDF/A-2b, as typst draws it, takes no foreign PDF), a picture becomes one that is
upright, opaque and without metadata (a photograph may hold the place where it was taken), a message becomes its text
and the pages of its files. The original is kept apart, untouched. Nothing is ever rendered that could ask the network
for anything. The same file gives the same pages, to the byte.

``python -P -m exhibits.conversion`` reads one job on standard input and answers on standard output.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from exhibits.email_text import AttachedFile, EmailText, email_of_json, email_to_json, read_email
from exhibits.file_kinds import EMAIL, PDF, PICTURES
from exhibits.page_pictures import (
    MOST_PIXELS,
    PagePicture,
    RefusedFileError,
    pdf_pages,
    picture_pages,
    picture_size,
)
from exhibits.picture_header import is_animated
from temoin.canonical import Json
from temoin.errors import StoreError, TemoinError, UsageError
from temoin.items import AttachmentFacts
from temoin.messages import _
from temoin.os_words import os_words

TIMEOUT_SECONDS = 300.0  # for one file: two hundred heavy pages on a slow machine
CPU_SECONDS = 240
MOST_MEMORY = 285_000_000  # bytes of its own, 15 more are code: a bomb ends its process, not the machine
MOST_ADDRESSES = 1_500_000_000  # bytes, where the system counts nothing finer; fonts and locales are mapped into them
MOST_FILES, MOST_PAGES = 20, 200  # of a message's own PDFs and pictures, of all of a file's pages
LOGO_PIXELS = 200  # on a side: a smaller picture within the text of a message is a logo or a spy
TOO_HEAVY = 3  # how the child ends when its memory is spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a file became: its pages, and for a message its text."""

    pages: tuple[PagePicture, ...]
    email: EmailText | None = None


def convert(facts: AttachmentFacts, data: bytes, folder: Path) -> Converted:
    """The pages of a file, written as pictures into ``folder``, where nothing else may be.

    Raises:
        UsageError: the file cannot be turned into pages: broken, locked, too large.
        StoreError: the disk refuses.
        TemoinError: the converting process failed in a way that is no fault of the file's.
    """
    source = folder / "source"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        source.write_bytes(data)
        answer = _ask({"source": str(source), "folder": str(folder), "media_type": facts.media_type}, facts.name)
    except OSError as error:
        raise disk_error(os_words(error)) from error
    finally:
        with suppress(OSError):
            source.unlink(missing_ok=True)
    pages = tuple(PagePicture(**{**one, "path": Path(one["path"])}) for one in answer["pages"])
    return Converted(pages=pages, email=None if answer["email"] is None else email_of_json(answer["email"]))


def _ask(job: Json, name: str) -> Json:
    code, out, err = _run_bounded(json.dumps(job), name)
    if code == StoreError.exit_code:
        raise disk_error(os_words(OSError(*json.loads(out))))
    if code < 0 or code == TOO_HEAVY:  # ended by a signal, or out of its bounds
        raise _too_heavy(name)
    if code != 0:
        raise TemoinError(
            _("{name} could not be turned into pages: {why}").format(name=name, why=err.strip()[-500:]),
            remedy=_("Please report this; nothing was lost."),
        )
    answer: Json = json.loads(out)
    if "refused" in answer:
        message, remedy = _refusal(answer["refused"])
        raise UsageError(message.format(name=name), remedy=remedy)
    return answer


def _run_bounded(job: str, name: str) -> tuple[int, str, str]:
    """The child's exit code and words. It leads a group of its own, which goes with it whatever happens here."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "exhibits.conversion"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=os.name == "posix",
    ) as child:
        try:
            out, err = child.communicate(job, timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise _too_heavy(name) from error
        finally:
            _end(child)
    return child.returncode, out, err


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is not None:
        return
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def disk_error(why: str) -> StoreError:
    """The refusal of a disk on which no page can be written."""
    return StoreError(
        _("The pages could not be written: {why}.").format(why=why),
        remedy=_("Free some disk space, then start again."),
    )


def _too_heavy(name: str) -> UsageError:
    return UsageError(
        _("{name} takes too much memory or time to open: it is broken, or made to be so.").format(name=name),
        remedy=_("Print it to a PDF of ordinary size, then try again."),
    )


def _refusal(word: str) -> tuple[str, str]:
    """A refusal's stable word, said to people, and what to do."""
    again = _("Open it; if it does not open, download or copy it again. If it opens, print it to a new PDF.")
    sentences = {
        "locked": (
            _("{name} is locked with a password: the court could not open it."),
            _("Open it with the password, print it to a new PDF (“Print”, “Save as PDF”), then add that one."),
        ),
        "broken": (_("{name} is broken: it cannot be shown whole."), again),
        "cut": (_("{name} ends in the middle: a part of it is missing."), again),
        "empty": (_("{name} has no page."), again),
        "pages": (
            _("{name} has more than {most} pages.").replace("{most}", str(MOST_PAGES)),
            _("Keep the pages that matter, or split it into several files."),
        ),
        "pixels": (
            _("{name} has too many pixels; {most} million in all are the most.").replace(
                "{most}", str(MOST_PIXELS // 1_000_000)
            ),
            _("Reduce it, or photograph the page again at a lower resolution."),
        ),
        "files": (
            _("{name} is a message that holds more than {most} PDF files and pictures.").replace(
                "{most}", str(MOST_FILES)
            ),
            _("Print the message to a PDF, then add that PDF and the files that matter."),
        ),
    }
    return sentences[word]


def run(job: Json) -> Json:
    """The child's work: the pages and the text of one file, or the word of a refusal.

    Raises:
        OSError: a page cannot be written.
    """
    source, folder = Path(job["source"]), Path(job["folder"])
    try:
        if job["media_type"] == EMAIL:
            pages, email = _message(source, folder)
            return {"pages": [one.to_json() for one in pages], "email": email_to_json(email)}
        pages = _pages(source, job["media_type"], folder, "", MOST_PAGES)
    except RefusedFileError as error:
        return {"refused": str(error)}
    except RecursionError:
        return {"refused": "broken"}
    return {"pages": [one.to_json() for one in pages], "email": None}


def _pages(source: Path, media_type: str, folder: Path, prefix: str, most: int) -> list[PagePicture]:
    if media_type == PDF:
        return pdf_pages(source, folder, prefix=prefix, most=most)
    return picture_pages(source, folder, prefix=prefix)


def _message(source: Path, folder: Path) -> tuple[list[PagePicture], EmailText]:
    """A message's text, and the pages of its own PDF files and pictures; one that cannot be shown is only listed."""
    email, files = read_email(source.read_bytes())
    kinds = [one.media_type for one in files]
    inline = [one.inline for one in files]
    kept = _put(files, folder)
    files.clear()  # their bytes are on disk: memory is for pictures
    found: list[PagePicture] = []
    shown: set[int] = set()
    for place, path in kept.items():
        try:
            if not _is_left_out(path, kinds[place], inline=inline[place]):
                pages = _pages(path, kinds[place], folder, f"{place + 1}-", MOST_PAGES - len(found))
                found += pages
                shown.add(place)
        except RefusedFileError as error:
            if str(error) == "pages":
                raise
        finally:
            path.unlink()
        if len(shown) > MOST_FILES:
            raise RefusedFileError("files")
    not_shown = tuple(place for place in range(len(kinds)) if place not in shown)
    return found, replace(email, not_shown=not_shown)


def _is_left_out(path: Path, kind: str, *, inline: bool) -> bool:
    """A logo within the text, and a picture of several images, of which a page would show the first unsaid."""
    if kind not in PICTURES:
        return False
    return (inline and max(picture_size(path)) < LOGO_PIXELS) or is_animated(path.read_bytes())


def _put(files: list[AttachedFile], folder: Path) -> dict[int, Path]:
    """The files that may have pages, on disk under names of ours, by their places in the message."""
    kept = {}
    for place, one in enumerate(files):
        if one.media_type == PDF or one.media_type in PICTURES:
            kept[place] = folder / f"attached-{place + 1}"
            kept[place].write_bytes(one.data)
    return kept


def _bound() -> None:
    """Bounds of this process, where the system has them; elsewhere the time alone is bounded."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - POSIX only

    for what, most in (
        (resource.RLIMIT_DATA, MOST_MEMORY),  # Linux 4.7 and later: whatever is private and may be written
        (resource.RLIMIT_AS, MOST_ADDRESSES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # macOS refuses some
            resource.setrlimit(what, (most, most))


def main() -> int:
    """Read a job, answer it; 3 when memory is spent, 4 when the disk refuses."""
    _bound()
    try:
        answer = run(json.load(sys.stdin))
    except MemoryError:
        return TOO_HEAVY
    except OSError as error:
        sys.stdout.write(json.dumps([error.errno or 0, error.strerror or str(error)]))
        return StoreError.exit_code
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
