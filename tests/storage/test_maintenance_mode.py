"""The one row of the maintenance mode, and the names of what operators were told."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from model.operators import Maintenance
from storage import maintenance_mode, troubles
from storage.engine.database import Database
from tests.durations import HOUR
from tests.sample_proxies import NOW


async def test_a_mode_that_is_on_keeps_its_beginning_and_takes_another_text(connection: AsyncConnection) -> None:
    assert await maintenance_mode.current(connection) is None
    await maintenance_mode.switch_on(connection, "Back at noon", NOW)
    await maintenance_mode.switch_on(connection, "Back at one", NOW + HOUR)
    assert await maintenance_mode.current(connection) == Maintenance(since=NOW, text="Back at one")
    await maintenance_mode.switch_on(connection, None, NOW + HOUR)
    assert await maintenance_mode.current(connection) == Maintenance(since=NOW, text=None)
    await maintenance_mode.switch_off(connection)
    assert await maintenance_mode.current(connection) is None


async def test_the_quick_look_sees_what_is_committed(database: Database) -> None:
    assert await maintenance_mode.look_up(database) is None
    async with database.write() as connection:
        await maintenance_mode.switch_on(connection, "Back at noon", NOW)
    assert await maintenance_mode.look_up(database) == Maintenance(since=NOW, text="Back at noon")


async def test_a_trouble_begins_and_ends_once(connection: AsyncConnection) -> None:
    assert await troubles.begin(connection, "disk", NOW)
    assert not await troubles.begin(connection, "disk", NOW + HOUR)
    assert await troubles.begin(connection, "px6", NOW + HOUR)
    assert await troubles.told(connection) == {"disk": NOW, "px6": NOW + HOUR}
    assert await troubles.end(connection, ["disk"])
    assert not await troubles.end(connection, ["disk"])
    assert await troubles.told(connection) == {"px6": NOW + HOUR}
