"""A message as its text: who, to whom, when, about what, the words, and its files (pure).

HTML is reduced to its text and never rendered: nothing is fetched, nothing runs. What is broken is read as far as
it can be: old webmail writes accents without saying in what charset, and a person's only copy may be such a one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime

from exhibits.file_kinds import find_kind
from exhibits.html_words import html_text
from temoin.canonical import Json

LONGEST_BODY = 50_000  # characters; a message that is longer is told to be cut
LONGEST_HEADER = 1_000
LONGEST_NAME = 120
HEADER_READ = 20_000  # characters of a header that are parsed: Python's address parser is slow on endless ones
BEGINNING = 200_000  # bytes in which the headers of a message end
CUT = "[message coupé ici ; l’original est conservé entier avec les preuves]"
NAMELESS = "sans nom"
FORWARDED = "message transféré.eml"
BOM = b"\xef\xbb\xbf"
# What Python's parser is known to raise on headers and parts that are no such thing.
MISREAD = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MessageError)
UNPLACED = re.compile(r"\s-0000\b")  # the time is UTC, and nothing is said of where the writer is
OLDEST_YEAR, LATEST_YEAR = 1971, 9998  # others are slips, or cannot be read in every zone
ALWAYS_THERE = ("From", "Received", "Message-ID", "Return-Path")  # one of them, in whatever is a message


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailText:
    """What a message says; ``attachments`` are (name, media type, bytes).

    ``not_shown`` are the places of those that became no page: other kinds, broken or locked ones, and logos.
    """

    sender: str
    to: str
    cc: str
    date: str
    subject: str
    message_id: str
    body: str
    attachments: tuple[tuple[str, str, int], ...] = ()
    not_shown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file that goes with a message; ``media_type`` by its content when that is one of ours, else as declared."""

    name: str
    media_type: str
    data: bytes
    inline: bool  # a part of the text, as logos are, and as pictures that were pasted


def read_email(data: bytes) -> tuple[EmailText, list[AttachedFile]]:
    """The text of a message and its files; what cannot be read is left out, never guessed."""
    message = _parse(data)
    files = list(_files(message))
    body = "\n\n".join(text for text in map(str.strip, _texts(message)) if text)
    email = EmailText(
        sender=_header(message, "From"),
        to=_header(message, "To"),
        cc=_header(message, "Cc"),
        date=_header(message, "Date", as_written=True),
        subject=_header(message, "Subject"),
        message_id=_header(message, "Message-ID"),
        body=_sound(body if len(body) <= LONGEST_BODY else f"{body[:LONGEST_BODY]}\n{CUT}"),
        attachments=tuple((one.name, one.media_type, len(one.data)) for one in files),
    )
    return email, files


def sent_at(date: str) -> datetime | None:
    """The instant that a message's date names, in UTC; None when it names none, or no zone (RFC 5322 §3.3)."""
    try:
        at = parsedate_to_datetime(date)
        if at.tzinfo is None and not UNPLACED.search(date):
            return None
        at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (*MISREAD, OverflowError):
        return None
    return at if OLDEST_YEAR <= at.year <= LATEST_YEAR else None


def is_email(data: bytes) -> bool:
    """Whether the bytes begin as a message does: with headers, and one among them that every message has."""
    if b"\0" in data[:4096]:
        return False
    message = BytesParser(policy=policy.compat32).parsebytes(_beginning(data[:BEGINNING]), headersonly=True)
    return any(name in message for name in ALWAYS_THERE) and ("From" in message or "Date" in message)


def _parse(data: bytes) -> EmailMessage:
    parsed = BytesParser(policy=policy.default).parsebytes(_beginning(data))
    if not isinstance(parsed, EmailMessage):
        raise TypeError("not what policy.default makes")
    return parsed


def _beginning(data: bytes) -> bytes:
    """Without what editors and mail boxes put before the first header."""
    return data.removeprefix(BOM).lstrip(b"\r\n")


