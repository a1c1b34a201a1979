"""Dossiers, journal, pieces, status and letters with the installed command, as a volunteer types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.server import ReplicaServer
from temoin.identity import Identity
from tests.acceptance.command import ID, Person
from tests.court_case import make_files

PASSPHRASE = {
    "TEMOIN_PASSPHRASE": "une phrase de passe d'essai",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
}


@pytest.fixture
def volunteer(make_person: Callable[..., Person], site: ReplicaServer) -> Person:
    """Somebody with a configuration and one capture made."""
    person = make_person(**PASSPHRASE)
    person.configure(site.address(ID))
    assert person.run("capture").code == 0
    return person


def said(person: Person, *arguments: str | Path, code: int = 0) -> str:
    done = person.run(*arguments)
    assert done.code == code, (done.out, done.err)
    return done.out if code == 0 else done.err


def test_a_volunteers_way_from_dossier_to_letters(volunteer: Person) -> None:
    files = make_files(volunteer.folder / "files")
    assert "Case K9X is open" in said(volunteer, "case", "add", "K9X", "--kind", "renewal", "--follow", "essai")
    assert volunteer.run("capture").code == 0  # the one before does not count for this dossier
    (opened, home) = json.loads(said(volunteer, "case", "list", "--json"))
    assert (home["code"], opened["code"], opened["kind"]) == ("dossier-1", "K9X", "renewal")
    assert opened["procedures"] == ["essai"]
    assert opened.keys() == {"code", "kind", "since", "closed", "procedures"}
    assert "Noted for case K9X" in said(volunteer, "case", "change", "K9X", "--reviewed", "2026-11-20")
    mail = ("journal", "add", "email", "--case", "K9X", "--on", "2026-11-20", "--at", "14:30", "--text", "Demande.")
    assert "Courriel du 20 novembre 2026 à 14" in said(volunteer, *mail, "--attach", files["eml"])
    assert "Justificatif d’identité" in said(
        volunteer, "piece", "add", files["png"], "--for", "identity", "--case", "K9X"
    )
    (step,) = json.loads(said(volunteer, "journal", "list", "--case", "K9X", "--open", "--json"))
    assert (step["kind"], step["text"], step["attachments"]) == ("email", "Demande.", ["exemple.eml"])
    rows = json.loads(said(volunteer, "status", "--case", "K9X", "--json"))
    assert [(row["case"], row["procedure"], row["level"]) for row in rows] == [("K9X", "essai", "red")]
    identity = volunteer.folder / "identite.toml"
    identity.write_text('nom = "EXEMPLE"\nprenoms = "Camille"\n', encoding="utf-8")
    assert Identity(nom="EXEMPLE").nom == "EXEMPLE"
    exported = ("export", "--case", "K9X", "--out", "pieces", "--file", "--identity", identity)
    words = said(volunteer, *exported)
    assert "Filing 1 is frozen" in words
    (bundle,) = [path for path in (volunteer.folder / "pieces").glob("K9X_depot_1_*") if (path / "bagit.txt").is_file()]
    letters = bundle.with_name(f"{bundle.name}_lettres")
    assert "EXEMPLE" in (letters / "requete_refere.txt").read_text(encoding="utf-8-sig")
    everything = [path.read_bytes() for path in (*bundle.rglob("*"), *volunteer.evidence.rglob("*")) if path.is_file()]
    assert not any(b"EXEMPLE" in data or b"Camille" in data for data in everything)
    assert said(volunteer, "verify", bundle, "--deep").splitlines()[-1].startswith("Everything was checked")
    assert said(volunteer, "verify").splitlines()[-1].startswith("Everything was checked")
    assert "is closed" in said(volunteer, "case", "close", "K9X", "--why", "appointment")
    assert "is erased; entry" in said(volunteer, "case", "erase", "K9X", "--yes")
    assert said(volunteer, "verify").splitlines()[-1].startswith("Everything was checked")
    assert [row["code"] for row in json.loads(said(volunteer, "case", "list", "--json"))] == ["dossier-1"]


SENSELESS = (
    (("case", "add", "Dupont"), "“Dupont” is no code of a case"),
    (("case", "follow", "K0", "essai"), "There is no case K0"),
    (("case", "change", "dossier-1"), "Nothing was said of case dossier-1"),
    (("journal", "add", "visit", "--on", "2026-11-20"), "Nothing was said, and no file was given"),
    (("piece", "add", "nowhere.pdf", "--for", "identity"), "There is no file nowhere.pdf"),
    (("export", "--out", "x", "--file", "--supplement"), "cannot go together"),
    (("export", "--out", "x", "--supplement"), "There is no filing yet"),
    (("export", "--out", "x", "--again", "3"), "There is no filing 3"),
)


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_what_makes_no_sense_is_refused_in_a_sentence(volunteer: Person) -> None:
    for arguments, words in SENSELESS:
        assert words in said(volunteer, *arguments, code=2)


def test_an_identity_file_with_an_unknown_key_is_told_with_the_nearest(volunteer: Person) -> None:
    identity = volunteer.folder / "identite.toml"
    identity.write_text('prenom = "Camille"\n', encoding="utf-8")
    told = said(volunteer, "export", "--out", "x", "--identity", identity, code=3)
    assert "prenoms" in told
    assert not (volunteer.folder / "x").exists()


def test_without_a_terminal_a_missing_passphrase_is_said(
    make_person: Callable[..., Person], site: ReplicaServer
) -> None:
    person = make_person(PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    person.configure(site.address(ID))
    assert person.run("capture").code == 0
    told = said(person, "journal", "add", "visit", "--on", "2026-11-20", "--text", "Rien.", code=2)
    assert "A passphrase is needed, and nobody is at the terminal to give it." in told
