"""Who may edit a message, where several processes show screens. Each function is one statement.

`name` is a keyed hash. A row goes an hour after the last tap, or a day after a payment or an ending was shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlalchemy import and_, bindparam, case, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import clock, upsert
from storage.schema import message_owners

HOUR = 3600 * 1_000_000  # microseconds


@dataclass(frozen=True)
class ShownPayment:
    """A payment that a message shows. `choices`: what the buttons of its outcome carry; None: there is none yet."""

    choices: frozenset[str] | None


@dataclass(frozen=True)
class ShownEnding:
    """How the matter of a reminder was ended by somebody else, which its message says until it is ended anew.
    `choices`: what the buttons of that carry."""

    choices: frozenset[str]


Shown = ShownPayment | ShownEnding


@dataclass(frozen=True)
class Owner:
    """`newest`: the update of the newest tap; `closed`: of the newest before a payment, or an ending, was shown.
    `shown_in`: the message that took its place."""

    newest: int
    closed: int
    shown: Shown | None
    shown_in: int | None


_ENTERED = upsert(message_owners).values(name=bindparam("message"), newest=bindparam("update"), closed=0, at=clock())
_LATER = case(
    (message_owners.c.newest > _ENTERED.excluded.newest, message_owners.c.newest), else_=_ENTERED.excluded.newest
)
_ENTER = _ENTERED.on_conflict_do_update(index_elements=["name"], set_={"newest": _LATER, "at": clock()})
_READ = select(
    message_owners.c.newest, message_owners.c.closed, message_owners.c.payment, message_owners.c.shown_in
).where(message_owners.c.name == bindparam("message"))
_SHOWN = upsert(message_owners).values(
    name=bindparam("message"),
    newest=0,
    closed=0,
    payment=bindparam("choices"),
    shown_in=bindparam("place"),
    at=clock(),
)
_CLOSED = case(
    (_SHOWN.excluded.payment.is_(None), message_owners.c.closed),
    else_=message_owners.c.newest,
)
_SHOW = _SHOWN.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "payment": _SHOWN.excluded.payment,
        "shown_in": _SHOWN.excluded.shown_in,
        "closed": _CLOSED,
        "at": clock(),
    },
)
_CHOICES = msgspec.json.Decoder(frozenset[str] | None)
_ENDING = ""  # among the choices of an ending; no button carries nothing
_OLD = delete(message_owners).where(
    or_(
        and_(message_owners.c.at < clock() - HOUR, message_owners.c.payment.is_(None)),
        message_owners.c.at < clock() - 24 * HOUR,
    )
)


async def enter(connection: AsyncConnection, name: str, update: int) -> None:
    """Somebody has tapped on the message."""
    await connection.execute(_ENTER, {"message": name, "update": update})


async def read(connection: AsyncConnection, name: str) -> Owner | None:
    """What is known of the message."""
    row = (await connection.execute(_READ, {"message": name})).first()
    if row is None:
        return None
    shown = None if row.payment is None else _shown(_CHOICES.decode(row.payment))
    return Owner(row.newest, row.closed, shown, row.shown_in)


def _shown(choices: frozenset[str] | None) -> Shown:
    if choices is not None and _ENDING in choices:
        return ShownEnding(choices - {_ENDING})
    return ShownPayment(choices)


async def show(connection: AsyncConnection, name: str, shown: Shown | None, shown_in: int | None) -> None:
    """The message shows this; None: a screen like any other. Taps from before do not edit what it shows."""
    choices = None if shown is None else msgspec.json.encode(_choices_of(shown), order="sorted").decode()
    await connection.execute(_SHOW, {"message": name, "choices": choices, "place": shown_in})


def _choices_of(shown: Shown) -> frozenset[str] | None:
    return shown.choices | {_ENDING} if isinstance(shown, ShownEnding) else shown.choices


async def remove_old(connection: AsyncConnection) -> None:
    """Nothing is kept of messages that nobody has tapped on for long."""
    await connection.execute(_OLD)
