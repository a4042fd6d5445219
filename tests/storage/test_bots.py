"""A database belongs to one bot: ids of messages mean nothing in the chats of another."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import insert, select, update

from model.rules import Portion
from storage import boards, bots, broadcasts, confirmations, own_accounts, people, quotes, reminders, rules
from storage import schema as tables
from storage.engine.database import Database
from tests.durations import HOUR
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, a_quote, a_rule

UNSAID = {
    "telegram_id": 1001, "kind": "back", "notice": "{}", "quietly": False, "written_at": NOW, "again_at": NOW,
    "tries": 0,
}  # fmt: skip
REPLACEMENT = {
    "telegram_id": 1001, "px6_user_id": "1", "watch_id": 1, "wish": {}, "ends": [], "since": NOW, "price": Decimal(1),
    "currency": "RUB", "state": "announced", "run_at": NOW,
}  # fmt: skip


async def shown_in(database: Database) -> list[object]:
    """The ids of messages that are kept, and of the chat."""
    columns = (tables.quotes.c.chat_id, tables.quotes.c.message_id, tables.digests.c.message_id)
    async with database.read() as connection:
        found = [(await connection.execute(select(each))).scalar() for each in (*columns, tables.runs.c.message_id)]
        owners = (await connection.execute(select(tables.bots.c.bot_id, tables.bots.c.since))).all()
    return [*found, *map(tuple, owners)]


async def test_another_bot_keeps_everything_but_the_ids_of_messages(database: Database) -> None:
    async with database.write() as connection:
        await a_quote(connection, "q")
        await quotes.set_message(connection, "q", 1001, 55)
        digest = await reminders.write_digest(connection, 1001, "soon", [(1, NOW, 60)], {}, None, NOW, NOW)
        assert digest is not None
        await reminders.note_sent(connection, digest, "sent", 56)
        portion = Portion(run_at=NOW, ends={1: NOW}, prices={1: Decimal("21.00")})
        cycle = await rules.announce(connection, 1001, await a_rule(connection), [portion], "RUB", NOW)
        assert cycle is not None
        await rules.told(connection, cycle, 57)
        for state in ("draft", "running", "done"):
            number = await broadcasts.add(connection, 1001, "hello", [], NOW)
            await broadcasts.move(connection, 1001, number, "draft", state, message_id=58)
    await bots.belong(database, 5, NOW)
    assert await shown_in(database) == [1001, 55, 56, 57, (5, NOW)], "there was no other bot before"
    await bots.belong(database, 5, NOW + HOUR)
    assert await shown_in(database) == [1001, 55, 56, 57, (5, NOW)]
    await bots.belong(database, 6, NOW + HOUR)
    assert await shown_in(database) == [None, None, None, None, (6, NOW + HOUR)]
    async with database.read() as connection:
        found = [await broadcasts.get(connection, 1001, number) for number in (1, 2, 3)]
    seen = [(each.state, each.message_id) for each in found if each]
    assert seen == [("draft", None), ("stopped", None), ("done", None)], "people of the other bot get nothing"


async def test_no_number_of_a_message_or_an_update_of_the_other_bot_is_left(database: Database) -> None:
    """Also none that a person would answer: by a reply to a message that has its number now, or by the next text."""
    read = (
        select(tables.confirmations.c.owner_message),
        select(tables.unsaid.c.message_id),
        select(tables.replacements.c.message_id),
        select(tables.taken_updates.c.number),
        select(tables.people.c.choices).where(tables.people.c.telegram_id == 1001),
    )

    async def kept() -> list[object]:
        async with database.read() as connection:
            return [(await connection.execute(query)).scalar() for query in read]

    picking = {"request": 3, "of": "someone", "message": 62}
    await bots.belong(database, 5, NOW)
    async with database.write() as connection:
        made = await a_confirmation(connection, "q")
        await connection.execute(update(tables.confirmations).values(owner_message=59))
        await connection.execute(insert(tables.unsaid).values(**UNSAID, message_id=60))
        await connection.execute(insert(tables.replacements).values(**REPLACEMENT, message_id=61))
        await connection.execute(insert(tables.taken_updates).values(number=7, again=False, at=0))
        await people.ask(connection, 1001, "days", 63, 1001)
        await people.remember(connection, 1001, {"picking": picking, "grouped": "country"})
    asked = {"asking": "days", "asked": {"63": "days"}, "asking_of": 1001, "picking": picking, "grouped": "country"}
    await bots.belong(database, 5, NOW)
    assert await kept() == [59, 60, 61, 7, asked]
    await bots.belong(database, 6, NOW)
    assert await kept() == [None, None, None, None, {"grouped": "country"}]
    async with database.read() as connection:
        assert await confirmations.get(connection, made) is not None


async def test_what_is_pinned_and_of_which_account_a_message_is_holds_in_the_chats_of_one_bot(
    database: Database,
) -> None:
    """Else the new bot would edit another message, and its own would be taken for those of another account."""

    async def kept() -> list[object]:
        async with database.read() as connection:
            board = await boards.get(connection, 1001)
            assert board is not None
            owner = await own_accounts.owner_of_message(connection, 1001, 9)
            both = [await people.get(connection, person) for person in (1001, 1002)]
        shown = (board.state, board.message_id, board.claimed_at, board.pinned, board.mark)
        return [shown, owner, [person and person.own_until for person in both]]

    await bots.belong(database, 5, NOW)
    async with database.write() as connection:
        await boards.switch_on(connection, 1001)
        assert await boards.claim(connection, 1001, NOW)
        assert await boards.note_sent(connection, 1001, 8, "mark")
        await boards.note_pinned(connection, 1001, 8)
        await own_accounts.note_message(connection, 1001, 1001, 9, NOW)
        await own_accounts.choose(connection, 1001, 1001, own_until=9)
    await bots.belong(database, 5, NOW)
    assert await kept() == [("on", 8, NOW, True, "mark"), 1001, [9, None]]
    await bots.belong(database, 6, NOW)
    assert await kept() == [("on", None, None, False, ""), None, [0, None]]
