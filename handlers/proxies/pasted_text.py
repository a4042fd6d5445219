"""What a pasted text says of proxies: lists, links, tables and files of other programs, read in one pass. Pure.

The text is taken apart into pieces between spaces, commas, quotes and brackets. The time is linear in its length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

from handlers.proxies.pasted_pieces import (
    EXIT_KEYS,
    HOST_KEYS,
    HOST_NAME,
    ID_KEYS,
    MOST_PORT,
    PORT_KEYS,
    Place,
    Sort,
    plain_text,
    tokens,
)

MOST_READ = 20_000  # places and ids of a text; 5,000 lines are far below
MOST_PIECES = 250_000  # of a text: more than 1 MB of any list has
LEAST_LOOSE_PORT = 80  # a port that stands apart from its address is no number of days
SHORTEST_ID = 5  # digits; shorter ones are ids only where the person has them
THIS_MACHINE = ("127.", "0.", "localhost", "::1")  # as configurations of programs name it


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


def read_pasted(text: str) -> Pasted:
    """What the text says of proxies, whatever stands between.

    >>> [str(place) for place in read_pasted("socks5://login:password@185.22.134.250:7330").places]
    ['185.22.134.250:7330']
    """
    reader = PastedReader()
    for line in plain_text(text).splitlines():
        if len(reader.found) >= MOST_READ:
            break
        reader.read_line(line)
    reader.end_entry()
    return without_doubtful_ids(reader.found)


def without_doubtful_ids(found: Pasted) -> Pasted:
    """Beside addresses a number alone in its line may be a password."""
    if found.places:
        found.likely_ids |= found.ids
        found.ids = {}
    return found


class PastedReader:
    """Reads line after line. An entry of a file may have its host and its port on lines of their own."""

    def __init__(self) -> None:
        self.found = Pasted()
        self.pieces = 0  # that were read
        self._host = self._exit = ""  # of the entry, with no port so far
        self._port = 0  # of the entry, with no host so far
        self._key = ""  # whose value follows
        self._alone = ""  # the address that was all of the line before
        self._has_place = False  # the entry has one

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
        if self.pieces == before_it + 1:
            self._take_line_of_one()
        else:
            self._alone = ""
        self._end_line()

    def _take_line_of_one(self) -> None:
        """Where an address stands alone in a line, its port may stand alone in the next one."""
        alone, self._alone = self._alone, "".join(self._addresses)
        match self._numbers:
            case [port] if alone and LEAST_LOOSE_PORT <= port <= MOST_PORT:
                self.found.places.pop(Place(alone), None)
                self._keep(alone, port)
                self._numbers = []

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
