"""A chat with topics: what a turn says goes into the topic that the person wrote or tapped in.

The topic is a context of the turn and of everything that is started in it: nobody who sends has to pass it on.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from aiogram.types import CallbackQuery, Message


@dataclass(frozen=True)
class Topic:
    """A topic of a chat."""

    chat_id: int
    thread_id: int


current_topic: ContextVar[Topic | None] = ContextVar("topic", default=None)


def topic_of(event: Message | CallbackQuery) -> Topic | None:
    """The topic in which somebody wrote or tapped; None in a chat without topics."""
    message = event if isinstance(event, Message) else event.message
    if not isinstance(message, Message) or message.message_thread_id is None:
        return None
    in_topic = message.is_topic_message or message.chat.type == "private"
    return Topic(message.chat.id, message.message_thread_id) if in_topic else None
