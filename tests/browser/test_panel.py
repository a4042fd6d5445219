"""The seller's side, and the money journey: a payment without an answer, a killed bot, and the truth in the end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from demo.launcher import Demo, running
from tests.browser.conftest import Stage, staged
from tests.browser.handset import Handset

# A bot of its own process takes two seconds to import, and many more on a machine that has much else to do.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

WIDE = {"width": 1280, "height": 800}
QUICK = {"SETTLE_SECONDS": "8,10,12", "PX6_TIMEOUT_SECONDS": "1", "SYNC_SECONDS": "1"}


@dataclass
class Show:
    """The whole demo, with the bot as a process of its own."""

    stage: Stage
    demo: Demo


@pytest_asyncio.fixture(loop_scope="session")
async def show(browser: Browser, tmp_path: Path) -> AsyncIterator[Show]:
    async with running(tmp_path, more=QUICK) as demo, staged(browser, demo.address, demo.stand_ins.key) as stage:
        yield Show(stage, demo)


def panel(handset: Handset) -> Locator:
    return handset.page.get_by_role("complementary", name="The seller's side")


async def test_a_payment_without_an_answer_and_a_killed_bot_end_in_the_truth(show: Show) -> None:
    phone = await show.stage.handset(size=WIDE)
    seller = panel(phone)
    await phone.begins(show.stage.key)
    await expect(phone.page.locator(".inline.success")).not_to_have_count(0)  # the first digest
    await seller.get_by_role("switch", name="No answer after processing").click()
    await phone.says("/buy 5 30 de ipv6 socks shop")
    await phone.pays("Buy")
    await expect(seller.get_by_text("no answer, processed")).to_be_visible()
    await phone.sees(re.compile("do not (buy|pay) again"))

    await seller.get_by_role("button", name="Kill").click()
    await expect(seller.get_by_text("bot is off")).to_be_visible()
    await seller.get_by_role("button", name="Start").click()
    await expect(phone.page.locator("article", has_text="Bought 5").first).to_be_visible(timeout=90_000)
    await expect(seller.locator(".balance")).to_have_text("535.50 RUB")
    assert len(show.demo.stand_ins.px6.books(show.stage.key)) == 1


async def test_the_clock_is_moved_a_digest_comes_and_one_tap_prolongs(show: Show) -> None:
    phone = await show.stage.handset(size=WIDE)
    px6 = show.demo.stand_ins.px6
    await phone.begins(show.stage.key)
    digests = phone.page.locator("article", has=phone.page.locator(".inline.success"))
    await expect(digests).to_have_count(1)  # of all that ends within three days
    await panel(phone).get_by_role("button", name="+1,000").click()
    await panel(phone).get_by_role("button", name="Next reminder").click()
    await expect(digests).to_have_count(2)
    await phone.pays("Prolong")
    await expect(phone.page.locator("article", has_text="Prolonged")).to_have_count(1)
    (spend,) = px6.books(show.stage.key)
    assert spend.kind == "prolong"


async def test_the_panel_shows_px6_hides_the_key_in_calls_and_can_be_played_with(show: Show) -> None:
    phone = await show.stage.handset(size=WIDE)
    seller = panel(phone)
    await seller.get_by_role("button", name="Copy key").click()
    assert await phone.page.evaluate("navigator.clipboard.readText()") == show.stage.key
    await phone.begins(show.stage.key)
    calls = seller.get_by_role("region", name="List of calls")
    await expect(calls.get_by_role("listitem")).not_to_have_count(0)
    assert show.stage.key not in await calls.inner_text()

    await seller.get_by_role("button", name="+1,000").click()
    await expect(seller.locator(".balance")).to_have_text("1,640.50 RUB")
    before = show.demo.stand_ins.px6.clock.now()
    await seller.get_by_role("button", name="+1 day").click()
    await expect(seller.get_by_text("moved by 1 d")).to_be_visible()
    assert (show.demo.stand_ins.px6.clock.now() - before).days == 1
    await seller.get_by_role("button", name="Revoke the key").click()
    await phone.says("/balance")
    await phone.sees("key")
    assert await phone.problems() == []
