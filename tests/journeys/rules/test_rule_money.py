"""What rules pay, and what keeps them from paying."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from handlers.notifications.sender import TelegramSender
from handlers.orders.outcome_sender import OutcomeSender
from model.people import Person
from services.notifications.kinds import Notice, Running
from tests.customers import Customer, new_customer
from tests.databases import run
from tests.durations import DAY, HOUR, MINUTE
from tests.px6_events import once_answered
from tests.world import World, buttons

pytestmark = pytest.mark.without_notices

SOON = 2 * DAY + MINUTE  # after this, what ends in 3 days is announced


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[object]]) -> None:
    """Let it happen just after a rule has said that it prolongs now."""
    send = TelegramSender.notice

    async def notice(self: TelegramSender, person: Person, notice: Notice, *, quietly: bool = False) -> int:
        message_id = await send(self, person, notice, quietly=quietly)
        if isinstance(notice, Running):
            await happens()
        return message_id

    monkeypatch.setattr(TelegramSender, "notice", notice)


def spending(message: dict[str, Any]) -> list[str]:
    """The green buttons of a message."""
    return [b["text"] for b in buttons(message) if b.get("style") == "success"]


async def test_a_dearer_proxy_is_noticed_though_half_of_them_were_renewed_elsewhere(ann: Customer) -> None:
    ids = ann.add(4, ends_in=3 * DAY)
    await ann.settles()
    rule = await ann.adds_rule()
    ann.world.move(SOON)
    await ann.sweep()
    ann.world.px6.prolong_on_site(ann.key, ids[:2], 30)
    ann.world.px6.set_prices("6", {3: "1", 30: "1"})
    ann.world.move(12 * HOUR)
    texts = await ann.sweep()
    assert [spend.by for spend in ann.books()] == ["site"]
    assert any("The price rose from 42.00 RUB to 60.00 RUB." in text for text in texts), texts
    again = await ann.world.app.services.rules.rule(1001, rule.id)
    assert again is not None
    assert again.stopped == "price"


async def test_a_cap_hides_no_price_that_rose(ann: Customer) -> None:
    ann.add(4, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule(cap_run=Decimal(50))
    ann.world.move(SOON)
    await ann.sweep()
    ann.world.px6.set_prices("6", {3: "0.75", 30: "0.75"})
    ann.world.move(12 * HOUR)
    texts = await ann.sweep()
    assert ann.books() == []
    assert any("The price rose from 84.00 RUB to 90.00 RUB." in text for text in texts), texts


async def test_what_was_left_for_want_of_money_keeps_the_price_that_was_announced(world: World) -> None:
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    await ann.lets_a_rule_announce(4)
    world.move(12 * HOUR)
    receipt, short = await ann.sweep()
    assert "Prolonged 2 proxies" in receipt
    assert "Not enough money: the rule needs 42.00 RUB and may spend 8.00 RUB." in short
    world.px6.set_prices("6", {3: "1.4", 30: "1.4"})
    world.px6.top_up(ann.key, 100)
    world.move(HOUR + MINUTE)
    texts = await ann.sweep()
    assert len(ann.books()) == 1
    assert any("The price rose from 42.00 RUB to 84.00 RUB." in text for text in texts), texts


async def announces_within(ann: Customer, count: int, **limits: Any) -> None:
    """A rule with limits has announced that many proxies, and their time has come."""
    ann.add(count, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule(**limits)
    ann.world.move(SOON)
    await ann.sweep()
    ann.world.move(12 * HOUR)


async def test_a_limit_per_run_holds_for_what_was_left_for_want_of_money_too(world: World) -> None:
    """Three of seven were announced, since the limit allows no more: two, and one when there is money again."""
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    await announces_within(ann, 7, cap_run=Decimal(70))
    receipt, short = await ann.sweep()
    assert "Prolonged 2 proxies" in receipt
    assert "Not enough money: the rule needs 21.00 RUB and may spend 8.00 RUB." in short
    assert (
        "5 proxies were not prolonged.\n⚠️ At most 1 of these 5 will be prolonged: the limit per run is 70.00" in short
    )
    world.px6.top_up(ann.key, 500)
    said = []
    for later in (HOUR + MINUTE, HOUR + MINUTE, HOUR + MINUTE):
        world.move(later)
        said += await ann.sweep()
    assert [len(spend.ids) for spend in ann.books()] == [2, 1]
    [stopped] = [text for text in said if "The limit per run is reached" in text]
    assert "84.00 RUB more is needed." in stopped
    assert "4 proxies were not prolonged." in stopped
    assert "The rule has stopped" in stopped


async def test_what_is_left_again_and_again_stays_within_the_limit_per_run(world: World) -> None:
    ann = await new_customer(world, "25")
    await ann.refuses_notices()
    await announces_within(ann, 4, cap_run=Decimal(70))
    await ann.sweep()
    for _ in range(4):
        world.px6.top_up(ann.key, 21)
        world.move(HOUR + MINUTE)
        await ann.sweep()
    assert [len(spend.ids) for spend in ann.books()] == [1, 1, 1]
    assert world.rows("SELECT stopped FROM rules") == [("cap_run",)]


@pytest.mark.parametrize("cap", ["cap_run", "cap_month"])
@pytest.mark.parametrize(("limit", "paid"), [(45, [2]), (15, [])], ids=["after a part", "at once"])
async def test_a_limit_that_would_let_nothing_more_stops_the_rule_though_money_is_short_too(
    world: World, cap: str, limit: int, paid: list[int]
) -> None:
    """More money would change nothing, so nobody is asked for it."""
    ann = await new_customer(world, str(limit - 1))
    await ann.refuses_notices()
    await announces_within(ann, 3, **{cap: Decimal(limit)})
    [stopped] = [text for text in await ann.sweep() if "limit" in text]
    assert "The rule has stopped" in stopped
    assert [len(spend.ids) for spend in ann.books()] == paid
    assert world.rows("SELECT stopped FROM rules") == [(cap,)]


async def test_too_little_money_for_several_ends_is_said_at_most_twice(world: World) -> None:
    ann = await new_customer(world, "1")
    await ann.refuses_notices()
    for number in range(3):
        ann.add(1, ends_in=3 * DAY + number * 25 * MINUTE)
    await ann.settles()
    await ann.adds_rule()
    world.move(SOON)
    await ann.sweep()
    said = []
    for step in (12 * HOUR, 25 * MINUTE, 25 * MINUTE, 10 * HOUR + 20 * MINUTE, *[15 * MINUTE] * 8):
        world.move(step)
        said += await ann.sweep()
    assert sum("has ended" in text for text in said) == 3
    assert len([text for text in said if "Not enough money" in text]) <= 2, said


async def test_what_a_rule_stopped_is_announced_again_when_it_is_switched_on(ann: Customer) -> None:
    ids = await ann.lets_a_rule_announce()
    await ann.phone.says("/reminders")
    for label in ("Automatic prolonging", "Stop all", "Resume all"):
        await ann.phone.taps(label)
    await ann.news()
    [announced] = await ann.sweep()
    assert "I will prolong 1 proxy for 30 days: 21.00 RUB" in announced
    ann.world.px6.set_prices("6", {3: "0.8", 30: "0.8"})
    ann.world.move(12 * HOUR)
    stopped = (await ann.sweep())[0]
    assert "The price rose from 21.00 RUB to 24.00 RUB." in stopped
    notice = next(m for m in await ann.phone.chat() if "The price rose" in m["text"])
    await ann.phone.taps("Rule", notice["message_id"])
    await ann.phone.taps("Switch on")
    announced = (await ann.sweep())[-1]
    assert "I will prolong 1 proxy for 30 days: 24.00 RUB" in announced
    ann.world.move(16 * MINUTE)
    await ann.sweep()
    assert [list(spend.ids) for spend in ann.books()] == [ids]


async def test_a_price_that_rises_at_the_last_moment_turns_the_message_into_the_stop(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ann.lets_a_rule_announce()

    async def dearer() -> None:
        ann.world.px6.set_prices("6", {3: "0.8", 30: "0.8"})

    meanwhile(monkeypatch, dearer)
    ann.world.move(12 * HOUR)
    stopped, digest = await ann.sweep()
    assert "The price rose from 21.00 RUB to 24.00 RUB." in stopped
    assert "1 proxy ends" in digest
    offers = [spending(message) for message in await ann.phone.chat() if "24.00 RUB" in message["text"]]
    assert offers == [[]]
    assert ann.books() == []


@pytest.mark.parametrize(
    ("price", "paid"), [("0.8", 0), ("0.7", 1), ("0.6", 1)], ids=["dearer", "as it was", "cheaper"]
)
async def test_a_price_that_rises_between_the_two_readings_of_a_run_is_not_paid(
    ann: Customer, price: str, paid: int
) -> None:
    """The first reading shows the announced price; the quote that is to be paid is read a moment later."""
    await ann.lets_a_rule_announce()
    ann.world.move(12 * HOUR)
    once_answered(ann.world.px6, "getprice", lambda: ann.world.px6.set_prices("6", {3: price, 30: price}))
    texts = await ann.sweep()
    assert len(ann.books()) == paid
    assert any("The price rose from 21.00 RUB to 24.00 RUB." in text for text in texts) is (not paid), texts
    assert any("Prolonged 1 proxy" in text for text in texts) is bool(paid), texts


async def test_a_run_that_another_payment_overtakes_says_so(ann: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await ann.lets_a_rule_announce()
    orders = ann.world.app.services.orders
    ann.world.move(12 * HOUR)
    quote = await orders.quote_prolong(1001, ids, [7])
    meanwhile(monkeypatch, lambda: orders.claim(1001, quote.id, 7))
    [called_off] = await ann.sweep()
    assert "Another payment for these proxies was made or is under way." in called_off
    assert "Nothing more was spent." in called_off and "Nothing was spent." not in called_off
    assert await ann.phone.labels() == ["Rule", "My proxies", "Home"]
    assert ann.books() == []


async def test_a_rule_that_is_switched_off_at_the_last_moment_pays_nothing(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ann.lets_a_rule_announce()
    meanwhile(monkeypatch, lambda: ann.world.app.services.rules.switch(1001, on=False))
    ann.world.move(12 * HOUR)
    called_off = (await ann.sweep())[0]
    assert "The rule was changed or switched off at that moment." in called_off
    assert "Nothing was spent." in called_off
    assert ann.books() == []


async def test_an_end_that_moves_at_the_last_moment_is_no_price_that_rose(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    rule = await ann.adds_rule()
    ann.world.move(SOON)
    await ann.sweep()

    async def renewed() -> None:
        ann.world.px6.prolong_on_site(ann.key, ids, 30)

    meanwhile(monkeypatch, renewed)
    ann.world.move(12 * HOUR)
    [called_off] = await ann.sweep()
    assert "An end date changed at the last moment" in called_off
    assert "Nothing more was spent." in called_off and "Nothing was spent." not in called_off
    assert [spend.by for spend in ann.books()] == ["site"]
    again = await ann.world.app.services.rules.rule(1001, rule.id)
    assert again is not None
    assert again.on


async def test_a_run_that_was_cut_off_before_it_paid_pays_once_later(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await ann.lets_a_rule_announce()
    ann.world.move(12 * HOUR)
    await dies_before_it_pays(ann, monkeypatch)
    ann.world.move(19 * MINUTE)
    await ann.sweep()
    assert ann.books() == [], "another process may still be at it"
    ann.world.move(2 * MINUTE)
    texts = await ann.sweep()
    ann.world.move(MINUTE)
    texts += await ann.sweep()
    assert [list(spend.ids) for spend in ann.books()] == [ids]
    assert "Prolonged 1 proxy" in texts[-1]


async def dies_before_it_pays(ann: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends when all is ready for the payment of a run, which is not confirmed yet."""
    said = asyncio.Event()

    async def dies() -> None:
        said.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        meanwhile(patch, dies)
        sweep = asyncio.ensure_future(ann.world.app.services.sweep.look(1001))
        await said.wait()
        sweep.cancel()
        await asyncio.gather(sweep, return_exceptions=True)


