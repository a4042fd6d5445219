"""Proxies one a line: with or without their protocol, as URLs, or in a template of one's own. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from model.mtproto import mtproto_link, secret_of
from model.proxies import is_mtproto
from px6 import Proxy
from services.proxies.exports.formats import Format

COMMENT_SHOWN = 40  # characters in the name of a proxy
PLACEHOLDER = re.compile(r"\{(\w*)\}")

TEMPLATES: Mapping[Format, str] = {
    Format.HOST_FIRST: "{host}:{port}:{user}:{pass}",
    Format.USER_AT_HOST: "{user}:{pass}@{host}:{port}",
    Format.USER_FIRST: "{user}:{pass}:{host}:{port}",
}

MTPROTO_TEMPLATES: Mapping[Format, str] = {
    Format.HOST_FIRST: "{host}:{port}:{pass}",
    Format.USER_AT_HOST: "{pass}@{host}:{port}",
    Format.USER_FIRST: "{pass}:{host}:{port}",
}
"""MTProto has no login, and a secret in place of the password."""

PLACEHOLDERS: Mapping[str, Callable[[Proxy], object]] = {
    "host": lambda proxy: proxy.host,
    "port": lambda proxy: proxy.port,
    "user": lambda proxy: proxy.user,
    "pass": lambda proxy: password_of(proxy),
    "ip": lambda proxy: proxy.ip,
    "id": lambda proxy: proxy.id,
    "country": lambda proxy: proxy.country or "",
    "type": lambda proxy: proxy.type if is_mtproto(proxy) else scheme(proxy),
    "comment": lambda proxy: " ".join(proxy.comment.splitlines()),  # one proxy stays one line
    "ends": lambda proxy: iso_time(proxy.ends_at),
}


SCHEMES = {"socks": "socks5"}
"""What programs call px6's protocols, where they call them otherwise than http."""


class WrongTemplate(ValueError):
    """A template with placeholders that do not exist (`unknown`), or with none at all."""

    def __init__(self, unknown: Sequence[str]) -> None:
        self.unknown = tuple(unknown)


def check_template(template: str) -> str:
    """The template itself; raises WrongTemplate."""
    names = PLACEHOLDER.findall(template)
    unknown = [name for name in dict.fromkeys(names) if name not in PLACEHOLDERS]
    if unknown or not names:
        raise WrongTemplate(unknown)
    return template


def pattern_line(proxy: Proxy, how: Format, template: str = "") -> str:
    """The proxy in one of TEMPLATES, or in a template of one's own, which check_template has seen."""
    patterns = MTPROTO_TEMPLATES if is_mtproto(proxy) else TEMPLATES
    return fill_template(patterns.get(how) or template, proxy)


def password_of(proxy: Proxy) -> str:
    return secret_of(proxy) if is_mtproto(proxy) else proxy.password


def fill_template(template: str, proxy: Proxy) -> str:
    """The template filled for one proxy; a value that looks like a placeholder is left as it is."""
    return PLACEHOLDER.sub(lambda found: str(PLACEHOLDERS[found[1]](proxy)), template)


def scheme(proxy: Proxy) -> str:
    return SCHEMES.get(proxy.type, "http")


def url(proxy: Proxy) -> str:
    """`socks5://user:pass@host:port`; one that speaks both protocols is given as http. Of MTProto Telegram's link."""
    if is_mtproto(proxy):
        return mtproto_link(proxy) or f"{proxy.host}:{proxy.port}:{secret_of(proxy)}"
    return login_url(proxy, scheme(proxy))


def login_url(proxy: Proxy, scheme: str) -> str:
    login = f"{quote(proxy.user, safe='')}:{quote(proxy.password, safe='')}"
    return f"{scheme}://{login}@{proxy.host}:{proxy.port}"


def name_of(proxy: Proxy) -> str:
    """`DE shop 30000005`: as a program lists it, in one line and no two alike."""
    comment = plain(proxy.comment[:COMMENT_SHOWN])
    return " ".join(f"{(proxy.country or '').upper()} {comment} {proxy.id}".split())


def plain(text: str) -> str:
    """The text without line breaks and what cannot be seen, so that it cannot end the line that it stands in."""
    return "".join(each if each.isprintable() else " " for each in text)


def iso_time(when: datetime) -> str:
    """`2026-11-26T18:40:00Z`"""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
