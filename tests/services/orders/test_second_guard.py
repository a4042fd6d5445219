"""The guards behind the first one: turns of an account, balances between parts, what counts towards a cap."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from model.rules import Portion, Rule
from sandbox.px6 import Event
from services.orders import BuyWish, OrderState
from storage import rules
from tests.databases import run
from tests.px6_events import once_answered
from tests.services.rig import ANNA, BORIS, Rig

pytestmark = pytest.mark.usefixtures("threads")  # which statement ends first matters here


@contextmanager
def watching(rig: Rig, *methods: str) -> Iterator[list[str]]:
    """What becomes of px6's calls of these methods, in order: `buy received`, `buy answered`."""
    seen: list[str] = []

    def heard(event: Event) -> None:
        if event.type in ("received", "answered") and event.data["method"] in methods:
            seen.append(f"{event.data['method']} {event.type}")

    forget = rig.px6.events.subscribe(heard)
    try:
        yield seen
    finally:
        forget()


async def claimed(rig: Rig, quoted: tuple[str, int], person: int = ANNA) -> int:
    claim = await rig.orders.claim(person, *quoted)
    assert claim.confirmation is not None
    return claim.confirmation.id


async def test_two_payments_of_one_px6_account_go_one_after_the_other_whoever_makes_them(rig: Rig) -> None:
    """The second reads the balance only when the first one's answer is there."""
    await rig.accounts.connect(BORIS, rig.account.key)
    one = await claimed(rig, await rig.quoted_buy(BuyWish(2, 30, "de")))
    other = await claimed(rig, await rig.quoted_prolong([rig.proxy().id], person=BORIS), BORIS)
    rig.px6.fault("slow", ("buy", "prolong"), times=2, seconds=0.2)
    with watching(rig, "buy", "prolong") as seen:
        await asyncio.gather(rig.orders.execute(one), rig.orders.execute(other))
    first, second = ("buy", "prolong") if seen[0] == "buy received" else ("prolong", "buy")
    assert seen == [f"{first} received", f"{first} answered", f"{second} received", f"{second} answered"]
    rows = rig.rows("SELECT balance_before, balance_after FROM orders ORDER BY balance_before DESC")
    assert (rows[0][0], rows[0][1], rows[1][1]) == (1_000_000_000, rows[1][0], 937_000_000)


async def test_payments_of_two_px6_accounts_do_not_wait_for_each_other(rig: Rig) -> None:
    other = rig.px6.add_account(balance="500.00")
    await rig.accounts.connect(BORIS, other.key)
    hanging = await claimed(rig, await rig.quoted_buy())
    quick = await claimed(rig, await rig.quoted_buy(person=BORIS), BORIS)
    rig.px6.fault("silent_before", "buy", key=rig.account.key)
    first = asyncio.ensure_future(rig.orders.execute(hanging))
    while not rig.requests("buy"):  # noqa: ASYNC110 - px6 is asked in this loop
        await asyncio.sleep(0.002)
    assert (await rig.orders.execute(quick)).orders[0].state is OrderState.DONE
    assert not first.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_each_part_of_a_long_prolong_begins_with_the_balance_that_the_one_before_left(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("px6.parts.LONGEST_IDS", 27)  # three ids a call
    ids = [rig.proxy().id for _ in range(7)]
    confirmation = await rig.pay(await rig.quoted_prolong(ids))
    assert [(order.balance_before, order.expected, order.balance_after) for order in confirmation.orders] == [
        (Decimal("1000.00"), Decimal("63.00"), Decimal("937.00")),
        (Decimal("937.00"), Decimal("63.00"), Decimal("874.00")),
        (Decimal("874.00"), Decimal("21.00"), Decimal("853.00")),
    ]


async def test_a_second_part_whose_answer_is_lost_is_found_by_its_own_sum(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("px6.parts.LONGEST_IDS", 27)
    quoted = await rig.quoted_prolong([rig.proxy().id for _ in range(6)])
    once_answered(rig.px6, "prolong", lambda: rig.px6.fault("drop_after", "prolong"))
    confirmation = await rig.pay(quoted)
    assert [order.state for order in confirmation.orders] == [OrderState.DONE, OrderState.UNKNOWN]
    await rig.through(5)
    assert rig.states() == ["done", "done"]
    assert rig.rows("SELECT charged FROM orders ORDER BY id") == [(63_000_000,), (63_000_000,)]


# -- what counts towards a month's cap

COUNTS = {
    "confirmed": True,
    "sending": True,
    "done": True,
    "unknown": True,
    "unclear": True,
    "refused": False,
    "not_sent": False,
    "requoted": False,
    "not_done": False,
}


async def paid_by_a_rule(rig: Rig) -> tuple[Rule, datetime]:
    """A rule whose one run was paid, and when."""
    one = rig.proxy()
    now = rig.px6.clock.now()
    values: dict[str, Any] = {
        "telegram_id": ANNA,
        "scope": "all",
        "value": "",
        "hours": 12,
        "period": 30,
        "px6_user_id": rig.account.user_id,
        "currency": "RUB",
        "floor": Decimal(0),
        "quiet": False,
        "on": True,
        "created_at": now,
    }
    quote = await rig.orders.quote_prolong(ANNA, [one.id], [30], source="rule")
    confirmation = await rig.pay((quote.id, 30))
    portion = Portion(run_at=now, ends={one.id: one.ends_at}, prices={one.id: Decimal("21.00")})
    async with rig.database.write() as connection:
        rule = await rules.add(connection, values)
        await rules.add(connection, values)
        run = await rules.announce(connection, ANNA, rule, [portion], "RUB", now)
        assert run is not None
        assert await rules.move_run(connection, run, ("announcing",), "done", confirmation_id=confirmation.id)
    async with rig.database.read() as connection:
        mine, other = await rules.of_person(connection, ANNA)
        for one_else in (other, structs.replace(mine, px6_user_id="8"), structs.replace(mine, currency="USD")):
            assert await rules.spent(connection, one_else, now - timedelta(days=1)) == Decimal("0.00")
    return mine, confirmation.confirmed_at


async def spent(rig: Rig, rule: Rule, since: datetime) -> Decimal:
    async with rig.database.read() as connection:
        return await rules.spent(connection, rule, since)


async def test_whatever_may_have_been_spent_counts_towards_a_months_cap(rig: Rig) -> None:
    rule, confirmed_at = await paid_by_a_rule(rig)
    for state, counts in COUNTS.items():
        await set_order(rig, state=state)
        assert await spent(rig, rule, datetime(2026, 1, 1, tzinfo=UTC)) == Decimal("21.00" if counts else "0.00"), (
            state
        )
    await set_order(rig, state="unclear")
    for since, sum_ in ((timedelta(0), "21.00"), (timedelta(microseconds=1), "0.00")):
        assert await spent(rig, rule, confirmed_at + since) == Decimal(sum_)
    for charged, expected, quoted, sum_ in (
        (19_000_000, 20_000_000, 21_000_000, "19.00"),
        (None, 20_000_000, 21_000_000, "20.00"),
        (None, None, 21_000_000, "21.00"),
        (0, 20_000_000, 21_000_000, "0.00"),
    ):
        await set_order(rig, charged=charged, expected=expected, quoted=quoted)
        assert await spent(rig, rule, confirmed_at) == Decimal(sum_)


async def set_order(rig: Rig, **values: object) -> None:
    names = ", ".join(f"{name} = ?" for name in values)
    async with rig.database.write() as connection:
        await run(connection, f"UPDATE orders SET {names}", tuple(values.values()))  # noqa: S608 - our own