@pytest.mark.parametrize("taken", [0, 25], ids=["money for two", "money for one"])
async def test_after_a_long_downtime_what_ends_first_is_paid_first(
    world: World, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    """The process died when it had set the rest aside and not yet paid; then both are due at once."""
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    await announces_within(ann, 4)
    await dies_before_it_pays(ann, monkeypatch)
    world.px6.top_up(ann.key, -taken)
    for later in (3 * HOUR, MINUTE, MINUTE):
        world.move(later)
        await ann.sweep()
    for _ in range(4):
        world.px6.top_up(ann.key, 21)
        world.move(HOUR + MINUTE)
        await ann.sweep()
        await ann.sweep()
    in_order = sorted(ann.account.proxies.values(), key=lambda proxy: (proxy.ends_at, proxy.id))
    assert [one for spend in ann.books() for one in sorted(spend.ids)] == [proxy.id for proxy in in_order]


async def test_what_was_left_does_not_wait_past_its_own_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process died shortly before the end: the other part may be nobody's for twenty minutes."""
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    ids = ann.add(4, ends_in=32 * MINUTE)
    await ann.settles()
    await ann.adds_rule()
    await ann.sweep()
    world.move(16 * MINUTE)
    await dies_before_it_pays(ann, monkeypatch)
    for _ in range(15):  # the look that was cut off holds the account for so long
        world.move(MINUTE)
        await ann.sweep()
    assert [sorted(spend.ids) for spend in ann.books()] == [ids[2:]]


async def test_all_that_waits_of_a_payment_is_named_where_money_is_short(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    await announces_within(ann, 4)
    await dies_before_it_pays(ann, monkeypatch)
    world.px6.top_up(ann.key, -25)
    said = []
    for _ in range(75):
        world.move(10 * MINUTE)
        said += await ann.sweep()
    short = [text for text in said if "Not enough money" in text]
    assert ["3 proxies were not prolonged" in text for text in short] == [True, True]
    assert ["needs 63.00 RUB and may spend 4.00 RUB" in text for text in short] == [True, True]
    assert ["This is the last warning" in text for text in short] == [False, True]


async def test_what_a_limit_will_not_let_a_rule_pay_is_missing_for_nobody(world: World) -> None:
    """One rule has announced seven, of which its limit lets three; the money is there for those and one more."""
    ann = await new_customer(world, "85")
    await ann.refuses_notices()
    first, second = ann.add(7, ends_in=3 * DAY), ann.add(1, ends_in=3 * DAY + 6 * HOUR)
    await ann.settles()
    rules = world.app.services.rules
    for ids, cap in ((first, Decimal(70)), (second, None)):
        rule = await rules.add(1001, "ids", ids, hours=12, period=30)
        assert await rules.change(1001, rule.id, on=True, cap_run=cap)
    world.move(SOON)
    assert [text for text in await ann.sweep() if "Missing" in text] == []
    world.move(6 * HOUR)
    [announced] = await ann.sweep()
    assert "I will prolong 1 proxy" in announced
    assert "Missing" not in announced


async def test_what_waits_for_money_takes_no_more_of_the_months_limit_than_it_may_spend(world: World) -> None:
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    ann.add(7, ends_in=5 * DAY)
    ann.add(3, ends_in=5 * DAY + 30 * HOUR)
    await ann.settles()
    await ann.adds_rule(cap_run=Decimal(70), cap_month=Decimal(150), hours=48)
    world.move(2 * DAY + 12 * HOUR + MINUTE)
    said = await ann.sweep()
    for _ in range(31):
        world.move(HOUR)
        said += await ann.sweep()
    assert [len(spend.ids) for spend in ann.books()] == [2]
    assert "I will prolong 3 proxies for 30 days: 63.00 RUB" in said[-1]
    assert "monthly limit" not in said[-1]


async def test_what_was_left_looks_no_more_often_than_what_it_waits_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    await announces_within(ann, 4)
    await dies_before_it_pays(ann, monkeypatch)
    await world.app.services.maintenance.switch_on()
    for later in (3 * HOUR, MINUTE):
        world.move(later)
        await ann.sweep()
    [(look_at,)] = world.rows("SELECT next_look_at FROM watches")
    assert look_at >= int((world.clock() + 9 * MINUTE).timestamp() * 1000), "each look asks px6 for the list"
    await world.app.services.maintenance.switch_off()
    world.move(11 * MINUTE)
    await ann.sweep()
    assert [len(spend.ids) for spend in ann.books()] == [2]


async def test_a_run_of_which_nothing_is_left_is_dropped_also_after_maintenance(ann: Customer) -> None:
    """A process died when it had taken all proxies out of the run."""
    await ann.lets_a_rule_announce()
    ann.world.move(23 * HOUR + 30 * MINUTE)
    async with ann.world.app.services.sweep._database.write() as connection:
        await run(connection, "DELETE FROM run_proxies")
    await ann.world.app.services.maintenance.switch_on()
    assert [text for text in await ann.sweep() if "maintenance" in text] == []
    await ann.world.app.services.maintenance.switch_off()
    ann.world.move(11 * MINUTE)
    await ann.sweep()
    assert ann.world.rows("SELECT state FROM runs WHERE id = 1") == [("dropped",)]


async def fails_for_certain(ann: Customer, pays: Callable[[], Awaitable[object]]) -> None:
    """A payment of which px6 says nothing, until the books have shown that it did nothing."""
    ann.world.px6.fault("drop_before", ("prolong",), times=None)
    await pays()
    for _ in range(4):
        ann.world.move(10 * MINUTE)
        await ann.world.app.services.orders.settle_due()
    ann.world.px6.clear_faults("drop_before")
    assert ann.world.rows("SELECT state FROM orders") == [("not_done",)]


async def pays_by_itself(ann: Customer, one: int) -> None:
    """What waited for money pays for it, for instance."""
    orders = ann.world.app.services.orders
    quote = await orders.quote_prolong(1001, [one], [30], source="at_once")
    claim = await orders.claim(1001, quote.id, 30)
    assert claim.confirmation is not None
    await orders.execute(claim.confirmation.id)


async def test_what_a_removed_rule_has_tried_is_not_announced_by_another(ann: Customer) -> None:
    [tried] = await ann.lets_a_rule_announce()
    ann.world.move(12 * HOUR)
    await fails_for_certain(ann, ann.sweep)
    await ann.world.app.services.rules.remove(1001, 1)
    [other] = ann.add(1, ends_in=ann.account.proxies[tried].ends_at - ann.world.px6.clock.now() + MINUTE)
    await ann.adds_rule()
    [announced] = [text for text in await ann.sweep() if "I will prolong" in text]
    assert "I will prolong 1 proxy for 30 days" in announced
    ann.world.move(16 * MINUTE)
    await ann.sweep()
    assert [list(spend.ids) for spend in ann.books()] == [[other]]
    ann.world.move(9 * HOUR)
    said = await ann.sweep()
    assert any("ends in" in text for text in said), said


async def test_what_was_tried_since_it_was_announced_is_reminded_of_in_time(ann: Customer) -> None:
    [tried] = ann.add(1, ends_in=20 * HOUR)
    await ann.settles()
    await ann.adds_rule(hours=1)
    ann.world.move(7 * HOUR + MINUTE)
    [announced] = await ann.sweep()
    assert "I will prolong 1 proxy" in announced
    await fails_for_certain(ann, lambda: pays_by_itself(ann, tried))
    ann.world.move(9 * HOUR + 20 * MINUTE)
    said = await ann.sweep()
    assert any("1 proxy ends in 3 hours" in text for text in said), said


async def test_what_was_tried_since_it_was_announced_keeps_nothing_else_from_being_prolonged(ann: Customer) -> None:
    tried, other = await ann.lets_a_rule_announce(2)
    await fails_for_certain(ann, lambda: pays_by_itself(ann, tried))
    ann.world.move(12 * HOUR)
    await ann.sweep()
    assert [list(spend.ids) for spend in ann.books()] == [[other]]


async def test_a_run_that_was_cut_off_after_it_paid_pays_no_more(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await ann.lets_a_rule_announce(3)
    orders, paid = ann.world.app.services.orders, asyncio.Event()

    async def dies(*_: object) -> None:
        paid.set()
        await asyncio.Event().wait()

    ann.world.move(12 * HOUR)
    with monkeypatch.context() as patch:
        patch.setattr(OutcomeSender, "__call__", dies)
        sweep = asyncio.ensure_future(ann.world.app.services.sweep.look(1001))
        await paid.wait()
        sweep.cancel()
        await asyncio.gather(sweep, return_exceptions=True)
    ann.world.move(21 * MINUTE)
    await ann.sweep()
    await orders.settle_due()
    assert [sorted(spend.ids) for spend in ann.books()] == [ids]
    assert ann.world.rows("SELECT state FROM runs") == [("done",)]
    assert "Prolonged 3 proxies" in await ann.phone.reads()
