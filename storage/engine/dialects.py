"""What tables and statements say differently on the two databases, so that nobody else has to name one of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, SmallInteger, Table, text
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.dialects.sqlite.dml import OnConflictClause
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

__all__ = [
    "COUNTS_UP_FOR_EVER",
    "KEPT_BY_KEY",
    "Number",
    "SmallNumber",
    "clock",
    "replacing",
    "upsert",
    "where",
    "writers_are_alone",
]

# SQLAlchemy's INSERT ... ON CONFLICT of either database compiles for the other but for this name, which PostgreSQL's
# compiler asks for. SQLite's is taken, for its dialect is imported anyhow: the other one takes a tenth of a second.
OnConflictClause.constraint_target = None  # type: ignore[attr-defined]

# Whole numbers of 64 bits everywhere. On SQLite every integer is as long as it must be, and only a column of this
# very type counts up by itself as a primary key.
Number = BigInteger().with_variant(Integer, "sqlite")
SmallNumber = BigInteger().with_variant(SmallInteger, "sqlite")

# An id is never given twice, also after /forget: buttons carry it. PostgreSQL's sequences never go back.
COUNTS_UP_FOR_EVER: dict[str, Any] = {"sqlite_autoincrement": True}

# A table of nothing but its primary key is stored by it, without a second copy in an index.
KEPT_BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}


def where(condition: str, *, flag: bool = False) -> dict[str, Any]:
    """Makes an index partial. SQLite uses it for a flag only when it is spelled as in the queries."""
    return {
        "sqlite_where": text(f"{condition} = 1" if flag else condition),
        "postgresql_where": text(condition),
    }


def replacing(table: Table, *columns: str, by: tuple[str, ...] = ("telegram_id",)) -> Any:
    """An INSERT of a row by the names of its columns; these replace what the row with the same key has."""
    statement = upsert(table)
    return statement.on_conflict_do_update(
        index_elements=list(by), set_={name: statement.excluded[name] for name in columns}
    )


def writers_are_alone(connection: AsyncConnection) -> bool:
    """Whether nobody else writes during a transaction: SQLite lets one writer in at a time."""
    return connection.dialect.name == "sqlite"


class clock(FunctionElement[int]):
    """Microseconds since 1970 by the database's own clock, which all processes share."""

    type = BigInteger()
    inherit_cache = True


@compiles(clock, "postgresql")
def _on_postgresql(*_: Any, **__: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


@compiles(clock)
def _on_sqlite(*_: Any, **__: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
