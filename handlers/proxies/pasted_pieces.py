"""The pieces of a pasted text: addresses, places, numbers, and the names of fields beside them. Pure.

Each piece is at most one place, so that no login or password is taken for an address; nothing is read twice.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

from handlers.ground.typed import FULL_WIDTH, unmarked

MOST_PORT = 65_535
LONGEST_ID = 12  # digits; today's ids have 8
NO_NUMBER = 0  # is neither a port nor an id
IPV6_NAME = "ipv6-"  # begins an IPv6 address that is written without colons

PIECE = re.compile(r"[{}]|[^\s{},;|\"'`“”«»<>()\[\]=&?#№]+")
IPV6 = re.compile(r"(?<![\w.:])\[?(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)([0-9A-Fa-f:]++)\]?(?![\w.])")
IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
HOST_NAME = re.compile(r"[0-9a-z-]{1,63}(?:\.[0-9a-z-]{1,63}){0,8}\.[a-z][0-9a-z-]{1,62}")
SCHEME = re.compile(r"[A-Za-z][0-9A-Za-z+-]{1,19}://")
CHANGE_LINK = re.compile(r"\[https?://[^\]\s]*+")  # that AdsPower takes behind a proxy: it leads to another address
IN_BASE64 = re.compile(
    r"(?<!\w)(?:vmess|ssr?|socks5?)://([0-9A-Za-z+/_-]{8,4000}+)={0,2}(?![\w@.:=+/-])", re.IGNORECASE
)

HOST_KEYS = frozenset({"host", "hostname", "server", "address", "addr", "add"})
PORT_KEYS = frozenset({"port", "server_port", "server-port"})
EXIT_KEYS = frozenset({"ip"})
ID_KEYS = frozenset({"id", "ids"})
KEYS = HOST_KEYS | PORT_KEYS | EXIT_KEYS | ID_KEYS
ENTRY_BEGINS = frozenset({"{", "}", "-", "proxy", "/proxy"})


@dataclass(frozen=True)
class Place:
    """An address with a port; `port` 0: an address alone, of a host or of an exit. IPv6 in its shortest form."""

    address: str
    port: int = 0

    def __str__(self) -> str:
        if not self.port:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class Sort(StrEnum):
    """What a piece of a text is."""

    BEGIN = "begin"  # of another entry of a file
    KEY = "key"
    NUMBER = "number"
    ADDRESS = "address"
    PLACE = "place"
    NAME = "name"  # and a number, which may as well be a login and a password
    WORD = "word"


Token = tuple[Sort, str, int]
"""A sort, an address or a word in small letters, and a number, which may be a port."""


def plain_text(text: str) -> str:
    """The text in ASCII forms, without marks, and with what links hide; IPv6 addresses have no colons in it."""
    written = CHANGE_LINK.sub(" ", unmarked(text).translate(FULL_WIDTH).replace("\\/", "/"))
    return IPV6.sub(as_name, IN_BASE64.sub(revealed, written))


def as_name(found: re.Match[str]) -> str:
    """An IPv6 address in a form that no list takes apart; anything else as it was."""
    try:
        return f"{IPV6_NAME}{inet_pton(AF_INET6, found[1]).hex()}"
    except OSError:
        return found.group()


def revealed(found: re.Match[str]) -> str:
    """What a link holds in base64, such as `method:password@host:port` or JSON; as it was where that is no text."""
    packed = found[1].replace("-", "+").replace("_", "/")
    try:
        return " ".join(base64.b64decode(packed + "==").decode("ascii").split())
    except ValueError:
        return found.group()


def tokens(line: str) -> Iterator[Token]:
    """The pieces of a line, in their order."""
    for found in PIECE.finditer(line):
        piece = found[0]
        key, _, rest = piece.strip(":.!").partition(":")
        if (lower := key.lower()) in KEYS:
            yield Sort.KEY, lower, NO_NUMBER
            piece = rest
        if piece := piece.strip(":.!"):
            yield token(piece)


def token(piece: str) -> Token:
    lower = piece.lower()
    if lower in ENTRY_BEGINS:
        return Sort.BEGIN, "", NO_NUMBER
    if lower.isascii() and lower.isdecimal():
        return Sort.NUMBER, "", int(lower) if len(lower) <= LONGEST_ID else NO_NUMBER
    if address := numeric_address(lower):
        return Sort.ADDRESS, address, NO_NUMBER
    if place := place_in(lower):
        is_sure = lower.count(":") >= 3 or "@" in lower or "://" in lower or not HOST_NAME.fullmatch(place.address)
        return Sort.PLACE if is_sure else Sort.NAME, place.address, place.port
    return Sort.WORD, lower, NO_NUMBER


def numeric_address(text: str) -> str:
    """An IPv4 or IPv6 address in its usual form; empty for anything else."""
    try:
        if text.startswith(IPV6_NAME):
            return inet_ntop(AF_INET6, bytes.fromhex(text.removeprefix(IPV6_NAME)))
        return inet_ntop(AF_INET, inet_pton(AF_INET, text)) if IPV4.fullmatch(text) else ""
    except (OSError, ValueError):
        return ""


def usual_form(address: str) -> str:
    """An address as places have it: in small letters, IPv6 in its shortest form."""
    return numeric_address(IPV6.sub(as_name, address)) or address.lower()


def place_in(piece: str) -> Place | None:
    """The one place of a piece: host and port stand first or last in it, in a link before its path.

    Where both ends look like one, the numeric one is meant; of two names either may be login and password: None.
    """
    scheme = SCHEME.match(piece)
    whole = piece[scheme.end() :].partition("/")[0] if scheme else piece
    before, at, after = whole.rpartition("@")
    head = "" if at and ":" not in after else before.partition("@")[0] if at else whole
    first = place_of(*head.split(":")[:2])
    last = place_of(*(after if at else whole).split(":")[-2:]) if at or whole.count(":") >= 3 else None
    if first is None or last is None:
        return first or last
    named = [HOST_NAME.fullmatch(each.address) is not None for each in (first, last)]
    return None if all(named) else first if named[1] else last if named[0] or at else first


def place_of(host: str, port: str = "") -> Place | None:
    """The place of a host, by number or by name, and a port; None for what is none."""
    digits = port.partition("/")[0]
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 5 and 0 < int(digits) <= MOST_PORT):
        return None
    address = numeric_address(host) or (host if HOST_NAME.fullmatch(host) else "")
    return Place(address, int(digits)) if address else None
