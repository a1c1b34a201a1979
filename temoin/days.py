"""Days and moments in sentences for people, in the language that is spoken."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from temoin.french import MONTHS, WEEKDAYS
from temoin.messages import _, active_language

_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day_words(day: date) -> str:
    """« jeudi 26 novembre 2026 », “Thursday 26 November 2026”."""
    french = active_language() == "fr"
    weekday = (WEEKDAYS if french else _ENGLISH_DAYS)[day.weekday()]
    month = (MONTHS if french else _ENGLISH_MONTHS)[day.month - 1]
    number = "1er" if french and day.day == 1 else str(day.day)
    return f"{weekday} {number} {month} {day.year}"


def moment_words(at: datetime, zone: str) -> str:
    """The day and the minute, as the clock of ``zone`` showed them."""
    local = at.astimezone(ZoneInfo(zone))
    return _("{day}, {hour}").format(day=day_words(local.date()), hour=f"{local:%H:%M}")
