"""What belongs to one px6 account and one currency is neither paid nor counted in another."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.world import World

pytestmark = pytest.mark.without_notices

SOON = 2 * DAY + MINUTE  # after this, what ends in 3 days is announced


@pytest.mark.parametrize("command", ["/buy 1 30 de", "/prolong 30 {id}"])
async def test_a_quote_in_one_currency_is_not_paid_in_another(ann: Customer, command: str) -> None:
    phone, [proxy] = ann.phone, ann.add(1, ends_in=30 * DAY)
    await phone.says(command.format(id=proxy))
    ann.world.px6.set_currency(ann.key, "USD")
    await phone.taps("RUB")
    told = await phone.reads()
    assert told.startswith("Your px6 account is in USD now. Nothing was sent or spent. The new quote:")
    assert ann.books() == []
    green = [label for label in await phone.labels() if "USD" in label]
    await phone.taps(green[0])
    await ann.world.until(lambda: not ann.world.rows("select 1 from orders where rename = 'pending'"))
    assert len(ann.books()) == 1
    assert ann.world.rows("select state, currency from orders order by id") == [("requoted", "RUB"), ("done", "USD")]


async def test_a_price_kept_in_the_old_currency_is_asked_anew(ann: Customer) -> None:
    [proxy] = ann.add(1, ends_in=30 * DAY)
    await ann.phone.says(f"/prolong 30 {proxy}")
    ann.world.px6.set_currency(ann.key, "USD")
    await ann.phone.says(f"/prolong 30 {proxy}")
    labels = await ann.phone.labels()
    assert any("USD" in label for label in labels) and not any("RUB" in label for label in labels)


async def test_fewer_days_that_the_balance_covers_cost_what_is_on_their_button(world: World) -> None:
    """Their price was kept from before the currency changed: it was shown as so many dollars."""
    ann = await new_customer(world, balance="90.00")
    await ann.phone.says("/buy 10 30 de")
    world.px6.set_currency(ann.key, "USD")
    world.px6.set_prices("6", {3: "1.9", 7: "1.9", 30: "100.70"})
    await ann.phone.says("/buy 10 30 de")
    [shorter] = [label for label in await ann.phone.labels() if label.startswith("3 days · ")]
    await ann.phone.taps(shorter)
    assert f"{shorter.removeprefix('3 days · ')} (" in await ann.phone.reads()
    assert f"Buy · {shorter.removeprefix('3 days · ')}" in await ann.phone.labels()


async def test_a_rule_stops_when_the_currency_changes_and_its_limits_are_set_anew(ann: Customer) -> None:
    ann.add(2, ends_in=3 * DAY)
    await ann.settles()
    rule = await ann.adds_rule(cap_month=Decimal(500), floor=Decimal(100))
    ann.world.move(SOON)
    await ann.sweep()
    ann.world.px6.set_currency(ann.key, "USD")
    ann.world.move(12 * HOUR)
    [told] = [text for text in await ann.sweep() if "Automatic prolonging" in text]
    assert told.startswith(
        "⚠️ Automatic prolonging has stopped\nIts limits were in RUB, and your px6 account is in USD now."
    )
    assert "Nothing was spent." in told
    assert ann.books() == []
    for label in ("Automatic prolonging", "all proxies"):
        await ann.phone.taps(label)
    shown = (await ann.phone.message_with("Switch on"))["text"]
    assert "⚠️ The limits in RUB no longer apply: the px6 account is in USD now." in shown
    assert "The rule has stopped: the px6 account is in another currency." in shown
    assert ann.world.rows("select cap_month, floor, currency from rules") == [(None, 0, "USD")]
    await ann.phone.taps("Switch on")
    assert "The rule is on." in (await ann.phone.message_with("Switch off"))["text"]
    await ann.sweep()
    ann.world.move(MINUTE * 20)
    assert any("Prolonged 2 proxies" in text for text in await ann.sweep())
    assert [order[0] for order in ann.world.rows("select currency from orders")] == ["USD"]
    assert rule.currency == "RUB"


async def test_rules_of_one_account_stop_when_another_is_connected(ann: Customer) -> None:
    await ann.adds_rule()
    other = ann.world.px6.add_account(balance="900")
    ann.world.px6.add_proxy(other.key, ends_in=timedelta(hours=5))
    await ann.phone.says(other.key)
    await ann.phone.taps("Use the new key")
    texts = await ann.sweep()
    said = f"It was set up for another px6 account; now account {other.user_id} is connected."
    assert any(said in text for text in texts), texts
    assert ann.world.rows('select "on", stopped from rules') == [(0, "account")]
    ann.world.move(6 * HOUR)
    await ann.sweep()
    assert ann.world.px6.books(other.key) == []


async def test_the_month_of_a_rule_counts_its_own_account_only(ann: Customer) -> None:
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    rule = await ann.adds_rule(cap_month=Decimal(30))
    ann.world.move(SOON)
    await ann.sweep()
    ann.world.move(12 * HOUR)
    assert any("Prolonged 1 proxy" in text for text in await ann.sweep())
    rules = ann.world.app.services.rules
    context = rules._context
    [mine] = await rules.of(1001)
    person = await ann.world.app.services.people.find_or_create(1001)
    zone = (await ann.world.app.services.reminders.facts(person, "")).zone
    assert await context.spent_in_month(mine, zone) == Decimal("21.00")
    other = ann.world.px6.add_account(balance="900")
    await ann.phone.says(other.key)
    await ann.phone.taps("Use the new key")
    await ann.sweep()
    await ann.phone.says("/reminders")
    account = await (await ann.world.app.services.accounts.client(1001)).account()
    bound = await rules.bound((await rules.of(1001))[0], account)
    assert (bound.px6_user_id, bound.cap_month) == (other.user_id, Decimal(30))
    assert await context.spent_in_month(bound, zone) == 0
    assert rule.px6_user_id != other.user_id


async def test_a_rule_is_switched_on_only_as_it_was_shown(ann: Customer) -> None:
    rules = ann.world.app.services.rules
    made = await rules.add(1001, "all", "", hours=12, period=30)
    await rules.change(1001, made.id, cap_run=Decimal(50))
    for label in ("Automatic prolonging", "all proxies"):
        await ann.phone.says("/reminders") if label == "Automatic prolonging" else None
        await ann.phone.taps(label)
    await rules.change(1001, made.id, cap_run=None)
    answer = await ann.phone.taps("Switch on")
    assert answer["text"] == "The rule was changed, so this tap did nothing. Read it again, then switch it on."
    assert "The rule is off." in await ann.phone.reads()
    await ann.phone.taps("Switch on")
    assert "The rule is on." in await ann.phone.reads()


async def test_sums_that_were_named_in_one_currency_say_nothing_in_another(world: World) -> None:
    """Neither the warning of a low balance, nor the forecast on the home screen, nor "the balance fell"."""
    ann = await new_customer(world, balance="0.20")
    await world.app.services.reminders.change(1001, on=False)
    ann.add(2, ends_in=2 * DAY)
    assert "missing 41.80 RUB" in "".join(await ann.look())
    assert "Prolonging in the next 30 days: 42.00 RUB" in await ann.phone.says("/start")
    await ann.news()
    world.px6.set_currency(ann.key, "USD")
    world.px6.top_up(ann.key, "-0.10")
    assert "RUB" not in await ann.phone.says("/start")
    await ann.news()
    told = "".join(await ann.look())
    assert "The balance will not be enough" in told and "USD" in told and "RUB" not in told
    assert "The balance fell" not in told
    world.px6.set_currency(ann.key, "RUB")
    world.px6.top_up(ann.key, "0.10")
    other = world.px6.add_account(balance="1")
    world.px6.add_proxy(other.key, ends_in=DAY)
    await ann.look()
    await ann.phone.says(other.key)
    await ann.phone.taps("Use the new key")
    await ann.news()
    assert "missing 20.00 RUB" in "".join(await ann.look())
