"""The figures that the summary, the notes and the letters give of a case, counted once for all of them (pure)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from exhibits.facts import AttemptFacts
from temoin.records import TOOL_REFUSALS, WITHOUT_VISIT, Mode, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was tried for one procedure while the case followed it; ``numbers`` are those of its exhibits, rising.

    A proof has an exhibit; what found no appointment and has none (outside the period that was asked for, or without a
    picture) is in the register alone, and is counted apart.
    """

    procedure: str
    prefecture: str
    label: str
    url: str
    attempts: tuple[AttemptFacts, ...]
    numbers: tuple[int, ...]
    exhibited: frozenset[int]  # the entries that have one
    days_asked: tuple[date | None, date | None] = (None, None)  # the first and the last, where a period was asked for

    @property
    def visits(self) -> tuple[AttemptFacts, ...]:
        """The attempts that sent something to the site."""
        return tuple(facts for facts in self.attempts if facts.outcome not in WITHOUT_VISIT)

    @property
    def proofs(self) -> tuple[AttemptFacts, ...]:
        """Those that found no appointment, each with its exhibit."""
        return tuple(facts for facts in self.attempts if facts.is_proof and facts.sequence in self.exhibited)

    @property
    def not_exhibited(self) -> tuple[AttemptFacts, ...]:
        """Those that found no appointment and have no exhibit."""
        return tuple(facts for facts in self.attempts if facts.is_proof and facts.sequence not in self.exhibited)

    @property
    def told(self) -> tuple[AttemptFacts, ...]:
        """The visits that the court file tells of outside its register: those among its exhibits.

        Not those outside the period that was asked for, nor those that an unproduced proof parts from every exhibit:
        they would swell the visits of a period in which they were not made.
        """
        left = {facts.sequence for facts in self.not_exhibited}
        shown = [facts.at for facts in self.proofs]
        before = [facts.at for facts in self.not_exhibited if shown and facts.at < shown[0]]
        after = [facts.at for facts in self.not_exhibited if shown and facts.at > shown[-1]]
        return tuple(
            facts
            for facts in self.visits
            if facts.sequence not in left
            and self._is_asked(facts)
            and not (before and facts.at < before[-1])
            and not (after and facts.at > after[0])
        )

    def _is_asked(self, facts: AttemptFacts) -> bool:
        since, until = self.days_asked
        day = facts.local.date()
        return facts.sequence in self.exhibited or not ((since and day < since) or (until and day > until))

    @property
    def by_hand(self) -> int:
        """How many of those the person made."""
        return sum(1 for facts in self.proofs if facts.mode is not Mode.UNATTENDED)

    @property
    def slots(self) -> tuple[AttemptFacts, ...]:
        """Those that saw a slot."""
        return tuple(facts for facts in self.attempts if facts.outcome is Outcome.SLOT_SEEN)

    @property
    def dysfunctions(self) -> tuple[AttemptFacts, ...]:
        """Those that the site stopped before its calendar (CE 453391)."""
        return tuple(facts for facts in self.attempts if facts.is_dysfunction)

    @property
    def days(self) -> tuple[date, ...]:
        """The local days of the proofs, each once, in order."""
        return days_of(self.proofs)

    @property
    def weeks(self) -> int:
        """How many ISO weeks the proofs fall in (CE 435594: not all in the same one)."""
        return weeks_of(self.proofs)

    @property
    def span_days(self) -> int:
        """Full days of 24 hours between the first and the last proof."""
        return span_days_of(self.proofs)


def days_of(attempts: Iterable[AttemptFacts]) -> tuple[date, ...]:
    """The local days of attempts, each once, in order."""
    return tuple(sorted({facts.local.date() for facts in attempts}))


def weeks_of(attempts: Iterable[AttemptFacts]) -> int:
    """How many ISO weeks they fall in."""
    return len({facts.local.isocalendar()[:2] for facts in attempts})


def span_days_of(attempts: Sequence[AttemptFacts]) -> int:
    """Full days of 24 hours between the first and the last of attempts that are in the order of time."""
    return (attempts[-1].at - attempts[0].at).days if attempts else 0


def figures_of(
    attempts: Iterable[AttemptFacts],
    numbers: Mapping[int, str],
    earlier: Collection[int],
    days_asked: tuple[date | None, date | None] = (None, None),
) -> tuple[Figures, ...]:
    """One for each procedure, in the order in which their attempts come; ``earlier`` attempts do not count."""
    of: dict[str, list[AttemptFacts]] = {}
    for facts in attempts:
        if facts.sequence not in earlier:
            of.setdefault(facts.procedure, []).append(facts)
    return tuple(replace(_figures(procedure, found, numbers), days_asked=days_asked) for procedure, found in of.items())


def _figures(procedure: str, found: list[AttemptFacts], numbers: Mapping[int, str]) -> Figures:
    inorder = tuple(sorted(found, key=lambda facts: (facts.at, facts.sequence)))
    last = inorder[-1]
    return Figures(
        procedure=procedure,
        prefecture=last.prefecture,
        label=last.label,
        url=str(last.record["url"]["asked"]),
        attempts=inorder,
        numbers=tuple(sorted(int(numbers[facts.sequence]) for facts in inorder if facts.sequence in numbers)),
        exhibited=frozenset(facts.sequence for facts in inorder if facts.sequence in numbers),
    )


def dysfunctions_of(attempts: Iterable[AttemptFacts], earlier: Collection[int]) -> tuple[AttemptFacts, ...]:
    """The attempts that the site stopped before its calendar (CE 453391), in the order of time."""
    return _in_time(facts for facts in attempts if facts.is_dysfunction and facts.sequence not in earlier)


def refusals_of(attempts: Iterable[AttemptFacts], earlier: Collection[int]) -> tuple[AttemptFacts, ...]:
    """The attempts that were refused to our tool, or that it refrained from, in the order of time."""
    return _in_time(facts for facts in attempts if facts.outcome in TOOL_REFUSALS and facts.sequence not in earlier)


def _in_time(attempts: Iterable[AttemptFacts]) -> tuple[AttemptFacts, ...]:
    return tuple(sorted(attempts, key=lambda facts: (facts.at, facts.sequence)))


def ranges(numbers: Sequence[int]) -> str:
    """« 3 à 15, 18 et 20 »."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [words for run in runs for words in _run(run)]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} et {shown[-1]}" if shown else ""


def _run(run: list[int]) -> list[str]:
    return [str(number) for number in run] if len(run) <= 2 else [f"{run[0]} à {run[-1]}"]  # noqa: PLR2004 - two are named
