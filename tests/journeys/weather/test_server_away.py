"""The PostgreSQL goes away and comes back under the bot: people are told in words, nothing is lost or bought."""

from __future__ import annotations

import pytest

from tests.journeys.laid import connected
from tests.world import World

pytestmark = pytest.mark.postgresql


async def test_a_server_that_is_away_is_told_in_words_and_the_bot_goes_on_when_it_is_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    from tests import postgresql

    phone = await connected(world)
    await phone.says("/buy 1 30 de")
    green = (await phone.screen())["message_id"]
    for _ in range(2):
        caplog.clear()
        with postgresql.away(world.folder):
            assert (await phone.taps("Buy ·", green))["answered"]
            assert (await phone.reads()).startswith("The bot cannot save data right now\nNothing was spent just now.")
            assert "the database cannot be written" in (await world.app.readiness.state())["reasons"]
        lines = [record.getMessage() for record in caplog.records if record.name == "handlers.entry.gate"]
        assert lines
        assert all(line.startswith("A turn failed: the database cannot be used: ") for line in lines)
        assert not any("\n" in line for line in lines)
        await phone.says("/balance")
        assert "cannot" not in await phone.reads()
    assert world.px6.books(world.key) == []
    await phone.taps("Buy ·", green)
    assert len(world.px6.books(world.key)) == 1
    assert world.rows("SELECT state FROM orders") == [("done",)]


async def test_a_server_that_restarts_is_noticed_by_nobody(world: World) -> None:
    from tests import postgresql

    phone = await connected(world)
    for days in (30, 60):
        await phone.says(f"/buy 1 {days} de")
        postgresql.cut(world.folder)
        await phone.taps("Buy ·")
    assert len(world.px6.books(world.key)) == 2
    assert world.rows("SELECT state FROM orders") == [("done",), ("done",)]
