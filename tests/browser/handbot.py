"""A bot without a program: the test calls the Bot API itself, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

COMMANDS = [
    {"command": "start", "description": "begin"},
    {"command": "stock", "description": "proxies in stock"},
    {"command": "help", "description": "what I can do"},
]


class HandBot:
    """`await bot.send_message(chat_id=1, text="…")` for any method; what Telegram refuses fails the test."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self.http, self._url = http, f"{url}/bot{token}"
        self.id = int(token.partition(":")[0])
        self._next = 0

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str, token: str) -> AsyncIterator[HandBot]:
        async with aiohttp.ClientSession() as http:
            yield cls(http, url, token)

    async def calls(self, method: str, **arguments: Any) -> Any:
        async with self.http.post(f"{self._url}/{method}", json=arguments) as answer:
            said = await answer.json()
        assert said["ok"], said
        return said["result"]

    async def introduces(self) -> None:
        """A name, a description and commands."""
        await self.calls("setMyName", name="Hand")
        await self.calls("setMyDescription", description="A bot that is played by hand.")
        await self.calls("setMyCommands", commands=COMMANDS)

    async def says(self, chat_id: int, text: str, **arguments: Any) -> int:
        """Sends HTML; the id of the message."""
        sent = await self.calls("sendMessage", chat_id=chat_id, text=text, parse_mode="HTML", **arguments)
        return int(sent["message_id"])

    async def sends_file(self, chat_id: int, kind: str, name: str, content: bytes, **arguments: Any) -> None:
        form = aiohttp.FormData({"chat_id": str(chat_id)}, quote_fields=False)
        for field, value in arguments.items():
            form.add_field(field, value if isinstance(value, str) else json.dumps(value))
        form.add_field(kind, content, filename=name)
        async with self.http.post(f"{self._url}/send{kind.capitalize()}", data=form) as answer:
            assert answer.status == 200, await answer.text()

    async def hears(self, kind: str) -> dict[str, Any]:
        """The next update of a kind (message, callback_query …); those before it are dropped."""
        while True:
            updates = await self.calls("getUpdates", offset=self._next, timeout=5, limit=1)
            assert updates, f"no {kind} came"
            self._next = updates[0]["update_id"] + 1
            if kind in updates[0]:
                found: dict[str, Any] = updates[0][kind]
                return found


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    """An inline keyboard."""
    return {"inline_keyboard": list(rows)}
