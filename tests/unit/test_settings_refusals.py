"""Every wrong configuration is told with file, key and remedy; the whole message is asserted."""

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from temoin.errors import ConfigError
from temoin.settings import load_settings

GOOD = {
    "id": '"creteil"',
    "prefecture": '"Préfecture du Val-de-Marne"',
    "label": '"Première demande"',
    "url": '"https://www.val-de-marne.gouv.fr/booking/create/4963"',
}
GENERAL = "Change this in config.toml; config.example.toml explains every setting."
FLOORS = "The floors of politeness are fixed; only a loopback address may go below them."
COPY = "Copy the whole address from the browser's address bar."
MIDNIGHT = "A window ends after it starts, on the same day, at 23:59 at the latest: write two of them around midnight."
SYNTAX = "Texts stand between quotes, lists between square brackets; see config.example.toml."
RECOGNISED = "Leave platform out: it is recognised from the address."
NAME_GENERIC = (
    'If the address is right, set platform = "generic", and no_slot_text to the exact sentence that the page shows '
    "when nothing is free."
)
NO_SENTENCE = "missing: platform “generic” needs the exact sentence that says that nothing is free"
PLATFORMS = "ezbooking, rdv-prefecture, rdv-service-public, eappointment, generic"
APPRISE = "Write it as the service’s page of the Apprise manual shows, such as ntfys://ntfy.example.org/my-topic."
RDV_PREFECTURE = "https://www.rdv-prefecture.interieur.gouv.fr/rdvpref/reservation/demarche"


def procedure(**changes: str) -> str:
    """One procedure that loads, but for ``changes``; an empty change leaves the setting out."""
    lines = [f"{name} = {value}" for name, value in {**GOOD, **changes}.items() if value]
    return "[[procedures]]\n" + "\n".join(lines) + "\n"


def timestamp(**changes: str) -> str:
    authority = {"name": '"a"', "url": '"https://tsa.exemple.invalid/"', "roots": '"roots/a.pem"', **changes}
    return "[[timestamp.authorities]]\n" + "\n".join(f"{name} = {value}" for name, value in authority.items())


