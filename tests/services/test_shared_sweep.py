"""Processes that sweep beside each other share what is due, as they share what Telegram takes in a second."""

from __future__ import annotations

import asyncio

import pytest

from services.sweep import SHARED_BATCH
from tests.databases import run
from tests.services.rig import Rig, present, second_process
from tests.services.watching import Watch

pytestmark = pytest.mark.postgresql("several processes share a server")


async def test_no_process_takes_what_another_could_look_at_in_the_same_time(rig: Rig) -> None:
    """Each may send half of what Telegram takes: if one had all, the other half would be wasted."""
    for person in range(2001, 2001 + 4 * SHARED_BATCH):
        await rig.accounts.connect(person, rig.px6.add_account(balance="1000.00").key)
    database, other = rig.database, await second_process(rig)
    for process in (rig, other):
        await present(process, database)
    async with database.write() as connection:
        await run(connection, "UPDATE watches SET next_look_at = 0")
    both = Watch(rig), Watch(other)
    await asyncio.gather(*(watch.sweep.run() for watch in both))
    one, two = (watch.begun for watch in both)
    assert one + two == 4 * SHARED_BATCH + 1 + 2, "each account, Anna's too, and the end of each round"
    assert abs(one - two) <= 2 * SHARED_BATCH
