"""The EXIF block: what goes in comes out, nothing of the machine is in it, damage is an error."""

import getpass
import io
import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from capture.exif import build_exif, read_exif
from capture.png import encode_png
from temoin import __version__
from temoin.canonical import sha256
from temoin.errors import IntegrityError

AT = datetime(2026, 10, 25, 0, 30, 5, 7000, tzinfo=UTC)  # 02:30, before the clocks go back
DIGEST = sha256(b"picture")
COMMENT = {"temoin": 1, "attempt": "20261025-003005-7f3a", "box": [1, 2, 3, 4], "url": "https://é.example/\u202e"}


def with_exif(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "at": AT,
        "timezone": "Europe/Paris",
        "description": "Préfecture – créneau, œuvre",
        "comment": COMMENT,
        "digest": DIGEST,
    }
    return encode_png(Image.new("RGB", (4, 4)), exif=build_exif(**(values | changes)))


def test_every_tag_comes_back_as_it_was_given() -> None:
    read = read_exif(with_exif())
    assert read.at == AT
    assert read.at.isoformat() == "2026-10-25T02:30:05.007000+02:00"
    assert read.description == "Préfecture – créneau, œuvre"
    assert read.comment == COMMENT
    assert read.unique_id == DIGEST[:32]
    assert read.software == f"Temoin {__version__}"


def test_a_zone_west_of_greenwich_keeps_its_sign() -> None:
    assert read_exif(with_exif(timezone="America/Cayenne")).at.isoformat() == "2026-10-24T21:30:05.007000-03:00"


def test_the_same_values_give_the_same_bytes() -> None:
    assert with_exif() == with_exif()


def test_half_a_surrogate_pair_does_not_stop_the_block() -> None:
    assert read_exif(with_exif(description="a\ud800b")).description == "a?b"


def test_neither_the_machine_nor_the_user_is_named() -> None:
    png = with_exif()
    for name in (socket.gethostname(), f"/home/{getpass.getuser()}"):
        assert name.encode() not in png


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive datetime"):
        with_exif(at=AT.replace(tzinfo=None))


@pytest.mark.parametrize("block", [b"", b"Exif\x00\x00", b"Exif\x00\x00MM\x00*\x00\x00\x00\x08", b"Exif\x00\x00II\xff"])
def test_a_damaged_block_is_an_error_of_integrity(block: bytes) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", exif=block)
    with pytest.raises(IntegrityError, match="cannot be read") as damaged:
        read_exif(buffer.getvalue())
    assert "SHA-256" in damaged.value.remedy
