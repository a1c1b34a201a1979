"""Facts of plainly fictional cases, for the tests of the letters."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from exhibits.letters.facts import (
    Dysfunctions,
    ExhibitLine,
    FixedNumbers,
    LetterFacts,
    OwnPiece,
    PreviousFiling,
    ProcedureFacts,
    Site,
    SlotSeen,
    Step,
)
from exhibits.letters.periods import Try, cut_periods
from temoin.identity import Association, Avocat, Demande, Identity, Prefet, Titre, Tribunal
from temoin.records import CaseKind, JournalKind, Operator, Outcome, PieceUse, SlotResult

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 12, 14)

IDENTITY = Identity(
    nom="EXEMPLE",
    prenoms="Camille Sacha",
    naissance_date=date(1990, 1, 31),
    naissance_lieu="Ville-Exemple (Pays-Exemple)",
    nationalite="exemplaire",
    adresse="1 rue de l’Exemple, 94000 Ville-Exemple",
    courriel="camille@exemple.invalid",
    telephone="01 99 00 00 00",
    numero_etranger="9900000000",
    titre=Titre(nature="une carte de séjour temporaire « étudiant »", expire_le=date(2026, 12, 31)),
    demande=Demande(
        titre="carte de séjour temporaire « vie privée et familiale »", fondement="article L. 423-23 du CESEDA"
    ),
    avocat=Avocat(nom="Maître Exemple", adresse="2 place de l’Exemple, 94000 Ville-Exemple"),
    association=Association(
        nom="Association Exemple",
        adresse="3 avenue de l’Exemple, 94000 Ville-Exemple",
        representant="Dominique Exemple",
    ),
    tribunal=Tribunal(nom="Tribunal administratif de Ville-Exemple", adresse="4 rue de l’Exemple, 77000 Ville-Exemple"),
    prefet=Prefet(
        titre="le préfet du Département-Exemple",
        adresse="5 avenue de l’Exemple, 94000 Ville-Exemple",
        courriel="etrangers@prefecture.invalid",
    ),
)


def procedure(
    *, count: int = 26, first: date = date(2026, 9, 14), number: int = 3, label: str = "Titre de séjour"
) -> ProcedureFacts:
    """Attempts on every third day, numbered from ``number``."""
    days = [first + timedelta(days=3 * place) for place in range(count)]
    tries = [Try(day=day, number=number + place) for place, day in enumerate(days)]
    return ProcedureFacts(
        prefecture="Préfecture du Département-Exemple",
        label=label,
        address="https://www.exemple.invalid/booking/create/4963?etape=1&choix=2",
        count=count,
        first=days[0],
        last=days[-1],
        periods=cut_periods(tries),
        days=count,
        weeks=len({day.isocalendar()[:2] for day in days}),
        weekdays=tuple(sorted({day.weekday() for day in days})),
        earliest=time(7, 12),
        latest=time(22, 5),
        by_hand=min(4, count),
        sentence="Il n'existe plus de plage horaire libre pour votre demande de rendez-vous.",
    )


STEPS = (
    Step(kind=JournalKind.EMAIL, on=date(2026, 9, 22), title="Demande au service des étrangers", number=64),
    Step(kind=JournalKind.LETTER, on=date(2026, 10, 1), title="Lettre recommandée", number=65),
    Step(kind=JournalKind.VISIT, on=date(2026, 10, 12), title="Passage avec un témoin", number=66),
    Step(kind=JournalKind.MEDIATOR, on=date(2026, 11, 2), title="", number=67),
    Step(kind=JournalKind.SCREENSHOT, on=None, title="Capture du téléphone", number=68),
)
SLOTS = (
    SlotSeen(
        at=datetime(2026, 10, 20, 9, 12, tzinfo=PARIS),
        prefecture="Préfecture du Département-Exemple",
        label="Titre de séjour",
        entry=57,
        result=SlotResult.GONE,
        title="Créneau déjà pris",
        number=69,
    ),
    SlotSeen(
        at=datetime(2026, 11, 20, 18, 40, tzinfo=PARIS),
        prefecture="Préfecture du Département-Exemple",
        label="Titre de séjour",
        entry=101,
    ),
)


def small(kind: CaseKind = CaseKind.FIRST_APPLICATION, operator: Operator = Operator.SELF) -> LetterFacts:
    """One procedure, nothing else: every blank that facts can leave."""
    return LetterFacts(
        case="K7",
        kind=kind,
        operator=operator,
        asked_on=None,
        today=TODAY,
        draft=True,
        simulated=False,
        procedures=(procedure(count=1),),
        sites=(Site(prefecture="Préfecture du Département-Exemple", label="Titre de séjour"),),
    )


def full(kind: CaseKind = CaseKind.RENEWAL, operator: Operator = Operator.ASSOCIATION) -> LetterFacts:
    """Two procedures and everything that a file can hold."""
    return LetterFacts(
        case="K7",
        kind=kind,
        operator=operator,
        asked_on=date(2026, 9, 3),
        today=TODAY,
        draft=False,
        simulated=True,
        procedures=(procedure(), procedure(count=20, first=date(2026, 9, 15), number=29, label="Duplicata")),
        sites=tuple(
            Site(prefecture="Préfecture du Département-Exemple", label=label)
            for label in ("Titre de séjour", "Duplicata")
        ),
        steps=STEPS,
        slots=SLOTS,
        dysfunctions=Dysfunctions(count=5, days=(date(2026, 10, 3), date(2026, 10, 9), date(2026, 11, 2)), number=70),
        refusals=3,
        pieces=(
            OwnPiece(use=PieceUse.IDENTITY, title="Passeport", number=71),
            OwnPiece(use=PieceUse.URGENCY, title="Promesse d’embauche", number=72),
            OwnPiece(use=PieceUse.SERIOUSNESS, title="Bulletins de paie", number=73),
        ),
        fixed=FixedNumbers(summary=1, only_way=2, dysfunctions=70, refusals=74, register=75, method=76),
        exhibits=(
            ExhibitLine(first=1, last=1, title="01 Synthèse", file="01_Synthese.pdf"),
            ExhibitLine(
                first=3,
                last=28,
                title="03-28 Captures d’écran, Préfecture du Département-Exemple, Titre de séjour",
                file="03-28_Captures_RDV_Departement-Exemple_2026-09-14_au_2026-11-28.pdf",
            ),
        ),
        previous=PreviousFiling(
            number=1,
            on=date(2026, 10, 30),
            attempts=8,
            first=date(2026, 10, 31),
            last=date(2026, 11, 28),
            steps=STEPS[3:4],
        ),
    )


def failed(*, count: int = 12, first: date = date(2026, 9, 14)) -> ProcedureFacts:
    """Attempts on every third day that the site stopped before its calendar: the table has their number."""
    found = procedure(count=count, first=first)
    return replace(
        found,
        periods=tuple(replace(period, numbers=()) for period in found.periods),
        by_hand=0,
        sentence="Service surchargé. Veuillez réessayer plus tard.",
        outcomes=((Outcome.OVERLOADED, count - count // 3), (Outcome.MAINTENANCE, count // 3))[: min(count, 2)],
    )


def broken(
    kind: CaseKind = CaseKind.RENEWAL,
    operator: Operator = Operator.SELF,
    *,
    count: int = 12,
    pictured: int = 12,
) -> LetterFacts:
    """No attempt found that there was no appointment: the site failed before its calendar each time (CE 453391)."""
    found = failed(count=count)
    days = tuple(found.first + timedelta(days=3 * place) for place in range(count))
    return replace(
        small(kind, operator),
        draft=False,
        procedures=(),
        failed=(found,),
        dysfunctions=Dysfunctions(count=count, days=days, number=5, pictured=days[:pictured]),
        refusals=2,
        steps=STEPS[:1],
        fixed=FixedNumbers(summary=1, only_way=2, dysfunctions=5, refusals=6, register=7, method=8),
        exhibits=(
            ExhibitLine(
                first=5,
                last=5,
                title="Dysfonctionnements avant le calendrier, dossier K7",
                file="05_Dysfonctionnements.pdf",
            ),
        ),
    )
