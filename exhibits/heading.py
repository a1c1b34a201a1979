"""What every document of a bundle says of itself: whose file, draft or filing, simulated or not (pure)."""

from dataclasses import dataclass, field

from capture.frame import SIMULATION
from exhibits.voice import Voice
from temoin.french import NO_BREAK

NUMBER = f"n°{NO_BREAK}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """``filing`` is the petition's number (None: a draft), ``supplement`` the supplement's (0: the petition itself)."""

    case: str
    draft: bool
    simulated: bool
    filing: int | None = None
    supplement: int = 0
    voice: Voice = field(default_factory=Voice)

    @property
    def band(self) -> str:
        """The band on every page of a simulation."""
        return SIMULATION if self.simulated else ""

    @property
    def state(self) -> str:
        """« Dossier K7, dépôt n° 2 », its supplement, or that it is a draft."""
        return f"Dossier {self.case}, {self.what}."

    @property
    def what(self) -> str:
        """« dépôt n° 2, complément n° 1 »."""
        if self.draft:
            return "brouillon, numéros provisoires"
        extra = f", complément {NUMBER}{self.supplement}" if self.supplement else ""
        return f"dépôt {NUMBER}{self.filing}{extra}"

    @property
    def label(self) -> str:
        """« 2 », « 2-C1 »: as the inventory's last column and ``bag-info.txt`` name a filing; empty for a draft."""
        return "" if self.draft else filing_label(self.filing or 0, self.supplement)


def filing_label(filing: int, supplement: int) -> str:
    """The short name of a petition or of one of its supplements."""
    return f"{filing}-C{supplement}" if supplement else str(filing)
