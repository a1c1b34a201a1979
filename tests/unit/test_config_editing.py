"""One démarche of a configuration changed, and nothing else of the file."""

import tomllib
from datetime import date

import pytest

from temoin.config_editing import Value, with_changes, with_settings
from temoin.errors import ConfigError

TEXT = """# hello
[station]
operator = "self"

[[procedures]]
# The id never changes.
id = "a"
label = "x"   # why
windows = ["07:00-22:30"]

# about b
[[procedures]]
id = "b"
label = "y"
"""
CHANGES: dict[str, Value] = {"label": 'é "q" \\', "confirmed": date(2026, 1, 2), "choices": ("u", "v"), "windows": None}


def changed(text: str) -> str:
    return with_changes(text, "a", CHANGES)


def test_comments_and_other_tables_stay() -> None:
    found = changed(TEXT)
    first, second = tomllib.loads(found)["procedures"]
    assert first == {"id": "a", "label": 'é "q" \\', "confirmed": date(2026, 1, 2), "choices": ["u", "v"]}
    assert second == {"id": "b", "label": "y"}
    assert "   # why\n" in found
    assert found.endswith('\n\n# about b\n[[procedures]]\nid = "b"\nlabel = "y"\n')
    assert found.startswith('# hello\n[station]\noperator = "self"\n')


def test_line_ends_and_the_mark_of_windows_stay() -> None:
    windows = "\ufeff" + TEXT.replace("\n", "\r\n")
    found = changed(windows)
    assert found == "\ufeff" + changed(TEXT).replace("\n", "\r\n")


def test_the_last_table_and_one_line_tables_can_be_changed_too() -> None:
    assert tomllib.loads(with_changes(TEXT, "b", {"mode": "photo"}))["procedures"][1]["mode"] == "photo"
    inline = 'procedures = [{id = "a", label = "x"}]\n'
    assert tomllib.loads(with_changes(inline, "a", {"label": "z", "mode": "photo"}))["procedures"] == [
        {"id": "a", "label": "z", "mode": "photo"}
    ]


def test_what_is_the_same_is_not_touched() -> None:
    assert with_changes(TEXT, "a", {"label": "x", "windows": ("07:00-22:30",), "confirmed": None}) == TEXT


@pytest.mark.parametrize("text", ["[[", TEXT.replace('"a"', '"c"'), ""])
def test_what_has_no_such_table_is_told(text: str) -> None:
    with pytest.raises(ConfigError):
        changed(text)


NOTIFY: dict[str, Value] = {"desktop": False, "urls": ("ntfys://a",), "refused": None}


@pytest.mark.parametrize(
    "before",
    [
        TEXT,
        TEXT.replace("[station]", "[notify]\n# how\ndesktop = true # yes\nurls = []\nrefused = true\n\n[station]"),
        "notify = {desktop = true}\n" + TEXT,
        "notify.desktop = true\n" + TEXT,
        "[notify]\n\n" + TEXT,
        TEXT + "\n[notify]\n",
        "",
    ],
    ids=["absent", "whole", "inline", "dotted", "empty", "last", "nothing"],
)
def test_a_table_of_the_station_is_changed_or_added_and_nothing_else(before: str) -> None:
    found = with_settings(before, "notify", NOTIFY)
    after = tomllib.loads(found)
    assert after.pop("notify") == {"desktop": False, "urls": ["ntfys://a"]}
    assert after == {name: value for name, value in tomllib.loads(before).items() if name != "notify"}
    assert with_settings(found, "notify", NOTIFY) == found
    assert all(line in found for line in before.splitlines() if line.startswith("#"))


def test_what_is_no_table_is_told() -> None:
    with pytest.raises(ConfigError, match="“notify” is no table"):
        with_settings("notify = 1\n", "notify", NOTIFY)
