"""Two voices: the person made the attempts, or an association did, asked by the person. Every such phrase is here."""

from dataclasses import dataclass, replace
from datetime import date

from exhibits.letters.wording import blank, day_text, in_words, plain, say, upper_first
from temoin.records import Operator

DATE_OF_MANDATE = "date de votre demande à l'association"
NAME_OF_ASSOCIATION = "nom de l'association"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How the letters name whoever made the attempts."""

    operator: Operator
    asked_on: date | None = None
    association: str = ""
    shared: bool = False  # each made some

    @property
    def asked(self) -> str:
        """« à ma demande du 3 septembre 2026 »."""
        when = day_text(self.asked_on) if self.asked_on else blank(DATE_OF_MANDATE)
        return say("à ma demande du {when}", when=when)

    @property
    def name(self) -> str:
        """« l’association Exemple », whatever the case of the name's own first word."""
        name = plain(self.association)
        if not name:
            return say("l'association {blank}", blank=blank(NAME_OF_ASSOCIATION))
        return say("l'{name}", name=f"a{name[1:]}") if name.lower().startswith("association ") else self._quoted(name)

    @staticmethod
    def _quoted(name: str) -> str:
        return say("l'association « {name} »", name=name)

    def of(self, theirs: int, count: int) -> "Voice":
        """The voice of ``count`` attempts, of which ``theirs`` were the association's."""
        if not self.shared or 0 < theirs < count:
            return self
        return replace(self, shared=False, operator=Operator.ASSOCIATION if theirs else Operator.SELF)

    def shares(self, theirs: int, count: int, person: str) -> str:
        """How many of ``count`` attempts each made; empty where one made all. ``person``: « moi-même », or a name."""
        if not self.shared or not 0 < theirs < count:
            return ""
        have = "a été faite" if theirs == 1 else "ont été faites"
        return say(
            f"Parmi les tentatives qui suivent, {in_words(theirs, feminine=True)} {have} par l'association et "
            f"{in_words(count - theirs, feminine=True)} par {{person}}.",
            person=person,
        )

    def consulted(self, what: str, *, again: bool = False) -> str:
        """« J’ai consulté … », « L’association X, à ma demande du …, a consulté … »; ``what`` is set right."""
        if self.operator is Operator.SELF:
            return say("J'ai aussi consulté {what}" if again else "J'ai consulté {what}", what=what)
        if again:
            return say("Nous avons aussi consulté {what}" if self.shared else "Elle a aussi consulté {what}", what=what)
        if self.shared:
            words = "{who}, {asked}, et moi-même avons consulté {what}"
            return say(words, who=upper_first(self.name), asked=self.asked, what=what)
        return say("{who}, {asked}, a consulté {what}", who=upper_first(self.name), asked=self.asked, what=what)

    def consulted_for(self, what: str, person: str, *, again: bool = False) -> str:
        """The association speaks of itself: « À la demande de …, l’association a consulté … »."""
        if self.operator is Operator.SELF:
            also = "a aussi consulté" if again else "a consulté"
            return say(f"{{person}} {also} {{what}}", person=upper_first(person), what=what)
        if again:
            return say("L'association a aussi consulté {what}", what=what)
        when = day_text(self.asked_on) if self.asked_on else blank("date de sa demande")
        did = "l'association a consulté, comme {person} de son côté," if self.shared else "l'association a consulté"
        return say(f"À la demande de {{person}}, le {{when}}, {did} {{what}}", person=person, when=when, what=what)

    @property
    def where(self) -> str:
        """The machine: « sur mon ordinateur »."""
        if self.shared:
            return say("sur mon ordinateur et sur un ordinateur de l'association")
        return (
            say("sur mon ordinateur") if self.operator is Operator.SELF else say("sur un ordinateur de l'association")
        )

    @property
    def tied(self) -> str:
        """What ties anonymous captures to this person's request."""
        return self._tied("Les captures jointes")

    @property
    def tied_attempts(self) -> str:
        """The same of attempts that may have left no capture."""
        return self._tied("Les tentatives")

    def _tied(self, what: str) -> str:
        if self.operator is Operator.SELF:
            return say(f"{what} ont été faites pour ma propre démarche.")
        by = "par moi-même ou par l'association" if self.shared else ""
        return say(f"{what} ont été faites pour ma démarche, {by}{', ' * bool(by)}{{asked}}.", asked=self.asked)

    @property
    def by_person(self) -> str:
        """Who made the attempts that a person made."""
        if self.shared:
            return say("par moi-même ou par une personne de l'association")
        return say("par moi-même") if self.operator is Operator.SELF else say("par une personne de l'association")
