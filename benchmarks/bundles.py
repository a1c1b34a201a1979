"""The rows about verifying a bundle: against ``sha256sum`` over its files, and against decoding its pictures once.

The bundle is made as ``temoin export`` makes it, of pictures like a window's, each of its own words. In the first row
its pictures also carry what does not compress, so that the bundle weighs 500 MB and more. Ours is the whole command,
with the start of Python; so are the others.
"""

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from PIL import Image

from benchmarks.measure import Row, in_turn, seconds
from benchmarks.pdfs import MEGABYTE, window
from benchmarks.records import PROCEDURES, START, ZONE, Place, attempt_record
from capture.frame import Caption, frame
from capture.png import encode_png
from exhibits.export import ExportRequest, export
from store.store import Store
from temoin.canonical import Json, sha256
from temoin.records import Artefact, Kind, Outcome, Role
from temoin.settings import Settings

HEAVY, LIGHT = 300, 300  # attempts
NOISE = (560, 560)  # of a picture, in pixels that no compression makes smaller: 0.94 MB
TIMES = 5
CASE = "K7"
_DECODE = """
import sys
from pathlib import Path
from PIL import Image
for path in sorted(Path(sys.argv[1]).rglob("*.png")):
    with Image.open(path) as image:
        image.load()
"""


def rows(folder: Path) -> Iterator[Row]:
    """Not deep, of a heavy bundle; then deep, of one whose pictures are as heavy as a window's."""
    heavy = make_bundle(folder / "heavy", HEAVY, noise=True)
    weight = sum(path.stat().st_size for path in heavy.rglob("*") if path.is_file()) / MEGABYTE
    hashed = ["sh", "-c", 'find "$0" -type f -print0 | xargs -0 sha256sum >/dev/null', str(heavy)]
    ours, theirs = in_turn(lambda: _timed(_verify(heavy)), lambda: _timed(hashed), times=TIMES)
    what = f"verify a bundle of {weight:.0f} MB, not deep"
    yield Row(what=what, unit="s", limit=1.5, ours=ours, peer="sha256sum, same files", against=theirs)
    light = make_bundle(folder / "light", LIGHT, noise=False)
    decoded = [sys.executable, "-c", _DECODE, str(light)]
    ours, theirs = in_turn(lambda: _timed([*_verify(light), "--deep"]), lambda: _timed(decoded), times=TIMES)
    pictures = sum(1 for _path in light.rglob("*.png"))
    what = f"verify --deep, two processes, {pictures} pictures"
    yield Row(what=what, unit="s", limit=1.3, ours=ours, peer="Pillow, same pictures decoded once", against=theirs)


def _verify(bundle: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "cli", "verify", str(bundle)]


def _timed(command: list[str]) -> float:
    return seconds(lambda: subprocess.run(command, check=True, capture_output=True))


def make_bundle(folder: Path, count: int, *, noise: bool) -> Path:
    """A draft of ``count`` attempts on one procedure, each with its window and its framed picture."""
    with Store.open(folder / "evidence", now=lambda: START) as store:
        store.add_case(CASE, "renewal", START)
        first = Place(number=0)
        store.follow(CASE, first.procedure, START - timedelta(days=1))
        for number in range(1, count + 1):
            _append(store, Place(number=number * PROCEDURES), number, noise=noise)
        request = ExportRequest(case=CASE, out=folder / "out")
        settings = Settings(path=folder / "config.toml")
        return export(store, settings, request, now=START + timedelta(days=200)).path


def _append(store: Store, place: Place, number: int, *, noise: bool) -> None:
    record = attempt_record(place, store.put)
    image = window(number)
    if noise:
        image.paste(Image.frombytes("RGB", NOISE, random.Random(number).randbytes(3 * NOISE[0] * NOISE[1])), (60, 320))  # noqa: S311
    plain = encode_png(image)
    caption = Caption(
        prefecture=record["procedure"]["prefecture"],
        label=record["procedure"]["label"],
        part="",
        url=record["url"]["final"],
        at=place.at,
        timezone=ZONE,
        outcome=Outcome.NO_SLOT,
        sentence=record["parts"][0]["matched"]["text"],
        attempt=record["attempt"],
        digest=sha256(plain),
        simulated=True,
        view="window",
    )
    record["parts"][0]["artefacts"] = [
        _kept(store, Role.WINDOW, plain),
        _kept(store, Role.EXHIBIT, frame(plain, caption)),
        *(one for one in record["parts"][0]["artefacts"] if one["role"] in {Role.TEXT, Role.HTML}),
    ]
    store.append(kind=Kind.ATTEMPT, record=record, at=place.at, procedure=place.procedure)


def _kept(store: Store, role: Role, data: bytes) -> Json:
    return Artefact(role=role, data=data, digest=store.put(data)).to_json()
