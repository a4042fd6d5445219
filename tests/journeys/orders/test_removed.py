"""Orders that are no longer kept: their old buttons answer in words and spend nothing, and /orders says the truth."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.world import World, buttons, world_without_bot

YEAR = timedelta(days=401)


async def forget(world: World) -> None:
    """More than a year goes by, and what has ended is removed."""
    world.move(YEAR)
    await world.app.services.pruning.prune()
    assert world.rows("SELECT count(*) FROM orders") == [(0,)]
    assert world.rows("SELECT count(*) FROM quotes") == [(0,)]


async def test_every_old_button_of_a_removed_purchase_is_answered_and_none_buys(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    message, green = await phone.green()
    await phone.taps("Buy ·")
    await world.until(lambda: not world.rows("SELECT 1 FROM orders WHERE rename = 'pending'"))
    await world.quiet()
    await phone.says("/orders")
    card = (await phone.message_with("IPv6"))["message_id"]
    old = [(each["message_id"], b) for each in await phone.chat() for b in buttons(each) if b.get("callback_data")]
    await forget(world)
    for message_id, each in [(message, {"callback_data": green}), *old]:
        assert (await phone.forges(each["callback_data"], message_id))["answered"]
        assert not any("paid" in text for text in (await phone.texts())[-1:])
    assert len(world.asked("buy")) == len(world.px6.books(world.key)) == 1
    assert world.rows("SELECT count(*) FROM confirmations") == [(0,)]

    await phone.forges(green, message)
    assert "This tap spent nothing. Older orders are no longer kept." in await phone.reads()
    for label, message_id in (("Export", message), ("IPv6", card)):
        data = next(b["callback_data"] for at, b in old if at == message_id and label in b["text"])
        assert (await phone.forges(data, message_id))["text"] == "This order is no longer kept."
    assert (await phone.text_of(card)).startswith("Orders\n")


async def test_orders_says_that_older_ones_are_gone_and_still_what_they_cost(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    assert "Nothing here yet." in await phone.says("/orders")
    await phone.says("/buy 1 30 de")
    await phone.taps("Buy ·")
    await world.until(lambda: not world.rows("SELECT 1 FROM orders WHERE rename = 'pending'"))
    await world.quiet()
    month = (await phone.says("/orders")).splitlines()[1]
    assert month.endswith("RUB, 1 payment")
    await forget(world)
    assert (await phone.says("/orders")).splitlines() == ["Orders", month, "Older orders are no longer kept."]
    await phone.taps("Spending")
    assert (await phone.reads()).endswith("\nOlder orders are no longer kept."), "the sums are not of everything"
    await phone.taps("Back")
    await phone.taps("Filter")
    await phone.taps("Pending")
    assert (await phone.reads()).splitlines()[-1] == "Nothing here yet."
    await phone.taps("Filter")
    await phone.taps("Deleted")
    assert (await phone.reads()).splitlines()[-1] == "Older deletions are no longer kept."
    other = world.phone(1002)
    await other.connects(world.px6.add_account().key)
    assert "Nothing here yet." in await other.says("/orders")


async def test_the_owner_says_for_how_long_it_is_kept(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world, world.running_bot(history_days=60):
        phone = world.phone()
        await phone.connects()
        await phone.says("/prolong 30 " + str(world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id))
        await phone.taps("Prolong 30 days")
        await world.app.services.pruning.prune_daily()
        for days, left in ((59, 1), (2, 0)):
            world.move(timedelta(days=days))
            await world.app.services.pruning.prune_daily()
            assert world.rows("SELECT count(*) FROM orders") == [(left,)]


async def test_what_has_ended_goes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.PRUNING_EVERY", 0.02)
    async with world_without_bot(tmp_path) as world, world.running_bot():
        phone = world.phone()
        await phone.connects()
        await phone.says("/buy 1 30 de")
        await phone.taps("Buy ·")
        await world.until(lambda: not world.rows("SELECT 1 FROM orders WHERE rename = 'pending'"))
        world.move(YEAR)
        await world.until(lambda: world.rows("SELECT count(*) FROM orders") == [(0,)])
