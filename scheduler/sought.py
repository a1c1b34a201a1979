"""Which procedures Témoin visits alone."""

from store.store import Store
from temoin.records import Automation, Mode
from temoin.settings import Procedure, Settings


def planned_procedures(settings: Settings) -> tuple[Procedure, ...]:
    """Those that Témoin visits alone: conditions read by the person, and not forbidding programs (DESIGN §6)."""
    return tuple(
        procedure
        for procedure in settings.procedures
        if procedure.mode is Mode.UNATTENDED
        and procedure.terms_read is not None
        and procedure.automation is not Automation.FORBIDDEN
    )


def sought_procedures(settings: Settings, store: Store) -> tuple[Procedure, ...]:
    """Those that Témoin visits alone and that somebody still seeks an appointment for.

    Raises:
        StoreError: the store cannot be read.
    """
    idle = store.idle_procedures()
    return tuple(procedure for procedure in planned_procedures(settings) if procedure.id not in idle)
