"""The command menu and the descriptions, as Telegram is given them, in English and in each other language."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import DeleteMyCommands, SetMyCommands, SetMyDescription, SetMyShortDescription, TelegramMethod
from aiogram.types import BotCommandScopeChat

from bot.menus import HAS_MENU, OperatorMenus, publish_menus
from services.account.access import Access
from services.account.people import People
from tests.handlers.chatting import chatting


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    """1001 and 1002 have written to the bot."""
    async with chatting(tmp_path) as chat:
        for person in (1001, 1002):
            await chat.people.find_or_create(person)
        yield chat.people


class Noting(BaseSession):
    """A session of aiogram that notes each call and says yes, or that nobody answers from the call `away` on."""

    def __init__(self, away: int = 99) -> None:
        super().__init__()
        self.calls: list[TelegramMethod[Any]] = []
        self._away = away

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        self.calls.append(method)
        if len(self.calls) >= self._away:
            raise TelegramNetworkError(method, "words")
        return True

    async def close(self) -> None:
        return

    async def stream_content(self, url: str, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        yield url.encode()


async def test_english_is_for_every_phone_and_russian_for_those_that_speak_it() -> None:
    session = Noting()
    await publish_menus(Bot("42:TEST", session=session))
    kinds = [SetMyCommands, SetMyDescription, SetMyShortDescription]
    assert [type(call) for call in session.calls] == kinds * 2
    assert [getattr(call, "language_code", "") for call in session.calls] == [None] * 3 + ["ru"] * 3
    english, russian = session.calls[0], session.calls[3]
    assert isinstance(english, SetMyCommands) and isinstance(russian, SetMyCommands)
    assert english.scope is not None and english.scope.type == "all_private_chats"
    assert [one.command for one in english.commands] == [one.command for one in russian.commands]
    assert "buy" in {one.command for one in english.commands}
    assert all(one.description.isascii() for one in english.commands)
    assert not any(one.description.isascii() for one in russian.commands)
    first, second = session.calls[1], session.calls[2]
    assert isinstance(first, SetMyDescription) and isinstance(second, SetMyShortDescription)
    assert str(first.description).startswith("Buy, prolong, check and export your px6 (PROXY6) proxies")
    assert second.short_description == "Buy and manage px6 (PROXY6) proxies from your phone"


async def test_a_menu_that_cannot_be_set_is_one_line_and_the_bot_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    session = Noting(away=2)
    await publish_menus(Bot("42:TEST", session=session))
    assert len(session.calls) == 2
    assert caplog.messages == ["The command menu could not be set: TelegramNetworkError"]


async def test_operators_have_a_menu_of_their_own_while_they_are_operators(people: People) -> None:
    session, access = Noting(), Access((), (1001,))
    menus = OperatorMenus(Bot("42:TEST", session=session), access, people)
    await menus.publish()
    given = session.calls
    assert [(type(call), getattr(call, "language_code", "")) for call in given] == [
        (SetMyCommands, None),
        (SetMyCommands, "ru"),
    ]
    assert isinstance(given[0], SetMyCommands) and isinstance(given[0].scope, BotCommandScopeChat)
    assert given[0].scope.chat_id == 1001
    assert {"buy", "stats", "maintenance"} <= {one.command for one in given[0].commands}
    await menus.publish()
    assert len(session.calls) == 2, "nothing has changed"
    access.take((), (1002,))
    await menus.publish()
    kinds = [(type(call), getattr(getattr(call, "scope", None), "chat_id", None)) for call in session.calls[2:]]
    assert kinds == [(DeleteMyCommands, 1001)] * 2 + [(SetMyCommands, 1002)] * 2
    access.take((), (1001,))
    after_a_restart = OperatorMenus(Bot("42:TEST", session=session), access, people)
    await after_a_restart.publish()
    kinds = [(type(call), getattr(getattr(call, "scope", None), "chat_id", None)) for call in session.calls[6:]]
    assert kinds == [(SetMyCommands, 1001)] * 2 + [(DeleteMyCommands, 1002)] * 2, "who was one until then has none"
    assert await people.who_chose(HAS_MENU) == {1001}


async def test_an_operator_who_never_wrote_keeps_no_other_from_a_menu(
    people: People, caplog: pytest.LogCaptureFixture
) -> None:
    session = Noting(away=1)
    access = Access((), (1001, 1002))
    menus = OperatorMenus(Bot("42:TEST", session=session), access, people)
    await menus.publish()
    assert len(session.calls) == 2
    session._away = 4
    await menus.publish()
    session._away = 99
    await menus.publish()
    scopes = [getattr(getattr(call, "scope", None), "chat_id", None) for call in session.calls[2:]]
    assert scopes == [1001, 1001, 1002, 1001, 1001, 1002, 1002]
    await menus.publish()
    assert len(session.calls) == 9
    said = "The command menu of an operator could not be set: TelegramNetworkError"
    assert caplog.messages == [said] * 2
    access.take((), (1001,))
    session._away = 1
    for _ in range(2):
        await menus.publish()
    assert caplog.messages == [said] * 3, "what could be set is news again where it cannot be taken away"
