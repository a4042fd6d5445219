"""What a process of several leaves, killed or stopped in good order, is taken over by those that run on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App
from model.errors import StorageError
from services.ground.presence import Presence
from storage import deletions
from tests.durations import MINUTE
from tests.world import World, running_app, world_without_bot

pytestmark = pytest.mark.postgresql("several processes share a server")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A bot that runs on, whatever becomes of others."""
    async with world_without_bot(tmp_path) as both, running_app(both.settings, both.clock) as both.app:
        await both.phone().connects()
        yield both


async def beat(app: App) -> None:
    await presence_of(app).beat()


def presence_of(app: App) -> Presence:
    assert app._presence is not None
    return app._presence


async def leaves_a_deletion_open(app: App, proxy: int) -> None:
    """It is confirmed, and px6 has not said what became of it."""
    _, client = await app.services.accounts.connected(1001)
    listed = await client.proxies()
    found = await app.services.deletions.take(1001, await app.services.deletions.propose(1001, [proxy]), listed)
    assert found is not None
    app.services.deletions.end(found)


async def found_out(world: World) -> str:
    """What the person reads once px6 has had its time."""
    for _ in range(3):
        await beat(world.app)
        world.move(2 * MINUTE)
        await world.app.services.deletions.settle_due()
    return await world.phone().reads()


async def test_what_a_process_that_stops_leaves_open_of_a_deletion_is_found_out_and_told_by_another(
    world: World,
) -> None:
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(days=3))
    async with running_app(world.settings, world.clock) as stops:
        await leaves_a_deletion_open(stops, proxy.id)
    assert (await found_out(world)).startswith("Nothing was deleted")
    assert world.rows("SELECT certain FROM deletions") == [(True,)]


async def test_the_next_start_takes_up_at_once_what_the_last_process_of_all_left(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        proxy = world.px6.add_proxy(world.key, ends_in=timedelta(days=3))
        async with running_app(world.settings, world.clock) as world.app:
            await world.phone().connects()
            await leaves_a_deletion_open(world.app, proxy.id)
        async with running_app(world.settings, world.clock) as world.app:
            await world.until(lambda: world.app.http.opened)
            assert world.rows("SELECT held_by = ? FROM deletions", presence_of(world.app).process) == [(True,)]
            assert (await found_out(world)).startswith("Nothing was deleted")


async def test_a_part_of_a_take_over_that_the_database_cuts_off_keeps_back_no_other_and_is_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database has committed it, and could not say so any more."""
    proxy, seen = world.px6.add_proxy(world.key, ends_in=timedelta(days=3)), list[int]()
    take_over = deletions.take_over

    async def lost(connection: AsyncConnection, holder: str | None) -> list[int]:
        seen.extend(await take_over(connection, holder))
        raise StorageError("the server closed the connection")

    async with running_app(world.settings, world.clock) as stops:
        await leaves_a_deletion_open(stops, proxy.id)
        quote = await stops.services.orders.quote_prolong(1001, [proxy.id], [30])
        assert (await stops.services.orders.claim(1001, quote.id, 30)).won
    monkeypatch.setattr(deletions, "take_over", lost)
    with pytest.raises(StorageError):
        await beat(world.app)
    await world.quiet()
    assert (len(seen), len(world.px6.books(world.key))) == (1, 1), "the payment is carried on at once"
    monkeypatch.undo()
    assert (await found_out(world)).startswith("Nothing was deleted")
