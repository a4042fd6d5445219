"""What follows the result that everybody sees: what is confirmed, what no longer begins, what rings, what is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.wiring import wired
from handlers.reminders.time_zone import SetZone
from services.orders import OrderState
from storage.engine.crypto import Keyring
from storage.engine.stores import store_of
from tests.customers import Customer, new_customer
from tests.databases import url_of
from tests.durations import DAY, HOUR, MINUTE
from tests.quick import QuickPool, quick_pacing
from tests.services.rig import ANNA, MASTER_KEY, new_rig
from tests.world import World, buttons, world_without_bot

# -- at a stop


class Serving:
    """A world whose bot is stopped by the test."""

    def __init__(self, world: World) -> None:
        self.world, self.stop = world, asyncio.Event()
        self.served = asyncio.ensure_future(world.app.run(self.stop))


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Serving]:
    async with world_without_bot(folder) as world:
        clock = world.clock
        async with wired(world.settings, clock, clock.monotonic, QuickPool, quick_pacing) as world.app:
            made = Serving(world)
            try:
                yield made
            finally:
                made.stop.set()
                await made.served


async def test_what_was_done_before_a_stop_is_confirmed_and_does_not_come_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as bot:
        world, token = bot.world, bot.world.settings.bot_token.get_secret_value()
        with world.held(""):
            await world.post("/people/1001/messages", {"text": f"/key {world.key}"})
            await world.until(lambda: bool(world.px6.calls))
            assert world.telegram.unconfirmed(token) == 1, "until it is on disk, Telegram keeps it"
            bot.stop.set()
            await world.until(lambda: world.app.background.stopping)
        await bot.served
        assert world.rows("SELECT count(*) FROM accounts") == [(1,)]
        assert world.telegram.unconfirmed(token) == 0
        asked = [call.method for call in world.telegram.requests]
        assert asked.count("getupdates") >= 2
        assert asked[-1] == "getupdates", "confirmed last, once all is done"


async def test_no_job_begins_while_the_bot_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payment takes its time: what comes due meanwhile is left to the next start."""
    monkeypatch.setattr("bot.app.SETTLE_EVERY", 0.02)
    async with serving(tmp_path) as bot:
        world, phone = bot.world, bot.world.phone()
        await phone.connects()
        world.px6.fault("drop_after", "buy")
        await phone.says("/buy 1 30 de")
        await phone.taps("Buy ·")
        assert world.rows("SELECT state FROM orders") == [("unknown",)]
        one = world.px6.add_proxy(world.key, ends_in=timedelta(days=9))
        await phone.says(f"/prolong 30 {one.id}")
        message = await phone.message_with("Prolong 30 days")
        data = next(b["callback_data"] for b in buttons(message) if b.get("style") == "success")
        with world.held("prolong"):
            tap = asyncio.ensure_future(phone.forges(data, message["message_id"]))
            await world.until(lambda: any(call.method == "prolong" for call in world.px6.calls))
            bot.stop.set()
            await world.until(lambda: bool(world.app.background.stopping))
            world.move(timedelta(seconds=20))
            await asyncio.wait([bot.served], timeout=0.3)
        await bot.served
        await tap
        assert world.rows("SELECT state FROM orders ORDER BY id") == [("unknown",), ("done",)]


# -- what a tap sets going


async def test_a_new_zone_counts_at_once(world: World) -> None:
    """What was held for quiet hours comes with the next sweep: where the person lives it is day."""
    ann = await new_customer(world)
    minute = world.clock().hour * 60 + world.clock().minute
    await world.app.services.reminders.change(1001, quiet_from=(minute - 90) % 1440, quiet_to=(minute + 180) % 1440)
    ann.add(1, ends_in=2 * DAY)
    assert await ann.look() == []
    assert await ann.sweep() == []
    await ann.phone.forges(SetZone(place="Asia/Kathmandu").pack())
    await ann.news()
    before = len(world.delivered())
    [text] = await ann.sweep()
    assert text.startswith("⏳ 1 proxy ends")
    assert world.delivered()[before:] == [(1001, True)]


