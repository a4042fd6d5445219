"""Two processes on one server pay: in turn, each once, and neither takes what the other has in hand."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from services.ground.presence import Presence
from storage import confirmations
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


async def test_what_was_taken_over_is_carried_on_though_the_database_went_away_meanwhile(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotes = [await pair.a.quoted_buy() for _ in range(2)]
    claims = [await pair.a.orders.claim(ANNA, *quoted) for quoted in quotes]
    async with pair.b.database.write() as connection:
        await run(connection, "DELETE FROM processes WHERE id = ?", [pair.presences[0].process])
    start_anew, tries = confirmations.start_anew, list[int]()

    async def away_once(connection: AsyncConnection, confirmation_id: int) -> None:
        tries.append(confirmation_id)
        if len(tries) == 2:
            raise StorageError("the server closed the connection")
        await start_anew(connection, confirmation_id)

    monkeypatch.setattr(confirmations, "start_anew", away_once)
    with pytest.raises(StorageError):
        await pair.b.orders.recover()
    confirmed = [claim.confirmation.id for claim in claims if claim.confirmation]
    assert await pair.b.orders.recover() == confirmed
    assert await pair.b.orders.recover() == []
    for each in confirmed:
        await pair.b.orders.run(each)
    assert (pair.a.states(), len(pair.a.requests("buy"))) == (["done"] * 2, 2)


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
