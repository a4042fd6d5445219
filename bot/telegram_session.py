"""Sends requests to Telegram: whatever the network does becomes an error of `handlers.ground.telegram_errors`.

Leans on private parts of aiogram's session: `_session` (its `close` closes it), `_connector_type` and
`_connector_init` (its proxies). `tests/project/test_private_parts.py` fails the day they change.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import TelegramAPIError, TelegramEntityTooLarge, TelegramRetryAfter, TelegramServerError
from aiogram.methods import GetFile, Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, Message
from aiohttp import (
    BytesPayload,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TraceConfig,
    TraceRequestHeadersSentParams,
)

from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered

CONNECT_SECONDS = 10.0
MOST_BYTES = 64 * 2**20
"""Of an answer: far more than 100 updates take. A longer one is not Telegram's, and could fill the memory."""

SHORTEST_PAUSE, LONGEST_PAUSE = 1, 86_400
"""Seconds. The shortest also where a 429 does not say how many; after the longest Telegram is asked again."""

UNKNOWN_MESSAGE = 0
"""The id of a sent message whose id could not be read in the answer. No message of Telegram has it."""

READ_OF_A_MESSAGE = ("message_id", "date", "chat")
"""What aiogram wants to know of any message. `message_id` is what the bot reads of one that it has sent."""

_OK = re.compile(r'\s*\{\s*"ok"\s*:\s*true\b')
_MESSAGE_ID = re.compile(r'"result"\s*:\s*\{\s*"message_id"\s*:\s*(\d{1,18})\s*[,}]')


@dataclass
class Exchange:
    """One request and its answer.

    `begun`: part of the request may have been sent. `failure`: an error's type, or "".
    """

    begun: bool = False
    status: int = 0
    body: bytearray = field(default_factory=bytearray)
    failure: str = ""


class TelegramSession(AiohttpSession):
    """aiogram's session, but it follows no redirects, and its errors say whether the request may have been done."""

    def __init__(self, **given: Any) -> None:
        super().__init__(json_loads=read_answer, **given)

    async def create_session(self) -> ClientSession:
        """aiohttp's session, made at the first call, inside the running loop."""
        if self._session is None or self._session.closed:
            trace = TraceConfig()
            trace.on_request_headers_sent.append(_note_begun)
            self._session = ClientSession(
                connector=self._connector_type(**self._connector_init),
                cookie_jar=DummyCookieJar(),
                trace_configs=[trace],
            )
        return self._session

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Raises the errors of `handlers.ground.telegram_errors`, and TelegramRetryAfter."""
        exchange = await self._exchange(bot, method, self.timeout if timeout is None else timeout)
        if exchange.failure and not exchange.begun:
            raise TelegramNotSent(method, exchange.failure)
        text = exchange.body.decode("utf-8", "replace")
        if exchange.failure and not says_done(text):
            raise TelegramUnanswered(method, exchange.failure)
        return cast("TelegramType", self.check_response(bot, method, exchange.status, text).result)

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,
        chunk_size: int = 65_536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """A file in parts. Raises TelegramUnanswered, without the address: it holds the token."""
        session, asked_for = await self.create_session(), GetFile(file_id="")
        patience = ClientTimeout(total=timeout, sock_connect=CONNECT_SECONDS)
        try:
            async with session.get(
                url, headers=headers, timeout=patience, allow_redirects=False, trace_request_ctx=Exchange()
            ) as answer:
                if raise_for_status and answer.status != HTTPStatus.OK:
                    raise TelegramUnanswered(asked_for, f"HTTP {answer.status}")
                async for part in answer.content.iter_chunked(chunk_size):
                    yield part
        except TelegramUnanswered:
            raise
        except Exception as error:  # noqa: BLE001 - as in _exchange
            raise TelegramUnanswered(asked_for, type(error).__name__) from None

    async def _exchange(self, bot: Bot, method: TelegramMethod[Any], timeout: float) -> Exchange:
        exchange = Exchange()
        session, fields = await self.create_session(), self.fields_of(bot, method)
        try:
            async with session.post(
                self.api.api_url(token=bot.token, method=method.__api_method__),
                data=self.build_form_data(bot, method) if fields is None else urlencoded(fields),
                timeout=ClientTimeout(total=timeout, sock_connect=CONNECT_SECONDS),
                allow_redirects=False,
                trace_request_ctx=exchange,
            ) as answer:
                exchange.status = answer.status
                await _read(answer, exchange)
        except Exception as error:  # noqa: BLE001 - aiohttp_socks, ssl and the resolver raise what they like
            exchange.failure = type(error).__name__
        return exchange

    def fields_of(self, bot: Bot, method: TelegramMethod[Any]) -> list[tuple[str, str]] | None:
        """What a call says, without what says nothing; None where files go along, which are for aiogram's form."""
        files: dict[str, Any] = {}
        given = method.model_dump(warnings=False, exclude_none=True).items()
        prepared = [(name, self.prepare_value(value, bot=bot, files=files)) for name, value in given]
        return None if files else [(name, value) for name, value in prepared if value]

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """Telegram's yes or no. What says that it was done counts as done, even if the rest cannot be read."""
        response_to(method.__returning__)
        try:
            response = super().check_response(bot, method, status_code, content)
            if response.result is not None:
                return response
        except TelegramServerError:
            pass
        except TelegramRetryAfter as error:
            error.retry_after = min(max(error.retry_after, SHORTEST_PAUSE), LONGEST_PAUSE)
            raise
        except TelegramAPIError as error:
            if status_code != HTTPStatus.TOO_MANY_REQUESTS:
                error.message = error.message or "without a word"  # aiogram takes what is missing or null as it is
                raise
        except Exception:  # noqa: BLE001, S110 - whatever its parsers raise: its text would hold the whole answer
            pass
        if status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise TelegramRetryAfter(method, "Too Many Requests", SHORTEST_PAUSE)
        if status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise TelegramEntityTooLarge(method, "Request Entity Too Large")
        result = done_result(method, content) if says_done(content) else None
        if result is None:
            raise TelegramUnanswered(method, f"HTTP {status_code}")
        return Response[Any](ok=True, result=result)


