"""What the connections to px6 are limited by, and which of its addresses counts."""

from __future__ import annotations

import pytest

from px6 import Unreachable
from px6.transport import Transport
from tests.px6.clock import Clock
from tests.px6.conftest import quick_client
from tests.px6.server import KEY, Fault, Px6, closed_port, serving


@pytest.mark.parametrize(("timeout", "connect"), [(30.0, 5.0), (10.0, 5.0), (9.0, 4.5), (0.5, 0.25)])
async def test_a_connection_may_take_five_seconds_or_half_of_the_time_for_an_answer(
    timeout: float, connect: float
) -> None:
    transport = Transport(timeout=timeout)
    session = transport._opened("")
    assert (session.timeout.connect, session.timeout.total) == (connect, None)
    assert transport._opened("") is session
    await transport.close()
    assert session.closed


async def test_the_throttles_limit_calls_and_not_the_connections_however_px6_is_reached() -> None:
    for proxy in ("", "socks5://127.0.0.1:1080", "http://127.0.0.1:3128"):
        transport = Transport(proxies=[proxy] if proxy else [])
        connector = transport._opened(proxy).connector
        assert connector is not None
        assert (connector.limit, getattr(connector, "_rdns", True)) == (0, True), "a proxy finds px6 by its name"
        await transport.close()


async def test_of_several_addresses_the_longest_must_have_room_for_a_call() -> None:
    transport = Transport(["https://px6.me/api", "https://proxy6.net/api", "https://a.b/api"])
    assert transport.hosts == ("px6.me", "proxy6.net", "a.b")
    assert transport.length("key/buy", "count=1") == len("https://proxy6.net/api/key/buy/?count=1")


@pytest.mark.parametrize(("fault", "seconds"), [("unreachable", 60.0), ("failing", 30.0)])
async def test_a_way_that_leads_nowhere_is_left_alone_for_its_time(server: Px6, fault: str, seconds: float) -> None:
    clock = Clock()
    async with serving() as other:
        dead = f"http://127.0.0.1:{await closed_port()}/api"
        transport = Transport([dead if fault == "unreachable" else server.url, other.url], clock=clock)
        server.otherwise = Fault.DROP
        first, second = transport._ways.best_first()
        try:
            await transport.get(f"{KEY}", "")
        except Exception as error:  # noqa: BLE001 - what was lost is another test's
            assert "connection lost" in str(error)
        clock.pass_by(seconds - 0.5)
        assert transport._ways.best_first() == [second, first]
        clock.pass_by(0.5)
        assert transport._ways.best_first() == [first, second]
        await transport.close()


async def test_where_nothing_leads_every_way_is_named() -> None:
    dead = [f"http://127.0.0.1:{await closed_port()}/api" for _ in range(2)]
    async with quick_client(dead) as client:
        with pytest.raises(Unreachable, match=r"^no connection to 127\.0\.0\.1, 127\.0\.0\.1$"):
            await client.account()
