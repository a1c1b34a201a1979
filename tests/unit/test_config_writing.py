"""config.toml is written whole or not at all, for the person alone, and never over something else."""

import os
import stat
from functools import partial
from pathlib import Path

import pytest

from temoin.config_writing import added_to, check_writable, read_config, write_config
from temoin.drafts import ProcedureDraft, StationDraft, build_procedure, build_station
from temoin.errors import ConfigError
from temoin.settings import load_settings

STATION = build_station(StationDraft())
URL = "https://www.val-de-marne.gouv.fr/booking/create/"


def table(name: str) -> str:
    return build_procedure(ProcedureDraft(id=name, prefecture="P", label="L", url=f"{URL}1"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "config.toml"


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_new_file_is_the_persons_alone(path: Path) -> None:
    write_config(path, added_to(STATION, table("a")))
    assert [procedure.id for procedure in load_settings(path).procedures] == ["a"]
    assert names_in(path.parent) == ["config.toml"]
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_overwritten(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("# mine\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"There is a file .* already; it was left as it is"):
        write_config(path, added_to(STATION, table("a")))
    assert path.read_text(encoding="utf-8") == "# mine\n"
    assert names_in(path.parent) == ["config.toml"]


@pytest.mark.parametrize("existing", [b"# mine\r\n[station]\r\nname = 'x'  # why\r\n", b"\xef\xbb\xbf# mine", b""])
def test_what_a_file_holds_stays_byte_for_byte_before_what_is_added(path: Path, existing: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(existing)
    before = read_config(path)
    write_config(path, added_to(before, table("a")), instead_of=before)
    assert path.read_bytes().startswith(existing)
    assert [procedure.id for procedure in load_settings(path).procedures] == ["a"]


def test_a_file_that_was_changed_meanwhile_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("# changed\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="was changed meanwhile"):
        write_config(path, STATION, instead_of="# before\n")
    assert path.read_text(encoding="utf-8") == "# changed\n"


@pytest.mark.parametrize("wrong", ["procedures = []\n", "[station]\nnam = 'x'\n"])
def test_what_would_be_no_usable_configuration_is_not_written(path: Path, wrong: str) -> None:
    path.parent.mkdir()
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^config\.toml, "):
        write_config(path, added_to(wrong, table("a")), instead_of=wrong)
    assert path.read_text(encoding="utf-8") == wrong
    assert names_in(path.parent) == ["config.toml"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text(STATION, encoding="utf-8")
    link.symlink_to(real)
    write_config(link, added_to(STATION, table("a")), instead_of=STATION)
    assert link.is_symlink()
    assert [procedure.id for procedure in load_settings(real).procedures] == ["a"]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for put in (partial(write_config, text=STATION), check_writable):
        with pytest.raises(ConfigError, match="cannot be written: ") as caught:
            put(tmp_path / "file" / "config.toml")
        assert caught.value.remedy == "Name a file in another folder with --config."


def test_a_folder_that_will_be_made_can_be_written(path: Path) -> None:
    check_writable(path)
    assert not path.parent.exists()
