"""Several px6 accounts of one person: which is current, which is removed, and whose they are."""

from __future__ import annotations

import pytest

from model.people import FIRST_ACCOUNT, PersonId
from services.account.key_store import KeyStore
from services.account.several import SeveralAccounts, new_account_id
from services.orders import BuyWish
from tests.databases import ON_POSTGRESQL
from tests.quotes import buy_quote
from tests.services.rig import ANNA, BORIS, Rig

ANN, BEN = PersonId(ANNA), PersonId(BORIS)


@pytest.fixture
def several(rig: Rig) -> SeveralAccounts:
    return SeveralAccounts(rig.database, rig.pool, rig.px6.clock.now)


async def added(rig: Rig, several: SeveralAccounts, message_id: int) -> int:
    """One more account of Anna's; gives its id."""
    await rig.after(seconds=1)
    number = (await rig.accounts.connect(ANNA, rig.px6.add_account(balance="500.00").key)).number
    found = await several.add(ANNA, number, message_id)
    assert found is not None
    return found[1]


async def current(rig: Rig) -> tuple[int | None, int | None]:
    person = await rig.people.find_or_create(ANNA)
    return person.current, person.own_until


async def ids(several: SeveralAccounts) -> list[int]:
    return [each.telegram_id for each in await several.own(ANNA)]


async def test_each_one_more_is_current_and_the_messages_before_the_second_stay_those_of_the_first(
    rig: Rig, several: SeveralAccounts
) -> None:
    assert await current(rig) == (None, None)
    second = await added(rig, several, 10)
    assert await current(rig) == (second, 10)
    third = await added(rig, several, 20)
    assert await current(rig) == (third, 10)
    assert await ids(several) == [ANNA, second, third]
    number = (await rig.accounts.connect(third, rig.px6.add_account().key)).number
    assert await several.add(third, number + 1, 30) is None
    assert len(await ids(several)) == 3


async def test_a_second_tap_on_adding_finds_the_account_that_the_first_added(
    rig: Rig, several: SeveralAccounts
) -> None:
    number = (await rig.accounts.connect(ANNA, rig.px6.add_account().key)).number
    assert await several.added(ANNA, number) is None
    made = await several.add(ANNA, number, 10)
    assert made is not None
    again = await several.added(ANNA, number)
    assert again is not None and again.telegram_id == made[1]
    assert await several.added(ANNA, number + 1) is None


async def test_a_newer_key_of_an_account_that_is_there_takes_the_place_of_the_one_before_in_memory_too(
    rig: Rig, several: SeveralAccounts
) -> None:
    second = await added(rig, several, 10)
    [before] = [key for key, _ in held_keys(rig) if key != rig.account.key]
    await rig.accounts.client(second)
    await rig.after(seconds=1)
    keys, new_key = KeyStore(rig.database.keyring, rig.px6.clock.now), rig.px6.new_key(before)
    async with rig.database.write() as connection:
        waits, _ = await keys.propose(connection, ANNA, new_key, rig.px6.account(before).user_id, "RUB")
    found = await several.add(ANNA, waits.number, 20)
    assert found is not None and found[1] == second
    assert before not in {key for key, _ in held_keys(rig)}


def held_keys(rig: Rig) -> set[tuple[str, str]]:
    return {*rig.pool._alive, *rig.pool._recent}


async def test_one_that_is_not_current_is_removed_and_the_current_one_stays_so(
    rig: Rig, several: SeveralAccounts
) -> None:
    second, third = await added(rig, several, 10), await added(rig, several, 20)
    for owner in (ANNA, second, third):
        await rig.accounts.client(owner)
    held = len(rig.pool)
    removed = await several.remove_if_asked(second, await several.ask_remove(second, []))
    assert removed is not None and removed.telegram_id == second
    assert (await current(rig), await ids(several)) == ((third, 10), [ANNA, third])
    assert len(rig.pool) < held, "its key is not held in memory either"
    assert ON_POSTGRESQL or (rig.folder / "bot.sqlite3-wal").stat().st_size == 0, "nor in what SQLite writes ahead"


async def test_in_place_of_the_current_one_the_first_of_the_others_is_and_the_last_one_stays(
    rig: Rig, several: SeveralAccounts
) -> None:
    second, third = await added(rig, several, 10), await added(rig, several, 20)
    for gone, left in ((third, [ANNA, second]), (ANNA, [second])):
        assert await several.switch(ANN, gone)
        assert await several.remove_if_asked(gone, await several.ask_remove(gone, [])) is not None
        assert ((await current(rig))[0], await ids(several)) == (left[0], left)
    assert await several.remove_if_asked(second, await several.ask_remove(second, [])) is None
    assert await ids(several) == [second]


async def test_a_question_before_removing_works_once_and_holds_for_the_orders_it_named(
    rig: Rig, several: SeveralAccounts
) -> None:
    second = await added(rig, several, 10)
    quote = await buy_quote(rig.orders, second, BuyWish(1, 30, "de"))
    claim = await rig.orders.claim(second, quote.id, 30)
    assert claim.confirmation is not None
    [order] = claim.confirmation.orders
    unnamed = await several.ask_remove(second, [])
    assert await several.remove_if_asked(second, unnamed) is None
    await rig.orders.execute(claim.confirmation.id)
    assert await several.remove_if_asked(second, unnamed) is None, "it was used"
    other = await rig.accounts.ask_forget(second, [order.id])
    assert await several.remove_if_asked(second, other) is None, "that was no question before removing"
    assert await several.remove_if_asked(second, await several.ask_remove(second, [order.id])) is not None


async def test_nobody_switches_to_or_names_what_is_not_theirs(rig: Rig, several: SeveralAccounts) -> None:
    await rig.accounts.connect(BORIS, rig.px6.add_account().key)
    second = await added(rig, several, 10)
    assert [await several.switch(BEN, each) for each in (ANNA, second, BORIS)] == [False, False, True]
    assert [await several.rename(BEN, each, "mine") for each in (ANNA, second, BORIS)] == [False, False, True]
    assert await several.rename(ANN, second, "client")
    assert [each.name for each in await several.own(ANNA)] == [None, "client"]
    assert rig.rows("SELECT current FROM people WHERE telegram_id = 1002") == [(None,)], "nothing is to be chosen"


def test_an_account_has_an_id_that_is_no_persons_and_that_a_button_can_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    for draw, expected in ((lambda _: 0, FIRST_ACCOUNT), (lambda below: below - 1, 2**62 - 1)):
        monkeypatch.setattr("secrets.randbelow", draw)
        assert new_account_id() == expected
