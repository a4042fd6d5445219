"""A bot written with pyTelegramBotAPI: `telebot_bot.py URL TOKEN`."""
# mypy: ignore-errors

from __future__ import annotations

import io
import sys

import telebot
from telebot import apihelper
from telebot.types import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup

URL, TOKEN = sys.argv[1:3]
apihelper.API_URL = URL + "/bot{0}/{1}"
apihelper.FILE_URL = URL + "/file/bot{0}/{1}"
bot = telebot.TeleBot(TOKEN)
COMMANDS = [BotCommand("start", "Count from zero"), BotCommand("help", "What this bot can do")]


def keyboard(count: int) -> InlineKeyboardMarkup:
    markup = InlineKeyboardMarkup(row_width=3)
    markup.add(InlineKeyboardButton(f"Add one to {count}", callback_data=f"add:{count}"))
    markup.add(
        InlineKeyboardButton("File", callback_data="file"),
        InlineKeyboardButton("Alert", callback_data="alert"),
        InlineKeyboardButton("Site", url="https://github.com/eternnoir/pyTelegramBotAPI"),
    )
    return markup


@bot.message_handler(commands=["start"])
def start(message) -> None:  # noqa: ANN001
    bot.send_message(message.chat.id, "Count: *0*", parse_mode="MarkdownV2", reply_markup=keyboard(0))


@bot.message_handler(commands=["help"])
def show_help(message) -> None:  # noqa: ANN001
    lines = [f"/{one.command} - {one.description}" for one in bot.get_my_commands()]
    bot.reply_to(message, "\n".join(lines))


@bot.callback_query_handler(func=lambda query: query.data.startswith("add:"))
def add(query) -> None:  # noqa: ANN001
    count = int(query.data.partition(":")[2]) + 1
    bot.answer_callback_query(query.id, f"Now {count}")
    chat, message = query.message.chat.id, query.message.message_id
    bot.edit_message_text(f"Count: *{count}*", chat, message, parse_mode="MarkdownV2", reply_markup=keyboard(count))


@bot.callback_query_handler(func=lambda query: query.data == "file")
def send_file(query) -> None:  # noqa: ANN001
    bot.answer_callback_query(query.id)
    content = io.BytesIO("Привет from pyTelegramBotAPI\n".encode())
    content.name = "hello.txt"
    bot.send_document(query.message.chat.id, content, caption="A file")


@bot.callback_query_handler(func=lambda query: query.data == "alert")
def alert(query) -> None:  # noqa: ANN001
    bot.answer_callback_query(query.id, "Look here", show_alert=True)


@bot.message_handler(content_types=["document"])
def give_back(message) -> None:  # noqa: ANN001
    content = bot.download_file(bot.get_file(message.document.file_id).file_path)
    name = f"upper-{message.document.file_name}"
    bot.send_document(message.chat.id, content.decode().upper().encode(), visible_file_name=name)


bot.set_my_commands(COMMANDS)
bot.set_my_description("A counter written with pyTelegramBotAPI")
bot.infinity_polling(timeout=10, long_polling_timeout=10)
