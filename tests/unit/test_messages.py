"""The language that is spoken, and how it is chosen."""

import locale
import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

import exhibits.verify_bundle
import scheduler.followed
import scheduler.lid
import store.verify
from scheduler.missed import InvitationReason, MissedReason
from temoin.messages import (
    active_language,
    find_asked_language,
    find_language,
    n_,
    translate_help,
    use_language,
)
from temoin.records import CaseKind, Mode, Outcome
from temoin.report import Check, Report, Status
from temoin.screen import show_report
from temoin.words import check_words, kind_words, mode_words, outcome_words, reason_words, state_words, status_words

EXHIBITS = ("{count} exhibit, simulated: {path}", "{count} exhibits, simulated: {path}")


def test_french_and_english_are_spoken_when_asked_for() -> None:
    use_language("fr")
    assert outcome_words(Outcome.NO_SLOT) == "aucun rendez-vous libre"
    use_language("en")
    assert outcome_words(Outcome.NO_SLOT) == "no appointment free"


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "{count} pièce simulée"), (1, "{count} pièce simulée"), (2, "{count} pièces simulées")],
)
def test_none_and_one_are_singular_in_french(count: int, expected: str) -> None:
    use_language("fr")
    assert n_(*EXHIBITS, count).startswith(expected)


def test_the_language_that_is_spoken_is_known_to_whoever_starts_a_worker() -> None:
    use_language("fr")
    assert active_language() == "fr"
    use_language("en")
    assert active_language() == "en"


def test_a_language_that_the_program_does_not_speak_becomes_french() -> None:
    assert use_language("de") == "fr"


def test_a_sentence_that_the_catalogue_does_not_hold_is_said_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    use_language("fr")
    assert n_("no such sentence", "no such sentences", 2) == "no such sentences"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "fr"),
        ({"LANG": ""}, "fr"),
        ({"LANG": "C"}, "fr"),
        ({"LANG": "POSIX"}, "fr"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "de_DE.UTF-8"}, "fr"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_GB"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_TIME": "en_GB.UTF-8"}, "fr"),
    ],
)
def test_only_an_english_locale_makes_the_program_speak_english(
    environ: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert find_language(environ) == expected


@pytest.mark.parametrize(
    ("windows", "expected"),
    [("English_United States", "en"), ("en_GB", "en"), ("French_France", "fr"), ("fr_FR", "fr"), (None, "fr")],
)
def test_windows_is_asked_for_the_locale_of_its_user(
    windows: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(locale, "getlocale", lambda: (windows, "cp1252"))
    assert find_language({}) == expected


def test_the_locale_rules_when_no_language_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert use_language(None) == "en"
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert use_language(None) == "fr"


def test_choosing_a_language_leaves_the_environment_alone() -> None:
    before = dict(os.environ)
    use_language("fr")
    use_language("en")
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--lang", "en", "list"], "en"),
        (["--help", "--lang=fr"], "fr"),
        (["--lang"], None),
        (["list", "--json"], None),
        ([], None),
    ],
)
def test_the_language_is_known_before_the_command_line_is_parsed(arguments: list[str], expected: str | None) -> None:
    assert find_asked_language(arguments) == expected


def test_help_of_commands_options_and_inner_commands_is_translated() -> None:
    option = SimpleNamespace(help="For programs.")
    argument = SimpleNamespace()  # click's arguments have no help
    inner = SimpleNamespace(help="List the attempts, oldest first.", params=[option, argument])
    outer = SimpleNamespace(help=None, params=[], commands={"list": inner})
    use_language("fr")
    translate_help(outer)
    assert inner.help == "Donner la liste des tentatives. Les plus anciennes viennent d’abord."
    assert option.help == "Pour les programmes (JSON)."
    assert outer.help is None


def test_a_report_is_shown_in_french_with_the_numbers_of_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    use_language("fr")
    checks = (
        Check(name="3 chain", status=Status.FAILED, detail="ligne 2"),
        Check(name="terms", status=Status.NOT_CHECKED),
    )
    show_report(Report(checks=checks), as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "✗ 3 registre\u00a0: ligne 2",
        "– conditions du site",
        "La vérification a échoué\u00a0: voyez les lignes marquées ✗.",
    ]


@pytest.mark.parametrize("steps", [store.verify.STEPS, exhibits.verify_bundle.STEPS, exhibits.verify_bundle.DEEP_STEPS])
def test_every_step_of_a_verification_has_french_words(steps: Sequence[tuple[str, object]]) -> None:
    same_in_both = {"plans", "documents"}
    words = [name.partition(" ")[2] for name, _step in steps]
    use_language("fr")
    assert [word for word in words if check_words(word) == word and word not in same_in_both] == []


def test_every_name_of_a_check_has_french_words_and_a_line_does_not_break_inside_a_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    use_language("fr")
    assert [check_words(name) for name in (scheduler.followed.NAME, scheduler.lid.NAME)] == ["tentatives", "couvercle"]
    detail = "dernière tentative jamais. «\u00a0temoin run\u00a0» tire les heures au sort."
    show_report(Report(checks=(Check(name="attempts", status=Status.PASSED, detail=detail),)), as_json=False)
    assert capsys.readouterr().out.splitlines()[:3] == [
        "✓ tentatives\u00a0: dernière tentative",
        "jamais. «\u00a0temoin run\u00a0» tire les heures",
        "au sort.",
    ]


def test_modes_states_reasons_and_kinds_have_french_words() -> None:
    use_language("fr")
    assert [mode_words(mode) for mode in Mode] == ["Témoin seul", "avec vous", "par vous"]
    states = ("due", "done", "missed", "projected")
    assert [state_words(state) for state in states] == ["à venir", "faite", "manquée", "exemple"]
    reasons = [reason.value for reason in (*MissedReason, *InvitationReason)]
    assert [reason for reason in reasons if reason_words(reason) == reason] == []
    assert reason_words("a_word_of_tomorrow") == "a_word_of_tomorrow"
    assert [kind_words(kind) for kind in CaseKind if kind_words(kind) == kind.value] == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("passed", "vérifié"),
        ("failed", "échec"),
        ("incomplete", "vérification incomplète"),
        ("not_checked", "non vérifié"),
    ],
)
def test_every_answer_of_a_report_has_french_words(status: str, expected: str) -> None:
    use_language("fr")
    assert status_words(status) == expected
