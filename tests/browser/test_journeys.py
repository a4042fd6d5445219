"""People with the real bot, on the page: what they tap and what they see. One bot for all of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.async_api import expect

from handlers.ground.words import Words
from sandbox.px6 import Account
from tests.browser.conftest import PHONE, SMALL, WIDE, Play
from tests.browser.handset import Handset

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


RUB = "RUB"
COMMANDS = (
    *("/start", "/help", "/key", "/forget", "/balance", "/price", "/price 5 30", "/stock", "/stock de", "/countries"),
    *("/proxies", "/proxies all", "/buy", "/buy 2 30 de ipv6 socks shop", "/prolong", "/check", "/type", "/comment"),
    *("/delete", "/orders", "/export", "/forecast", "/reminders", "/settings", "/language", "/cancel"),
)


async def main_journey(phone: Handset, play: Play, account: Account, w: Words) -> None:
    """Start, key, buy, list, select several, prolong, export; in the words of one language."""
    everywhere = (SMALL, PHONE, WIDE)
    await phone.begins(account)
    await expect(phone.page.locator("article", has_text=account.key)).to_have_count(0)  # the bot has deleted it

    await phone.taps(w.tr("Home"))
    await phone.taps(w.tr("Buy"))
    await phone.taps("IPv6")
    await phone.taps(w.country("de"))
    await phone.taps(w.days(30))
    await phone.taps_exactly("10")
    await phone.sees(f"{w.money(Decimal('640.50'), RUB)} → {w.money(Decimal('430.50'), RUB)}")
    await phone.fits(*everywhere)
    await phone.pays(w.tr("Buy"))
    await phone.sees(w.tr("Bought {what}", what="10"))
    await phone.fits(*everywhere)
    assert [spend.kind for spend in play.world.px6.books(account.key)] == ["buy"]

    await phone.taps(w.tr("My proxies"))
    await phone.taps(w.tr("Select"))
    await phone.taps("☐ 🇩🇪")
    await phone.taps("☐ 🇳🇱")
    await phone.fits(*everywhere)
    await phone.taps(w.tr("Continue · {count}", count=2))
    await phone.taps_exactly(w.tr("Prolong"))
    await phone.taps(w.days(7))
    await phone.pays(w.tr("Prolong"))
    await phone.sees(w.tr("Prolonged {what}", what="2"))
    assert [spend.kind for spend in play.world.px6.books(account.key)] == ["buy", "prolong"]

    await phone.says("/export")
    await phone.taps(w.tr("Lines and files"))
    await phone.taps("CSV")
    await expect(phone.last.get_by_role("link", name=".csv")).to_be_visible()
    async with phone.page.expect_download() as starting:
        await phone.last.get_by_role("link", name=".csv").click()
    content = (await (await starting.value).path()).read_text()
    assert content.count("\n") == 1 + 24  # the heading, what there was and what was bought


async def test_the_main_journey_in_english_and_px6_and_telegram_are_a_tap_away(play: Play) -> None:
    account = play.account()
    phone = await play.stage.handset(1, moves=True)
    await main_journey(phone, play, account, Words("en"))
    await phone.says("/language")
    await phone.taps("Русский")
    await phone.sees("Язык")

    await phone.says("/proxies active telegram")
    await phone.taps("🇫🇷")
    await phone.taps(Words("ru").tr("Use in Telegram"))
    await expect(phone.page.get_by_role("dialog")).to_contain_text("198.1")
    await phone.presses("Escape")
    seller = await play.stage.handset(path="/site/en/user/developers")
    await expect(seller.page.get_by_text(play.world.key)).to_be_visible()


async def test_the_main_journey_in_russian_in_the_dark_and_no_label_of_any_command_is_cut(play: Play) -> None:
    boris = await play.stage.handset(2, size=SMALL, theme="dark", locale="ru-RU")
    ann = await play.stage.handset(3)
    account = play.account()
    await main_journey(boris, play, account, Words("ru"))
    for command in COMMANDS:
        await boris.says(command)
        await boris.quiets()
        await boris.fits()
    await boris.says("/start")
    await boris.quiets()
    assert await boris.problems() == []

    await ann.begins(account)  # of the same px6 account, at the same time
    await ann.taps("Home")
    await ann.sees("px6 · ")
    await ann.fits()
    await expect(boris.page.get_by_text("Connected")).to_have_count(0)
