"""The ends of proxies as a calendar file (RFC 5545), with alarms. The caller gives the words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from px6 import Proxy

ALARMS = ("-P1D", "-PT3H")  # a day and three hours before the end, as durations of RFC 5545
LONGEST_LINE = 75  # octets, RFC 5545 3.1


def calendar_file(
    proxies: Iterable[Proxy],
    now: datetime,
    summary: Callable[[Sequence[Proxy]], str],
    describe: Callable[[Sequence[Proxy]], str],
) -> bytes:
    """The file: one event for each minute at which proxies end, with the summary and the description of these."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//px6 bot//reminders//EN", "CALSCALE:GREGORIAN"]
    for together in by_minute_of_end(proxies, now):
        lines += event_lines(together, now, summary(together), describe(together))
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def by_minute_of_end(proxies: Iterable[Proxy], now: datetime) -> list[list[Proxy]]:
    """The proxies that have not ended, grouped by the minute of their end."""
    found: dict[datetime, list[Proxy]] = {}
    for proxy in sorted(proxies, key=lambda one: (one.ends_at, one.id)):
        if proxy.ends_at > now:
            found.setdefault(proxy.ends_at.replace(second=0, microsecond=0), []).append(proxy)
    return list(found.values())


def event_lines(together: Sequence[Proxy], now: datetime, summary: str, description: str) -> list[str]:
    """One event. Its UID stays the same while the ends do, so a calendar that reads a newer file adds nothing."""
    end = together[0].ends_at
    alarms = [line for before in ALARMS for line in alarm_lines(before, summary)]
    return [
        "BEGIN:VEVENT",
        f"UID:{together[0].id}-{end.timestamp():.0f}@px6-bot",
        f"DTSTAMP:{utc_stamp(now)}",
        f"DTSTART:{utc_stamp(end)}",
        "DURATION:PT15M",
        f"SUMMARY:{escaped(summary)}",
        f"DESCRIPTION:{escaped(description)}",
        "TRANSP:TRANSPARENT",
        *alarms,
        "END:VEVENT",
    ]


def alarm_lines(before: str, summary: str) -> list[str]:
    """One alarm of an event, so long `before` it."""
    return ["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{before}", f"DESCRIPTION:{escaped(summary)}", "END:VALARM"]


def utc_stamp(moment: datetime) -> str:
    """`20261126T184000Z`"""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    r"""A text as a property's value, RFC 5545 3.3.11; control characters become spaces.

    >>> escaped("a, b; c")
    'a\\, b\\; c'
    """
    plain = "".join(each if each in "\n\t" or each.isprintable() else " " for each in text)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """A line cut into lines of at most 75 octets, never within a character."""
    pieces: list[str] = []
    piece = ""
    for each in line:
        if len((piece + each).encode()) > LONGEST_LINE - (1 if pieces else 0):
            pieces.append(piece)
            piece = ""
        piece += each
    return "\r\n ".join([*pieces, piece])
