"""Which messages about a renewal say how it was ended: those of this account, sent, and to somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import digest_endings
from storage.engine.types import time_to_int
from storage.schema import colleagues, digests
from storage.schema import digest_endings as digest_endings_table
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW

ANN, BOB = 1001, 1002
END = NOW + 3 * DAY


async def a_digest(
    connection: AsyncConnection, number: int, owner: int, receiver: int | None, *ids: int, **more: str
) -> None:
    values = {"state": "sent", "quote_id": None, **more}
    ends = {str(each): time_to_int(END) for each in ids}
    about = {"kind": "soon", "written_at": NOW, "ends": ends, "receiver": receiver}
    await connection.execute(insert(digests).values(id=number, telegram_id=owner, **about, **values))


async def shared(connection: AsyncConnection, owner: int, person: int) -> None:
    given = {"granted": "look", "name": "Colleague", "by_name": "Owner", "told": True, "since": NOW}
    await connection.execute(insert(colleagues).values(telegram_id=owner, person_id=person, **given))


@pytest.fixture(autouse=True)
async def digests_of_both(connection: AsyncConnection) -> None:
    """Two who share the same px6 account, and the same proxies: each has the other as a colleague."""
    await shared(connection, ANN, BOB)
    await shared(connection, BOB, ANN)
    await a_digest(connection, 1, ANN, None, 7)
    await a_digest(connection, 2, ANN, BOB, 7)
    await a_digest(connection, 3, ANN, None, 7, 8)
    await a_digest(connection, 4, ANN, None, 7, state="failed")
    await a_digest(connection, 5, ANN, BOB, 7, 8, quote_id="q")
    await a_digest(connection, 6, BOB, None, 7, quote_id="q")


async def noted(
    connection: AsyncConnection, besides: int | None, *, quote_id: str | None = None, to_all: bool = False
) -> list[int]:
    ends: list[tuple[int, datetime]] = [(7, END)]
    found = await digest_endings.note(
        connection, ANN, ends, NOW, besides=besides, quote_id=quote_id, to_all=to_all, kind="paid"
    )
    return sorted(found)


@pytest.mark.parametrize(
    ("besides", "quote_id", "to_all", "found"),
    [
        (None, None, False, [2]),
        (BOB, None, False, [1]),
        (None, "q", False, [2, 5]),
        (None, None, True, [1, 2]),
        (None, "q", True, [1, 2, 5]),
    ],
)
async def test_messages_of_this_account_to_others_about_nothing_else_or_with_that_quote(
    connection: AsyncConnection, besides: int | None, quote_id: str | None, to_all: bool, found: list[int]
) -> None:
    assert await noted(connection, besides, quote_id=quote_id, to_all=to_all) == found
    assert [each.digest_id for each in await digest_endings.take(connection, NOW, NOW + DAY)] == found
    for number in found:
        assert await digest_endings.of_digest(connection, BOB, number) is None


async def test_without_colleagues_nothing_is_written(connection: AsyncConnection) -> None:
    await connection.execute(colleagues.delete().where(colleagues.c.telegram_id == ANN))
    assert await noted(connection, None, to_all=True) == []


@pytest.mark.parametrize("kind", ["let_go", "paid"])
async def test_of_what_colleagues_had_ended_the_owner_decides_when_they_are_gone(
    connection: AsyncConnection, kind: str
) -> None:
    """It may not stand in the owner's message yet, and is not to be written there any more."""
    await a_digest(connection, 7, ANN, None, 7)
    await decided(connection, BOB, "paid", 5)
    await connection.execute(digest_endings_table.delete().where(digest_endings_table.c.digest_id == 7))
    await connection.execute(colleagues.delete().where(colleagues.c.telegram_id == ANN))
    await decided(connection, None, kind, 6 if kind == "paid" else None)
    mine = await digest_endings.of_digest(connection, ANN, 1)
    assert (mine and (mine.kind, mine.by_person)) == (("let_go", None) if kind == "let_go" else None)
    assert await digest_endings.of_digest(connection, ANN, 7) is None, "nobody else had ended it"


