"""A message or tap that is not taken: why, in pure sentences, and how that is said."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.ground.rights import Whose
from handlers.ground.screen import Screen
from handlers.ground.typed import read
from handlers.ground.words import Words
from model.colleagues import Right

log = logging.getLogger(__name__)

COMMANDS_NAMED = 10  # commands that were left undone


def why_not_taken(event: Message | CallbackQuery, w: Words) -> str | None:
    """Why an update is refused, in words for the person; None when it is taken."""
    message = event if isinstance(event, Message) else event.message
    return group_text(w) if message and message.chat.type != "private" else None


def group_text(w: Words) -> str:
    return w.tr("I work only in a private chat: here everyone would see what you do.")


def private_text(w: Words, *, is_known: bool, invited: bool = False) -> str:
    """To who may not use the bot; who could use it once is told what became of their data.

    `invited`: they follow an invitation to a px6 account, which lets nobody in.
    """
    private = w.tr("This bot is private. Its owner can give you access.")
    if invited:
        private = w.tr(
            "This bot is private, and an invitation to a px6 account does not change that. "
            "Ask the bot's owner to let you in, then open the link again."
        )
    if not is_known:
        return private
    rest = w.tr("Until then your reminders and rules are paused. /forget erases everything the bot keeps about you.")
    return f"{private} {rest}"


def not_allowed_text(w: Words, needed: Right | Whose) -> str:
    """To a colleague whose right is not enough for what they want."""
    if needed is Whose.OWNER:
        return w.tr("Only the owner of this account can do that. Nothing was done.")
    return w.tr("Your access to this account does not include that. Its owner can change it. Nothing was done.")


def barred_owner_text(w: Words) -> str:
    """To a colleague on the account of somebody who may not use the bot any more."""
    return w.tr("The owner of this account may not use this bot now, so nobody can. Nothing was done.")


def too_much_text(w: Words) -> str:
    return w.tr("Too much at once. Wait for the answers, then send the rest again.")


def too_many_commands_text(w: Words, left: Sequence[str]) -> str:
    """Which commands of one message were not run; of very many only the first."""
    named = ", ".join(left[:COMMANDS_NAMED]) + (" …" if len(left) > COMMANDS_NAMED else "")
    return w.tr("Too many commands in one message. Not run: {commands}", commands=named)


async def refuse(bot: Bot, event: Message | CallbackQuery, text: str) -> None:
    """Say no: to a message with a line, to a tap with an alert. In groups only what is meant for the bot counts."""
    try:
        if isinstance(event, CallbackQuery):
            await bot.answer_callback_query(event.id, text=text, show_alert=True)
        elif event.chat.type == "private" or await is_for_bot(bot, event):
            await bot.send_message(event.chat.id, **Screen(Text(text)).text.as_kwargs())
    except TelegramAPIError as error:
        log.debug("A refusal could not be delivered: %s", type(error).__name__)


async def is_for_bot(bot: Bot, message: Message) -> bool:
    """Whether a message in a group speaks to this bot: a command, a mention, or a reply to it."""
    me = await bot.me()
    text = message.text or ""
    typed = read(text)
    addressed = f"@{me.username}".lower() in text.lower()
    to_me = (
        message.reply_to_message
        and message.reply_to_message.from_user
        and message.reply_to_message.from_user.id == me.id
    )
    return bool(addressed or to_me or (typed.command and not typed.bot))
