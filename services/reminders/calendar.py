"""The ends of proxies as a calendar file (RFC 5545), with alarms. Words come from outside. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from px6 import Proxy

ALARMS = ("-P1D", "-PT3H")  # before the end
OCTETS = 75  # of one line, RFC 5545 3.1


def calendar(
    proxies: Iterable[Proxy],
    now: datetime,
    summary: Callable[[Sequence[Proxy]], str],
    describe: Callable[[Sequence[Proxy]], str],
) -> bytes:
    """One event for each minute at which proxies end; those that end together are one event."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//px6 bot//reminders//EN", "CALSCALE:GREGORIAN"]
    for together in by_minute(proxies, now):
        lines += event(together, now, summary(together), describe(together))
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def by_minute(proxies: Iterable[Proxy], now: datetime) -> list[list[Proxy]]:
    """What has not ended, grouped by the minute of its end."""
    found: dict[datetime, list[Proxy]] = {}
    for proxy in sorted(proxies, key=lambda one: (one.ends_at, one.id)):
        if proxy.ends_at > now:
            found.setdefault(proxy.ends_at.replace(second=0, microsecond=0), []).append(proxy)
    return list(found.values())


def event(together: Sequence[Proxy], now: datetime, summary: str, description: str) -> list[str]:
    """The uid stays the same while the ends do, so that a calendar that reads the file again adds nothing."""
    end = together[0].ends_at
    alarms = [line for before in ALARMS for line in alarm(before, summary)]
    return [
        "BEGIN:VEVENT",
        f"UID:{together[0].id}-{end.timestamp():.0f}@px6-bot",
        f"DTSTAMP:{stamp(now)}",
        f"DTSTART:{stamp(end)}",
        "DURATION:PT15M",
        f"SUMMARY:{escaped(summary)}",
        f"DESCRIPTION:{escaped(description)}",
        "TRANSP:TRANSPARENT",
        *alarms,
        "END:VEVENT",
    ]


def alarm(before: str, summary: str) -> list[str]:
    return ["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{before}", f"DESCRIPTION:{escaped(summary)}", "END:VALARM"]


def stamp(moment: datetime) -> str:
    """`20261126T184000Z`"""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    r"""Text as RFC 5545 wants it.

    >>> escaped("a, b; c")
    'a\\, b\\; c'
    """
    plain = "".join(each if each in "\n\t" or each.isprintable() else " " for each in text)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """At most 75 octets a line, never within a character."""
    pieces: list[str] = []
    piece = ""
    for each in line:
        if len((piece + each).encode()) > OCTETS - (1 if pieces else 0):
            pieces.append(piece)
            piece = ""
        piece += each
    return "\r\n ".join([*pieces, piece])
