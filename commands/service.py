"""``temoin service``: let the daemon and the local page start with the person's session."""

import click

from commands.common import as_json_option, read_settings
from temoin.messages import _
from temoin.screen import show_json


@click.group()
def service() -> None:
    """Start by itself at every login, and again after a failure."""


@service.command("install")
@click.pass_context
def install(context: click.Context) -> None:
    """Let “temoin run” and the local page start with your session, and start them now."""
    from scheduler import service as services  # noqa: PLC0415 - a quick start for --help
    from scheduler.lid import lid_finding  # noqa: PLC0415

    found = services.install_all(read_settings(context))
    click.echo(
        _("Installed: Témoin starts with your session, and again after a failure ({place}).").format(place=found.place)
    )
    click.echo(_("The page is there too: open Témoin in your programs’ menu, or run “temoin serve”."))
    click.echo(lid_finding().detail)


@service.command("status")
@as_json_option
@click.pass_context
def status(context: click.Context, *, as_json: bool) -> None:
    """Say whether the service is installed, and whether it runs."""
    from scheduler import service as services  # noqa: PLC0415

    settings = read_settings(context)
    found = services.state(settings, services.manager_here())
    page = services.page_state(settings)
    if as_json:
        show_json({**found.to_json(), "page": page.to_json()})
        return
    if found.installed:
        click.echo(_("The service is installed: {place}").format(place=found.place))
    else:
        click.echo(_("The service is not installed: “temoin service install”."))
    if found.pid is None:
        click.echo(_("“temoin run” is not running."))
    else:
        click.echo(_("“temoin run” is running (process {pid}).").format(pid=found.pid))
    if page.open:
        click.echo(_("The page is open: “temoin serve” shows it in your browser."))
    elif page.installed:
        click.echo(_("The page is closed; it opens again with your session, or by “temoin serve”."))
    else:
        click.echo(_("The page is closed: “temoin serve” opens it."))


@service.command("uninstall")
@click.pass_context
def uninstall(context: click.Context) -> None:
    """Stop the daemon and the page, and let them start by themselves no more. Evidence stays."""
    from scheduler import service as services  # noqa: PLC0415

    services.uninstall_all(read_settings(context))
    click.echo(_("The service is taken away. The evidence stays; “temoin run” still works by hand."))
