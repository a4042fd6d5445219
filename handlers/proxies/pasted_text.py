"""What a pasted text says of proxies: lists, links, tables and files of other programs, read in one pass. Pure.

A text is taken apart into pieces between spaces, commas, quotes and brackets, and each piece into at most one place,
so that no login or password is taken for an address. The time is linear in the length of the text.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

from handlers.ground.typed import FULL_WIDTH, unmarked

MOST_READ = 20_000  # places and ids of a text; 5,000 lines are far below
MOST_PIECES = 250_000  # of a text: more than 1 MB of any list has
LEAST_LOOSE_PORT, MOST_PORT = 80, 65_535  # a port that stands apart from its address is no number of days
LONGEST_ID = 12  # digits; today's ids have 8
SHORTEST_ID = 5  # digits; shorter ones are ids only where the person has them
THIS_MACHINE = ("127.", "0.", "localhost", "::1")  # as configurations of programs name it
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


@dataclass(frozen=True, order=True)
class Place:
    """An address with a port; `port` 0: an address alone, of a host or of an exit. IPv6 in its shortest form."""

    address: str
    port: int = 0

    def __str__(self) -> str:
        if not self.port:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass
class Pasted:
    """The places and ids of a text, each once and in their order; nothing of logins and passwords.

    The likely ones count only where they are the person's: a number among words, an address beside another place.
    """

    places: dict[Place, None] = field(default_factory=dict)
    ids: dict[int, None] = field(default_factory=dict)
    likely_places: dict[Place, None] = field(default_factory=dict)
    likely_ids: dict[int, None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.places) + len(self.ids) + len(self.likely_places) + len(self.likely_ids)


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


def read_pasted(text: str) -> Pasted:
    """What the text says of proxies, whatever stands between.

    >>> [str(place) for place in read_pasted("socks5://login:password@185.22.134.250:7330").places]
    ['185.22.134.250:7330']
    """
    reader = PastedReader()
    for line in plain_text(text).splitlines():
        if len(reader.found) >= MOST_READ or reader.pieces >= MOST_PIECES:
            break
        reader.read_line(line)
    reader.end_entry()
    return reader.found


def plain_text(text: str) -> str:
    """The text in ASCII forms, without marks, and with what links hide; IPv6 addresses have no colons in it."""
    written = CHANGE_LINK.sub(" ", unmarked(text).translate(FULL_WIDTH))
    return IPV6.sub(as_name, IN_BASE64.sub(revealed, written))


def as_name(found: re.Match[str]) -> str:
    """An IPv6 address in a form that no list takes apart; anything else as it was."""
    try:
        return f"{IPV6_NAME}{inet_pton(AF_INET6, found[1]).hex()}" if len(found[1]) <= 39 else found[0]
    except OSError:
        return found[0]


def revealed(found: re.Match[str]) -> str:
    """What a link holds in base64, such as `method:password@host:port` or JSON; as it was where that is no text."""
    packed = found[1].replace("-", "+").replace("_", "/")
    try:
        return " ".join(base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("ascii").split())
    except ValueError:
        return found[0]


def tokens(line: str) -> Iterator[Token]:
    """The pieces of a line, in their order."""
    for found in PIECE.finditer(line):
        piece = found[0]
        key, _, rest = piece.strip(":.!").partition(":")
        if (lower := key.lower()) in KEYS:
            yield Sort.KEY, lower, 0
            piece = rest
        if piece := piece.strip(":.!"):
            yield token(piece)


def token(piece: str) -> Token:
    lower = piece.lower()
    if lower in ENTRY_BEGINS:
        return Sort.BEGIN, "", 0
    if lower.isascii() and lower.isdecimal():
        return Sort.NUMBER, "", int(lower) if len(lower) <= LONGEST_ID else 0
    if address := numeric_address(lower):
        return Sort.ADDRESS, address, 0
    if place := place_in(lower):
        is_sure = lower.count(":") >= 3 or "@" in lower or "://" in lower or not HOST_NAME.fullmatch(place.address)
        return Sort.PLACE if is_sure else Sort.NAME, place.address, place.port
    return Sort.WORD, lower, 0


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
    first = place_of(*(before.partition("@")[0] if at else whole).split(":", 2)[:2])
    last = place_of(*(after if at else whole).rsplit(":", 2)[-2:]) if at or whole.count(":") >= 3 else None
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


class PastedReader:
    """Reads line after line. An entry of a file may have its host and its port on lines of their own."""

    def __init__(self) -> None:
        self.found = Pasted()
        self.pieces = 0  # that were read
        self._host = self._exit = ""  # of the entry, with no port so far
        self._port = 0  # of the entry, with no host so far
        self._key = ""  # whose value follows
        self._has_place = False  # the entry has one
        self._begin_line()

    def _begin_line(self) -> None:
        self._key, self._before = "", ""
        self._addresses: list[str] = []
        self._numbers: list[int] = []
        self._of_line: set[str] = set()  # addresses of the line's places
        self._is_numbers = True  # so far there is nothing else in the line

    def read_line(self, line: str) -> None:
        """Take over what a line says; an empty one ends an entry."""
        self._begin_line()
        before_it = self.pieces
        for sort, text, number in islice(tokens(line), MOST_PIECES - self.pieces):
            self.pieces += 1
            before, self._before = self._before, ""
            key, self._key = self._key, ""
            self._take(sort, text, number, key, before)
        if self.pieces == before_it:
            self.end_entry()
        self._end_line()

    def _take(self, sort: Sort, text: str, number: int, key: str, before: str) -> None:
        """`key`: whose value it is; `before`: the address just before it."""
        self._is_numbers = self._is_numbers and sort is Sort.NUMBER
        match sort:
            case Sort.BEGIN:
                self.end_entry()
            case Sort.KEY:
                self._key = text
            case Sort.PLACE:
                self._keep(text, number)
            case Sort.NAME if key in HOST_KEYS:
                self._keep(text, number)
            case Sort.NAME:
                self.found.likely_places[Place(text, number)] = None
            case Sort.NUMBER:
                self._take_number(number, key, before)
            case Sort.ADDRESS:
                self._take_address(text, key)
            case Sort.WORD if key in HOST_KEYS and HOST_NAME.fullmatch(text):
                self._take_address(text, key)

    def _take_number(self, number: int, key: str, before: str) -> None:
        is_port = 0 < number <= MOST_PORT
        if key in PORT_KEYS and is_port:
            self._take_port(number)
        elif key in ID_KEYS:
            self._keep_likely_id(number)
            self._key = key  # more may follow
        elif before and is_port and number >= LEAST_LOOSE_PORT:
            self._keep(self._addresses.pop(), number)
        else:
            self._numbers.append(number)

    def _take_port(self, port: int) -> None:
        if host := self._host or self._exit:
            self._keep(host, port)
            self._host = self._exit = ""
        else:
            self._port = port

    def _take_address(self, address: str, key: str) -> None:
        if key in HOST_KEYS and self._port:
            self._keep(address, self._port)
            self._port = 0
        elif key in HOST_KEYS:
            self._host = address
        elif key in EXIT_KEYS:
            self._exit = address
        else:
            self._addresses.append(address)
            self._before = address

    def _keep(self, address: str, port: int) -> None:
        if not address.startswith(THIS_MACHINE):
            self.found.places[Place(address, port)] = None
        self._of_line.add(address)
        self._has_place = True

    def _keep_likely_id(self, number: int) -> None:
        if number:
            self.found.likely_ids[number] = None

    def _end_line(self) -> None:
        kept = self.found.likely_places if self._of_line else self.found.places
        for address in self._addresses:
            if address not in self._of_line and not address.startswith(THIS_MACHINE):
                kept[Place(address)] = None
        for number in self._numbers:
            if self._is_numbers and len(str(number)) >= SHORTEST_ID:
                self.found.ids[number] = None
            elif self._is_numbers or len(str(number)) >= SHORTEST_ID:
                self._keep_likely_id(number)

    def end_entry(self) -> None:
        """An entry of a file ends: of an address that has no port it is known now that it has none."""
        kept = self.found.likely_places if self._has_place else self.found.places
        for address in (self._host, self._exit):
            if address and not address.startswith(THIS_MACHINE):
                kept[Place(address)] = None
        self._host, self._exit, self._port, self._has_place = "", "", 0, False
