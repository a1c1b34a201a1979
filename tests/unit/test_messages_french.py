"""The French catalogue: complete placeholders, French typography, one word for one thing.

That it is complete and compiled is checked by ``make check`` (tools/generate.py).
"""

import re
from collections.abc import Callable
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

import temoin.messages

CATALOGUE = Path(temoin.messages.__file__).parent / "fr" / "LC_MESSAGES" / "temoin.po"
Pair = tuple[str, str]  # English, French
DROPPED = {"{value!r} is not a valid {number_type}."}  # click names the type in English


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Every sentence with its French, each form of a plural apart."""
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="fr", domain="temoin")
    found: list[Pair] = []
    for message in catalogue:
        if message.id:
            english = [message.id] if isinstance(message.id, str) else list(message.id)
            french = [message.string] if isinstance(message.string, str) else list(message.string or ())
            found += [pair for pair in zip(english, french, strict=True) if pair[1]]  # `make check` tells the others
    return found


def placeholders(text: str) -> list[tuple[str, str | None]]:
    return sorted({(name, form) for _text, name, form, _how in Formatter().parse(text) if name is not None})


def test_each_french_sentence_has_the_placeholders_of_its_english(pairs: list[Pair]) -> None:
    assert [pair for pair in pairs if pair[0] not in DROPPED and placeholders(pair[0]) != placeholders(pair[1])] == []


RULES = {
    "an apostrophe is ’": r"\w'\w",
    "a narrow no-break space stands before ; ! ?": r"(^|[^\u202f])[;!?]",
    "a no-break space stands before a colon": r"(^|[^\u00a0]):(\s|$)",
    "a no-break space stands inside guillemets": r"«[^\u00a0\u202f]|[^\u00a0\u202f]»",
    "three dots are one character": r"\.\.\.",
    "quotation marks are guillemets": "[“”`]",
    "a number sign keeps to its number": "n° ",
    "a unit keeps to its number": r"\} (s|Mo)\b",
    "no sentence has two spaces": r"\s\s",
}


@pytest.mark.parametrize("rule", RULES)
def test_french_typography(rule: str, pairs: list[Pair]) -> None:
    plain = [french.replace("!r}", "}") for _english, french in pairs]  # a conversion is no exclamation
    assert [french for french in plain if re.search(RULES[rule], french)] == []


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("an apostrophe is ’", "l'heure"),
        ("a narrow no-break space stands before ; ! ?", "lancez ; puis"),
        ("a narrow no-break space stands before ; ! ?", "lancez; puis"),
        ("a no-break space stands before a colon", "voici : rien"),
        ("a no-break space stands before a colon", "voici:"),
        ("a no-break space stands inside guillemets", "« temoin »"),
    ],
)
def test_the_rules_find_what_is_wrong(rule: str, wrong: str) -> None:
    assert re.search(RULES[rule], wrong)


def shouts(text: str) -> bool:
    return "!" in text


def is_familiar(text: str) -> bool:
    return re.search(r"\b(tu|ton|tes|toi)\b", text, re.IGNORECASE) is not None


def names_things_otherwise(text: str) -> bool:
    """Other words than those of the documents: démarche, pièce, créneau, empreinte, horodatage, enregistrer."""
    return re.search(r"procédure|exhibit|slot|hash|timestamp|bundle|logger\b|daemon", text, re.IGNORECASE) is not None


@pytest.mark.parametrize("fault", [shouts, is_familiar, names_things_otherwise])
def test_french_is_calm_polite_and_of_one_vocabulary(fault: Callable[[str], bool], pairs: list[Pair]) -> None:
    prose = [re.sub(r"«[^»]*»|\{[^}]*\}", "", french) for _english, french in pairs]  # settings keep their names
    assert [text for text in prose if fault(text)] == []


def test_a_sentence_ends_in_french_as_it_does_in_english(pairs: list[Pair]) -> None:
    ends = [(english[-1] in ".…", french[-1] in ".…", french) for english, french in pairs if english != "fr | en"]
    assert [french for english_end, french_end, french in ends if english_end != french_end] == []
