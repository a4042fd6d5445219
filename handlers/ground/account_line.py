"""Which px6 account a message is of, under its title, where the person has several. Nobody else adds it."""

from __future__ import annotations

from dataclasses import replace

from handlers.ground.screen import Screen
from handlers.ground.words import Words
from model.people import Person


def with_account(w: Words, person: Person, screen: Screen) -> Screen:
    """The screen, with the account it is of; one that is of no single account stays as it is."""
    line = account_line(w, person)
    return screen if line is None or not screen.of_account else replace(screen, account_line=line)


def account_line(w: Words, person: Person) -> str | None:
    return None if person.account is None else w.tr("Account: {name}", name=person.account)
