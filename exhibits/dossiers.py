"""Dossiers as the command line asks for them: opened, followed, changed, closed, erased; and what is told."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from exhibits.reading import check_case
from store.store import Store
from store.values import CaseRow
from temoin.canonical import Json
from temoin.clock import utc_text
from temoin.days import day_words
from temoin.errors import UsageError
from temoin.messages import _
from temoin.records import CaseKind, Operator
from temoin.screen import local_minute
from temoin.settings import Settings
from temoin.words import kind_words

# Opaque: it stands in file names and documents, and must not be a name. A digit keeps people from writing one.
CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9-]{0,29}")
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # without I and O, which are read as digits
DIGITS = "23456789"
DONE = frozenset({"asked_on", "reviewed_on"})  # days on which something was done; a permit ends whenever it ends


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A dossier about to be opened; without a ``code`` one is drawn."""

    code: str | None
    kind: CaseKind
    procedures: tuple[str, ...] = ()
    asked_on: date | None = None
    expires_on: date | None = None


def draw_code() -> str:
    """A code that says nothing of anybody, and is hard to misread: « K7QX »-like, one digit at least."""
    letters = [secrets.choice(ALPHABET) for _place in range(3)]
    return f"{letters[0]}{secrets.choice(DIGITS)}{letters[1]}{letters[2]}{secrets.choice(DIGITS)}"


def open_case(store: Store, settings: Settings, new: NewCase, *, now: datetime) -> Iterable[str]:
    """Open a dossier; what to tell the person.

    Raises:
        UsageError: a code that could be a name, or that there is already; a day of the mandate that is to come.
        ConfigError: a procedure that the configuration does not have.
    """
    code = new.code or draw_code()
    if not CODE.fullmatch(code):
        raise UsageError(
            _("“{code}” is no code of a case: up to 30 letters, digits and hyphens, with a digit.").format(code=code),
            remedy=_("A code is never a name. Leave it out: one is drawn."),
        )
    check_past(() if new.asked_on is None else (new.asked_on,), settings, now)
    chosen = [settings.procedure(name) for name in new.procedures]
    store.add_case(code, new.kind.value, now, asked_on=new.asked_on, expires_on=new.expires_on)
    for procedure in chosen:
        store.follow(code, procedure.id, now)
    return tuple(_opened(settings, new, code))


def check_past(days: Iterable[date], settings: Settings, now: datetime) -> None:
    """Refuse what is said to have happened on a day that has not begun at the station. Raises ``UsageError``."""
    today = now.astimezone(ZoneInfo(settings.station.timezone)).date()
    for day in days:
        if day > today:
            raise UsageError(
                _("{day} is still to come: only what was done can be noted.").format(day=day_words(day)),
                remedy=_("Check the day, above all the year."),
            )


def _opened(settings: Settings, new: NewCase, code: str) -> Iterable[str]:
    yield _("Case {code} is open. Note whose it is on paper: Témoin never knows.").format(code=code)
    if not new.procedures:
        yield _("It follows nothing yet: “temoin case follow {code} PROCEDURE”.").format(code=code)
    if settings.station.operator is Operator.ASSOCIATION:
        if new.asked_on is None:
            yield _(
                "Add the day the person asked you to act: “temoin case change {code} --asked-on YYYY-MM-DD”."
            ).format(code=code)
        yield _("Have the mandate signed: the template is among the letters of “temoin export”.")


def follow_procedures(
    store: Store, settings: Settings, code: str, procedures: Sequence[str], *, stop: bool, now: datetime
) -> Iterable[str]:
    """Follow procedures from now on, or no more; what to tell the person.

    Raises:
        UsageError: there is no such case, or it is closed.
        ConfigError: a procedure that the configuration does not have.
    """
    check_case(store, code)
    chosen = procedures if stop else [settings.procedure(name).id for name in procedures]
    if stop:
        _check_followed(store, code, chosen)
    for name in chosen:
        if stop:
            store.unfollow(code, name, now)
        else:
            store.follow(code, name, now)
    names = ", ".join(chosen)
    if stop:
        return (_("Case {code} follows {names} no more.").format(code=code, names=names),)
    return (
        _("Case {code} follows {names}. Only captures made from now on count for it.").format(code=code, names=names),
    )


def _check_followed(store: Store, code: str, procedures: Sequence[str]) -> None:
    followed = next(row.procedures for row in store.cases() if row.code == code)
    for name in procedures:
        if name not in followed:
            raise UsageError(
                _("Case {code} does not follow {name}.").format(code=code, name=name),
                remedy=_("It follows: {names}.").format(names=", ".join(followed) or "–"),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became known of a case; ``days`` by ``asked_on``, ``reviewed_on``, ``expires_on``."""

    kind: CaseKind | None
    days: Mapping[str, date]
    still_looking: bool


def change_case(store: Store, settings: Settings, code: str, change: Change, *, now: datetime) -> str:
    """Keep what became known of a case; what to tell the person. Only a permit may end on a day to come.

    Raises:
        UsageError: there is no such case, nothing was said, or a day of what was done is to come.
    """
    check_case(store, code)
    if change.kind is None and not change.days and not change.still_looking:
        raise UsageError(
            _("Nothing was said of case {code}.").format(code=code),
            remedy=_("Give --kind, --reviewed, --asked-on, --expires or --still-looking."),
        )
    check_past((day for name, day in change.days.items() if name in DONE), settings, now)
    changes: dict[str, Any] = dict(change.days)
    if change.kind is not None:
        changes["kind"] = change.kind.value
    if change.still_looking:
        changes["obtained"] = None
    store.change_case(code, **changes)
    return _("Noted for case {code}.").format(code=code)


def close_case(store: Store, code: str, *, why: str, now: datetime) -> str:
    """Close a case; what to tell the person.

    Raises:
        UsageError: there is no such case.
    """
    check_case(store, code)
    store.close_case(code, now, why)
    return _(
        "Case {code} is closed: nothing is captured for it any more, and everything is kept. When it is no longer "
        "needed (an appeal takes 15 days, a new petition is possible), “temoin case erase {code}” removes what is "
        "personal."
    ).format(code=code)


def erase_case(store: Store, code: str, *, now: datetime) -> str:
    """Erase what is personal in a case; what to tell the person.

    Raises:
        UsageError: there is no such case.
    """
    check_case(store, code)
    entry = store.erase_case(code, now)
    return _("What was personal in case {code} is erased; entry {sequence} of the register says so.").format(
        code=code, sequence=entry.sequence
    )


def case_json(row: CaseRow) -> Json:
    """One row of ``case list --json`` (DESIGN §12)."""
    return {
        "code": row.code,
        "kind": row.kind,
        "since": utc_text(row.since),
        "closed": None if row.closed is None else utc_text(row.closed),
        "procedures": list(row.procedures),
    }


def case_cells(row: CaseRow, zone: str) -> tuple[str, ...]:
    """One row of ``case list`` for people."""
    closed = "–" if row.closed is None else f"{local_minute(row.closed, zone)} ({row.closed_why or '–'})"
    reviewed = "–" if row.reviewed_on is None else row.reviewed_on.isoformat()
    return (
        row.code,
        kind_words(CaseKind(row.kind)),
        local_minute(row.since, zone),
        closed,
        ", ".join(row.procedures) or "–",
        reviewed,
    )
