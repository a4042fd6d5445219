"""Quotes: which tap wins, and which are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import colleagues, digest_endings, own_accounts, quotes
from storage.schema import quotes as quote_table
from tests.durations import SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_quote


async def test_one_tap_wins_if_the_quote_is_fresh_and_the_persons(connection: AsyncConnection) -> None:
    for name in "ab":
        await a_quote(connection, name)
    assert await quotes.take(connection, 1001, "a", NOW + SECOND) is None
    assert await quotes.take(connection, 1002, "a", NOW) is None
    won = await quotes.take(connection, 1001, "a", NOW)
    assert won is not None
    assert won.id == "a"
    assert await quotes.take(connection, 1001, "a", NOW) is None
    assert await quotes.take(connection, 1001, "b", NOW - SECOND) is not None
    assert await quotes.get(connection, "a", 1002) is None
    assert await quotes.get(connection, "a", 1001) == await quotes.get(connection, "a")


async def test_only_open_quotes_make_room_for_newer_ones(
    connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotes, "KEPT_OPEN", 2)
    await a_quote(connection, "claimed", created_at=NOW + 9 * SECOND)
    assert await quotes.take(connection, 1001, "claimed", NOW) is not None
    for name in ("another's", "another's second"):
        await a_quote(connection, name, 1002, created_at=NOW + 9 * SECOND)
    await a_quote(connection, "newest", created_at=NOW + 2 * SECOND)
    await a_quote(connection, "oldest", created_at=NOW)
    await a_quote(connection, "middle", created_at=NOW + SECOND)
    names = ("claimed", "oldest", "middle", "newest")
    assert [name for name in names if await quotes.get(connection, name)] == ["claimed", "middle", "newest"]


async def test_a_message_shows_a_payment_of_who_confirmed_it_there(connection: AsyncConnection) -> None:
    """Such a message is its outcome's: what somebody else ended meanwhile is not written over it."""
    for name, person, message_id in (("paid", 1001, 5), ("open", 1001, 6), ("another's", 1002, 7)):
        await a_quote(connection, name, person)
        await quotes.set_message(connection, name, 1001, message_id)
    for name, person in (("paid", 1001), ("another's", 1002)):
        assert await quotes.take(connection, person, name, NOW) is not None
    places = [(1001, 1001, 5), (1001, 1001, 6), (1001, 1001, 7), (1001, 1002, 5), (1002, 1001, 5), (1002, 1001, 7)]
    shown = [place for place in places if await digest_endings.shows_payment(connection, *place)]
    assert shown == [(1001, 1001, 5), (1002, 1001, 7)]


async def test_a_forgotten_colleague_takes_the_owners_quotes_out_of_their_own_chat_alone(
    connection: AsyncConnection,
) -> None:
    """Else the owner's payment would say no more what has become of it where the owner has confirmed it."""
    for name, chat_id in (("owner's", 1001), ("colleague's", 1002), ("another colleague's", 1003)):
        await a_quote(connection, name)
        await quotes.set_message(connection, name, chat_id, 5)
    await own_accounts.note_message(connection, 1001, 1002, 5, NOW)
    await colleagues.erase_traces(connection, 1002)
    found = await connection.execute(select(quote_table.c.id, quote_table.c.chat_id, quote_table.c.message_id))
    assert {row.id: (row.chat_id, row.message_id) for row in found} == {
        "owner's": (1001, 5),
        "colleague's": (None, None),
        "another colleague's": (1003, 5),
    }


async def test_what_is_withdrawn_can_be_confirmed_by_nobody_and_of_others_nothing_is(
    connection: AsyncConnection,
) -> None:
    for name, person in (("a", 1001), ("b", 1001), ("paid", 1001), ("left", 1001), ("another's", 1002)):
        await a_quote(connection, name, person, kind="prolong" if name != "b" else "buy")
    assert await quotes.take(connection, 1001, "paid", NOW) is not None
    assert {one.id for one in await quotes.open_of(connection, 1001, "prolong")} == {"a", "left"}
    back = await quotes.withdraw(connection, 1001, ["a", "b", "paid", "another's"])
    assert sorted(back) == ["a", "b"]
    assert await quotes.withdraw(connection, 1001, ["a"]) == []
    won = [await quotes.take(connection, 1001, name, NOW) is not None for name in ("a", "b", "left")]
    assert won == [False, False, True]
    assert await quotes.take(connection, 1002, "another's", NOW) is not None


async def test_a_message_shows_a_quote_in_the_chat_of_the_person_and_not_once_it_is_confirmed_elsewhere(
    connection: AsyncConnection,
) -> None:
    await own_accounts.add(connection, 1001, 5001, 7, NOW)
    for name in ("of the first", "of a further one", "of nobody known", "paid"):
        await a_quote(connection, name)
    assert await quotes.take(connection, 1001, "paid", NOW) is not None
    for name, chat in (("of the first", 1001), ("of a further one", 5001), ("of nobody known", 7001), ("paid", 1001)):
        await quotes.set_message(connection, name, chat, 5, open_only=True)
    await a_quote(connection, "shown as paid")
    assert await quotes.take(connection, 1001, "shown as paid", NOW) is not None
    await quotes.set_message(connection, "shown as paid", 1001, 6)
    found = await connection.execute(select(quote_table.c.id, quote_table.c.chat_id, quote_table.c.message_id))
    assert {row.id: (row.chat_id, row.message_id) for row in found} == {
        "of the first": (1001, 5),
        "of a further one": (1001, 5),
        "of nobody known": (7001, 5),
        "paid": (None, None),
        "shown as paid": (1001, 6),
    }
