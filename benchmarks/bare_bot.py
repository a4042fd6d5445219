"""The least that a bot can do for a tap: read one row, answer the tap, edit the message. Our yardstick.

python -m benchmarks.bare_bot TOKEN TELEGRAM_URL DATABASE [--freeze]
"""

from __future__ import annotations

import asyncio
import gc
import sys

import aiosqlite
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

TEXT = "What I can do\nEverything is on the buttons.\n" + "\n".join(
    f"/command{i} – does something" for i in range(20)
)


def keyboard(turn: str) -> InlineKeyboardMarkup:
    """As many buttons as the screen that it is compared with."""
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Home", callback_data=turn)]])


async def main(token: str, url: str, path: str, *, freeze: bool) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    bot, dispatcher = Bot(token, session=session), Dispatcher()
    async with aiosqlite.connect(path) as database:
        await database.execute("create table if not exists people (id integer primary key, language text)")
        await database.commit()

        @dispatcher.message(CommandStart())
        async def start(message: Message) -> None:
            assert message.from_user
            await database.execute("insert or ignore into people values (?, 'en')", (message.from_user.id,))
            await database.commit()
            await message.answer(TEXT, reply_markup=keyboard("open:help"))

        @dispatcher.callback_query()
        async def tap(query: CallbackQuery) -> None:
            assert isinstance(query.message, Message)
            async with database.execute("select * from people where id = ?", (query.from_user.id,)) as rows:
                await rows.fetchone()
            await query.answer()
            await query.message.edit_text(f"{TEXT} {query.data}", reply_markup=keyboard("open:help"))

        if freeze:
            gc.collect()
            gc.freeze()
        await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], freeze="--freeze" in sys.argv))
