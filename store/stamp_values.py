"""What is said of timestamps between the store and whoever asks for them: frozen values, no SQL."""

from dataclasses import dataclass
from datetime import datetime

from temoin.canonical import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """An answer that was checked, about to be kept; ``gen_time`` is the time that it attests."""

    sequence: int
    authority: str
    asked_at: datetime
    received_at: datetime
    gen_time: datetime
    response: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A kept answer; ``delay_ms`` is its time less that of its entry."""

    number: int
    sequence: int
    authority: str
    asked_at: datetime
    received_at: datetime
    gen_time: datetime
    delay_ms: int
    sha256: Digest
    response: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """The first token of an authority at or after some entry: it covers that entry and all before it."""

    authority: str
    sequence: int
    gen_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StampingRow:
    """How the last requests to an authority went; ``failing_since`` is the first failure after its last answer."""

    authority: str
    asked_at: datetime
    tries: int = 0
    next_try: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StampHeads:
    """Where the register stands for whoever asks for timestamps; 0 where there is none.

    ``real`` is the newest entry, of the last ten thousand, that is about no made-up visit; ``covered``, by authority,
    the newest with a token.
    """

    newest: int
    real: int
    anchor: int
    covered: dict[str, int]
