"""People who talk with the bot, and their px6 accounts where they have several."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NewType

import msgspec

from model.colleagues import Colleague, Right

PersonId = NewType("PersonId", int)
"""Telegram's id of a person, by which what is theirs is known, and no account: language, zone, choices, questions."""

FIRST_ACCOUNT = 2**53  # Telegram's ids end at 2**52: these are of px6 accounts beyond a person's first one


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person the bot knows, as the owner of one of their px6 accounts.

    `telegram_id`: by which everything of the account is known; of the first account it is the person's own. All else
    is the person's: `language` chosen in the bot, None: the phone's; `zone`: an IANA name, None: not known;
    `choices`: what was done last (country, version, period, …) and small switches, plain JSON values.

    `of_person`: the person's own id, for a further account. `current`: the account that commands act on, None for who
    never had a second one. Messages up to `own_until` are of the first account. `account`: what this one is called,
    None where there are no several.

    `colleague`: the right with which a person acts on somebody else's account; `telegram_id` is the account's, and
    all else the acting person's. None: the account is their own.
    """

    telegram_id: int
    language: str | None = None
    phone_language: str | None = None
    zone: str | None = None
    blocked_at: datetime | None = None
    choices: dict[str, Any]
    created_at: datetime
    of_person: int | None = None
    account_name: str | None = None
    current: int | None = None
    own_until: int | None = None
    account: str | None = None
    colleague: Colleague | None = None

    @property
    def chat_id(self) -> PersonId:
        """The id of the person who acts, which is that of the chat with them."""
        if self.colleague is not None:
            return PersonId(self.colleague.person)
        return PersonId(self.telegram_id if self.of_person is None else self.of_person)

    @property
    def by(self) -> PersonId | None:
        """Whom to name for what is done on the account; None: it is its owner."""
        return None if self.colleague is None else self.chat_id

    def may(self, right: Right) -> bool:
        """Whether who acts may do what this right allows: everything, where the account is their own."""
        return self.colleague is None or self.colleague.right.includes(right)

    @property
    def owner_id(self) -> int:
        """Telegram's id of the account's owner, who is somebody else where the person is a colleague."""
        return self.telegram_id if self.of_person is None else self.of_person

    @property
    def had_several(self) -> bool:
        """Whether the person has, or had, more than one px6 account: then messages may be of any of them."""
        return self.current is not None


class OwnAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One of the px6 accounts on which a person may act. `px6_user_id` is None where none is connected.

    `colleague`: of an account that is somebody else's; see `Person` for the others.
    """

    telegram_id: int
    name: str | None
    px6_user_id: str | None
    currency: str | None
    refused_code: int | None
    colleague: Colleague | None = None

    @property
    def is_connected(self) -> bool:
        return self.px6_user_id is not None

    @property
    def label(self) -> str:
        """What it is called: its name, else px6's number of it."""
        return self.name or self.px6_user_id or ""


def stranger(telegram_id: int, phone_language: str | None, now: datetime) -> Person:
    """A person of whom the database knows nothing, or cannot be asked."""
    return Person(telegram_id=telegram_id, phone_language=phone_language, choices={}, created_at=now)
