"""The controls: faults, refusals and the log of calls, as JSON under `/sandbox/`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

import msgspec
from aiohttp import web

from sandbox.telegram.arguments import Arguments
from sandbox.telegram.errors import PersonError
from sandbox.telegram.faults import Answer
from sandbox.telegram.person import as_json, guarded
from sandbox.telegram.reading import query_int, read_arguments
from sandbox.telegram.state import TelegramState


class ControlRoutes:
    """The requests by which scripts and panels control the stand-in."""

    def __init__(self, state: TelegramState) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """The paths with their handlers."""
        return [
            web.get("/sandbox/state", guarded(self.show)),
            web.post("/sandbox/fail", guarded(self.fail)),
            web.delete("/sandbox/fail", guarded(self.heal)),
            web.post("/sandbox/updates", guarded(self.push)),
            web.post("/sandbox/flood", guarded(self.flood)),
            web.post("/sandbox/down", guarded(self.down)),
            web.get("/sandbox/refusals", guarded(self.refusals)),
            web.delete("/sandbox/refusals", guarded(self.forget_refusals)),
            web.get("/sandbox/requests", guarded(self.requests)),
            web.get("/sandbox/unconfirmed", guarded(self.unconfirmed)),
        ]

    async def show(self, _request: web.Request) -> web.StreamResponse:
        """Bots, people and what is switched on."""
        return as_json(self._state.as_json())

    async def fail(self, request: web.Request) -> web.StreamResponse:
        """`{"method", "code", "times", "retry_after", "token", "after", "answer", "description", "name"}`.

        Only the code must be there; `name` is what DELETE switches it off by.
        """
        arguments = await read_arguments(request)
        if "code" not in arguments:
            raise PersonError(400, "say which code: 429, 500, 502, 503, or 0 for a dropped connection")
        self._state.fail(
            arguments.text("method") or None,
            arguments.integer("code"),
            arguments.integer("times", 1),
            _optional(arguments, "retry_after"),
            arguments.text("token") or None,
            after=arguments.flag("after"),
            answer=_answer(arguments),
            description=arguments.text("description") or None,
            label=arguments.text("name") or None,
        )
        return await self.show(request)

    async def push(self, request: web.Request) -> web.StreamResponse:
        """`{"token", "kind", "body"}`: an update of any shape, such as Telegram may send one day."""
        content = await request.json()
        match content:
            case {"token": str(token), "kind": str(kind), "body": dict(body)}:
                return as_json({"update_id": self._state.push(token, kind, body)})
        raise PersonError(400, "say the token, the kind and the body of the update")

    async def heal(self, request: web.Request) -> web.StreamResponse:
        """`?name=` switches the faults of this name off; without one, all."""
        self._state.faults.clear(request.query.get("name"))
        return await self.show(request)

    async def flood(self, request: web.Request) -> web.StreamResponse:
        """`{"on": true}` switches Telegram's limits on sending on.

        `{"token", "seconds", "chat"}` is a pause: for so long the bot is refused, in all chats or in this one.
        """
        arguments, flood = await read_arguments(request), self._state.flood
        if "on" in arguments:
            flood.on = arguments.flag("on")
        if "seconds" in arguments:
            bot = self._state.bot(arguments.text("token"))
            flood.pause(bot.id, arguments.integer("seconds"), _optional(arguments, "chat"))
        return await self.show(request)

    async def down(self, request: web.Request) -> web.StreamResponse:
        """`{"seconds": 5}`: for so long no connection is taken, of bots, people and scripts; 1 without it."""
        seconds = (await read_arguments(request)).integer("seconds", 1)
        loop = asyncio.get_running_loop()
        loop.call_later(0.1, partial(self._state.shut, down=True))  # after this answer has left
        loop.call_later(0.1 + seconds, partial(self._state.shut, down=False))
        return await self.show(request)

    async def refusals(self, _request: web.Request) -> web.StreamResponse:
        """Every 4xx that a bot got, oldest first."""
        return _list(self._state.refusals)

    async def forget_refusals(self, _request: web.Request) -> web.StreamResponse:
        """Begin a new list."""
        self._state.refusals.clear()
        return _list([])

    async def requests(self, _request: web.Request) -> web.StreamResponse:
        """The last calls of bots, oldest first."""
        return _list(self._state.requests)

    async def unconfirmed(self, request: web.Request) -> web.StreamResponse:
        """`?bot=ID`: how many updates the bot has not confirmed; without it, of all bots together."""
        bot_id = query_int(request.query, "bot")
        bots = [bot for bot in self._state.bots.values() if bot_id in (None, bot.id)]
        return as_json({"unconfirmed": sum(len(bot.updates) for bot in bots)})


def _answer(arguments: Arguments) -> str | None:
    name = arguments.text("answer")
    if name and name not in list(Answer):
        raise PersonError(400, f"answer is one of {', '.join(Answer)}")
    return name or None


def _optional(arguments: Arguments, name: str) -> int | None:
    return arguments.integer(name) if name in arguments else None


def _list(items: Iterable[object]) -> web.Response:
    return as_json([msgspec.to_builtins(item) for item in items])
