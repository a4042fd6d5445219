"""How the times of reminders, hours and places are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from babel import Locale
from babel.core import get_global
from babel.dates import format_time, get_timezone_location

from handlers.ground.words import Words
from model.schedules import DAY, HOUR


def leads_text(w: Words, leads: Sequence[int]) -> str:
    """`3 days, 1 day, 3 hours`"""
    return ", ".join(lead_text(w, lead) for lead in leads) or w.tr("never")


def before_the_end(w: Words, leads: Sequence[int]) -> str:
    """`3 days, 1 day, 3 hours before the end`"""
    if not leads:
        return w.tr("No reminder before the end")
    return w.tr("{leads} before the end", leads=leads_text(w, leads))


def lead_text(w: Words, lead: int) -> str:
    if lead % DAY == 0:
        return w.days(lead // DAY)
    if lead % HOUR == 0:
        return w.n("{count} hour", "{count} hours", lead // HOUR)
    return w.n("{count} minute", "{count} minutes", lead // 60)


def minute_text(w: Words, minute: int | None) -> str:
    """A minute of the day as a clock shows it."""
    if minute is None:
        return ""
    return format_time(time(minute // 60, minute % 60), "HH:mm", locale=w.language)


def zone_line(w: Words, zone: str | None) -> str:
    """Which time zone is meant by times, as its city; None: not known yet."""
    if zone:
        return w.tr("Time zone: {place}", place=place_name(w, zone))
    return w.tr("Your time zone is not known yet: times are in UTC.")


def place_name(w: Words, zone: str) -> str:
    """The city of a zone in the person's language. CLDR has some of them under the name that the zone had before."""
    known = Locale(w.language).time_zones
    before = (old for old, now in get_global("zone_aliases").items() if now == zone)
    cities = (known.get(name, {}).get("city") for name in (zone, *before))
    found = next((city for city in cities if city), None)
    return str(found or get_timezone_location(zone, locale=w.language, return_city=True)).rpartition("/")[2]
