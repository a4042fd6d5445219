"""Ticked proxies: all at once, and which selections are kept."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import selections
from tests.durations import SECOND
from tests.sample_proxies import NOW


@pytest.mark.parametrize(
    ("ids", "most", "after"),
    [((1, 2), 9, (3,)), ((1, 4), 9, (1, 2, 3, 4)), ((4, 5), 4, (1, 2, 3, 4)), ((1, 2, 3), 9, ()), ((), 9, (1, 2, 3))],
)
async def test_all_are_ticked_or_when_they_are_all_of_them_are_not(
    connection: AsyncConnection, ids: tuple[int, ...], most: int, after: tuple[int, ...]
) -> None:
    made = await selections.create(connection, 1001, "list", [3, 1, 2], NOW)
    changed = await selections.toggle_many(connection, 1001, made.id, ids, most, NOW)
    assert changed is not None
    assert changed.ids == after
    assert await selections.get(connection, 1001, made.id) == changed
    assert await selections.toggle_many(connection, 1002, made.id, ids, most, NOW) is None
    assert (changed.purpose, changed.telegram_id) == ("list", 1001)


async def test_the_one_that_was_touched_last_is_kept_longest(
    connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selections, "KEPT", 2)
    first, second = [
        await selections.create(connection, 1001, "list", [number], NOW + number * SECOND) for number in (1, 2)
    ]
    theirs = await selections.create(connection, 1002, "list", [1], NOW + 9 * SECOND)
    await selections.replace(connection, 1001, first.id, [7, 7, 8], NOW + 3 * SECOND)
    third = await selections.create(connection, 1001, "list", [3], NOW + 4 * SECOND)
    there = [await selections.get(connection, 1001, one.id) for one in (first, second, third)]
    assert [one and one.ids for one in there] == [(7, 8), None, (3,)]
    assert await selections.get(connection, 1002, theirs.id) == theirs


async def test_a_selection_holds_twenty_thousand_at_most(connection: AsyncConnection) -> None:
    made = await selections.create(connection, 1001, "list", [*range(20_000), 5], NOW)
    assert len(made.ids) == 20_000
    with pytest.raises(ValueError, match="at most 20000"):
        await selections.replace(connection, 1001, made.id, range(20_001), NOW)
    await selections.remove(connection, 1001, made.id)
    assert await selections.get(connection, 1001, made.id) is None
