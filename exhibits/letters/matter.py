"""One case as the letters address it: facts, identity, voice; who writes, to whom, for what (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from capture.frame import SIMULATION
from exhibits.letters.blocks import Align, Block, Paragraph, Signature
from exhibits.letters.facts import LetterFacts, without_numbers
from exhibits.letters.voice import Voice
from exhibits.letters.wording import blank, day_text, given, plain, say, set_right, upper_first
from temoin.identity import Identity
from temoin.records import CaseKind

COPIED = frozenset({"courriel"})  # what is to be copied as it is
DRAFT = "BROUILLON – numéros de pièces provisoires"
ASKED: Mapping[CaseKind, str] = MappingProxyType(
    {
        CaseKind.RENEWAL: "le renouvellement de mon titre de séjour",
        CaseKind.FIRST_APPLICATION: "un premier titre de séjour",
        CaseKind.NATURALISATION: "la nationalité française (naturalisation)",
        CaseKind.DCEM: "un document de circulation pour étranger mineur",
        CaseKind.TRAVEL_DOCUMENT: "un titre de voyage",
    }
)
PERMITS = frozenset(
    {CaseKind.RENEWAL, CaseKind.FIRST_APPLICATION}
)  # what the decisions of the Conseil d'État are about


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What every letter is written from."""

    facts: LetterFacts
    identity: Identity

    @property
    def voice(self) -> Voice:
        """Who made the attempts that are told; where none is, those of the case."""
        facts = self.facts
        voice = Voice(
            operator=facts.operator,
            asked_on=facts.asked_on,
            association=self.identity.association.nom,
            shared=facts.shared,
        )
        return voice.of(facts.by_association, facts.count) if facts.told else voice

    def band(self, *, numbered: bool) -> str:
        """What every page says: a simulation always, a draft where numbers of exhibits may still change."""
        bands = [SIMULATION] if self.facts.simulated else []
        return " · ".join([*bands, DRAFT] if self.facts.draft and numbered else bands)

    @property
    def unnumbered(self) -> "Matter":
        """The same case for those who do not have the court file: no exhibit is cited."""
        return replace(self, facts=without_numbers(self.facts))

    def titled(self, what: str) -> str:
        """« Courriel à la préfecture, dossier K7 »."""
        return say(f"{what}, dossier {{case}}", case=self.facts.case)

    @property
    def today(self) -> str:
        """A blank: the day is that of the signature, and the last one that the file knows may be long before it."""
        return blank("date")

    @property
    def full_name(self) -> str:
        """First names and name, or a blank."""
        names = (self.identity.prenoms, self.identity.nom)
        return " ".join(names) if all(names) else given(self.identity.nom or self.identity.prenoms, "nom et prénoms")

    @property
    def asked(self) -> str:
        """What the person asks for, as the object of « Je demande »."""
        words = ASKED.get(self.facts.kind)
        title = self.identity.demande.titre
        if words is None:
            return given(title, "objet de votre demande")
        if self.facts.kind in PERMITS and not title:
            title = blank("nature du titre demandé")
        return say(f"{words} : {{title}}", title=title) if title else say(words)

    @property
    def ground(self) -> str:
        """The text that gives the right to it, or a blank."""
        return given(self.identity.demande.fondement, "article, ou motif en quelques mots")

    @property
    def prefet(self) -> str:
        """« le préfet du Val-de-Marne », or a blank."""
        title = plain(self.identity.prefet.titre)
        if not title:
            return blank("le préfet de …")
        first = title.split(" ", 1)[0].lower()
        article = {"préfet": "le ", "préfète": "la "}.get(first, "")
        return article + title[:1].lower() + title[1:]

    @property
    def to_prefet(self) -> str:
        """The same after « à »: « au préfet du Val-de-Marne »."""
        if not self.identity.prefet.titre:
            return say("au préfet")
        words = self.prefet
        return f"au {words.removeprefix('le ')}" if words.startswith("le ") else f"à {words}"

    @property
    def of_prefet(self) -> str:
        """The same after « de »: « du préfet du Val-de-Marne »."""
        if not self.identity.prefet.titre:
            return say("du préfet")
        words = self.prefet
        return f"du {words.removeprefix('le ')}" if words.startswith("le ") else f"de {words}"

    @property
    def tribunal(self) -> str:
        """« tribunal administratif de … »."""
        name = plain(self.identity.tribunal.nom)
        if not name:
            return say("tribunal administratif de {blank}", blank=blank("ville"))
        if name.lower().startswith("tribunal"):
            return name[:1].lower() + name[1:]
        return say("tribunal administratif : {name}", name=name)

    @property
    def born(self) -> str:
        """« le 31 janvier 1990 à … »."""
        day = self.identity.naissance_date
        return say(
            "le {day} à {place}",
            day=day_text(day) if day else blank("date de naissance"),
            place=given(self.identity.naissance_lieu, "lieu de naissance"),
        )

    def identity_lines(self) -> tuple[Block, ...]:
        """Everything by which an administration finds the person, one line each."""
        one = self.identity
        lines = (
            ("Nom et prénoms", f"{given(one.nom, 'nom')} {given(one.prenoms, 'prénoms')}"),
            ("Né(e)", self.born),
            ("Nationalité", given(one.nationalite, "nationalité")),
            ("Adresse", given(one.adresse, "adresse postale")),
            ("Courriel", given(one.courriel, "adresse électronique")),
            ("Téléphone", given(one.telephone, "numéro de téléphone")),
            ("Numéro étranger", given(one.numero_etranger, "numéro AGDREF, s'il existe")),
        )
        return together(*(field_line(name, value) for name, value in lines))

    def sender(self) -> tuple[Block, ...]:
        """The head of a letter: who writes."""
        one = self.identity
        lines = (
            self.full_name,
            given(one.adresse, "adresse postale"),
            given(one.courriel, "adresse électronique"),
            given(one.telephone, "numéro de téléphone"),
        )
        return together(*(Paragraph(text=line, tight=True) for line in lines))

    def to_the_prefecture(self) -> tuple[Block, ...]:
        """The addressee at the préfecture."""
        return address_lines(
            upper_first(self.prefet) if self.identity.prefet.titre else self.prefet,
            "Service des étrangers",
            given(self.identity.prefet.adresse, "adresse de la préfecture"),
        )

    def to_the_court(self) -> tuple[Block, ...]:
        """The addressee at the tribunal."""
        return address_lines(
            say("Madame ou Monsieur le président du {tribunal}", tribunal=self.tribunal),
            "Juge des référés",
            given(self.identity.tribunal.adresse, "adresse du tribunal"),
        )

    def closing(self) -> tuple[Block, ...]:
        """The last formula of a letter, place, date and signature, on one page."""
        words = "Je vous prie d'agréer, Madame, Monsieur, l'expression de ma considération distinguée."
        return (Paragraph(text=say(words), keep=True), *self.dated())

    def dated(self, who: str = "", beside: str = "") -> tuple[Block, ...]:
        """Place, date and room to sign."""
        place = say("À {place}, le {day}", place=blank("lieu"), day=self.today)
        return (
            Paragraph(text=place, keep=True, with_previous=True),
            Signature(text=say(who or "Signature :"), beside=say(beside)),
        )


def typeset_identity(identity: Model) -> Model:
    """``identity`` as a court reads it: people type straight apostrophes and plain spaces."""
    return identity.model_copy(
        update={name: _typeset(name, getattr(identity, name)) for name in type(identity).model_fields}
    )


def _typeset(name: str, value: object) -> object:
    if isinstance(value, BaseModel):
        return typeset_identity(value)
    return set_right(value) if isinstance(value, str) and name not in COPIED else value


def field_line(name: str, value: str) -> Paragraph:
    """« Nationalité : … » as a line of its own."""
    return Paragraph(text=value, lead=say(f"{name} :"), tight=True)


def address_lines(*lines: str) -> tuple[Block, ...]:
    """An addressee."""
    return together(*(Paragraph(text=line, align=Align.ADDRESS, tight=True) for line in lines))


def together(*lines: Paragraph) -> tuple[Block, ...]:
    """Lines without space between them; the last is apart from what follows."""
    return (*lines[:-1], replace(lines[-1], tight=False))


def title_line(words: str) -> Paragraph:
    """The title of a document, on its first page."""
    return Paragraph(text=say(words), align=Align.CENTER, strong=True)
