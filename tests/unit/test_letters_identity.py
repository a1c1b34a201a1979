"""The identity file: all optional, its mistakes told in sentences, its example held to the model."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from temoin.errors import ConfigError
from temoin.identity import Association, Avocat, Demande, Identity, Prefet, Titre, Tribunal, read_identity

KEY = re.compile(r"(# )?(\w+ = .+|\[\w+\])$")
GENERAL = "Change this in identite.toml; identite.example.toml explains every line."
TABLES: dict[str, type[BaseModel]] = {
    "titre": Titre,
    "demande": Demande,
    "avocat": Avocat,
    "association": Association,
    "tribunal": Tribunal,
    "prefet": Prefet,
}


@pytest.fixture
def example(repository: Path) -> str:
    return (repository / "identite.example.toml").read_text(encoding="utf-8")


def switched_on(example: str) -> str:
    return "\n".join(line.removeprefix("# ") for line in example.splitlines() if KEY.fullmatch(line))


def written(folder: Path, text: str) -> Path:
    path = folder / "identite.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_as_it_is_leaves_every_blank(repository: Path) -> None:
    assert read_identity(repository / "identite.example.toml") == Identity()


def test_the_example_has_every_key_and_no_other(example: str) -> None:
    data = tomllib.loads(switched_on(example))
    assert set(data) == set(Identity.model_fields)
    for name, model in TABLES.items():
        assert set(data[name]) == set(model.model_fields), name


def test_the_example_loads_with_all_its_keys(tmp_path: Path, example: str) -> None:
    identity = read_identity(written(tmp_path, switched_on(example)))
    assert (identity.nom, identity.naissance_date) == ("EXEMPLE", date(1990, 1, 31))
    assert identity.titre.expire_le == date(2026, 12, 31)
    assert identity.prefet.titre == "le préfet du Département-Exemple"


def test_every_key_of_the_example_is_explained_in_two_languages(example: str) -> None:
    lines = example.splitlines()
    for number, line in enumerate(lines):
        if not KEY.fullmatch(line):
            continue
        comment = ""
        for before in reversed(lines[:number]):
            if not before.startswith("# ") or KEY.fullmatch(before):
                break
            comment = f"{before} {comment}"
        assert comment, line
        assert re.search(r" / |\. # ", comment), line


def test_an_empty_file_is_an_identity_without_anything(tmp_path: Path) -> None:
    assert read_identity(written(tmp_path, "")) == Identity()


def test_the_lines_of_an_address_and_pasted_spaces_become_one_line(tmp_path: Path) -> None:
    text = 'adresse = """1 rue de\u00a0l\'Exemple,\n  94000  Ville\n"""\n'
    assert read_identity(written(tmp_path, text)).adresse == "1 rue de l'Exemple, 94000 Ville"


def test_a_file_with_the_mark_of_windows_editors_is_read(tmp_path: Path) -> None:
    path = tmp_path / "identite.toml"
    path.write_bytes('nom = "É"\r\n'.encode("utf-8-sig"))
    assert read_identity(path).nom == "É"


MISTAKES = {
    "unknown key": ('prenom = "x"\n', "identite.toml, prenom: unknown setting; did you mean “prenoms”?"),
    "unknown key of a table": (
        '[tribunal]\nnon = "x"\n',
        "identite.toml, tribunal.non: unknown setting; did you mean “nom”?",
    ),
    "unknown table": ('[prefect]\ntitre = "x"\n', "identite.toml, prefect: unknown setting; did you mean “prefet”?"),
    "a date between quotes": (
        'naissance_date = "31/01/1990"\n',
        "identite.toml, naissance_date: must be a day such as 2026-11-20, without quotes",
    ),
    "a number where a text stands": (
        "numero_etranger = 9900000000\n",
        "identite.toml, numero_etranger: must be a text between quotes",
    ),
    "a text where a table stands": ('titre = "carte"\n', "identite.toml, titre: must be a table of settings"),
    "a text that is too long": (
        f'nom = "{"x" * 301}"\n',
        "identite.toml, nom: must be at most 300 characters that can be printed",
    ),
    "a control character": (
        'nom = "a\\u0000b"\n',
        "identite.toml, nom: must be at most 300 characters that can be printed",
    ),
    "two mistakes": (
        'prenom = "x"\n[tribunal]\nnon = "x"\n',
        (
            "identite.toml, tribunal.non: unknown setting; did you mean “nom”?\n"
            "identite.toml, prenom: unknown setting; did you mean “prenoms”?"
        ),
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_told_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_identity(written(tmp_path, text))
    assert (caught.value.message, caught.value.remedy) == (message, GENERAL)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no identity file .*identite\.toml\.") as caught:
        read_identity(tmp_path / "identite.toml")
    assert caught.value.remedy == "Copy identite.example.toml, or leave the option out: blanks stay in the letters."


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_identity(tmp_path)


def test_a_file_that_is_not_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"identite\.toml: not TOML \(.*line 1, column 7") as caught:
        read_identity(written(tmp_path, "nom = EXEMPLE\n"))
    assert caught.value.remedy == "Texts stand between quotes, dates without; see identite.example.toml."


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "identite.toml"
    path.write_bytes(b'nom = "\xe9"\n')
    with pytest.raises(ConfigError, match=r"identite\.toml, byte 7: not UTF-8 text"):
        read_identity(path)
