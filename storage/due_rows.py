"""Rows of a table that are due: a process claims some by moving their `look_at`, and others pass them over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import RowMapping, Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.types import UtcTime
from storage.whose import rows_of_all

Row = TypeVar("Row")


class DueRows(Generic[Row]):
    """Those of a table with the columns `id`, `telegram_id` and `look_at`. `read` makes what they mean."""

    def __init__(self, table: Table, read: Callable[[RowMapping], Row]) -> None:
        self._table, self._read = table, read
        self._due = select(table.c.id).where(table.c.look_at <= bindparam("now", type_=UtcTime()))
        self._is_due = self._due.limit(1)

    async def any(self, connection: AsyncConnection, now: datetime) -> bool:
        """Whether anything is due; most of the time nothing is."""
        return (await connection.execute(self._is_due, {"now": now})).first() is not None

    async def take(
        self,
        connection: AsyncConnection,
        now: datetime,
        again: datetime,
        most: int,
        allowed: Collection[int] = (),
        values: Mapping[str, Any] | None = None,
    ) -> list[Row]:
        """Take what is due, for nobody else before `again`; those that wait longest come first.

        Only of people who are `allowed`; without any, of all. `values`: what else changes; `now` may stand in it as a
        parameter.
        """
        table = self._table
        due = self._due.order_by(table.c.look_at, table.c.id).limit(most).with_for_update(skip_locked=True)
        if allowed:
            due = due.where(table.c.telegram_id.in_(rows_of_all(list(allowed))))
        statement = update(table).where(table.c.id.in_(due)).values(look_at=again, **(values or {}))
        taken = (await connection.execute(statement.returning(*table.c), {"now": now})).mappings().all()
        return [self._read(row) for row in sorted(taken, key=lambda row: int(row["id"]))]
