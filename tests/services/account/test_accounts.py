"""A key is checked, kept sealed, replaced on demand, and forgotten without a trace."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import px6
from model.people import PersonId
from services.account.accounts import TRIES_WITHIN, Accounts, BadKey, NoKey, TooManyTries, clean_key
from services.account.people import AccountRemoved
from services.account.shared_changes import SharedChanges
from services.orders import BuyWish
from storage import accounts, unsaid
from storage.schema import metadata
from tests.databases import ON_POSTGRESQL
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, BORIS, Rig, new_rig


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("two words-of-a-key", "spaces"),
        ("broken\nin-two-lines", "spaces"),
        ("a1", "short"),
        ("a" * 10_000, "long"),
        ("ключ-с-буквами", "letters"),
        ("key/with?path", "letters"),
    ],
)
async def test_what_cannot_be_a_key_is_not_even_tried(rig: Rig, text: str, reason: str) -> None:
    calls = len(rig.px6.calls)
    with pytest.raises(BadKey) as caught:
        await rig.accounts.connect(BORIS, text)
    assert caught.value.reason == reason
    assert len(rig.px6.calls) == calls


def test_what_stands_around_a_key_is_taken_off() -> None:
    assert clean_key(" 5a6d9b0c1e-2f3a4b5c6d \n") == "5a6d9b0c1e-2f3a4b5c6d"


@pytest.mark.parametrize(
    ("key", "reason"),
    [("a" * 5, "short"), ("a" * 6, None), ("a" * 128, None), ("a" * 129, "long"), (" " + "Z_-9aA" + "\n", None),
     ("a b", "spaces"), ("ab.c", "letters")],
)  # fmt: skip
def test_a_key_has_6_to_128_letters_digits_and_dashes(key: str, reason: str | None) -> None:
    if reason is None:
        assert clean_key(key) == key.strip()
        return
    with pytest.raises(BadKey, match=f"^{reason}$"):
        clean_key(key)


async def test_only_keys_that_px6_refuses_count_as_tries(rig: Rig) -> None:
    for _ in range(11):
        await rig.accounts.connect(BORIS, rig.account.key)
    rig.fault("no_before", times=1)
    with pytest.raises(px6.Px6Error):
        await rig.accounts.connect(BORIS, rig.account.key)
    assert rig.rows("SELECT count(*) FROM key_tries") == [(0,)]
    assert await rig.accounts.is_stored_key(BORIS, f" {rig.account.key}\n")
    assert not await rig.accounts.is_stored_key(BORIS, rig.account.key + "x")
    assert not await rig.accounts.is_stored_key(3, rig.account.key)


async def test_who_was_forgotten_has_no_more_tries_for_an_hour(tmp_path: Path) -> None:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        for n in range(9):
            with pytest.raises(px6.WrongKey):
                await rig.accounts.connect(BORIS, f"0000000000-{n}")
        await rig.accounts.forget(BORIS)
        with pytest.raises(px6.WrongKey):
            await rig.accounts.connect(BORIS, "0000000000-x")
        await rig.accounts.forget(BORIS)
        with pytest.raises(TooManyTries):
            await rig.accounts.connect(BORIS, "0000000000-y")
        await rig.accounts.connect(ANNA, rig.account.key)
        await rig.after(hours=1)
        with pytest.raises(px6.WrongKey):
            await rig.accounts.connect(BORIS, "0000000000-z")


def test_tries_from_before_forgetting_count_for_an_hour_and_not_by_a_clock_that_was_ahead(rig: Rig) -> None:
    now, moment = rig.px6.clock.now(), timedelta(microseconds=1)
    given = Accounts(rig.database, rig.pool, rig.people, lambda: now)
    counted = [now - TRIES_WITHIN + moment, now]
    given._tried = {ANNA: [now - TRIES_WITHIN, *counted, now + moment], BORIS: [now - TRIES_WITHIN]}
    assert (given._tried_before(ANNA), given._tried_before(BORIS)) == (counted, [])
    assert list(given._tried) == [ANNA], "of others nothing is kept any longer either"


async def test_a_key_of_which_px6_could_not_tell_is_kept_and_cannot_be_adopted(rig: Rig) -> None:
    other = rig.px6.add_account()
    rig.fault("no_before", times=1)
    with pytest.raises(px6.Px6Error):
        await rig.accounts.connect(ANNA, other.key)
    kept = await rig.accounts.proposal(ANNA)
    assert kept is not None
    assert await rig.accounts.adopt(ANNA, kept.number) is None
    assert await rig.accounts.proposed_key(ANNA, kept.number + 1) is None
    assert await rig.accounts.proposed_key(BORIS, kept.number) is None
    assert await rig.accounts.proposed_key(ANNA, kept.number) == other.key
    assert await rig.accounts.is_stored_key(ANNA, rig.account.key)
    await rig.replaces_key(other.key)
    assert await rig.accounts.proposal(ANNA) is None


async def test_a_question_before_forgetting_works_once_and_holds_for_the_orders_it_named(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    claim = await rig.orders.claim(ANNA, *await rig.quoted_buy())
    assert claim.confirmation is not None
    open_id = claim.confirmation.orders[0].id
    unnamed = await rig.accounts.ask_forget(ANNA, [])
    ticked = await rig.deletions.propose(ANNA, [open_id])
    assert await rig.accounts.forget_if_asked(ANNA, ticked) is None, "that was no question before forgetting"
    assert await rig.accounts.forget_if_asked(ANNA, unnamed) is None
    await rig.orders.execute(claim.confirmation.id)
    assert await rig.accounts.forget_if_asked(ANNA, unnamed) is None, "it was used"
    named = await rig.accounts.ask_forget(ANNA, [open_id, open_id + 1])
    assert await rig.accounts.forget_if_asked(BORIS, named) is None
    assert await rig.accounts.forget_if_asked(ANNA, named) == []
    assert sum(rows_of(rig, ANNA).values()) == 0
    assert ON_POSTGRESQL or (rig.folder / "bot.sqlite3-wal").stat().st_size == 0
    assert (len(rig.pool), caplog.records) == (0, [])


async def test_a_wrong_key_is_not_stored(rig: Rig) -> None:
    with pytest.raises(px6.WrongKey):
        await rig.accounts.connect(BORIS, "0000000000-0000000000")
    assert await rig.accounts.account(BORIS) is None
    with pytest.raises(NoKey):
        await rig.accounts.client(BORIS)


async def test_ten_keys_an_hour_are_tried_also_over_a_restart(rig: Rig) -> None:
    for n in range(10):
        with pytest.raises(px6.WrongKey):
            await rig.accounts.connect(BORIS, f"0000000000-{n}")
    await rig.restart()
    with pytest.raises(TooManyTries):
        await rig.accounts.connect(BORIS, rig.account.key)
    await rig.after(minutes=59)
    with pytest.raises(TooManyTries):
        await rig.accounts.connect(BORIS, rig.account.key)
    await rig.after(minutes=1)
    await rig.accounts.connect(BORIS, rig.account.key)


async def test_a_key_lies_in_the_database_only_sealed(rig: Rig) -> None:
    client = await rig.accounts.client(ANNA)
    assert (await client.account()).user_id == rig.account.user_id
    files = b"".join(path.read_bytes() for path in rig.folder.iterdir())
    assert rig.account.key.encode() not in files


async def test_a_key_that_is_kept_no_longer_is_not_held_in_memory_either(rig: Rig) -> None:
    keys = [rig.px6.add_account().key for _ in range(3)]
    await rig.accounts.client(ANNA)
    await rig.replaces_key(keys[0])
    held = [len(rig.pool)]
    for key in keys[1:]:
        await rig.after(seconds=1)
        number = (await rig.accounts.connect(ANNA, key)).number
        rig.pool.client(key)  # is the one that is held
        held.append(len(rig.pool))
    await rig.accounts.adopt(ANNA, number)
    assert [*held, len(rig.pool)] == [0, 1, 1, 0]
    await rig.accounts.client(ANNA)
    assert len(rig.pool) == 1
    await rig.accounts.forget(ANNA)
    assert len(rig.pool) == 0


async def test_another_key_of_the_same_account_goes_on_and_another_account_begins_anew(rig: Rig) -> None:
    since = "SELECT since FROM watches"
    began = rig.rows(since)
    await rig.accounts.connect(ANNA, rig.account.key)
    assert rig.rows(since) == began
    await rig.replaces_key(rig.px6.add_account().key)
    assert rig.rows(since) > began


async def test_that_a_key_was_refused_need_not_be_said_once_it_or_another_one_works(rig: Rig) -> None:
    now = rig.px6.clock.now()
    said = {
        "telegram_id": ANNA,
        "notice": "{}",
        "quietly": False,
        "message_id": None,
        "written_at": now,
        "again_at": now,
    }
    account = await rig.accounts.account(ANNA)
    assert account is not None
    for works in (rig.accounts.key_accepted(account), rig.accounts.connect(ANNA, rig.account.key)):
        async with rig.database.write() as connection:
            await unsaid.add(connection, kind=unsaid.KEY_REFUSED, **said)
        await works
        assert rig.rows("SELECT count(*) FROM unsaid") == [(0,)]


async def test_a_proposed_key_replaces_the_old_one_only_when_adopted(rig: Rig) -> None:
    other = rig.px6.add_account()
    earlier = (await rig.accounts.connect(ANNA, rig.px6.add_account().key)).number
    await rig.after(seconds=1)
    proposed, _, number = await rig.accounts.connect(ANNA, other.key)
    assert proposed.user_id == other.user_id
    assert await rig.accounts.adopt(ANNA, earlier) is None
    before = await rig.accounts.account(ANNA)
    assert before is not None
    assert before.px6_user_id == rig.account.user_id
    adopted = await rig.accounts.adopt(ANNA, number)
    assert adopted is not None
    assert (adopted[0].px6_user_id, adopted[1]) == (other.user_id, ANNA)
    assert await rig.accounts.adopt(ANNA, number) is None


async def test_a_proposal_holds_for_half_an_hour(rig: Rig) -> None:
    number = (await rig.accounts.connect(ANNA, rig.px6.add_account().key)).number
    await rig.after(minutes=31)
    assert await rig.accounts.adopt(ANNA, number) is None


async def test_a_refused_key_makes_a_look_due_once_and_again_after_it_worked(rig: Rig) -> None:
    noted = "SELECT refused_at, refused_code, next_look_at FROM accounts NATURAL JOIN watches"
    account = await rig.accounts.account(ANNA)
    assert account is not None
    seen = list[Any]()
    for accepted in (False, False, True):
        await rig.after(minutes=1)
        if accepted:
            assert await rig.accounts.key_accepted(account, by_look=True)
            assert rig.rows(noted)[0][:2] == (None, None)
        await rig.accounts.key_refused(account, px6.WrongKey(100, ""))
        seen += rig.rows(noted)
    first, second, third = seen
    assert first == second and first[0] == first[2] < third[0] == third[2], "its owner is told by that look"
    assert first[1] is None

    await rig.accounts.connect(ANNA, rig.px6.new_key(rig.account.key))
    await rig.accounts.key_refused(account, px6.WrongKey(100, ""))
    assert rig.rows(noted)[0][0] is None, "the account has another key since it was read"


async def is_refused(rig: Rig) -> None:
    """As a look finds it."""
    async with rig.database.write() as connection:
        assert await accounts.set_refused(connection, ANNA, 100, NOW)


async def test_that_px6_takes_a_key_again_is_noted_of_that_key_alone_and_makes_a_look_due_unless_one_goes_on(
    rig: Rig,
) -> None:
    noted = "SELECT refused_code, next_look_at FROM accounts NATURAL JOIN watches"
    await is_refused(rig)
    before = await rig.accounts.account(ANNA)
    assert before is not None
    [(_, planned)] = rig.rows(noted)
    await rig.after(minutes=1)
    assert await rig.accounts.key_accepted(before, by_look=True)
    assert rig.rows(noted) == [(None, planned)]
    assert await rig.accounts.key_accepted(before)
    [(_, due)] = rig.rows(noted)
    assert due > planned

    await rig.accounts.connect(ANNA, rig.px6.new_key(rig.account.key))
    await is_refused(rig)
    assert not await rig.accounts.key_accepted(before)
    assert rig.rows("SELECT refused_code FROM accounts") == [(100,)]


async def test_a_person_is_made_at_first_sight_and_follows_their_phone(rig: Rig) -> None:
    first = await rig.people.find_or_create(BORIS, "ru")
    assert await rig.people.find_or_create(BORIS, "ru") == await rig.people.find_or_create(BORIS) == first
    assert (await rig.people.find_or_create(BORIS, "en")).phone_language == "en"
    await rig.people.set_language(PersonId(BORIS), "ru")
    await rig.people.set_zone(PersonId(BORIS), "Europe/Lisbon")
    await rig.people.set_blocked(PersonId(BORIS), True)
    await rig.people.remember(PersonId(BORIS), country="de")
    person = await rig.people.find_or_create(BORIS)
    assert (person.language, person.zone, person.choices) == ("ru", "Europe/Lisbon", {"country": "de"})
    assert person.blocked_at is not None


async def test_two_first_messages_at_once_make_one_person(rig: Rig) -> None:
    people = await asyncio.gather(*(rig.people.find_or_create(BORIS, "en") for _ in range(5)))
    assert len(set(map(str, people))) == 1


def rows_of(rig: Rig, person: int) -> dict[str, int]:
    """How many rows of each table belong to a person."""
    owned = [table.name for table in metadata.sorted_tables if "telegram_id" in table.columns]
    count = "SELECT '{0}', count(*) FROM {0} WHERE telegram_id = {1}"
    return dict(rig.rows(" UNION ALL ".join(count.format(table, person) for table in owned)))


async def test_forgetting_erases_every_row_and_every_byte_of_one_person_only(rig: Rig) -> None:
    canary = "canary-comment-of-anna"
    await rig.accounts.connect(BORIS, rig.px6.add_account().key)
    await rig.pay(await rig.quoted_buy(BuyWish(1, 30, "de", comment=canary)))
    await rig.quoted_buy(BuyWish(1, 30, "de", comment=canary))
    await rig.confirm_deletion()
    await rig.accounts.connect(ANNA, rig.px6.add_account().key)
    if not ON_POSTGRESQL:  # a server overwrites what was deleted when it vacuums
        assert traces(rig.folder, canary, rig.account.user_id) == {canary, rig.account.user_id}
    assert sum(rows_of(rig, ANNA).values()) > 6
    others = rows_of(rig, BORIS)

    await rig.accounts.forget(ANNA)
    assert sum(rows_of(rig, ANNA).values()) == 0
    assert rows_of(rig, BORIS) == others
    assert rig.rows("SELECT count(*) FROM journal") == rig.rows("SELECT count(*) FROM order_proxies") == [(0,)]
    assert traces(rig.folder, canary, rig.account.user_id) == set()
    assert ON_POSTGRESQL or (rig.folder / "bot.sqlite3-wal").stat().st_size == 0


def traces(folder: Path, *texts: str) -> set[str]:
    """Which texts stand somewhere in the files."""
    files = b"".join(path.read_bytes() for path in folder.iterdir())
    return {text for text in texts if text.encode() in files}


@pytest.mark.parametrize("fault", [None, "500_before"])
async def test_who_is_forgotten_by_a_tap_while_px6_is_asked_for_their_key_has_none_whatever_px6_answers(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, fault: str | None
) -> None:
    ask = px6.Px6Client.account

    async def slowly(client: px6.Px6Client) -> px6.Account:
        await rig.accounts.forget(BORIS)
        return await ask(client)

    monkeypatch.setattr(px6.Px6Client, "account", slowly)
    if fault is not None:
        rig.fault(fault, None, times=None)
    with pytest.raises(AccountRemoved):
        await rig.accounts.connect(BORIS, rig.px6.add_account().key)
    assert sum(rows_of(rig, BORIS).values()) == 0


async def test_after_a_new_start_ids_of_the_forgotten_are_not_given_again(rig: Rig) -> None:
    first = await rig.pay(await rig.quoted_buy())
    await rig.accounts.forget(ANNA)
    await rig.accounts.connect(ANNA, rig.account.key)
    second = await rig.pay(await rig.quoted_buy())
    assert second.id > first.id
    assert second.orders[0].id > first.orders[0].id


async def test_what_another_process_changed_at_px6_is_read_afresh(rig: Rig) -> None:
    before = await rig.accounts.client(ANNA)
    assert await rig.accounts.client(ANNA) is before
    async with rig.database.write() as connection:
        await accounts.note_change(connection, rig.account.user_id)
    after = await rig.accounts.client(ANNA)
    assert after is not before
    assert await rig.accounts.client(ANNA) is after
    async with rig.database.write() as connection:
        await accounts.note_change(connection, "another account")
    assert await rig.accounts.client(ANNA) is after


async def test_what_this_process_changed_itself_leaves_what_it_keeps(rig: Rig) -> None:
    own, others = SharedChanges(rig.database), SharedChanges(rig.database)
    people = Accounts(rig.database, rig.pool, rig.people, rig.px6.clock.now, own)
    kept = await people.client(ANNA)
    for whose in (rig.account.user_id, "another account", rig.account.user_id):
        await own.tell(whose)
        assert await people.client(ANNA) is kept, "else px6 would be asked again after each change"
    await others.tell(rig.account.user_id)
    assert await people.client(ANNA) is not kept
