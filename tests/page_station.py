"""A station with attempts, for the page: two weeks of two démarches that are made up, a case, a slot that was seen."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.invitations import draw_invitations
from scheduler.planning import draw_missing_plans
from store.store import Store
from temoin.canonical import Json
from temoin.records import Mode, Outcome
from temoin.settings import load_settings
from tests.exhibit_case import Try, part, record_attempt

NOW = datetime(2026, 11, 26, 11, tzinfo=UTC)  # a Thursday, noon in Paris
DAY = timedelta(days=1)
ALONE, WITH_YOU = "essai-seul", "essai-avec-vous"
CASE = "essai-1"
CONFIG = """# kept as it is
[station]
operator = "self"
timezone = "Europe/Paris"

[politeness]
assisted_per_week = 7

[notify]
desktop = false
urls = []
refused = true

[[procedures]]
# the first one
id = "essai-seul"
prefecture = "Préfecture de l’Exemple"
label = "Démarche <b>d’essai</b>"   # as it is written there
url = "http://127.0.0.1:9/booking/create/1"
platform = "ezbooking"
terms_read = 2026-11-01
automation = "silent"
windows = ["07:00-22:30"]

# the second one
[[procedures]]
id = "essai-avec-vous"
prefecture = "Préfecture de l’Exemple"
label = "Démarche d’essai, avec vous"
url = "http://127.0.0.1:9/rdvpref/reservation/demarche/2/"
platform = "rdv-prefecture"
terms_read = 2026-11-01
automation = "silent"
mode = "assisted"
windows = ["11:30-12:00"]
"""
NAMES: dict[str, Json] = {
    name: {"id": name, "prefecture": "Préfecture de l’Exemple", "label": "Démarche d’essai", "choices": []}
    for name in (ALONE, WITH_YOU)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What ``fill`` made: the configuration, and the entries that matter."""

    config: Path
    picture: int  # the entry of the newest answer with a picture
    slot: int


def fill(folder: Path) -> Filled:
    """Write the configuration and two weeks of attempts; today's plan and invitation stand at ``NOW``."""
    config = folder / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    settings = load_settings(config)
    start = NOW - 13 * DAY
    with Store.open(settings.station.data_dir, now=lambda: start) as store:
        store.ensure_case(CASE, "renewal", start)
        for name in (ALONE, WITH_YOU):
            store.follow(CASE, name, start)
        for back in range(12, 1, -1):
            outcome = (Outcome.NO_SLOT, Outcome.OVERLOADED, Outcome.MISSED, Outcome.NO_SLOT)[back % 4]
            reason = "station_off" if outcome is Outcome.MISSED else None
            attempt(store, NOW - back * DAY, outcome, reason=reason)
        slot = attempt(store, NOW - DAY, Outcome.SLOT_SEEN)
        picture = attempt(store, NOW - timedelta(hours=2), Outcome.NO_SLOT, parts=True)
    with Store.open(settings.station.data_dir, now=lambda: NOW) as store:
        draw_missing_plans(settings, store, now=NOW - timedelta(hours=4))
        for back in range(7, -1, -1):  # invited on some of these days
            draw_invitations(settings, store, now=NOW - back * DAY - timedelta(hours=4))
    return Filled(config=config, picture=picture, slot=slot)


def attempt(store: Store, at: datetime, outcome: Outcome, *, reason: str | None = None, parts: bool = False) -> int:
    """One attempt of the démarche that Témoin visits alone."""
    one = Try(
        at=at,
        procedure=NAMES[ALONE],
        outcome=outcome,
        reason=reason,
        parts=(part(outcome=outcome, sentence="Plus <i>rien</i> de libre.", salt="page"),) if parts else (),
        mode=Mode.UNATTENDED,
        simulated=True,
        url="http://127.0.0.1:9/booking/create/1",
    )
    return record_attempt(store, one)
