"""The optional identity for letters: the fields of a form, and the file that ``temoin.identity`` reads.

Nothing of it is kept: the file is private, and goes when the letters are written.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from temoin.messages import _
from web.forms import YEARS, YEARS_OF_BIRTH

PREFIX = "id."  # of the form's fields
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # TOML takes none of them in a text


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityField:
    """One value of the file; ``key`` as in the file, with its table before a dot."""

    key: str
    label: str
    kind: str = "text"
    hint: str = ""

    @property
    def name(self) -> str:
        """Its name in the form."""
        return f"{PREFIX}{self.key}"


def identity_groups() -> tuple[tuple[str, tuple[IdentityField, ...]], ...]:
    """The fields by group, as ``identite.example.toml`` has them, in the active language."""
    return (
        (
            _("The person"),
            (
                IdentityField(key="nom", label=_("Family name")),
                IdentityField(key="prenoms", label=_("First names")),
                IdentityField(key="naissance_date", label=_("Birth date"), kind="date"),
                IdentityField(key="naissance_lieu", label=_("Town and country of birth")),
                IdentityField(key="nationalite", label=_("Nationality"), hint=_("In French, as a feminine adjective.")),
                IdentityField(key="adresse", label=_("Postal address")),
                IdentityField(key="courriel", label=_("E-mail address"), kind="email"),
                IdentityField(key="telephone", label=_("Phone number"), kind="tel"),
                IdentityField(key="numero_etranger", label=_("Foreigner’s number (AGDREF)")),
            ),
        ),
        (
            _("The permit and the request"),
            (
                IdentityField(
                    key="titre.nature", label=_("Present permit"), hint=_("In French, with its article: une carte de…")
                ),
                IdentityField(key="titre.expire_le", label=_("The day it expires"), kind="date"),
                IdentityField(
                    key="demande.titre",
                    label=_("Permit asked for"),
                    hint=_("In French, with its article: une carte de…"),
                ),
                IdentityField(key="demande.fondement", label=_("The article of law that gives the right to it")),
            ),
        ),
        (
            _("Those who help, and those to whom one writes"),
            (
                IdentityField(key="avocat.nom", label=_("Lawyer: name")),
                IdentityField(key="avocat.adresse", label=_("Lawyer: address")),
                IdentityField(key="association.nom", label=_("Association: name")),
                IdentityField(key="association.adresse", label=_("Association: address")),
                IdentityField(key="association.representant", label=_("Association: who represents it, and as what")),
                IdentityField(key="tribunal.nom", label=_("Court: name")),
                IdentityField(key="tribunal.adresse", label=_("Court: address")),
                IdentityField(
                    key="prefet.titre", label=_("Préfet: title"), hint=_("In French, with its article: le préfet du…")
                ),
                IdentityField(key="prefet.adresse", label=_("Préfet: address")),
                IdentityField(key="prefet.courriel", label=_("Préfet: e-mail address"), kind="email"),
            ),
        ),
    )


def fields() -> Iterable[IdentityField]:
    """Every field, in order."""
    return (one for _legend, group in identity_groups() for one in group)


def identity_toml(text: Callable[[str], str], day: Callable[[str, range], date | None]) -> str:
    """The file that says what the form says, by ``text`` and ``day`` of a field's name; empty when it says nothing.

    Raises:
        UsageError: a day is none.
    """
    tables: dict[str, list[str]] = {}
    for one in fields():
        value = _date(day(one.name, _years(one))) if one.kind == "date" else _text(text(one.name))
        if value:
            table, _dot, key = one.key.rpartition(".")
            tables.setdefault(table, []).append(f"{key} = {value}\n")
    return _written(tables)


def _years(field: IdentityField) -> range:
    return YEARS_OF_BIRTH if field.key == "naissance_date" else YEARS


def _written(tables: Mapping[str, Iterable[str]]) -> str:
    top = "".join(tables.get("", ()))
    return top + "".join(f"[{table}]\n{''.join(lines)}" for table, lines in tables.items() if table)


def _text(value: str) -> str:
    """A basic string of TOML, which takes what JSON takes, but for controls."""
    return json.dumps(_CONTROL.sub(" ", value), ensure_ascii=False) if value else ""


def _date(value: date | None) -> str:
    return "" if value is None else value.isoformat()
