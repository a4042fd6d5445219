"""What the tables share: their collection, and the columns of several keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, MetaData

from storage.engine.types import UtcTime

metadata = MetaData()


def owner(*, primary: bool = False) -> Column[int]:
    """The person whom a row belongs to; /forget deletes the row with the person."""
    key = ForeignKey("people.telegram_id", ondelete="CASCADE")
    return Column("telegram_id", BigInteger, key, primary_key=primary, nullable=False)


def proxy_end_key() -> list[Column[Any]]:
    """The primary key of a table that has one row for an end of a person's proxy: the person, the proxy, the end."""
    return [
        owner(primary=True),
        Column("proxy_id", BigInteger, primary_key=True),
        Column("end", UtcTime, primary_key=True),
    ]


def colleague_end_key() -> list[Column[Any]]:
    """As `proxy_end_key`, for a colleague on another's account: its owner, the colleague, the proxy, the end."""
    return [
        Column("telegram_id", BigInteger, primary_key=True),
        Column("person_id", BigInteger, primary_key=True),
        Column("proxy_id", BigInteger, primary_key=True),
        Column("end", UtcTime, primary_key=True),
    ]


def of_colleague() -> ForeignKeyConstraint:
    """A row goes with the right of the colleague whom it is about."""
    theirs = ["colleagues.telegram_id", "colleagues.person_id"]
    return ForeignKeyConstraint(["telegram_id", "person_id"], theirs, ondelete="CASCADE")
