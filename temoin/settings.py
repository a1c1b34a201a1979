"""The configuration (DESIGN §12b, a contract): ``config.toml`` through pydantic, frozen once read.

The only module of Témoin that reads the configuration file. Unknown keys are refused with the nearest known
name; relative paths resolve against the file. The floors of politeness are not here: they are constants in
``scheduler.politeness``, and the file can only be gentler.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from temoin.records import Automation, Mode, Operator

Platform = Literal["ezbooking", "rdv-prefecture", "rdv-service-public", "eappointment", "generic"]


def _known_zone(name: str) -> str:
    ZoneInfo(name)
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Station(_Table):
    """This installation."""

    name: str = "poste-1"
    operator: Operator = Operator.SELF
    data_dir: Path = Path("evidence")
    timezone: Zone = "Europe/Paris"


class Browser(_Table):
    """The browser and the view of it that is photographed."""

    view: Literal["auto", "window", "page"] = "auto"
    executable: str = ""


class Politeness(_Table):
    """How often; never rougher than the floors in code, except towards loopback."""

    attempts_per_day: int = Field(default=2, ge=0)
    min_minutes_between_attempts: int = Field(default=60, ge=0)
    min_minutes_per_host: int = Field(default=5, ge=0)
    assisted_per_week: int = Field(default=3, ge=0)


class ClockServers(_Table):
    """Where the clock's offset is asked."""

    servers: tuple[str, ...] = ()


class Notify(_Table):
    """How the person is reached."""

    desktop: bool = True
    urls: tuple[str, ...] = ()


class Coverage(_Table):
    """Thresholds of « preuve des tentatives » (docs/preuve.md)."""

    red_days: int = 8
    amber_days: int = 21
    amber_days_first_application: int = 60
    distinct_days: int = 10
    time_bands: int = 3


class Authority(_Table):
    """One RFC 3161 timestamp authority; ``roots`` is a PEM file, relative to the configuration."""

    name: str
    url: str
    roots: Path
    username: str = ""
    password_env: str = ""


class Timestamp(_Table):
    """Timestamp authorities."""

    authorities: tuple[Authority, ...] = ()


class Procedure(_Table):
    """One booking address that is followed, with its préfecture and its exact label."""

    id: str
    prefecture: str
    label: str
    url: str
    instructions_url: str = ""
    platform: Platform
    choices: tuple[str, ...] = ()
    terms_read: date | None = None
    automation: Automation = Automation.SILENT
    windows: tuple[str, ...] = ("07:00-22:30",)
    openings: tuple[str, ...] = ()
    mode: Mode = Mode.UNATTENDED
    timezone: Zone | None = None
    no_slot_text: str = ""
    attempts_per_day: int | None = Field(default=None, ge=0)


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
