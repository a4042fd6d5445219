"""What a transaction locks before it reads what it is about to write. On SQLite writers are alone: nothing is asked.

Every lock holds until the end of the transaction. They are taken in this order, so that no two wait for each other:
one for a kind of work (`alone`), then people in the order of their ids, then a px6 account, then rows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import writers_are_alone
from storage.schema import confirmations, people
from storage.whose import rows_of, shared

PRUNING, OWNER, CLOCK, MAINTENANCE = "pruning", "owner", "clock", "maintenance"

_PEOPLE = (
    select(people.c.telegram_id)
    .where(people.c.telegram_id.in_(bindparam("ids", expanding=True)))
    .order_by(people.c.telegram_id)
    .with_for_update(key_share=True)  # new rows of theirs need not wait, only deleting them and other such locks do
)
_WHOLE = (
    select(people.c.telegram_id).where(people.c.telegram_id == shared("telegram_id")).with_for_update(key_share=True)
)
_PAYER = (
    select(people.c.telegram_id)
    .join(confirmations, confirmations.c.telegram_id == people.c.telegram_id)
    .where(confirmations.c.id == bindparam("confirmation"))
    .with_for_update(of=people, key_share=True)
)
_ACCOUNTS = rows_of("telegram_id").order_by(people.c.telegram_id).with_for_update(key_share=True)
_NUMBER = func.hashtextextended(bindparam("name"), 0)
_ALONE = select(func.pg_advisory_xact_lock(_NUMBER))
_BESIDE = select(func.pg_advisory_xact_lock_shared(_NUMBER))


async def person(connection: AsyncConnection, telegram_id: int) -> None:
    """Nobody else who locks this person goes on, and nobody erases them."""
    await several(connection, (telegram_id,))


async def several(connection: AsyncConnection, telegram_ids: Collection[int]) -> None:
    """As `person`, for several people at once."""
    if not writers_are_alone(connection):
        await connection.execute(_PEOPLE, {"ids": list(telegram_ids)})


async def payer(connection: AsyncConnection, confirmation_id: int) -> None:
    """The person whose confirmation this is: nothing of it is sent or closed meanwhile."""
    if not writers_are_alone(connection):
        await connection.execute(_PAYER, {"confirmation": confirmation_id})


async def whole_person(connection: AsyncConnection, telegram_id: int) -> None:
    """The row that all px6 accounts of a person share: nobody changes meanwhile what is the same for all of them."""
    if not writers_are_alone(connection):
        await connection.execute(_WHOLE, {"telegram_id": telegram_id})


async def all_accounts(connection: AsyncConnection, telegram_id: int) -> None:
    """The rows of all px6 accounts of a person: none is added, erased or given another key meanwhile."""
    if not writers_are_alone(connection):
        await connection.execute(_ACCOUNTS, {"telegram_id": telegram_id})


_EVERYBODY = select(people.c.telegram_id).order_by(people.c.telegram_id).with_for_update(key_share=True)


async def everybody(connection: AsyncConnection) -> None:
    """As `person`, for all people there are."""
    await rows(connection, _EVERYBODY)


async def rows(connection: AsyncConnection, query: Select[Any]) -> None:
    """Lock the rows of a query FOR UPDATE, in the order that it names."""
    if not writers_are_alone(connection):
        await connection.execute(select(func.count()).select_from(query.subquery()))


async def px6_account(connection: AsyncConnection, px6_user_id: str) -> None:
    """Nobody else claims anything on this account, whoever has its key."""
    await alone(connection, f"px6 account {px6_user_id}")


async def alone(connection: AsyncConnection, what: str) -> None:
    """Nobody else does this kind of work, nor anything beside it."""
    if not writers_are_alone(connection):
        await connection.execute(_ALONE, {"name": what})


async def beside(connection: AsyncConnection, what: str) -> None:
    """Many may be here at once, but nobody who must be `alone`."""
    if not writers_are_alone(connection):
        await connection.execute(_BESIDE, {"name": what})
