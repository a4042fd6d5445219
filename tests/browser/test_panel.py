"""The seller's side, beside the phone and over it: what it shows, and what is played with it."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from aiohttp import ClientError
from playwright.async_api import expect

from sandbox.px6 import add_demo_account
from tests.browser.conftest import PATIENCE, WIDE, Scene, greeted
from tests.browser.handset import panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_account_that_is_looked_at_stays_whatever_becomes_of_its_key(scene: Scene) -> None:
    phone = await scene.stage.handset(size=WIDE)
    seller, px6 = panel(phone), scene.sandbox.px6
    account = add_demo_account(px6)
    await seller.get_by_role("button", name="+100").click()  # whatever is done, everything is read anew
    await seller.get_by_role("combobox", name="Account").select_option(account.user_id)
    await expect(seller.locator(".key code")).to_have_text(account.key)
    await seller.get_by_role("button", name="Copy key").click()
    await expect(seller.get_by_role("button", name="Copied")).to_be_visible()
    assert await phone.page.evaluate("navigator.clipboard.readText()") == account.key

    await seller.get_by_role("button", name="+1,000").click()
    await expect(seller.locator(".balance")).to_have_text("1,640.50 RUB")
    await seller.get_by_role("button", name="Revoke the key").click()
    await seller.get_by_role("button", name="New key").click()
    await expect(seller.get_by_role("button", name="Revoke the key")).to_be_visible()
    await expect(seller.get_by_text(f"Account {account.user_id}").first).to_be_visible()
    await expect(seller.locator(".key code")).to_have_text(account.key)  # px6 has changed it


async def test_a_tab_that_was_hidden_catches_up_with_px6_and_with_the_chat(scene: Scene) -> None:
    phone = await greeted(scene, size=WIDE)
    px6 = scene.sandbox.px6
    await expect(panel(phone).locator(".balance")).not_to_have_text("0.00 RUB")
    await phone.hides(True)
    px6.top_up(scene.sandbox.key, f"-{px6.account(scene.sandbox.key).balance}")
    await scene.bot.says(1, "said meanwhile")
    await phone.hides(False)
    await expect(panel(phone).locator(".balance")).to_have_text("0.00 RUB")
    await phone.sees("said meanwhile")


async def test_calls_unfold_into_their_answers_and_show_neither_key_nor_passwords(scene: Scene) -> None:
    phone = await scene.stage.handset(size=WIDE)
    px6, key = scene.sandbox.px6, scene.sandbox.key
    calls = panel(phone).get_by_role("region", name="List of calls")
    async with scene.bot.http.get(f"{scene.sandbox.px6_url}/{key}/getproxy") as answer:
        assert answer.status == 200
    row = calls.get_by_role("listitem").first
    await expect(row).to_contain_text("getproxy")
    await row.locator("summary").click()
    await expect(row.locator("pre")).to_contain_text('"list_count": 17')
    said = await calls.inner_text()
    assert key not in said
    for proxy in px6.account(key).proxies.values():
        assert proxy.password not in said
        assert proxy.user not in said


async def test_proxies_that_end_soon_come_first_in_english_times_of_the_clock_that_was_moved(scene: Scene) -> None:
    phone = await greeted(scene, size=WIDE, query="&lang=ru")
    px6 = scene.sandbox.px6
    rows = panel(phone).get_by_role("region", name="Proxies").locator("tbody tr")
    await expect(rows.first).to_have_class("near")
    await expect(rows.first).to_contain_text(re.compile(r"in \d+ hour"))
    await expect(rows.last).to_have_class("ended")
    await expect(rows.last).to_contain_text("days ago")
    box = await rows.first.bounding_box()
    assert box
    assert box["y"] + box["height"] < 780  # above the fold
    near = await rows.and_(phone.page.locator(".near")).count()
    try:
        await panel(phone).get_by_role("button", name="+1 day").click()
        await expect(panel(phone).get_by_text("moved by 1 d")).to_be_visible()
        await expect(rows.first).to_contain_text(re.compile(r"in \d+ (hour|minute)"))
        await expect(rows.first).to_have_class("near")
        active = [one for one in px6.account(scene.sandbox.key).proxies.values() if one.ends_at > px6.clock.now()]
        soon = [one for one in active if one.ends_at < px6.clock.now() + timedelta(days=1)]
        await expect(rows.and_(phone.page.locator(".near"))).to_have_count(len(soon))
        assert near
    finally:
        px6.clock.move(-px6.clock.offset)


async def test_prices_go_down_and_up_again_and_the_next_spend_meets_one_fault(scene: Scene) -> None:
    phone = await scene.stage.handset(size=WIDE)
    seller, px6 = panel(phone), scene.sandbox.px6
    listed = dict(px6.market.per_day["6"])
    await expect(seller.locator(".balance")).to_be_visible()  # read, so that nothing moves any more
    await seller.locator("summary", has_text="Prices").click()
    row = seller.get_by_role("region", name="Prices").locator("tr", has_text="IPv6")
    for name in ("less", "less", "less", "more", "more", "more"):
        before = await row.inner_text()
        await row.get_by_role("button", name=f"a tenth {name}").click()
        await expect(row).not_to_have_text(before)
    await expect(row).to_contain_text("100 %")
    async with asyncio.timeout(PATIENCE / 1000):
        while px6.market.per_day["6"] != listed:  # noqa: ASYNC110 - the page shows a tap before px6 has heard of it
            await asyncio.sleep(0.01)

    fault = seller.get_by_role("switch", name="No answer after processing")
    await fault.click()
    await expect(fault).to_have_attribute("aria-checked", "true")
    (waiting,) = px6.faults.waiting
    assert waiting.method == ("buy", "prolong")
    await fault.click()
    await expect(fault).to_have_attribute("aria-checked", "false")
    assert not px6.faults.waiting


async def test_telegrams_weather_is_switched_on_and_off_and_is_over_once_it_was_met(scene: Scene) -> None:
    phone = await greeted(scene, size=WIDE)
    await panel(phone).get_by_role("heading", name="More faults").click()
    switches = panel(phone).get_by_role("switch")
    lie = switches.filter(has_text="Another account's answer")
    for on in ("true", "false"):
        await lie.click()
        await expect(lie).to_have_attribute("aria-checked", on)
    refused = switches.filter(has_text="No message can be edited")
    for on in ("true", "false"):
        await refused.click()
        await expect(refused).to_have_attribute("aria-checked", on)
    cut = switches.filter(has_text="Done, but the connection is cut")
    await cut.click()
    await expect(cut).to_have_attribute("aria-checked", "true")
    with pytest.raises(ClientError):
        await scene.bot.says(1, "it came all the same")
    await phone.sees("it came all the same")
    await expect(cut).to_have_attribute("aria-checked", "false")


async def test_on_a_phone_it_is_a_dialog_and_on_a_desk_dialogs_stand_over_the_phone(scene: Scene) -> None:
    phone = await greeted(scene)
    menu = phone.page.get_by_role("button", name="Menu", exact=True)
    await menu.click()
    await phone.page.get_by_role("button", name="The seller's side").click()
    sheet = phone.page.get_by_role("dialog", name="The seller's side")
    await expect(sheet.get_by_role("button", name="Copy key")).to_be_visible()
    assert await sheet.evaluate("node => node.contains(document.activeElement)")
    await phone.presses("Escape")
    await expect(sheet).to_have_count(0)
    await expect(menu).to_be_focused()

    await phone.page.set_viewport_size(WIDE)
    await menu.click()
    dialog, column = phone.page.get_by_role("dialog"), phone.page.get_by_role("main")
    inner, outer = await dialog.bounding_box(), await column.bounding_box()
    assert inner
    assert outer
    assert abs(inner["x"] + inner["width"] / 2 - outer["x"] - outer["width"] / 2) < 3
    await phone.presses("Escape")
