"""What a search box asks: its words are found in what is looked through whatever the case and the accents."""

import unicodedata
from collections.abc import Iterable

from starlette.requests import Request

from temoin.settings import Procedure

LONGEST = 80  # letters; what comes after them is not asked
_SAME = str.maketrans({"’": "'", "œ": "oe", "æ": "ae"})


def words_asked(request: Request) -> str:
    """The words that the address asks for, the blanks around and between them made one; empty without any."""
    return " ".join(request.query_params.get("q", "")[:LONGEST].split())


def folded(text: str) -> str:
    """``text`` without its accents and capitals."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_SAME))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def find_procedures(procedures: Iterable[Procedure], words: str) -> tuple[Procedure, ...]:
    """Those that have each of ``words`` somewhere in their préfecture, their label or their id; all without any."""
    asked = folded(words).split()
    return tuple(one for one in procedures if all(word in _looked_through(one) for word in asked))


def _looked_through(procedure: Procedure) -> str:
    return folded(f"{procedure.prefecture}\n{procedure.label}\n{procedure.id}")
