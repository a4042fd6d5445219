"""The clients of many keys."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

import px6
from px6 import Px6Pool
from tests.memory import reachable
from tests.px6.clock import Clock
from tests.px6.conftest import no_pause, until
from tests.px6.server import KEY, Px6, Reply, Request


@pytest.fixture(autouse=True)
def few_objects() -> None:
    """The collector need not go through what was there before the test."""
    gc.freeze()


async def test_a_key_has_one_client_however_often_it_is_asked_for() -> None:
    pool = Px6Pool()
    assert pool.client(KEY) is pool.client(KEY)
    assert pool.client(KEY) is not pool.client("other-key")


async def test_all_keys_use_one_set_of_connections_which_only_the_pool_closes(server: Px6) -> None:
    pool = Px6Pool([server.url])
    async with pool.client(KEY) as client:
        await client.account()
    await pool.client("other-key").account()
    assert [request.connection for request in server.requests] == [1, 1]
    await pool.close()


@pytest.mark.parametrize(("scope", "times"), [("key", [0, 0, 0, 0]), ("address", [0, 0, 0, 1])])
async def test_the_limit_is_one_for_each_key_or_one_for_all(server: Px6, scope: str, times: list[float]) -> None:
    clock = Clock()
    assert scope in ("key", "address")
    pool = Px6Pool([server.url], scope="key" if scope == "key" else "address", clock=clock, sleep=clock.sleep)
    began: list[float] = []

    async def call(key: str) -> None:
        await pool.client(key).account()
        began.append(clock() - 1000)

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(call(f"other-key-{number}"))
        await until(lambda: len(began) >= 3 + (scope == "key"))
        await clock.move(1)
    assert began == times
    await pool.close()


async def test_the_pool_forgets_clients_that_were_not_used_for_long() -> None:
    pool = Px6Pool(kept_clients=2)
    pool.client("other-key-0")
    others = [pool.client(f"other-key-{number}") for number in (1, 2)]
    gc.collect()
    assert len(pool) == 2
    assert pool.client("other-key-1") is others[0]


async def test_a_forgotten_client_leaves_its_throttle_until_all_its_slots_are_free(server: Px6) -> None:
    clock = Clock()
    pool = Px6Pool([server.url], kept_clients=1, clock=clock, sleep=clock.sleep)
    for _ in range(3):
        await pool.client(KEY).account()
    for number in range(4):
        pool.client(f"other-key-{number}")
    gc.collect()
    assert len(pool) == 1
    fourth = asyncio.ensure_future(pool.client(KEY).account())
    await clock.move(0.99)
    assert len(server.requests) == 3
    await clock.move(0.01)
    await fourth
    await clock.move(1)
    for number in range(4):
        pool.client(f"other-key-{number}")
    assert len(pool._throttles) <= 3
    await pool.close()


async def test_a_key_that_is_to_be_forgotten_leaves_only_its_limit_behind(server: Px6) -> None:
    clock = Clock()
    pool = Px6Pool([server.url], clock=clock, sleep=clock.sleep)
    for _ in range(3):
        await pool.client(KEY).account()
    pool.forget([KEY, "a key that it never had"])
    gc.collect()
    assert len(pool) == 0
    assert not [held for held in reachable(pool) if isinstance(held, str) and KEY in held]
    fourth = asyncio.ensure_future(pool.client(KEY).account())
    await clock.move(0.99)
    assert len(server.requests) == 3, "a new client of the key is under the limit of the old one"
    await clock.move(0.01)
    await fourth
    await pool.close()


async def test_whoever_holds_a_client_or_its_background_face_shares_its_throttle() -> None:
    pool = Px6Pool(kept_clients=1)
    background = pool.client(KEY).background
    pool.client("other-key")
    gc.collect()
    assert len(pool) == 2
    assert pool.client(KEY)._calls is background._calls
    assert background.background is background


async def refuse(pool: Px6Pool, key: str) -> None:
    with pytest.raises(px6.TooManyCalls):
        await pool.client(key).account()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_several_keys_refused_at_once_are_one_warning_that_names_the_setting(
    server: Px6, caplog: pytest.LogCaptureFixture
) -> None:
    server.otherwise = Reply(429)
    pool = Px6Pool([server.url], sleep=no_pause, clock=Clock().jumping)
    for key in (KEY, "other-key-1", "other-key-2"):
        await refuse(pool, key)
    (warning,) = warnings(caplog)
    assert "PX6_RATE_SCOPE=address" in warning
    assert KEY not in warning
    await pool.close()


async def test_one_key_refused_or_one_throttle_for_all_is_no_reason_to_warn(
    server: Px6, caplog: pytest.LogCaptureFixture
) -> None:
    server.otherwise = Reply(429)
    for pool, keys in (
        (Px6Pool([server.url], sleep=no_pause, clock=Clock().jumping), [KEY, KEY]),
        (Px6Pool([server.url], scope="address", sleep=no_pause, clock=Clock().jumping), [KEY, "other-key"]),
    ):
        for key in keys:
            await refuse(pool, key)
        await pool.close()
    assert warnings(caplog) == []


async def test_keys_refused_a_minute_apart_are_no_reason_to_warn(
    server: Px6, caplog: pytest.LogCaptureFixture
) -> None:
    server.otherwise, clock = Reply(429), Clock()
    pool = Px6Pool([server.url], sleep=no_pause, clock=clock)
    await refuse(pool, KEY)
    clock.pass_by(60)
    await refuse(pool, "other-key-1")
    assert warnings(caplog) == []
    clock.pass_by(59.9)
    await refuse(pool, "other-key-2")
    assert len(warnings(caplog)) == 1
    await pool.close()


async def test_the_client_that_was_not_used_for_longest_goes_first() -> None:
    pool = Px6Pool(kept_clients=2)
    first = id(pool.client("other-key-0"))
    for number in (1, 0, 2):
        pool.client(f"other-key-{number}")
    gc.collect()
    assert [name[0] for name in pool._recent] == ["other-key-0", "other-key-2"]
    assert id(pool.client("other-key-0")) == first


async def test_a_key_that_was_forgotten_has_a_new_client_even_while_somebody_holds_the_old_one() -> None:
    pool = Px6Pool()
    held, other = pool.client(KEY), pool.client("other-key")
    pool.forget([KEY])
    assert len(pool) == 1
    assert pool.client(KEY) is not held
    assert pool.client("other-key") is other


async def test_limits_of_keys_that_nobody_uses_are_kept_for_twice_as_many_as_clients() -> None:
    pool, kept = Px6Pool(kept_clients=2), []
    for number in range(6):
        pool.client(f"other-key-{number}")
        gc.collect()
        kept.append(len(pool._throttles))
    assert kept == [1, 2, 3, 4, 5, 3]


@pytest.mark.parametrize(("seconds", "requests"), [(14.5, 2), (15.0, 1)])
async def test_who_says_nothing_waits_thirty_seconds_for_an_answer(
    server: Px6, seconds: float, requests: int
) -> None:
    clock = Clock()

    def late(_: Request) -> Reply:
        clock.pass_by(seconds)
        return Reply(503)

    server.then(late)
    pool = Px6Pool([server.url], clock=clock, sleep=no_pause)
    await asyncio.gather(pool.client(KEY).account(), return_exceptions=True)
    assert len(server.requests) == requests, "a read is repeated if it failed within half of its time"
    await pool.close()
