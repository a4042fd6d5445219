"""When the garbage collector may hold everybody up for a full collection."""

from __future__ import annotations

import gc
import weakref

from bot.collector import QuietCollector, leave_full_collections_to_us, spare_collector


async def test_a_full_collection_is_made_when_little_goes_on_and_at_the_latest_after_a_quarter_of_an_hour() -> None:
    now, tasks, made = 1000.0, 40, list[float]()
    collector = QuietCollector(lambda: now, lambda: tasks, lambda: made.append(now))
    await collector.collect_if_quiet()
    assert made == [1000]
    tasks = 41
    for now in (1060, 1899, 1900, 1960):  # noqa: B007 - the collector reads it
        await collector.collect_if_quiet()
    assert made == [1000, 1900]


def test_python_makes_no_full_collection_by_itself_and_all_short_ones() -> None:
    before = gc.get_threshold()
    try:
        leave_full_collections_to_us()
        assert gc.get_threshold() == (*before[:2], 1_000_000)
    finally:
        gc.set_threshold(*before)


class Node:
    """Part of a circle."""

    next: Node


def test_after_the_import_during_which_it_rests_the_collector_works_again() -> None:
    gc.disable()
    try:
        one, other = Node(), Node()
        one.next, other.next, gone = other, one, weakref.ref(one)
        del one, other
        spare_collector()
        assert gc.isenabled()
        assert gone() is None, "what is garbage by then would stay for ever"
    finally:
        gc.enable()
