"""What is leaned on of the libraries' private parts, and why: each test fails the day a library changes it.

Then read the comment beside the trick: it says what the trick buys, and the trick may be needless by now.
"""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import Response

import px6
from bot.telegram_session import TelegramSession
from storage.engine.connection import connect
from tests.px6.conftest import quick_client
from tests.px6.server import KEY, Fault, serving


async def test_aiohttp_alone_sends_a_get_again_when_the_connection_is_dropped() -> None:
    """Why `px6/transport.py` raises errors of its own within aiohttp: a purchase is a GET."""
    async with serving() as server, aiohttp.ClientSession() as session:
        server.then(Fault.DROP, Fault.DROP)
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{server.url}/{KEY}/buy/")
        assert server.methods.count("buy") == 2


async def test_the_client_of_px6_sends_it_once() -> None:
    async with serving() as server, quick_client([server.url]) as client:
        server.then(Fault.DROP, Fault.DROP)
        with pytest.raises(px6.OutcomeUnknown):
            await client.prolong(7, [1])
        assert server.methods.count("prolong") == 1


async def test_a_connection_that_is_left_open_lets_the_process_end(tmp_path: Path) -> None:
    """aiosqlite's `_thread`, `_execute` and `_conn`: `storage/engine/connection.py`."""
    path = tmp_path / "one.sqlite3"
    path.touch()
    connection = await connect(path, write=True)
    threads: list[threading.Thread] = []
    try:
        await connection.run(lambda: threads.append(threading.current_thread()))
    finally:
        await connection.close()
    [thread] = threads
    assert thread is not threading.main_thread()
    assert thread.daemon


def test_pydantic_lets_go_of_a_model_of_answers_that_nobody_holds() -> None:
    """Why `bot/request_pacing.py` holds the models of frequent answers."""
    let_go = weakref.ref(Response[tuple[int, int, int]])
    gc.collect()
    assert let_go() is None


async def test_aiograms_session_closes_the_connections_that_ours_opens() -> None:
    """aiogram's `_session`, `_connector_type` and `_connector_init`: `bot/telegram_session.py`."""
    session = TelegramSession(api=TelegramAPIServer.from_base("http://127.0.0.1:9"))
    bot = Bot("42:TEST", session=session)
    opened = await session.create_session()
    assert await session.create_session() is opened
    assert isinstance(opened.connector, aiohttp.TCPConnector)
    await bot.session.close()
    assert opened.closed
    through = TelegramSession(proxy="socks5://127.0.0.1:9")
    connector = (await through.create_session()).connector
    await through.close()
    assert type(connector).__name__ == "ProxyConnector"
