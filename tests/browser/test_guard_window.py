"""What a page may put over itself in a real window: no permission's bubble, no print dialog."""

from collections.abc import Callable

import pytest

from capture.browser import BrowserChoice, BrowserSession
from temoin.records import Outcome
from tests.browser.test_guard import SENTENCE, Rogue, rogue, visit_rogue

__all__ = ["rogue"]  # the fixture

pytestmark = pytest.mark.browser

# The answer is only given to who came back from printing, and was refused without being asked.
ASKS = f"""<div id="inner_Booking"><form id="FormBookingCreate">…</form></div><script>
print();
Notification.requestPermission();
navigator.geolocation.getCurrentPosition(() => 0, (error) => {{
  if (error.code === 1) document.getElementById('FormBookingCreate').textContent = "{SENTENCE}";
}});
</script>"""


def test_permissions_are_refused_without_a_bubble_and_nothing_is_printed(
    chromium_executable: object, rogue: Callable[..., Rogue]
) -> None:
    with BrowserSession(BrowserChoice(executable=str(chromium_executable))) as running:
        visit = visit_rogue(running, rogue(ASKS))
        assert running.view == "window"
    assert (visit.outcome, visit.reason) == (Outcome.NO_SLOT, None)
    assert (visit.environment or {})["view"] == "window"
