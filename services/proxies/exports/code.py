"""For programs that people write or start themselves: Telethon, Pyrogram, Playwright, curl, proxychains. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from px6 import Protocol, Proxy
from services.proxies.exports.lines import login_url, plain, scheme
from services.proxies.exports.routers import as_json

CURL_TARGET = "https://api.ipify.org"  # tells the address that it is asked from


def telethon(proxies: Sequence[Proxy]) -> str:
    """Python: `("socks5", host, port, True, user, password)`, True for names that are resolved at the proxy."""
    return as_python([(scheme(p), p.host, p.port, True, p.user, p.password) for p in proxies])


def pyrogram(proxies: Sequence[Proxy]) -> str:
    """Python: a dictionary."""
    return as_python(
        [
            {"scheme": scheme(p), "hostname": p.host, "port": p.port, "username": p.user, "password": p.password}
            for p in proxies
        ]
    )


def as_python(values: Sequence[object]) -> str:
    """A single value as it is, to be put where it is needed; several as a list."""
    match values:
        case [single]:
            return f"{single!r}\n"
        case _:
            return "[\n" + "".join(f"    {value!r},\n" for value in values) + "]\n"


def playwright(proxies: Sequence[Proxy]) -> str:
    """JSON: what `launch(proxy=…)` takes; a list of these for several."""
    each = [
        {"server": f"{scheme(p)}://{p.host}:{p.port}", "username": p.user, "password": p.password} for p in proxies
    ]
    match each:
        case [single]:
            return as_json(single)
        case _:
            return as_json(each)


def curl(proxy: Proxy) -> str:
    """A command that shows the address of the proxy; SOCKS5 resolves names there."""
    through = login_url(proxy, "socks5h" if proxy.type == Protocol.SOCKS else "http")
    return f"curl -x {in_quotes(through)} {CURL_TARGET}"


def in_quotes(text: str) -> str:
    """The text as one word of a shell, whatever it holds."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def proxychains(proxy: Proxy) -> str:
    """`socks5 host port user password`"""
    return " ".join(plain(str(word)) for word in (scheme(proxy), proxy.host, proxy.port, proxy.user, proxy.password))
