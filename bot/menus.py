"""The command menu and the descriptions of the bot, in every language."""

from __future__ import annotations

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats

from handlers.account.home import commands
from handlers.ground.words import Words
from locales import ENGLISH, LANGUAGES

log = logging.getLogger(__name__)


async def publish_menus(bot: Bot) -> None:
    """Set commands and descriptions in English for phones in any language, and in each of the others for its own."""
    try:
        for language in LANGUAGES:
            words = Words(language)
            code = None if language == ENGLISH else language
            listed = [BotCommand(command=name, description=does) for name, _, does in commands(words)]
            await bot.set_my_commands(listed, scope=BotCommandScopeAllPrivateChats(), language_code=code)
            await bot.set_my_description(description(words), language_code=code)
            await bot.set_my_short_description(short_description(words), language_code=code)
    except TelegramAPIError as error:
        # The bot works without its menu, and the next start sets it.
        log.warning("The command menu could not be set: %s", type(error).__name__)


def description(w: Words) -> str:
    """Shown in an empty chat above the Start button."""
    return w.tr(
        "Buy, prolong, check and export your px6 (PROXY6) proxies from your phone.\n\nYou need "
        "a px6 API key; it is stored encrypted. The bot reminds you before proxies end, and "
        "you prolong them in one tap."
    )


def short_description(w: Words) -> str:
    """Shown on the bot's profile and when it is shared."""
    return w.tr("Buy and manage px6 (PROXY6) proxies from your phone")
