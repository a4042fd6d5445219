"""Orders whose outcome is not known: which are due, who holds them, and what others explain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import OrderState
from storage import orders, own_accounts, processes, unsettled
from storage.schema import confirmations
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order

END = NOW + 3 * DAY
LATEST, LONGEST = NOW + HOUR, 5 * MINUTE
HERE, THERE, GONE = "a" * 16, "b" * 16, "c" * 16  # processes; the last one is buried


async def unknown(connection: AsyncConnection, **changed: Any) -> int:
    ends = changed.pop("ends", {})
    confirmed = await a_confirmation(connection, str(len(await orders.history(connection, 1001))))
    made = await an_order(connection, confirmed, ends)
    await orders.move(connection, made, ["confirmed"], {"state": "unknown"} | changed)
    return made


@pytest.mark.parametrize(
    ("due_at", "leased_until", "found"),
    [(NOW, None, True), (NOW - SECOND, None, True), (NOW + SECOND, None, False), (None, None, False),
     (LATEST, None, False), (LATEST + SECOND, None, True),
     (NOW, NOW, True), (NOW, NOW + SECOND, False), (NOW, NOW + LONGEST, False), (NOW, NOW + LONGEST + MINUTE, False),
     (NOW, NOW + LONGEST + MINUTE + SECOND, True)],
)  # fmt: skip
async def test_an_order_is_due_at_its_time_unless_somebody_holds_it(
    connection: AsyncConnection, due_at: datetime | None, leased_until: datetime | None, found: bool
) -> None:
    made = await unknown(connection, due_at=due_at, leased_until=leased_until)
    assert await unsettled.due(connection, NOW, LATEST, LONGEST) == ([made] if found else [])


async def test_what_is_taken_is_nobody_elses_for_as_long_as_a_lease(connection: AsyncConnection) -> None:
    made = [await unknown(connection, due_at=NOW, ends={one: END}) for one in (1, 2)]
    settled = await unknown(connection)
    assert await unsettled.due(connection, NOW, LATEST, LONGEST) == made
    taken = await unsettled.lease(connection, [made[1], settled], NOW, LONGEST)
    assert [(order.id, order.ids) for order in taken] == [(made[1], (2,))]
    assert await unsettled.lease(connection, [made[1]], NOW - SECOND / 1000, LONGEST) == (), "by an earlier clock"
    assert await unsettled.lease(connection, made, NOW + SECOND, LONGEST) != ()
    assert await unsettled.lease(connection, made, NOW + LONGEST - SECOND, LONGEST) == ()
    assert await unsettled.due(connection, NOW + LONGEST, LATEST, LONGEST) == [made[1]]
    await unsettled.release(connection, [made[0]])
    assert await unsettled.due(connection, NOW + MINUTE, LATEST, LONGEST) == [made[0]]


async def test_the_oldest_is_looked_for_first_whatever_was_changed_last(connection: AsyncConnection) -> None:
    made = [await unknown(connection, due_at=NOW) for _ in range(12)]
    for one in (made[7], made[0], made[4]):
        await orders.move(connection, one, ["unknown"], {"looks": 1})
    taken = await unsettled.lease(connection, made[::-1], NOW, LONGEST)
    assert [order.id for order in taken] == made


async def test_after_a_start_all_is_free_and_renames_are_due(connection: AsyncConnection) -> None:
    later = {"leased_until": NOW + LONGEST, "due_at": NOW + HOUR}
    rename = await unknown(connection, rename="pending", **later)
    done = await unknown(connection, rename="done", **later)
    given_up = await unknown(connection, rename="pending", due_at=None)
    await unsettled.take_over(connection, NOW, None)
    due = {order.id: order.due_at for order in await orders.history(connection, 1001)}
    assert due == {rename: NOW, done: NOW + HOUR, given_up: None}
    assert await unsettled.due(connection, NOW + HOUR, NOW + DAY, LONGEST) == [rename, done]
    assert len(await unsettled.lease(connection, [rename, done], NOW, LONGEST)) == 2


async def test_what_was_under_way_is_found_after_a_start(connection: AsyncConnection) -> None:
    confirmed = await a_confirmation(connection, "q")
    made = {state: await an_order(connection, confirmed, state=state.value) for state in OrderState}
    found = [order.id for order in await unsettled.take_over(connection, NOW, None)]
    assert found == [made[OrderState.CONFIRMED], made[OrderState.SENDING]]


async def test_a_later_order_on_one_of_the_proxies_is_known(connection: AsyncConnection) -> None:
    first = await unknown(connection, ends={1: END, 2: END}, state="done")
    second = await unknown(connection, ends={2: END, 3: END}, state="done")
    for account, after, ids, later in (("7", first, [2], True), ("7", first, [1, 3], True), ("7", first, [1], False),
                                       ("7", second, [2, 3], False), ("8", first, [2], False)):  # fmt: skip
        assert await unsettled.has_later(connection, after, account, ids) is later


@pytest.mark.parametrize("state", list(OrderState))
async def test_later_orders_spent_on_a_proxy_unless_it_is_certain_that_they_did_not(
    connection: AsyncConnection, state: OrderState
) -> None:
    first = await unknown(connection, ends={1: END, 2: END}, state="done")
    second = await unknown(connection, ends={2: END, 3: END}, state=state.value)
    nothing = state.value in ("refused", "not_sent", "requoted", "not_done")
    assert await unsettled.spent_later(connection, first, "7", [1, 2]) == (set() if nothing else {2})
    assert await unsettled.spent_later(connection, second, "7", [2]) == set()
    assert await unsettled.spent_later(connection, first, "8", [2]) == set()


async def test_what_was_sent_since_or_is_open_may_explain_what_px6s_books_say(connection: AsyncConnection) -> None:
    at = [NOW - DAY, NOW, NOW - SECOND, NOW - SECOND, None]
    states = ["done", "done", "done", "unknown", "unknown"]
    made = [
        await unknown(connection, ends={nth: END}, sent_at=moment, state=state)
        for nth, (moment, state) in enumerate(zip(at, states, strict=True))
    ]

    async def others(order_id: int, since: datetime = NOW) -> list[int]:
        return sorted(order.id for order in await unsettled.others_since(connection, "7", order_id, since))

    assert await others(0) == [made[1], made[3]]
    assert await others(made[1]) == [made[2], made[3]], "a later number, whatever the clock said"
    assert await others(made[0]) == made[1:4]
    assert await others(made[3], NOW - DAY) == made[:3]
    assert await unsettled.others_since(connection, "8", 0, NOW - DAY) == ()


@pytest.mark.parametrize(
    ("values", "again"),
    [({"state": "unknown"}, True), ({"state": "unclear", "looking_error": "NoKey"}, True),
     ({"state": "unclear", "looking_error": "WrongAddress"}, True), ({"state": "unclear"}, False),
     ({"state": "unclear", "looking_error": "Busy"}, False), ({"state": "done", "looking_error": "NoKey"}, False),
     ({"state": "done", "rename": "pending"}, True), ({"state": "done", "rename": "given_up"}, False)],
)  # fmt: skip
async def test_with_a_key_again_that_is_looked_for_which_waited_for_one(
    connection: AsyncConnection, values: dict[str, str], again: bool
) -> None:
    made = await unknown(connection, **values)
    await unsettled.look_again(connection, 1001, "7", NOW)
    order = await orders.get(connection, made)
    assert order is not None
    assert order.due_at == (NOW if again else None)


async def held_by(connection: AsyncConnection, order: int, holder: str | None) -> None:
    found = await orders.get(connection, order)
    assert found is not None
    mine = update(confirmations).where(confirmations.c.id == found.confirmation_id)
    await connection.execute(mine.values(held_by=holder))


async def test_of_several_processes_one_takes_over_what_those_had_that_are_gone(connection: AsyncConnection) -> None:
    for process in (HERE, THERE):
        await processes.begin(connection, process, HOUR)
    leased = {"leased_until": NOW + HOUR, "due_at": NOW + HOUR, "rename": "pending"}
    made = {}
    for holder in (HERE, THERE, GONE, None):
        made[holder] = await unknown(connection, **leased, leased_by=holder)
        await held_by(connection, made[holder], holder)
    under_way = {}
    for holder, state in ((THERE, "sending"), (GONE, "sending"), (None, "confirmed"), (GONE, "done")):
        under_way[holder, state] = await unknown(connection, state=state)
        await held_by(connection, under_way[holder, state], holder)
    taken = [order.id for order in await unsettled.take_over(connection, NOW, HERE)]
    assert taken == [under_way[GONE, "sending"], under_way[None, "confirmed"]]
    found = {order.id: order for order in await orders.history(connection, 1001)}
    assert {holder: found[order].due_at for holder, order in made.items()} == {
        HERE: NOW + HOUR, THERE: NOW + HOUR, GONE: NOW, None: NOW
    }  # fmt: skip
    free = await unsettled.lease(connection, list(made.values()), NOW, HOUR, HERE)
    assert {order.id for order in free} == {made[GONE], made[None]}
    for each, by_another in ((made[THERE], True), (made[HERE], False), (made[GONE], False), (made[None], False)):
        assert await unsettled.is_held_by_another(connection, each, HERE) is by_another
    assert not await unsettled.is_held_by_another(connection, under_way[GONE, "sending"], HERE)


async def test_a_lease_is_given_back_by_who_has_it_and_only_for_these_orders(connection: AsyncConnection) -> None:
    one, other = [await unknown(connection, due_at=NOW) for _ in range(2)]
    assert len(await unsettled.lease(connection, [one, other], NOW, HOUR, HERE)) == 2
    await unsettled.release(connection, [one], THERE)
    assert await unsettled.due(connection, NOW, LATEST, HOUR) == []
    await unsettled.release(connection, [one], HERE)
    assert await unsettled.due(connection, NOW, LATEST, HOUR) == [one]


async def test_with_a_key_again_the_orders_of_its_account_are_looked_for_whichever_of_the_persons_made_them(
    connection: AsyncConnection,
) -> None:
    await own_accounts.add(connection, 1001, 5001, 1, NOW)
    confirmed = await a_confirmation(connection, "q")
    made = [
        await an_order(connection, confirmed, telegram_id=person, px6_user_id=account, state="unknown")
        for person, account in ((1001, "7"), (5001, "7"), (1001, "8"), (1002, "7"))
    ]
    await unsettled.look_again(connection, 5001, "7", NOW)
    assert await unsettled.due(connection, NOW, LATEST, LONGEST) == made[:2]


async def test_those_that_are_looked_for_are_counted_by_their_states(connection: AsyncConnection) -> None:
    for state, due_at in (("unknown", NOW), ("unknown", NOW + DAY), ("unknown", None), ("sending", NOW),
                          ("done", NOW), ("unclear", NOW)):  # fmt: skip
        await unknown(connection, state=state, due_at=due_at)
    assert await unsettled.count_open(connection) == {"unknown": 2, "sending": 1}
