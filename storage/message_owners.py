"""Who may edit a message, where several processes show screens. Each function is one statement.

`name` is a keyed hash. A row goes an hour after the last tap, or a day after a payment was shown.
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
class Owner:
    """`newest`: the update of the newest tap; `closed`: of the newest before a payment was shown. `shown_in`: the
    message that took its place."""

    newest: int
    closed: int
    payment: ShownPayment | None
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
    payment = None if row.payment is None else ShownPayment(_CHOICES.decode(row.payment))
    return Owner(row.newest, row.closed, payment, row.shown_in)


async def show(connection: AsyncConnection, name: str, payment: ShownPayment | None, shown_in: int | None) -> None:
    """The message shows this of a payment; None: none any more. Taps from before do not edit what shows one."""
    choices = None if payment is None else msgspec.json.encode(payment.choices, order="sorted").decode()
    await connection.execute(_SHOW, {"message": name, "choices": choices, "place": shown_in})


async def remove_old(connection: AsyncConnection) -> None:
    """Nothing is kept of messages that nobody has tapped on for long."""
    await connection.execute(_OLD)
