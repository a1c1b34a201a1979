"""Three months of a case as the court gets them: drafts, a petition, supplements, a new petition; two cases apart."""

import hashlib
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from exhibits.export import Grouping
from exhibits.inventory import Line, read_inventory
from exhibits.journal import NewStep
from exhibits.verify_bundle import verify_bundle
from store.store import Store
from temoin.canonical import Json, sha256
from temoin.errors import StoreError, UsageError
from temoin.records import JournalKind, PieceUse, SlotResult
from tests.court_case import DAYS, FIRST, Court, after, open_court, record_notice, slot_of, steps, tries
from tests.exhibit_case import CRETEIL, NANTERRE, Try, part, record_attempt

FILED = "data/1_A_DEPOSER"
PROOFS = "data/3_PREUVES"


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    """The case of three months with every kind of step; drafts only."""
    folder = tmp_path_factory.mktemp("court")
    made = open_court(folder)
    with made.store:
        for step in steps(made, folder / "files"):
            made.add(step)
        yield made


@pytest.fixture(scope="module")
def draft(court: Court) -> Path:
    return court.export().path


def files_of(bundle: Path) -> dict[str, str]:
    return {
        path.relative_to(bundle).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in bundle.rglob("*")
        if path.is_file()
    }


def lines_of(bundle: Path) -> tuple[Line, ...]:
    lines = read_inventory((bundle / FILED / "00_Inventaire_detaille.csv").read_bytes())
    assert lines is not None
    return lines


def words_of(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True, timeout=60)
    return " ".join(done.stdout.split())


def found(bundle: Path, start: str) -> Path:
    return next(path for path in sorted((bundle / FILED).iterdir()) if re.match(rf"\d[\d-]*_{start}", path.name))


