"""Proxies as a page of HTML that needs nothing else: to be searched, sorted, filtered and copied from. Pure.

Nothing is loaded, and the page may load nothing: its policy allows its own style and script, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path

from msgspec import Struct

from px6 import Proxy
from services.proxies.exports.formats import Format
from services.proxies.exports.lines import iso_time, password_of, pattern_line, url

TEMPLATE = Path(__file__).with_name("page.html")
SLOT = re.compile(r"\[\[(\w+)\]\]")
WORDS = (
    *("title", "made", "search", "country", "kind", "protocol", "comment", "none", "sort", "ends", "address"),
    *("login", "password", "copy", "copied", "copy_shown", "nothing"),
)
"""What the page says, by name: each is given by whoever asks for a page, in the person's language."""


class Names(Struct, frozen=True):
    """How one proxy's country, kind and protocol are called."""

    country: str
    kind: str
    protocol: str


def page(proxies: Sequence[tuple[Proxy, Names]], words: Mapping[str, str], language: str) -> str:
    """The page. `words`: one for each of WORDS; `language` as in `lang`."""
    names = [named for _, named in proxies]
    comments = {proxy.comment for proxy, _ in proxies}
    slots = {name: escape(words[name]) for name in WORDS} | {
        "language": escape(language),
        "policy": policy(),
        "rows": "".join(row(proxy, named, words) for proxy, named in proxies),
        "countries": options({named.country for named in names}),
        "kinds": options({named.kind for named in names}),
        "protocols": options({named.protocol for named in names}),
        "comments": options(comments - {""}) + (option("", words["none"]) if "" in comments else ""),
    }
    return SLOT.sub(lambda found: slots[found[1]], template())


@cache
def template() -> str:
    return TEMPLATE.read_text("utf-8")


@cache
def policy() -> str:
    """Only this style and this script, no request, and no address that the page could send anything to."""
    style, script = (hash_of(tag) for tag in ("style", "script"))
    return f"default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


def hash_of(tag: str) -> str:
    """https://www.w3.org/TR/CSP3/#grammardef-hash-source of what stands in the template's only such element."""
    inside = template().partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
    return "sha256-" + base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()


def row(proxy: Proxy, named: Names, words: Mapping[str, str]) -> str:
    line = pattern_line(proxy, Format.HOST_FIRST)
    data = {
        "country": named.country, "kind": named.kind, "protocol": named.protocol, "comment": proxy.comment,
        "ends": iso_time(proxy.ends_at), "address": f"{proxy.host}:{proxy.port}", "line": line, "url": url(proxy),
        "id": str(proxy.id),
    }  # fmt: skip
    attributes = "".join(f' data-{name}="{escape(text)}"' for name, text in data.items())
    cells = (
        cell(words["country"], escape(named.country)),
        cell(words["kind"], escape(" · ".join(dict.fromkeys((named.kind, named.protocol))))),
        cell(words["address"], copied(data["address"])),
        cell(words["login"], copied(proxy.user) if proxy.user else ""),
        cell(words["password"], copied(password_of(proxy))),
        cell(words["ends"], moment(proxy.ends_at)),
        cell(words["comment"], escape(proxy.comment)),
        cell("", copy_button(line, words["copy"]) + copy_button(data["url"], "URL")),
    )
    return f"<tr{attributes}>{''.join(cells)}</tr>\n"


def cell(label: str, inside: str) -> str:
    return f'<td data-label="{escape(label)}">{inside}</td>'


def copied(text: str) -> str:
    """A text that a tap copies."""
    return f'<button class="value" data-copy="{escape(text)}">{escape(text)}</button>'


def copy_button(text: str, label: str) -> str:
    return f'<button data-copy="{escape(text)}">{escape(label)}</button>'


def moment(when: datetime) -> str:
    """In UTC; the script puts the phone's own time in its place."""
    return f'<time datetime="{iso_time(when)}">{when:%Y-%m-%d %H:%M} UTC</time>'


def options(values: set[str]) -> str:
    return "".join(option(value, value) for value in sorted(values, key=str.casefold))


def option(value: str, label: str) -> str:
    """The value carries a mark, so that no comment is taken for “any”."""
    return f'<option value="={escape(value)}">{escape(label)}</option>'
