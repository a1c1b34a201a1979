"""What is wrong with a configuration file, in words: pydantic's findings turned into sentences and remedies.

All problems of a file are told at once. Values are never repeated where they could hold a secret.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from pydantic_core import ErrorDetails, PydanticCustomError

from temoin.errors import ConfigError
from temoin.messages import _

OWN = "temoin"  # the type of the errors that our own validators raise
Place = tuple[int | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One setting that cannot be used: where it stands, what is wrong, and what else to do about it."""

    place: Place
    sentence: str
    remedy: str = ""


def reject(sentence: str, *, remedy: str = "") -> NoReturn:
    """Refuse the value that a validator holds; the caller of pydantic finds ``sentence`` and ``remedy``."""
    raise PydanticCustomError(OWN, "{sentence}", {"sentence": sentence, "remedy": remedy})


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean “windows”?`` when a known name is near, nothing otherwise."""
    found = get_close_matches(name, list(known), n=1)
    return _("; did you mean “{name}”?").format(name=found[0]) if found else ""


def problem_of(error: ErrorDetails, known: Sequence[str]) -> Problem:
    """One finding of pydantic; ``known`` are the settings of the table it is in."""
    context: dict[str, Any] = error.get("ctx", {})
    remedy = ""
    if error["type"] == OWN:
        sentence, remedy = context["sentence"], context["remedy"]
    elif error["type"] == "extra_forbidden":
        sentence = _("unknown setting{near}").format(near=nearest(str(error["loc"][-1]), known))
    elif error["type"] in {"enum", "literal_error"}:
        sentence = _choice_sentence(error["input"], context["expected"])
    else:
        sentence, remedy = _plain_sentence(error, context)
    return Problem(place=error["loc"], sentence=sentence, remedy=remedy)


def config_error(file: str, problems: Sequence[Problem]) -> ConfigError:
    """The error that tells all ``problems`` of ``file``, one line each, and the remedies once each."""
    lines = [f"{file}, {_place_text(problem.place)}: {problem.sentence}" for problem in problems]
    remedies = dict.fromkeys(problem.remedy for problem in problems if problem.remedy)
    general = _("Change this in {file}; config.example.toml explains every setting.").format(file=file)
    return ConfigError("\n".join(dict.fromkeys(lines)), remedy=" ".join(remedies) or general)


def _place_text(place: Place) -> str:
    """``procedures[2].windows[1]``: tables are counted from 1, as a person counts them."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def _choice_sentence(value: object, expected: str) -> str:
    """The values that are allowed, from pydantic's ``'auto', 'window' or 'page'``."""
    allowed = expected.replace(" or ", ", ").replace("'", "").split(", ")
    near = nearest(value, allowed) if isinstance(value, str) else ""
    return _("must be one of {allowed}{near}").format(allowed=", ".join(allowed), near=near)


def _plain_sentence(error: ErrorDetails, context: dict[str, Any]) -> tuple[str, str]:
    """What pydantic's own types of error mean to a person who writes TOML."""
    kind = error["type"]
    if kind == "tuple_type" and error["loc"] == ("procedures",):
        return _("must be a list of tables"), _("Write [[procedures]], with two brackets, before each démarche.")
    sentences = {
        "missing": _("missing"),
        "string_type": _("must be a text between quotes"),
        "path_type": _("must be a path between quotes"),
        "int_type": _("must be a whole number, without quotes"),
        "bool_type": _("must be true or false, without quotes"),
        "date_type": _("must be a day such as 2026-11-20, without quotes"),
        "tuple_type": _("must be a list between square brackets"),
        "model_type": _("must be a table of settings"),
        "greater_than_equal": _("must be at least {least}").format(least=context.get("ge")),
        "less_than_equal": _("must be at most {most}").format(most=context.get("le")),
    }
    return sentences.get(kind, error["msg"]), ""
