"""Messages of two processes to one chat: about one a second after a burst of three, by the database's clock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from model.errors import StorageError
from services.ground.chat_pace import SharedChatPace
from services.ground.presence import Presence
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import lay_database, rows_of, url_of

pytestmark = pytest.mark.postgresql("several processes share a server")

APART = timedelta(seconds=60)


async def test_a_chat_takes_a_burst_of_all_processes_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    both = [Presence(database) for _ in range(2)]
    first, second = (SharedChatPace(database, each, "secret", APART, 2 * APART) for each in both)
    assert await first(1001) == 0
    assert rows_of(tmp_path, "SELECT * FROM chat_paces") == [], "a process that is alone counts for itself"
    both[0].living = both[1].living = 2
    assert [await first(1001), await second(1001), await first(1001)] == [0, 0, 0]
    assert 50 < await second(1001) <= 60
    assert await second(1002) == 0
    rows_of(tmp_path, "UPDATE chat_paces SET full_at = 0")
    assert await second(1001) == 0
    assert "1001" not in {chat for (chat,) in rows_of(tmp_path, "SELECT chat FROM chat_paces")}
    for _ in range(2):
        assert await second(1001) == 0
    assert 50 < await second(1001) <= 60
    monkeypatch.setattr("storage.chat_paces.take", refuse)
    assert await second(1001) == 0, "while the database is away each counts for itself"
    await database.close()


async def refuse(*_: object) -> None:
    raise StorageError("the server is away")
