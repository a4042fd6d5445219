"""The key stands in every URL. It must not stand in anything that is shown, raised or logged."""

from __future__ import annotations

import asyncio
import gc
import logging
import traceback
import warnings
from collections.abc import Iterator

import pytest

import px6
from px6 import Px6Client, Px6Pool
from tests.px6.conftest import quick_client, until
from tests.px6.server import KEY, Fault, Px6, Reply, Script, closed_port, refused

FAULTS: dict[str, Script] = {
    "dropped": Fault.DROP,
    "cut short": Fault.HALF,
    "silent": Fault.SILENCE,
    "500 with the address": Reply(500, f"<html>/api/{KEY}/buy/</html>".encode()),
    "redirect": Reply(301, headers=f"Location: https://px6.me/api/{KEY}/buy\r\n"),
    "too many": Reply(429),
    "refused with the key": refused(100, f"Error key {KEY}"),
    "broken": Reply(200, KEY.encode()),
    "broken header": Reply(200, b"x", f"{KEY}\r\n"),
    "coding": Reply(200, b"\x1f", "Content-Encoding: gzip\r\n"),
    "cookie": Reply(200, b"{}", f"Set-Cookie: a={KEY}; expires=nonsense\r\n"),
}


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it, also what `from None` hides."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        one = todo.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__]


def assert_silent(error: BaseException) -> None:
    for one in chain(error):
        assert KEY not in str(one)
        assert KEY not in repr(one)
        assert KEY not in repr(one.args)
        assert KEY not in repr(vars(one))
        assert KEY not in "\n".join(getattr(one, "__notes__", []))
    assert KEY not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("method", ["buy", "account"])
async def test_no_error_and_no_log_shows_the_key(
    server: Px6, caplog: pytest.LogCaptureFixture, fault: Script, method: str
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    server.otherwise = fault
    async with quick_client([server.url], timeout=0.5) as client:
        with pytest.raises(px6.Px6Error) as caught:
            await (client.buy(1, 7, "ru") if method == "buy" else client.account())
    assert_silent(caught.value)
    logging.getLogger("px6").warning("shown as an operator would", exc_info=caught.value)
    assert caplog.records
    assert KEY not in caplog.text


async def test_neither_does_an_address_that_cannot_be_reached(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with quick_client([f"http://127.0.0.1:{await closed_port()}/api", "http://px6.invalid/api"]) as client:
        with pytest.raises(px6.Unreachable) as caught:
            await client.account()
    assert_silent(caught.value)
    assert KEY not in caplog.text


async def test_neither_does_a_call_that_is_cancelled(server: Px6, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.otherwise = Fault.SILENCE
    async with quick_client([server.url]) as client:
        call = asyncio.ensure_future(client.account())
        await until(lambda: bool(server.requests))
        assert KEY not in repr(call)
        assert all(KEY not in repr(task) for task in asyncio.all_tasks())
        call.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await call
    assert_silent(caught.value)
    assert KEY not in caplog.text


async def test_neither_does_the_session_when_nobody_closes_it(server: Px6, caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: shown.append(repr(context)))
    client = quick_client([server.url])
    await client.account()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del client
        for _ in range(3):  # what is just being ended in the loop has hold of the connection a little longer
            gc.collect()
            await asyncio.sleep(0.01)
    assert shown
    assert KEY not in "".join(shown)
    assert KEY not in caplog.text


async def test_no_repr_shows_the_key() -> None:
    pool = Px6Pool()
    for shown in (Px6Client(KEY), Px6Client(KEY).background, pool, pool.client(KEY)):
        assert KEY not in repr(shown)
    assert repr(Px6Client(KEY)) == "<Px6Client of px6.me, proxy6.net, px6.link>"


@pytest.mark.parametrize("key", ["a/b", "a?b#c", "a b\r\nX: y", "ключ", "%2e%2e", "\ud800"])
async def test_odd_keys_stay_one_part_of_the_path(server: Px6, key: str) -> None:
    server.otherwise = refused(100)
    async with quick_client([server.url], key="other-key" + key) as client:
        with pytest.raises(px6.WrongKey):
            await client.account()
    assert server.requests[0].target.count("/") == 3
