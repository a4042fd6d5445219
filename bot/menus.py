"""The command menu and the descriptions of the bot, in every language."""

from __future__ import annotations

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from handlers.account.home import commands
from handlers.ground.words import Words
from handlers.operators.commands import operator_commands
from locales import ENGLISH, LANGUAGES
from model.people import PersonId
from services.account.access import Access
from services.account.people import People

log = logging.getLogger(__name__)

HAS_MENU = "operator_menu"  # among what is remembered of a person


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


class OperatorMenus:
    """The command menus of operators' own chats, which have their commands as well.

    Who has one is kept, so that it is also taken from somebody who was an operator until a restart.
    """

    def __init__(self, bot: Bot, access: Access, people: People) -> None:
        self._bot, self._access, self._people = bot, access, people
        self._published: set[int] | None = None  # since the start; before it the menus are those of another version
        self._failed = set[int]()

    async def publish(self) -> None:
        """Give a menu to who became an operator since the last time, and take it from who is none any more.

        An operator who has never written to the bot has no chat yet: that is tried again with each call.
        """
        now = self._access.operators
        if self._published is None:
            self._published = set(await self._people.who_chose(HAS_MENU) - now)
        for operator in sorted(self._published ^ now):
            try:
                await self._publish(operator, is_one=operator in now)
            except TelegramAPIError as error:
                if operator not in self._failed:
                    log.warning("The command menu of an operator could not be set: %s", type(error).__name__)
                self._failed.add(operator)
            else:
                self._failed.discard(operator)
                (self._published.add if operator in now else self._published.discard)(operator)

    async def _publish(self, operator: int, *, is_one: bool) -> None:
        scope = BotCommandScopeChat(chat_id=operator)
        for language in LANGUAGES:
            words, code = Words(language), None if language == ENGLISH else language
            if is_one:
                both = (*commands(words), *operator_commands(words))
                listed = [BotCommand(command=name, description=does) for name, _, does in both]
                await self._bot.set_my_commands(listed, scope=scope, language_code=code)
            else:
                await self._bot.delete_my_commands(scope=scope, language_code=code)
        await self._people.remember(PersonId(operator), **{HAS_MENU: is_one or None})


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
