"""Who the letters speak of: an optional TOML file that the person keeps, read at each export, never stored.

Every value is optional: what is not given stays a visible blank. Keys are French, as the letters are; an unknown one
is told with the nearest known.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from temoin.errors import ConfigError
from temoin.messages import _
from temoin.os_words import os_words
from temoin.problems import Place, config_error, problem_of, reject
from temoin.values import Day

EXAMPLE = "identite.example.toml"
_LENGTH = 300  # characters; what is longer was pasted by mistake and would not fit a line of a letter


def _line(text: str) -> str:
    """One line: the lines of an address become one, with commas; no-break spaces that were pasted become spaces."""
    lines = [" ".join(line.split()).strip(" ,") for line in text.splitlines()]
    joined = ", ".join(line for line in lines if line)
    if len(joined) > _LENGTH or not joined.isprintable():
        reject(_("must be at most {most} characters that can be printed").format(most=_LENGTH))
    return joined


Text = Annotated[str, AfterValidator(_line)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Titre(_Table):
    """The permit that the person holds."""

    nature: Text = ""
    expire_le: Day | None = None


class Demande(_Table):
    """What the person asks for, and the text that gives the right to it."""

    titre: Text = ""
    fondement: Text = ""


class Avocat(_Table):
    """The person's lawyer."""

    nom: Text = ""
    adresse: Text = ""


class Association(_Table):
    """The association that makes the attempts, or helps."""

    nom: Text = ""
    adresse: Text = ""
    representant: Text = ""


class Tribunal(_Table):
    """The court that the petition is for."""

    nom: Text = ""
    adresse: Text = ""


class Prefet(_Table):
    """The préfet against whom it is, as one writes to them: « Préfet du Val-de-Marne »."""

    titre: Text = ""
    adresse: Text = ""
    courriel: Text = ""


class Identity(_Table):
    """All of the file; without a file, ``Identity()``."""

    nom: Text = ""
    prenoms: Text = ""
    naissance_date: Day | None = None
    naissance_lieu: Text = ""
    nationalite: Text = ""
    adresse: Text = ""
    courriel: Text = ""
    telephone: Text = ""
    numero_etranger: Text = ""
    titre: Titre = Titre()
    demande: Demande = Demande()
    avocat: Avocat = Avocat()
    association: Association = Association()
    tribunal: Tribunal = Tribunal()
    prefet: Prefet = Prefet()


# What is known where an unknown key stands.
_TABLES: Mapping[Place, type[_Table]] = MappingProxyType(
    {
        (): Identity,
        ("titre",): Titre,
        ("demande",): Demande,
        ("avocat",): Avocat,
        ("association",): Association,
        ("tribunal",): Tribunal,
        ("prefet",): Prefet,
    }
)


def read_identity(path: Path) -> Identity:
    """What the file at ``path`` says of the person.

    Raises:
        ConfigError: no such file, not TOML, or values that cannot be used: all of them told at once.
    """
    data = _read(path)
    try:
        return Identity.model_validate(data)
    except ValidationError as error:
        problems = [problem_of(found, _known_at(found["loc"])) for found in error.errors()]
        raise _own(path, config_error(path.name, problems).message) from error


def _own(path: Path, message: str) -> ConfigError:
    """``message`` about the file, with the remedy that names its own example."""
    remedy = _("Change this in {file}; {example} explains every line.").format(file=path.name, example=EXAMPLE)
    return ConfigError(message, remedy=remedy)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # the mark is what Windows' editors write
    except FileNotFoundError as error:
        raise ConfigError(
            _("There is no identity file {path}.").format(path=path),
            remedy=_("Copy {example}, or leave the option out: blanks stay in the letters.").format(example=EXAMPLE),
        ) from error
    except OSError as error:
        raise ConfigError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=os_words(error)),
            remedy=_("Check that it is a file and that you may read it."),
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("{file}, byte {byte}: not UTF-8 text.").format(file=path.name, byte=error.start),
            remedy=_("Save the file as UTF-8 in your editor."),
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            _("{file}: not TOML ({reason}).").format(file=path.name, reason=error),
            remedy=_("Texts stand between quotes, dates without; see {example}.").format(example=EXAMPLE),
        ) from error


def _known_at(place: Place) -> tuple[str, ...]:
    """The keys of the table in which ``place`` stands."""
    model = _TABLES.get(tuple(place[:-1]))
    return tuple(model.model_fields) if model else ()
