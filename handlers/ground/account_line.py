"""What every screen is given when it is sent: which px6 account it is of, where the person has several or it is
somebody else's, and for a colleague only the buttons that they may use. Nobody else does either."""

from __future__ import annotations

from dataclasses import replace

from aiogram.types import InlineKeyboardButton

from handlers.ground.right_words import shown_name
from handlers.ground.rights import is_allowed, needed_for_tap
from handlers.ground.screen import NEW_MESSAGE_MARK, Screen
from handlers.ground.words import Words
from model.people import Person


def with_account(w: Words, person: Person, screen: Screen) -> Screen:
    """The screen, with the account it is of; one that is of no single account stays as it is."""
    if person.colleague is not None:
        screen = replace(screen, rows=[[each for each in row if may_tap(person, each)] for row in screen.rows])
    line = account_line(w, person)
    return screen if line is None or not screen.of_account else replace(screen, account_line=line)


def account_line(w: Words, person: Person) -> str | None:
    """What the account is called, and whose it is where that is somebody else."""
    if person.account is not None and person.colleague is not None:
        owner = shown_name(w, person.colleague.by_name)
        return w.tr("Account: {name} of {owner}", name=person.account, owner=owner)
    return None if person.account is None else w.tr("Account: {name}", name=person.account)


def may_tap(person: Person, shown: InlineKeyboardButton) -> bool:
    """Whether the right of who acts allows what the button does."""
    data = shown.callback_data
    return data is None or is_allowed(person, needed_for_tap(data.removeprefix(NEW_MESSAGE_MARK)))
