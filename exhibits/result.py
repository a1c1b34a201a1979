"""What an export made, as programs and people are told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from store.values import NumberRow
from temoin.canonical import Json
from temoin.messages import _, n_

MOST_FILED = 30_000_000  # bytes of a file: Télérecours citoyens takes 32 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitRow:
    """One exhibit, or one part of it, and where it stands in the files to deposit."""

    number: int
    title: str
    file: str
    page: int
    sequence: int | None
    part: str | None

    def to_json(self) -> Json:
        """As ``export --json`` prints it (DESIGN §12)."""
        return {name: getattr(self, name) for name in self.__slots__}


def exhibit_row(row: NumberRow, titles: Mapping[int, str]) -> ExhibitRow:
    """The row with its explicit wording, which the store does not keep where it names what the person added."""
    return ExhibitRow(
        number=row.number,
        title=titles.get(row.number, row.title),
        file=row.file,
        page=row.page,
        sequence=row.attempt_sequence,
        part=row.part,
    )


def _too_heavy(file: str) -> str:
    return _(
        "{file} weighs more than {most} MB: the court’s site may refuse it. Erase that entry, then add its files again "
        "as several entries."
    ).format(file=file, most=MOST_FILED // 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """Where the bundle is, which filing it is (None: a draft), and what it numbers."""

    path: Path
    filing: int | None
    exhibits: tuple[ExhibitRow, ...]
    supplement: int = 0
    again: bool = False
    files: int = 0
    seal: str = ""  # SHA-256 of the manifest: whoever notes it can recognise the bundle later
    letters: Path | None = None  # those in the person's name, beside the bundle
    heavy: tuple[str, ...] = ()  # files to deposit that the court's site may refuse for their weight
    stamped: tuple[str, ...] | None = None  # who timestamped the whole bundle; None: nobody was to be asked
    few_letters: bool = False  # nothing can be pleaded yet: no letter says that attempts failed

    def to_json(self) -> Json:
        """As ``export --json`` prints it (DESIGN §12)."""
        which = {"supplement": self.supplement} if self.supplement else {}
        exhibits = [row.to_json() for row in self.exhibits]
        return {"path": str(self.path), "filing": self.filing, **which, "exhibits": exhibits}

    def sentences(self) -> tuple[str, ...]:
        """What to tell the person."""
        numbers = len({row.number for row in self.exhibits})
        shown = n_("{count} exhibit: {path}", "{count} exhibits: {path}", numbers).format(count=numbers, path=self.path)
        named = (
            () if self.letters is None else (_("Letters in your name, beside it: {path}").format(path=self.letters),)
        )
        told = (*self._state(), shown, *self._stamped(), *named)
        return (*told, *self._few_letters(), *map(_too_heavy, self.heavy))

    def _stamped(self) -> tuple[str, ...]:
        if self.stamped is None:
            return ()
        if not self.stamped:
            return (
                _(
                    "No timestamp authority answered: the bundle as a whole has no timestamp; what it shows has those "
                    "that the register had."
                ),
            )
        return (_("The bundle as a whole is timestamped by: {names}.").format(names=", ".join(self.stamped)),)

    def _few_letters(self) -> tuple[str, ...]:
        """Why there is no petition in it."""
        if not self.few_letters:
            return ()
        return (
            _(
                "No attempt found that there was no appointment, and none met a failure of the site: nothing can be "
                "pleaded yet. Of the letters, only the mandate and the sheet for a witness were written."
            ),
        )

    def _state(self) -> tuple[str, ...]:
        if self.filing is None:
            return (_("A draft: its numbers are provisional, and nothing was frozen."),)
        label = f"{self.filing}-C{self.supplement}" if self.supplement else str(self.filing)
        if self.again:
            return (_("Filing {label}, issued again as it was frozen.").format(label=label),)
        first, last = min(row.number for row in self.exhibits), max(row.number for row in self.exhibits)
        return (
            _(
                "Filing {label} is frozen: exhibits {first} to {last}, in {files} files with the inventory. They will "
                "be issued again as they are."
            ).format(label=label, first=first, last=last, files=self.files),
            _("Digest of its manifest, worth noting elsewhere: {seal}").format(seal=self.seal),
        )
