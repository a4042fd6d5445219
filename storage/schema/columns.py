"""What the tables share: their collection, the type of ids, the columns of several keys, and partial indexes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, text

from storage.engine.types import UtcTime

# Integer on SQLite, where only that type makes a primary key count up by itself.
Number = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()


def where(condition: str, *, flag: bool = False) -> dict[str, Any]:
    """Makes an index partial. SQLite uses it for a flag only when it is spelled as in the queries."""
    return {
        "sqlite_where": text(f"{condition} = 1" if flag else condition),
        "postgresql_where": text(condition),
    }


def owner(*, primary: bool = False) -> Column[int]:
    """The person whom a row belongs to; /forget deletes the row with the person."""
    key = ForeignKey("people.telegram_id", ondelete="CASCADE")
    return Column("telegram_id", BigInteger, key, primary_key=primary, nullable=False, autoincrement=False)


def proxy_end_key() -> list[Column[Any]]:
    """The primary key of a table that has one row for an end of a person's proxy: the person, the proxy, the end."""
    return [
        owner(primary=True),
        Column("proxy_id", BigInteger, primary_key=True, autoincrement=False),
        Column("end", UtcTime, primary_key=True),
    ]
