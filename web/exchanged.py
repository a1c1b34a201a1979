"""What a visit and the site said to each other, as a table for people: read out of a WARC within bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from temoin.warc import ReadRecord, read_warc

MOST_UNPACKED = 64_000_000  # bytes of all records that are looked at
LONGEST_ADDRESS = 300  # characters shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRow:
    """One request and its answer; ``size`` is None where the body is kept by an earlier capture."""

    method: str
    address: str
    status: str
    media_type: str
    size: int | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """The rows that are shown, whether there are more, and whether the file cannot be read."""

    rows: tuple[ExchangeRow, ...] = ()
    more: bool = False
    unreadable: bool = False


def read_exchange(data: bytes, most: int) -> Exchanged:
    """At most ``most`` rows of the WARC ``data``."""
    answers: dict[str, ReadRecord] = {}
    methods: dict[str, str] = {}
    unreadable = more = False
    try:
        for record in _within(data):
            if record.kind in {"response", "revisit"}:
                answers[record.headers.get("warc-record-id", str(len(answers)))] = record
            elif record.kind == "request":
                method = record.block.partition(b" ")[0][:10].decode("ascii", "replace")
                methods[record.headers.get("warc-concurrent-to", "")] = method
            more = len(answers) > most
            if len(answers) > most + 1:
                break
    except ValueError:
        unreadable = True
    rows = tuple(_row(record, methods.get(name, "")) for name, record in islice(answers.items(), most))
    return Exchanged(rows=rows, more=more, unreadable=unreadable)


def _within(data: bytes) -> Iterator[ReadRecord]:
    left = MOST_UNPACKED
    for record in read_warc(data):
        left -= len(record.block)
        if left < 0:
            raise ValueError("more than is looked at")
        yield record


def _row(record: ReadRecord, method: str) -> ExchangeRow:
    try:
        status = str(record.status)
    except ValueError:
        status = ""
    address = record.uri
    return ExchangeRow(
        method=method,
        address=address if len(address) <= LONGEST_ADDRESS else f"{address[:LONGEST_ADDRESS]}…",
        status=status,
        media_type=record.http("content-type").partition(";")[0][:80],
        size=len(record.payload) if record.kind == "response" else None,
        digest=record.payload_digest.removeprefix("sha256:")[:64],
    )
