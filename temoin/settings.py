"""The configuration (DESIGN §12b, a contract): ``config.toml`` through pydantic, frozen once read.

The only module of Témoin that reads the configuration file. Unknown keys are refused with the nearest known
name; relative paths resolve against the file. The floors of politeness are not settings: they are constants
(``temoin.floors``), and the file can only be gentler, except towards loopback.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, ValidationInfo, field_validator

from temoin.conflicts import find_authority_conflicts, find_conflicts
from temoin.errors import ConfigError
from temoin.floors import is_loopback
from temoin.messages import _
from temoin.os_words import os_words
from temoin.platforms import Platform
from temoin.problems import Place, Problem, config_error, nearest, problem_of, reject
from temoin.records import Automation, Mode, Operator
from temoin.values import (
    AuthorityName,
    Bands,
    BookingAddress,
    ChannelAddress,
    Count,
    Day,
    Line,
    Months,
    ObjectId,
    Opening,
    OptionalWebAddress,
    ProcedureId,
    Switch,
    Threshold,
    TimeServer,
    Variable,
    WebAddress,
    Windows,
    Zone,
    check_platform,
    recognise,
    resolved,
)


class _Table(BaseModel):
    # What was given may be a secret: pydantic's own text, which a traceback shows, does not repeat it.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Station(_Table):
    """This installation."""

    name: Line = "poste-1"
    operator: Operator = Operator.SELF
    data_dir: Path = Path("evidence")
    timezone: Zone = "Europe/Paris"
    retention_months: Months = 3  # after closing, what is personal should be erased (docs/rgpd.md); 0: no reminder
    public_address_url: OptionalWebAddress = ""  # "": nobody is asked which public address this station has


class Browser(_Table):
    """The browser and the view of it that is photographed."""

    view: Literal["auto", "window", "page"] = "auto"
    executable: str = ""
    proxy: Literal["system", "none"] = "system"


class Politeness(_Table):
    """How often; never rougher than the floors in code, except towards loopback."""

    attempts_per_day: Count = 2
    min_minutes_between_attempts: Count = 60
    min_minutes_per_host: Count = 5
    assisted_per_week: Count = 3


class ClockServers(_Table):
    """Where the clock's offset is asked."""

    servers: tuple[TimeServer, ...] = ()


