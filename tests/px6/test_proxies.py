"""px6 through proxies: never around them, by the next when one fails, and never twice what may have left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

import px6
from px6 import Px6Client, Px6Pool, Throttle
from tests.proxy_server import ELSEWHERE, ProxyServer, Trouble, proxying
from tests.px6.clock import Clock
from tests.px6.conftest import no_pause
from tests.px6.server import KEY, Fault, Px6, closed_port, said
from tests.small_servers import listening

URL = f"http://{ELSEWHERE}/api"
PASSWORD = "s3cret-pa55"
SCHEMES = ["socks5", "http"]
LATE = 1.0
"""Seconds: long enough for a busy machine to connect, the only real wait of these tests."""
DONE = said(price=1, period=7, count=1, list=[])


def client_through(*proxies: str, url: str = URL, timeout: float = 5.0, **more: Any) -> Px6Client:
    return Px6Client(
        KEY, urls=[url], proxies=proxies, timeout=timeout, throttle=Throttle(1000), sleep=no_pause, **more
    )


@pytest.fixture
async def proxy(server: Px6) -> AsyncIterator[ProxyServer]:
    async with proxying(server.port) as one:
        yield one


@pytest.fixture
async def second(server: Px6) -> AsyncIterator[ProxyServer]:
    async with proxying(server.port) as one:
        yield one


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_px6_that_only_the_proxy_finds_is_reached_through_it(
    server: Px6, proxy: ProxyServer, scheme: str
) -> None:
    async with client_through() as direct:
        with pytest.raises(px6.Unreachable):
            await direct.account()
    async with client_through(proxy.url(scheme)) as client:
        assert (await client.account()).user_id == "1"
        await client.account()
    assert proxy.asked == [ELSEWHERE], "the connection is kept"
    assert server.methods == ["", ""]


async def test_the_clients_of_a_pool_go_through_its_proxies_too(server: Px6, proxy: ProxyServer) -> None:
    pool = Px6Pool([URL], proxies=[proxy.url("socks5")])
    await pool.client(KEY).account()
    await pool.client("other-key").account()
    await pool.close()
    assert proxy.asked == [ELSEWHERE]
    assert len(server.requests) == 2


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_px6_that_could_be_reached_directly_is_not_while_the_proxy_is_down(server: Px6, scheme: str) -> None:
    async with client_through(f"{scheme}://127.0.0.1:{await closed_port()}", url=server.url) as client:
        with pytest.raises(px6.Unreachable):
            await client.account()
        with pytest.raises(px6.Unreachable):
            await client.buy(1, 7, "ru")
    assert server.connections == 0


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_login_opens_the_proxy_and_no_other_does(server: Px6, scheme: str) -> None:
    async with proxying(server.port, login="anna@home", password=PASSWORD) as proxy:
        async with client_through(proxy.url(scheme, f"anna%40home:{PASSWORD}")) as client:
            await client.account()
        async with client_through(proxy.url(scheme, f"anna%40home:x{PASSWORD}")) as client:
            with pytest.raises(px6.Unreachable):
                await client.account()
    assert len(server.requests) == 1


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("trouble", Trouble)
async def test_a_purchase_goes_by_the_next_proxy_when_one_leads_nowhere(
    server: Px6, proxy: ProxyServer, second: ProxyServer, scheme: str, trouble: Trouble
) -> None:
    proxy.trouble, server.otherwise = trouble, DONE
    timeout = 2 * LATE if trouble is Trouble.SILENT else 5.0
    async with client_through(proxy.url(scheme), second.url(scheme), timeout=timeout) as client:
        await client.buy(1, 7, "ru")
    assert server.methods == ["buy"]
    assert second.asked == [ELSEWHERE]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_what_is_no_proxy_leads_nowhere(server: Px6, second: ProxyServer, scheme: str) -> None:
    async def talks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n\r\n")

    async with (
        listening(talks) as port,
        client_through(f"{scheme}://127.0.0.1:{port}", second.url(scheme)) as client,
    ):
        await client.account()
    assert server.methods == [""]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_purchase_whose_proxy_dies_within_the_answer_is_open_and_goes_by_no_other_way(
    server: Px6, proxy: ProxyServer, second: ProxyServer, scheme: str
) -> None:
    proxy.answers_cut, server.otherwise = True, DONE
    async with client_through(proxy.url(scheme), second.url(scheme)) as client:
        with pytest.raises(px6.OutcomeUnknown):
            await client.buy(1, 7, "ru")
        assert server.methods == ["buy"]
        assert second.asked == []
        server.otherwise = said()
        await client.account()
        assert second.asked == [ELSEWHERE], "the next call goes by the other way first"


async def test_a_purchase_that_px6_drops_behind_the_proxy_is_open_too(
    server: Px6, proxy: ProxyServer, second: ProxyServer
) -> None:
    server.otherwise = Fault.DROP
    async with client_through(proxy.url("socks5"), second.url("socks5")) as client:
        with pytest.raises(px6.OutcomeUnknown):
            await client.buy(1, 7, "ru")
    assert server.methods == ["buy"]
    assert second.asked == []


async def test_a_read_whose_proxy_dies_within_the_answer_is_read_again_by_the_next(
    server: Px6, proxy: ProxyServer, second: ProxyServer
) -> None:
    proxy.answers_cut = True
    async with client_through(proxy.url("socks5"), second.url("http")) as client:
        assert (await client.account()).user_id == "1"
    assert (proxy.asked, second.asked) == ([ELSEWHERE], [ELSEWHERE])


@pytest.mark.parametrize(("seconds", "is_first_again"), [(59.5, False), (60.0, True)])
async def test_a_way_that_led_nowhere_is_left_alone_for_a_minute(
    server: Px6, proxy: ProxyServer, second: ProxyServer, seconds: float, is_first_again: bool
) -> None:
    clock = Clock()
    proxy.trouble = Trouble.REFUSES
    async with client_through(proxy.url("socks5"), second.url("socks5"), clock=clock) as client:
        await client.account()
        assert len(proxy.asked) == 1
        await client.account()
        assert len(proxy.asked) == 1
        clock.pass_by(seconds)
        await client.account()
    assert len(proxy.asked) == 1 + is_first_again
    assert len(server.requests) == 3


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that this machine was asked for."""
    asked: list[str] = []

    def note(resolve: Callable[..., Any]) -> Callable[..., Any]:
        def noted(self: Any, host: str, *given: Any, **more: Any) -> Any:
            asked.append(host)
            return resolve(self, host, *given, **more)

        return noted

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", note(asyncio.BaseEventLoop.getaddrinfo))
    return asked


