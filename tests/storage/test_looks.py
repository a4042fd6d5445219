"""What a look needs of the database, in one row: what there is of a person, and of the px6 account that was read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.rules import Portion
from model.schedules import Habits
from storage import (
    accounts,
    boards,
    kept_payments,
    known_proxies,
    last_known,
    looks,
    orders,
    own_accounts,
    reminders,
    rules,
    unsaid,
    watches,
)
from storage.schema import boards as board_table
from storage.schema import colleagues as colleague_table
from storage.schema import digests as digest_table
from storage.schema import health_watches, replacements
from storage.schema import rules as rule_table
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.owners import row_of
from tests.storage.sample_rows import a_confirmation, a_rule, an_order, kept_values

END = NOW + 3 * DAY
FLAGS = (
    *("said", "muted", "busy", "on", "announced", "bought", "prolonged", "ordered", "uncertain", "warned", "waits"),
    *("board", "kept", "replaces", "shared"),
)  # fmt: skip


async def read(connection: AsyncConnection, person: int = 1001, px6_user_id: str = "7") -> looks.LookRow:
    found = await looks.read(connection, person, px6_user_id, NOW)
    assert found is not None
    return found


async def connect(connection: AsyncConnection, person: int, px6_user_id: str) -> None:
    await accounts.put(connection, person, px6_user_id=px6_user_id, currency="RUB", sealed=b"x", now=NOW)


async def flags(connection: AsyncConnection, person: int = 1001, px6_user_id: str = "7") -> set[str]:
    found = await read(connection, person, px6_user_id)
    return {name for name in FLAGS if getattr(found, name)}


async def reminded(connection: AsyncConnection) -> None:
    await reminders.write_digest(connection, 1001, "soon", [(1, END, 60)], {1: END}, None, NOW, NOW + SECOND)


async def unsure(connection: AsyncConnection) -> None:
    await reminded(connection)
    await connection.execute(update(digest_table).values(again_at=NOW))


async def muted(connection: AsyncConnection) -> None:
    await reminders.mute(connection, 1001, {1: END}, None)


async def ordered(connection: AsyncConnection) -> None:
    await an_order(connection, await a_confirmation(connection, "q"), {1: END})


async def settled(connection: AsyncConnection) -> None:
    made = await an_order(connection, await a_confirmation(connection, "q"), {1: END})
    await orders.move(connection, made, ["confirmed"], {"state": "done"})


async def ruled(connection: AsyncConnection) -> None:
    await a_rule(connection)
    await connection.execute(update(rule_table).values(on=True))


async def off(connection: AsyncConnection) -> None:
    await a_rule(connection)
    await connection.execute(update(rule_table).values(on=False))


async def announced(connection: AsyncConnection) -> None:
    await off(connection)
    portion = Portion(run_at=NOW, ends={1: END}, prices={1: Decimal("21.00")})
    await rules.announce(connection, 1001, 1, [portion], "RUB", NOW)


async def bought(connection: AsyncConnection) -> None:
    await known_proxies.remember(connection, 1001, [1], "4", auto_prolong=False)


async def warned(connection: AsyncConnection) -> None:
    await reminders.put_amounts(connection, 1001, "low", {"missing": Decimal("5.00")}, NOW)


async def waiting(connection: AsyncConnection) -> None:
    await last_known.wait(connection, 1001, NOW)


async def told(connection: AsyncConnection) -> None:
    await reminders.notice(connection, 1001, "change", "once", NOW)


async def pinned(connection: AsyncConnection) -> None:
    await boards.switch_on(connection, 1001)


async def unpinned(connection: AsyncConnection) -> None:
    await pinned(connection)
    await connection.execute(update(board_table).values(state="lost"))


async def kept(connection: AsyncConnection) -> None:
    await kept_payments.add(connection, kept_values())


async def kept_no_more(connection: AsyncConnection) -> None:
    await kept(connection)
    await kept_payments.move(connection, 1001, 1, ("waiting",), state="over")


async def checked(connection: AsyncConnection) -> None:
    await connection.execute(insert(health_watches).values(**row_of(health_watches, 1001) | {"replacing": None}))


async def replaced(connection: AsyncConnection) -> None:
    await connection.execute(insert(health_watches).values(**row_of(health_watches, 1001)))


async def being_replaced(connection: AsyncConnection) -> None:
    await connection.execute(insert(replacements).values(**row_of(replacements, 1001)))


async def was_replaced(connection: AsyncConnection) -> None:
    await being_replaced(connection)
    await connection.execute(update(replacements).values(state="done"))


async def has_a_colleague(connection: AsyncConnection) -> None:
    given = {"granted": "look", "name": "Bob", "by_name": "Ann", "told": False, "since": NOW}
    await connection.execute(insert(colleague_table).values(telegram_id=1001, person_id=1002, **given))


async def shared(connection: AsyncConnection) -> None:
    await has_a_colleague(connection)
    await connection.execute(update(colleague_table).values(told=True))


@pytest.mark.parametrize(
    ("happened", "there"),
    [(reminded, {"said"}), (unsure, {"said", "uncertain"}), (muted, {"muted"}),
     (ordered, {"busy", "prolonged", "ordered"}), (settled, {"prolonged", "ordered"}), (ruled, {"on"}), (off, set()),
     (announced, {"announced"}), (bought, {"bought"}), (warned, {"warned"}), (waiting, {"waits"}), (told, set()),
     (pinned, {"board"}), (unpinned, set()), (kept, {"kept"}), (kept_no_more, set()), (checked, set()),
     (replaced, {"replaces"}), (being_replaced, {"replaces"}), (was_replaced, set()), (has_a_colleague, set()),
     (shared, {"shared"})],
)  # fmt: skip
async def test_the_row_tells_what_there_is_to_be_read_of_just_this_person_and_account(
    connection: AsyncConnection, happened: Callable[[AsyncConnection], Awaitable[None]], there: set[str]
) -> None:
    await connect(connection, 1001, "7")
    await connect(connection, 1002, "8")
    assert await flags(connection) == set()
    await happened(connection)
    assert await flags(connection) == there
    assert await flags(connection, 1002, "8") == set(), "nothing of another's"
    assert await looks.read(connection, 1001, "8", NOW) is None
    await connect(connection, 1001, "8")
    assert await flags(connection, 1001, "8") == there - {"busy", "ordered"}, "another account of the same person"
    await connect(connection, 1002, "7")
    assert await flags(connection, 1002) == there & {"busy", "ordered"}, "whoever ordered on the same account"


async def test_the_row_holds_habits_and_since_when_and_who_is_not_known_has_none(connection: AsyncConnection) -> None:
    assert await looks.read(connection, 1001, "7", NOW) is None
    await connect(connection, 1001, "7")
    assert await read(connection) == looks.LookRow()
    await reminders.keep_habits(connection, 1001, Habits(hour=540))
    await watches.watch(connection, 1001, NOW - DAY, same_account=True)
    found = await read(connection)
    assert (found.habits, found.since, found.seen) == (Habits(hour=540), NOW - DAY, None)


async def test_what_is_to_be_sent_again_first(connection: AsyncConnection) -> None:
    assert await looks.next_tries(connection, 1001) == (None, None)
    for hours in (3, 2):
        values = {"kind": "low", "notice": "{}", "quietly": False, "written_at": NOW}
        await unsaid.add(connection, telegram_id=1001, again_at=NOW + hours * HOUR, **values)
        again_at = NOW + (hours + 5) * HOUR
        await reminders.write_digest(connection, 1001, "soon", [(hours, END, 60)], {}, None, NOW, again_at)
    assert await looks.next_tries(connection, 1001) == (NOW + 2 * HOUR, NOW + 7 * HOUR)
    assert await looks.next_tries(connection, 1002) == (None, None)


async def test_a_further_account_of_a_person_has_their_habits(connection: AsyncConnection) -> None:
    await own_accounts.add(connection, 1001, 5001, 1, NOW)
    await reminders.keep_habits(connection, 1001, Habits(hour=540))
    await reminders.keep_habits(connection, 1002, Habits(hour=600))
    await connect(connection, 5001, "8")
    assert (await read(connection, 5001, "8")).habits == Habits(hour=540)
