"""Files that people attach, good and bad, made for the tests."""

import io
import struct
import zlib
from email.message import EmailMessage
from typing import Any

import pikepdf
from PIL import ExifTags, Image

A4_POINTS = (595, 842)


def picture(
    width: int = 40, height: int = 30, *, kind: str = "PNG", colour: Any = "white", mode: str = "RGB", **more: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), colour).save(out, kind, **more)
    return out.getvalue()


def noise(width: int, height: int, kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(out, kind, **more)
    return out.getvalue()


def animated(frames: int = 2, **more: bool) -> bytes:
    """A PNG of several images."""
    images = [Image.new("RGB", (20, 20), (40 * place, 0, 0)) for place in range(frames)]
    out = io.BytesIO()
    images[0].save(out, "PNG", save_all=True, append_images=images[1:], **more)
    return out.getvalue()


def exif(*, original: str = "", digitized: str = "", changed: str = "", orientation: int = 0) -> Image.Exif:
    block = Image.Exif()
    inner = block.get_ifd(ExifTags.IFD.Exif)
    for tags, tag, value in (
        (inner, ExifTags.Base.DateTimeOriginal, original),
        (inner, ExifTags.Base.DateTimeDigitized, digitized),
        (block, ExifTags.Base.DateTime, changed),
        (block, ExifTags.Base.Orientation, orientation),
    ):
        if value:
            tags[tag] = value
    block[ExifTags.IFD.Exif] = inner
    return block


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG of any declared size (RGB), with the chunks given behind its header."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + png_chunk(b"IEND", b"")


def deflated(block: bytes, times: int) -> bytes:
    """Many times the same bytes, deflated without ever being held whole."""
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(block) for _ in range(times)), packer.flush()])


def pdf(
    *texts: str, size: tuple[float, float] = A4_POINTS, user: str | None = None, owner: str = "propriétaire"
) -> bytes:
    """A PDF with a page for each text."""
    document = pikepdf.new()
    for text in texts:
        document.add_blank_page(page_size=size)
        page = document.pages[-1]
        page.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(
                F=pikepdf.Dictionary(
                    Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
                )
            )
        )
        page.Contents = document.make_stream(f"BT /F 24 Tf 60 {size[1] / 2} Td ({text}) Tj ET".encode("latin-1"))
    out = io.BytesIO()
    locked = None if user is None else pikepdf.Encryption(user=user, owner=owner)
    document.save(out, encryption=locked if locked is not None else False)
    return out.getvalue()


def pdf_of_content(deflated_content: bytes) -> bytes:
    """A PDF of one page whose content stream is given as it is, deflated already."""
    document = pikepdf.new()
    document.add_blank_page(page_size=A4_POINTS)
    document.pages[0].Contents = pikepdf.Stream(document, deflated_content, Filter=pikepdf.Name.FlateDecode)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def message(
    *files: tuple[str, str, bytes], text: str = "Bonjour,\n\nje demande un rendez-vous.\n", html: str = ""
) -> bytes:
    """A message of a made-up person to a made-up préfecture; files are (name, media type, bytes)."""
    mail = EmailMessage()
    mail["From"] = "Personne Exemple <personne@exemple.invalid>"
    mail["To"] = "Préfecture de l’Exemple <etrangers@prefecture.invalid>"
    mail["Cc"] = "association@exemple.invalid"
    mail["Date"] = "Tue, 22 Sep 2026 14:30:00 +0200"
    mail["Subject"] = "Demande de rendez-vous – première demande"
    mail["Message-ID"] = "<1@exemple.invalid>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, kind, data in files:
        main, sub = kind.split("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()