async def test_an_outcome_at_once_rewrites_its_message_and_a_late_one_rings_the_phone(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    before = len(world.delivered())
    await phone.taps("Buy ·")
    assert (await phone.reads()).startswith("Bought 1 × IPv6")
    assert world.delivered()[before:] == []

    await phone.says("/buy 1 30 de")
    world.px6.fault("500_after", "buy")
    await phone.taps("Buy ·")
    asked = await phone.screen()
    assert asked["text"].startswith("Not known yet")
    before = len(world.delivered())
    world.move(timedelta(seconds=6))
    await world.app.services.orders.settle_due()
    await world.quiet()
    said = await phone.chat()
    assert said[-1]["text"].startswith("Bought 1 × IPv6")
    assert said[-1]["message_id"] > asked["message_id"]
    assert next(m["text"] for m in said if m["message_id"] == asked["message_id"]).startswith("Settled, see below")
    assert world.delivered()[before:] == [(1001, True)]


@pytest.mark.sqlite("the bytes of its file")
@pytest.mark.parametrize("by", ["button", "second tap"])
async def test_after_forgetting_by_its_button_no_page_with_the_key_is_left(world: World, by: str) -> None:
    phone = world.phone()
    await phone.connects()
    [(sealed,)] = world.rows("SELECT sealed_key FROM accounts")
    assert sealed in content(world.folder), "to be seen where it is"
    await phone.says("/forget")
    question = (await phone.screen())["message_id"]
    await phone.taps("Erase everything", question)
    if by == "second tap":
        await phone.forges("forget:nothing", question)
    assert world.rows("SELECT count(*) FROM accounts") == [(0,)]
    assert sealed not in content(world.folder)


def content(folder: Path) -> bytes:
    """Every byte of the database, its WAL among them."""
    return b"".join(path.read_bytes() for path in folder.glob("bot.sqlite3*"))


async def test_after_a_restore_what_was_open_is_unclear_and_its_proxies_are_free(tmp_path: Path) -> None:
    async with new_rig(tmp_path) as rig:
        one = rig.proxy().id
        held = await rig.quoted_prolong([one])
        rig.fault("drop_before", "prolong")
        await rig.pay(await rig.quoted_prolong([one]))
        assert rig.states() == ["unknown"]
        assert (await rig.orders.claim(ANNA, *held)).reason == "busy"
        store = store_of(url_of(tmp_path))
        store.backup(tmp_path / "copy")
        await rig.database.close()
        store.restore(tmp_path / "copy", Keyring([MASTER_KEY]))
        await rig.restart()
        assert rig.said()[-1] == (OrderState.UNCLEAR,)
        assert rig.rows("SELECT count(*) FROM order_proxies WHERE open") == [(0,)]
        assert (await rig.orders.claim(ANNA, *held)).reason == "gone", "nobody knows whether it was confirmed since"
        (paid,) = (await rig.pay(await rig.quoted_prolong([one]))).orders
        assert paid.state is OrderState.DONE


@pytest.mark.parametrize("happens", ["drop_after", "drop_before"], ids=["px6 did it", "px6 did not"])
@pytest.mark.without_notices
async def test_a_purchase_while_a_prolongation_is_being_found_out_leaves_neither_unclear(
    ann: Customer, happens: str
) -> None:
    """Each explains its own part of the balance."""
    for fault, bought in ((None, "done"), ("drop_after", "done"), ("drop_before", "not_done")):
        [one] = ann.add(1, ends_in=20 * DAY)
        await ann.settles()
        ann.world.px6.fault(happens, "prolong")
        await ann.phone.says(f"/prolong 30 {one}")
        await ann.phone.taps("Prolong 30 days")
        if fault is not None:
            ann.world.px6.fault(fault, "buy")
        await ann.phone.says("/buy 1 30 de")
        await ann.phone.taps("Buy ·")
        for _ in range(35):
            ann.world.move(MINUTE)
            await ann.world.app.services.orders.settle_due()
            if not ann.world.rows("SELECT 1 FROM orders WHERE state = 'unknown'"):
                break
        ann.world.move(HOUR)
        await ann.world.app.services.orders.settle_due()
        states = ann.world.rows("SELECT state FROM orders ORDER BY id")[-2:]
        assert states == [("done" if happens == "drop_after" else "not_done",), (bought,)], fault
