"""The border to Telegram: what the network does becomes one of few outcomes, and no text of them holds content."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteMessage, EditMessageText, GetMe, SendDocument, SendMessage, TelegramMethod
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, Message, MessageEntity
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import telegram_session
from bot.telegram_session import TelegramSession
from bot.updates import TakeUpdates
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered
from sandbox.telegram.http import serve_telegram
from sandbox.telegram.state import TelegramState

TOKEN = "42:made-up-token"
ANNA = 1001
TEXT = "a-text-that-no-error-may-hold"


@pytest.fixture
def state() -> TelegramState:
    state = TelegramState()
    chat = state.private_chat(state.bot(TOKEN), ANNA)
    chat.started = True
    return state


@asynccontextmanager
async def bot_at(url: str, proxy: str | None = None, timeout: float = 30, token: str = TOKEN) -> AsyncIterator[Bot]:
    session = TelegramSession(api=TelegramAPIServer.from_base(url), proxy=proxy, timeout=timeout)
    try:
        yield Bot(token, session=session)
    finally:
        await (await session.create_session()).close()


@pytest.fixture
async def url(state: TelegramState) -> AsyncIterator[str]:
    async with serve_telegram(state) as url:
        yield url


@pytest.fixture
async def bot(url: str) -> AsyncIterator[Bot]:
    async with bot_at(url) as bot:
        yield bot


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def raised(bot: Bot) -> TelegramAPIError:
    with pytest.raises(TelegramAPIError) as caught:
        await bot.send_message(ANNA, TEXT)
    assert TEXT not in str(caught.value) and TOKEN not in str(caught.value)
    assert caught.value.__context__ is None, "another library's error would bring its text along"
    return caught.value


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("code", "answer"),
    [(502, "html"), (503, "empty"), (200, "html"), (200, "empty"), (302, "redirect"), (0, None), (500, None)],
)
async def test_an_answer_that_is_none_leaves_open_whether_it_was_done(
    state: TelegramState, bot: Bot, code: int, answer: Any, after: bool
) -> None:
    state.fail("sendMessage", code, answer=answer, after=after)
    assert type(await raised(bot)) is TelegramUnanswered
    assert len(state.requests) == 1, "neither a redirect is followed nor a call repeated"


async def test_no_answer_in_time_leaves_it_open_too(state: TelegramState, url: str) -> None:
    state.fail("sendMessage", 200, answer="silent")
    async with bot_at(url, timeout=0.1) as bot:
        assert type(await raised(bot)) is TelegramUnanswered


@pytest.mark.parametrize(("answer", "knows"), [("bare", False), ("undated", True), ("cut", True)])
async def test_what_says_ok_was_done_even_if_the_rest_cannot_be_read(
    state: TelegramState, bot: Bot, answer: Any, knows: bool
) -> None:
    state.fail("sendMessage", 200, answer=answer, after=True)
    sent = await bot.send_message(ANNA, TEXT)
    newest = max(state.private_chat(state.bot(TOKEN), ANNA).messages)
    assert sent.message_id == (newest if knows else 0)
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "editMessageText": lambda: bot.edit_message_text(TEXT + "!", chat_id=ANNA, message_id=newest),
        "sendChatAction": lambda: bot.send_chat_action(ANNA, "typing"),
        "deleteMessage": lambda: bot.delete_message(ANNA, newest),
    }
    for name, call in calls.items():
        state.fail(name, 200, answer=answer, after=True)
        assert await call()


async def test_who_needs_the_content_of_an_answer_does_not_get_a_made_up_one(state: TelegramState, bot: Bot) -> None:
    state.fail("getMe", 200, answer="bare")
    with pytest.raises(TelegramUnanswered):
        await bot.get_me()


async def test_why_a_file_did_not_come_is_said_without_its_address(bot: Bot) -> None:
    async with bot_at(f"http://127.0.0.1:{free_port()}") as cut_off:
        for one, why in ((bot, "HTTP 404"), (cut_off, "ClientConnectorError")):
            with pytest.raises(TelegramUnanswered) as caught:
                await one.download_file("documents/none.txt")
            assert why in str(caught.value)
            assert TOKEN not in str(caught.value)


async def test_a_file_is_not_taken_from_where_somebody_in_between_leads() -> None:
    async def leads(request: web.Request) -> web.Response:
        return web.Response() if request.path == "/" else web.Response(status=302, headers={"Location": "/"})

    (app := web.Application()).router.add_get("/{path:.*}", leads)
    async with TestServer(app) as server, bot_at(str(server.make_url("")).rstrip("/")) as bot:
        with pytest.raises(TelegramUnanswered, match="HTTP 302"):
            assert not [part async for part in bot.session.stream_content(str(server.make_url("/some.txt")))]


@pytest.mark.parametrize("code", [413, 429])
@pytest.mark.parametrize("answer", ["html", "empty", None])
async def test_413_and_429_are_a_no_whoever_says_it(state: TelegramState, bot: Bot, code: int, answer: Any) -> None:
    state.fail("sendMessage", code, answer=answer)
    assert type(await raised(bot)) is {413: TelegramEntityTooLarge, 429: TelegramRetryAfter}[code]


@pytest.mark.parametrize("code", [401, 403, 404])
async def test_a_page_of_somebody_in_between_is_no_refusal_of_telegrams(
    state: TelegramState, bot: Bot, code: int
) -> None:
    state.fail("sendMessage", code, answer="html")
    assert type(await raised(bot)) is TelegramUnanswered


async def test_a_refusal_in_telegrams_words_is_one(state: TelegramState, bot: Bot, url: str) -> None:
    state.block(state.bot(TOKEN), ANNA, True)
    assert type(await raised(bot)) is TelegramForbiddenError
    state.block(state.bot(TOKEN), ANNA, False)
    with pytest.raises(TelegramBadRequest):
        await bot.edit_message_text(TEXT, chat_id=ANNA, message_id=99)
    async with bot_at(url, token="42:another") as other:
        with pytest.raises(TelegramUnauthorizedError):
            await other.send_message(ANNA, TEXT)


UNREACHABLE: list[tuple[str, Callable[[], tuple[str, str | None]]]] = [
    ("refused", lambda: (f"http://127.0.0.1:{free_port()}", None)),
    ("no such name", lambda: ("http://telegram.invalid", None)),
    ("a proxy that is down", lambda: ("http://127.0.0.1:9", f"socks5://user:password@127.0.0.1:{free_port()}")),
    ("an HTTP proxy that is down", lambda: ("http://127.0.0.1:9", f"http://user:password@127.0.0.1:{free_port()}")),
]


@pytest.mark.parametrize("where", [where for _, where in UNREACHABLE], ids=[name for name, _ in UNREACHABLE])
async def test_without_a_connection_it_certainly_was_not_done(where: Callable[[], tuple[str, str | None]]) -> None:
    async with bot_at(*where()) as bot:
        assert type(await raised(bot)) is TelegramNotSent


async def test_a_proxy_that_speaks_something_else_lets_nothing_through(url: str) -> None:
    """What is no SOCKS server: aiohttp_socks raises a plain Exception."""
    async with bot_at("http://127.0.0.1:9", "socks5://" + url.removeprefix("http://")) as bot:
        assert type(await raised(bot)) is TelegramNotSent


# -- answers of somebody who is not Telegram at all


class Talker:
    """Answers every call with the same bytes."""

    def __init__(self) -> None:
        self.status, self.body = 200, b""

    async def answer(self, _: web.Request) -> web.Response:
        return web.Response(status=self.status, body=self.body)


@pytest.fixture
async def talker() -> AsyncIterator[tuple[Talker, Bot]]:
    talker, app = Talker(), web.Application()
    app.router.add_post("/{call:.*}", talker.answer)
    async with TestServer(app) as server, bot_at(str(server.make_url("")).rstrip("/")) as bot:
        yield talker, bot


@pytest.mark.parametrize("begins", [b"", b'{"ok":true,"result":', b'{"result":'])
async def test_brackets_within_brackets_without_end_are_an_answer_that_cannot_be_read(
    talker: tuple[Talker, Bot], begins: bytes
) -> None:
    talker[0].body = begins + b"[" * 200_000
    with pytest.raises(TelegramUnanswered):
        await talker[1](TakeUpdates())
    with pytest.raises(TelegramUnanswered):
        await talker[1].get_me()


@pytest.mark.parametrize(
    ("said", "kept"),
    [("0", 1), ("-5", 1), ("35", 35), ("9" * 400, 86_400), ("9" * 9000, 1), ('"soon"', 1), ("1e9", 86_400)],
)
async def test_a_pause_is_one_that_can_be_waited(talker: tuple[Talker, Bot], said: str, kept: int) -> None:
    words = f'{{"ok":false,"error_code":429,"description":"x","parameters":{{"retry_after":{said}}}}}'
    talker[0].status, talker[0].body = 429, words.encode()
    with pytest.raises(TelegramRetryAfter) as caught:
        await talker[1](TakeUpdates())
    assert caught.value.retry_after == kept


@pytest.mark.parametrize("code", [400, 403, 409])
async def test_a_refusal_without_words_is_one(talker: tuple[Talker, Bot], code: int) -> None:
    talker[0].status, talker[0].body = code, f'{{"ok":false,"error_code":{code},"description":null}}'.encode()
    error = await raised(talker[1])
    assert "chat not found" not in error.message
    assert type(error) is {400: TelegramBadRequest, 403: TelegramForbiddenError, 409: TelegramConflictError}[code]


@pytest.mark.parametrize(("more", "kind"), [(0, TelegramBadRequest), (1, TelegramUnanswered)])
async def test_an_answer_is_read_up_to_what_updates_can_take(
    talker: tuple[Talker, Bot], monkeypatch: pytest.MonkeyPatch, more: int, kind: type[TelegramAPIError]
) -> None:
    no = b'{"ok":false,"error_code":400,"description":"no"}'
    monkeypatch.setattr(telegram_session, "MOST_BYTES", 100)
    talker[0].status, talker[0].body = 400, no + b" " * (100 - len(no) + more)
    assert type(await raised(talker[1])) is kind


@pytest.mark.parametrize(
    ("content", "done"),
    [
        ('{"ok":true', True),
        (' { "ok" : true , "resu', True),
        ('{"ok":truest', False),
        ('{"ok":false}', False),
        ('{"result":1,"ok":true}', True),
        ('{"result":1,"ok":1}', False),
        ('{"result":1,"ok":tr', False),
        ('["ok"]', False),
        ("true", False),
        ("", False),
        ("[" * 100_000, False),
    ],
)
def test_only_ok_true_says_that_it_was_done(content: str, done: bool) -> None:
    assert telegram_session.says_done(content) is done


@pytest.mark.parametrize(
    ("content", "number"),
    [
        ('{"ok":true,"result":{"message_id":57,"date"', 57),
        ('{"ok":true,"result":{"message_id": 57 }', 57),
        ('{"ok":true,"result":{"message_id":57', 0),
        ('{"ok":true,"result":{"message_id":' + "9" * 18 + ",", 10**18 - 1),
        ('{"ok":true,"result":{"message_id":' + "9" * 19 + ",", 0),
    ],
)
def test_a_message_whose_answer_cannot_be_read_has_its_number_where_that_is_whole(content: str, number: int) -> None:
    for chat, of in ((1001, 1001), ("@channel", 0)):
        made = telegram_session.done_result(SendMessage(chat_id=chat, text="x"), content)
        assert isinstance(made, Message)
        assert (made.message_id, made.chat.id, made.date.timestamp()) == (number, of, 0)


def test_of_a_message_that_was_sent_only_which_one_it_is_is_read() -> None:
    told = {"message_id": 7, "date": 1_700_000_000, "chat": {"id": ANNA, "type": "private"}}
    answer = {"ok": True, "result": told | {"text": TEXT, "entities": [{"type": 5}], "reply_markup": "unreadable"}}
    assert telegram_session.read_answer(json.dumps(answer)) == {"ok": True, "result": told}
    for other in ({"ok": True, "result": [{"text": TEXT}]}, {"ok": True, "result": {"text": TEXT}}, [TEXT], None):
        assert telegram_session.read_answer(json.dumps(other)) == other


def test_other_calls_were_done_or_need_what_they_answer() -> None:
    done = [
        telegram_session.done_result(method, "")
        for method in (DeleteMessage(chat_id=1, message_id=1), EditMessageText(text="x"), GetMe())
    ]
    assert done == [True, True, None]


async def test_a_session_is_made_once_and_anew_after_it_was_closed(url: str) -> None:
    session = TelegramSession(api=TelegramAPIServer.from_base(url))
    first = await session.create_session()
    assert await session.create_session() is first
    await first.close()
    second = await session.create_session()
    assert second is not first and not second.closed
    await second.close()


async def test_the_model_of_an_answer_is_built_once(bot: Bot) -> None:
    telegram_session.response_to.cache_clear()
    for _ in range(2):
        assert (await bot.get_me()).is_bot
        assert telegram_session.response_to.cache_info().currsize == 1


KEYBOARD = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Назад & +", callback_data="back:1")]])


@pytest.mark.parametrize(
    "method",
    [
        TakeUpdates(offset=7, timeout=0, allowed_updates=["message", "callback_query"]),
        SendMessage(chat_id=ANNA, text="Прокси: a=b&c d+e%\n", reply_markup=KEYBOARD, disable_notification=True),
        EditMessageText(
            chat_id=ANNA, message_id=5, text="€", entities=[MessageEntity(type="bold", offset=0, length=1)]
        ),
        GetMe(),
    ],
)
def test_a_call_is_sent_as_aiogram_sends_it(method: TelegramMethod[Any]) -> None:
    session, bot = TelegramSession(), Bot(TOKEN)
    fields = session.fields_of(bot, method)
    assert fields is not None
    ours, theirs = telegram_session.urlencoded(fields), session.build_form_data(bot, method)()
    assert (ours.decode(), ours.headers, ours.size) == (theirs.decode(), theirs.headers, theirs.size)


def test_a_call_with_a_file_is_left_to_aiograms_form() -> None:
    with_file = SendDocument(chat_id=ANNA, document=BufferedInputFile(b"content", "name.txt"))
    assert TelegramSession().fields_of(Bot(TOKEN), with_file) is None
