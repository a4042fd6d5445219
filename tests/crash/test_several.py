"""A few of the kills of `python -m tests.crash.several`: four bots on one PostgreSQL, of which one dies, or all."""

from __future__ import annotations

import asyncio

import pytest

from tests.crash.bots import Spawner
from tests.crash.journeys import Journey
from tests.crash.moments import Kill, machine

pytestmark = [
    pytest.mark.postgresql("several processes share a server"),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(170),
]


async def test_of_four_bots_any_may_be_killed_while_one_pays_and_all_sweep(warm: Spawner) -> None:
    async with machine(warm, at_once=2) as several:
        first, every, swept = await asyncio.gather(
            several.pays(Journey("buy", "current"), Kill("the one that polls", after=0.3)),
            several.pays(Journey("prolong", "current"), Kill("all", after=0.5)),
            several.sweeps("another", 1.0, people=6),
        )
    assert (first.verdict.wrong, every.verdict.wrong, swept.wrong) == ([], [], [])
    assert first.verdict.told
    assert every.verdict.told
    assert max(first.verdict.spends, every.verdict.spends) <= 1
    assert max(swept.reminded) == 1
