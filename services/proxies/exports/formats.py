"""Formats of an export: for which program each is, and what that program takes. Pure; no Telegram."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from px6 import Protocol

EITHER = frozenset({Protocol.HTTP, Protocol.SOCKS})
SOCKS_ONLY = frozenset({Protocol.SOCKS})


class Format(StrEnum):
    """The value is one letter: buttons carry it, so it never changes. The order is that of the buttons."""

    ADSPOWER = "A"
    DOLPHIN_ANTY = "D"
    GOLOGIN = "G"
    OCTO = "O"
    MULTILOGIN = "M"
    UNDETECTABLE = "U"
    FOXYPROXY = "F"
    CLASH = "C"
    SING_BOX = "S"
    XRAY = "X"
    V2RAYN = "V"
    SHADOWROCKET = "R"
    SURGE = "E"
    PROXIFIER = "P"
    TELEGRAM = "T"
    TELETHON = "N"
    PYROGRAM = "Y"
    PLAYWRIGHT = "W"
    CURL = "L"
    PROXYCHAINS = "H"
    HOST_FIRST = "h"  # host:port:user:pass
    USER_AT_HOST = "a"  # user:pass@host:port
    USER_FIRST = "u"  # user:pass:host:port
    URL = "l"  # http://user:pass@host:port
    CSV = "c"
    JSON = "j"
    PAGE = "B"
    TEMPLATE = "t"

    @property
    def target(self) -> Target:
        return TARGETS[self]

    @property
    def suffix(self) -> str:
        """The ending of a file in this format, without its dot."""
        return self.target.suffix

    def encoded(self, text: str) -> bytes:
        """The bytes of a file with this text. Spreadsheets take CSV for UTF-8 only after a byte order mark."""
        return text.encode("utf-8-sig" if self is Format.CSV else "utf-8")


class Target(Struct, frozen=True, kw_only=True):
    """What a program takes.

    `protocols`: those that it can use. `names_protocol`: the text says for each proxy which one it speaks; else
    that is chosen in the program. `prefers`: what a proxy that speaks both is given as. `takes_all`: a table that
    has whatever px6 lists, each with its protocol. `on_chromium`: it is, or drives, a browser built on Chromium,
    which by itself refuses SOCKS5 with a password. `takes_secrets`: lines of MTProto proxies alone, too.
    `always_file`: it is imported as a file. `takes_commas`: a login or a password may hold one; not where commas
    stand between the values of a line and nothing is quoted.
    """

    protocols: frozenset[Protocol] = EITHER
    names_protocol: bool = True
    prefers: Protocol = Protocol.HTTP
    takes_all: bool = False
    takes_secrets: bool = False
    on_chromium: bool = False
    always_file: bool = False
    takes_commas: bool = True
    suffix: str = "txt"


TYPE_IN_FORM = Target(names_protocol=False, on_chromium=True)
BROWSER = Target(on_chromium=True)
BARE = Target(names_protocol=False, takes_secrets=True)

TARGETS: Mapping[Format, Target] = {
    Format.ADSPOWER: BROWSER,
    Format.DOLPHIN_ANTY: TYPE_IN_FORM,
    Format.GOLOGIN: TYPE_IN_FORM,
    Format.OCTO: BROWSER,
    Format.MULTILOGIN: BROWSER,
    Format.UNDETECTABLE: TYPE_IN_FORM,
    Format.FOXYPROXY: BROWSER,
    Format.CLASH: Target(prefers=Protocol.SOCKS, always_file=True, suffix="yaml"),
    Format.SING_BOX: Target(prefers=Protocol.SOCKS, always_file=True, suffix="json"),
    Format.XRAY: Target(prefers=Protocol.SOCKS, always_file=True, suffix="json"),
    Format.V2RAYN: Target(protocols=SOCKS_ONLY, prefers=Protocol.SOCKS),
    Format.SHADOWROCKET: Target(protocols=SOCKS_ONLY, prefers=Protocol.SOCKS),
    Format.SURGE: Target(prefers=Protocol.SOCKS, takes_commas=False, suffix="conf"),
    Format.PROXIFIER: Target(prefers=Protocol.SOCKS, always_file=True, suffix="ppx"),
    Format.TELEGRAM: Target(protocols=SOCKS_ONLY, prefers=Protocol.SOCKS),
    Format.TELETHON: Target(prefers=Protocol.SOCKS, suffix="py"),
    Format.PYROGRAM: Target(prefers=Protocol.SOCKS, suffix="py"),
    Format.PLAYWRIGHT: Target(on_chromium=True, suffix="json"),
    Format.CURL: Target(suffix="sh"),
    Format.PROXYCHAINS: Target(prefers=Protocol.SOCKS, suffix="conf"),
    Format.HOST_FIRST: BARE,
    Format.USER_AT_HOST: BARE,
    Format.USER_FIRST: BARE,
    Format.URL: Target(takes_secrets=True),
    Format.CSV: Target(takes_all=True, always_file=True, suffix="csv"),
    Format.JSON: Target(takes_all=True, suffix="json"),
    Format.PAGE: Target(takes_all=True, always_file=True, suffix="html"),
    Format.TEMPLATE: Target(takes_all=True),
}
