"""Which time zones fit what a person's clock shows: people know that, not the name of their zone. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

NEAR = timedelta(minutes=7)  # a clock may be wrong, and typing takes time
# IANA names of places that most people of a zone would look for, the most likely first.
# fmt: off
PLACES = (
    "Europe/Moscow", "Europe/Kyiv", "Europe/Minsk", "Asia/Almaty", "Asia/Tashkent", "Asia/Yekaterinburg",
    "Asia/Novosibirsk", "Europe/Samara", "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok",
    "Asia/Kamchatka", "Europe/Kaliningrad", "Asia/Omsk", "Asia/Magadan", "Asia/Tbilisi", "Asia/Yerevan",
    "Asia/Baku", "Asia/Bishkek", "Asia/Dushanbe", "Europe/Chisinau", "Europe/Istanbul", "Europe/London",
    "Europe/Lisbon", "Europe/Madrid", "Europe/Paris", "Europe/Berlin", "Europe/Rome", "Europe/Warsaw",
    "Europe/Amsterdam", "Europe/Prague", "Europe/Vienna", "Europe/Belgrade", "Europe/Bucharest", "Europe/Athens",
    "Europe/Helsinki", "Europe/Riga", "Europe/Vilnius", "Europe/Tallinn", "Asia/Nicosia", "Asia/Jerusalem",
    "Africa/Cairo", "Africa/Lagos", "Africa/Johannesburg", "Africa/Nairobi", "Africa/Casablanca", "Asia/Dubai",
    "Asia/Tehran", "Asia/Kabul", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Colombo", "Asia/Dhaka",
    "Asia/Yangon", "Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh", "Asia/Shanghai", "Asia/Hong_Kong",
    "Asia/Singapore", "Asia/Manila", "Australia/Perth", "Australia/Eucla", "Asia/Tokyo", "Asia/Seoul",
    "Australia/Darwin", "Australia/Adelaide", "Australia/Sydney", "Australia/Brisbane", "Australia/Lord_Howe",
    "Pacific/Noumea", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Tongatapu", "Pacific/Kiritimati",
    "Atlantic/Azores", "Atlantic/Cape_Verde", "America/Nuuk", "America/Noronha", "America/Miquelon",
    "America/Sao_Paulo", "America/Argentina/Buenos_Aires",
    "America/St_Johns", "America/Halifax", "America/Caracas", "America/Santiago", "America/New_York",
    "America/Toronto", "America/Bogota", "America/Lima", "America/Chicago", "America/Mexico_City",
    "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Vancouver", "America/Anchorage",
    "America/Adak", "Pacific/Gambier", "Pacific/Marquesas", "Pacific/Honolulu", "Pacific/Pago_Pago",
)
# fmt: on


@cache
def available_places() -> tuple[str, ...]:
    """Those of PLACES for which this machine has the rules of their time."""
    there = available_timezones()
    return tuple(name for name in PLACES if name in there)


def places_showing(hour: int, minute: int, now: datetime) -> list[str]:
    """The places whose clocks show about this time now, up to 7 minutes away, the most likely first."""
    shown = timedelta(hours=hour, minutes=minute)
    return [name for name in available_places() if dial_distance(time_of_day(name, now), shown) <= NEAR]


def time_of_day(name: str, now: datetime) -> timedelta:
    """What a clock in this place shows, as the time since midnight."""
    local = now.astimezone(ZoneInfo(name))
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)


def dial_distance(first: timedelta, second: timedelta) -> timedelta:
    """How far two times of day are apart, over midnight where that is nearer."""
    apart = abs(first - second)
    return min(apart, timedelta(days=1) - apart)


def times_shown(now: datetime) -> list[tuple[int, int]]:
    """What the clocks of all places show now, as (hour, minute), each time once, in the order of the day."""
    local = [now.astimezone(ZoneInfo(name)) for name in available_places()]
    return sorted({(there.hour, there.minute) for there in local})


def is_available(name: str) -> bool:
    """Whether a person can choose this place."""
    return name in available_places()
