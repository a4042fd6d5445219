"""Sums, times and texts as columns keep them: exact, and nothing where there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import dialect

from storage.engine.dialects import clock
from storage.engine.types import Json, Money, UtcTime, money_from_int, money_to_int, time_from_int, time_to_int
from storage.schema import metadata

SQLITE = dialect()


@pytest.mark.parametrize(
    ("text", "kept", "shown"),
    [
        ("0", 0, "0.00"),
        ("48.8", 48_800_000, "48.80"),
        ("100", 100_000_000, "100.00"),
        ("0.9", 900_000, "0.90"),
        ("0.01", 10_000, "0.01"),
        ("0.015", 15_000, "0.015"),
        ("0.0001", 100, "0.0001"),
        ("0.000001", 1, "0.000001"),
        ("-5", -5_000_000, "-5.00"),
        ("0.0000005", 0, "0.00"),
        ("0.0000015", 2, "0.000002"),
    ],
)
def test_sums_are_kept_in_millionths_and_shown_with_two_digits_at_least(text: str, kept: int, shown: str) -> None:
    assert money_to_int(Decimal(text)) == kept
    assert f"{money_from_int(kept):f}" == shown
    assert Money().process_bind_param(Decimal(text), SQLITE) == kept
    assert Money().process_result_value(kept, SQLITE) == Decimal(shown)


def test_times_are_kept_in_microseconds_since_1970() -> None:
    moscow = timezone(timedelta(hours=3))
    for value, kept in (
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 3, 0, 1, 5, tzinfo=moscow), 1_000_005),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
    ):
        assert time_to_int(value) == UtcTime().process_bind_param(value, SQLITE) == kept
        assert time_from_int(kept) == UtcTime().process_result_value(kept, SQLITE) == value
    assert time_from_int(0).tzinfo is UTC
    with pytest.raises(ValueError, match="a time needs its zone"):
        time_to_int(datetime(2026, 11, 28))  # noqa: DTZ001 - that is what is refused


@pytest.mark.parametrize("kind", [Money(), UtcTime(), Json()])
def test_nothing_stays_nothing(kind: Any) -> None:
    assert kind.process_bind_param(None, SQLITE) is None
    assert kind.process_result_value(None, SQLITE) is None
    assert kind.cache_ok is True, "statements with it are compiled once"


def test_texts_are_json() -> None:
    assert Json().process_bind_param({"a": [1, Decimal("2.50")]}, SQLITE) == '{"a":[1,"2.50"]}'
    assert Json().process_result_value('{"a":[1,"2.50"]}', SQLITE) == {"a": [1, "2.50"]}
    assert (Json().process_bind_param([], SQLITE), Json().process_result_value("[]", SQLITE)) == ("[]", [])
    assert Json().process_result_value("false", SQLITE) is False


def test_a_statement_with_a_column_of_ours_or_the_databases_clock_is_compiled_once() -> None:
    """Else every tap would compile its statements anew, which takes longer than to run them."""
    for table in metadata.tables.values():
        query = select(clock()).where(*(column.is_not_distinct_from(bindparam(column.name)) for column in table.c))
        assert query._generate_cache_key() is not None, table.name
