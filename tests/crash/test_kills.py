"""A fixed sample of the kills of `make crash`: one for each place of the list in services/orders/__init__.py."""

from __future__ import annotations

import asyncio

import pytest

from tests.crash.bots import Spawner
from tests.crash.harness import Kill, Verdict, harness
from tests.crash.journeys import Journey

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(170)]

# Where it is killed, what px6 has booked then, and how the order ends.
PLACES = (
    ("disk: UPDATE quotes", 1, "done"),  # before the claim: the tap did nothing, and comes again
    ("disk: COMMIT: before", 1, "done"),  # the claim is not on disk yet
    ("network: telegram editMessageText: send: before", 1, "done"),  # claimed, nothing sent: carried on
    ("network: px6 {method}: send: before", 0, "not_done"),  # `sending` is on disk, the call has not left
    ("network: px6 {method}: headers: before", 1, "done"),  # px6 has the call
    ("network: px6 {method}: body: after", 1, "done"),  # px6 has answered, nothing is written down
)
RUNS = (
    *((Journey("buy", "classic"), place, spends, (state,)) for place, spends, state in PLACES),
    *((Journey("prolong", "current", "account"), place, spends, (state,)) for place, spends, state in PLACES[3:]),
    *((Journey("buy", "current", "webhook"), place, spends, (state,)) for place, spends, state in PLACES[:3]),
    # While it settles; in the start after a kill; while it makes a new quote; between the parts of a long prolong.
    (Journey("prolong", "current", "lost"), "disk: SELECT journal", 1, ("done",)),
    (Journey("buy", "classic", "recovery"), "disk: UPDATE orders", 1, ("done",)),
    (Journey("prolong", "classic", "requote"), "disk: INSERT quotes", 0, ("requoted",)),
    (Journey("prolong", "current", "parts"), "network: px6 {method}: body: after", 1, ("done", "not_sent")),
)


async def killed_everywhere(warm: Spawner) -> list[Verdict]:
    """All runs of the sample, several at once."""
    async with harness(warm) as machine:
        kills = [(journey, Kill(at_point=place.format(method=journey.kind))) for journey, place, _, _ in RUNS]
        verdicts = await asyncio.gather(*(machine.run(journey, kill) for journey, kill in kills))
        # Beside eleven others a look may come before a kill is armed: such a run is made again by itself.
        return [
            verdict if verdict.killed or verdict.wrong else await machine.run(verdict.journey, verdict.kill)
            for verdict in verdicts
        ]


async def test_a_bot_that_is_killed_while_it_pays_spends_once_and_tells_the_truth(warm: Spawner) -> None:
    for verdict, (_, _, spends, states) in zip(await killed_everywhere(warm), RUNS, strict=True):
        where = f"{verdict.journey}, {verdict.kill.at_point}"
        assert not verdict.wrong, f"{where}: {verdict.wrong}"
        assert verdict.killed, f"{where} is not a point any more"
        assert (verdict.spends, tuple(verdict.states)) == (spends, states), where
