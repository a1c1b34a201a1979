"""The rows on paper: the PDFs of 500 captures, and the most memory that a process took to draw them.

Both sides are whole commands over the same 500 window pictures: ours (``draw_pdfs.py``) draws the weekly files that
``temoin export`` draws, with their words, tags and PDF/A; img2pdf puts the bare pictures into one PDF, a page each.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.measure import Row, Sample, in_turn, seconds
from benchmarks.peers import img2pdf, run_quietly
from benchmarks.records import PROCEDURES, Place, attempt_record
from capture.png import encode_png
from exhibits.facts import AttemptFacts, read_attempt
from exhibits.model import Grouping
from exhibits.proofs import FOLDER
from temoin.canonical import canonical_bytes
from temoin.fonts import BOLD, REGULAR

CAPTURES = 500
TIMES = 5
SIZE = (1366, 900)
MEGABYTE = 1_000_000
WORDS = ("demande", "rendez-vous", "préfecture", "titre", "séjour", "plage", "horaire", "libre", "service", "étrangers")


def rows(folder: Path) -> Iterator[Row]:
    """Time against img2pdf; then the memory, with all captures in as few files as can be filed."""
    pictures = write_pictures(folder)
    ours = [sys.executable, str(Path(__file__).with_name("draw_pdfs.py")), str(folder)]
    theirs = img2pdf(pictures, folder / "peer.pdf")
    one, other = in_turn(
        lambda: seconds(lambda: run_quietly([*ours, Grouping.WEEK.value], folder)),
        lambda: seconds(lambda: run_quietly(theirs, folder)),
        times=TIMES,
    )
    weight = sum(path.stat().st_size for path in pictures) / MEGABYTE
    what = f"the PDFs of {CAPTURES} captures ({weight:.0f} MB)"
    yield Row(what=what, unit="s", limit=1.2, ours=one, peer="img2pdf, same pictures", against=other)
    for grouping in (Grouping.WEEK, Grouping.ALL):
        told = subprocess.run([*ours, grouping.value], check=True, capture_output=True, text=True).stdout
        memory = Sample(values=(json.loads(told)["memory"] / MEGABYTE,))
        yield Row(what=f"largest process of it, --grouping {grouping.value}", unit="MB", limit=300, ours=memory)


def write_pictures(folder: Path) -> list[Path]:
    """The pictures where a bundle has them, each of its own words."""
    found = []
    for number in range(CAPTURES):
        path = folder / "bundle" / FOLDER / str(number + 1) / "1" / "window.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(encode_png(window(number)))
        found.append(path)
    return found


def window(number: int) -> Image.Image:
    """Something like a browser's window: bars, a banner in many colours, text."""
    draw = random.Random(number)  # noqa: S311 - the same pictures at every run
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    plain, bold = ImageFont.truetype(str(REGULAR), 15), ImageFont.truetype(str(BOLD), 26)
    pen.rectangle((0, 0, SIZE[0], 84), fill="#dfe3ea")
    pen.text((110, 52), f"https://www.val-de-marne.gouv.fr/booking/create/4963/{number}", fill="black", font=plain)
    for line in range(90):
        pen.line((0, 90 + line, SIZE[0], 90 + line), fill=(20 + line, 40 + line * 2, 120 + line))
    pen.text((60, 200), f"Prise de rendez-vous n° {number}", fill="#1e3a7b", font=bold)
    for line in range(24):
        pen.text((60, 260 + 25 * line), " ".join(draw.choices(WORDS, k=14)), fill="#222", font=plain)
    return image


def attempts() -> tuple[AttemptFacts, ...]:
    """As many attempts on one procedure, some eight hours apart, as their records tell them."""
    places = (Place(number=number * PROCEDURES) for number in range(CAPTURES))
    records = (canonical_bytes(attempt_record(place)) for place in places)
    return tuple(read_attempt(number + 1, record) for number, record in enumerate(records))
