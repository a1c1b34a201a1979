"""One table of ``config.toml`` changed, and nothing else of it: comments, order and line ends stay. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import cast

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from temoin.errors import ConfigError
from temoin.messages import _

_Found = Table | InlineTable | OutOfOrderTableProxy  # the last: written in several places
_MARK = "\ufeff"  # what Windows' editors put first
Value = str | int | date | tuple[str, ...] | None  # None: the setting is taken out, so that its default holds


def with_changes(text: str, procedure: str, changes: Mapping[str, Value]) -> str:
    """``text`` with the ``changes`` made to the ``[[procedures]]`` table of that id; what is the same stays untouched.

    Raises:
        ConfigError: it is no TOML, or has no such table.
    """

    def find(document: TOMLDocument) -> _Found:
        return _table_of(cast("Iterable[_Found]", document.get("procedures", ())), procedure)

    return _edited(text, find, changes)


def with_settings(text: str, name: str, changes: Mapping[str, Value]) -> str:
    """As ``with_changes``, of the table ``[name]``, which is added at the end where there is none.

    Raises:
        ConfigError: it is no TOML, or the name stands for something else.
    """

    def find(document: TOMLDocument) -> _Found:
        if name not in document:
            document[name] = tomlkit.table()
        table = document[name]
        if isinstance(table, _Found):
            return table
        raise ConfigError(
            _("In the configuration, “{name}” is no table.").format(name=name),
            remedy=_("Mend it in an editor; config.example.toml shows how it is written."),
        )

    return _edited(text, find, changes)


def _edited(text: str, find: Callable[[TOMLDocument], _Found], changes: Mapping[str, Value]) -> str:
    mark = _MARK if text.startswith(_MARK) else ""
    crlf = text.count("\r\n") == text.count("\n")  # the library ends its own lines by a line feed alone
    plain = text.removeprefix(_MARK)
    try:
        document = tomlkit.parse(plain.replace("\r\n", "\n") if crlf else plain)
    except TOMLKitError as error:
        raise ConfigError(
            _("The configuration is no TOML: {reason}.").format(reason=error),
            remedy=_("Mend it in an editor; config.example.toml shows how it is written."),
        ) from error
    table = find(document)
    for name, value in changes.items():
        _change(table, name, list(value) if isinstance(value, tuple) else value)
    written = tomlkit.dumps(document)
    return mark + (written.replace("\n", "\r\n") if crlf else written)


def _table_of(tables: Iterable[_Found], procedure: str) -> _Found:
    for table in tables:
        if table.get("id") == procedure:
            return table
    raise ConfigError(
        _("The configuration has no démarche “{name}”.").format(name=procedure), remedy=_("Choose one of the list.")
    )


def _change(table: _Found, name: str, value: str | int | date | list[str] | None) -> None:
    if value is None:
        table.pop(name, None)
    elif isinstance(table, Table) and table and name not in table:
        _put(table, name, value)
    elif table.get(name) != value:
        table[name] = value


def _put(table: Table, name: str, value: str | int | date | list[str]) -> None:
    """A new setting beside the others: not behind the empty line that stands before the next table."""
    table.value._insert_after(list(table)[-1], name, tomlkit.item(value))  # noqa: SLF001 - the library has no other way
