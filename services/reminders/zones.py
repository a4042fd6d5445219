"""Time zones by what the clock shows: people know their time, not the name of their zone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

NEAR = timedelta(minutes=7)  # a clock may be wrong, and typing takes time
# Places that most people of a zone would look for, the most likely first.
# fmt: off
KNOWN = (
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
def places() -> tuple[str, ...]:
    """The known places that the machine has rules for."""
    there = available_timezones()
    return tuple(name for name in KNOWN if name in there)


def matching(hour: int, minute: int, now: datetime) -> list[str]:
    """The places whose clocks show about this time now, the most likely first."""
    shown = timedelta(hours=hour, minutes=minute)
    return [name for name in places() if distance(local_time(name, now), shown) <= NEAR]


def local_time(name: str, now: datetime) -> timedelta:
    """What a clock shows there, as the time since midnight."""
    local = now.astimezone(ZoneInfo(name))
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)


def distance(one: timedelta, other: timedelta) -> timedelta:
    """Around the dial."""
    apart = abs(one - other)
    return min(apart, timedelta(days=1) - apart)


def clocks(now: datetime) -> list[tuple[int, int]]:
    """What the clocks of the world show now, each time once, in the order of the day."""
    rounded = now.astimezone(UTC).replace(second=0, microsecond=0)
    shown = {(local.hour, local.minute) for name in places() for local in [rounded.astimezone(ZoneInfo(name))]}
    return sorted(shown)


def is_zone(name: str) -> bool:
    """Whether it is a place that can be chosen."""
    return name in places()
