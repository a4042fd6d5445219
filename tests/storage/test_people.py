"""People, accounts and selections: a person reaches only their own rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import accounts, own_accounts, people, selections
from storage.engine.database import Database
from storage.schema import colleagues

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def test_both_ways_of_reading_a_person_agree(database: Database) -> None:
    async with database.write() as connection:
        await people.change(connection, 1001, language="ru", zone="Asia/Kathmandu", blocked_at=NOW)
        await people.remember(connection, 1001, {"country": "de", "period": 30})
        await people.remember(connection, 1001, {"country": None, "count": 5})
        await own_accounts.add(connection, 1001, 5001, 1, NOW + timedelta(days=1))
        person, further = await people.get(connection, 1001), await people.get(connection, 5001)
    assert person == await people.look_up(database, 1001)
    assert further == await people.look_up(database, 5001)
    assert further is not None
    assert (further.telegram_id, further.of_person, further.language) == (5001, 1001, "ru")
    assert person is not None
    assert person.choices == {"period": 30, "count": 5}
    assert (person.zone, person.blocked_at, person.created_at) == ("Asia/Kathmandu", NOW, NOW)


async def test_a_person_who_is_there_is_not_made_again(database: Database) -> None:
    async with database.write() as connection:
        await people.create(connection, 1001, "de", NOW + timedelta(days=1))
    person = await people.look_up(database, 1001)
    assert person is not None
    assert (person.phone_language, person.created_at) == ("en", NOW)
    assert await people.look_up(database, 1003) is None


async def test_a_reply_answers_one_of_the_five_newest_questions(database: Database) -> None:
    async with database.write() as connection:
        for message in (1, 2, 3, 4, 5, 1, 6, 7):
            await people.ask(connection, 1001, f"q{message}", message)
        await people.ask(connection, 1002, "other", 1)
        await people.ask(connection, 1001, None, 4)
        person = await people.get(connection, 1001)
    assert person is not None
    assert person.choices == {"asked": {"5": "q5", "1": "q1", "6": "q6", "7": "q7"}}


async def test_a_refused_key_is_news_once(database: Database) -> None:
    async with database.write() as connection:
        await accounts.put(connection, 1001, px6_user_id="7", currency="RUB", sealed=b"x", now=NOW)
        said = [await accounts.set_refused(connection, 1001, code, NOW) for code in (100, 100, 105, None, None)]
    assert said == [True, False, True, True, False]


async def test_only_ten_keys_are_tried_in_an_hour(database: Database) -> None:
    hour = timedelta(hours=1)
    async with database.write() as connection:
        allowed = [await accounts.count_try(connection, 1001, NOW, hour, 10) for _ in range(12)]
        assert await accounts.count_try(connection, 1002, NOW, hour, 10)
        assert await accounts.count_try(connection, 1001, NOW + hour, hour, 10)
    assert [number is not None for number in allowed] == [True] * 10 + [False] * 2


async def test_a_selection_belongs_to_one_person(database: Database) -> None:
    async with database.write() as connection:
        made = await selections.create(connection, 1001, "list", [3, 1, 3], NOW)
        assert made.ids == (3, 1)
        assert await selections.get(connection, 1002, made.id) is None
        assert await selections.toggle(connection, 1002, made.id, 5, NOW) is None
        ticked = await selections.toggle(connection, 1001, made.id, 5, NOW)
        assert ticked is not None
        assert ticked.ids == (3, 1, 5)
        unticked = await selections.toggle(connection, 1001, made.id, 1, NOW)
        assert unticked == await selections.get(connection, 1001, made.id)
        await selections.remove(connection, 1002, made.id)
        assert await selections.get(connection, 1001, made.id) is not None


async def test_selections_are_bounded(database: Database) -> None:
    async with database.write() as connection:
        made = [await selections.create(connection, 1001, "list", [n], NOW + timedelta(seconds=n)) for n in range(30)]
        kept = [one for one in made if await selections.get(connection, 1001, one.id) is not None]
        with pytest.raises(ValueError, match="at most"):
            await selections.create(connection, 1001, "list", range(30_000), NOW)
    assert kept == made[-selections.KEPT :]


async def test_an_answer_is_for_the_account_that_was_asked_about_and_closes_that_question_alone(
    database: Database,
) -> None:
    async with database.write() as connection:
        await people.ask(connection, 1001, "days", 1, 5001)
        asked = [await choices_of(connection)]
        await people.close_question(connection, 1001, "count")
        asked.append(await choices_of(connection))
        await people.close_question(connection, 1001, "days")
        asked.append(await choices_of(connection))
        await people.ask(connection, 1001, None, None, 5001)
        asked.append(await choices_of(connection))
    open_ = {"asking": "days", "asking_of": 5001, "asked": {"1": "days"}}
    assert asked == [open_, open_, {"asked": {"1": "days"}}, {"asked": {"1": "days"}}]


async def choices_of(connection: AsyncConnection) -> dict[str, Any]:
    person = await people.get(connection, 1001)
    assert person is not None
    return person.choices


async def test_a_switch_is_found_where_it_is_on(database: Database) -> None:
    async with database.write() as connection:
        await people.remember(connection, 1001, {"hidden": True, "shown": False})
        await people.remember(connection, 1002, {"hidden": False, "unhidden": True})
        found = [await people.who_chose(connection, name) for name in ("hidden", "shown", "unhidden", "other")]
    assert found == [[1001], [], [1002], []]


async def test_of_an_account_that_is_erased_nothing_is_left_with_who_was_a_colleague_on_it(
    database: Database,
) -> None:
    """Nor does anything change with who was a colleague there and acts on another account."""
    async with database.write() as connection:
        await people.create(connection, 1003, "en", NOW)
        await people.create(connection, 1004, "en", NOW)
        for person, owner in ((1002, 1001), (1003, 1001), (1003, 1004)):
            given = {"granted": "look", "name": "Colleague", "by_name": "Owner", "told": False, "since": NOW}
            await connection.execute(insert(colleagues).values(telegram_id=owner, person_id=person, **given))
        for person, current in ((1002, 1001), (1003, 1004)):
            await people.change(connection, person, current=current)
            await people.remember(connection, person, {people.JOINED: {"owner": current}, "period": 30})
        for person, account in ((1001, 5001), (1003, 5003)):
            await own_accounts.add(connection, person, account, 1, NOW)
        await people.erase(connection, 1001)
        left = [await people.get(connection, person) for person in (1001, 5001, 1002, 1003)]
        assert await people.all_ids(connection, 1003) == [1003, 5003]
    assert [one and (one.current, one.choices) for one in left] == [
        None,
        None,
        (1002, {"period": 30}),
        (1004, {people.JOINED: {"owner": 1004}, "period": 30}),
    ]
