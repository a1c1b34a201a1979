"""What a verification found: every check is passed, failed or not checked, and not checked is not passed."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from temoin.canonical import Json


class Status(StrEnum):
    """The three answers of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One numbered step (docs/format.md §6): its name, its answer, and in words what was found."""

    name: str
    status: Status
    detail: str = ""

    def to_json(self) -> Json:
        """The check as ``verify --json`` prints it (DESIGN §12)."""
        return {"name": self.name, "status": self.status.value, "detail": self.detail}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All checks of one verification, in the order of their numbers; one check may answer several times."""

    checks: tuple[Check, ...]

    @property
    def status(self) -> str:
        """``failed`` wins over ``incomplete`` wins over ``passed``."""
        found = {check.status for check in self.checks}
        if Status.FAILED in found or not self.checks:
            return "failed"
        return "incomplete" if Status.NOT_CHECKED in found else "passed"

    @property
    def exit_code(self) -> int:
        """0, 10 (failed) or 11 (incomplete), as DESIGN §12 lists them."""
        return {"passed": 0, "failed": 10, "incomplete": 11}[self.status]

    def to_json(self) -> Json:
        """The report as ``verify --json`` prints it."""
        return {"status": self.status, "checks": [check.to_json() for check in self.checks]}


def passed_or(name: str, failures: Iterable[str], detail: str = "") -> tuple[Check, ...]:
    """One ``passed`` check, or one ``failed`` check for each failure."""
    found = tuple(Check(name=name, status=Status.FAILED, detail=failure) for failure in failures)
    return found or (Check(name=name, status=Status.PASSED, detail=detail),)
