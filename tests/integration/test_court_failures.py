"""The court file of a case without any proof: its letters, what goes with them, and what is said when there are few."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from exhibits.export import ExportResult
from exhibits.journal import NewStep
from exhibits.verify_bundle import verify_bundle
from store.store import Store
from temoin.records import JournalKind, Outcome
from tests.court_case import FIRST, Court, new_keys, settings
from tests.exhibit_case import CASE, CRETEIL, Try, part, record_attempt

SENTENCE = "Service surchargé. Veuillez réessayer plus tard."
FEW = "Of the letters, only the mandate and the sheet for a witness were written."


def tries(outcomes: Sequence[Outcome], *, pictured: bool = True) -> Iterator[Try]:
    """One every second day; a failure has two parts, as a site with two counters would."""
    for place, outcome in enumerate(outcomes):
        at = datetime.combine(FIRST + timedelta(days=2 * place), time(8 + place % 5), tzinfo=UTC)
        parts = tuple(part(str(one), outcome=outcome, sentence=SENTENCE, salt=f"{one}{place}") for one in (1, 2))
        yield Try(at=at, outcome=outcome, parts=parts if pictured and outcome is Outcome.OVERLOADED else ())


def exported(folder: Path, attempts: Iterator[Try]) -> ExportResult:
    start = datetime.combine(FIRST - timedelta(days=1), time(20), tzinfo=UTC)
    with Store.open(folder / "evidence", now=lambda: start) as store:
        store.add_case(CASE, "renewal", start)
        store.follow(CASE, CRETEIL["id"], start)
        for one in attempts:
            record_attempt(store, one)
        court = Court(store=store, folder=folder, keys=new_keys(), settings=settings(folder))
        court.add(NewStep(kind=JournalKind.VISIT, on=date(2026, 6, 3), text="Renvoyé vers le site."))
        return court.export()


def words_of(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True, timeout=60)
    return re.sub(r"\s+", " ", done.stdout)


def letter(bundle: Path, name: str) -> str:
    text = (bundle / f"data/2_MODELES/{name}.txt").read_text(encoding="utf-8-sig")
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six failures that were photographed, and a refusal of the tool."""
    outcomes = (*[Outcome.OVERLOADED] * 6, Outcome.BLOCKED)
    return exported(tmp_path_factory.mktemp("failed"), tries(outcomes)).path


def test_a_case_of_failures_alone_has_all_its_letters_with_the_number_of_their_table(failed: Path) -> None:
    assert len(list((failed / "data/2_MODELES").glob("*.docx"))) == 12
    (table,) = (failed / "data/1_A_DEPOSER").glob("*_Dysfonctionnements.pdf")
    number = int(table.name.split("_")[0])
    petition = letter(failed, "requete_refere")
    assert f"n’ont pas permis d’arriver jusqu’au calendrier des rendez-vous (pièce n° {number})." in petition
    assert "6 tentatives en 11 jours" in petition
    assert "plus de plage horaire" not in petition


def test_pages_met_before_the_calendar_go_with_the_mail_and_the_letter(failed: Path) -> None:
    (table,) = (failed / "data/1_A_DEPOSER").glob("*_Dysfonctionnements.pdf")
    mail = failed / "data/2_MODELES/captures_pour_le_courriel.pdf"
    printed = failed / "data/2_MODELES/captures_pour_la_lettre.pdf"
    assert mail.stat().st_size <= 3_000_000
    for pdf, count in ((mail, 5), (printed, 6)):
        words = words_of(pdf)
        assert re.findall(r"Pièce n° (\d+[a-z]?)", words) == [str(int(table.name.split("_")[0]))] * count
        assert words.count(f"« {SENTENCE} »") == count
    assert "six captures d’écran de ces échecs, réalisées entre le 1er et le 11 juin 2026" in letter(
        failed, "lettre_LRAR"
    )


def test_the_summary_counts_failures_and_never_nought(failed: Path) -> None:
    (summary,) = (failed / "data/1_A_DEPOSER").glob("*_Synthese.pdf")
    words = words_of(summary)
    assert "6 fois, le site n’a pas permis d’arriver jusqu’au calendrier des rendez-vous (pièce n° 3)." in words
    assert "Sans rendez-vous" not in words
    assert re.findall(r"\b0 (?:fois|jour|semaine)", words) == []
    assert "6 jours, 2 semaines" in words


def test_the_readme_tells_of_no_captures_where_there_are_none(failed: Path) -> None:
    readme = words_of(failed / "data/LISEZ-MOI.pdf")
    assert "les pièces qui montrent que le site n’a pas permis d’arriver jusqu’au calendrier des rendez-vous" in readme
    assert "captures étant groupées" not in readme
    assert "Deux fichiers sont demandés à part" in readme


def test_such_a_bundle_is_drawn_again_to_the_byte(failed: Path) -> None:
    assert verify_bundle(failed, deep=True).status == "passed"


def test_a_case_in_which_nothing_can_be_pleaded_says_why_it_has_so_few_letters(tmp_path: Path) -> None:
    done = exported(tmp_path, tries((Outcome.BLOCKED, Outcome.MISSED)))
    names = sorted(path.name for path in (done.path / "data/2_MODELES").iterdir())
    assert names == ["aide_attestation_temoin.docx", "aide_attestation_temoin.txt", "mandat.docx", "mandat.txt"]
    assert "Le 3 juin 2026, passage au guichet" in letter(done.path, "aide_attestation_temoin")
    assert done.sentences()[-1].endswith(FEW)
    readme = words_of(done.path / "data/LISEZ-MOI.pdf")
    assert "que le mandat à donner à une association et l’aide pour l’attestation d’un témoin" in readme
    assert "qu’aucun rendez-vous n’était proposé" not in readme
    assert "Deux fichiers sont demandés à part" not in readme  # neither of them is there


def test_a_case_with_letters_says_nothing_of_the_kind(tmp_path: Path) -> None:
    done = exported(tmp_path, tries([Outcome.OVERLOADED], pictured=False))
    assert not [sentence for sentence in done.sentences() if FEW in sentence]
    assert not list((done.path / "data/2_MODELES").glob("*.pdf"))
    assert "le tableau de cet échec, avec sa date et son heure" in letter(done.path, "courriel")
