"""A bot written with python-telegram-bot: `ptb_bot.py URL TOKEN [PORT]`, by webhook when a port is given."""
# mypy: ignore-errors

from __future__ import annotations

import io
import sys

from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

Context = ContextTypes.DEFAULT_TYPE
COMMANDS = [BotCommand("start", "Count from zero"), BotCommand("help", "What this bot can do")]


def keyboard(count: int) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(f"Add one to {count}", callback_data=f"add:{count}")],
            [
                InlineKeyboardButton("File", callback_data="file"),
                InlineKeyboardButton("Alert", callback_data="alert"),
                InlineKeyboardButton("Site", url="https://python-telegram-bot.org"),
            ],
        ]
    )


async def start(update: Update, _context: Context) -> None:
    await update.message.reply_text("Count: <b>0</b>", parse_mode=ParseMode.HTML, reply_markup=keyboard(0))


async def show_help(update: Update, context: Context) -> None:
    commands = await context.bot.get_my_commands()
    await update.message.reply_text("\n".join(f"/{one.command} - {one.description}" for one in commands))


async def add(update: Update, _context: Context) -> None:
    count = int(update.callback_query.data.partition(":")[2]) + 1
    await update.callback_query.answer(f"Now {count}")
    await update.callback_query.edit_message_text(
        f"Count: <b>{count}</b>", parse_mode=ParseMode.HTML, reply_markup=keyboard(count)
    )


async def send_file(update: Update, _context: Context) -> None:
    await update.callback_query.answer()
    content = io.BytesIO("Привет from python-telegram-bot\n".encode())
    await update.effective_message.reply_document(content, filename="hello.txt", caption="A file")


async def alert(update: Update, _context: Context) -> None:
    await update.callback_query.answer("Look here", show_alert=True)


async def give_back(update: Update, context: Context) -> None:
    file = await context.bot.get_file(update.message.document.file_id)
    content = bytes(await file.download_as_bytearray())
    name = f"upper-{update.message.document.file_name}"
    await update.message.reply_document(content.decode().upper().encode(), filename=name)


async def name_commands(application: Application) -> None:
    await application.bot.set_my_commands(COMMANDS)
    await application.bot.set_my_description("A counter written with python-telegram-bot")


def main(url: str, token: str, port: str = "") -> None:
    builder = Application.builder().token(token).base_url(f"{url}/bot").base_file_url(f"{url}/file/bot")
    application = builder.post_init(name_commands).build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CommandHandler("help", show_help))
    application.add_handler(CallbackQueryHandler(add, pattern="^add:"))
    application.add_handler(CallbackQueryHandler(send_file, pattern="^file$"))
    application.add_handler(CallbackQueryHandler(alert, pattern="^alert$"))
    application.add_handler(MessageHandler(filters.Document.ALL, give_back))
    if port:
        application.run_webhook(
            "127.0.0.1", int(port), "hook", secret_token="ptb-secret", webhook_url=f"http://127.0.0.1:{port}/hook"
        )
    else:
        application.run_polling()


main(*sys.argv[1:])
