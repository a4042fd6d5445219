"""Proxies as CSV and as JSON: all that px6 tells of each. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import msgspec

from px6 import Proxy
from services.proxies.exports.lines import iso_time, password_of, url

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
        host=proxy.host, port=proxy.port, user=proxy.user, password=password_of(proxy), ip=proxy.ip,
        bought_at=iso_time(proxy.bought_at), ends_at=iso_time(proxy.ends_at), comment=proxy.comment, url=url(proxy),
    )  # fmt: skip