ONE_PROBLEM = {
    "unknown table": ("[statoin]\n", "statoin: unknown setting; did you mean “station”?", GENERAL),
    "unknown key": ("[browser]\nveiw = 1\n", "browser.veiw: unknown setting; did you mean “view”?", GENERAL),
    "unknown key far from all": ("[browser]\nzzz = 1\n", "browser.zzz: unknown setting", GENERAL),
    "our own key": ('path = "x"\n', "path: unknown setting", GENERAL),
    "unknown key of the second procedure": (
        procedure() + procedure(id='"b"', windws='["07:00-22:30"]'),
        "procedures[2].windws: unknown setting; did you mean “windows”?",
        GENERAL,
    ),
    "unknown key of an authority": (
        timestamp(root='"x"'),
        "timestamp.authorities[1].root: unknown setting; did you mean “roots”?",
        GENERAL,
    ),
    "value outside a choice": (
        '[browser]\nview = "windw"\n',
        "browser.view: must be one of auto, window, page; did you mean “window”?",
        GENERAL,
    ),
    "operator": ('[station]\noperator = "me"\n', "station.operator: must be one of self, association", GENERAL),
    "quoted number": (
        '[politeness]\nassisted_per_week = "3"\n',
        "politeness.assisted_per_week: must be a whole number, without quotes",
        GENERAL,
    ),
    "negative": (
        "[politeness]\nassisted_per_week = -1\n",
        "politeness.assisted_per_week: must be at least 0",
        GENERAL,
    ),
    "number for a yes": ("[notify]\ndesktop = 1\n", "notify.desktop: must be true or false, without quotes", GENERAL),
    "text for a list": (
        '[notify]\nurls = "x"\n',
        "notify.urls: must be a list between square brackets",
        GENERAL,
    ),
    "channel without a kind": (
        '[notify]\nurls = ["hooks.example.invalid/sesame"]\n',
        "notify.urls[1]: is no Apprise address: a kind of service, “://”, and whom to reach",
        APPRISE,
    ),
    "channel that reaches nobody": (
        '[notify]\nurls = ["ntfys://a", "json://"]\n',
        "notify.urls[2]: is no Apprise address: a kind of service, “://”, and whom to reach",
        APPRISE,
    ),
    "channel of a kind misspelt": (
        '[notify]\nurls = ["mailtoo://me:sesame@example.invalid"]\n',
        "notify.urls[1]: no such kind of service; did you mean “mailto”?",
        APPRISE,
    ),
    "channel with a space": (
        '[notify]\nurls = ["ntfys://my topic"]\n',
        "notify.urls[1]: must not hold spaces or control characters",
        GENERAL,
    ),
    "number for a path": ("[station]\ndata_dir = 3\n", "station.data_dir: must be a path between quotes", GENERAL),
    "value for a table": ("browser = 3\n", "browser: must be a table of settings", GENERAL),
    "zero threshold": ("[coverage]\nred_days = 0\n", "coverage.red_days: must be at least 1", GENERAL),
    "single brackets": (
        procedure().replace("[[procedures]]", "[procedures]"),
        "procedures: must be a list of tables",
        "Write [[procedures]], with two brackets, before each démarche.",
    ),
    "time zone": (
        '[station]\ntimezone = "Europe/Pariss"\n',
        "station.timezone: no such time zone; did you mean “Europe/Paris”?",
        "Write a name of the IANA list, such as Europe/Paris or Indian/Reunion.",
    ),
    "time zone that is a folder": (
        procedure(timezone='"../../etc/passwd"'),
        "procedures[1].timezone: no such time zone",
        "Write a name of the IANA list, such as Europe/Paris or Indian/Reunion.",
    ),
    "no label": (procedure(label=""), "procedures[1].label: missing", GENERAL),
    "empty label": (procedure(label='" "'), "procedures[1].label: must not be empty", GENERAL),
    "label of two lines": (
        procedure(label='"a\\nb"'),
        "procedures[1].label: must be one line of at most 300 characters",
        GENERAL,
    ),
    "id": (
        procedure(id='"Créteil"'),
        "procedures[1].id: must be 1 to 60 characters among a-z, 0-9 and -, such as creteil-premiere-demande",
        GENERAL,
    ),
    "id given twice": (
        procedure() + procedure(),
        "procedures[2].id: “creteil” is already the id of procedures[1]",
        "Give each démarche an id of its own.",
    ),
    "no scheme": (
        procedure(url='"www.val-de-marne.gouv.fr/booking/create/4963"'),
        "procedures[1].url: must begin with http:// or https://",
        GENERAL,
    ),
    "file address": (
        procedure(url='"file:///etc/passwd"'),
        "procedures[1].url: must begin with http:// or https://",
        GENERAL,
    ),
    "no host": (procedure(url='"https:///booking"'), "procedures[1].url: has no host", COPY),
    "broken port": (procedure(url='"https://a.example:x/"'), "procedures[1].url: is no web address", COPY),
    "password in an address": (
        procedure(url='"https://me:secret@www.val-de-marne.gouv.fr/booking/create/4963"'),
        "procedures[1].url: must not hold a user name or password",
        GENERAL,
    ),
    "space in an address": (
        procedure(url='"https://www.val-de-marne.gouv.fr/booking/create/4963 "'),
        "procedures[1].url: must not hold spaces or control characters",
        GENERAL,
    ),
    "fragment": (
        procedure(url='"https://www.val-de-marne.gouv.fr/booking/create/4963#top"'),
        "procedures[1].url: must not hold a fragment (what follows “#”)",
        "Leave out “#” and what follows: the site never receives it.",
    ),
    "instructions": (
        procedure(instructions_url='"x"'),
        "procedures[1].instructions_url: must begin with http:// or https://",
        GENERAL,
    ),
    "unknown address": (
        procedure(url='"https://rendez-vous.exemple.invalid/x"'),
        "procedures[1].platform: missing: no known platform has this address",
        NAME_GENERIC,
    ),
    "loopback without platform": (
        procedure(url='"http://127.0.0.1:8000/booking/create/1"'),
        "procedures[1].platform: missing: on a loopback address the platform must be named",
        f"Name one of {PLATFORMS}.",
    ),
    "misspelt platform": (
        procedure(platform='"ezboking"'),
        f"procedures[1].platform: must be one of {PLATFORMS}; did you mean “ezbooking”?",
        GENERAL,
    ),
    "platform that contradicts the address": (
        procedure(platform='"rdv-prefecture"'),
        "procedures[1].platform: “rdv-prefecture” contradicts the address, which is one of ezbooking",
        RECOGNISED,
    ),
    "generic on a known host": (
        procedure(url='"https://rdv.anct.gouv.fr/x"', platform='"generic"', no_slot_text='"Rien."'),
        "procedures[1].platform: “generic” contradicts the address, which is one of rdv-service-public",
        RECOGNISED,
    ),
    "platform on a host it has not": (
        procedure(url='"https://rendez-vous.exemple.invalid/x"', platform='"ezbooking"'),
        "procedures[1].platform: the address is not that of a démarche on ezbooking",
        "Such an address looks like https://www.….gouv.fr/booking/create/NUMBER",
    ),
    "another page of a known host": (
        procedure(url=f'"{RDV_PREFECTURE}/"'),
        "procedures[1].platform: the address is not that of a démarche on rdv-prefecture",
        f"Such an address looks like {RDV_PREFECTURE}/NUMBER/",
    ),
    "address past availability": (
        procedure(url='"https://www.val-de-marne.gouv.fr/booking/create/4963/5"'),
        "procedures[1].platform: missing: no known platform has this address",
        NAME_GENERIC,
    ),
    "generic without its sentence": (
        procedure(url='"https://rendez-vous.exemple.invalid/x"', platform='"generic"'),
        f"procedures[1].no_slot_text: {NO_SENTENCE}",
        GENERAL,
    ),
    "sentence for a known platform": (
        procedure(no_slot_text='"Rien."'),
        "procedures[1].no_slot_text: only platform “generic” takes a sentence; ezbooking has its own",
        GENERAL,
    ),
    "empty choice": (procedure(choices='[""]'), "procedures[1].choices[1]: must not be empty", GENERAL),
    "terms read as a text": (
        procedure(terms_read='"2026-11-20"'),
        "procedures[1].terms_read: must be a day such as 2026-11-20, without quotes",
        GENERAL,
    ),
    "terms read at a time": (
        procedure(terms_read="2026-11-20T10:00:00"),
        "procedures[1].terms_read: must be a day such as 2026-11-20, without quotes",
        GENERAL,
    ),
    "automation": (
        procedure(automation='"yes"'),
        "procedures[1].automation: must be one of allowed, silent, forbidden",
        GENERAL,
    ),
    "a program where the site says no": (
        procedure(automation='"forbidden"'),
        "procedures[1].mode: “unattended” is refused while automation is “forbidden”: the site says no to programs",
        'Set mode = "assisted" or mode = "photo" for this démarche.',
    ),
    "no window": (
        procedure(windows="[]"),
        "procedures[1].windows: must hold at least one window, such as 07:00-22:30",
        GENERAL,
    ),
    "window without zeros": (
        procedure(windows='["7:00-22:30"]'),
        "procedures[1].windows: “7:00-22:30” is no window such as 07:00-22:30",
        MIDNIGHT,
    ),
    "window with an hour that is none": (
        procedure(windows='["07:00-24:00"]'),
        "procedures[1].windows: “07:00-24:00” is no window such as 07:00-22:30",
        MIDNIGHT,
    ),
    "window over midnight": (
        procedure(windows='["22:00-02:00"]'),
        "procedures[1].windows: “22:00-02:00” is no window such as 07:00-22:30",
        MIDNIGHT,
    ),
    "windows that overlap": (
        procedure(windows='["07:00-12:00", "11:59-20:00"]'),
        "procedures[1].windows: windows must follow one another and not overlap",
        GENERAL,
    ),
    "windows out of order": (
        procedure(windows='["14:00-18:00", "08:00-12:00"]'),
        "procedures[1].windows: windows must follow one another and not overlap",
        GENERAL,
    ),
    "windows too short": (
        procedure(windows='["09:00-09:50", "14:00-14:40"]'),
        "procedures[1].windows: 90 minutes in all are too short for 2 attempts 60 minutes apart",
        "Widen the windows to 120 minutes or more.",
    ),
    "opening": (
        procedure(openings='["lundi 09:00"]'),
        "procedures[1].openings[1]: “lundi 09:00” is no opening such as “mon 09:00” or “day 1 09:00”",
        GENERAL,
    ),
    "opening on a day that is none": (
        procedure(openings='["mon 09:00", "day 32 09:00"]'),
        "procedures[1].openings[2]: “day 32 09:00” is no opening such as “mon 09:00” or “day 1 09:00”",
        GENERAL,
    ),
    "five attempts a day": (
        "[politeness]\nattempts_per_day = 5\n" + procedure(),
        "politeness.attempts_per_day: 5 is refused: from 1 to 4 attempts a day on a real site",
        FLOORS,
    ),
    "five attempts a day of one procedure": (
        procedure(attempts_per_day="5"),
        "procedures[1].attempts_per_day: 5 is refused: from 1 to 4 attempts a day on a real site",
        FLOORS,
    ),
    "no limit on a real site": (
        procedure(attempts_per_day="0"),
        "procedures[1].attempts_per_day: 0 is refused: from 1 to 4 attempts a day on a real site",
        FLOORS,
    ),
    "attempts too near": (
        "[politeness]\nmin_minutes_between_attempts = 59\n" + procedure(),
        "politeness.min_minutes_between_attempts: 59 is refused: at least 60 minutes on a real site",
        FLOORS,
    ),
    "visits of a host too near, told once": (
        "[politeness]\nmin_minutes_per_host = 4\n" + procedure() + procedure(id='"b"'),
        "politeness.min_minutes_per_host: 4 is refused: at least 5 minutes on a real site",
        FLOORS,
    ),
    "authority's name": (
        timestamp(name='"A/B"'),
        "timestamp.authorities[1].name: must be 1 to 30 characters among a-z, 0-9 and -",
        GENERAL,
    ),
    "no root": (
        timestamp(roots='""'),
        (
            "timestamp.authorities[1].roots: missing: without the authority’s root certificate its timestamps would be "
            "worth nothing"
        ),
        (
            "Take the root certificate (PEM) from the authority’s own site, compare its SHA-256 fingerprint with the "
            "one published elsewhere (openssl x509 -in FILE -noout -fingerprint -sha256), and write its path."
        ),
    ),
    "policy": (
        timestamp(policy='"any"'),
        "timestamp.authorities[1].policy: must be an object identifier, such as 1.3.6.1.4.1.99999.1",
        GENERAL,
    ),
    "an authority's name twice": (
        f"{timestamp()}\n{timestamp()}",
        "timestamp.authorities[2].name: “a” is already the name of timestamp.authorities[1]",
        "Give each authority a name of its own: its files are named by it.",
    ),
    "half a login": (
        timestamp(username='"u"'),
        "timestamp.authorities[1].username: username and password_env go together",
        "Write the user name here, and the name of the environment variable that holds the password.",
    ),
    "a password in the clear": (
        timestamp(username='"u"', password_env='"P"', url='"http://tsa.exemple.invalid/"'),  # noqa: S106 - a name
        "timestamp.authorities[1].url: a password is not sent over http://: anybody on the way could read it",
        "Ask the authority for its https:// address.",
    ),
    "a key of no certificate": (
        timestamp(client_key='"client.key"'),
        "timestamp.authorities[1].client_certificate: missing: client_key is the key of a certificate",
        GENERAL,
    ),
    "password in place of its variable": (
        timestamp(password_env='"pass word"'),  # noqa: S106 - refused because it is none
        "timestamp.authorities[1].password_env: must be the name of an environment variable",
        "Never write a password here: name the variable that holds it.",
    ),
}


