"""The framed picture as other people's tools see it: exiftool reads its tags, tesseract reads its words."""

import io
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from capture.frame import Caption, frame
from temoin import __version__
from temoin.canonical import sha256
from temoin.records import Outcome

SENTENCE = "Il n’existe plus de plage horaire libre pour votre demande de rendez-vous."


@pytest.fixture(scope="module")
def exhibit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    buffer = io.BytesIO()
    Image.new("RGB", (1280, 400), (240, 245, 255)).save(buffer, "PNG")
    picture = buffer.getvalue()
    caption = Caption(
        prefecture="Préfecture du Val-de-Fiction",
        label="Remise de titre de séjour",
        part="Guichet 2",
        url="https://booking.example/create/1",
        at=datetime(2026, 9, 14, 7, 12, 33, 456000, tzinfo=UTC),
        timezone="Europe/Paris",
        outcome=Outcome.NO_SLOT,
        sentence=SENTENCE,
        attempt="20260914-071233-7f3a",
        digest=sha256(picture),
        simulated=True,
        view="window",
    )
    path = tmp_path_factory.mktemp("frame") / "exhibit.png"
    path.write_bytes(frame(picture, caption))
    (path.parent / "picture.png").write_bytes(picture)
    return path


def exiftool(path: Path) -> dict[str, Any]:
    run = subprocess.run(["exiftool", "-json", "-G", str(path)], check=True, capture_output=True, timeout=60)
    tags: dict[str, Any] = json.loads(run.stdout)[0]
    return tags


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_every_tag(exhibit: Path) -> None:
    tags = exiftool(exhibit)
    digest = sha256((exhibit.parent / "picture.png").read_bytes())
    assert tags["EXIF:DateTimeOriginal"] == "2026:09:14 09:12:33"
    assert tags["EXIF:OffsetTimeOriginal"] == "+02:00"
    assert tags["EXIF:CreateDate"] == "2026:09:14 09:12:33"
    assert tags["Composite:SubSecDateTimeOriginal"] == "2026:09:14 09:12:33.456+02:00"
    assert tags["EXIF:ImageDescription"].startswith("SIMULATION — site fictif")
    assert "Préfecture du Val-de-Fiction – Remise de titre de séjour" in tags["EXIF:ImageDescription"]
    assert tags["EXIF:ImageUniqueID"] == digest[:32]
    assert tags["EXIF:Software"] == f"Temoin {__version__}"
    comment = json.loads(tags["EXIF:UserComment"])
    assert comment["sha256"] == digest
    assert comment["attempt"] == "20260914-071233-7f3a"
    assert comment["box"][2:] == [1280, 400]
    assert "ExifTool:Warning" not in tags


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_a_machine_that_reads_the_picture_finds_the_sentence_and_the_date(exhibit: Path) -> None:
    command = ["tesseract", str(exhibit), "-", "-l", "fra", "--psm", "6"]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    words = " ".join(run.stdout.replace("'", "’").split())
    assert "plus de plage horaire libre pour votre demande" in words
    assert "lundi 14 septembre 2026 à 09" in words
    assert "Aucun rendez-vous proposé par le site" in words
    assert "20260914-071233-7f3a" in words
