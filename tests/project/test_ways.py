"""The ways through the house that `docs/architecture.md` and the README describe are the ways that journeys go.

Each step is `path/file.py:function` or `path/file.py:Class.method`. A journey is played, and what it enters compared.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.tracing import ROOT, Trace, first_missing, traced
from tests.world import Phone, World, world_without_bot

WAYS = (
    "A message",
    "A green tap until its receipt",
    "A digest and its one tap",
    "A settle after a restart",
    "A new key",
)
STEP = re.compile(r"`([\w/]+\.py):([\w.]+)`")


def described() -> dict[str, list[str]]:
    """The steps of each way, by the heading that it stands under."""
    text = (
        ROOT.joinpath("docs/architecture.md").read_text("utf-8").partition("\n## Five ways")[2].partition("\n## ")[0]
    )
    sections = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    return {
        section.partition("\n")[0]: [f"{file}:{name}" for file, name in STEP.findall(section)] for section in sections
    }


def goes(heading: str, trace: Trace) -> None:
    steps = described()[heading]
    assert len(steps) > 7
    missing = first_missing(steps, trace.entered)
    assert missing is None, f"{heading}: {missing} is not entered there; compare docs/architecture.md"


def test_all_ways_are_walked_below() -> None:
    assert set(described()) == set(WAYS)


async def bought(ann: Phone, world: World, *fault: str) -> None:
    """The quote of a purchase, and its green button."""
    await ann.says("/buy 2 30 de ipv6 socks shop")
    if fault:
        world.px6.fault(*fault)
        world.impatient()
    await ann.taps("Buy · ")
    await world.quiet()


async def test_a_message(world: World) -> None:
    ann = world.phone()
    await ann.connects()
    with traced() as trace:
        await ann.says("/proxies")
    goes("A message", trace)


async def test_a_green_tap_until_its_receipt(world: World) -> None:
    ann = world.phone()
    await ann.connects()
    await ann.says("/buy 2 30 de ipv6 socks shop")
    with traced() as trace:
        await ann.taps("Buy · ")
        await world.quiet()
    assert (await ann.reads()).startswith("Bought 2 × IPv6, Germany, 30 days")
    goes("A green tap until its receipt", trace)


async def test_a_digest_and_its_one_tap(world: World) -> None:
    ann = world.phone()
    await ann.connects()
    await world.app.services.sweep.run()
    with traced() as trace:
        for _ in range(3):
            world.move(timedelta(hours=30))
            await world.app.services.sweep.run()
            await world.quiet()
        await ann.taps("Prolong 30 days · ")
        await world.quiet()
    assert (await ann.reads()).startswith("Prolonged 1 proxy for 30 days")
    goes("A digest and its one tap", trace)


async def test_a_settle_after_a_restart(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            ann = world.phone()
            await ann.connects()
            await bought(ann, world, "silent_after", "buy")
            assert (await ann.reads()).startswith("Not known yet")
        with closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as connection:
            connection.execute("update orders set state = 'sending'")  # as a kill leaves it
            connection.commit()
        with traced() as trace:
            async with world.running_bot():
                await world.until(lambda: "bot/polling.py:Polling.run" in trace.entered)  # all before it was begun
                world.move(timedelta(seconds=10))
                await world.app.services.orders.settle_due()
                await world.quiet()
        assert (await ann.reads()).startswith("Bought 2 × IPv6, Germany, 30 days")
    goes("A settle after a restart", trace)


async def test_a_new_key(world: World) -> None:
    ann = world.phone()
    await ann.says("/start")
    with traced() as trace:
        await ann.says(world.key)
    goes("A new key", trace)


async def test_what_happens_when_somebody_taps_buy_as_the_readme_says_it(world: World) -> None:
    text = ROOT.joinpath("README.md").read_text("utf-8").partition("“What happens when I tap Buy”")[2]
    files = re.findall(r"`([\w/]+\.py)`", text.partition("\n\n")[0])
    assert len(files) > 7
    ann = world.phone()
    await ann.connects()
    await ann.says("/start")
    with traced() as trace:
        for label in ("Buy", "IPv6", "Germany", "30 days", "5", "Buy · "):
            await ann.taps(label)
            await world.quiet()
    assert (await ann.reads()).startswith("Bought 5 × IPv6, Germany, 30 days")
    assert first_missing(files, trace.files()) is None


@pytest.mark.parametrize("heading", WAYS)
def test_a_way_that_is_not_gone_is_noticed(heading: str) -> None:
    """The comparison itself: steps in another order are not the way."""
    steps = described()[heading]
    assert first_missing(steps, steps) is None
    assert first_missing(steps[::-1], steps) is not None
