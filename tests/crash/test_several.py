"""A few of the kills of `python -m tests.crash.several`: of one of four bots on a PostgreSQL, and of the server."""

from __future__ import annotations

import asyncio

import pytest

import sandbox
from tests.crash.acts import OtherAccount, Payment, Reminder
from tests.crash.bots import Spawner
from tests.crash.moments import machine
from tests.crash.team import Cut, Run, teams

pytestmark = [
    pytest.mark.postgresql("several processes share a server"),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(170),
]

KILLED = (
    (Payment, "buy", Cut("whoever does it", "disk: INSERT leases: after (2)")),  # about to be told
    (
        Reminder,
        "prolong",
        Cut("whoever does it", "disk: INSERT chat_paces (1)"),
    ),  # about to be sent
)
SERVER = (
    OtherAccount,
    "prolong",
    Cut("the database", "network: px6 prolong: headers: before (1)"),
)  # px6 has the call


async def test_of_four_bots_any_may_be_killed_and_so_may_the_server(warm: Spawner) -> None:
    async with (
        sandbox.running(profile="current") as stand_ins,
        teams(stand_ins, warm, 1, durable=False) as (team,),
        teams(stand_ins, warm, 1, durable=True) as (other,),
    ):

        async def one_after_another() -> list[Run]:
            return [await team.plays(*each) for each in KILLED]

        [paid, reminded], server = await asyncio.gather(one_after_another(), other.plays(*SERVER))
    for run in (paid, reminded, server):
        assert run.killed, f"{run.cut.point} is not a point any more"
        assert run.wrong == []
    assert (paid.spent, server.spent) == (1, 1)
    assert (paid.waited, paid.told) == (False, 1), "what a killed process had not told is told at once"
    assert (reminded.waited, reminded.told) == (True, 1), "five minutes later"


async def test_while_one_of_four_bots_is_killed_all_remind_everybody_once(warm: Spawner) -> None:
    async with machine(warm) as several:
        swept = await several.sweeps("another", 1.0, people=6)
    assert swept.wrong == []
    assert min(swept.reminded) == 1
    assert sum(count - 1 for count in swept.reminded) <= swept.late, "again only where nobody knew whether it arrived"
