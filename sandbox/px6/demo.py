"""An account worth looking at: three kinds, several countries, ends near and far, money for some of it."""

from __future__ import annotations

from datetime import timedelta

from .model import MTPROTO, Account
from .state import Px6State

BALANCE = "640.50"
"""RUB: covers a few purchases, not the renewal of everything."""

_PROXIES = (
    # version, country, protocol, comment, hours to the end, days bought for
    ("4", "de", "http", "shop", 2, 30),
    ("6", "nl", "socks", "telegram", 2, 7),
    ("3", "ru", "http", "parser", 22, 30),
    ("4", "us", "socks", "shop", 26, 30),
    ("6", "ru", "http", "", 27, 7),
    ("4", "ru", "http", "реклама", 71, 30),
    ("6", "fr", "socks", "telegram", 72, 14),
    ("3", "us", "http", "parser", 73, 30),
    ("4", "nl", "http", "shop", 24 * 6, 30),
    ("6", "us", "http", "tests & more", 24 * 9, 30),
    ("6", "gb", "socks", "", 24 * 12, 30),
    ("3", "de", "http", "parser", 24 * 19, 60),
    ("4", "kz", "socks", "telegram", 24 * 27, 30),
    ("6", "sg", "http", "", 24 * 58, 90),
    ("6", "ua", "http", "old shop", -5, 7),
    ("4", "fr", "http", "", -24 * 3, 30),
    ("3", "nl", "socks", "parser", -24 * 11, 30),
)
_MTPROTO = ("gb", "sg")
"""Where what is IPv6 is MTProto on the newest px6."""


def add_demo_account(state: Px6State, key: str | None = None) -> Account:
    """Adds the account to the state; the one that ends in 19 days does not answer to `check`.

    On the newest px6 two of them are MTProto, and what was HTTP takes both protocols.
    """
    account = state.add_account(key, BALANCE)
    newest = state.profile == "newest"
    for version, country, protocol, comment, hours, period in _PROXIES:
        mtproto = newest and country in _MTPROTO
        state.add_proxy(
            account.key,
            version=MTPROTO if mtproto else version,
            country=country,
            type=None if mtproto or (newest and protocol == "http") else protocol,
            comment=comment,
            period=period,
            ends_in=timedelta(hours=hours),
            alive=hours != 24 * 19,
        )
    return account
