"""The profile of a démarche, and the day on which somebody held it against the live site."""

from datetime import date

from scheduler.permission import profile_for
from temoin.settings import Procedure

GENERIC = {"platform": "generic", "no_slot_text": "Complet."}
EZBOOKING = {"url": "https://www.val-de-marne.gouv.fr/booking/create/4963"}


def procedure(**more: object) -> Procedure:
    plain = {"id": "a", "prefecture": "P", "label": "L", "url": "https://rendez-vous.exemple.invalid/page"}
    return Procedure.model_validate(plain | more)


def test_a_confirmed_page_bears_its_day_in_every_record() -> None:
    for more in (GENERIC, EZBOOKING):
        plain = profile_for(procedure(**more))
        confirmed = profile_for(procedure(**more, confirmed=date(2026, 11, 26)))
        assert plain.to_json()["confirmed"] is None
        assert confirmed.to_json() == {**plain.to_json(), "confirmed": "2026-11-26"}


def test_what_was_not_confirmed_says_so() -> None:
    assert profile_for(procedure(**EZBOOKING)).to_json()["confirmed"] is None