def _header(message: EmailMessage, name: str, *, as_written: bool = False) -> str:
    """A header in its words; ``as_written`` where the parser would write it anew, as it does dates."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), None)
    if raw is None:
        return ""
    plain = str(raw)[:HEADER_READ]
    text = _decoded(plain.encode("ascii", "surrogateescape"), "") if _has_raw_bytes(plain) else plain
    if text is plain and len(str(raw)) <= HEADER_READ and not as_written:
        try:
            text = str(message[name])
        except MISREAD:
            text = plain
    return " ".join(_sound(text).split())[:LONGEST_HEADER]


def _has_raw_bytes(text: str) -> bool:
    """Whether bytes beyond ASCII stand in a header as they came, which RFC 5322 forbids and old webmail does."""
    return any("\udc80" <= char <= "\udcff" for char in text)


def _sound(text: str) -> str:
    """``text`` in characters that have a form in UTF-8, without the control characters but line feeds and tabs."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in plain if char in "\n\t" or not (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0))  # noqa: PLR2004 - C0, C1
    return kept.encode("utf-8", "replace").decode("utf-8")


def _texts(part: Message) -> Iterator[str]:
    """The words of a message in their order; of several forms of the same words, the plainest one."""
    kind = _kind(part)
    if kind == "message/rfc822":
        return
    inner = _inner(part)
    if inner and kind == "multipart/alternative":
        yield from _plainest(inner)
    elif inner:
        for one in inner:
            yield from _texts(one)
    elif not _is_file(part):
        yield html_text(_text(part)) if kind == "text/html" else _text(part)


def _plainest(forms: list[Message]) -> list[str]:
    """Of the forms of one text, plain text if it says anything, else the first that does."""
    read = [(_kind(one) == "text/plain", [text for text in _texts(one) if text.strip()]) for one in forms]
    said = [(plain, texts) for plain, texts in read if texts]
    return next((texts for plain, texts in said if plain), said[0][1] if said else [])


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _kind(part: Message) -> str:
    try:
        return part.get_content_type()
    except MISREAD:
        return "application/octet-stream"


def _is_file(part: Message) -> bool:
    """Whether a part that holds no other is a file, not words of the message."""
    return (
        _disposition(part) == "attachment" or bool(_name(part)) or not _kind(part).startswith(("text/", "multipart/"))
    )


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except MISREAD:
        return ""


def _name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except MISREAD:
        return ""
    raw = name.encode("utf-8", "surrogateescape") if _has_raw_bytes(name) else b""
    return " ".join(_sound(_decoded(raw, "") if raw else name).split())[:LONGEST_NAME]


def _text(part: Message) -> str:
    """The words of a part in the charset that it names, or in what they look like."""
    payload = _payload(part)
    try:
        charset = part.get_content_charset() or ""
    except MISREAD:
        charset = ""
    return _decoded(payload, charset)


def _payload(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except MISREAD:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _decoded(data: bytes, charset: str) -> str:
    """``data`` in ``charset`` if it is that, else in UTF-8 if it is that, else as Windows wrote French."""
    for name in (charset, "utf-8"):
        try:
            return data.decode(name) if name else data.decode("ascii")
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _files(part: Message) -> Iterator[AttachedFile]:
    if _kind(part) == "message/rfc822":
        inner = _inner(part)
        data = _as_bytes(inner[0]) if inner else _payload(part)
        yield AttachedFile(name=_name(part) or FORWARDED, media_type="message/rfc822", data=data, inline=False)
        return
    inner = _inner(part)
    for one in inner:
        yield from _files(one)
    if not inner and _is_file(part):
        data = _payload(part)
        yield AttachedFile(
            name=_name(part) or NAMELESS,
            media_type=find_kind(data) or _sound(_kind(part))[:LONGEST_NAME],
            data=data,
            inline=_disposition(part) != "attachment",
        )


def _as_bytes(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=policy.compat32)
    except (*MISREAD, OSError):
        return b""


def email_to_json(email: EmailText) -> Json:
    """As one process tells it to another."""
    return {name: getattr(email, name) for name in EmailText.__slots__}


def email_of_json(value: Json) -> EmailText:
    """What ``email_to_json`` told."""
    files = tuple((str(name), str(kind), int(size)) for name, kind, size in value["attachments"])
    return EmailText(**{**value, "attachments": files, "not_shown": tuple(map(int, value["not_shown"]))})
