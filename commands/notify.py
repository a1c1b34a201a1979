"""``temoin notify``: try the channels, or tell now what must be told."""

import click

from commands.common import read_settings
from temoin.clock import utc_now
from temoin.errors import ConfigError
from temoin.messages import _


@click.group()
def notify() -> None:
    """How you are told: try the channels, or tell now."""


@notify.command("test")
@click.pass_context
def test(context: click.Context) -> None:
    """Send a test message on every channel, and say which worked."""
    from scheduler.channels import failure_words  # noqa: PLC0415
    from scheduler.notify import try_channels  # noqa: PLC0415

    settings = read_settings(context)
    found = try_channels(settings, now=utc_now)
    for sent in found:
        answer = _("sent") if sent.failure is None else failure_words(sent.failure)
        mark = "✓" if sent.failure is None else "✗"
        click.echo(_("{name}: {detail}").format(name=f"{mark} {sent.channel.name}", detail=answer))
    if not found:
        raise ConfigError(
            _("No channel is configured: nobody is told of anything."),
            remedy=_("Set desktop = true, or addresses in urls, under [notify] in config.toml."),
        )
    if any(sent.failure is not None for sent in found):
        raise ConfigError(
            _("Not every channel works: see the lines marked ✗."),
            remedy=_("Mend them under [notify] in config.toml, then try again."),
        )


@notify.command("now")
@click.pass_context
def now(context: click.Context) -> None:
    """Tell what must be told now: for a scheduled task that watches over “temoin run”, which does it by itself."""
    from commands.notifier import tell_now  # noqa: PLC0415
    from scheduler.notify import describe  # noqa: PLC0415

    settings = read_settings(context)
    for sent in tell_now(settings):
        click.echo(describe(sent, settings.station.timezone))
