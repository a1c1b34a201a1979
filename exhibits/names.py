"""File names and titles that Télérecours takes (pure).

Names are ASCII, at most 80 characters, without a dot but the extension's, and begin with the numbers of the
exhibits they hold (R.414-5 CJA, al. 3 and 5; Télérecours FAQ; facts in DESIGN §10).
"""

import re
import unicodedata

MAX_NAME = 80  # characters, Télérecours FAQ
FILE_NAME = re.compile(r"[A-Za-z0-9_-]+\.(pdf|csv|txt|docx)")
_NUMBERS = re.compile(r"(\d+)(?:-(\d+))?_")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "’": "'", "–": "-", "—": "-"})
_OFFICE = re.compile(r"^\s*(?:sous-)?préfecture\s+(?:du|de\s+la|de\s+l['’]|des|de|d['’])?\s*", re.IGNORECASE)


def slug(text: str) -> str:
    """``text`` in letters, digits and hyphens only: « Val-d’Oise » is ``Val-d-Oise``."""
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")


def place_of(prefecture: str) -> str:
    """The place a préfecture's name ends with, for a file name: ``Val-de-Marne``."""
    place = slug(_OFFICE.sub("", prefecture)) or slug(prefecture) or "demarche"
    return place[0].upper() + place[1:]


def number_range(first: int, last: int, width: int) -> str:
    """``03-23``, or ``03`` for one exhibit; ``width`` digits so that files sort by number."""
    text = f"{first:0{width}d}"
    return text if first == last else f"{text}-{last:0{width}d}"


def file_name(numbers: str, middle: str, tail: str = "", extension: str = "pdf") -> str:
    """``03-23_Captures_RDV_Val-de-Marne_2026-09-14_au_2026-09-20.pdf``; ``middle`` is cut to fit 80."""
    ends = f"_{tail}" if tail else ""
    room = MAX_NAME - len(numbers) - 1 - len(ends) - 1 - len(extension)
    return f"{numbers}_{middle[:room].rstrip('-_')}{ends}.{extension}"


def numbers_of(name: str) -> tuple[int, int] | None:
    """The first and last exhibit number that a file name announces; None when it announces none."""
    found = _NUMBERS.match(name)
    if found is None:
        return None
    first = int(found[1])
    return first, int(found[2] or first)


def check_name(name: str) -> str | None:
    """What is wrong with ``name`` for Télérecours; None when nothing is."""
    if len(name) > MAX_NAME:
        return f"more than {MAX_NAME} characters"
    if not FILE_NAME.fullmatch(name):
        return "characters other than ASCII letters, digits, - and _, or a dot before the extension"
    return None
