"""What owns a message, as several processes know it: while the database is away each decides for itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.errors import StorageError
from services.ground.presence import Presence, SharedLeases
from services.ground.shared_messages import SharedMessages, ShownPayment
from tests.databases import opened

PLACE = (1001, 7)


async def test_what_one_process_knows_of_a_message_another_reads_and_no_outage_keeps_anybody_from_a_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise StorageError("the server is away")

    async with opened(tmp_path) as database:
        presence = Presence(database)
        one, other = (SharedMessages(database, presence, SharedLeases(presence), "secret") for _ in range(2))
        await one.enter(PLACE, 5)
        await one.show(PLACE, ShownPayment(frozenset({"again"})), 8)
        found = await other.read(PLACE)
        assert found is not None
        assert (found.newest, found.closed, found.shown_in, found.shown) == (
            5,
            5,
            8,
            ShownPayment(frozenset({"again"})),
        )
        monkeypatch.setattr(database, "single", refuse)
        await one.enter(PLACE, 6)
        await one.show(PLACE, None, None)
        assert await one.read(PLACE) is None
        shown = list[str]()
        async with one.held(PLACE):
            shown.append("a screen")
        assert shown
        monkeypatch.undo()
        assert await other.read(PLACE) == found
