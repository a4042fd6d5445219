"""Rules and other automatic spending that are switched off at the very moment in which they pay."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.orders import Orders
from services.rules.service import Rules
from tests.customers import Customer
from tests.direct_phone import DirectPhone
from tests.durations import HOUR

pytestmark = pytest.mark.without_notices

OFF: dict[str, Callable[[Rules, int], Awaitable[object]]] = {
    "all": lambda rules, _: rules.switch(1001, on=False),
    "this one": lambda rules, one: rules.change(1001, one, on=False),
    "removed": lambda rules, one: rules.remove(1001, one),
    "other days": lambda rules, one: rules.change(1001, one, period=7),
}


@pytest.mark.parametrize("how", OFF)
async def test_what_was_switched_off_before_its_payment_was_confirmed_pays_nothing(
    ann: Customer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """After the last look at the rule: whoever reads that it is off must not be charged by it a moment later."""
    await ann.lets_a_rule_announce()
    rules, set_message = ann.world.app.services.rules, Orders.set_message
    [rule] = await rules.of(1001)

    async def at_the_last_moment(self: Orders, *given: Any, **more: Any) -> None:
        await set_message(self, *given, **more)
        await OFF[how](rules, rule.id)

    monkeypatch.setattr(Orders, "set_message", at_the_last_moment)
    ann.world.move(12 * HOUR)
    called_off = (await ann.sweep())[0]
    assert "The rule was changed or switched off at that moment." in called_off
    assert "Nothing was spent." in called_off
    assert ann.books() == []
    assert ann.world.rows("SELECT count(*) FROM confirmations") == [(0,)]


async def test_a_rule_that_pays_is_not_held_up_by_another_that_is_switched_off(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await ann.lets_a_rule_announce()
    rules, set_message = ann.world.app.services.rules, Orders.set_message
    other = await rules.add(1001, "comment", "other", hours=12, period=30)

    async def at_the_last_moment(self: Orders, *given: Any, **more: Any) -> None:
        await set_message(self, *given, **more)
        await rules.change(1001, other.id, on=False)

    monkeypatch.setattr(Orders, "set_message", at_the_last_moment)
    ann.world.move(12 * HOUR)
    await ann.sweep()
    assert [list(spend.ids) for spend in ann.books()] == [ids]


GOES_ON = "⚠️ A payment had already begun and goes on: its outcome is in /orders."


@pytest.mark.parametrize(
    ("tapped", "read"),
    [
        ("ru-c:1:on:0:1", "The rule is off."),
        ("ru-all:0", "Off: no rule prolongs anything."),
        ("ru-d:1", "There are no rules yet."),
        ("watch-s:0", "Nothing now."),
    ],
)
async def test_who_switches_off_what_pays_just_then_reads_that_the_payment_goes_on(
    ann: Customer, tapped: str, read: str
) -> None:
    await ann.lets_a_rule_announce()
    world, phone = ann.world, DirectPhone(ann.world.telegram, ann.world.token, 1001)
    shown = phone.newest()
    world.move(12 * HOUR)
    with world.held("prolong"):
        paying = asyncio.ensure_future(world.app.services.sweep.look(1001))
        await world.until(lambda: len(world.asked("prolong")) == 1)
        phone.forges(tapped, shown)
        await world.until(lambda: any(read in text for text in phone.seen))
        assert [text.endswith(GOES_ON) for text in phone.seen if read in text] == [True]
    await paying
    await world.quiet()
    assert len(ann.books()) == 1
    phone.forges(tapped.replace("on:0:1", "on:0:2"), shown)
    await world.quiet()
    assert read in phone.reads(shown) and GOES_ON not in phone.reads(shown)
