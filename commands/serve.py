"""``temoin serve``: the local page."""

from typing import TYPE_CHECKING

import click

from temoin.messages import _

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The port; left out, a usual or a free one.")
@click.option("--open/--no-open", "show", default=None, help="Open the page in your browser, or not.")
@click.pass_context
def serve(context: click.Context, port: int | None, *, show: bool | None) -> None:
    """Open a page on this computer where everything can be done; where one is open already, that one."""
    from commands.dialogue import can_show  # noqa: PLC0415 - a quick start for --help
    from web.serving import listen, open_already  # noqa: PLC0415 - as above
    from web.serving import serve as serve_page  # noqa: PLC0415 - as above
    from web.site import Site, data_dir_of_environment  # noqa: PLC0415 - as above

    config: Path = context.obj["config"]
    site = Site(config=config.absolute(), data_dir=data_dir_of_environment())
    opened = can_show() if show is None else show

    def ready(address: str) -> None:
        click.echo(_("Open this address: {address}").format(address=address))
        if opened:
            click.launch(address)

    already = open_already(site)
    if already is None:
        serve_page(site, listen(port), ready=ready)
    else:
        ready(already)