class Notify(_Table):
    """How the person is reached."""

    desktop: Switch = True
    urls: tuple[ChannelAddress, ...] = Field(default=(), repr=False)  # they hold passwords
    refused: Switch = False  # asked for, in so many words: by ``temoin init``, or by hand

    @field_validator("refused")
    @classmethod
    def _names_no_channel(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic calls it
        if value and (info.data.get("desktop") or info.data.get("urls")):
            reject(
                _("contradicts the channels: you are told by them"),
                remedy=_("Set refused = false, or desktop = false and urls = []."),
            )
        return value


class Coverage(_Table):
    """Thresholds of « preuve des tentatives » (docs/preuve.md)."""

    red_days: Threshold = 8
    amber_days: Threshold = 21
    amber_days_first_application: Threshold = 60
    distinct_days: Threshold = 10
    time_bands: Bands = 3


class Authority(_Table):
    """One RFC 3161 timestamp authority; ``roots`` is a PEM file, relative to the configuration, as the others are.

    ``qualified`` is what the person says of it (eIDAS); documents repeat it. The password itself is never a setting.
    """

    name: AuthorityName
    url: WebAddress
    roots: Path = Field(default=Path(), validate_default=True)
    policy: ObjectId = ""
    qualified: Switch = False
    min_seconds_between: Count = 15
    username: str = ""
    password_env: Variable = ""
    client_certificate: Path | None = None
    client_key: Path | None = None

    @field_validator("roots")
    @classmethod
    def _is_given(cls, value: Path) -> Path:
        if value == Path():
            reject(
                _("missing: without the authority’s root certificate its timestamps would be worth nothing"),
                remedy=_(
                    "Take the root certificate (PEM) from the authority’s own site, compare its SHA-256 fingerprint "
                    "with the one published elsewhere (openssl x509 -in FILE -noout -fingerprint -sha256), and write "
                    "its path."
                ),
            )
        return value


class Timestamp(_Table):
    """Timestamp authorities."""

    authorities: tuple[Authority, ...] = ()


class Procedure(_Table):
    """One booking address that is followed, with its préfecture and its exact label.

    Left out, ``platform`` is recognised from the address; it must be named on a loopback address and for an
    address that no shipped profile knows.
    """

    id: ProcedureId
    prefecture: Line
    label: Line
    url: BookingAddress
    instructions_url: OptionalWebAddress = ""
    platform: Platform = Field(default="", validate_default=True)  # "" is recognised
    choices: tuple[Line, ...] = ()
    terms_read: Day | None = None
    automation: Automation = Automation.SILENT
    windows: Windows = ("07:00-22:30",)
    openings: tuple[Opening, ...] = ()
    mode: Mode = Field(default=Mode.UNATTENDED, validate_default=True)
    timezone: Zone | None = None
    no_slot_text: str = Field(default="", validate_default=True)
    attempts_per_day: Count | None = None
    confirmed: Day | None = None  # when the person found page and sentence right on the first picture
    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """What sentences call it: its id, as commands take it, but see ``Settings.by_labels``."""
        return self._name or self.id

    @field_validator("platform", mode="before")
    @classmethod
    def _recognised(cls, value: object, info: ValidationInfo) -> object:
        if value or "url" not in info.data:
            return value or "generic"  # an address that was refused is told under its own key
        return recognise(info.data["url"])

    @field_validator("platform")
    @classmethod
    def _matches_the_address(cls, value: Platform, info: ValidationInfo) -> Platform:
        if "url" in info.data and not is_loopback(info.data["url"]):
            check_platform(value, info.data["url"])
        return value

    @field_validator("mode")
    @classmethod
    def _agrees_with_the_conditions(cls, value: Mode, info: ValidationInfo) -> Mode:
        if value is Mode.UNATTENDED and info.data.get("automation") is Automation.FORBIDDEN:
            reject(
                _("“unattended” is refused while automation is “forbidden”: the site says no to programs"),
                remedy=_('Set mode = "assisted" or mode = "photo" for this démarche.'),
            )
        return value

    @field_validator("no_slot_text")
    @classmethod
    def _goes_with_generic(cls, value: str, info: ValidationInfo) -> str:
        if "url" not in info.data:  # told under its own key, and what platform it is remains unknown
            return value
        platform, mode = info.data.get("platform"), info.data.get("mode")
        if platform == "generic" and mode not in {None, Mode.PHOTO} and not value.strip():
            reject(_("missing: platform “generic” needs the exact sentence that says that nothing is free"))
        if platform not in {None, "generic"} and value:
            reject(_("only platform “generic” takes a sentence; {platform} has its own").format(platform=platform))
        return value.strip()


class Settings(_Table):
    """All of ``config.toml``. ``path`` is the file it was read from."""

    path: Path
    station: Station = Station()
    browser: Browser = Browser()
    politeness: Politeness = Politeness()
    clock: ClockServers = ClockServers()
    notify: Notify = Notify()
    coverage: Coverage = Coverage()
    timestamp: Timestamp = Timestamp()
    procedures: tuple[Procedure, ...] = ()

    def zone_of(self, procedure: Procedure) -> str:
        """The IANA zone that rules the procedure's windows, days and ISO weeks (DESIGN §3.7)."""
        return procedure.timezone or self.station.timezone

    def by_labels(self) -> "Settings":
        """The same, for where nobody types a command: sentences call each procedure by its label.

        Those that share theirs are told apart by their id.
        """
        labels = Counter(one.label for one in self.procedures)
        named = tuple(one.model_copy() for one in self.procedures)
        for one in named:
            one._name = one.label if labels[one.label] == 1 else f"{one.label} ({one.id})"  # noqa: SLF001 - ours
        return self.model_copy(update={"procedures": named})

    def procedure(self, procedure_id: str) -> Procedure:
        """The procedure of that id.

        Raises:
            ConfigError: the file has none.
        """
        for procedure in self.procedures:
            if procedure.id == procedure_id:
                return procedure
        known = [procedure.id for procedure in self.procedures]
        raise ConfigError(
            _("{file} has no procedure “{name}”{near}").format(
                file=self.path.name, name=procedure_id, near=nearest(procedure_id, known)
            ),
            remedy=_("Known procedures: {known}.").format(known=", ".join(known) or _("none")),
        )


# The tables of the file by their place, numbers left out: what is known where an unknown setting stands.
_TABLES: Mapping[Place, type[_Table]] = MappingProxyType(
    {
        (): Settings,
        ("station",): Station,
        ("browser",): Browser,
        ("politeness",): Politeness,
        ("clock",): ClockServers,
        ("notify",): Notify,
        ("coverage",): Coverage,
        ("timestamp",): Timestamp,
        ("timestamp", "authorities"): Authority,
        ("procedures",): Procedure,
    }
)


def load_settings(path: Path, *, data_dir: Path | None = None) -> Settings:
    """The settings that the file at ``path`` holds; ``data_dir`` replaces the one it names.

    Raises:
        ConfigError: no such file, not TOML, or settings that cannot be used: all of them told at once.
    """
    data = _read(path)
    problems = list(_foreign_keys(data))
    try:
        settings = Settings.model_validate({**data, "path": path.absolute()})
    except ValidationError as error:
        problems += [problem_of(found, _known_at(found["loc"])) for found in error.errors()]
        problems += find_conflicts(*_survivors(data, {problem.place for problem in problems}))
        raise config_error(path.name, problems) from error
    problems += find_conflicts(settings.politeness, dict(enumerate(settings.procedures)))
    problems += find_authority_conflicts(settings.timestamp.authorities)
    if problems:
        raise config_error(path.name, problems)
    return _with_paths(settings, data_dir)


def _read(path: Path) -> dict[str, Any]:
    """The TOML of the file."""
    text = _read_text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path.name, text, str(error)) from error


