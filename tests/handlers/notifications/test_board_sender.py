"""How a pinned message reaches a person: without a sound, when there is room, and saying which account it is of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from msgspec import structs

from handlers.notifications.board import TelegramBoardSender
from model.people import Person
from sandbox.telegram.http import serve_telegram
from sandbox.telegram.state import TelegramState
from services.notifications.kinds import Board, Refused
from tests.handlers.bots import ANNA, TOKEN, bot_at
from tests.sample_proxies import NOW, a_proxy

PERSON = Person(telegram_id=ANNA, language="en", choices={}, created_at=NOW, account="shop")
BOARD = Board(Decimal("640.50"), "RUB", 1, (a_proxy(),))
LATER = replace(BOARD, balance=Decimal("1.00"))


async def test_it_is_sent_and_pinned_without_a_sound_and_waits_for_room_before_it_is_sent_or_edited(
    telegram: TelegramState,
) -> None:
    waited, noted = list[int](), list[tuple[Person, int]]()

    async def turn() -> bool:
        waited.append(len(telegram.requests))
        return False

    async def note(person: Person, message_id: int) -> None:
        noted.append((person, message_id))

    async with serve_telegram(telegram) as url, bot_at(url) as bot:
        sender = TelegramBoardSender(bot, turn, note)
        number = await sender.send(PERSON, BOARD)
        await sender.pin(PERSON, number)
        [sent] = telegram.private_chat(telegram.bot(TOKEN), ANNA).messages.values()
        assert (sent.text or "").splitlines()[:2] == ["px6 · 640.50 RUB", "Account: shop"]
        assert await sender.edit(PERSON, number, LATER)
        assert (sent.text or "").splitlines()[:2] == ["px6 · 1.00 RUB", "Account: shop"]
        with pytest.raises(Refused):
            await sender.pin(PERSON, number + 1)
    sound_off = [str(call.params.get("disable_notification")).lower() for call in telegram.requests]
    assert [(call.method, off) for call, off in zip(telegram.requests, sound_off, strict=True)] == [
        ("sendmessage", "true"),
        ("pinchatmessage", "true"),
        ("editmessagetext", "none"),
        ("pinchatmessage", "true"),
    ]
    assert waited == [0, 2]
    assert noted == [(PERSON, number)], "its buttons are of this account"
    telegram.refusals.clear()


async def test_it_is_edited_whenever_the_person_would_see_something_else(telegram: TelegramState) -> None:
    async with serve_telegram(telegram) as url, bot_at(url) as bot:
        sender = TelegramBoardSender(bot)
        others = (
            (PERSON, LATER),
            (structs.replace(PERSON, account="office"), BOARD),
            (structs.replace(PERSON, language="ru"), BOARD),
        )
        marks = {sender.mark(person, board) for person, board in ((PERSON, BOARD), *others)}
        assert len(marks) == 4
        assert sender.mark(PERSON, replace(BOARD)) in marks
