"""What is kept of people: what they chose last, who did something, and of which account a message is."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from model.colleagues import Right
from model.people import FIRST_ACCOUNT, PersonId
from services.account.colleagues import Colleagues
from services.account.people import AccountRemoved
from services.account.several import SeveralAccounts
from tests.failing_disk import FailingDisk
from tests.services.rig import ANNA, BORIS, Rig

ANN, BEN = PersonId(ANNA), PersonId(BORIS)


async def test_what_was_chosen_last_stands_first_once_and_only_the_newest_stay(rig: Rig) -> None:
    for value in ("a", "b", "a", "c"):
        await rig.people.remember_first(ANN, "templates", value, 2)
        await rig.people.remember_first(ANN, "others", value, 9)
    person = await rig.people.find_or_create(ANNA)
    assert person.choices == {"templates": ["c", "a"], "others": ["c", "a", "b"]}


async def test_an_account_that_was_removed_is_not_made_anew_as_a_person(rig: Rig) -> None:
    """The least id of an account is no person's, and the one before it may be."""
    with pytest.raises(AccountRemoved):
        await rig.people.find_or_create(FIRST_ACCOUNT)
    assert (await rig.people.find_or_create(FIRST_ACCOUNT - 1)).chat_id == FIRST_ACCOUNT - 1


async def test_only_who_switched_it_on_chose_it(rig: Rig) -> None:
    for person, switch in ((ANNA, True), (BORIS, None), (1003, "yes")):
        await rig.people.find_or_create(person)
        await rig.people.remember(PersonId(person), menu=switch)
    assert await rig.people.who_chose("menu") == {ANNA}


async def test_who_did_something_is_known_while_they_have_a_right_there(rig: Rig) -> None:
    colleagues = Colleagues(rig.database, rig.px6.clock.now)
    await colleagues.accept(await colleagues.invite(ANNA, Right.ALL), BORIS, "Boris", 0)
    owner, boris = await rig.people.who_did(ANNA, None), await rig.people.who_did(ANNA, BORIS)
    assert owner is not None and (owner.chat_id, owner.by) == (ANN, None)
    assert boris is not None and (boris.telegram_id, boris.chat_id, boris.by) == (ANNA, BEN, BEN)
    assert boris.account == rig.account.user_id, "whose account it is, is said also where they have no other"
    await colleagues.take_back(ANNA, BORIS)
    assert [await rig.people.who_did(ANNA, person) for person in (BORIS, 1003)] == [None, None]


async def test_a_message_is_of_the_account_that_is_noted_or_of_the_first_up_to_the_second(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    several = SeveralAccounts(rig.database, rig.pool, rig.px6.clock.now)
    alone = await rig.people.find_or_create(ANNA)
    await rig.people.note_message(alone, 5)
    assert rig.rows("SELECT * FROM account_messages") == [], "nothing is kept of who has one"
    assert await rig.people.owner_of_message(alone, 99) == ANNA
    number = (await rig.accounts.connect(ANNA, rig.px6.add_account().key)).number
    made = await several.add(ANNA, number, 10)
    assert made is not None
    person, second = await rig.people.find_or_create(ANNA), await rig.people.find_or_create(made[1])
    labels = [await label(rig, ANNA), await label(rig, made[1])]
    assert labels == [rig.account.user_id, made[0].px6_user_id]
    await rig.people.note_message(second, 12)
    assert [await rig.people.owner_of_message(person, at) for at in (10, 11, 12)] == [ANNA, None, made[1]]
    await several.remove_if_asked(made[1], await several.ask_remove(made[1], []))
    assert await label(rig, ANNA) is None, "there is no other one to be told from"
    disk: Any = rig.people
    disk._database = FailingDisk(rig.database)
    with caplog.at_level(logging.DEBUG, "services.account.people"):
        await rig.people.note_message(second, 13)
        disk._database.fails = True
        await rig.people.note_message(second, 13)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "A message is of an account that was removed meanwhile"),
        ("ERROR", "Which account a message is of was not noted: full"),
    ]


async def label(rig: Rig, owner: int) -> str | None:
    """What the account is called where the bot names it."""
    found = await rig.people.find(owner)
    assert found is not None
    return found.account
