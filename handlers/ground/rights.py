"""What a colleague must be allowed for each button, command and screen. Whatever says nothing is its owner's alone.

A button says it where it is declared (`needs` of `CallbackData`), commands and screens without data of their own
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from model.colleagues import Right
from model.people import Person


class Whose(StrEnum):
    """What no right of a colleague is enough for.

    OWNER: only the account's owner may. OWN: it is about the person's own accounts, so it is done there, never on
    somebody else's.
    """

    OWNER = "owner"
    OWN = "own"


@dataclass(frozen=True)
class ByField:
    """A need that depends on what the button carries: by the value of its field of this number, else `otherwise`."""

    number: int
    values: Mapping[str, Right] = field(hash=False)
    otherwise: Right = Right.ALL

    def of(self, fields: Sequence[str]) -> Right:
        """`fields`: what the button carries after its prefix."""
        return self.values.get(fields[self.number] if self.number < len(fields) else "", self.otherwise)


Needs = Right | Whose | ByField

NEEDED: dict[str, Needs | None] = {}
"""By prefix, as the buttons say; None: a button says nothing, and is its owner's."""

KIND_OF_PAYMENT = ByField(0, {"prolong": Right.PROLONG})  # of a button whose first field says what is to be paid

COMMANDS: Mapping[str, Right | Whose] = {
    **dict.fromkeys(("start", "help", "cancel", "accounts", "settings", "language", "reminders"), Right.LOOK),
    **dict.fromkeys(("balance", "price", "stock", "countries", "proxies", "find", "export"), Right.LOOK),
    **dict.fromkeys(("orders", "forecast", "watch"), Right.LOOK),
    **dict.fromkeys(("check", "comment"), Right.CHECK),
    "prolong": Right.PROLONG,
    **dict.fromkeys(("buy", "type", "delete", "bind"), Right.ALL),
    **dict.fromkeys(("key", "forget"), Whose.OWN),
    **dict.fromkeys(("stats", "maintenance", "broadcast"), Right.LOOK),  # operators': of no account
}

SCREENS: Mapping[str, Right | Whose] = {
    **dict.fromkeys(("home", "here", "help", "accounts", "settings", "language", "reminders"), Right.LOOK),
    **dict.fromkeys(("balance", "prices", "proxies", "export", "orders", "spending"), Right.LOOK),
    **dict.fromkeys(("forecast", "chart", "calendar", "watch", "rules"), Right.LOOK),
    **dict.fromkeys(("zone", "quiet", "fixed_hour", "money_notices", "by_comment", "test_digest"), Right.LOOK),
    "prolong_soon": Right.PROLONG,
    **dict.fromkeys(("buy", "bind", "new_rule"), Right.ALL),
    "board": Whose.OWNER,
    "forget": Whose.OWN,
}


def needed_for_tap(data: str) -> Right | Whose:
    """What a tap on a button with this data needs."""
    prefix, *fields = data.split(":")
    if prefix == "open":
        return SCREENS.get(":".join(fields), Whose.OWNER)
    needs = NEEDED.get(prefix)
    if isinstance(needs, ByField):
        return needs.of(fields)
    return needs or Whose.OWNER


def is_allowed(person: Person, needed: Right | Whose) -> bool:
    """Whether who acts may do what needs this on the account on which they act."""
    if person.colleague is None or needed is Whose.OWN:
        return True
    return isinstance(needed, Right) and person.may(needed)
