"""The page of an export, read by a parser that is not ours: each cell, what each button copies, filters, policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from px6 import Proxy
from services.proxies.exports.page import WORDS, Names, page, row
from tests.sample_proxies import a_proxy

EVIL = """"><script>alert('&amp;')</script>[[rows]]"""
SAID = {name: f"<{name}>" for name in WORDS}
GERMAN = Names(country="Germany", kind="IPv6", protocol="HTTPS")


def read(proxy: Proxy, named: Names = GERMAN) -> ElementTree.Element:
    return ElementTree.fromstring(row(proxy, named, SAID))  # noqa: S314 - we wrote it


def cells(proxy: Proxy, named: Names = GERMAN) -> list[tuple[str | None, str, list[str | None]]]:
    """Of each: its label, what stands in it, and what its buttons copy."""
    return [
        (
            each.get("data-label"),
            "".join(each.itertext()),
            [button.get("data-copy") for button in each.iter("button")],
        )
        for each in read(proxy, named)
    ]


def test_a_row_shows_all_of_a_proxy_and_its_buttons_copy_what_they_say() -> None:
    line, url = "185.22.134.250:7015:a'b:<i>", "http://a%27b:%3Ci%3E@185.22.134.250:7015"
    one = a_proxy(15, user="a'b", password="<i>", comment=EVIL, ends_in=timedelta(days=3, hours=1))
    assert cells(one) == [
        ("<country>", "Germany", []),
        ("<kind>", "IPv6 · HTTPS", []),
        ("<address>", "185.22.134.250:7015", ["185.22.134.250:7015"]),
        ("<login>", "a'b", ["a'b"]),
        ("<password>", "<i>", ["<i>"]),
        ("<ends>", "2026-11-26 13:00 UTC", []),
        ("<comment>", EVIL, []),
        ("", "<copy>URL", [line, url]),
    ]
    times = [each.get("datetime") for each in read(one).iter("time")]
    assert times == ["2026-11-26T13:00:00Z"]
    assert {name.removeprefix("data-"): value for name, value in read(one).attrib.items()} == {
        "country": "Germany", "kind": "IPv6", "protocol": "HTTPS", "comment": EVIL, "ends": "2026-11-26T13:00:00Z",
        "address": "185.22.134.250:7015", "line": line, "url": url, "id": "15",
    }  # fmt: skip


def test_a_proxy_for_telegram_has_a_secret_no_login_and_its_kind_once() -> None:
    one = a_proxy(9, version="5", type="mtproto", user="", password="", secret="dd" * 17)
    shown = cells(one, Names(country="?", kind="MTProto", protocol="MTProto"))
    assert [text for _, text, _ in shown[1:5]] == ["MTProto", "185.22.134.250:7009", "", "dd" * 17]
    assert [copies for *_, copies in shown[3:5]] == [[], ["dd" * 17]]


@pytest.mark.parametrize(
    ("comments", "offered"),
    [
        (["b", "A", "b"], ["A", "b"]),
        (["b", ""], ["b", ""]),
        ([""], [""]),
        ([], []),
    ],
)
def test_the_filters_offer_what_there_is_and_no_comment_last(comments: Sequence[str], offered: list[str]) -> None:
    names = [Names(country=f"C{nth}", kind=f"K{nth}", protocol="P") for nth in range(len(comments))]
    made = page([(a_proxy(comment=each), name) for each, name in zip(comments, names, strict=True)], SAID, "de")
    found = re.findall(r'<option value="=([^"]*)">([^<]*)</option>', made)
    others = [f"{letter}{nth}" for letter in "CK" for nth in range(len(comments))] + ["P"] * bool(comments)
    assert found == [(each, each or "&lt;none&gt;") for each in (*others, *offered)]


def test_the_page_may_run_its_own_style_and_script_and_nothing_else() -> None:
    made = page([(a_proxy(comment=EVIL), GERMAN)], SAID, 'd"e')
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', made)
    style, script = (
        base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        for tag in ("style", "script")
        for inside in re.findall(rf"<{tag}>(.*?)</{tag}>", made, re.DOTALL)
    )
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert '<html lang="d&quot;e">' in made
    assert set(re.findall(r"\[\[\w+\]\]", made)) == {"[[rows]]"}, "the comment's own words, wherever it stands"
