"""Two processes on one server pay: in turn, each once, and neither takes what the other has in hand."""

from __future__ import annotations

import asyncio

import pytest

from services.ground.presence import Presence
from tests.databases import run
from tests.services.rig import ANNA, Rig, present, second_process, waited_for

pytestmark = pytest.mark.postgresql("several processes share a server")


class Pair:
    """Two processes of the bot, each with a presence of its own."""

    def __init__(self, a: Rig, b: Rig, presences: list[Presence]) -> None:
        self.a, self.b, self.presences = a, b, presences


@pytest.fixture
async def pair(rig: Rig) -> Pair:
    """On databases that are closed after those who say there that they run."""
    database, other = rig.database, await second_process(rig)
    return Pair(rig, other, [await present(each, database) for each in (rig, other)])


async def test_two_taps_at_two_processes_at_once_spend_once(pair: Pair) -> None:
    quote, period = await pair.a.quoted_buy()
    claims = await asyncio.gather(*(one.orders.claim(ANNA, quote, period) for one in [pair.a, pair.b] * 3))
    (won,) = [claim.confirmation for claim in claims if claim.won]
    assert won is not None
    await asyncio.gather(*(one.orders.execute(won.id) for one in (pair.a, pair.b)))
    assert len(pair.a.requests("buy")) == 1
    assert len(pair.a.told) + len(pair.b.told) == 1


async def test_payments_of_one_account_in_two_processes_come_one_after_another(pair: Pair) -> None:
    first, second = await pair.a.quoted_buy(), await pair.b.quoted_buy()
    pair.a.fault("slow", "buy", seconds=0.3)
    await asyncio.gather(pair.a.pay(first), pair.b.pay(second))
    one, two = pair.a.rows("SELECT balance_before, balance_after FROM orders ORDER BY sent_at")
    assert two[0] == one[1], "the second has read what the first left"


async def test_a_start_leaves_alone_what_a_process_has_in_hand_that_runs(pair: Pair) -> None:
    quoted = await pair.a.quoted_buy()
    with pair.a.held("buy"):
        paying = asyncio.ensure_future(pair.a.pay(quoted))
        await waited_for(pair.a, "buy")
        assert await pair.b.orders.recover() == []
        assert pair.a.states() == ["sending"]
    await paying
    assert (pair.a.states(), len(pair.a.told), pair.b.told) == (["done"], 1, [])


async def test_what_a_process_had_confirmed_that_is_gone_is_carried_on_by_another(pair: Pair) -> None:
    quote, period = await pair.a.quoted_buy()
    claim = await pair.a.orders.claim(ANNA, quote, period)
    assert claim.confirmation is not None
    assert await pair.b.orders.recover() == []
    async with pair.b.database.write() as connection:
        await run(connection, "DELETE FROM processes WHERE id = ?", [pair.presences[0].process])
    assert await pair.b.orders.recover() == [claim.confirmation.id]
    assert await pair.b.orders.recover() == []
    await pair.b.orders.run(claim.confirmation.id)
    assert (pair.a.states(), len(pair.b.told)) == (["done"], 1)


async def test_what_a_process_deletes_that_runs_is_not_looked_for_by_another(pair: Pair) -> None:
    pair.a.proxy()
    deletion = await pair.a.confirm_deletion()
    await pair.b.deletions.recover()
    await pair.b.deletions.settle_due()
    assert pair.b.tellings == []
    async with pair.b.database.write() as connection:
        await run(connection, "DELETE FROM processes WHERE id = ?", [pair.presences[0].process])
    await pair.b.deletions.recover()
    for _ in range(2):
        await pair.b.deletions.settle_due()
        pair.b.passed += 100  # px6 had its time
    assert [told.id for told in pair.b.told_deletions] == [deletion.id]
