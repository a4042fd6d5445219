"""Equal reads under way are one call; countries, prices and stock are kept a while; each key for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import px6
from px6 import Px6Client, Px6Pool, Throttle, Version
from px6.sharing import KEPT_ANSWERS, AnswerCache, CallsUnderWay
from tests.px6.clock import Clock
from tests.px6.conftest import no_pause, until
from tests.px6.server import KEY, Fault, Px6, Reply, said

PRICED = said(price=1, period=7, count=1, list=[])


async def arrived(server: Px6, number: int) -> None:
    """Waits for the server to have this many requests."""
    await until(lambda: len(server.requests) >= number)


async def test_equal_reads_under_way_are_one_request(server: Px6, client: Px6Client) -> None:
    first, second, other = await asyncio.gather(client.account(), client.account(), client.background.account())
    assert first is second is other
    assert len(server.requests) == 1
    await client.account()
    assert len(server.requests) == 2


async def test_different_reads_are_not_shared(server: Px6, client: Px6Client) -> None:
    server.otherwise = PRICED
    await asyncio.gather(client.price(1, 7), client.price(1, 7, Version.SHARED), client.price(1, 7, Version.IPV4))
    assert len(server.requests) == 3


async def test_a_waiter_that_is_cancelled_leaves_the_call_to_the_others(server: Px6, client: Px6Client) -> None:
    first, second = (asyncio.ensure_future(client.account()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).user_id == "1"
    assert first.cancelled()
    assert len(server.requests) == 1


async def test_when_all_waiters_have_gone_the_call_ends_and_is_not_joined(server: Px6, client: Px6Client) -> None:
    server.then(Fault.SILENCE)
    waiters = [asyncio.ensure_future(client.account()) for _ in range(2)]
    await arrived(server, 1)
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    assert (await client.account()).user_id == "1"
    assert len(server.requests) == 2


async def test_an_error_reaches_everybody_who_waits(server: Px6, client: Px6Client) -> None:
    server.otherwise = Reply(500)
    errors = await asyncio.gather(client.account(), client.account(), return_exceptions=True)
    assert [type(error) for error in errors] == [px6.NoAnswer] * 2
    assert len(server.requests) == 3


async def test_a_person_does_not_wait_with_background_work_for_the_same(server: Px6) -> None:
    clock = Clock()
    throttle = Throttle(2, clock=clock, sleep=clock.sleep)
    async with (
        Px6Client(KEY, urls=[server.url], throttle=throttle) as client,
        asyncio.TaskGroup() as group,
        throttle.slot(),
    ):
        sweep = group.create_task(client.background.account())
        await clock.settle()
        await client.account()
        assert not sweep.done()
        sweep.cancel()


async def test_a_change_parts_what_was_read_before_from_what_is_read_after(server: Px6, client: Px6Client) -> None:
    server.then(Fault.SILENCE, PRICED, said(balance="42.50"))
    before = asyncio.ensure_future(client.account())
    await arrived(server, 1)
    await client.buy(1, 7, "ru")
    assert str((await client.account()).balance) == "42.50"
    before.cancel()


KEPT: list[tuple[Callable[..., Awaitable[Any]], Reply, float]] = [
    (lambda c, **how: c.countries(**how), said(list=["ru"]), 300),
    (lambda c, **how: c.price(1, 7, **how), PRICED, 300),
    (lambda c, **how: c.stock("ru", **how), said(count=9), 10),
]


@pytest.mark.parametrize(("ask", "reply", "seconds"), KEPT, ids=["countries", "price", "stock"])
async def test_answers_are_kept_a_while_and_asked_afresh_at_will(
    server: Px6, ask: Callable[..., Awaitable[Any]], reply: Reply, seconds: float
) -> None:
    server.otherwise, clock = reply, Clock()
    async with Px6Client(KEY, urls=[server.url], throttle=Throttle(99), clock=clock, sleep=no_pause) as client:
        first = await ask(client)
        await clock.move(seconds - 1)
        assert await ask(client.background) is first
        assert len(server.requests) == 1
        await asyncio.gather(ask(client, fresh=True), ask(client, fresh=True))
        assert len(server.requests) == 3
        await clock.move(seconds - 1)
        await ask(client)
        assert len(server.requests) == 3
        await clock.move(2)
        await ask(client)
        assert len(server.requests) == 4


async def test_a_change_empties_the_cache_because_balance_and_stock_moved(server: Px6, client: Px6Client) -> None:
    server.otherwise = PRICED
    await client.price(1, 7)
    await client.prolong(7, [1])
    await client.price(1, 7)
    assert server.methods == ["getprice", "prolong", "getprice"]


async def test_what_was_read_while_a_change_was_under_way_is_not_used_after_it(
    server: Px6, client: Px6Client
) -> None:
    server.then(Fault.SILENCE, said(count=9), said(count=8))
    buying = asyncio.ensure_future(client.buy(1, 7, "ru"))
    await arrived(server, 1)
    assert (await client.stock("ru")).count == 9
    assert (await client.stock("ru")).count == 9
    buying.cancel()
    await asyncio.gather(buying, return_exceptions=True)
    assert (await client.stock("ru")).count == 8


async def test_errors_are_not_kept(server: Px6, client: Px6Client) -> None:
    server.then(*[Reply(500)] * 3, said(count=9))
    with pytest.raises(px6.NoAnswer):
        await client.stock("ru")
    assert (await client.stock("ru")).count == 9


async def test_nothing_is_shared_or_kept_between_keys(server: Px6) -> None:
    server.otherwise = PRICED
    pool = Px6Pool([server.url])
    one, other = pool.client(KEY), pool.client("other-key")
    await asyncio.gather(one.price(1, 7), other.price(1, 7))
    await asyncio.gather(one.price(1, 7), other.price(1, 7))
    assert len(server.requests) == 2
    await pool.close()


async def test_the_cache_of_a_key_is_bounded() -> None:
    kept, asked = AnswerCache(Clock()), []

    async def ask() -> int:
        asked.append(1)
        return len(asked)

    for number in range(KEPT_ANSWERS + 1):
        await kept.get(number, 60, ask, fresh=False)
    await kept.get(KEPT_ANSWERS, 60, ask, fresh=False)
    assert len(asked) == KEPT_ANSWERS + 1
    await kept.get(0, 60, ask, fresh=False)
    assert len(asked) == KEPT_ANSWERS + 2


async def test_where_there_are_too_many_answers_that_goes_which_was_asked_for_longest_ago() -> None:
    kept = AnswerCache(Clock())

    async def ask() -> str:
        return "price"

    for number in (*range(KEPT_ANSWERS), 0):
        await kept.get(number, 60, ask, fresh=True)
    await kept.get("one more", 60, ask, fresh=False)
    assert [number for number in range(KEPT_ANSWERS) if not kept.has(number)] == [1]


@pytest.mark.parametrize(("passed", "is_kept"), [(59.5, True), (60.0, False)])
async def test_an_answer_is_given_again_until_its_time_is_over_and_whoever_asks_ahead_is_told_so(
    passed: float, is_kept: bool
) -> None:
    clock, asked = Clock(), list[str]()
    kept = AnswerCache(clock)

    async def ask() -> str:
        asked.append("price")
        return "price"

    assert not kept.has("price")
    await kept.get("price", 60, ask, fresh=False)
    clock.pass_by(passed)
    assert kept.has("price") is is_kept
    await kept.get("price", 60, ask, fresh=False)
    assert len(asked) == (1 if is_kept else 2)


async def test_an_answer_asked_for_before_the_cache_was_emptied_is_not_kept() -> None:
    kept, gate = AnswerCache(Clock()), asyncio.Event()

    async def ask() -> str:
        await gate.wait()
        return "old"

    async def ask_again() -> str:
        return "new"

    asking = asyncio.ensure_future(kept.get("price", 60, ask, fresh=False))
    await asyncio.sleep(0)
    kept.clear()
    gate.set()
    assert await asking == "old"
    assert await kept.get("price", 60, ask_again, fresh=False) == "new"


async def test_a_failure_that_everybody_left_alone_is_not_reported_as_forgotten() -> None:
    shown: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: shown.append(context))
    shared, begun = CallsUnderWay(), asyncio.Event()

    async def fail_when_cancelled() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError

    waiter = asyncio.ensure_future(shared.call("x", fail_when_cancelled))
    await begun.wait()
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0)
    assert shown == []


async def test_a_call_for_which_nobody_waits_any_more_is_cancelled_and_not_before() -> None:
    calls, events = CallsUnderWay(), list[str]()

    async def call() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            events.append("ended")

    first, second = (asyncio.ensure_future(calls.call("list", call)) for _ in range(2))
    for waiting, ended in ((first, []), (second, ["ended"])):
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.sleep(0)
        assert events == ended
    assert not calls.has("list")


async def test_what_may_have_changed_something_is_counted_and_told_to_whoever_listens(server: Px6) -> None:
    told: list[str] = []

    async def hear(user_id: str) -> None:
        told.append(user_id)

    server.then(said(), said(count=1), Reply(200, b"<html>"))
    pool = Px6Pool([server.url], changed=hear)
    client = pool.client(KEY, "1")
    counted = [client.changes]
    await client.account()
    counted.append(client.changes)
    await client.set_comment("new", old="old")
    counted.append(client.changes)
    with pytest.raises(px6.OutcomeUnknown):
        await client.buy(1, 7, "ru")
    counted.append(client.changes)
    await pool.close()
    assert [each - counted[0] for each in counted] == [0, 0, 1, 2]
    assert told == ["1", "1"]
