"""When the site says that new appointments go on line."""

import pytest

from capture.announced import find_announced

SENTENCE = "Prochaine mise en ligne de nouveaux rendez-vous : le {} à {}"


@pytest.mark.parametrize(
    ("day", "hour", "instant"),
    [
        ("23/11/2026", "09:00", "2026-11-23T09:00:00+01:00"),
        ("06/07/2026", "9h30", "2026-07-06T09:30:00+02:00"),
        ("25/10/2026", "10H05", "2026-10-25T10:05:00+01:00"),
    ],
)
def test_the_announced_instant_is_read_in_the_procedure_s_zone(day: str, hour: str, instant: str) -> None:
    body = f"Aucun créneau disponible\n{SENTENCE.format(day, hour)}\npour des créneaux de la semaine du 07/12/2026"
    assert find_announced(body, "Europe/Paris") == instant


def test_spaces_that_do_not_break_are_spaces() -> None:
    body = "Prochaine mise en ligne de nouveaux rendez-vous\u00a0: le\n23/11/2026 à\u202f09:00"
    assert find_announced(body, "Indian/Reunion") == "2026-11-23T09:00:00+04:00"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Dernière mise en ligne de rendez-vous : le 16/11/2026 à 09:00",
        "Prochaine mise en ligne de nouveaux rendez-vous : le 31/02/2026 à 09:00",
        "Prochaine mise en ligne de nouveaux rendez-vous : le 23/11/2026 à 25:61",
        "Prochaine mise en ligne de nouveaux rendez-vous : bientôt",
    ],
)
def test_anything_else_announces_nothing(body: str) -> None:
    assert find_announced(body, "Europe/Paris") is None
