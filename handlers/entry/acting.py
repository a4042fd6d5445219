"""On which px6 account an update of a person with several of them acts.

A tap acts on the account that its message is of, an answer on the one that the question was about, and everything
else on the current one. Where nobody knows which account a message is of, or that one was removed, nothing is done
but saying so: never does a button act on another account than the one that it was made for.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiogram.types import CallbackQuery, Message

from handlers.ground.callback_data import SHARED_PREFIXES
from handlers.ground.screen import Open
from handlers.ground.typed import read
from model.people import Person
from services.account.people import People

SHARED_SCREENS = frozenset({"home", "accounts", "help", "settings", "language", "forget", "here"})


async def acting(people: People, person: Person, event: Message | CallbackQuery) -> tuple[Person, bool]:
    """The person as the owner of the account that the update acts on, and whether its message is of that one.

    Not so: the current account, and nothing but what concerns all accounts may be done there.
    """
    if not person.had_several:
        return person, True
    owner = await of_update(people, person, event)
    found = None if owner is None else await of_person(people, person, owner)
    if found is not None:
        return found, True
    current = await of_person(people, person, person.current or person.telegram_id) or person
    if isinstance(event, CallbackQuery):
        return current, False
    return msgspec.structs.replace(current, choices=without_questions(current.choices)), True


def without_questions(choices: dict[str, Any]) -> dict[str, Any]:
    """What was chosen; a question about an account that is gone is answered by nothing."""
    return {name: value for name, value in choices.items() if name not in ("asking", "asking_of", "asked")}


async def of_update(people: People, person: Person, event: Message | CallbackQuery) -> int | None:
    """The id of the account that a message with buttons is of, or that an answered question was about."""
    if isinstance(event, CallbackQuery):
        return None if event.message is None else await people.owner_of_message(person, event.message.message_id)
    if read(event.text or event.caption or "").is_command:
        return person.current
    asked = person.choices.get("asked") or {}
    replied = event.reply_to_message
    if replied is not None and str(replied.message_id) in asked:
        return await people.owner_of_message(person, replied.message_id)
    if person.choices.get("asking") is not None:
        return int(person.choices.get("asking_of") or person.chat_id)
    return person.current


async def of_person(people: People, person: Person, owner: int) -> Person | None:
    """The person as the owner of this account, if it is one of theirs and connected, or they have none at all."""
    connected = [each.telegram_id for each in await people.accounts_of(person.telegram_id) if each.is_connected]
    if connected and owner not in connected:
        return None
    found = await people.find(owner)
    return found if found is not None and found.chat_id == person.chat_id else None


def is_shared(data: str) -> bool:
    """Whether a button means the same on whichever account of the person."""
    prefix, _, rest = data.partition(":")
    return rest in SHARED_SCREENS if prefix == Open.__prefix__ else prefix in SHARED_PREFIXES
