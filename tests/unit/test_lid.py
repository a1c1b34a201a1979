"""What the systems answer about the lid, and what is told of it."""

import pytest

from scheduler.lid import lid_finding, logind_action, windows_action
from temoin.report import Status

POWERCFG = """
      Current AC Power Setting Index: 0x0000000{mains}
    Current DC Power Setting Index: 0x0000000{battery}
"""


@pytest.mark.parametrize(
    ("answer", "action"), [('s "suspend"\n', "suspend"), ('s "ignore"\n', "ignore"), ("", ""), ("Failed", "")]
)
def test_logind_is_understood(answer: str, action: str) -> None:
    assert logind_action(answer) == action


@pytest.mark.parametrize(("mains", "battery", "action"), [(0, 0, "ignore"), (1, 1, "sleep"), (0, 1, "sleep")])
def test_powercfg_is_understood_in_any_language(mains: int, battery: int, action: str) -> None:
    assert windows_action(POWERCFG.format(mains=mains, battery=battery)) == action
    assert windows_action("") == ""


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ('s "suspend"', Status.NOT_CHECKED, "a computer that sleeps visits nothing"),
        ('s "lock"', Status.PASSED, "works on when its lid is closed"),
        ("", Status.NOT_CHECKED, "could not be found out"),
    ],
)
def test_a_laptop_of_linux_is_told_what_its_lid_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, said: str, status: Status, words: str
) -> None:
    monkeypatch.setattr("scheduler.lid.sys.platform", "linux")
    monkeypatch.setattr("scheduler.lid.LIDS", tmp_path)
    monkeypatch.setattr("scheduler.lid._said", lambda *_command: said)
    found = lid_finding()
    assert found.status is status
    assert words in found.detail


def test_a_machine_without_lid_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("scheduler.lid.sys.platform", "linux")
    monkeypatch.setattr("scheduler.lid.LIDS", tmp_path / "none")  # type: ignore[operator]
    assert lid_finding().status is Status.PASSED
