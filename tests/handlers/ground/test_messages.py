"""Which messages a screen may be written into or over, and how a screen is sent, edited and put back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import CallbackQuery, Chat, InaccessibleMessage, InlineKeyboardMarkup, Message, User
from aiogram.utils.formatting import Bold, Text

from handlers.ground.messages import (
    can_be_covered,
    can_be_screen,
    edit_screen,
    restore_tapped_message,
    rewrite,
    send_screen,
)
from handlers.ground.screen import Open, Row, Screen, button, danger_button, spend_button
from sandbox.telegram.http import serve_telegram
from sandbox.telegram.state import TelegramState
from tests.handlers.bots import ANNA, TOKEN, bot_at

CHAT, PERSON = Chat(id=ANNA, type="private"), User(id=ANNA, is_bot=False, first_name="Anna")
THEN = datetime(2026, 11, 1, tzinfo=UTC)
PLAIN, GREEN, RED = (make("Go", Open(screen="home")) for make in (button, spend_button, danger_button))


def message(rows: Sequence[Row] | None = None, **more: Any) -> Message:
    markup = InlineKeyboardMarkup(inline_keyboard=[list(row) for row in rows]) if rows else None
    return Message(message_id=5, date=THEN, chat=CHAT, reply_markup=markup, **more)


def tap(tapped: Message | InaccessibleMessage | None) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=PERSON, chat_instance="1", message=tapped, data="open:home")


def test_a_text_is_written_into_a_text_and_into_nothing_else() -> None:
    assert can_be_screen(message(text="A screen"))
    assert not can_be_screen(message(caption="A file"))
    assert can_be_screen(InaccessibleMessage(chat=CHAT, message_id=5, date=0)), "Telegram says whether it takes it"


def test_waiting_covers_screens_and_none_with_a_button_that_spends_or_destroys() -> None:
    assert can_be_covered(tap(message(text="A screen")))
    assert can_be_covered(tap(message([[PLAIN], [PLAIN, PLAIN]], text="A screen")))
    for rows in ([[GREEN]], [[RED]], [[PLAIN, GREEN]], [[PLAIN], [RED]], [[RED, PLAIN], [PLAIN]]):
        assert not can_be_covered(tap(message(rows, text="A quote"))), rows
    assert not can_be_covered(tap(InaccessibleMessage(chat=CHAT, message_id=5, date=0)))
    assert not can_be_covered(tap(None))
    assert not can_be_covered(message(text="/buy")), "what a person wrote is no screen"


# -- with Telegram


@pytest.fixture
async def bot(telegram: TelegramState) -> AsyncIterator[Bot]:
    async with serve_telegram(telegram) as url, bot_at(url) as bot:
        yield bot


def stands(telegram: TelegramState) -> dict[int, tuple[str, list[str]]]:
    """What the messages of the chat say, and their buttons."""
    chat = telegram.private_chat(telegram.bot(TOKEN), ANNA)
    return {
        number: (each.text or "", [one["text"] for one in each.buttons()]) for number, each in chat.messages.items()
    }


HOME = Screen(Text("At ", Bold("home"), " https://px6.example"), [[PLAIN], []])


async def test_a_screen_is_sent_with_its_buttons_and_with_a_sound_unless_quietly(
    bot: Bot, telegram: TelegramState
) -> None:
    first = await send_screen(bot, ANNA, HOME)
    second = await send_screen(bot, ANNA, Screen(Text("Quiet")), quietly=True)
    assert stands(telegram) == {first: ("At home https://px6.example", ["Go"]), second: ("Quiet", [])}
    loud, quiet = (call.params for call in telegram.requests)
    assert "disable_notification" not in loud
    assert str(quiet["disable_notification"]).lower() == "true"
    for params in (loud, quiet):
        assert "true" in str(params["link_preview_options"]).lower(), "no page of px6 under the screen"


async def test_a_screen_is_rewritten_in_place_and_sent_anew_where_that_cannot_be(
    bot: Bot, telegram: TelegramState
) -> None:
    number = await send_screen(bot, ANNA, Screen(Text("Before"), [[PLAIN]]))
    assert await edit_screen(bot, ANNA, number, HOME)
    assert stands(telegram) == {number: ("At home https://px6.example", ["Go"])}
    assert "true" in str(telegram.requests[-1].params["link_preview_options"]).lower()
    assert await edit_screen(bot, ANNA, number, HOME), "unchanged: the person sees it already"
    assert await rewrite(bot, ANNA, number, HOME) == number
    assert len(stands(telegram)) == 1
    assert not await edit_screen(bot, ANNA, number + 1, HOME), "there is no such message"
    anew = await rewrite(bot, ANNA, number + 1, Screen(Text("Anew")))
    assert anew != number
    assert stands(telegram)[anew] == ("Anew", [])
    assert len(stands(telegram)) == 2
    telegram.refusals.clear()


async def test_a_tapped_screen_is_put_back_as_it_was(bot: Bot, telegram: TelegramState) -> None:
    number = await send_screen(bot, ANNA, HOME)
    text = "At home https://px6.example"
    bold: list[Any] = [{"type": "bold", "offset": 3, "length": 4}]
    was = message([[PLAIN]], text=text, entities=bold).model_copy(update={"message_id": number})
    await edit_screen(bot, ANNA, number, Screen(Text("Asking px6…")))
    await restore_tapped_message(bot, tap(was))
    assert stands(telegram) == {number: (text, ["Go"])}
    params = telegram.requests[-1].params
    assert '"bold"' in str(params["entities"]) or "'bold'" in str(params["entities"])
    assert "parse_mode" not in params
    assert "true" in str(params["link_preview_options"]).lower()


async def test_what_is_no_tapped_text_is_left_as_it_is(bot: Bot, telegram: TelegramState) -> None:
    for event in (tap(None), tap(message(caption="A file")), message(text="/buy")):
        await restore_tapped_message(bot, event)
    assert not telegram.requests
