"""aiogram, unchanged but for the address, works against the stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.filters import CommandStart
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputRichMessage,
    Message,
)
from aiogram.utils.formatting import Bold, Code, Text

from tests.sandbox.telegram.conftest import PERSON, TOKEN, World, until

MARKUP = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Go", callback_data="go")]])


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(world.url))
    yield Bot(TOKEN, session=session)
    await session.close()


async def test_a_whole_conversation_with_a_polling_dispatcher(world: World, bot: Bot) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart())
    async def start(message: Message) -> None:
        await message.answer(**Text("Hello ", Bold("you"), " ", Code("1:2")).as_kwargs(), reply_markup=MARKUP)

    @dispatcher.callback_query()
    async def go(query: CallbackQuery) -> None:
        await query.answer("Gone")
        if isinstance(query.message, Message):
            await query.message.edit_text("Went")

    polling = asyncio.ensure_future(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=5))
    await world.write("/start")
    messages = world.state.bot(TOKEN).chats[PERSON].messages
    await until(lambda: len(messages) == 3)
    answer = await world.person("POST", f"{PERSON}/taps", json={"label": "Go"})
    assert answer["text"] == "Gone"
    await until(lambda: messages[3].text == "Went")
    await dispatcher.stop_polling()
    await polling
    assert world.state.refusals == []


async def test_files_go_down_and_up(world: World, bot: Bot) -> None:
    sent = await bot.send_document(PERSON, BufferedInputFile(b"abc", "a.txt"))
    assert sent.document is not None
    content = await bot.download(sent.document)
    assert content is not None
    assert content.read() == b"abc"


async def test_its_errors_are_recognised(world: World, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("a", chat_id=PERSON, message_id=99)
    await world.person("PATCH", f"{PERSON}", json={"blocked": True})
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(PERSON, "a")
    world.state.fail("sendMessage", 429, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(PERSON, "a")
    assert caught.value.retry_after == 7


async def test_profile_and_rich_messages_are_understood(world: World, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand(command="go", description="Go")], language_code="ru")
    assert [command.command for command in await bot.get_my_commands(language_code="ru")] == ["go"]
    message = await bot.send_rich_message(PERSON, InputRichMessage(html="<h1>A</h1><p>b</p>"))
    assert message.rich_message is not None
    assert [block.type for block in message.rich_message.blocks] == ["heading", "paragraph"]
    assert (await bot.get_webhook_info()).pending_update_count == 0
