"""The Bot API over HTTP: requests of bots in, envelopes out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from sandbox.telegram.arguments import Arguments, brief
from sandbox.telegram.bots import Bot
from sandbox.telegram.errors import Refusal, bad_request, forbidden, too_many
from sandbox.telegram.faults import DROP, Answer, Fault
from sandbox.telegram.methods import METHODS, Call, Described
from sandbox.telegram.methods.updating import poll_seconds
from sandbox.telegram.reading import read_arguments
from sandbox.telegram.state import Request, TelegramState

OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_WAS_SET = "Conflict: terminated by setWebhook request"
_JSON = {"Content-Type": "application/json"}
DOWNLOAD = "download"
"""Fetching a file, as faults name it."""

TRUE_ANSWERS = (Answer.CUT, Answer.UNDATED)
"""They are made from the true answer, so the call is carried out."""
PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
_NAMES = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(slots=True)
class _Poll:
    """A getUpdates that waits: `woken` ends with a refusal, or None when there is something."""

    woken: asyncio.Future[Refusal | None]

    def wake(self, refusal: Refusal | None = None) -> None:
        if not self.woken.done():
            self.woken.set_result(refusal)


class BotApi:
    """Answers what bots ask over HTTP."""

    def __init__(self, state: TelegramState) -> None:
        self._state = state
        self._polls: dict[int, _Poll] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """`/bot<token>/<method>`."""
        token, name = request.match_info["token"], request.match_info["method"].lower()
        arguments = Arguments({})
        try:
            bot = self._state.bot(token)
            bot.heard = True
            fault = self._state.faults.next(name, token)
            arguments = await read_arguments(request)
            if fault is not None:
                return await self._faulty(request, bot, name, arguments, fault)
            return self._log(bot.id, name, arguments, 200, await self.run(bot, name, arguments))
        except Refusal as refusal:
            return self._refuse(token, name, arguments, refusal)

    async def run(self, bot: Bot, name: str, arguments: Arguments) -> object:
        """The result of a method; raises Refusal."""
        function = METHODS.get(name)
        if function is None:
            raise Refusal(404, "Not Found: method not found")
        call = Call(self._state, bot, arguments)
        if name == "getupdates":
            return await self._updates(call)
        return function(call)

    async def _updates(self, call: Call) -> object:
        """getUpdates: at once when there is something, else when something comes or the time is over."""
        older = self._polls.pop(call.bot.id, None)
        if older is not None:
            older.wake(Refusal(409, OTHER_POLL))
        result = METHODS["getupdates"](call)
        if not call.bot.polled:
            call.bot.polled = True
            self._state.events.add("bot", bot=call.bot.id)
        seconds = poll_seconds(call)
        if result or not seconds:
            return result
        await self._wait(call.bot, seconds)
        return METHODS["getupdates"](call)

    async def _wait(self, bot: Bot, seconds: float) -> None:
        poll = _Poll(asyncio.get_running_loop().create_future())
        self._polls[bot.id] = poll
        bot.polling = True
        stop = bot.updates.listen(poll.wake)

        def webhook_set() -> None:
            poll.wake(Refusal(409, WEBHOOK_WAS_SET))

        bot.webhook_changed.append(webhook_set)
        try:
            refusal = await asyncio.wait_for(poll.woken, seconds)
        except TimeoutError:
            refusal = None
        finally:
            stop()
            bot.webhook_changed.remove(webhook_set)
            if self._polls.get(bot.id) is poll:
                del self._polls[bot.id]
                bot.polling = False
        if refusal is not None:
            raise refusal

    async def _faulty(
        self, request: web.Request, bot: Bot, name: str, arguments: Arguments, fault: Fault
    ) -> web.StreamResponse:
        """Answer a call that meets a fault; with `after` it is carried out first."""
        self._state.events.add("fault", bot=bot.id, name=fault.name)
        wanted = fault.after or fault.answer in TRUE_ANSWERS
        true = answered(await self.run(bot, name, arguments)) if wanted else None
        self._state.requests.append(Request(bot.id, name, brief(arguments.values), fault.code))
        if fault.code == DROP:
            return dropped(request)
        if fault.answer is not None:
            return await instead(request, fault.answer, fault.code, true)
        return refused(refusal_of(fault))

    def _log(self, bot_id: int, name: str, arguments: Arguments, status: int, result: object) -> web.Response:
        self._state.requests.append(Request(bot_id, name, brief(arguments.values), status))
        return answered(result)

    def _refuse(self, token: str, name: str, arguments: Arguments, refusal: Refusal) -> web.Response:
        number = token.partition(":")[0]
        bot_id = int(number) if number.isdecimal() else 0
        params = brief(arguments.values)
        self._state.requests.append(Request(bot_id, name, params, refusal.code))
        self._state.refused(bot_id, name, params, refusal)
        return refused(refusal)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """`/file/bot<token>/<file_path>`."""
        try:
            bot = self._state.bot(request.match_info["token"])
        except Refusal as refusal:
            return refused(refusal)
        file = bot.files.by_path(request.match_info["path"])
        if file is None:
            return refused(Refusal(404, "Not Found"))
        fault = self._state.faults.next(DOWNLOAD, request.match_info["token"])
        if fault is not None:
            return await self._faulty_file(request, bot, file.content, fault)
        return web.Response(body=file.content, content_type="application/octet-stream")

    async def _faulty_file(self, request: web.Request, bot: Bot, content: bytes, fault: Fault) -> web.StreamResponse:
        """A file that does not come, or not as it is. `cut`: the connection ends in its middle."""
        self._state.events.add("fault", bot=bot.id, name=fault.name)
        self._state.requests.append(Request(bot.id, DOWNLOAD, {}, fault.code))
        if fault.code == DROP:
            return dropped(request)
        if fault.answer is Answer.CUT:
            return await cut_off(request, content)
        return (
            refused(refusal_of(fault)) if fault.answer is None else await instead(request, fault.answer, fault.code)
        )


def dropped(request: web.Request) -> web.Response:
    """The connection is closed; the response goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def cut_off(request: web.Request, content: bytes) -> web.StreamResponse:
    """The first half of a file whose length was announced, then nothing: the connection is closed."""
    response = web.StreamResponse(headers={"Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    response.force_close()
    if request.transport is not None:
        request.transport.close()
    return response


def refusal_of(fault: Fault) -> Refusal:
    """The words that belong to the code of a fault."""
    if fault.code == 429:
        return too_many(fault.retry_after or 1)
    if fault.description is not None and fault.code in (400, 403):
        return (bad_request if fault.code == 400 else forbidden)(fault.description)
    return Refusal(fault.code, fault.description or _NAMES.get(fault.code, "Injected fault"))


async def instead(
    request: web.Request, answer: Answer, status: int, true: web.Response | None = None
) -> web.Response:
    """What comes in place of an envelope; `true` is what would have been answered."""
    body = bytes(true.body) if true is not None and isinstance(true.body, bytes) else b""
    match answer:
        case Answer.HTML:
            return web.Response(text=PAGE, status=status, content_type="text/html")
        case Answer.EMPTY:
            return web.Response(status=status)
        case Answer.BARE:
            return web.Response(body=b'{"ok":true}', status=status, headers=_JSON)
        case Answer.CUT:
            return web.Response(body=body[: len(body) // 2], status=status, headers=_JSON)
        case Answer.REDIRECT:
            return web.Response(status=status, headers={"Location": str(request.rel_url)})
        case Answer.UNDATED:
            return web.Response(
                body=msgspec.json.encode(undated(msgspec.json.decode(body))), status=status, headers=_JSON
            )
        case Answer.SILENT:
            await asyncio.Event().wait()  # until the caller goes away, which cancels this
    raise AssertionError(answer)


def undated(value: Any) -> Any:
    """The same JSON without any `date`."""
    if isinstance(value, dict):
        return {name: undated(inner) for name, inner in value.items() if name != "date"}
    return [undated(inner) for inner in value] if isinstance(value, list) else value


def answered(result: object) -> web.Response:
    """The envelope of a success."""
    envelope: dict[str, object] = {"ok": True, "result": result}
    if isinstance(result, Described):
        envelope = {"ok": True, "result": result.result, "description": result.description}
    return web.Response(body=msgspec.json.encode(envelope), headers=_JSON)


def refused(refusal: Refusal) -> web.Response:
    """The envelope of a refusal; its HTTP status is the error code."""
    envelope: dict[str, object] = {
        "ok": False,
        "error_code": refusal.code,
        "description": refusal.description,
    }
    headers = dict(_JSON)
    if refusal.parameters:
        envelope["parameters"] = refusal.parameters
        if "retry_after" in refusal.parameters:
            headers["Retry-After"] = str(refusal.parameters["retry_after"])
    body = msgspec.json.encode(envelope)
    return web.Response(body=body, status=refusal.code, headers=headers)
