"""A stand-in with a clock that can be moved, one bot, and one person who has started it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from sandbox.telegram import TelegramState, serve_telegram

TOKEN = "42:test-token"
PERSON = 7


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime(2026, 8, 24, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Refused(Exception):
    """The stand-in said no."""

    def __init__(self, status: int, envelope: dict[str, Any]) -> None:
        super().__init__(envelope.get("description", ""))
        self.status = status
        self.envelope = envelope


@dataclass
class World:
    """Both sides of the stand-in, as bare HTTP."""

    url: str
    state: TelegramState
    clock: Clock
    http: aiohttp.ClientSession

    async def call(
        self, method: str, files: dict[str, bytes] | None = None, token: str = TOKEN, **arguments: Any
    ) -> Any:
        """The result of a method; Refused otherwise."""
        envelope, _ = await self.envelope(method, files, token, **arguments)
        return envelope["result"]

    async def envelope(
        self, method: str, files: dict[str, bytes] | None = None, token: str = TOKEN, **arguments: Any
    ) -> tuple[dict[str, Any], aiohttp.ClientResponse]:
        """The whole answer; Refused when it is not ok."""
        form = aiohttp.FormData(default_to_multipart=bool(files))
        for name, value in arguments.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, content in (files or {}).items():
            form.add_field(name, content, filename=f"{name}.txt")
        async with self.http.post(f"{self.url}/bot{token}/{method}", data=form) as response:
            envelope: dict[str, Any] = await response.json()
        if not envelope["ok"]:
            raise Refused(response.status, envelope)
        return envelope, response

    async def refusal(self, method: str, files: dict[str, bytes] | None = None, **arguments: Any) -> str:
        """The description with which a call is refused."""
        with pytest.raises(Refused) as caught:
            await self.call(method, files, **arguments)
        return str(caught.value)

    async def say(self, text: str = "text", **more: Any) -> Any:
        """The bot writes to the person."""
        return await self.call("sendMessage", chat_id=PERSON, text=text, **more)

    async def person(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """A request of the person's side."""
        async with self.http.request(method, f"{self.url}/people/{path}", **more) as response:
            answer = await response.json()
            assert response.status == status, answer
            return answer

    async def write(self, text: str, person: int = PERSON, **more: Any) -> int:
        """The person writes; the answer is the message id."""
        body = {"text": text, **more}
        answer = await self.person("POST", f"{person}/messages", json=body)
        message_id: int = answer["message_id"]
        return message_id

    async def chat(self, person: int = PERSON) -> Any:
        """The chat as the person sees it."""
        return await self.person("GET", f"{person}/chat")

    async def updates(self, **arguments: Any) -> Any:
        """What getUpdates answers now."""
        return await self.call("getUpdates", **arguments)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bare(clock: Clock) -> AsyncIterator[World]:
    """Nobody has written anything yet, but the bot is known."""
    state = TelegramState(clock.now)
    state.bot(TOKEN)
    async with serve_telegram(state) as url, aiohttp.ClientSession() as http:
        yield World(url, state, clock, http)


@pytest.fixture
async def world(bare: World) -> World:
    """The person has started the bot, and the bot has taken that update."""
    await bare.write("/start")
    [update] = await bare.updates()
    await bare.updates(offset=update["update_id"] + 1)
    return bare


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens in another task; the time-out of the test ends it."""
    while not is_so():  # noqa: ASYNC110 - what is waited for has no event of its own
        await asyncio.sleep(0.002)


def keyboard(*labels: str) -> dict[str, Any]:
    """An inline keyboard with one button a row; the data is the label in small letters."""
    return {"inline_keyboard": [[{"text": label, "callback_data": label.lower()}] for label in labels]}
