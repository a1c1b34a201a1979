"""Who speaks in the court file: the person who consulted the site, or one for whom an association did (pure).

The petition and its exhibits are the person's own, in the first person; what the association did it did at the
person's request, and the document says so with the date of the request. The date is known to the person alone:
where it was not given the blank stays visible, so that nobody files it unseen.
"""

from dataclasses import dataclass, replace
from datetime import date

from temoin.canonical import Json
from temoin.french import MODES, french_date, typeset
from temoin.records import Mode, Operator

BLANK = "……………"
TO_FILL = "(date à compléter)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who ran the station, and since when the person asks an association for it; ``asked_on`` None: a blank.

    ``shared``: some attempts were the association's and some the person's own.
    """

    operator: Operator = Operator.SELF
    asked_on: date | None = None
    shared: bool = False

    def of(self, record: Json) -> "Voice":
        """The voice that fits one attempt: who ran the station then is what its record says."""
        return self.as_one(Operator(record["operator"]))

    def as_one(self, operator: Operator) -> "Voice":
        """The voice of what ``operator`` alone did."""
        return replace(self, operator=operator, shared=False)

    @property
    def is_association(self) -> bool:
        """Whether an association did it for the person."""
        return self.operator is Operator.ASSOCIATION

    @property
    def request(self) -> str:
        """« à ma demande du 3 septembre 2026 », whoever runs the station."""
        day = f"{BLANK} {TO_FILL}" if self.asked_on is None else french_date(self.asked_on, weekday=False)
        return f"à ma demande du {day}"

    @property
    def by(self) -> str:
        """« par mes soins », « par l’association, à ma demande du 3 septembre 2026 »."""
        return f"par l’association, {self.request}" if self.is_association else "par mes soins"

    @property
    def where(self) -> str:
        """On whose machine it ran."""
        if self.shared:
            return "sur l'ordinateur de la personne et sur celui d'une association"
        return "sur l'ordinateur d'une association" if self.is_association else "sur l'ordinateur de la personne"

    def did(self, participle: str) -> str:
        """« j’ai consulté », « l’association, à ma demande du 3 septembre 2026, a consulté »."""
        if self.shared:
            return f"l’association, {self.request}, et moi-même avons {participle}"
        return f"l’association, {self.request}, a {participle}" if self.is_association else f"j’ai {participle}"

    def then(self, participle: str) -> str:
        """The same where the request was told already: « j’ai constaté », « l’association a constaté »."""
        if self.shared:
            return f"l’association et moi-même avons {participle}"
        return f"l’association a {participle}" if self.is_association else f"j’ai {participle}"

    def consulted(self) -> str:
        """« j’ai consulté », « l’association, à ma demande du 3 septembre 2026, a consulté »."""
        return self.did("consulté")

    def manner(self, mode: Mode, *, declared: bool) -> str:
        """How one attempt was made, and for whom, as its page says it."""
        words = MODES[mode]
        who = "la personne"
        if self.is_association:
            who = "la personne qui a fait la visite"  # the person of the case made none
            words = f"{self.by} : {words.replace('la personne', who)}"
        elif mode is Mode.UNATTENDED:
            words = f"{words}, lancé par mes soins"
        return typeset(capital(f"{words} ; résultat déclaré par {who}" if declared else words))


def capital(words: str) -> str:
    """``words`` as a sentence begins, the rest left alone."""
    return words[:1].upper() + words[1:]