async def test_a_message_is_edited_at_its_time_by_one_task_or_at_once_with_its_payment(
    connection: AsyncConnection,
) -> None:
    await a_digest(connection, 7, ANN, None, 9)
    for besides, proxy, payment in ((None, 7, 5), (BOB, 9, 6)):
        await digest_endings.note(
            connection, ANN, [(proxy, END)], NOW, besides=besides, kind="paid", confirmation_id=payment
        )
    due = [await digest_endings.is_any_due(connection, NOW + later) for later in (-SECOND, 0 * SECOND)]
    assert due == [False, True]
    about = [await digest_endings.is_any_due(connection, NOW - DAY, payment) for payment in (5, 6, 7)]
    assert about == [True, True, False]
    assert await digest_endings.take(connection, NOW - SECOND, NOW + DAY) == []
    [with_payment] = await digest_endings.take(connection, NOW - DAY, NOW + HOUR, 6)
    assert (with_payment.digest_id, with_payment.edit_at, with_payment.by_person) == (7, NOW + HOUR, BOB)
    assert [one.digest_id for one in await digest_endings.take(connection, NOW, NOW + HOUR)] == [2]
    assert await digest_endings.take(connection, NOW, NOW + HOUR) == []
    assert [one.digest_id for one in await digest_endings.take(connection, NOW + HOUR, NOW + DAY)] == [2, 7]


async def decided(connection: AsyncConnection, besides: int | None, kind: str, payment: int | None = None) -> None:
    ending: dict[str, Any] = {"kind": kind} | ({} if payment is None else {"confirmation_id": payment})
    await digest_endings.note(connection, ANN, [(7, END)], NOW, besides=besides, **ending)


async def test_what_is_decided_after_a_payment_leaves_that_in_place_until_there_is_another_one(
    connection: AsyncConnection,
) -> None:
    """Where px6 has not answered it may have paid, which is then what there is to say."""
    for kind, payment, stands in (("let_go", None, None), ("paid", 5, 5), ("undone", None, 5), ("paid", 6, 6)):
        await decided(connection, None, kind, payment)
        found = await digest_endings.of_digest(connection, ANN, 2)
        assert found is not None
        assert (found.kind, found.confirmation_id, found.edit_at) == (kind, stands, NOW)


async def test_what_others_had_made_of_ones_own_message_is_over_once_one_ends_it_oneself(
    connection: AsyncConnection,
) -> None:
    await decided(connection, BOB, "paid", 5)
    await decided(connection, None, "let_go")
    mine = await digest_endings.of_digest(connection, ANN, 1)
    assert mine is not None
    assert (mine.kind, mine.by_person, mine.confirmation_id) == ("let_go", None, 5), "that may have paid"
    await decided(connection, None, "paid", 6)
    assert await digest_endings.of_digest(connection, ANN, 1) is None
    await decided(connection, None, "let_go")
    assert await digest_endings.of_digest(connection, ANN, 1) is None, "nobody else has ended it"


async def test_another_try_is_planned_unless_the_matter_was_ended_anew(connection: AsyncConnection) -> None:
    await noted(connection, None, to_all=True)
    first, second = await digest_endings.take(connection, NOW, NOW + HOUR)
    await digest_endings.put_off(connection, structs.replace(first, at=NOW - SECOND), NOW + DAY, 1)
    await digest_endings.put_off(connection, second, NOW + DAY, 2)
    found = [await digest_endings.of_digest(connection, ANN, number) for number in (1, 2)]
    assert [one and (one.edit_at, one.tries) for one in found] == [(NOW + HOUR, 0), (NOW + DAY, 2)]
    await digest_endings.put_off(connection, second, None, 0)
    edited = await digest_endings.of_digest(connection, ANN, 2)
    assert edited is not None
    assert (edited.edit_at, edited.tries) == (None, 0)
    await digest_endings.put_off(connection, second, None, 3)
    await noted(connection, None)
    again = await digest_endings.of_digest(connection, ANN, 2)
    assert again is not None
    assert (again.edit_at, again.tries) == (NOW, 0), "it has as many tries as at first"


async def test_so_many_messages_are_edited_at_once_and_the_others_after_them(
    connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_endings, "MOST", 1)
    await noted(connection, None, to_all=True)
    taken = [await digest_endings.take(connection, NOW, NOW + HOUR) for _ in range(3)]
    assert [[one.digest_id for one in each] for each in taken] == [[1], [2], []]
