"""Twins: whether a purchase may have brought one already, which were bought, for how much, and whose was skipped."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import BuyWish
from model.replacing import Bought
from px6 import Version
from storage import quotes, replacements
from storage.schema import orders
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, a_quote, an_order

AT_ONCE = timedelta(0)
ANN, BOB = 1001, 1002
WISH = BuyWish(1, 30, "de")


@pytest.mark.parametrize(
    ("given", "settled", "is_buying"),
    [
        ({"state": "confirmed"}, None, True),
        ({"state": "sending"}, None, True),
        ({"state": "unknown"}, None, True),
        ({"state": "done"}, -SECOND, False),
        ({"state": "done"}, AT_ONCE, True),
        ({"state": "done"}, SECOND, True),
        ({"state": "refused"}, SECOND, False),
        ({"state": "done", "kind": "prolong"}, SECOND, False),
        ({"state": "sending", "kind": "prolong"}, None, False),
        ({"state": "sending", "px6_user_id": "8"}, None, False),
        ({"state": "done", "confirmed_at": NOW - SECOND}, -SECOND, False),
        ({"state": "done", "confirmed_at": NOW}, -SECOND, True),  # the clock was set back between
    ],
)
async def test_a_purchase_may_bring_something_until_a_list_was_read_after_its_end(
    connection: AsyncConnection, given: dict[str, Any], settled: timedelta | None, is_buying: bool
) -> None:
    order = await an_order(connection, await a_confirmation(connection, "q"), kind="buy", px6_user_id="7")
    ended = {"settled_at": None, "due_at": NOW} if settled is None else {"settled_at": NOW + settled, "due_at": None}
    values = {"confirmed_at": NOW - HOUR, **ended, **given}
    await connection.execute(update(orders).where(orders.c.id == order).values(**values))
    assert await replacements.is_buying(connection, "7", NOW) is is_buying


async def a_twin(
    connection: AsyncConnection,
    name: str,
    proxy: int,
    *,
    owner: int = ANN,
    account: str = "7",
    state: str = "done",
    source: str = "replace",
) -> None:
    """One that was bought for 21.00."""
    made = await a_confirmation(connection, name, owner, source=source)
    await an_order(connection, made, {proxy: NOW}, state=state, kind="buy", telegram_id=owner, px6_user_id=account)


async def test_twins_are_of_the_account_in_which_they_were_bought_and_not_of_what_counted_as_not_done(
    connection: AsyncConnection,
) -> None:
    cases: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("a", {}, "done"),
        ("b", {"account": "8"}, "done"),
        ("c", {"owner": BOB}, "done"),
        ("d", {"source": "person"}, "done"),
        ("e", {}, "paying"),
        ("f", {}, "dropped"),
    )
    for proxy, (name, given, state) in enumerate(cases, start=1):
        await a_twin(connection, name, proxy, **given)
        owner = given.get("owner", ANN)
        number = await announced(connection, 10 + proxy, owner=owner)
        assert await replacements.move(connection, owner, number, ("announcing",), state=state, paying=name)
    assert await replacements.twins_of(connection, "7") == {1, 3, 5}


async def test_what_twins_have_cost_is_what_this_person_paid(connection: AsyncConnection) -> None:
    await a_twin(connection, "a", 1)
    await a_twin(connection, "b", 2, owner=BOB)
    await a_twin(connection, "c", 3, owner=BOB)
    await a_twin(connection, "d", 4, source="person")
    await a_twin(connection, "e", 5, state="refused")
    for owner, count in ((ANN, 1), (BOB, 2)):
        [bought] = await replacements.bought_since(connection, owner, NOW)
        assert bought == Bought(count, count * Decimal("21.00"), "RUB")
    assert await replacements.bought_since(connection, ANN, NOW + SECOND) == []


async def test_what_was_skipped_is_let_go_for_this_person_alone(connection: AsyncConnection) -> None:
    for owner, account in ((ANN, "7"), (BOB, "8")):
        values = {"telegram_id": owner, "px6_user_id": account, "watch_id": owner, "wish": BuyWish(1, 30, "de")}
        money = {"price": Decimal(1), "currency": "RUB"}
        made = await replacements.add(
            connection, {**values, **money, "ends": {5: NOW}, "since": NOW, "run_at": NOW, "told_at": NOW}
        )
        assert made is not None
        await replacements.let_go_skipped(connection, owner, [5])
        assert await replacements.replaced_of(connection, account) == {5}, "it is announced, and not skipped"
        assert await replacements.move(connection, owner, made.id, ("announcing",), state="skipped")
    await replacements.let_go_skipped(connection, ANN, [4])
    assert await replacements.replaced_of(connection, "7") == {5}
    await replacements.let_go_skipped(connection, ANN, [5])
    assert await replacements.replaced_of(connection, "7") == set()
    assert await replacements.replaced_of(connection, "8") == {5}


async def announced(
    connection: AsyncConnection, *ids: int, owner: int = ANN, watch: int = 1, wish: BuyWish = WISH, **given: Any
) -> int:
    """A purchase of twins for these proxies; gives its number."""
    usual = {"px6_user_id": str(owner), "price": Decimal(1), "currency": "RUB", "since": NOW, "run_at": NOW}
    values = {"telegram_id": owner, "watch_id": watch, "wish": wish, "ends": dict.fromkeys(ids, NOW), "told_at": NOW}
    made = await replacements.add(connection, {**usual, **values, **given})
    assert made is not None
    return made.id


async def paying(connection: AsyncConnection, number: int, quote: str, owner: int = ANN) -> None:
    """It is being paid by this quote, which can still be confirmed."""
    await a_quote(connection, quote, owner)
    assert await replacements.move(connection, owner, number, ("announcing",), state="paying", paying=quote)


async def states(connection: AsyncConnection, *numbers: int, owner: int = ANN) -> list[str]:
    found = [await replacements.one(connection, owner, number) for number in numbers]
    return [one.state if one else "" for one in found]


async def test_those_that_wait_are_listed_soonest_first(connection: AsyncConnection) -> None:
    late, first, second = [
        await announced(connection, nth, run_at=NOW + hours * HOUR) for nth, hours in ((1, 2), (2, 1), (3, 1))
    ]
    await announced(connection, 4, owner=BOB)
    assert await replacements.move(connection, ANN, await announced(connection, 5), ("announcing",), state="done")
    assert [one.id for one in await replacements.open_of(connection, ANN)] == [first, second, late]


@pytest.mark.parametrize(("told", "free"), [(-SECOND, True), (AT_ONCE, True), (SECOND, False)])
async def test_an_announcement_is_sent_again_by_one_task_once_it_counts_as_not_sent(
    connection: AsyncConnection, told: timedelta, free: bool
) -> None:
    number, other = [await announced(connection, nth, told_at=NOW + told) for nth in (1, 2)]
    assert not await replacements.take_to_tell(connection, BOB, number, NOW + HOUR, NOW)
    taken = [await replacements.take_to_tell(connection, ANN, number, NOW + HOUR, NOW) for _ in range(2)]
    assert taken == [free, False]
    found = await replacements.one(connection, ANN, other)
    assert found is not None
    assert found.told_at == NOW + told
    await replacements.move(connection, ANN, other, ("announcing",), state="announced")
    assert not await replacements.take_to_tell(connection, ANN, other, NOW + HOUR, NOW + HOUR), "it has arrived"


async def test_what_is_left_out_or_dropped_can_be_announced_anew_and_nothing_else(
    connection: AsyncConnection,
) -> None:
    one, other = await announced(connection, 1, 2, 3), await announced(connection, 4)
    await replacements.leave_out(connection, ANN, one, [2, 4], price=Decimal(2))
    assert await replacements.replaced_of(connection, str(ANN)) == {1, 3, 4}
    assert await replacements.move(connection, ANN, other, ("announcing",), state="done")
    await replacements.leave_out(connection, ANN, other, [4], price=Decimal(2))
    assert not await replacements.drop(connection, ANN, other), "it was bought"
    assert await replacements.replaced_of(connection, str(ANN)) == {1, 3, 4}
    await paying(connection, one, "q")
    assert not await replacements.drop(connection, BOB, one)
    assert await replacements.drop(connection, ANN, one)
    assert await replacements.replaced_of(connection, str(ANN)) == {4}
    found = await replacements.one(connection, ANN, one)
    assert found is not None
    assert (found.state, found.paying, found.price) == ("dropped", "q", Decimal(2))
    await announced(connection, 2)


@pytest.mark.parametrize(("watch", "dropped"), [(1, [True, False]), (2, [False, True]), (None, [True, True])])
async def test_what_is_called_off_is_dropped_unless_it_was_confirmed(
    connection: AsyncConnection, watch: int | None, dropped: list[bool]
) -> None:
    both = [await announced(connection, watch, watch=watch) for watch in (1, 2)]
    open_, confirmed = [await announced(connection, 10 + watch, watch=watch) for watch in (1, 2)]
    for number, quote in ((open_, "open"), (confirmed, "confirmed")):
        await paying(connection, number, quote)
    assert await quotes.take(connection, ANN, "confirmed", NOW) is not None
    bobs = await announced(connection, 1, owner=BOB)
    await replacements.call_off(connection, ANN, watch)
    after = ["dropped" if each else "announcing" for each in dropped]
    assert await states(connection, *both, open_) == [*after, "dropped" if dropped[0] else "paying"]
    assert await states(connection, confirmed) == ["paying"]
    assert await states(connection, bobs, owner=BOB) == ["announcing"]


async def test_what_was_taken_back_before_is_still_nobodys_to_confirm_and_can_be_dropped(
    connection: AsyncConnection,
) -> None:
    number = await announced(connection, 1)
    await paying(connection, number, "q")
    await replacements.hold_back(connection, ANN, WISH)
    assert await replacements.taken_back(connection, ANN, "q")
    await replacements.call_off(connection, ANN)
    assert await states(connection, number) == ["dropped"]


async def test_only_what_was_called_off_has_a_message_that_has_to_say_so_and_once(
    connection: AsyncConnection,
) -> None:
    for nth, name in enumerate(("mine", "open", "no message", "paid", "Bob's"), start=1):
        owner = BOB if name == "Bob's" else ANN
        number = await announced(connection, nth, owner=owner)
        await paying(connection, number, name, owner)
        if name != "no message":
            await quotes.set_message(connection, name, owner, 100 + nth)
        if name == "paid":
            assert await quotes.take(connection, owner, name, NOW) is not None
            assert await replacements.drop(connection, owner, number)
        elif name != "open":
            assert await replacements.taken_back(connection, owner, name)
            assert await replacements.move(connection, owner, number, ("paying",), state="skipped")
    [(found, message)] = await replacements.say_paying(connection, ANN)
    assert (list(found.ends), message) == ([1], 101)
    asked = (BOB, "mine"), (ANN, "open"), (ANN, "mine"), (ANN, "mine")
    told = [await replacements.message_told(connection, person, found.id, quote) for person, quote in asked]
    assert told == [False, False, True, False]
    assert await replacements.say_paying(connection, ANN) == []


async def test_after_such_a_purchase_by_hand_no_twin_like_it_is_paid(connection: AsyncConnection) -> None:
    wishes = {
        "same": BuyWish(5, 7, "de"),
        "kind": BuyWish(1, 30, "de", Version.IPV4),
        "country": BuyWish(1, 30, "fr"),
    }
    for nth, (quote, wish) in enumerate(wishes.items()):
        await paying(connection, await announced(connection, nth, wish=wish), quote)
    await announced(connection, 9)
    await replacements.hold_back(connection, ANN, WISH)
    left = {quote for quote in wishes if await quotes.take(connection, ANN, quote, NOW) is not None}
    assert left == {"kind", "country"}


async def test_what_one_watch_has_bought_is_told_from_what_another_has(connection: AsyncConnection) -> None:
    for name, proxy, watch, owner in (("a", 1, 1, ANN), ("b", 2, 1, ANN), ("c", 3, 2, ANN), ("d", 4, 1, BOB)):
        await a_twin(connection, name, proxy, owner=owner)
        number = await announced(connection, proxy, watch=watch, owner=owner)
        assert await replacements.move(connection, owner, number, ("announcing",), state="done", paying=name)
    for asked, count in ((1, 2), (2, 1), (None, 3)):
        [bought] = await replacements.bought_since(connection, ANN, NOW, asked)
        assert bought.count == count
    assert await replacements.bought_since(connection, ANN, NOW, 3) == []
