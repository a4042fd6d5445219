"""A database that the version before has left, taken over by this one: everything in it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.engine.crypto import Keyring
from storage.engine.database_tools import check_whole
from storage.engine.sqlite import inspect, newest_revision
from tests.durations import DAY, HOUR, MINUTE
from tests.storage.older import with_what_people_did
from tests.world import World, world_without_bot

STOPPED_AT = datetime(2026, 11, 28, 13, 0, 1, tzinfo=UTC)
ANN, BOB = "0a1b2c3d4e-5f60718293-a4b5c6d7e8", "1a1b2c3d4e-5f60718293-a4b5c6d7e8"  # their keys
UNTIL = datetime(2026, 11, 30, 12, tzinfo=UTC)
ENDS = {
    30000079: ("shop", UNTIL),
    30000088: ("shop", UNTIL),
    30000095: ("lab", UNTIL + 18 * DAY),
    30000103: ("", UNTIL + 28 * DAY),
    30000106: ("", UNTIL + 28 * DAY),
}
GREEN, DIGEST, UNKNOWN = "pay:P0ARyHcnhTxv:30", 15, 17  # the button, the message under which it is, and one more


@pytest.fixture
async def left(tmp_path: Path) -> AsyncIterator[World]:
    """A world without a bot, in which the file is the old version's, and px6 has what it had then."""
    with_what_people_did(tmp_path / "bot.sqlite3")
    async with world_without_bot(tmp_path, backup_dir=tmp_path / "backups") as world:
        world.move(STOPPED_AT + MINUTE - datetime.now(UTC))
        world.px6.add_account(key=ANN, balance="4958", user_id="412345")
        world.px6.add_account(key=BOB, balance="10", currency="USD", user_id="412346")
        has = world.px6.account(ANN).proxies
        for proxy_id, (comment, ends_at) in ENDS.items():
            made = world.px6.add_proxy(ANN, ends_at=ends_at, comment=comment)
            has[proxy_id] = has.pop(made.id)
            made.id = proxy_id
        await world.post("/people/1001/messages", {"text": "/balance"})
        for _ in range(20):  # the messages of then, whatever they said
            await world.post(f"/bot{world.token}/sendMessage", {"chat_id": 1001, "text": "of the old version"})
        yield world


async def test_the_database_is_backed_up_as_it_was_and_brought_to_this_version(left: World) -> None:
    ring = Keyring([bytes(range(32))])
    async with left.running_bot():
        [saved] = (left.folder / "backups").glob("*-before-migration.sqlite3")
        assert inspect(saved, ring) == "0008"
    assert inspect(left.folder / "bot.sqlite3", ring) == newest_revision() > "0008"
    check_whole(left.folder / "bot.sqlite3")


async def test_people_go_on_where_they_were_and_the_open_purchase_ends(left: World) -> None:
    ann, bob = left.phone(1001), left.phone(1002)
    async with left.running_bot():
        await bob.says("/balance")
        assert (await bob.reads()).startswith("Баланс\n10,00 $\nАккаунт px6 412346, валюта USD")
        for _ in range(4):  # the looks for the old version's order go on
            left.move(10 * MINUTE)
            await left.app.services.orders.settle_due()
            await left.quiet()
        assert (await ann.text_of(UNKNOWN)).startswith("Settled, see below\n1 × IPv6, France, 7 days")
        assert (await ann.reads()).startswith("Not bought\n1 × IPv6, France, 7 days")
        assert await ann.says("/orders") == "Orders\nNovember 2026: 42.00 RUB, 1 payment"
        assert "30\u00a0Nov\u00a012:00\u00a0UTC: 2 proxies" in await ann.says("/reminders")


async def test_an_old_button_pays_once_and_an_old_rule_prolongs(left: World) -> None:
    ann = left.phone(1001)
    async with left.running_bot():
        await ann.forges(GREEN, DIGEST)
        assert (await ann.text_of(DIGEST)).startswith("Prolonged 2 proxies for 30 days\n42.00 RUB paid")
        again = await ann.forges(GREEN, DIGEST)
        assert "already confirmed" in again["text"]
        assert [spent.ids for spent in left.px6.books(ANN)] == [(30000079, 30000088)]
        left.move(18 * DAY)
        for _ in range(3):  # found, announced, paid
            left.move(12 * HOUR)
            await left.sweep()
        assert [spent.ids for spent in left.px6.books(ANN)][1:] == [(30000095,)]
        receipt = "Prolonged 1 proxy for 30 days\nRule: comment “lab”\n21.00 RUB paid"
        assert any(message["text"].startswith(receipt) for message in await ann.chat())
