"""A proof whose control was refused, from the visit to the register: kept, not counted, and the host left alone."""

from pathlib import Path

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from exhibits.facts import read_attempt
from scheduler.job import capture_and_record, open_workshop
from temoin.records import Outcome
from temoin.settings import load_settings

pytestmark = pytest.mark.browser

CONFIG = """
[politeness]
attempts_per_day = 0
min_minutes_between_attempts = 0
min_minutes_per_host = 0
[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
platform = "rdv-service-public"
terms_read = 2026-11-01
"""


def test_a_doubted_proof_is_recorded_not_counted_and_stops_a_host_that_refused(tmp_path: Path) -> None:
    procedure = Procedure(platform="rdv-service-public", id="2458", pages=(Page.RSP_NO_SLOT,))
    with ReplicaServer([procedure], front=403) as server:
        path = tmp_path / "config.toml"
        path.write_text(CONFIG.format(url=server.address("2458")), encoding="utf-8")
        settings = load_settings(path)
        with open_workshop(settings, assisted=False) as workshop:
            recorded = capture_and_record(workshop, settings.procedures[0])
            store = workshop.store
            facts = read_attempt(recorded.sequence, store.record_bytes(recorded.sequence))
            (stop,) = store.host_stops(workshop.clock.now())
    assert (facts.outcome, facts.reason, facts.is_proof) == (Outcome.NO_SLOT, "control_failed", False)
    assert facts.record["politeness"]["control"]["status"] == 403
    assert facts.record["politeness"]["pace"]["hour"] == 1
    assert (stop.reason, stop.procedure) == ("blocked", None)
