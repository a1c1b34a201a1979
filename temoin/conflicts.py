"""What is wrong between the tables of a configuration, each of which is right by itself.

Ids given twice, values rougher than the floors of politeness, windows too short. Pure: the settings come as
values, problems go back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from temoin import floors
from temoin.hours import parse_window
from temoin.messages import _
from temoin.problems import Place, Problem
from temoin.records import Mode

if TYPE_CHECKING:  # temoin.settings calls this module
    from collections.abc import Iterator, Mapping, Sequence

    from temoin.settings import Authority, Politeness, Procedure


def find_conflicts(politeness: Politeness, procedures: Mapping[int, Procedure]) -> list[Problem]:
    """What is wrong between tables: an id given twice, floors of politeness, windows too short."""
    found = list(_duplicates(procedures))
    for index, procedure in procedures.items():
        if not floors.is_loopback(procedure.url):
            found += _below_floors(politeness, index, procedure)
        found += _short_windows(politeness, index, procedure)
    return found


def _duplicates(procedures: Mapping[int, Procedure]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, procedure in procedures.items():
        first = seen.setdefault(procedure.id, index)
        if first != index:
            sentence = _("“{name}” is already the id of procedures[{first}]")
            yield Problem(
                place=("procedures", index, "id"),
                sentence=sentence.format(name=procedure.id, first=first + 1),
                remedy=_("Give each démarche an id of its own."),
            )


def _attempts_of(politeness: Politeness, index: int, procedure: Procedure) -> tuple[Place, int]:
    """How many attempts a day, and the setting that says so."""
    if procedure.attempts_per_day is not None:
        return ("procedures", index, "attempts_per_day"), procedure.attempts_per_day
    return ("politeness", "attempts_per_day"), politeness.attempts_per_day


def _below_floors(politeness: Politeness, index: int, procedure: Procedure) -> Iterator[Problem]:
    """Values rougher than the floors, towards a real host (DESIGN §3.9)."""
    remedy = _("The floors of politeness are fixed; only a loopback address may go below them.")
    place, attempts = _attempts_of(politeness, index, procedure)
    if not 1 <= attempts <= floors.MAX_ATTEMPTS_PER_DAY:
        sentence = _("{given} is refused: from 1 to {most} attempts a day on a real site")
        sentence = sentence.format(given=attempts, most=floors.MAX_ATTEMPTS_PER_DAY)
        yield Problem(place=place, sentence=sentence, remedy=remedy)
    for name, least in (
        ("min_minutes_between_attempts", floors.MIN_MINUTES_PROCEDURE),
        ("min_minutes_per_host", floors.MIN_MINUTES_HOST),
    ):
        given = getattr(politeness, name)
        if given < least:
            sentence = _("{given} is refused: at least {least} minutes on a real site")
            sentence = sentence.format(given=given, least=least)
            yield Problem(place=("politeness", name), sentence=sentence, remedy=remedy)


def _short_windows(politeness: Politeness, index: int, procedure: Procedure) -> Iterator[Problem]:
    """Windows in which the day's unattended attempts cannot keep their distance."""
    attempts = _attempts_of(politeness, index, procedure)[1]
    apart = politeness.min_minutes_between_attempts
    minutes = sum(parse_window(text).minutes for text in procedure.windows)
    if procedure.mode is Mode.UNATTENDED and minutes < attempts * apart:
        sentence = _("{minutes} minutes in all are too short for {attempts} attempts {apart} minutes apart")
        yield Problem(
            place=("procedures", index, "windows"),
            sentence=sentence.format(minutes=minutes, attempts=attempts, apart=apart),
            remedy=_("Widen the windows to {needed} minutes or more.").format(needed=attempts * apart),
        )


def find_authority_conflicts(authorities: Sequence[Authority]) -> list[Problem]:
    """What is wrong with an authority's table as a whole: a name given twice, half of a login or of a certificate."""
    found: list[Problem] = []
    names: dict[str, int] = {}
    for index, authority in enumerate(authorities):
        place: Place = ("timestamp", "authorities", index)
        first = names.setdefault(authority.name, index)
        if first != index:
            sentence = _("“{name}” is already the name of timestamp.authorities[{first}]")
            found.append(
                Problem(
                    place=(*place, "name"),
                    sentence=sentence.format(name=authority.name, first=first + 1),
                    remedy=_("Give each authority a name of its own: its files are named by it."),
                )
            )
        found += _login(place, authority)
    return found


def _login(place: Place, authority: Authority) -> Iterator[Problem]:
    if bool(authority.username) != bool(authority.password_env):
        sentence = _("username and password_env go together")
        remedy = _("Write the user name here, and the name of the environment variable that holds the password.")
        yield Problem(place=(*place, "username"), sentence=sentence, remedy=remedy)
    if authority.username and authority.url.startswith("http:") and not floors.is_loopback(authority.url):
        sentence = _("a password is not sent over http://: anybody on the way could read it")
        yield Problem(place=(*place, "url"), sentence=sentence, remedy=_("Ask the authority for its https:// address."))
    if authority.client_key is not None and authority.client_certificate is None:
        sentence = _("missing: client_key is the key of a certificate")
        yield Problem(place=(*place, "client_certificate"), sentence=sentence)
