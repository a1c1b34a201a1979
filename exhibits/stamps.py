"""Timestamps as the documents tell of them: which token covers which entry, and how late (pure).

A token is over one entry of the register and covers every entry before it. What covers an entry is, of each authority,
the first token at or after it, and of these the earliest. A bundle holds just those (``exhibits.token_files``), so that
the documents are the same whether they are drawn from the store or from the bundle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from exhibits.model import many
from store.covered import LATE, Coverage, build_coverage
from store.stamp_values import Covering
from temoin.french import NO_BREAK

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What covers an entry, and how long after it."""

    stamp: Covering
    delay: timedelta

    @property
    def is_late(self) -> bool:
        """Whether it came more than a day after what it covers."""
        return self.delay > LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """The tokens of a register; ``qualified`` says of each authority whether it is one (eIDAS), as the person wrote."""

    tokens: Coverage = field(default_factory=Coverage)
    qualified: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def names(self) -> tuple[str, ...]:
        """The authorities that gave any, sorted."""
        return tuple(sorted(self.tokens.sequences))

    def covers(self, sequence: int, at: datetime) -> Cover | None:
        """The earliest time attested of an entry made at ``at``; None where no token covers it."""
        found = self._first(sequence)
        if not found:
            return None
        stamp = min(found, key=lambda one: (one.gen_time, one.authority))
        return Cover(stamp=stamp, delay=stamp.gen_time - at)

    def needed(self, sequences: Iterable[int]) -> tuple[Covering, ...]:
        """The tokens that cover those entries, each once, by authority and sequence."""
        found = {(stamp.authority, stamp.sequence): stamp for one in sequences for stamp in self._first(one)}
        return tuple(found[key] for key in sorted(found))

    def _first(self, sequence: int) -> list[Covering]:
        found = (self.tokens.first(name, sequence) for name in self.names)
        return [stamp for stamp in found if stamp is not None]


def gather(stamps: Iterable[Covering], qualified: Mapping[str, bool]) -> Stamps:
    """The tokens by authority and sequence; of two over the same entry the earlier counts."""
    tokens = build_coverage((), sorted(stamps, key=lambda one: (one.sequence, one.gen_time)))
    return Stamps(tokens=tokens, qualified={name: bool(qualified.get(name)) for name in sorted(tokens.sequences)})


def delay_text(delay: timedelta) -> str:
    """« 4 s », « 12 min », « 3 h 05 », « 2 j 4 h »; a time before the entry's own is said as such."""
    seconds = round(abs(delay).total_seconds())
    if seconds < _MINUTE:
        words = f"{seconds} s"
    elif seconds < _HOUR:
        words = f"{seconds // _MINUTE} min"
    elif seconds < _DAY:
        words = f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE:02d}"
    else:
        words = f"{seconds // _DAY} j {seconds % _DAY // _HOUR} h"
    return words if delay >= timedelta(0) or seconds == 0 else f"{words} avant l'heure de la machine"


def stamp_words(cover: Cover | None) -> str:
    """What the register says of an entry, where its bundle has timestamps at all."""
    if cover is None:
        return "sans horodatage"
    what = "horodatage tardif" if cover.is_late else "horodatage"
    delay = delay_text(cover.delay)
    return f"{what}{NO_BREAK}: {delay}" if cover.delay < timedelta(0) else f"{what}{NO_BREAK}: {delay} après"


def stamp_sentences(stamps: Stamps, entries: Sequence[tuple[int, datetime]]) -> list[str]:
    """What the method note says of the timestamps of these entries (sequence and time), and what they do not show."""
    if not stamps.names:
        return [
            (
                "Les heures sont celles de la machine : aucun horodatage par un tiers n'atteste à quel moment les "
                "inscriptions existaient."
            )
        ]
    found = [stamps.covers(sequence, at) for sequence, at in entries]
    covers = [cover for cover in found if cover is not None]
    return [*_covered(covers, len(entries)), *_who(stamps), _SHOWN]


_SHOWN = (
    "Un jeton porte sur l'empreinte d'une inscription, et par elle sur toutes celles qui la précèdent : il montre "
    "qu'elles existaient à l'heure qu'il donne, et n'ont pas changé depuis. Il ne montre ni ce que le site a envoyé, "
    "ni que la capture a été faite à cette heure plutôt qu'avant."
)


def _covered(covers: Sequence[Cover], of: int) -> Iterator[str]:
    if not covers:
        yield "Aucune des tentatives n'est encore couverte par un horodatage."
        return
    late = sum(cover.is_late for cover in covers)
    delays = sorted(cover.delay for cover in covers)
    count = "est couverte" if len(covers) == 1 else "sont couvertes"
    yield (
        f"{many(len(covers), 'tentative')} sur {of} {count} par un horodatage électronique (RFC 3161) donné par un "
        f"tiers. Délai après l'heure de la machine : {delay_text(delays[(len(delays) - 1) // 2])} au plus pour la "
        f"moitié d'entre elles, {delay_text(delays[-1])} au plus pour toutes."
    )
    if late:
        yield (
            f"Pour {many(late, 'tentative')}, l'horodatage est tardif (plus de vingt-quatre heures "
            "après) : aucune autorité n'avait répondu plus tôt. Le registre dit lesquels."
        )
    if len(covers) < of:
        yield "Pour les autres tentatives, aucun horodatage n'est encore arrivé : leur heure est celle de la machine."


def _who(stamps: Stamps) -> Iterator[str]:
    qualified = [name for name, is_one in stamps.qualified.items() if is_one]
    plain = [name for name, is_one in stamps.qualified.items() if not is_one]
    if qualified:
        yield (
            f"Horodatage déclaré qualifié : {', '.join(qualified)}. L'exactitude de la date d'un horodatage qualifié "
            "est présumée (règlement (UE) n° 910/2014, article 41) ; les listes de confiance de l'Union disent qui "
            "l'est."
        )
    if plain:
        yield (
            f"Horodatage non qualifié : {', '.join(plain)}. La date qu'il donne n'a pas la présomption de l'article 41 "
            "du règlement (UE) n° 910/2014 ; selon le même article, il ne peut être écarté pour ce seul motif."
        )
