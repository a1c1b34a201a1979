"""``check``, of the timestamp authorities: each is asked about random bytes, and told apart by what it answers.

The trial counts as a request: whoever was asked too short a time ago is not asked again, and that is said. Nothing is
kept of it but when it was made. A real authority is not asked by a station that follows loopback addresses only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.stamping import ROUND_SECONDS, askable, rests
from store.opening import DATABASE_NAME
from store.stamp_values import StampHeads, StampingRow
from store.store import Store
from temoin.clock import utc_now
from temoin.errors import StoreError, TokenError
from temoin.messages import _
from temoin.report import Check, Status
from temoin.settings import Authority, Settings

if TYPE_CHECKING:
    from datetime import datetime

    from scheduler.authorities import AuthorityError, Granted

NAME = "timestamps"


def find_authorities(settings: Settings) -> Iterator[Check]:
    """One finding for each authority; one that none is configured."""
    authorities = settings.timestamp.authorities
    if not authorities:
        words = _("No timestamp authority is configured: the time rests on this machine’s clock and the site’s.")
        yield Check(name=NAME, status=Status.NOT_CHECKED, detail=words)
        return
    allowed = {one.name for one in askable(settings, simulated=False)}
    chosen, why = _claim(settings, [one for one in authorities if one.name in allowed])
    answers = _ask_all(chosen)
    for one in authorities:
        if one.name in answers:
            yield _finding(one, answers[one.name])
            continue
        words = why or _("{name}: asked a moment ago, as often as its terms let; try again in a minute.")
        if one.name not in allowed:
            words = _("{name}: not asked, since only replicas on this machine are followed.")
        yield Check(name=NAME, status=Status.NOT_CHECKED, detail=words.format(name=one.name))


def _claim(settings: Settings, authorities: Sequence[Authority]) -> tuple[list[Authority], str]:
    """Those that may be asked now; where no store is yet nobody was asked before."""
    due: list[Authority] = []

    def choose(rows: dict[str, StampingRow], _heads: StampHeads) -> list[StampingRow]:
        now: datetime = utc_now()
        due[:] = [one for one in authorities if not rests(one, rows.get(one.name), now)]
        known = [rows.get(one.name) or StampingRow(authority=one.name, asked_at=now) for one in due]
        return [replace(row, asked_at=now) for row in known]

    if not (settings.station.data_dir / DATABASE_NAME).is_file():
        return list(authorities), ""
    try:
        with Store.open(settings.station.data_dir, now=utc_now, create=False) as store:
            store.claim_stamps(choose)
    except StoreError as error:
        return [], "{name}: " + error.message.replace("{", "{{").replace("}", "}}")
    return due, ""


def _ask_all(authorities: Sequence[Authority]) -> "dict[str, Granted | AuthorityError | TokenError]":
    if not authorities:
        return {}
    from scheduler.authorities import ask_all  # noqa: PLC0415 - cryptography: only where one is asked
    from store.tokens import random_message  # noqa: PLC0415 - as above

    return ask_all(authorities, random_message(), seconds=ROUND_SECONDS)


def _finding(authority: Authority, answer: "Granted | AuthorityError | TokenError") -> Check:
    if isinstance(answer, Exception):
        detail = f"{authority.name}: {answer.message} {answer.remedy}"
        return Check(name=NAME, status=Status.NOT_CHECKED, detail=detail)
    words = _("{name}: granted in {seconds:.1f} s by {subject}").format(
        name=authority.name,
        seconds=(answer.received_at - answer.asked_at).total_seconds(),
        subject=answer.token.subject,
    )
    detail = words if authority.qualified else _("{words} (not qualified)").format(words=words)
    return Check(name=NAME, status=Status.PASSED, detail=detail)