def urlencoded(fields: Sequence[tuple[str, str]]) -> BytesPayload:
    """What aiohttp sends of a form without files, made in half the time: its own begins with a multipart writer."""
    return BytesPayload(urlencode(fields).encode(), content_type="application/x-www-form-urlencoded")


def read_answer(content: str) -> Any:
    """An answer as JSON. Of a message that was sent it keeps which one it is: nobody reads the rest, and aiogram
    makes an object of each button and each entity: four fifths of the time that such an answer took.
    """
    answer = json.loads(content)
    result = answer.get("result") if isinstance(answer, dict) else None
    if isinstance(result, dict) and "message_id" in result:
        answer["result"] = {name: result[name] for name in READ_OF_A_MESSAGE if name in result}
    return answer


@functools.cache
def response_to(returned: Any) -> type[Response[Any]]:
    """aiogram's model of an answer with such a result; the cache holds it, since pydantic refers to it weakly."""
    return Response[returned]


async def _read(answer: ClientResponse, exchange: Exchange) -> None:
    """All of the answer, as it comes; ValueError when it is larger than any of Telegram's."""
    async for part in answer.content.iter_any():
        exchange.body += part
        if len(exchange.body) > MOST_BYTES:
            raise ValueError


async def _note_begun(_: ClientSession, context: SimpleNamespace, __: TraceRequestHeadersSentParams) -> None:
    context.trace_request_ctx.begun = True


def says_done(content: str) -> bool:
    """Whether an answer, or what there is of it, says `"ok": true`."""
    if _OK.match(content):
        return True
    try:
        envelope = json.loads(content)
    except (ValueError, RecursionError):  # brackets within brackets without end
        return False
    return isinstance(envelope, dict) and envelope.get("ok") is True


def done_result(method: TelegramMethod[Any], content: str) -> object:
    """A result in place of an unreadable one, for a call that was done; None where the caller needs its content."""
    returned = method.__returning__
    if returned is Message:
        found = _MESSAGE_ID.search(content)
        sent_to = getattr(method, "chat_id", None)
        chat = Chat(id=sent_to if isinstance(sent_to, int) else 0, type="private")
        return Message(
            message_id=int(found[1]) if found else UNKNOWN_MESSAGE, date=datetime.fromtimestamp(0, UTC), chat=chat
        )
    return True if returned is bool or returned == Message | bool else None
