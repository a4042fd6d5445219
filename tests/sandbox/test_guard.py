"""Nothing that listens here serves another machine's name or another site's page, and scripts go on working."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

import sandbox
from sandbox.web import Backstage, serve_page

FOREIGN: tuple[dict[str, str], ...] = (
    {"Host": "evil.example"},
    {"Host": "evil.example:80"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://[evil"},
    {"Origin": "http://127.0.0.1:9"},  # another port of this machine is another site as well
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


@dataclass
class Addresses:
    """All that listens. `told` asks for the status of one request."""

    stand_ins: sandbox.Running
    page: str
    http: aiohttp.ClientSession

    async def told(self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | None = None) -> int:
        async with self.http.request(method, url, headers=headers, data=form) as answer:
            return answer.status


@pytest.fixture
async def addresses() -> AsyncIterator[Addresses]:
    async with sandbox.running() as s, serve_page(Backstage(s.telegram, s.px6)) as page, aiohttp.ClientSession() as h:
        yield Addresses(s, page, h)


async def test_foreign_names_and_pages_of_other_sites_are_refused_everywhere(addresses: Addresses) -> None:
    s = addresses.stand_ins
    px6 = s.px6_url.removesuffix("/api")
    looks = [
        f"{s.telegram_url}/sandbox/state",
        f"{s.telegram_url}/people/1/chat",
        f"{s.telegram_url}/events",
        f"{px6}/sandbox/state",
        f"{s.px6_control_url}/accounts",
        f"{addresses.page}/sandbox/accounts",
        f"{addresses.page}/stream",
        f"{addresses.page}/people/1/chat",
    ]
    for headers in FOREIGN:
        for url in looks:
            assert await addresses.told("GET", url, headers) == 403, (url, headers)


async def test_a_form_of_another_site_neither_writes_nor_taps_for_a_person(addresses: Addresses) -> None:
    """Such a form needs no leave of the browser's, and a button that spends can be tapped by it."""
    s = addresses.stand_ins
    for headers in FOREIGN:
        for address in (s.telegram_url, addresses.page):
            for path, form in (("messages", {"text": "/start"}), ("taps", {"message_id": "1", "data": "pay"})):
                assert await addresses.told("POST", f"{address}/people/88/{path}", headers, form) == 403
        assert await addresses.told("POST", f"{s.px6_control_url}/revoke", headers) == 403
    assert 88 not in s.telegram.people


async def test_programs_are_known_by_their_secret_but_call_us_by_our_name(addresses: Addresses) -> None:
    s = addresses.stand_ins
    url = f"{s.telegram_url}/bot{s.token}/getMe"
    assert await addresses.told("GET", url, {"Host": "evil.example"}) == 403
    assert await addresses.told("GET", url, {}) == 200
    assert await addresses.told("GET", f"{s.px6_url}/{s.key}", {}) == 200


async def test_scripts_and_the_page_itself_are_served(addresses: Addresses) -> None:
    s = addresses.stand_ins
    for address in (s.telegram_url, addresses.page):
        own = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
        for headers in ({}, own, {"Sec-Fetch-Site": "none"}):
            assert await addresses.told("POST", f"{address}/people/1/messages", headers, {"text": "/start"}) == 200
    assert await addresses.told("GET", s.telegram_url.replace("127.0.0.1", "localhost") + "/sandbox/state", {}) == 200
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert await addresses.told("GET", addresses.page, link) == 200
    assert await addresses.told("GET", f"{addresses.page}/sandbox/accounts", link) == 403
    async with addresses.http.get(addresses.page) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