async def test_a_proxy_that_is_gone_is_tried_once_for_all_addresses_and_looks_up_no_name_of_px6(
    server: Px6, second: ProxyServer, looked_up: list[str]
) -> None:
    """Whoever runs the bot where px6 is blocked may not want its name asked for there."""
    other = URL.replace(ELSEWHERE, "not-known-either.invalid")
    proxies = ["socks5://proxy.invalid:1080", second.url("socks5")]
    async with Px6Client(KEY, urls=[other, URL], proxies=proxies, sleep=no_pause) as client:
        await client.account()
    assert [name for name in looked_up if name.endswith(".invalid")] == ["proxy.invalid"]
    assert second.asked == ["not-known-either.invalid", ELSEWHERE]
    assert len(server.requests) == 1


async def test_no_error_log_or_repr_shows_the_login_of_a_proxy(server: Px6, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    shown: list[str] = []
    async with proxying(server.port, login="anna", password="other") as proxy:
        for port in (proxy.port, await closed_port()):
            for scheme in SCHEMES:
                client = client_through(f"{scheme}://anna:{PASSWORD}@127.0.0.1:{port}")
                with pytest.raises(px6.Unreachable) as caught:
                    await client.account()
                logging.getLogger("px6").warning("shown as an operator would", exc_info=caught.value)
                shown += [str(caught.value), repr(caught.value.__context__), repr(client)]
                assert f"through 127.0.0.1:{port}" in shown[-3]
                await client.close()
    assert "anna" not in "".join((*shown, caplog.text))
    assert PASSWORD not in "".join((*shown, caplog.text))


@pytest.mark.parametrize(
    "proxy",
    ["", "127.0.0.1:1080", "https://host:1080", "socks5://s3cret@host", "socks5://me:s3cret/x@host:1", "http://:1"],
)
def test_what_is_no_address_of_a_proxy_is_refused_at_once_without_being_shown(proxy: str) -> None:
    with pytest.raises(ValueError, match="not the address of a proxy") as caught:
        Px6Client(KEY, proxies=[proxy])
    assert "s3cret" not in repr(caught.value) + repr(caught.value.__context__)
