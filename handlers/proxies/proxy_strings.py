"""Proxies as people and programs write them, read into what px6 checks. Pure.

`host:port:login:password` and the same in another order, as an address (`socks5://login:password@host:port`), as a
link of Telegram, or with spaces, tabs and line breaks between the parts. No error of this module holds a password.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from handlers.ground.typed import unmarked
from px6 import Proxy

LONGEST_PART = 255  # characters of a host, a login or a password
QUOTES = "\"'`“”„«»‘’‹›"
EDGES = QUOTES + ",;"
PROTOCOL = re.compile(r"(?:https?|socks[45]?[ah]?)", re.IGNORECASE)
SCHEME = re.compile(rf"(?:{PROTOCOL.pattern})://", re.IGNORECASE)
HOST = r"(?P<host>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)"
PORT = r"(?P<port>[0-9]{1,6})"
ADDRESS = re.compile(rf"{HOST}(?::{PORT})?")
FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{HOST}:{PORT}:(?P<login>[^:]+):(?P<password>.+)",
        rf"(?P<login>[^:@]+):(?P<password>.+)@{HOST}:{PORT}",
        rf"{HOST}:{PORT}@(?P<login>[^:@]+):(?P<password>.+)",
        rf"(?P<login>[^:@]+):(?P<password>[^:]+):{HOST}:{PORT}",
    )
)
MOST_PIECES = 4  # host, port, login, password
LIKE_A_STRING = re.compile(r"[:@：＠]|\d+(?:\.\d+){3}")


@dataclass(frozen=True)
class ProxyString:
    """A proxy with its login. Its repr leaves login and password out."""

    host: str
    port: str
    login: str
    password: str

    def __repr__(self) -> str:
        return f"ProxyString({self.address})"

    @property
    def address(self) -> str:
        """What may be shown of it."""
        return f"{self.host}:{self.port}"

    @property
    def for_px6(self) -> str:
        """`host:port:login:password`"""
        return f"{self.host}:{self.port}:{self.login}:{self.password}"

    def opens(self, proxy: Proxy) -> bool:
        """Whether login and password are those of this proxy."""
        return (self.login, self.password) == (proxy.user, proxy.password)


def is_like_strings(text: str) -> bool:
    """Whether a text holds proxies or addresses rather than ids."""
    return LIKE_A_STRING.search(text) is not None


def read_strings(text: str) -> tuple[list[ProxyString], int]:
    """The proxies of a text, each once, in their order; and how many pieces of it could not be read."""
    pieces = pieces_of(text)
    found: dict[ProxyString, None] = {}
    unread = at = 0
    while at < len(pieces):
        proxy, used = longest_read(pieces[at : at + MOST_PIECES])
        at += used
        if proxy is None:
            unread += 1
        else:
            found[proxy] = None
    return list(found), unread


def pieces_of(text: str) -> list[str]:
    """What stands between white space, without quotation marks around it; names of protocols are left out."""
    plain = unmarked(unicodedata.normalize("NFKC", text))
    joined = re.sub(r"[^\S\n]*([:@])[^\S\n]*", r"\1", plain)
    split = [part for piece in joined.split() for part in without_commas(piece)]
    return [piece for piece in split if piece and not PROTOCOL.fullmatch(piece)]


def without_commas(piece: str) -> list[str]:
    """A list with commas and no spaces as its entries; a password with a comma stays whole."""
    whole = piece.strip(EDGES)
    entries = [entry.strip(EDGES) for entry in re.split(r"[,;]", whole)]
    return entries if all(map(read_one, entries)) else [whole]


def longest_read(pieces: Sequence[str]) -> tuple[ProxyString | None, int]:
    """The proxy at the beginning of these pieces, and how many of them it takes: one, or up to four that belong
    together, `1.2.3.4 8000 login password`. None: the first is no part of any."""
    if proxy := read_one(pieces[0]):
        return proxy, 1
    if ADDRESS.fullmatch(pieces[0]):
        for used in range(2, len(pieces) + 1):
            last = pieces[used - 1]
            if ADDRESS.fullmatch(last) or read_one(last):
                break
            if proxy := read_one(":".join(pieces[:used])):
                return proxy, used
    return None, 1


def read_one(piece: str) -> ProxyString | None:
    """The proxy that one piece means; None for what is none."""
    if "/socks?" in piece or "/http?" in piece or piece.startswith("tg://"):
        return read_link(piece)
    scheme = SCHEME.match(piece)
    if scheme is None:
        return read_plain(re.sub(r"\[https?://.*\Z", "", piece))
    rest = re.split(r"[/?#\[]", piece[scheme.end() :])[0]
    return read_plain(rest, unquote)


def read_plain(text: str, decode: Callable[[str], str] = str) -> ProxyString | None:
    """The proxy of a text in one of the FORMS; `decode` is applied to login and password."""
    for form in FORMS:
        if match := form.fullmatch(text):
            return checked(match["host"], match["port"], decode(match["login"]), decode(match["password"]))
    return None


def read_link(piece: str) -> ProxyString | None:
    """The proxy of a link that sets it in Telegram: https://core.telegram.org/api/links#socks5-proxy-links"""
    try:
        given = parse_qs(urlsplit(piece).query)
        parts = [given[name][0] for name in ("server", "port", "user", "pass")]
    except (KeyError, ValueError):
        return None
    match = ADDRESS.fullmatch(f"{parts[0]}:{parts[1]}")
    return checked(match["host"], match["port"], *parts[2:]) if match else None


def checked(host: str, port: str, login: str, password: str) -> ProxyString | None:
    """The proxy, unless a part is what no proxy has: something invisible, not ASCII, or too long."""
    for part in (host, login, password):
        if not part.isascii() or not part.isprintable() or " " in part or len(part) > LONGEST_PART:
            return None
    return ProxyString(host.lower(), str(int(port)), login, password)
