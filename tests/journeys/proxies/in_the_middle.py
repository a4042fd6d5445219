"""The middle of a check of many: px6 has answered some, and keeps the other answers back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

from model.colleagues import Right
from tests.direct_phone import DirectPhone
from tests.journeys.account.offices import Office
from tests.journeys.connecting import just_connected
from tests.px6_events import once_answered
from tests.world import Phone, World

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


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


def checked(world: World) -> int:
    return sum(call.method == "check" for call in world.px6.calls)


def direct(world: World, phone: Phone) -> DirectPhone:
    """Their phone, with which nothing is waited for that a message or a tap starts."""
    return DirectPhone(world.telegram, world.token, phone.id)


async def seen(world: World, phone: Phone, words: str) -> None:
    """Wait until the newest message says so."""
    person = direct(world, phone)
    await world.until(lambda: words in person.stands()[-1])


@asynccontextmanager
async def in_the_middle_of_checking(world: World, count: int) -> AsyncIterator[Phone]:
    """Somebody whose bot is checking so many proxies just now: px6 has answered for three, for two more it does after
    the block."""
    phone = world.phone()
    await phone.connects()
    for _ in range(count):
        world.px6.add_proxy(world.key, comment="bulk", ends_in=timedelta(days=50))
    ids = " ".join(str(p.id) for p in mine(world).values() if p.comment == "bulk")
    with held_after(world, 3):
        direct(world, phone).says(f"/check {ids}")
        await seen(world, phone, "Checking ")
        await comes_to_the_middle(world, 3)
        yield phone


@asynccontextmanager
async def colleague_in_the_middle_of_checking(world: World, count: int, answers: int) -> AsyncIterator[Office]:
    """The same of a colleague who may check: px6 has given so many answers."""
    office = Office(await just_connected(world))
    await office.lets(Right.CHECK)
    ids = office.ann.add(count, ends_in=timedelta(days=50))
    with held_after(world, answers):
        direct(world, office.bob).says(f"/check {' '.join(map(str, ids))}")
        await comes_to_the_middle(world, answers)
        yield office
