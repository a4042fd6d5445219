"""The middle of a check of many: px6 has answered some, and keeps the other answers back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.direct_phone import DirectPhone
from tests.px6_events import once_answered
from tests.world import World

AT_ONCE = 2  # so many are asked at a time
MANY = 1000


@contextmanager
def held_after(world: World, answers: int) -> Iterator[None]:
    """px6 answers so many checks, and keeps back the answers to those after them until the block ends."""
    with ExitStack() as held:
        left = answers

        def answered() -> None:
            nonlocal left
            left -= 1
            if left:
                once_answered(world.px6, "check", answered)
            else:
                held.enter_context(world.held("check", times=MANY))

        once_answered(world.px6, "check", answered)
        yield


async def comes_to_the_middle(world: World, answers: int, before: int = 0) -> None:
    """Wait until px6 has given its answers, and keeps back as many as are asked at a time.

    `before`: how many checks there were before.
    """
    await world.until(lambda: len(world.asked("check")) == before + answers + AT_ONCE)


async def stops(world: World, phone: DirectPhone) -> None:
    """Tap the newest Stop, and wait until the bot has taken that."""
    stop = phone.button("stop")
    assert stop is not None
    tap = phone.presses(*stop)
    await world.until(lambda: tap.answer is not None)
    assert "Stopping." in str(tap.answer)
