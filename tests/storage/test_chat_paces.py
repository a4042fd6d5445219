"""When a chat takes another message: a burst, then one after another, and how long that is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import chat_paces
from tests.databases import run
from tests.durations import HOUR, MINUTE, SECOND

APART = 60 * SECOND


async def waits(connection: AsyncConnection, times: int, chat: str = "a") -> list[int]:
    """The minutes that each of so many messages has to wait, begun ones in full."""
    found = [await chat_paces.take(connection, chat, APART, 2 * APART) for _ in range(times)]
    return [-(-each // MINUTE) for each in found]


async def pass_by(connection: AsyncConnection, time: timedelta) -> None:
    await run(connection, "UPDATE chat_paces SET full_at = full_at - ?", [time // timedelta(microseconds=1)])


async def test_three_are_sent_at_once_and_then_one_a_minute_to_each_chat(connection: AsyncConnection) -> None:
    assert await waits(connection, 5) == [0, 0, 0, 1, 1]
    assert await waits(connection, 1, "b") == [0]
    await pass_by(connection, APART)
    assert await waits(connection, 3) == [0, 1, 1]
    await pass_by(connection, 2 * HOUR)
    assert await waits(connection, 4) == [0, 0, 0, 1], "no more than the burst, however long nothing was sent"


@pytest.mark.parametrize(("ago", "kept"), [(55 * SECOND, 1), (65 * SECOND, 0)])
async def test_a_chat_is_known_until_a_minute_after_it_has_its_whole_burst_again(
    connection: AsyncConnection, ago: timedelta, kept: int
) -> None:
    assert await waits(connection, 1) == [0]
    await pass_by(connection, APART + ago)
    await chat_paces.remove_old(connection)
    assert (await run(connection, "SELECT count(*) FROM chat_paces")).scalar_one() == kept
