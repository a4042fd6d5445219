"""Column types: exact money, UTC times, JSON texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, RowMapping, Text
from sqlalchemy.types import TypeDecorator

SCALE = 6  # digits after the point; px6 uses two for sums and up to four for the price of a day
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def money_to_int(value: Decimal) -> int:
    """A sum in millionths, exact for everything that px6 charges.

    >>> money_to_int(Decimal("48.80"))
    48800000
    """
    return int(value.scaleb(SCALE).to_integral_value(ROUND_HALF_EVEN))


def money_from_int(value: int) -> Decimal:
    """The sum of so many millionths, with at least two digits after the point.

    >>> money_from_int(48800000)
    Decimal('48.80')
    """
    exact = Decimal(value).scaleb(-SCALE)
    cents = exact.quantize(Decimal("0.01"))
    return cents if cents == exact else exact.normalize()


def time_to_int(value: datetime) -> int:
    """Microseconds since 1970. ValueError for a time without a zone."""
    if value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return (value - EPOCH) // timedelta(microseconds=1)


def time_from_int(value: int) -> datetime:
    """The aware UTC time of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


class Money(TypeDecorator[Decimal]):
    """Decimal in Python, millionths in an integer column: `Numeric` on SQLite would store a float."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else money_to_int(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else money_from_int(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds since 1970: sorts, compares and indexes everywhere alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else time_to_int(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else time_from_int(value)


class Json(TypeDecorator[Any]):
    """Plain values, dicts, lists, Decimals and Structs as a JSON text. Read back as plain values."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        return None if value is None else msgspec.json.decode(value)


def plain(row: RowMapping) -> dict[str, Any]:
    """A row under names that are nothing but `str` (SQLAlchemy's own are a subclass of it)."""
    return {str(name): value for name, value in row.items()}
