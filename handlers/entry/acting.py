"""On which px6 account an update of a person with several of them acts: their own ones, and those of others on which
they have a right as a colleague.

A tap acts on the account that its message is of, an answer on the one that the question was about, and everything
else on the current one. Where nobody knows which account a message is of, or that one was removed, or the person has
no right on it any more, nothing is done but saying so: never does a button act on another account than the one that
it was made for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from aiogram.types import CallbackQuery, Message

from handlers.ground.callback_data import SHARED_PREFIXES
from handlers.ground.screen import Open
from handlers.ground.typed import read
from model.people import OwnAccount, Person
from services.account.people import People

SHARED_SCREENS = frozenset({"home", "accounts", "help", "settings", "language", "forget", "here"})


class Acting(NamedTuple):
    """The person as who acts on an account. `is_known`: the update is about that one; else it is the current one,
    and nothing but what concerns all accounts may be done there. `has_ended`: their right on that of the update has.
    """

    person: Person
    is_known: bool = True
    has_ended: bool = False


async def acting(people: People, person: Person, event: Message | CallbackQuery) -> Acting:
    """On which account an update acts."""
    if not person.had_several:
        return Acting(person)
    owner = await of_update(people, person, event)
    accounts = await people.accounts_of(person.chat_id)
    found = None if owner is None else await of_person(people, person, accounts, owner)
    if found is not None:
        return Acting(found)
    current = await current_of(people, person, accounts)
    is_tap = isinstance(event, CallbackQuery)
    has_ended = (is_tap or owner != person.current) and await is_of_others(people, accounts, owner)
    if is_tap or has_ended:
        return Acting(current, is_known=False, has_ended=has_ended)
    return Acting(msgspec.structs.replace(current, choices=without_questions(current.choices)))


async def is_of_others(people: People, accounts: list[OwnAccount], owner: int | None) -> bool:
    """Whether this is an account of somebody else's, on which the person was found to have no right by now."""
    if owner is None or any(each.telegram_id == owner and each.colleague is None for each in accounts):
        return False
    return await people.find(owner) is not None


async def current_of(people: People, person: Person, accounts: list[OwnAccount]) -> Person:
    """The person on their current account; where that is gone, on another one of theirs."""
    connected = [each.telegram_id for each in accounts if each.is_connected]
    for owner in (person.current or person.telegram_id, *connected):
        found = await of_person(people, person, accounts, owner)
        if found is not None:
            return found
    return person


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


async def of_person(people: People, person: Person, accounts: list[OwnAccount], owner: int) -> Person | None:
    """The person on this account, if it is among theirs and connected; or on their own row, if none of theirs is."""
    connected = [each for each in accounts if each.is_connected]
    if not any(each.telegram_id == owner for each in connected):
        has_own = any(each.colleague is None for each in connected)
        if owner != person.chat_id or has_own:
            return None
    return await people.on_account(person, owner)


def is_shared(data: str) -> bool:
    """Whether a button means the same on whichever account of the person."""
    prefix, _, rest = data.partition(":")
    return rest in SHARED_SCREENS if prefix == Open.__prefix__ else prefix in SHARED_PREFIXES
