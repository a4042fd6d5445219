"""A fixed sample of the kills of `make crash`: one for each place of the list in services/orders/__init__.py."""

from __future__ import annotations

import asyncio

import pytest

from tests.crash.harness import Kill, Verdict, harness
from tests.crash.journeys import Journey

# Where it is killed, what px6 has booked then, and how the order ends.
PLACES = (
    ("disk: UPDATE quotes", 1, "done"),  # before the claim: the tap did nothing, and is made again
    ("network: telegram editMessageText: send: before", 0, "not_sent"),  # claimed, nothing sent
    ("network: px6 {method}: send: before", 0, "not_done"),  # `sending` is on disk, the call has not left
    ("network: px6 {method}: headers: before", 1, "done"),  # px6 has the call
    ("network: px6 {method}: body: after", 1, "done"),  # px6 has answered, nothing is written down
)
NEVER = Kill()
JOURNEYS = (Journey("buy", "classic"), Journey("prolong", "current"))


async def killed_everywhere() -> list[tuple[Verdict, int, str]]:
    """All runs of the sample, several at once."""
    runs = [
        (journey, Kill(at_point=place.format(method=journey.kind)), spends, state)
        for journey in JOURNEYS
        for place, spends, state in PLACES
    ]
    runs.append((Journey("buy", "current"), NEVER, 1, "done"))
    async with harness() as machine:
        verdicts = await asyncio.gather(*(machine.run(journey, kill) for journey, kill, _, _ in runs))
    return [(verdict, spends, state) for verdict, (_, _, spends, state) in zip(verdicts, runs, strict=True)]


@pytest.mark.timeout(170)
async def test_a_bot_that_is_killed_while_it_pays_spends_once_and_tells_the_truth() -> None:
    outcomes = await killed_everywhere()
    for verdict, spends, state in outcomes:
        where = f"{verdict.journey}, {verdict.kill.at_point}"
        assert not verdict.wrong, f"{where}: {verdict.wrong}"
        assert verdict.killed == (verdict.kill != NEVER), f"{where} is not a point any more"
        assert (verdict.spends, list(verdict.states)) == (spends, [state]), where
        assert verdict.told == ({"done"} if spends else {"nothing spent"}), where