@pytest.mark.parametrize(("text", "message", "remedy"), ONE_PROBLEM.values(), ids=ONE_PROBLEM.keys())
def test_a_wrong_setting_is_told_by_file_and_key(
    write_config: Callable[[str], Path], text: str, message: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings(write_config(text))
    assert (raised.value.message, raised.value.remedy) == (f"config.toml, {message}", remedy)
    assert raised.value.exit_code == 3


def test_all_problems_are_told_at_once(write_config: Callable[[str], Path]) -> None:
    text = (
        '[browser]\nview = "x"\n[politeness]\nmin_minutes_per_host = 1\n'
        + procedure(label="", url='"https://x.example.invalid/"', platform='"generic"')
        + procedure(id='"b"')
        + procedure(id='"b"', windows='["09:00-10:00"]')
    )
    with pytest.raises(ConfigError) as raised:
        load_settings(write_config(text))
    assert raised.value.message.splitlines() == [
        "config.toml, browser.view: must be one of auto, window, page",
        "config.toml, procedures[1].label: missing",
        f"config.toml, procedures[1].no_slot_text: {NO_SENTENCE}",
        "config.toml, procedures[3].id: “b” is already the id of procedures[2]",
        "config.toml, politeness.min_minutes_per_host: 1 is refused: at least 5 minutes on a real site",
        "config.toml, procedures[3].windows: 60 minutes in all are too short for 2 attempts 60 minutes apart",
    ]
    assert raised.value.remedy == (
        f"Give each démarche an id of its own. {FLOORS} Widen the windows to 120 minutes or more."
    )


def test_a_password_in_an_address_is_never_repeated(write_config: Callable[[str], Path]) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings(write_config(procedure(url='"https://me:sesame@x.example.invalid/"')))
    assert "sesame" not in raised.value.message + raised.value.remedy


@pytest.mark.parametrize(
    "address", ["sesame://x", "ntfyy://sesame@x", "ntfys://open sesame", "https:sesame", "JSON:///?sesame=\\u0007"]
)
def test_a_channel_is_refused_without_a_word_of_its_address(write_config: Callable[[str], Path], address: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings(write_config(f'[notify]\nurls = ["{address}"]\n'))
    assert "sesame" not in "".join(traceback.format_exception(raised.value))  # as --verbose prints it


def test_addresses_of_channels_are_not_in_what_settings_print(write_config: Callable[[str], Path]) -> None:
    settings = load_settings(write_config('[notify]\nurls = ["ntfys://sesame@ntfy.example.invalid/t"]\n'))
    assert settings.notify.urls == ("ntfys://sesame@ntfy.example.invalid/t",)
    assert "sesame" not in repr(settings)


NOT_TOML = {
    "no quotes": (
        b"[station]\nname = poste 1\n",
        "config.toml, line 2, column 8: not TOML (Invalid value).",
        SYNTAX,
    ),
    "cut short": (b"[station", "config.toml, end of the file: not TOML", SYNTAX),
    "a Windows folder": (
        b'[station]\ndata_dir = "C:\\Users\\x"\n',
        "config.toml, line 2, column ",
        "Write folders with / instead of \\, on Windows too.",
    ),
    "not UTF-8": (
        '[station]\nname = "préfecture"\n'.encode("latin-1"),
        "config.toml, byte 20: not UTF-8 text.",
        "Save the file as UTF-8 in your editor.",
    ),
}


@pytest.mark.parametrize(("data", "message", "remedy"), NOT_TOML.values(), ids=NOT_TOML.keys())
def test_what_is_not_toml_is_told_with_its_place(tmp_path: Path, data: bytes, message: str, remedy: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as raised:
        load_settings(path)
    assert raised.value.message.startswith(message)
    assert raised.value.remedy == remedy


def test_a_missing_file_is_told_with_the_command_that_writes_one(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError) as raised:
        load_settings(path)
    assert raised.value.message == f"There is no configuration file {path}."
    assert raised.value.remedy == "Write one with `temoin init`, or name yours with --config."


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings(tmp_path)
    assert raised.value.message == f"{tmp_path} cannot be read: it is a folder."


@pytest.mark.parametrize("channels", ["", "desktop = true\n", 'desktop = false\nurls = ["ntfys://h.example.org/t"]\n'])
def test_a_refusal_of_messages_contradicts_any_channel(write_config: Callable[[str], Path], channels: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(write_config(f"[notify]\n{channels}refused = true\n"))
    assert caught.value.message == "config.toml, notify.refused: contradicts the channels: you are told by them"
    assert caught.value.remedy == "Set refused = false, or desktop = false and urls = []."


def test_a_refusal_of_messages_goes_with_no_channel(write_config: Callable[[str], Path]) -> None:
    assert load_settings(write_config("[notify]\nrefused = true\ndesktop = false\n")).notify.refused
