"""Which question a text of a person answers."""

from __future__ import annotations

from aiogram.types import CallbackQuery, Message

from model.people import Person


def question_of(person: Person, event: Message | CallbackQuery) -> str | None:
    """What a text answers: the question on the message that it replies to, else the one that was asked last."""
    asked = person.choices.get("asked") or {}
    replied = event.reply_to_message if isinstance(event, Message) else None
    found = asked.get(str(replied.message_id)) if replied else None
    last: str | None = person.choices.get("asking")
    return str(found) if found else last
