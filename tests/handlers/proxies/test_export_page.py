"""The words of the page of HTML that an export can be: all that it says, and what it calls each proxy."""

from __future__ import annotations

import pytest

from handlers.ground.words import Words
from handlers.proxies.export_page import names_of, page_words
from px6 import Proxy
from services.proxies.exports.page import WORDS, Names
from tests.sample_proxies import NOW, a_proxy


@pytest.mark.parametrize(
    ("proxy", "names"),
    [
        (a_proxy(), Names(country="🇩🇪 Germany", kind="IPv6", protocol="HTTPS")),
        (a_proxy(type="socks", version="3"), Names(country="🇩🇪 Germany", kind="IPv4 Shared", protocol="SOCKS5")),
        (
            a_proxy(type="mtproto", version="5", country="us"),
            Names(country="🇺🇸 United States", kind="MTProto", protocol="MTProto"),
        ),
    ],
)
def test_a_proxy_is_called_on_the_page_what_it_is_called_in_the_chat(proxy: Proxy, names: Names) -> None:
    assert names_of(Words("en"), proxy) == names


def test_the_page_says_of_when_it_is_and_how_many_there_are_on_it() -> None:
    words = page_words(Words("en", "Europe/Berlin"), 2, NOW)
    assert tuple(words) == WORDS
    assert (words["title"], words["made"]) == ("2 proxies", "As of 23 Nov 2026 13:00")
