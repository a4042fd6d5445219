"""Proxies as text for other programs: lines, URLs, CSV, JSON, or one's own template. Pure; no Telegram."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

import msgspec

from model.mtproto import mtproto_link, secret_of
from model.proxies import is_mtproto
from px6 import Proxy

PLACEHOLDER = re.compile(r"\{(\w*)\}")
COLUMNS = (
    "id", "version", "country", "type", "host", "port", "user", "password", "ip", "bought_at", "ends_at", "comment",
)  # fmt: skip
# Where a spreadsheet may see a cell begin (where lists are separated by semicolons, also after those and after line
# breaks, whatever the quotes), and with which signs a formula begins that it would run:
# https://owasp.org/www-community/attacks/CSV_Injection
# East Asian keyboards have the signs in more widths; characters that are blank or invisible may stand before them.
CELL_BEGINS = r"(?:^|(?<=[;\t\r\n]))"
FORMULA_SIGNS = "=+@＝＋－＠﹦﹢﹣﹫−-"
INVISIBLE = r"\s\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
INVISIBLE_TOO = r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
FORMULA_BEGINS = re.compile(rf"{CELL_BEGINS}(?=[{INVISIBLE}{INVISIBLE_TOO}]*[{FORMULA_SIGNS}]|')|^(?=[\t\r\n])")


class Format(StrEnum):
    """The formats of an export. The value is one letter: buttons carry it, so it never changes."""

    HOST_FIRST = "h"  # host:port:user:pass
    USER_AT_HOST = "a"  # user:pass@host:port
    USER_FIRST = "u"  # user:pass:host:port
    URL = "l"  # http://user:pass@host:port
    CSV = "c"
    JSON = "j"
    TEMPLATE = "t"

    @property
    def suffix(self) -> str:
        """The ending of a file in this format, without its dot."""
        return {Format.CSV: "csv", Format.JSON: "json"}.get(self, "txt")

    def encoded(self, text: str) -> bytes:
        """The bytes of a file with this text. Spreadsheets take CSV for UTF-8 only after a byte order mark."""
        return text.encode("utf-8-sig" if self is Format.CSV else "utf-8")


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
    "pass": lambda proxy: secret_of(proxy) if is_mtproto(proxy) else proxy.password,
    "ip": lambda proxy: proxy.ip,
    "id": lambda proxy: proxy.id,
    "country": lambda proxy: proxy.country or "",
    "type": lambda proxy: proxy.type,
    "comment": lambda proxy: " ".join(proxy.comment.splitlines()),  # one proxy stays one line
    "ends": lambda proxy: iso_time(proxy.ends_at),
}


class WrongTemplate(ValueError):
    """A template with placeholders that do not exist (`unknown`), or with none at all."""

    def __init__(self, unknown: Sequence[str]) -> None:
        self.unknown = tuple(unknown)


class Row(msgspec.Struct, frozen=True):
    """One proxy in the JSON and the CSV; times are ISO 8601 in UTC."""

    id: int
    version: str | None
    country: str | None
    type: str
    host: str
    port: int
    user: str
    password: str
    ip: str
    bought_at: str
    ends_at: str
    comment: str
    url: str


def check_template(template: str) -> str:
    """The template itself; raises WrongTemplate."""
    names = PLACEHOLDER.findall(template)
    unknown = [name for name in dict.fromkeys(names) if name not in PLACEHOLDERS]
    if unknown or not names:
        raise WrongTemplate(unknown)
    return template


def export(proxies: Sequence[Proxy], format_: Format, template: str = "") -> str:
    """All proxies in a format, in the order given. `template` counts for Format.TEMPLATE; raises WrongTemplate.

    >>> export([], Format.HOST_FIRST)
    ''
    """
    match format_:
        case Format.CSV:
            return as_csv(proxies)
        case Format.JSON:
            return as_json(proxies)
        case Format.URL:
            return "".join(f"{url(proxy)}\n" for proxy in proxies)
        case _:
            pattern = TEMPLATES.get(format_) or check_template(template)
            return "".join(f"{fill_template(pattern_for(proxy, format_, pattern), proxy)}\n" for proxy in proxies)


def pattern_for(proxy: Proxy, format_: Format, pattern: str) -> str:
    return MTPROTO_TEMPLATES.get(format_, pattern) if is_mtproto(proxy) else pattern


def fill_template(template: str, proxy: Proxy) -> str:
    """The template filled for one proxy; a value that looks like a placeholder is left as it is."""
    return PLACEHOLDER.sub(lambda found: str(PLACEHOLDERS[found[1]](proxy)), template)


def url(proxy: Proxy) -> str:
    """`socks5://user:pass@host:port`; one that speaks both protocols is given as http. Of MTProto Telegram's link."""
    if is_mtproto(proxy):
        return mtproto_link(proxy) or f"{proxy.host}:{proxy.port}:{secret_of(proxy)}"
    scheme = "socks5" if proxy.type == "socks" else "http"
    return f"{scheme}://{quote(proxy.user, safe='')}:{quote(proxy.password, safe='')}@{proxy.host}:{proxy.port}"


def as_csv(proxies: Sequence[Proxy]) -> str:
    """A header and one row each; numbers are bare, texts in quotes and harmless, for strangers may have written them.

    >>> print(as_csv([]), end="")
    "id","version","country","type","host","port","user","password","ip","bought_at","ends_at","comment"
    """
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    table.writerow(COLUMNS)
    for proxy in proxies:
        row = msgspec.structs.asdict(row_of(proxy))
        table.writerow([cell(row[column]) for column in COLUMNS])
    return out.getvalue()


def cell(value: object) -> object:
    """A number as it is, None as an empty text, a text so that no spreadsheet runs it."""
    return value if isinstance(value, int) else harmless("" if value is None else str(value))


def harmless(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would run, and before its own apostrophes there.

    So `(^|[;\\t\\r\\n])'` replaced by `\\1` is the text again, exactly.

    >>> harmless("=1+1"), harmless("a;-1"), harmless("it's"), harmless("a-b")
    ("'=1+1", "a;'-1", "it's", 'a-b')
    """
    return FORMULA_BEGINS.sub("'", text)


def as_json(proxies: Sequence[Proxy]) -> str:
    """A list of rows, indented, with a line break at its end."""
    whole = msgspec.json.encode([row_of(proxy) for proxy in proxies])
    return msgspec.json.format(whole, indent=2).decode() + "\n"


def row_of(proxy: Proxy) -> Row:
    """The proxy as a row of the CSV and the JSON."""
    return Row(
        id=proxy.id, version=proxy.version, country=proxy.country, type=proxy.type,
        host=proxy.host, port=proxy.port, user=proxy.user, password=str(PLACEHOLDERS["pass"](proxy)), ip=proxy.ip,
        bought_at=iso_time(proxy.bought_at), ends_at=iso_time(proxy.ends_at), comment=proxy.comment, url=url(proxy),
    )  # fmt: skip


def iso_time(when: datetime) -> str:
    """`2026-11-26T18:40:00Z`"""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
