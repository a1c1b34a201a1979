"""``docs/preuve.md`` is held to the thresholds, bands and fields of the code."""

import re
from pathlib import Path

import pytest

from exhibits.coverage import CaseFacts, StepsFacts, Subject, assess
from exhibits.reasons import EXPIRY_DAYS
from exhibits.tally import BANDS
from temoin.records import CaseKind
from temoin.settings import Coverage
from tests.unit.test_coverage import MONDAY

FRENCH_BANDS = ("matin", "midi", "après-midi", "soir", "nuit")


@pytest.fixture(scope="module")
def parts(repository: Path) -> tuple[str, str]:
    """The French of the document, and its English summary; spaces that do not break are plain."""
    text = (repository / "docs" / "preuve.md").read_text(encoding="utf-8")
    french, english = re.sub("[\u00a0\u202f]", " ", text).split("\n---\n")
    return french, " ".join(english.split())


def test_every_threshold_and_its_source_stand_in_the_document(parts: tuple[str, str]) -> None:
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (\d+) \| .{40,} \| \w.+ \|$", parts[0]))
    assert {name: int(value) for name, value in rows.items()} == Coverage().model_dump()
    shown = dict(re.findall(r"(?m)^(\w+) = (\d+)$", parts[0]))
    assert {name: int(value) for name, value in shown.items()} == Coverage().model_dump()


def test_the_rule_is_told_with_the_numbers_of_the_code_in_both_languages(parts: tuple[str, str]) -> None:
    french, english = parts
    chosen = Coverage()
    rule = [int(number) for number in re.findall(r"\*\*(\d+)\*\*", french)]
    assert rule == [
        chosen.red_days,
        chosen.amber_days,
        chosen.amber_days_first_application,
        chosen.distinct_days,
        chosen.time_bands,
    ]
    assert (
        f"a span under {chosen.red_days} full days. **Amber** until {chosen.amber_days} "
        f"({chosen.amber_days_first_application} for a first application), {chosen.distinct_days} distinct days and "
        f"{chosen.time_bands} bands." in english
    )
    assert f"expire dans les {EXPIRY_DAYS} jours" in french
    assert f"expires within {EXPIRY_DAYS} days" in english


def test_the_bands_are_those_of_the_code_in_both_languages(parts: tuple[str, str]) -> None:
    french, english = parts
    rows = re.findall(r"(?m)^\| ([\w-]+) \| (\d+) h \| (\d+) h \|$", french)
    assert [(name, int(start), int(end)) for name, start, end in rows] == [
        (name, *hours) for name, hours in zip(FRENCH_BANDS, BANDS.values(), strict=True)
    ]
    told = ", ".join(f"{band.value} {start}–{end}" for band, (start, end) in BANDS.items())
    assert f"{told}." in english


def test_the_fields_of_the_json_are_those_of_the_code(parts: tuple[str, str]) -> None:
    found = assess(
        [],
        case=CaseFacts(code="K7", kind=CaseKind.OTHER),
        steps=StepsFacts(),
        thresholds=Coverage(),
        today=MONDAY.date(),
        subject=Subject(procedure="test"),
    ).to_json()
    listed = re.search(r"liste d’objets `([^`]+)`", parts[0])
    assert listed is not None
    named = [*re.split(r",\s+", listed[1]), "last_attempt", "last_proof", "dysfunction_gauge"]
    assert named == list(found)


def test_the_document_promises_nothing(parts: tuple[str, str]) -> None:
    promised = r"\bprêts?\b|irréfutable|gagné d’avance|\bready\b|irrefutable|certain de"
    assert [word for part in parts for word in re.findall(promised, part, re.IGNORECASE)] == []


def test_the_french_of_the_document_keeps_its_typography(repository: Path) -> None:
    text = (repository / "docs" / "preuve.md").read_text(encoding="utf-8").split("\n---\n")[0]
    prose = re.sub(r"```.*?```|`[^`]*`|^\*English.*$|^\|[ -|]+\|$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r".{0,20}(?:'| [:;?!»]|« |n° |\d h\b).{0,20}", prose) == []
