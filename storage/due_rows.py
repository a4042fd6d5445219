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
    """Those of a table with the columns `id`, `telegram_id` and `look_at`. `read` makes what they mean.

    `values`: what else changes when some are taken; `now` may stand in it as a parameter.
    """

    def __init__(
        self, table: Table, read: Callable[[RowMapping], Row], values: Mapping[str, Any] | None = None
    ) -> None:
        self._read = read
        due = select(table.c.id).where(table.c.look_at <= bindparam("now", type_=UtcTime()))
        self._is_due = due.limit(1)
        oldest = due.order_by(table.c.look_at, table.c.id).limit(bindparam("most")).with_for_update(skip_locked=True)
        theirs = oldest.where(table.c.telegram_id.in_(rows_of_all(bindparam("allowed", expanding=True))))
        claim = update(table).values(look_at=bindparam("again"), **(values or {})).returning(*table.c)
        self._take, self._take_of = (claim.where(table.c.id.in_(which)) for which in (oldest, theirs))

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
    ) -> list[Row]:
        """Take what is due, for nobody else before `again`; those that wait longest come first.

        Only of people who are `allowed`; without any, of all.
        """
        given: dict[str, Any] = {"now": now, "again": again, "most": most}
        if allowed:
            found = await connection.execute(self._take_of, given | {"allowed": list(allowed)})
        else:
            found = await connection.execute(self._take, given)
        taken = found.mappings().all()
        return [self._read(row) for row in sorted(taken, key=lambda row: int(row["id"]))]
