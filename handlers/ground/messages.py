"""Screens in messages: sent, edited, put back. Raises the errors of `handlers.ground.telegram_errors`."""

from __future__ import annotations

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, LinkPreviewOptions, MaybeInaccessibleMessageUnion, Message

from handlers.ground.screen import Screen
from handlers.ground.telegram_errors import NOT_MODIFIED

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def can_be_screen(message: MaybeInaccessibleMessageUnion) -> bool:
    """Whether a text may be written into the message: not into a file or a picture, which stays what it is."""
    return not isinstance(message, Message) or bool(message.text)


def can_be_covered(event: Message | CallbackQuery) -> bool:
    """Whether a waiting turn may write over the tapped screen: not where the outcome of a payment may appear."""
    message = event.message if isinstance(event, CallbackQuery) else None
    if not isinstance(message, Message):
        return False
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    return not any(each.style in ("success", "danger") for row in rows for each in row)


async def send_screen(bot: Bot, chat_id: int, screen: Screen, *, quietly: bool = False) -> int:
    """A new message; gives its id."""
    sent = await bot.send_message(
        chat_id,
        **screen.content,
        reply_markup=screen.keyboard,
        link_preview_options=NO_PREVIEW,
        disable_notification=quietly or None,
    )
    return sent.message_id


async def edit_screen(bot: Bot, chat_id: int, message_id: int, screen: Screen) -> bool:
    """Edit a message into a screen; False when Telegram refuses.

    Whatever its words: deleted, too old, of a topic that is gone. The list of those is open, so none is asked for.
    """
    try:
        await bot.edit_message_text(
            chat_id=chat_id,
            message_id=message_id,
            **screen.content,
            reply_markup=screen.keyboard,
            link_preview_options=NO_PREVIEW,
        )
    except TelegramBadRequest as error:
        return NOT_MODIFIED in error.message  # then the person sees it already
    return True


async def rewrite(bot: Bot, chat_id: int, message_id: int, screen: Screen) -> int:
    """Edit a message into a screen, or send the screen anew when it cannot be edited. Gives the message's id."""
    if await edit_screen(bot, chat_id, message_id, screen):
        return message_id
    return await send_screen(bot, chat_id, screen)


async def restore_tapped_message(bot: Bot, event: Message | CallbackQuery) -> None:
    """Make the tapped message again what it was when it was tapped."""
    message = event.message if isinstance(event, CallbackQuery) else None
    if isinstance(message, Message) and message.text:
        await bot.edit_message_text(
            message.text,
            chat_id=message.chat.id,
            message_id=message.message_id,
            parse_mode=None,
            entities=message.entities,
            reply_markup=message.reply_markup,
            link_preview_options=NO_PREVIEW,
        )
