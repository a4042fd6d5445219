"""getUpdates in bad weather: whatever comes in place of updates, the bot stays, says it once, and is back soon."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import outage
from bot.outage import MINUTE, OFTEN, PollingOutage
from bot.request_pacing import RequestPacing
from bot.updates import TakeUpdates
from handlers.ground.telegram_errors import TelegramUnanswered
from tests.small_servers import listening
from tests.world import World, new_world

pytestmark = pytest.mark.usefixtures("threads")  # which statement ends first matters here

ANSWERS = {
    "a page of a proxy": (502, "html"),
    "an empty 503": (503, "empty"),
    "a page that says too large": (413, "html"),
    "a page with 200": (200, "html"),
    "nothing with 200": (200, "empty"),
    "a bare yes": (200, "bare"),
    "half an answer": (200, "cut"),
    "a page that says 401": (401, "html"),
    "a redirect": (302, "redirect"),
    "a cut connection": (0, None),
    "an error of Telegram's own": (500, None),
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot asks again without much of a pause: how long they are is tested apart."""
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 0.01)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("code", "answer"), ANSWERS.values(), ids=ANSWERS)
async def test_whatever_comes_in_place_of_updates_is_weather(
    world: World, caplog: pytest.LogCaptureFixture, code: int, answer: str | None, after: bool
) -> None:
    caplog.set_level(logging.INFO)
    world.telegram.fail("getUpdates", code, times=5, answer=answer, after=after)
    await world.post("/people/1001/messages", {"text": "/start"})
    await world.until(lambda: not world.telegram.faults.as_json())
    assert (await world.phone().says("/help")).startswith("What I can do")
    said = [record.getMessage() for record in caplog.records if record.name == "bot.outage"]
    assert len(said) == 2, said
    assert "gives no updates" in said[0] and "gives updates again" in said[1]
    assert sum(r.method == "getupdates" and r.status == code for r in world.telegram.requests) >= 5
    assert not any(record.exc_info for record in caplog.records)


def test_the_pauses_bring_the_bot_back_within_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    away = PollingOutage()
    pauses = [away.failed(weather()) for _ in range(50)]
    assert pauses[0] <= 0.5 and max(pauses) == pauses[-1] <= 15


def test_where_answers_and_failures_alternate_the_log_stays_short(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    now = [0.0]
    away, calls = PollingOutage(lambda: now[0]), RequestPacing(clock=lambda: now[0])
    for _ in range(600):  # five minutes
        now[0] += 0.5
        away.failed(weather())
        calls._note_failing(weather().message)
        away.ended()
        calls._note_answered()
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2 * (2 * OFTEN + 1), said
    assert "comes and goes" in said[-1] and "comes and goes" in said[-2]
    now[0] += MINUTE
    away.ended()
    calls._note_answered()
    away.ended()
    assert "updates again, after 358 s" in caplog.records[-2].getMessage()
    assert "does again what it is asked" in caplog.records[-1].getMessage()
    now[0] += MINUTE
    away.failed(weather())
    assert "comes and goes" not in caplog.records[-1].getMessage(), "a new outage, long after"


def weather() -> TelegramUnanswered:
    return TelegramUnanswered(TakeUpdates(), "HTTP 502")


# -- behind a proxy


class Proxy:
    """An HTTP proxy on loopback that goes up and down: it takes CONNECT and passes bytes on."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._is_up = AsyncExitStack()

    async def up(self) -> None:
        await self._is_up.enter_async_context(listening(self._serve, self.port))

    async def down(self) -> None:
        await self._is_up.aclose()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wanted = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        host, _, port = wanted.rpartition(":")
        there, onward = await asyncio.open_connection(host, int(port))
        with closing(onward):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(pass_on(reader, onward), pass_on(there, writer), return_exceptions=True)


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(65536):
        writer.write(part)
        await writer.drain()
    writer.close()


async def test_a_proxy_that_is_down_at_the_start_and_later_is_weather(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    proxy = Proxy()
    address = SecretStr(f"http://someone:hunter2hunter2@127.0.0.1:{proxy.port}")

    def said(what: str) -> int:
        return sum(what in record.getMessage() for record in caplog.records if record.name == "bot.outage")

    async with new_world(tmp_path, telegram_proxy=address) as world:
        await world.until(lambda: said("gives no updates") == 1)
        await proxy.up()
        assert (await world.phone().says("/help")).startswith("What I can do")
        assert said("gives updates again") == 1
        await proxy.down()
        await world.until(lambda: said("gives no updates") == 2)
        await world.post("/people/1001/messages", {"text": "/language"})
        await proxy.up()
        await world.until(lambda: said("gives updates again") == 2)
        await world.quiet()
        assert (await world.phone().reads()).startswith("Language")
        await proxy.down()
    assert "hunter2" not in caplog.text


async def test_a_stop_while_telegram_is_away_is_a_quick_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with new_world(tmp_path) as world:
        world.telegram.fail("getUpdates", 502, times=100_000, answer="html")
        await world.until(lambda: any("gives no updates" in record.getMessage() for record in caplog.records))
        began = time.monotonic()
    assert time.monotonic() - began < 10
