"""Who floods the bot waits for themselves, and not without end; nobody else waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.entry.waiting import Delays
from sandbox.px6.state import Px6State
from tests.direct_phone import DirectPhone
from tests.intakes import WAYS
from tests.world import new_world

TOO_MUCH = "Too much at once. Wait for the answers, then send the rest again."


def cut_off(px6: Px6State) -> None:
    """The call that is not answered ends; the next one is answered."""
    px6.fault("down")
    px6.clear_faults()


@pytest.mark.parametrize("webhook", [False, True], ids=WAYS)
async def test_a_flood_is_bounded_and_said_once_while_another_person_is_served(tmp_path: Path, webhook: bool) -> None:
    async with new_world(tmp_path, webhook=webhook) as world:
        token = world.settings.bot_token.get_secret_value()
        flooding, other = (DirectPhone(world.telegram, token, person) for person in (1001, 1002))
        await world.phone().connects()
        world.px6.fault("silent_before", "getproxy", times=1)
        flooding.says("/proxies")
        for _ in range(90):
            flooding.says("/nonsense")
        other.says("/nonsense")
        await world.until(lambda: any("no such command" in text for text in other.seen))
        assert not any("no such command" in text for text in flooding.seen), "one after another"
        world.app.gate.delays = Delays(answer=0.2, cover=60)  # those that wait are answered so
        taps = [flooding.forges("open:proxies") for _ in range(90)]
        await world.until(lambda: all(tap.answer is not None for tap in taps))
        cut_off(world.px6)
        await world.quiet()
        assert flooding.seen.count(TOO_MUCH) == 1
        assert sum("no such command" in text for text in flooding.seen) == 29, (
            "30 with the one that px6 does not answer"
        )
        assert [tap.answer["text"] for tap in taps if tap.answer].count(TOO_MUCH) == 1

        flooding.says("/nonsense")
        await world.quiet()
        assert sum("no such command" in text for text in flooding.seen) == 30, "afterwards all is as ever"
