"""Dates as the French pages print them, whatever the machine's language."""

from datetime import date

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def day_name(day: date) -> str:
    """Return "lundi"."""
    return _DAYS[day.weekday()]


def short_date(day: date) -> str:
    """Return "23/11/2026"."""
    return f"{day.day:02}/{day.month:02}/{day.year}"


def long_date(day: date) -> str:
    """Return "lundi 23 novembre 2026", and "mardi 1er décembre 2026"."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{day_name(day)} {number} {_MONTHS[day.month - 1]} {day.year}"