def test_a_draft_is_whole_and_everyone_accepts_it(draft: Path) -> None:
    report = verify_bundle(draft, deep=True)
    assert report.status == "passed", [check for check in report.checks if check.status != "passed"]
    done = subprocess.run(
        ["dash", "verifier.sh.txt"], cwd=draft / PROOFS, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_draft_changes_nothing_and_made_again_has_the_same_bytes(court: Court, draft: Path) -> None:
    head = court.store.head()
    kept = files_of(court.folder / "evidence" / "objects"), files_of(court.folder / "evidence" / "sealed")
    assert files_of(court.export().path) == files_of(draft)
    assert court.store.head() == head
    assert (files_of(court.folder / "evidence" / "objects"), files_of(court.folder / "evidence" / "sealed")) == kept
    assert court.store.filings(court.case) == ()


def test_exhibits_stand_in_the_order_of_the_design(draft: Path) -> None:
    names = [re.sub(r"^[\d-]+_", "", line["fichier"]) for line in lines_of(draft)]
    kinds = list(dict.fromkeys(re.sub(r"_(RDV|du|\d{4}).*", "", name) for name in names))
    assert kinds == [
        "Synthese.pdf",
        "Site_seule_voie_pour_un_rendez-vous.pdf",
        "Captures",
        "Courriel",
        "Lettre",
        "Visite_au_guichet",
        "Saisine_mediateur",
        "Suite_donnee_a_un_creneau",
        "Capture_faite_a_la_main",
        "Decision",
        "Autre_demarche",
        "Identite.pdf",
        "Urgence.pdf",
        "Serieux_de_la_demande.pdf",
        "Autre_piece.pdf",
        "Dysfonctionnements.pdf",
        "Refus_opposes_a_l_outil.pdf",
        "Registre.pdf",
        "Note_de_methode.pdf",
    ]


@pytest.mark.parametrize(
    "grouping",
    [
        Grouping.MONTH,
        pytest.param(Grouping.ALL, marks=pytest.mark.soak),  # the suite must end within a quarter of an hour
        pytest.param(Grouping.SINGLE, marks=pytest.mark.soak),
    ],
)
def test_numbers_are_the_same_in_every_grouping(court: Court, draft: Path, grouping: Grouping) -> None:
    other = court.export(grouping=grouping).path
    pairs = [[(line["numero"], line["sequence"], line["intitule"]) for line in lines_of(one)] for one in (draft, other)]
    assert pairs[0] == pairs[1]
    assert verify_bundle(other).status == "passed"


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_two_captures_a_page_have_the_same_numbers_and_half_the_pages(court: Court, draft: Path) -> None:
    paper = court.export(paper=True).path
    assert [line["numero"] for line in lines_of(paper)] == [line["numero"] for line in lines_of(draft)]
    pages = [
        max(int(line["page"]) for line in lines_of(one) if "Captures" in line["fichier"]) for one in (draft, paper)
    ]
    assert pages[1] == -(-pages[0] // 2)
    assert verify_bundle(paper, deep=True).status == "passed"


def test_the_summary_is_one_page_and_says_what_a_judge_asks(draft: Path) -> None:
    summary = found(draft, "Synthese")
    info = subprocess.run(["pdfinfo", summary], capture_output=True, text=True, check=True, timeout=60).stdout
    assert re.search(r"Pages: +1\n", info)
    words = words_of(summary)
    assert "J’ai consulté 172 fois" in words
    assert "141 fois, elle affichait" in words
    assert "19 de ces consultations ont été faites à la main" in words
    assert "Courriel du 22 juin 2026, demande de rendez-vous au service des étrangers (pièce n° 144)" in words
    assert "le créneau n’était plus libre" in words
    assert "10 dysfonctionnements du site avant le calendrier : pièce n° 156" in words


def test_slots_and_what_was_done_about_them_are_in_the_register(draft: Path) -> None:
    words = words_of(found(draft, "Registre"))
    assert "Créneaux vus (1)" in words
    assert "Suite donnée : le" in words


def test_refusals_of_the_tool_are_never_pleaded(draft: Path) -> None:
    words = words_of(found(draft, "Refus"))
    assert "Ce ne sont pas des pannes" in words
    petition = (draft / "data/2_MODELES/requete_refere.txt").read_text(encoding="utf-8-sig").replace("\u00a0", " ")
    pleaded = petition[petition.index("II. Discussion") : petition.index("III. Conclusions")]
    assert "10 tentatives" in pleaded
    assert "pièce n° 156" in pleaded
    assert "n° 157" not in pleaded


def test_the_inventory_in_word_says_what_the_spreadsheet_says(draft: Path) -> None:
    with zipfile.ZipFile(draft / FILED / "00_Inventaire_detaille.docx") as archive:
        text = archive.read("word/document.xml").decode()
    for line in lines_of(draft):
        assert line["fichier"] in text


def test_the_mail_attachment_is_light(draft: Path) -> None:
    mail = draft / "data/2_MODELES/captures_pour_le_courriel.pdf"
    assert mail.stat().st_size <= 3_000_000
    assert len(set(re.findall(r"Pièce n° (\d+)", words_of(mail)))) == 5
    letter = (draft / "data/2_MODELES/lettre_LRAR.txt").read_text(encoding="utf-8-sig")
    assert "vingt captures d’écran réalisées entre le" in " ".join(letter.split())


def add_days(court: Court, start: int, count: int) -> None:
    """More attempts, after those that there are."""
    for one in tries(count, first=FIRST + timedelta(days=start)):
        record_attempt(court.store, one)


def test_petition_supplements_and_a_new_petition(tmp_path: Path) -> None:
    court = open_court(tmp_path, days=20)
    with court.store:
        court.add(NewStep(kind=JournalKind.EMAIL, on=date(2026, 6, 10), text="Demande.", title="première demande"))
        petition = court.export(file=True, now=after(20))
        assert "frozen" in " ".join(petition.sentences())
        before = files_of(petition.path)
        add_days(court, 20, 8)
        record_notice(court.store, next(iter(tries(1, first=FIRST + timedelta(days=28)))))
        court.add(NewStep(kind=JournalKind.LETTER, on=date(2026, 6, 28), text="Lettre recommandée."), now=after(29))
        supplement = court.export(supplement=True, now=after(29))

        assert (supplement.filing, supplement.supplement) == (1, 1)
        lines, early = lines_of(supplement.path), lines_of(petition.path)
        assert lines[: len(early)] == early
        assert [line.number for line in lines] == list(range(1, len(lines) + 1))
        assert {line["depot"] for line in lines[len(early) :]} == {"1-C1"}
        present = {path.name for path in (supplement.path / FILED).iterdir()}
        assert present.isdisjoint({line["fichier"] for line in early})
        assert present >= {line["fichier"] for line in lines[len(early) :]}
        report = verify_bundle(supplement.path, deep=True)
        assert report.status == "passed", [check for check in report.checks if check.status != "passed"]
        intro = words_of(supplement.path / FILED / "00_Inventaire_detaille.pdf")
        assert "Inventaire détaillé des pièces complété" in intro

        again = court.export(again="1", now=after(40))
        assert files_of(again.path) == before
        assert files_of(court.export(again="1-C1").path) == files_of(supplement.path)

        with pytest.raises(UsageError, match="Nothing was added since the last filing"):
            court.export(supplement=True, now=after(30))
        add_days(court, 30, 3)
        second = court.export(supplement=True, now=after(34))
        assert second.supplement == 2
        assert lines_of(second.path)[: len(lines)] == lines
        assert verify_bundle(second.path).status == "passed"

        renewed = court.export(file=True, now=after(50))
        assert (renewed.filing, renewed.supplement) == (2, 0)
        assert lines_of(renewed.path)[0].number == 1
        said = words_of(found(renewed.path, "Synthese"))
        assert "Depuis la requête précédente (dépôt n° 1" in said
        assert verify_bundle(renewed.path, deep=True).status == "passed"


def test_a_supplement_needs_a_petition(tmp_path: Path) -> None:
    court = open_court(tmp_path, days=2)
    with court.store:
        with pytest.raises(UsageError, match="There is no filing yet that a supplement could complete"):
            court.export(supplement=True)
        with pytest.raises(UsageError, match="There is no filing 7 of this case"):
            court.export(again="7")
        with pytest.raises(UsageError, match="cannot go together"):
            court.export(file=True, supplement=True)
        assert list((court.folder / "out").iterdir()) == [] if (court.folder / "out").exists() else True


def test_what_was_erased_after_a_filing_leaves_its_number_and_says_so(tmp_path: Path) -> None:
    court = open_court(tmp_path, days=6)
    with court.store:
        added = court.add(NewStep(kind=JournalKind.OTHER, on=date(2026, 6, 3), text="Mauvaise personne."), now=after(6))
        court.export(file=True, now=after(7))
        court.store.erase_item(added.sequence, after(8))
        add_days(court, 9, 3)
        supplement = court.export(supplement=True, now=after(13))
        report = verify_bundle(supplement.path)
        assert report.status == "passed", [check for check in report.checks if check.status != "passed"]
        assert not (supplement.path / PROOFS / str(added.sequence) / "journal").exists()


def test_one_bundle_says_nothing_of_another_case(tmp_path: Path) -> None:
    """Names, labels, texts, addresses, digests of short texts: nothing of the one in the other's bundle."""
    court = open_court(tmp_path, days=5)
    other: Json = {
        "id": "bobigny-naturalisation",
        "prefecture": "Préfecture de la Seine-Saint-Denis",
        "label": "Naturalisation française",
        "choices": [],
    }
    url = "https://www.seine-saint-denis.gouv.fr/booking/create/16105"
    with court.store as store:
        store.add_case("ZQX9K", "naturalisation", after(0))
        store.follow("ZQX9K", other["id"], after(0))
        sequence = record_attempt(store, Try(at=after(1), procedure=other, parts=(part(salt="autre"),), url=url))
        theirs = Court(store=store, folder=court.folder, keys=court.keys, settings=court.settings, case="ZQX9K")
        text = "Visite du guichet de Bobigny"
        theirs.add(NewStep(kind=JournalKind.VISIT, on=date(2026, 6, 1), text=text, title="refus oral"), now=after(2))
        theirs.export(file=True, now=after(3))
        court.add(NewStep(kind=JournalKind.EMAIL, on=date(2026, 6, 2), text="Ma demande."), now=after(4))
        bundle = court.export(file=True, now=after(6)).path
        secret = store.secret_of(other["id"])
    traces = [other["id"], other["prefecture"], other["label"], url, "/16105", "Bobigny", "refus oral", "ZQX9K", secret]
    traces += [sha256(one.encode()) for one in (other["id"], text, "refus oral", "ZQX9K", url, "visit", other["label"])]
    for path in bundle.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        words = data + words_of(path).encode() if path.suffix == ".pdf" else data
        for trace in traces:
            assert trace.encode() not in words, (path.name, trace)
    assert not (bundle / PROOFS / str(sequence)).exists()
    assert verify_bundle(bundle).status == "passed"
    register = (bundle / PROOFS / "registre.jsonl").read_bytes().split(b"\n")
    assert json.loads(register[sequence - 1])["subject"] is not None  # it stands in the chain, mute


def test_an_attempt_left_out_of_the_bundle_is_found(draft: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", draft, copy], check=True, timeout=60)
    sequence = lines_of(copy)[10]["sequence"]
    subprocess.run(["rm", "-r", copy / PROOFS / sequence], check=True, timeout=60)
    details = [check.detail for check in verify_bundle(copy).checks if check.status == "failed"]
    assert any(f"entry {sequence} is about {CRETEIL['id']} and was left out" in detail for detail in details)


def test_captures_made_before_the_case_followed_are_context_only(tmp_path: Path) -> None:
    court = open_court(tmp_path, days=4)
    with court.store as store:
        store.add_case("L8", "renewal", after(5))
        store.follow("L8", NANTERRE["id"], after(5))
        late = Court(store=store, folder=court.folder, keys=court.keys, settings=court.settings, case="L8")
        with pytest.raises(UsageError, match="No capture in this period"):
            late.export(now=after(6))
        record_attempt(store, Try(at=after(7), procedure=NANTERRE, parts=(part(salt="new"),)))
        bundle = late.export(now=after(8)).path
    assert sum("Capture" in line["fichier"] for line in lines_of(bundle)) == 1
    assert "hors de la période" in words_of(found(bundle, "Registre"))


def test_two_filings_at_once_never_make_twins(tmp_path: Path) -> None:
    court = open_court(tmp_path, days=3)
    with court.store as store:
        real = store.freeze_filing
        done: list[bool] = []

        def late(new: object) -> object:
            if not done:
                done.append(True)
                with Store.open(court.folder / "evidence", now=lambda: after(4)) as second:
                    Court(store=second, folder=court.folder / "b", keys=court.keys, settings=court.settings).export(
                        file=True, now=after(4)
                    )
            return real(new)  # type: ignore[arg-type]

        store.freeze_filing = late  # type: ignore[method-assign, assignment]
        with pytest.raises(StoreError, match="nother export"):
            court.export(file=True, now=after(5))
        assert len(store.filings(court.case)) == 1
    assert not list((court.folder / "out").glob("*depot*"))


def test_the_answer_to_a_slot_is_numbered_whatever_the_period(tmp_path: Path) -> None:
    court = open_court(tmp_path, days=51)
    with court.store:
        slot = slot_of(court)
        court.add(
            NewStep(
                kind=JournalKind.SLOT_RESPONSE,
                on=date(2026, 7, 22),
                attempt=slot,
                result=SlotResult.TOO_FAR,
                text="2027",
            )
        )
        bundle = court.export(until=date(2026, 6, 20)).path
    assert any("Suite_donnee" in line["fichier"] for line in lines_of(bundle))


def test_a_case_with_dysfunctions_only_has_a_file(tmp_path: Path) -> None:
    from temoin.records import Outcome  # noqa: PLC0415

    with Store.open(tmp_path / "evidence", now=lambda: after(0)) as store:
        store.add_case("D5", "first_application", after(0))
        store.follow("D5", CRETEIL["id"], after(0))
        for day in range(1, 12, 3):
            shown = part(outcome=Outcome.OVERLOADED, sentence="", salt=str(day))
            record_attempt(store, Try(at=after(day), outcome=Outcome.OVERLOADED, parts=(shown,)))
        made = open_settings(tmp_path, store)
        bundle = made.export(now=after(14)).path
        assert verify_bundle(bundle, deep=True).status == "passed"
    assert "4 tentatives" in words_of(found(bundle, "Dysfonctionnements"))


def open_settings(folder: Path, store: Store) -> Court:
    from tests.court_case import new_keys, settings  # noqa: PLC0415

    return Court(store=store, folder=folder, keys=new_keys(), settings=settings(folder), case="D5")


def test_own_pieces_stay_in_the_order_of_the_petition(draft: Path) -> None:
    order = [line["fichier"].split("_", 1)[1].removesuffix(".pdf") for line in lines_of(draft)]
    own = [name for name in order if name in {"Identite", "Urgence", "Serieux_de_la_demande", "Autre_piece"}]
    assert own == ["Identite", "Urgence", "Serieux_de_la_demande", "Autre_piece"]
    assert len(PieceUse) == len(own)
    assert DAYS > 90


def test_addresses_and_names_can_be_searched_in_the_documents(draft: Path) -> None:
    for start, wanted in (("Courriel", "etrangers@prefecture.exemple.invalid"),):
        words = words_of(found(draft, start))
        assert "\u200b" not in words
        assert wanted in words
    inventory = words_of(draft / FILED / "00_Inventaire_detaille.pdf")
    assert "\u200b" not in inventory


def test_what_is_not_as_it_was_made_is_found_although_the_manifests_were_made_anew(draft: Path, tmp_path: Path) -> None:
    def crossed(text: str) -> str:
        lines = text.split("\r\n")
        lines[3:5], lines[6:8] = lines[6:8], lines[3:5]
        return "\r\n".join(lines)

    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", draft, copy], check=True, timeout=60)
    titles = copy / FILED / "TITRES.txt"
    told = titles.read_bytes().decode()
    for wrong in (crossed(told), told.replace("brouillon", "dossier", 1), told + "encore\r\n"):
        titles.write_bytes(wrong.encode())
        assert "TITRES.txt: its names and titles are not those" in failures(copy)
    titles.write_bytes(told.encode())
    (copy / PROOFS / "verifier.sh.txt").unlink()
    (copy / FILED / "vide").mkdir()
    assert f"{PROOFS}/verifier.sh.txt is missing" in failures(copy)
    assert f"{FILED}/vide is not a plain file" in failures(copy)


def failures(bundle: Path) -> str:
    """What ``verify`` says against it."""
    return "\n".join(check.detail for check in verify_bundle(bundle).checks if check.status == "failed")
