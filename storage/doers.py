"""Who did something on a px6 account. Read only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from model.doers import AUTOMATIC, EVERYBODY, OWN, Doer, Doers
from model.orders import BY_ITSELF
from storage.schema import colleague_actions, colleagues, confirmations, deletions


def by_whom(table: Table, who: str) -> ColumnElement[bool] | None:
    """The rows of confirmations or deletions that `who` made: one of the words of `model.doers`, or a colleague's id.

    None: everybody's.
    """
    source = table.c.get("source")
    automatic = false() if source is None else source.in_(BY_ITSELF)
    if who == EVERYBODY:
        return None
    if who == AUTOMATIC:
        return automatic
    if who == OWN:
        return table.c.by_person.is_(None) & ~automatic
    return table.c.by_person == int(who)


def _any(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(table.c.telegram_id == bindparam("telegram_id"), *conditions)


_HAD = or_(
    _any(colleagues),
    _any(confirmations, confirmations.c.by_person.is_not(None)),
    _any(deletions, deletions.c.by_person.is_not(None)),
    _any(colleague_actions),
)
_AUTOMATIC = confirmations.c.source.in_(BY_ITSELF)
_DID = select(
    (
        _any(confirmations, confirmations.c.by_person.is_(None), ~_AUTOMATIC)
        | _any(deletions, deletions.c.by_person.is_(None))
    ).label("own"),
    _any(confirmations, _AUTOMATIC).label("automatic"),
)


def _names(table: Table) -> Any:
    """Under the id of each colleague the newest row that they made, and what they were called."""
    mine = (table.c.telegram_id == bindparam("telegram_id")) & table.c.by_person.is_not(None)
    newest = select(func.max(table.c.id)).where(mine).group_by(table.c.by_person)
    return select(table.c.by_person, table.c.by_name).where(table.c.id.in_(newest))


_NAMES = (_names(deletions), _names(confirmations))


async def had_colleagues(connection: AsyncConnection, telegram_id: int) -> bool:
    """Whether somebody has, or had, a right on this account."""
    return bool(await connection.scalar(select(_HAD), {"telegram_id": telegram_id}))


async def of_account(connection: AsyncConnection, telegram_id: int) -> Doers:
    """Who paid or deleted something on this account; one statement where there never was a colleague."""
    if not await had_colleagues(connection, telegram_id):
        return Doers()
    names: dict[int, str] = {}
    for query in _NAMES:
        names |= {
            row.by_person: row.by_name or "" for row in await connection.execute(query, {"telegram_id": telegram_id})
        }
    did = (await connection.execute(_DID, {"telegram_id": telegram_id})).one()
    return Doers(
        own=bool(did.own),
        automatic=bool(did.automatic),
        colleagues=tuple(Doer(person=person, name=name) for person, name in sorted(names.items())),
        had_colleagues=True,
    )
