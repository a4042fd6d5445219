"""px6 is reached only through proxies: people notice nothing, and nobody pays twice when one of them dies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.canaries import watched
from tests.proxy_server import ELSEWHERE, ProxyServer, proxying
from tests.px6_events import once_answered
from tests.world import World, world_without_bot

PASSWORD = "pa55-of-the-proxy"


@asynccontextmanager
async def behind_proxies(folder: Path) -> AsyncIterator[tuple[World, ProxyServer, ProxyServer]]:
    """A bot to which px6 has a name that only its two proxies know, a SOCKS and an HTTP one."""
    async with world_without_bot(folder) as world:
        port = int(world.sandbox.px6_url.rpartition(":")[2].partition("/")[0])
        async with proxying(port, "anna", PASSWORD) as first, proxying(port, "anna", PASSWORD) as second:
            given = (first.url("socks5", f"anna:{PASSWORD}"), second.url("http", f"anna:{PASSWORD}"))
            with watched(world.sandbox, folder):
                async with world.running_bot(px6_proxy=given, px6_api_urls=(f"http://{ELSEWHERE}/api",)):
                    yield world, first, second
                    await world.quiet()


async def test_whoever_buys_through_a_proxy_notices_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with behind_proxies(tmp_path) as (world, first, second):
        phone = world.phone()
        await phone.connects()
        await phone.says("/buy 1 30 de")
        first.die()
        await phone.taps("Buy ·")
        assert "Bought 1 × IPv6, Germany, 30 days" in await phone.reads()
        assert len(world.asked("buy")) == len(world.px6.books(world.key)) == 1
        assert first.asked and second.asked
    assert PASSWORD not in caplog.text


async def test_a_purchase_whose_proxy_dies_within_the_answer_is_found_out_by_the_other_and_paid_once(
    tmp_path: Path,
) -> None:
    async with behind_proxies(tmp_path) as (world, first, second):
        phone = world.phone()
        await phone.connects()
        await phone.says("/buy 1 30 de")
        once_answered(world.px6, "buy", first.die)
        await phone.taps("Buy ·")
        assert world.rows("SELECT state FROM orders") == [("unknown",)]
        assert "Bought" not in await phone.reads()
        world.move(timedelta(seconds=6))
        await world.app.services.orders.settle_due()
        await world.quiet()
        assert "Bought 1 × IPv6, Germany, 30 days" in await phone.reads()
        assert world.rows("SELECT state FROM orders") == [("done",)]
        assert len(world.asked("buy")) == len(world.px6.books(world.key)) == 1
        assert second.asked
