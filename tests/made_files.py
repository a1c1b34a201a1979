"""Files that people attach, and files that nobody should, all made up, as bytes."""

import io
import struct
import zlib
from typing import Any

import piexif
import pikepdf
from PIL import Image

Size = tuple[float, float]
A4: Size = (595, 842)


def pdf(*sizes: Size, words: str = "", **saving: Any) -> bytes:
    """A PDF of blank pages of ``sizes``, in points; ``words``, in Helvetica, on each."""
    document = pikepdf.new()
    for size in sizes:
        page = document.add_blank_page(page_size=size)
        if words:
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=_helvetica()))
            page.obj.Contents = document.make_stream(f"BT /F 24 Tf 50 400 Td ({words}) Tj ET".encode())
    return saved(document, **saving)


def _helvetica() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)


def saved(document: pikepdf.Pdf, **saving: Any) -> bytes:
    out = io.BytesIO()
    document.save(out, **saving)
    return out.getvalue()


def locked_pdf() -> bytes:
    return pdf(A4, encryption=pikepdf.Encryption(user="secret", owner="secret"))


def filled_form() -> bytes:
    """A form with one field, filled in, as the préfectures' forms are."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=A4)
    drawn = document.make_stream(b"/Tx BMC q BT /F 40 Tf 5 10 Td (REMPLI) Tj ET Q EMC")
    drawn.Type, drawn.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    drawn.BBox = pikepdf.Array([0, 0, 300, 60])
    drawn.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=_helvetica()))
    field = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT=pikepdf.Name.Tx,
        T="nom",
        V="REMPLI",
        Rect=pikepdf.Array([100, 600, 400, 660]),
        F=4,
        DA="/F 40 Tf 0 g",
        AP=pikepdf.Dictionary(N=drawn),
    )
    held = document.make_indirect(field)
    page.obj.Annots = pikepdf.Array([held])
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([held]))
    return saved(document)


def flate_bomb() -> bytes:
    """A page whose content is 1.2 GB of zeros, in less than a kilobyte."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b"0 " * 500_000) for _part in range(1_200)) + packer.flush()
    document = pikepdf.new()
    page = document.add_blank_page(page_size=A4)
    content = pikepdf.Stream(document, zlib.compress(zlib.compress(once, 9), 9))
    content.Filter = pikepdf.Array([pikepdf.Name.FlateDecode] * 3)
    page.obj.Contents = document.make_indirect(content)
    return saved(document, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says to be that large, and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0" * 100)) + _chunk(b"IEND")
    )


def _chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(image: Image.Image, **saving: Any) -> bytes:
    return _encoded(image, "PNG", **saving)


def jpeg(image: Image.Image, **saving: Any) -> bytes:
    return _encoded(image, "JPEG", **saving)


def _encoded(image: Image.Image, kind: str, **saving: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **saving)
    return out.getvalue()


def two_halves(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image.convert(mode)


def photograph(*, orientation: int = 1) -> bytes:
    """A JPEG of a telephone: date, place, maker, comment, and how it was held."""
    exif = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Orientation: orientation, piexif.ImageIFD.Make: b"FabricantFictif"},
            "Exif": {piexif.ExifIFD.DateTimeOriginal: b"2026:08:03 11:58:21"},
            "GPS": {piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((48, 1), (47, 1), (0, 1))},
        }
    )
    return jpeg(two_halves(), exif=exif, comment=b"commentaire fictif", quality=95)