def _read_text(path: Path) -> str:
    """The text of the file, which may begin with the mark that Windows' editors write."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(
            _("There is no configuration file {path}.").format(path=path),
            remedy=_("Write one with `temoin init`, or name yours with --config."),
        ) from error
    except OSError as error:
        raise ConfigError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=os_words(error)),
            remedy=_("Check that it is a file and that you may read it."),
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("{file}, byte {byte}: not UTF-8 text.").format(file=path.name, byte=error.start),
            remedy=_("Save the file as UTF-8 in your editor."),
        ) from error


def _syntax_error(file: str, text: str, found: str) -> ConfigError:
    """What tomllib ``found`` in ``text``, its place first: ``Invalid value (at line 3, column 5)``."""
    parts = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", found, re.DOTALL)
    reason, line, column = parts.groups() if parts else (found.removesuffix(" (at end of document)"), "", "")
    where = _("line {line}, column {column}").format(line=line, column=column) if line else _("end of the file")
    remedy = _("Texts stand between quotes, lists between square brackets; see config.example.toml.")
    if line and "\\" in text.split("\n")[int(line) - 1]:  # a folder as Windows writes it
        remedy = _("Write folders with / instead of \\, on Windows too.")
    return ConfigError(
        _("{file}, {where}: not TOML ({reason}).").format(file=file, where=where, reason=reason), remedy=remedy
    )


def _foreign_keys(data: dict[str, Any]) -> Iterator[Problem]:
    """``path`` is ours alone: it is taken out of ``data`` and told as unknown."""
    if "path" in data:
        del data["path"]
        yield Problem(place=("path",), sentence=_("unknown setting"))


def _known_at(place: Place) -> tuple[str, ...]:
    """The settings of the table in which ``place`` stands."""
    table = tuple(step for step in place[:-1] if isinstance(step, str))
    model = _TABLES.get(table)
    return tuple(name for name in model.model_fields if name != "path") if model else ()


def _survivors(data: Mapping[str, Any], failed: set[Place]) -> tuple[Politeness, dict[int, Procedure]]:
    """The tables without a problem of their own, so that all problems of a file are told at once."""
    broken = {place[:2] for place in failed if place[0] == "procedures"}
    raw = data.get("procedures", [])
    whole = {} if ("procedures",) in broken else dict(enumerate(raw))
    procedures = {
        index: Procedure.model_validate(table) for index, table in whole.items() if ("procedures", index) not in broken
    }
    if any(place[0] == "politeness" for place in failed):
        return Politeness(), procedures
    return Politeness.model_validate(data.get("politeness", {})), procedures


def _with_paths(settings: Settings, data_dir: Path | None) -> Settings:
    """The same settings, their paths absolute: beside the file, or as the environment says."""
    folder = settings.path.parent
    chosen = data_dir.expanduser().absolute() if data_dir else resolved(settings.station.data_dir, folder)
    authorities = tuple(
        authority.model_copy(
            update={
                name: None if (path := getattr(authority, name)) is None else resolved(path, folder)
                for name in ("roots", "client_certificate", "client_key")
            }
        )
        for authority in settings.timestamp.authorities
    )
    return settings.model_copy(
        update={
            "station": settings.station.model_copy(update={"data_dir": chosen}),
            "timestamp": settings.timestamp.model_copy(update={"authorities": authorities}),
        }
    )
