"""For browsers: antidetect browsers, and the extension FoxyProxy. Pure."""

from __future__ import annotations

import colorsys
import zlib
from urllib.parse import quote, urlencode

from px6 import Protocol, Proxy
from services.proxies.exports.lines import login_url, name_of, scheme


def adspower(proxy: Proxy) -> str:
    """`socks5://host:port:login:password`, which is no URL: nothing is encoded."""
    return f"{scheme(proxy)}://{bare(proxy)}"


def bare(proxy: Proxy) -> str:
    """`host:port:login:password`: Dolphin Anty, GoLogin and Undetectable ask for the type in their form."""
    return f"{proxy.host}:{proxy.port}:{proxy.user}:{proxy.password}"


def foxyproxy(proxy: Proxy) -> str:
    """A URL with the name, flag and colour that FoxyProxy 8 and later show. Names are resolved at the proxy."""
    shown = {"title": name_of(proxy)}
    if proxy.country:
        shown["cc"] = proxy.country.upper()
    shown |= {"color": colour(proxy.comment), "active": "true"}
    if proxy.type == Protocol.SOCKS:
        shown["proxydns"] = "true"
    return f"{login_url(proxy, scheme(proxy))}?{urlencode(shown, quote_via=quote)}"


def colour(comment: str) -> str:
    """Six hexadecimal digits, the same for the same comment; dark enough to be seen on white."""
    hue = zlib.crc32(comment.encode()) % 360 / 360
    return "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, 0.45, 0.5))
