"""Sends every new message of a turn, and its “typing…”, into the topic of that turn (`handlers/ground/topics.py`)."""

from __future__ import annotations

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import Response, SendChatAction, SendDocument, SendMessage, SendPhoto, TelegramMethod
from aiogram.methods.base import TelegramType

from handlers.ground.topics import current_topic

IN_TOPICS = (SendMessage, SendDocument, SendPhoto, SendChatAction)


class RequestTopics(BaseRequestMiddleware):
    """A session middleware that adds `message_thread_id`. Where the topic is gone, the message goes into the chat."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        topic = current_topic.get()
        if topic is None or type(method) not in IN_TOPICS or getattr(method, "chat_id", None) != topic.chat_id:
            return await make_request(bot, method)
        try:
            return await make_request(bot, method.model_copy(update={"message_thread_id": topic.thread_id}))
        except TelegramBadRequest as error:
            if "thread not found" not in error.message:
                raise
            return await make_request(bot, method)
