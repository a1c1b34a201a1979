"""What a configuration means once it is read: defaults, paths, platforms, the freedom of loopback."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from temoin.errors import ConfigError
from temoin.records import Automation, Mode, Operator
from temoin.settings import Settings, load_settings

EZBOOKING = "https://www.val-de-marne.gouv.fr/booking/create/4963"
Write = Callable[[str], Path]


def procedure(url: str, more: str = "", *, name: str = "a") -> str:
    return f'[[procedures]]\nid = "{name}"\nprefecture = "P"\nlabel = "L"\nurl = "{url}"\n{more}\n'


def test_an_empty_file_has_the_defaults_of_the_contract(write_config: Write) -> None:
    path = write_config("")
    settings = load_settings(path)
    assert settings.model_dump() == {
        "path": path,
        "station": {
            "name": "poste-1",
            "operator": Operator.SELF,
            "data_dir": path.parent / "evidence",
            "timezone": "Europe/Paris",
            "retention_months": 3,
            "public_address_url": "",
        },
        "browser": {"view": "auto", "executable": "", "proxy": "system"},
        "politeness": {
            "attempts_per_day": 2,
            "min_minutes_between_attempts": 60,
            "min_minutes_per_host": 5,
            "assisted_per_week": 3,
        },
        "clock": {"servers": ()},
        "notify": {"desktop": True, "urls": (), "refused": False},
        "coverage": {
            "red_days": 8,
            "amber_days": 21,
            "amber_days_first_application": 60,
            "distinct_days": 10,
            "time_bands": 3,
        },
        "timestamp": {"authorities": ()},
        "procedures": (),
    }


def test_a_procedure_has_the_defaults_of_the_contract(write_config: Write) -> None:
    (found,) = load_settings(write_config(procedure(EZBOOKING))).procedures
    assert found.model_dump() == {
        "id": "a",
        "prefecture": "P",
        "label": "L",
        "url": EZBOOKING,
        "instructions_url": "",
        "platform": "ezbooking",
        "choices": (),
        "terms_read": None,
        "automation": Automation.SILENT,
        "windows": ("07:00-22:30",),
        "openings": (),
        "mode": Mode.UNATTENDED,
        "timezone": None,
        "no_slot_text": "",
        "attempts_per_day": None,
        "confirmed": None,
    }


def test_every_setting_of_a_procedure_is_read(write_config: Write) -> None:
    more = (
        'choices = ["990", "Guichet"]\nterms_read = 2026-11-20\nautomation = "allowed"\nmode = "assisted"\n'
        'windows = ["08:00-12:00", "12:00-18:00"]\nopenings = ["mon 09:00", "day 1 09:00"]\n'
        'timezone = "Indian/Reunion"\nattempts_per_day = 4\n'
    )
    settings = load_settings(write_config(procedure(EZBOOKING, more)))
    (found,) = settings.procedures
    assert (found.choices, found.terms_read) == (("990", "Guichet"), date(2026, 11, 20))
    assert (found.automation, found.mode, found.attempts_per_day) == (Automation.ALLOWED, Mode.ASSISTED, 4)
    assert (found.windows, found.openings) == (("08:00-12:00", "12:00-18:00"), ("mon 09:00", "day 1 09:00"))
    assert settings.zone_of(found) == "Indian/Reunion"


def test_the_station_rules_where_a_procedure_has_no_zone(write_config: Write) -> None:
    settings = load_settings(write_config('[station]\ntimezone = "America/Cayenne"\n' + procedure(EZBOOKING)))
    assert settings.zone_of(settings.procedures[0]) == "America/Cayenne"


def test_relative_paths_start_at_the_file(write_config: Write) -> None:
    authority = '[[timestamp.authorities]]\nname = "a"\nurl = "https://tsa.example.invalid"\nroots = "roots/a.pem"\n'
    path = write_config('[station]\ndata_dir = "../kept"\n' + authority)
    settings = load_settings(path)
    assert settings.station.data_dir == path.parent / "../kept"
    assert settings.timestamp.authorities[0].roots == path.parent / "roots/a.pem"


def test_paths_are_absolute_when_the_file_is_named_relatively(
    write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_config("")
    monkeypatch.chdir(path.parent)
    settings = load_settings(Path("config.toml"))
    assert settings.path == path
    assert settings.station.data_dir == path.parent / "evidence"


def test_a_path_may_begin_at_home(write_config: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/exemple")
    monkeypatch.setenv("USERPROFILE", "/home/exemple")
    settings = load_settings(write_config('[station]\ndata_dir = "~/preuves"\n'))
    assert settings.station.data_dir == Path("/home/exemple/preuves")


def test_the_data_folder_of_the_environment_wins_and_starts_at_the_current_folder(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_config('[station]\ndata_dir = "ignored"\n')
    monkeypatch.chdir(tmp_path)
    assert load_settings(path, data_dir=Path("other")).station.data_dir == tmp_path / "other"


def test_the_mark_that_windows_editors_write_is_read_over(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'\xef\xbb\xbf[station]\r\nname = "poste-2"\r\n')
    assert load_settings(path).station.name == "poste-2"


RECOGNISED = {
    "https://www.val-de-marne.gouv.fr/booking/create/4963": "ezbooking",
    "http://www.essonne.gouv.fr/booking/create/23014/0": "ezbooking",
    "https://www.seine-maritime.gouv.fr/index.php/booking/create/47116/1/": "ezbooking",
    "https://www.rdv.ain.gouv.fr/booking/create/804": "ezbooking",
    "https://pprdv.interieur.gouv.fr/booking/create/989": "ezbooking",
    "https://WWW.Val-de-Marne.GOUV.FR:443/booking/create/4963": "ezbooking",
    "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/16040/": "rdv-prefecture",
    "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/16040/cgu/": "rdv-prefecture",
    "https://rdv.anct.gouv.fr/prendre_rdv?departement=94&public_link_organisation_id=2458": "rdv-service-public",
    "https://www.rdv-solidarites.fr/prendre_rdv?departement=94": "rdv-service-public",
    "https://rdv-etrangers-94.interieur.gouv.fr/eAppointmentpref94/element/jsp/specific/pref94.jsp": "eappointment",
}


@pytest.mark.parametrize(("url", "platform"), RECOGNISED.items())
def test_the_platform_is_recognised_from_the_address(write_config: Write, url: str, platform: str) -> None:
    assert load_settings(write_config(procedure(url))).procedures[0].platform == platform


@pytest.mark.parametrize(
    "url",
    [
        "https://www.val-de-marne.gouv.fr.exemple.invalid/booking/create/4963",
        "https://exemple.invalid/?x=www.val-de-marne.gouv.fr/booking/create/4963",
        "https://www.val-de-marne.gouv.fr/booking/manage/4963",
        "https://exemple.invalid/rdvpref/reservation/demarche/1/",
    ],
)
def test_an_address_that_only_resembles_is_not_recognised(write_config: Write, url: str) -> None:
    with pytest.raises(ConfigError, match="no known platform has this address"):
        load_settings(write_config(procedure(url)))


def test_generic_takes_any_unknown_address_with_its_sentence(write_config: Write) -> None:
    text = procedure("https://rendez-vous.exemple.invalid/x", 'platform = "generic"\nno_slot_text = "Rien. "')
    assert load_settings(write_config(text)).procedures[0].no_slot_text == "Rien."


def test_photo_mode_needs_no_sentence_since_the_person_declares_the_outcome(write_config: Write) -> None:
    text = procedure("https://rendez-vous.exemple.invalid/x", 'platform = "generic"\nmode = "photo"')
    assert load_settings(write_config(text)).procedures[0].mode is Mode.PHOTO


@pytest.mark.parametrize("mode", ["assisted", "photo"])
def test_a_site_that_says_no_to_programs_is_followed_by_hand(write_config: Write, mode: str) -> None:
    text = procedure(EZBOOKING, f'automation = "forbidden"\nmode = "{mode}"')
    assert load_settings(write_config(text)).procedures[0].automation is Automation.FORBIDDEN


def test_rdv_prefecture_may_be_unattended_up_to_its_captcha(write_config: Write) -> None:
    url = "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche/16040/"
    assert load_settings(write_config(procedure(url))).procedures[0].mode is Mode.UNATTENDED


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "127.3.2.1", "[::1]:8000", "localhost:8000", "prefecture.localhost"]
)
@pytest.mark.parametrize("platform", ["ezbooking", "rdv-prefecture", "rdv-service-public", "eappointment", "generic"])
def test_loopback_has_any_platform_and_no_floors(write_config: Write, host: str, platform: str) -> None:
    politeness = "[politeness]\nattempts_per_day = 0\nmin_minutes_between_attempts = 0\nmin_minutes_per_host = 0\n"
    sentence = 'no_slot_text = "Rien."' if platform == "generic" else ""
    more = f'platform = "{platform}"\nwindows = ["09:00-09:01"]\n{sentence}'
    settings = load_settings(write_config(politeness + procedure(f"http://{host}/x", more)))
    assert settings.procedures[0].platform == platform


def test_one_real_site_brings_the_floors_back(write_config: Write) -> None:
    loopback = procedure("http://127.0.0.1/x", 'platform = "ezbooking"', name="b")
    text = "[politeness]\nmin_minutes_per_host = 0\n" + loopback
    load_settings(write_config(text))
    with pytest.raises(ConfigError, match=r"politeness\.min_minutes_per_host: 0 is refused"):
        load_settings(write_config(text + procedure(EZBOOKING)))


@pytest.mark.parametrize("host", ["127.0.0.1.exemple.invalid", "localhost.exemple.invalid", "192.168.0.1", "0.0.0.0"])  # noqa: S104
def test_what_only_resembles_loopback_keeps_the_floors(write_config: Write, host: str) -> None:
    more = 'platform = "generic"\nno_slot_text = "Rien."\nattempts_per_day = 9'
    with pytest.raises(ConfigError, match="9 is refused: from 1 to 4 attempts a day on a real site"):
        load_settings(write_config(procedure(f"http://{host}/x", more)))


def test_gentler_than_the_defaults_is_always_allowed(write_config: Write) -> None:
    text = "[politeness]\nattempts_per_day = 1\nmin_minutes_between_attempts = 300\nmin_minutes_per_host = 60\n"
    assert load_settings(write_config(text + procedure(EZBOOKING))).politeness.attempts_per_day == 1


def test_a_procedure_is_found_by_its_id_and_a_near_one_is_proposed(write_config: Write) -> None:
    settings = load_settings(write_config(procedure(EZBOOKING, name="creteil") + procedure(EZBOOKING, name="evry")))
    assert settings.procedure("evry").id == "evry"
    with pytest.raises(ConfigError) as raised:
        settings.procedure("cretiel")
    assert raised.value.message == "config.toml has no procedure “cretiel”; did you mean “creteil”?"
    assert raised.value.remedy == "Known procedures: creteil, evry."


def test_settings_do_not_change_once_read(write_config: Write) -> None:
    settings: Settings = load_settings(write_config(""))
    with pytest.raises(ValidationError, match="frozen"):
        settings.station.name = "other"


def test_sentences_call_a_procedure_by_its_id_or_by_its_label_with_the_id_where_two_share_it(
    write_config: Write,
) -> None:
    tables = [procedure(f"http://127.0.0.1:9/{name}", 'platform = "ezbooking"', name=name) for name in ("a", "b", "c")]
    settings = load_settings(write_config("".join([*tables[:2], tables[2].replace('"L"', '"Titre"')])))
    assert [one.name for one in settings.procedures] == ["a", "b", "c"]
    labelled = settings.by_labels()
    assert [one.name for one in labelled.procedures] == ["L (a)", "L (b)", "Titre"]
    assert [one.id for one in labelled.procedures] == ["a", "b", "c"]
    assert labelled.model_dump() == settings.model_dump()
