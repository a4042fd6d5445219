"""On the running bot: what is about to be spent is durably on disk before the call leaves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from tests.intakes import by_both_ways
from tests.world import World


@by_both_ways
@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_the_order_is_committed_as_sending_before_px6_hears_of_it(world: World, method: str) -> None:
    phone, on_disk = world.phone(), list[tuple[Any, ...]]()
    await phone.connects()
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(days=9))

    def heard(event: Any) -> None:
        if event.type == "received" and event.data["method"] == method:
            on_disk.extend(world.rows("SELECT state, sent_at IS NOT NULL, balance_before IS NOT NULL FROM orders"))

    world.px6.events.subscribe(heard)
    await phone.says("/buy 2 30 de" if method == "buy" else f"/prolong 30 {proxy.id}")
    await phone.taps("RUB")
    assert on_disk == [("sending", 1, 1)]
    assert world.rows("SELECT state FROM orders") == [("done",)]


@by_both_ways
async def test_every_commit_of_the_running_bot_is_on_the_disk_when_it_returns(world: World) -> None:
    # The connection that the bot itself writes with: another one would have settings of its own.
    database = world.app.services.accounts._database
    async with database.write() as connection:
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar_one() == 2, "2 is FULL"
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar_one() == "wal"
        assert (await connection.exec_driver_sql("PRAGMA secure_delete")).scalar_one() == 1


@pytest.mark.unforeseen
@by_both_ways
async def test_a_database_that_cannot_be_written_keeps_the_call_from_leaving(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 2 30 de")
    # What is claimed is inserted; the first update of an order is that it is being sent.
    with closing(sqlite3.connect(world.folder / "bot.sqlite3")) as other:
        other.execute("CREATE TRIGGER full BEFORE UPDATE ON orders BEGIN SELECT RAISE(FAIL, 'disk full'); END")
        other.commit()
    await phone.taps("RUB")
    assert [call.method for call in world.px6.calls].count("buy") == 0
    assert world.px6.books(world.key) == []
    assert world.rows("SELECT state FROM orders") == [("confirmed",)]
