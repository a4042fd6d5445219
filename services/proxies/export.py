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

from px6 import Proxy

SLOT = re.compile(r"\{(\w*)\}")
COLUMNS = (
    "id", "version", "country", "type", "host", "port", "user", "password", "ip", "bought_at", "ends_at", "comment",
)  # fmt: skip
# Where a spreadsheet may see a cell begin (where lists are separated by semicolons, also after those and after line
# breaks, whatever the quotes) and what it would run there: https://owasp.org/www-community/attacks/CSV_Injection
# Before the signs, which East Asian keyboards have in more widths, may stand what is blank or cannot be seen at all.
BEGINS = r"(?:^|(?<=[;\t\r\n]))"
SIGNS = "=+@＝＋－＠﹦﹢﹣﹫−-"
UNSEEN = r"\s\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
UNSEEN_TOO = r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
RUNS = re.compile(rf"{BEGINS}(?=[{UNSEEN}{UNSEEN_TOO}]*[{SIGNS}]|')|^(?=[\t\r\n])")


class Format(StrEnum):
    """The value is one letter: it travels in buttons."""

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
        """What such a file holds. Spreadsheets take CSV for UTF-8 only where it begins with a byte order mark."""
        return text.encode("utf-8-sig" if self is Format.CSV else "utf-8")


TEMPLATES: Mapping[Format, str] = {
    Format.HOST_FIRST: "{host}:{port}:{user}:{pass}",
    Format.USER_AT_HOST: "{user}:{pass}@{host}:{port}",
    Format.USER_FIRST: "{user}:{pass}:{host}:{port}",
}

SLOTS: Mapping[str, Callable[[Proxy], object]] = {
    "host": lambda proxy: proxy.host,
    "port": lambda proxy: proxy.port,
    "user": lambda proxy: proxy.user,
    "pass": lambda proxy: proxy.password,
    "ip": lambda proxy: proxy.ip,
    "id": lambda proxy: proxy.id,
    "country": lambda proxy: proxy.country or "",
    "type": lambda proxy: proxy.type,
    "comment": lambda proxy: " ".join(proxy.comment.splitlines()),  # one proxy stays one line
    "ends": lambda proxy: moment(proxy.ends_at),
}


class WrongTemplate(ValueError):
    """A template with slots that do not exist (`unknown`), or with none at all."""

    def __init__(self, unknown: Sequence[str]) -> None:
        super().__init__(", ".join(unknown) or "no slots")
        self.unknown = tuple(unknown)


class Row(msgspec.Struct, frozen=True):
    """One proxy in the JSON; times are ISO 8601 in UTC."""

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
    names = SLOT.findall(template)
    unknown = [name for name in dict.fromkeys(names) if name not in SLOTS]
    if unknown or not names:
        raise WrongTemplate(unknown)
    return template


def export(proxies: Sequence[Proxy], how: Format, template: str = "") -> str:
    """All proxies in a format, in the order given. `template` counts for Format.TEMPLATE; raises WrongTemplate.

    >>> export([], Format.HOST_FIRST)
    ''
    """
    match how:
        case Format.CSV:
            return as_csv(proxies)
        case Format.JSON:
            return as_json(proxies)
        case Format.URL:
            return "".join(f"{url(proxy)}\n" for proxy in proxies)
        case _:
            pattern = TEMPLATES.get(how) or check_template(template)
            return "".join(f"{filled(pattern, proxy)}\n" for proxy in proxies)


def filled(template: str, proxy: Proxy) -> str:
    """The template for one proxy; what a value itself contains is never read as a slot."""
    return SLOT.sub(lambda slot: str(SLOTS[slot[1]](proxy)), template)


def url(proxy: Proxy) -> str:
    """`socks5://user:pass@host:port`; one that speaks both protocols is given as http."""
    scheme = "socks5" if proxy.type == "socks" else "http"
    return f"{scheme}://{quote(proxy.user, safe='')}:{quote(proxy.password, safe='')}@{proxy.host}:{proxy.port}"


def as_csv(proxies: Sequence[Proxy]) -> str:
    """A header and one row each; numbers bare, texts in quotes and harmless: px6 and strangers may have written them.

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
    """A number as it is, nothing as an empty text, a text so that no spreadsheet runs it."""
    return value if isinstance(value, int) else harmless("" if value is None else str(value))


def harmless(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would run, and before its own apostrophes there.

    So `(^|[;\\t\\r\\n])'` replaced by `\\1` is the text again, exactly.

    >>> harmless("=1+1"), harmless("a;-1"), harmless("it's"), harmless("a-b")
    ("'=1+1", "a;'-1", "it's", 'a-b')
    """
    return RUNS.sub("'", text)


def as_json(proxies: Sequence[Proxy]) -> str:
    whole = msgspec.json.encode([row_of(proxy) for proxy in proxies])
    return msgspec.json.format(whole, indent=2).decode() + "\n"


def row_of(proxy: Proxy) -> Row:
    return Row(
        id=proxy.id, version=proxy.version, country=proxy.country, type=proxy.type,
        host=proxy.host, port=proxy.port, user=proxy.user, password=proxy.password, ip=proxy.ip,
        bought_at=moment(proxy.bought_at), ends_at=moment(proxy.ends_at), comment=proxy.comment, url=url(proxy),
    )  # fmt: skip


def moment(when: datetime) -> str:
    """`2026-11-26T18:40:00Z`"""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
