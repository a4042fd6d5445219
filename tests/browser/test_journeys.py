"""People with the real bot, on the page: what they tap and what they see."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Play

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

SMALL = {"width": 360, "height": 640}


async def test_start_key_buy_list_select_prolong_export_and_another_language(play: Play) -> None:
    """The main journey, in English and light."""
    phone = await play.stage.handset()
    await phone.begins(play.stage.key)
    await expect(phone.page.get_by_text(play.stage.key)).to_have_count(0)  # the bot has deleted the message

    await phone.taps("Home")
    await phone.taps("Buy")
    await phone.taps("IPv6")
    await phone.taps("Germany · 800")
    await phone.taps("30 days")
    await phone.taps(re.compile("^10$"))
    await phone.sees("Balance 640.50 RUB → 430.50 RUB")
    await phone.pays("Buy")
    await phone.sees("Bought 10")
    assert len(play.world.px6.books(play.stage.key)) == 1

    await phone.taps("My proxies")
    await phone.taps("Select")
    await phone.taps("☐ 🇩🇪")
    await phone.taps("☐ 🇳🇱")
    await phone.taps("Go on · 2")
    await phone.taps("Prolong")
    await phone.taps("7 days")
    await phone.pays("Prolong")
    await phone.sees("Prolonged 2")
    assert len(play.world.px6.books(play.stage.key)) == 2

    await phone.says("/export")
    await phone.taps("CSV")
    await expect(phone.last.get_by_role("link", name=".csv")).to_be_visible()
    async with phone.page.expect_download() as starting:
        await phone.last.get_by_role("link", name=".csv").click()
    content = (await (await starting.value).path()).read_text()
    assert content.count("\n") == 1 + 24  # the heading, what there was and what was bought

    await phone.says("/language")
    await phone.taps("Русский")
    await phone.sees("Язык")


async def test_a_russian_phone_in_the_dark_and_an_english_one_at_the_same_time(play: Play) -> None:
    boris = await play.stage.handset(2, size=SMALL, locale="ru-RU", color_scheme="dark")
    ann = await play.stage.handset(1, size=SMALL)
    await boris.begins(play.stage.key)
    await ann.begins(play.stage.key)
    await boris.taps("Домой")
    await boris.sees("640,50 ₽")
    await ann.taps("Home")
    await ann.sees("640.50 RUB")
    for phone in (ann, boris):
        assert await phone.problems() == []
        labels = phone.last.locator(".label")
        cut = await labels.evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
        )
        assert cut == []


async def test_px6_links_lead_to_the_sellers_side_and_socks_is_used_in_telegram(play: Play) -> None:
    phone = await play.stage.handset()
    await phone.begins(play.stage.key)
    await phone.taps("My proxies")
    await phone.taps("🇳🇱")
    await phone.taps("Use in Telegram")
    await expect(phone.page.get_by_role("dialog")).to_contain_text("198.18.135.170")
    await phone.presses("Escape")
    seller = await play.stage.handset(path="/site/en/user/developers")
    await expect(seller.page.get_by_text(play.stage.key)).to_be_visible()
