"""What a person answered comes back through the settings as it was, whatever they typed."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from temoin.config_writing import added_to
from temoin.drafts import NotifyDraft, ProcedureDraft, StationDraft, build_id, build_procedure, build_station, quoted
from temoin.messages import use_language
from temoin.records import Automation, Mode, Operator
from temoin.settings import load_settings

ANY = st.text(st.characters(exclude_categories=["Cs"]))
LINES = st.text(min_size=1, max_size=80).filter(lambda text: text.isprintable() and text == text.strip() != "")
IDS = st.from_regex(r"[a-z0-9-]{1,60}", fullmatch=True)
DATA_DIRS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="~\0"), min_size=1, max_size=30)


@given(ANY)
def test_every_text_is_read_back_from_a_quoted_one(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}


@given(names=st.tuples(LINES, LINES), name=IDS, choices=st.lists(LINES, max_size=3), folder=DATA_DIRS)
def test_every_answer_is_read_back_by_the_settings(
    tmp_path_factory: pytest.TempPathFactory, names: tuple[str, str], name: str, choices: list[str], folder: str
) -> None:
    prefecture, label = names
    draft = ProcedureDraft(
        id=name,
        prefecture=prefecture,
        label=label,
        url="https://www.val-de-marne.gouv.fr/booking/create/4963",
        choices=tuple(choices),
        terms_read=date(2026, 11, 20),
    )
    path = tmp_path_factory.mktemp("drafts", numbered=True) / "config.toml"
    text = added_to(build_station(StationDraft(data_dir=folder)), build_procedure(draft))
    path.write_text(text, encoding="utf-8", newline="")
    settings = load_settings(path)
    (procedure,) = settings.procedures
    read = (procedure.id, procedure.prefecture, procedure.label, procedure.choices)
    assert read == (name, prefecture, label, tuple(choices))
    assert settings.station.data_dir == path.parent / folder


def test_all_that_was_answered_is_in_the_file(tmp_path: Path) -> None:
    station = StationDraft(
        data_dir="preuves",
        timezone="Indian/Reunion",
        operator=Operator.ASSOCIATION,
        notify=NotifyDraft(desktop=False, urls=("ntfys://ntfy.example.org/sujet",)),
    )
    draft = ProcedureDraft(
        id="essai",
        prefecture="Préfecture de l'Exemple",
        label="Renouvellement",
        url="https://rendez-vous.exemple.invalid/page",
        platform="generic",
        no_slot_text='Aucun "rendez-vous".',
        instructions_url="https://www.exemple.invalid/info",
        terms_read=date(2026, 11, 20),
        automation=Automation.FORBIDDEN,
        windows=("08:00-12:00", "14:00-18:00"),
        mode=Mode.ASSISTED,
        confirmed=date(2026, 11, 21),
    )
    path = tmp_path / "config.toml"
    path.write_text(added_to(build_station(station), build_procedure(draft)), encoding="utf-8")
    settings = load_settings(path)
    assert (settings.station.operator, settings.station.timezone) == (Operator.ASSOCIATION, "Indian/Reunion")
    assert (settings.notify.desktop, settings.notify.urls) == (False, ("ntfys://ntfy.example.org/sujet",))
    (procedure,) = settings.procedures
    for name in ("url", "platform", "no_slot_text", "instructions_url", "terms_read", "automation", "windows", "mode"):
        assert getattr(procedure, name) == getattr(draft, name), name
    assert procedure.confirmed == date(2026, 11, 21)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_explanation_is_a_comment_of_one_line(language: str) -> None:
    use_language(language)
    refused = build_station(StationDraft(notify=NotifyDraft(desktop=False)))
    text = refused + build_procedure(ProcedureDraft(id="a", prefecture="b", label="c", url="d", platform="generic"))
    kinds = re.compile(r"#.*|\[.*\]|\w+ = .*|")
    assert [line for line in text.splitlines() if not kinds.fullmatch(line)] == []
    assert "refused = true" in text.splitlines()
    assert ("# Les heures où" in text) is (language == "fr")


@pytest.mark.parametrize(
    ("prefecture", "label", "expected"),
    [
        ("Préfecture du Val-de-Marne", "Renouvellement", "val-de-marne-renouvellement"),
        ("Sous-préfecture de L’Haÿ-les-Roses", "Dépôt", "hay-les-roses-depot"),
        ("Préfecture du Val-de-Marne", "Première demande de titre de séjour", "val-de-marne-premiere-demande-de-titre"),
        ("Préfecture", "de", "demarche"),
        ("x" * 90, "a", "x" * 40),
        ("東京", "…", "demarche"),
    ],
)
def test_an_id_is_made_from_the_names(prefecture: str, label: str, expected: str) -> None:
    assert build_id(prefecture, label, ()) == expected


def test_an_id_that_is_taken_gets_a_number() -> None:
    assert build_id("Paris", "Dépôt", {"paris-depot", "paris-depot-2"}) == "paris-depot-3"
