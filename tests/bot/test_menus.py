"""The command menu and the descriptions, as Telegram is given them, in English and in each other language."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import SetMyCommands, SetMyDescription, SetMyShortDescription, TelegramMethod

from bot.menus import publish_menus


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
