"""The page of an export, in a browser: found, sorted, filtered and copied from, with no request to anywhere."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from handlers.ground.words import Words
from handlers.proxies.export_page import page_text
from px6 import Proxy
from tests.browser.conftest import PHONE, SMALL, WIDE, Drawer
from tests.browser.handset import Handset
from tests.sample_proxies import NOW, a_proxy

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVIL = '"><img src=x onerror=alert(1)></td></tr><script>alert(2)</script>[[rows]]'
PROXIES = [
    a_proxy(15, country="de", comment="shop", ends_in=timedelta(days=9)),
    a_proxy(16, country="fr", comment="", type="socks", version="4", ends_in=timedelta(days=2)),
    a_proxy(17, country="de", comment=EVIL, user="a'b\"<i>", password="&amp;", ends_in=timedelta(days=5)),
    a_proxy(18, country=None, comment="family", version="5", type="mtproto", user="", password="", secret="dd" * 17),
]


@pytest_asyncio.fixture(loop_scope="session")
async def handset(drawer: Drawer) -> AsyncIterator[Handset]:
    handset = Handset(await drawer.page())
    await handset.page.set_viewport_size(PHONE)
    yield handset
    assert not handset.complaints, handset.complaints
    await drawer.put_back(handset)


async def opened(page: Page, folder: Path, language: str, proxies: list[Proxy]) -> list[str]:
    """The page as a phone opens the file; gives what is asked of any address from now on."""
    file = folder / "proxies.html"
    file.write_text(page_text(Words(language, "Europe/Berlin"), proxies, NOW), "utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    return asked


async def addresses(page: Page) -> list[str]:
    """The ports of what is shown, from top to bottom."""
    shown = await page.locator("tbody tr:visible").all()
    return [(await row.get_attribute("data-address") or "").rpartition(":")[2] for row in shown]


async def copied(page: Page) -> str:
    return str(await page.evaluate("navigator.clipboard.readText()"))


async def test_it_is_searched_filtered_sorted_and_copied_from(handset: Handset, tmp_path: Path) -> None:
    page = handset.page
    asked = await opened(page, tmp_path, "en", PROXIES)
    assert await addresses(page) == ["7016", "7018", "7017", "7015"], "the soonest end first"
    await page.get_by_role("searchbox").fill("germany SHOP")
    assert await addresses(page) == ["7015"]
    await expect(page.locator("#count")).to_have_text("1 / 4")
    await page.get_by_role("searchbox").fill("nothing like it")
    await expect(page.get_by_text("Nothing found.")).to_be_visible()
    await page.get_by_role("searchbox").fill("")
    await page.get_by_label("Country").select_option(label="🇩🇪 Germany")
    assert await addresses(page) == ["7017", "7015"]
    await page.get_by_label("Comment").select_option(label="shop")
    assert await addresses(page) == ["7015"]
    await page.get_by_label("Country").select_option("")
    await page.get_by_label("Comment").select_option(label="No comment")
    assert await addresses(page) == ["7016"]
    await page.get_by_label("Comment").select_option("")
    await page.get_by_label("Kind").select_option(label="MTProto")
    assert await addresses(page) == ["7018"]
    await page.get_by_label("Kind").select_option("")
    await page.get_by_label("Sort by").select_option("address")
    assert await addresses(page) == ["7015", "7016", "7017", "7018"]
    await page.set_viewport_size(WIDE)
    await page.locator("th[data-sort=address] button").click()
    assert await addresses(page) == ["7018", "7017", "7016", "7015"]
    await page.set_viewport_size(PHONE)
    await page.get_by_role("button", name="Copy all shown").click()
    lines = [f"185.22.134.250:{7000 + p.id}:{p.user}:{p.password}" for p in PROXIES[:3]]
    assert (await copied(page)).splitlines() == [f"185.22.134.250:7018:{'dd' * 17}", *reversed(lines)]
    first = page.locator("tr[data-id='15']")
    await first.get_by_role("button", name="iagn2d").click()
    assert await copied(page) == "iagn2d"
    await first.get_by_role("button", name="URL").click()
    assert await copied(page) == "http://5svBNZ:iagn2d@185.22.134.250:7015"
    assert len(asked) == 1, "nothing was loaded or sent"


async def test_no_text_becomes_a_part_of_it_and_it_fits_a_phone(handset: Handset, tmp_path: Path) -> None:
    page = handset.page
    await opened(page, tmp_path, "ru", PROXIES)
    assert await page.locator("tbody tr").count() == 4
    assert await page.locator("img, a, link, iframe, tbody script").count() == 0
    odd = page.locator("tr[data-id='17']")
    await expect(odd).to_contain_text(EVIL)
    await expect(odd.locator("time")).to_have_text(re.compile("нояб"))
    await odd.get_by_role("button", name="Копировать").click()
    assert await copied(page) == "185.22.134.250:7017:a'b\"<i>:&amp;"
    for size in (SMALL, PHONE, WIDE):
        await page.set_viewport_size(size)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
    refused = await page.evaluate("fetch('https://px6.example/').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    assert any("Content Security Policy" in each for each in handset.complaints)
    handset.complaints.clear()
