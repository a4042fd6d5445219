"""Automatic prolonging as a person sees it, and what px6's books say of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.world import World

pytestmark = pytest.mark.without_notices


async def test_a_rule_announces_itself_then_prolongs_and_sends_the_receipt(ann: Customer) -> None:
    ids = ann.add(2, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule()
    assert await ann.sweep() == []
    ann.world.move(2 * DAY + MINUTE)
    [announced] = await ann.sweep()
    assert "I will prolong 2 proxies for 30 days: 42.00 RUB" in announced
    assert ann.books() == []
    ann.world.move(12 * HOUR)
    [receipt] = await ann.sweep()
    assert receipt.startswith("Prolonged 2 proxies for 30 days\nRule: all proxies\n")
    assert [sorted(spend.ids) for spend in ann.books()] == [ids]
    ann.world.move(6 * HOUR)
    assert await ann.sweep() == []
    assert len(ann.books()) == 1


async def test_what_is_skipped_is_not_prolonged_but_reminded_of(ann: Customer) -> None:
    await ann.lets_a_rule_announce()
    await ann.phone.taps("Skip")
    assert "Skipped" in await ann.phone.reads()
    for label in ("Automatic prolonging", "all proxies"):
        await ann.phone.taps(label)
    assert "Nothing to prolong in the next 30 days." in await ann.phone.reads()
    await ann.news()
    [reminder] = await ann.sweep()
    assert "1 proxy ends" in reminder
    ann.world.move(23 * HOUR)
    await ann.sweep()
    assert ann.books() == []


async def test_a_rule_hitting_its_cap_in_the_middle_of_a_run_prolongs_the_soonest_and_stops(ann: Customer) -> None:
    soon = ann.add(2, ends_in=3 * DAY)
    late = ann.add(2, ends_in=3 * DAY + 30 * MINUTE)
    await ann.settles()
    rule = await ann.adds_rule(cap_month=Decimal("50"))
    ann.world.move(2 * DAY + MINUTE)
    await ann.sweep()
    ann.world.move(12 * HOUR)
    texts = await ann.sweep()
    assert [sorted(spend.ids) for spend in ann.books()] == [soon]
    assert any("Prolonged 2 proxies" in text for text in texts)
    [stopped] = [text for text in texts if "This month's limit" in text]
    assert "2 proxies were not prolonged" in stopped
    assert "has stopped" in stopped
    again = await ann.world.app.services.rules.rule(1001, rule.id)
    assert again is not None
    assert (again.on, again.stopped) == (False, "cap_month")
    assert any("2 proxies end" in text for text in [*texts, *await ann.sweep()]), texts
    ann.world.move(11 * HOUR)
    await ann.sweep()
    assert len(ann.books()) == 1
    assert late


async def test_a_price_that_rose_since_the_announcement_stops_the_rule(ann: Customer) -> None:
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    rule = await ann.adds_rule()
    ann.world.move(2 * DAY + MINUTE)
    await ann.sweep()
    ann.world.px6.set_prices("6", {3: "9", 30: "9"})
    ann.world.move(12 * HOUR)
    texts = await ann.sweep()
    assert ann.books() == []
    again = await ann.world.app.services.rules.rule(1001, rule.id)
    assert again is not None
    assert again.stopped == "price", texts
    assert any("The price rose" in text for text in texts)


async def test_too_little_money_is_said_at_most_twice_and_a_top_up_helps(world: World) -> None:
    ann = await new_customer(world, balance="1")
    await ann.refuses_notices()
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule()
    world.move(2 * DAY + MINUTE)
    [announced] = await ann.sweep()
    assert "Missing on the balance: 20.00 RUB" in announced
    said = []
    for step in [timedelta(hours=12, minutes=1)] + [timedelta(minutes=61)] * 11:
        world.move(step)
        said += await ann.sweep()
    short = [text for text in said if "Not enough money" in text]
    assert 1 <= len(short) <= 2, said
    world.px6.top_up(ann.key, 100)
    world.move(timedelta(minutes=20))
    await ann.sweep()
    assert len(ann.books()) == 1


async def test_the_floor_of_the_balance_is_kept(ann: Customer) -> None:
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule(floor=Decimal("4990"))
    ann.world.move(2 * DAY + MINUTE)
    await ann.sweep()
    ann.world.move(12 * HOUR)
    texts = await ann.sweep()
    assert ann.books() == []
    assert any("Not enough money" in text for text in texts)


async def test_one_switch_stops_everything_that_was_announced(ann: Customer) -> None:
    await ann.lets_a_rule_announce()
    await ann.phone.says("/reminders")
    await ann.phone.taps("Automatic prolonging")
    await ann.phone.taps("Stop all")
    assert "Off" in await ann.phone.reads()
    await ann.phone.taps("all proxies")
    assert "all rules are stopped" in await ann.phone.reads()
    ann.world.move(12 * HOUR)
    await ann.sweep()
    assert ann.books() == []


async def test_a_refused_key_stops_the_rules_and_says_so(ann: Customer) -> None:
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    rule = await ann.adds_rule()
    ann.world.px6.revoke(ann.key)
    ann.world.move(2 * DAY + MINUTE)
    [text] = await ann.sweep()
    assert "Automatic prolonging has stopped" in text
    again = await ann.world.app.services.rules.rule(1001, rule.id)
    assert again is not None
    assert again.stopped == "key"


async def test_an_outcome_that_is_unknown_is_not_tried_again_by_the_rule(ann: Customer) -> None:
    await ann.lets_a_rule_announce()
    ann.world.move(12 * HOUR)
    ann.world.px6.fault("drop_after", "prolong")
    await ann.sweep()
    ann.world.clock.offset += 2 * HOUR
    await ann.sweep()
    assert len(ann.books()) == 1
