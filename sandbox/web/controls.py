"""The demo's own requests: an overview, the bot's process, the next reminder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from sandbox.web.backstage import Backstage, BotProcess, Json

ORDERS = ("start", "stop", "kill")


class Controls:
    """`GET /sandbox/demo`, `POST /sandbox/bot {"do": "start"|"stop"|"kill"}`, `POST /sandbox/next-reminder`."""

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sandbox/demo", self.show),
            web.post("/sandbox/bot", self.steer),
            web.post("/sandbox/next-reminder", self.to_next_reminder),
        ]

    async def show(self, _request: web.Request) -> web.StreamResponse:
        """`key` belongs to the account shown first, `bot_id` the bot that the page talks to unless told otherwise."""
        return _json(self._seen())

    async def steer(self, request: web.Request) -> web.StreamResponse:
        """Answers when the process has started or ended."""
        bot = self._backstage.bot
        if bot is None:
            return _json({"error": "the bot was not started from here"}, 404)
        try:
            order = msgspec.json.decode(await request.read(), type=dict[str, str]).get("do")
        except msgspec.MsgspecError:
            order = None
        if order not in ORDERS:
            return _json({"error": f"say what to do: one of {', '.join(ORDERS)}"}, 400)
        await _work(bot, order)()
        return _json(self._seen())

    async def to_next_reminder(self, _request: web.Request) -> web.StreamResponse:
        """Moves the clock to the moment when the bot will remind somebody next."""
        clock, find = self._backstage.px6.clock, self._backstage.next_reminder
        moment = await find() if find is not None else None
        if moment is None:
            return _json({"error": "nobody will be reminded of anything"}, 409)
        if moment > clock.now():
            clock.move(moment - clock.now())
        return _json({"now": clock.now()})

    def _seen(self) -> Json:
        backstage = self._backstage
        return {
            "key": backstage.key,
            "bot_id": backstage.bot_id,
            "bot": backstage.bot.status() if backstage.bot is not None else None,
            "reminders": backstage.next_reminder is not None,
            "bots": [{"id": bot.id, "name": bot.profile.names[""]} for bot in backstage.telegram.bots.values()],
        }


def _work(bot: BotProcess, order: str) -> Callable[[], Awaitable[None]]:
    return {"start": bot.start, "stop": bot.stop, "kill": bot.kill}[order]


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")
