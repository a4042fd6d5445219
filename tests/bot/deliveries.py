"""Updates as Telegram delivers them, posted by the test itself: twice the same, and such as Telegram never would."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.webhook import SECRET_HEADER
from tests.world import World

NUMBERS = count(5_000_000_000)  # beyond those of the stand-in


@dataclass
class Answered:
    """The answer to a delivery."""

    status: int
    retry_after: str | None


@dataclass
class Deliverer:
    """Posts to the bot of a world, with the right secret unless told otherwise."""

    world: World
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.headers = self.headers or {SECRET_HEADER: self.world.settings.webhook_proof}

    async def post(self, body: Any, headers: dict[str, str] | None = None) -> Answered:
        """Raw bytes, or what becomes JSON."""
        data = body if hasattr(body, "__aiter__") else io.BytesIO(as_bytes(body))
        url = self.world.settings.webhook_url
        async with self.world.http.post(
            url, data=data, headers=self.headers if headers is None else headers
        ) as answer:
            return Answered(answer.status, answer.headers.get("Retry-After"))

    def begin(self, body: Any) -> asyncio.Future[Answered]:
        """Post, without waiting for the answer."""
        return asyncio.ensure_future(self.post(body))


def as_bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def message(text: str, person: int = 1001) -> dict[str, Any]:
    """Somebody writes to the bot."""
    someone = {"id": person, "is_bot": False, "first_name": "Ann"}
    chat = {"id": person, "type": "private", "first_name": "Ann"}
    number = next(NUMBERS)
    written = {"message_id": number, "from": someone, "chat": chat, "date": 1_790_000_000, "text": text}
    return {"update_id": number, "message": written}
