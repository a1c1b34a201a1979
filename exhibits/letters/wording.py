"""French that letters share: sentences set right, blanks, numbers in words, dates from … to …, exhibit numbers (pure).

What comes from a person or a site reaches a sentence of ours only through ``say``'s values, so that it stands as it
was given: our typography is for our own words.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, time
from itertools import groupby

from temoin.french import MONTHS, NARROW, NO_BREAK, french_date, quoted, typeset

DOTS = "…" * 11  # what a person writes over; long enough to be seen, short enough not to be cut
NUMBER = f"n°{NO_BREAK}"
TALL = 1000  # from here on, numbers are written in figures
RUN = 3  # « 3 à 5 », but « 3 et 4 »

_TIGHT = (
    (re.compile(r"\b(articles?) (?=[LR]\.)"), rf"\1{NO_BREAK}"),
    (re.compile(r"\b([LR]\.) (?=\d)"), rf"\1{NO_BREAK}"),
    (re.compile(r"\b(n°) (?=\S)"), rf"\1{NO_BREAK}"),
    (re.compile(r"\b(nos) (?=\d)"), rf"\1{NO_BREAK}"),
    (re.compile(r"(?<=\d) (?=(?:€|h|Mo)\b|€)"), NO_BREAK),
)
_UNITS = (
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
)
_TENS = ("", "dix", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt")


def say(words: str, /, **given: str) -> str:
    """Our own French ``words`` with typographic spaces and apostrophes, then what was ``given`` put in as it is."""
    return set_right(words).format_map({name: plain(value) for name, value in given.items()})


def set_right(words: str) -> str:
    """``words`` with typographic spaces and apostrophes, articles and amounts unbroken."""
    text = typeset(words)
    for found, tight in _TIGHT:
        text = found.sub(tight, text)
    return text


def plain(text: str) -> str:
    """``text`` on one line and without control characters, which no document can hold."""
    kept = "".join(" " if char in "\t\r\n" else char for char in text)
    kept = "".join(char for char in kept if unicodedata.category(char) not in {"Cc", "Cs", "Cn"})
    return re.sub(r" {2,}", " ", kept).strip(" ")


def blank(label: str) -> str:
    """What stands where nothing is known: « …………………… (nom et prénoms) »."""
    return f"{DOTS}{NO_BREAK}({say(label)})"


def given(value: str | None, label: str) -> str:
    """``value``, or the blank that asks for it."""
    return plain(value) if value else blank(label)


def in_words(count: int, *, feminine: bool = False) -> str:
    """``count`` as it is written: « vingt », « quatre-vingts », « vingt et une »; in figures from 1 000 on.

    Raises:
        ValueError: a number below zero.
    """
    if count < 0:
        raise ValueError(f"{count} is below zero")
    if count >= TALL:
        return f"{count:,}".replace(",", NARROW)
    words = _hundreds(count)
    return f"{words}e" if feminine and re.search(r"\bun$", words) else words


def _hundreds(count: int) -> str:
    hundreds, rest = divmod(count, 100)
    if not hundreds:
        return _below_hundred(rest)
    head = "cent" if hundreds == 1 else f"{_UNITS[hundreds]} cent"
    if rest:
        return f"{head} {_below_hundred(rest)}"
    return head if hundreds == 1 else f"{head}s"


def _below_hundred(count: int) -> str:
    if count < len(_UNITS):
        return _UNITS[count]
    tens, unit = divmod(count, 10)
    if tens in {7, 9}:  # soixante-dix, quatre-vingt-dix: counted on from sixty and eighty
        unit += 10
    if not unit:
        return f"{_TENS[tens]}s" if tens == 8 else _TENS[tens]  # noqa: PLR2004 - quatre-vingts alone takes an s
    if unit in {1, 11} and tens < 8:  # noqa: PLR2004 - vingt et un, soixante et onze, but quatre-vingt-un
        return f"{_TENS[tens]} et {_UNITS[unit]}"
    return f"{_TENS[tens]}-{_UNITS[unit]}"


def many(count: int, word: str, plural: str = "") -> str:
    """« 1 tentative », « 12 345 tentatives »; French plurals begin at two."""
    return f"{count:,}".replace(",", NARROW) + NO_BREAK + (word if count < 2 else plural or f"{word}s")  # noqa: PLR2004


def day_text(day: date) -> str:
    """« 1er janvier 2026 »."""
    return french_date(day, weekday=False)


def period_text(first: date, last: date) -> str:
    """« du 14 au 20 septembre 2026 », « le 14 septembre 2026 » for one day."""
    if first == last:
        return f"le {day_text(first)}"
    return f"du {_shortened(first, last)} au {day_text(last)}"


def between_text(first: date, last: date) -> str:
    """« entre le 1er et le 20 janvier 2026 », « le 1er janvier 2026 » for one day."""
    if first == last:
        return f"le {day_text(first)}"
    return f"entre le {_shortened(first, last)} et le {day_text(last)}"


def _shortened(first: date, last: date) -> str:
    """``first`` without the year and the month that ``last`` says again."""
    words = day_text(first).split(" ")
    if first.year != last.year:
        return " ".join(words)
    return " ".join(words[:1] if first.month == last.month else words[:2])


def captures_text(count: int, first: date, last: date, *, of: str = "") -> str:
    """« vingt captures d’écran réalisées entre le 1er et le 20 janvier 2026 », for a letter's list of enclosures.

    ``of`` comes after « captures d’écran », where the letter has to say what they show.

    Raises:
        ValueError: a number below zero.
    """
    if count == 0:
        return say("aucune capture d'écran")
    words = in_words(count, feminine=True)
    noun, made = ("capture d'écran", "réalisée") if count == 1 else ("captures d'écran", "réalisées")
    return say(f"{words} {noun}{of} {made} {between_text(first, last)}")


def month_text(day: date) -> str:
    """« septembre 2026 »."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def listed(parts: Sequence[str]) -> str:
    """« a », « a et b », « a, b et c »."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} et {parts[-1]}" if parts else ""


def runs(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """``numbers`` as unbroken runs, rising: 3 4 5 9 is ((3, 5), (9, 9))."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return tuple((first, last) for first, last in found)


