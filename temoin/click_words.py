"""What click itself says to people, for our catalogue: click asks Python's ``gettext``, and ships no French.

``use_language`` makes the catalogue that of ``gettext``. tests/unit/test_click_words.py holds these sentences against
the click that is installed. Left out is what nobody meets here: editors, colours, completion, other types.
"""


def _(message: str) -> str:
    """Mark for ``make messages``; click translates when it speaks."""
    return message


def n_(singular: str, plural: str) -> tuple[str, str]:
    """The same, of what has a plural."""
    return singular, plural


SENTENCES = (
    _("Usage:"),
    _("Options"),
    _("Positional arguments"),
    _("Commands"),
    _("required"),
    _("default: {default}"),
    _("env var: {var}"),
    _("Show this message and exit."),
    _("Show the version and exit."),
    _("Aborted!"),
    _("Error: {message}"),
    _("Try '{command} {option}' for help."),
    _("Missing command."),
    _("Missing argument"),
    _("Missing option"),
    _("Missing parameter"),
    _("No such option {name!r}."),
    _("No such command {name!r}."),
    _("Invalid value: {message}"),
    _("Invalid value for {param_hint}: {message}"),
    _("Argument {name!r} takes {nargs} values."),
    _("Option {name!r} does not take a value."),
    _("Repeat for confirmation"),
    _("Error: The two entered values do not match."),
    _("Error: invalid input"),
    _("Do you want to continue?"),
    _("{value!r} is not a valid {number_type}."),
    _("{value} is not in the range {range}."),
    _("file"),
    _("directory"),
    _("path"),
    _("{name} {filename!r} does not exist."),
    _("{name} {filename!r} is a file."),
    _("{name} {filename!r} is a directory."),
    _("{name} {filename!r} is not readable."),
    _("{name} {filename!r} is not writable."),
)

PLURALS = (
    n_("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    n_("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    n_("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    n_("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    n_("{value!r} does not match the format {format}.", "{value!r} does not match the formats {formats}."),
)
