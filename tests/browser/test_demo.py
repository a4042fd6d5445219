"""The whole demo, with the bot as a process of its own that is killed: a payment and a reminder, played."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import expect

from demo.launcher import Demo, running
from sandbox.px6 import Account, add_demo_account
from tests.browser.conftest import PHONE, SMALL, WIDE, Drawer, Stage, staged
from tests.browser.forked_bot import ForkedBot
from tests.browser.handset import panel
from tests.crash.bots import Spawner

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

QUICK = {"SETTLE_SECONDS": "8,10,12", "PX6_TIMEOUT_SECONDS": "3", "SYNC_SECONDS": "1"}


@dataclass
class Show:
    """A stage with the demo of this module."""

    stage: Stage
    demo: Demo

    def account(self) -> Account:
        return add_demo_account(self.demo.stand_ins.px6)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(drawer: Drawer, tmp_path_factory: pytest.TempPathFactory, warm: Spawner) -> AsyncIterator[Demo]:
    """One for all tests of this module, where there is a browser."""
    folder = tmp_path_factory.mktemp("demo")
    async with running(folder, more=QUICK, bot=ForkedBot(folder / "bot.log", warm)) as demo:
        yield demo


@pytest_asyncio.fixture(loop_scope="session")
async def show(drawer: Drawer, demo: Demo) -> AsyncIterator[Show]:
    async with staged(drawer, demo.address) as stage:
        yield Show(stage, demo)


async def test_the_clock_is_moved_a_digest_comes_and_one_tap_prolongs(show: Show) -> None:
    """On a phone, with the seller's side on a desk between, and ended on the smallest phone."""
    phone = await show.stage.handset(1)
    seller, px6, account = panel(phone), show.demo.stand_ins.px6, show.account()
    await phone.begins(account)
    digests = phone.page.locator("article", has=phone.page.locator(".inline.success"))
    await expect(digests).to_have_count(1)  # of all that ends within three days; seconds, with nothing else to draw
    await phone.page.set_viewport_size(WIDE)
    await seller.get_by_role("combobox", name="Account").select_option(account.user_id)
    await seller.get_by_role("button", name="+1,000").click()
    await seller.get_by_role("button", name="Next reminder").click()
    await phone.sees("2 proxies have ended")
    await seller.get_by_role("button", name="Next reminder").click()
    await expect(digests).to_have_count(2)
    await phone.page.set_viewport_size(SMALL)
    await phone.fits(SMALL)
    await phone.pays("Prolong")
    await expect(phone.page.locator("article", has_text="Prolonged")).to_have_count(1)
    (spend,) = px6.books(account.key)
    assert spend.kind == "prolong"


async def test_a_payment_without_an_answer_and_a_killed_bot_end_in_the_truth(show: Show) -> None:
    """Begun on a phone, where the seller's side lies over the chat, and ended on a desk."""
    phone = await show.stage.handset(2)
    status = phone.page.locator(".status")
    account = show.account()
    await phone.begins(account)
    await expect(status).to_have_text("bot")
    await expect(phone.page.locator(".inline.success")).not_to_have_count(0)  # the first digest
    await phone.page.get_by_role("button", name="Menu", exact=True).click()
    await phone.page.get_by_role("button", name="The seller's side").click()
    await panel(phone).get_by_role("switch", name="No answer after processing").click()
    await phone.presses("Escape")
    await phone.says("/buy 5 30 de ipv6 socks shop")
    await phone.pays("Buy")
    await phone.sees(re.compile("do not (buy|pay) again"))
    await phone.fits(SMALL, PHONE, WIDE)

    await phone.page.set_viewport_size(WIDE)
    seller = panel(phone)
    await expect(seller.get_by_text("no answer, processed")).to_be_visible()
    await expect(seller.get_by_role("switch", name="No answer after processing")).to_have_attribute(
        "aria-checked", "false"
    )
    await seller.get_by_role("button", name="Kill").click()
    await expect(status).to_have_text("the bot is switched off")
    await seller.get_by_role("button", name="Start").click()
    await expect(status).to_have_text(re.compile("^(the bot is starting…|bot)$"))  # a bot of a fork begins at once
    await expect(status).to_have_text("bot")
    await phone.page.set_viewport_size(PHONE)  # seconds, with nothing else to draw
    await expect(phone.page.locator("article", has_text="Bought 5").first).to_be_visible(timeout=90_000)
    await phone.page.set_viewport_size(WIDE)
    await seller.get_by_role("combobox", name="Account").select_option(account.user_id)
    await expect(seller.locator(".balance")).to_have_text("535.50 RUB")
    assert len(show.demo.stand_ins.px6.books(account.key)) == 1
