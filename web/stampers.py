"""Whoever may be asked for a timestamp of a whole bundle: for the command and the page alike.

Here, since ``scheduler`` asks the authorities and ``exhibits`` makes the bundle, and neither knows the other.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exhibits.export import StamperFor
    from temoin.settings import Settings


def stamper_for(settings: "Settings") -> "StamperFor":
    """The authorities of the configuration: of a simulated bundle, those at loopback addresses only."""
    from exhibits.token_files import Stamper  # noqa: PLC0415 - a quick start for --help
    from scheduler.manifest_stamps import stamp_manifest  # noqa: PLC0415 - as above
    from scheduler.stamping import askable  # noqa: PLC0415 - as above

    def stamper(simulated: bool) -> Stamper:  # noqa: FBT001 - a fact of the bundle, not a switch
        authorities = askable(settings, simulated=simulated)
        return Stamper(authorities=authorities, ask=lambda manifest: stamp_manifest(settings, authorities, manifest))

    return stamper
