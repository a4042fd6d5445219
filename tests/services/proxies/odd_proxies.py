"""Proxies for programs that read an export: two usual ones, and one that holds what may break a file."""

from __future__ import annotations

from px6 import Proxy
from services.proxies.exports.lines import name_of
from tests.sample_proxies import a_proxy

HTTPS = a_proxy(30_000_005)
SOCKS = a_proxy(30_000_006, type="socks", comment="")
# What px6 has never been seen to give, and what comments may well hold.
ODD = a_proxy(
    7,
    type="socks",
    country=None,
    user="a:b@c/d?e#f",
    password="p'\"\\ {}[],:&<>%=$`\u00e9\u0416\U0001f511",
    comment="\"; DROP: [x], {y} <b>&amp;'\u2028\n# = \x00\x7f\x85\ufeff" + "z" * 90,
)
ALL = [HTTPS, SOCKS, ODD]
NAMES = ["DE shop 30000005", "DE 30000006", name_of(ODD)]


def login(proxy: Proxy) -> tuple[str, int, str, str]:
    return proxy.host, proxy.port, proxy.user, proxy.password


def kind(proxy: Proxy) -> str:
    return "socks5" if proxy.type == "socks" else "http"
