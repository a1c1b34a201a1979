"""The configuration written by the page, as ``temoin init`` writes it; a daemon that runs is told to read it again."""

from collections.abc import Callable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from scheduler.first_look import note_kind
from scheduler.reloading import Reloaded, reload_daemon
from temoin.config_editing import Value, with_changes, with_settings
from temoin.config_writing import added_to, read_config, write_config
from temoin.drafts import NotifyDraft, ProcedureDraft, StationDraft, build_procedure, build_station
from temoin.messages import _
from temoin.records import CaseKind
from web.site import Site


def write_first(site: Site, station: StationDraft, draft: ProcedureDraft, kind: CaseKind | None) -> None:
    """Write the configuration that there was none of, and make its store.

    Raises:
        ConfigError: there is one by now, or it cannot be written.
        StoreError: the folder cannot be written.
    """
    write_config(site.config, added_to(build_station(station), build_procedure(draft)))
    site.prepare()
    if kind is not None and kind is not CaseKind.OTHER:
        with site.writing() as store:
            note_kind(site.settings(), store, kind, now=site.now())


def add_procedure(site: Site, draft: ProcedureDraft) -> Reloaded:
    """Add a démarche at the end of the configuration. Raises ``ConfigError``."""
    with site.config_lock:  # two who write at once: neither's is lost, and neither is refused
        before = read_config(site.config)
        write_config(site.config, added_to(before, build_procedure(draft)), instead_of=before)
    return reload_daemon(site.settings().station.data_dir)


def change_procedure(site: Site, procedure: str, changes: Mapping[str, Value]) -> Reloaded:
    """Change one démarche, and nothing else of the file.

    Raises:
        ConfigError: the file was changed meanwhile, or would hold no usable settings.
    """
    return _rewrite(site, lambda text: with_changes(text, procedure, changes))


def change_messages(site: Site, draft: NotifyDraft) -> Reloaded:
    """Change how the person is told, and nothing else of the file. Raises as ``change_procedure``."""
    changes: dict[str, Value] = {
        "desktop": draft.desktop,
        "urls": draft.urls,
        "refused": True if draft.refused else None,
    }
    return _rewrite(site, lambda text: with_settings(text, "notify", changes))


def _rewrite(site: Site, changed: Callable[[str], str]) -> Reloaded:
    with site.config_lock:
        before = read_config(site.config)
        after = changed(before)
        if after != before:
            write_config(site.config, after, instead_of=before)
    return reload_daemon(site.settings().station.data_dir)


def today_of(site: Site, zone: str) -> date:
    """The day that it is in ``zone``."""
    return site.now().astimezone(ZoneInfo(zone)).date()


def reloaded_words(came: str) -> str:
    """What came of telling the daemon, in the active language; empty for a word that is none."""
    words = {
        Reloaded.TOLD.value: _("Written. Témoin, which is running, goes by it from now on."),
        Reloaded.OFF.value: _("Written. Témoin will go by it when it runs."),
        Reloaded.BY_HAND.value: _("Written. Stop Témoin and start it again, so that it goes by it."),
    }
    return words.get(came, "")