def exhibits_text(numbers: Iterable[int]) -> str:
    """« pièce n° 3 », « pièces n° 3 à 15, 17 et 20 »; empty when there is none."""
    parts: list[str] = []
    found = runs(numbers)
    for first, last in found:
        if last - first + 1 >= RUN:
            parts.append(f"{first}{NO_BREAK}à{NO_BREAK}{last}")
        else:
            parts += [str(number) for number in range(first, last + 1)]
    if not parts:
        return ""
    alone = len(found) == 1 and found[0][0] == found[0][1]
    return f"{'pièce' if alone else 'pièces'}{NO_BREAK}{NUMBER}{listed(parts)}"


def cited(numbers: Iterable[int | None]) -> str:
    """« (pièces n° 3 à 15) » with the space before it; empty when there is none."""
    words = exhibits_text(number for number in numbers if number is not None)
    return f" ({words})" if words else ""


def the_prefecture(name: str) -> str:
    """« la préfecture du Val-de-Marne »; another office's name stands between guillemets."""
    name = plain(name)
    for office in ("Préfecture", "Sous-préfecture"):
        if name.startswith(office):
            return f"la {office.lower()}{name.removeprefix(office)}"
    return f"le service {quoted(name)}"


def of_the_prefecture(name: str) -> str:
    """« de la préfecture du Val-de-Marne », « du service « … » »."""
    words = the_prefecture(name)
    return f"du {words.removeprefix('le ')}" if words.startswith("le ") else f"de {words}"


def days_text(days: Sequence[date]) -> str:
    """« le 3 octobre 2026 », « les 3 et 9 octobre 2026, et le 2 novembre 2026 », by month."""
    groups = [tuple(group) for _key, group in groupby(sorted(set(days)), key=lambda day: (day.year, day.month))]
    months = [_month_days(group) for group in groups]
    return listed(months)


def _month_days(days: Sequence[date]) -> str:
    shown = [day_text(day).split(" ")[0] for day in days]
    return f"{'le' if len(days) == 1 else 'les'} {listed(shown)} {month_text(days[0])}"


def hour_text(at: time) -> str:
    """« 09 h 12 »."""
    return f"{at:%H}{NARROW}h{NARROW}{at:%M}"


def upper_first(text: str) -> str:
    """``text`` with a capital."""
    return text[:1].upper() + text[1:]
