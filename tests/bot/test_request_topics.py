"""Messages of a turn go into its topic, and into the chat where the topic is gone."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    DeleteMessage,
    Response,
    SendChatAction,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)

from bot.request_topics import RequestTopics
from handlers.ground.topics import Topic, current_topic

ANNA, BERT = 1001, 1002
BOT = Bot("42:TEST")


async def sent(method: TelegramMethod[Any], topic: Topic | None, *refusals: str) -> list[int | None]:
    """The topic of each request that this call makes, when the first ones are refused in these words."""
    words, seen = list(refusals), list[int | None]()

    async def telegram(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        seen.append(getattr(method, "message_thread_id", None))
        if words:
            raise TelegramBadRequest(method, words.pop(0))
        return Response[Any](ok=True, result=True)

    token = current_topic.set(topic)
    try:
        await RequestTopics()(telegram, BOT, method)
    finally:
        current_topic.reset(token)
    return seen


def hello(chat: int = ANNA) -> SendMessage:
    return SendMessage(chat_id=chat, text="Hello")


TOPIC = Topic(chat_id=ANNA, thread_id=7)


@pytest.mark.parametrize(
    ("method", "topic", "seen"),
    [
        (hello(), TOPIC, [7]),
        (SendDocument(chat_id=ANNA, document="x"), TOPIC, [7]),
        (SendPhoto(chat_id=ANNA, photo="x"), TOPIC, [7]),
        (SendChatAction(chat_id=ANNA, action="typing"), TOPIC, [7]),
        (DeleteMessage(chat_id=ANNA, message_id=1), TOPIC, [None]),
        (hello(BERT), TOPIC, [None]),
        (hello(), None, [None]),
    ],
)
async def test_what_is_new_in_the_chat_of_the_turn_goes_into_its_topic(
    method: TelegramMethod[Any], topic: Topic | None, seen: list[int | None]
) -> None:
    assert await sent(method, topic) == seen


async def test_where_the_topic_is_gone_the_message_goes_into_the_chat() -> None:
    assert await sent(hello(), TOPIC, "Bad Request: message thread not found") == [7, None]
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await sent(hello(), TOPIC, "Bad Request: chat not found")
