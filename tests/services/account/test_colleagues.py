"""Colleagues: invited by a code that works once, with a right that can be changed and taken back at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from model.colleagues import INVITE_KEPT, Accepted, NotAccepted, Right
from model.notifications import ColleagueNews
from services.account.colleagues import MOST_COLLEAGUES, MOST_INVITES, Colleagues, TooManyInvites, hash_of
from storage import colleagues as stored
from storage import pruning
from tests.services.rig import ANNA, BORIS, Rig

CAP, CAROL = Decimal("500.00"), 1003


@pytest.fixture
def given(rig: Rig) -> Colleagues:
    return Colleagues(rig.database, rig.px6.clock.now)


async def accepted(given: Colleagues, right: Right = Right.LOOK, person: int = BORIS) -> Accepted:
    cap = CAP if right is Right.PROLONG else None
    code = await given.invite(ANNA, right, cap, by_name="Anna")
    found = await given.accept(code, person, "Boris", 12)
    assert isinstance(found, Accepted)
    return found


def left_by_boris(owner: int) -> ColleagueNews:
    return ColleagueNews("left", "Boris", "shop", owner)


@pytest.mark.parametrize(
    ("right", "includes"),
    [("look", "look"), ("check", "look check"), ("prolong", "look check prolong"), ("all", "look check prolong all")],
)
def test_a_right_includes_those_before_it(right: str, includes: str) -> None:
    assert [str(each) for each in Right if Right(right).includes(each)] == includes.split()


async def test_a_code_works_once_and_gives_the_right(rig: Rig, given: Colleagues) -> None:
    code = await given.invite(ANNA, Right.PROLONG, CAP, by_name="Anna")
    assert await given.accept(code + "x", BORIS, "Boris", 0) == NotAccepted.UNKNOWN
    assert await given.accept(code, ANNA, "Anna", 0) == NotAccepted.OWN
    found = await given.accept(code, BORIS, "Boris", 12)
    assert isinstance(found, Accepted)
    assert found.account == rig.account.user_id
    [one] = await given.of(ANNA)
    assert one == found.colleague == await given.access(ANNA, BORIS)
    assert (one.right, one.monthly_cap, one.currency, one.name, one.by_name) == (
        Right.PROLONG,
        CAP,
        "RUB",
        "Boris",
        "Anna",
    )
    assert timedelta(0) <= rig.px6.clock.now() - one.since < timedelta(minutes=1)
    assert not one.told
    assert await given.accept(code, BORIS, "Boris", 0) == NotAccepted.UNKNOWN
    assert await given.invites(ANNA) == []
    boris = await rig.people.find(BORIS)
    assert boris is not None
    assert (boris.current, boris.own_until) == (ANNA, 12)


async def test_a_code_is_kept_as_its_hash_and_ends_after_a_day(rig: Rig, given: Colleagues) -> None:
    code = await given.invite(ANNA, Right.ALL)
    assert rig.rows("SELECT hash FROM invites") == [(hash_of(code),)]
    rig.px6.clock.move(timedelta(hours=24))
    assert await given.accept(code, BORIS, "Boris", 0) == NotAccepted.OLD
    assert await given.invites(ANNA) == []
    assert await given.of(ANNA) == []


async def test_an_invitation_is_listed_to_the_moment_until_which_it_can_be_accepted(rig: Rig) -> None:
    now = begun = rig.px6.clock.now()
    given = Colleagues(rig.database, lambda: now)
    code = await given.invite(ANNA, Right.LOOK)
    for age, is_open in ((INVITE_KEPT - timedelta(microseconds=1), True), (INVITE_KEPT, False)):
        now = begun + age
        assert (len(await given.invites(ANNA)) == 1) is is_open
        assert (await given.invited(code, BORIS) != NotAccepted.OLD) is is_open


async def test_an_invitation_can_be_for_one_person_alone(given: Colleagues) -> None:
    code = await given.invite(ANNA, Right.ALL, person=1003)
    assert await given.accept(code, BORIS, "Boris", 0) == NotAccepted.ANOTHERS
    assert isinstance(await given.accept(code, 1003, "Carol", 0), Accepted)


async def test_an_account_without_a_key_or_with_many_colleagues_takes_none(rig: Rig, given: Colleagues) -> None:
    for nth in range(MOST_COLLEAGUES):
        await accepted(given, person=3000 + nth)
    code = await given.invite(ANNA, Right.ALL)
    assert await given.accept(code, BORIS, "Boris", 0) == NotAccepted.FULL
    assert isinstance(await given.accept(code, 3000, "Who has a right already", 0), Accepted)
    await rig.people.find_or_create(BORIS)
    no_key = await given.invite(BORIS, Right.ALL)
    assert await given.accept(no_key, 3000, "Carol", 0) == NotAccepted.NO_ACCOUNT


async def test_at_most_eight_invitations_are_open_whoever_makes_them_at_once(rig: Rig, given: Colleagues) -> None:
    for _ in range(MOST_INVITES - 1):
        await given.invite(ANNA, Right.LOOK)
    made = await asyncio.gather(*(given.invite(ANNA, Right.LOOK) for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in made].count(str) == 1
    assert [type(each) for each in made].count(TooManyInvites) == 4
    assert rig.rows("SELECT count(*) FROM invites") == [(MOST_INVITES,)]
    rig.px6.clock.move(timedelta(hours=24))
    assert await given.invite(ANNA, Right.LOOK), "those have ended"


async def test_a_limit_belongs_to_prolonging_alone(given: Colleagues) -> None:
    for none in (None, Decimal(0), Decimal("-0.01")):
        with pytest.raises(ValueError, match="limit"):
            await given.invite(ANNA, Right.PROLONG, none)
    await accepted(given)
    assert await given.change(ANNA, BORIS, Right.PROLONG, CAP)
    assert [(each.right, each.monthly_cap) for each in await given.of(ANNA)] == [(Right.PROLONG, CAP)]
    assert await given.change(ANNA, BORIS, Right.ALL, CAP)
    assert await given.tell(ANNA, BORIS, told=True)
    assert [(each.right, each.monthly_cap, each.told) for each in await given.of(ANNA)] == [(Right.ALL, None, True)]
    assert not await given.change(ANNA, 1003, Right.ALL)
    assert not await given.tell(BORIS, ANNA, told=True)


async def test_a_right_that_is_taken_back_is_gone_with_all_open_invitations(rig: Rig, given: Colleagues) -> None:
    await accepted(given)
    code = await given.invite(ANNA, Right.ALL)
    taken = await given.take_back(ANNA, BORIS)
    assert taken is not None and taken.person == BORIS
    assert await given.take_back(ANNA, BORIS) is None
    assert await given.accept(code, BORIS, "Boris", 0) == NotAccepted.UNKNOWN
    assert await given.access(ANNA, BORIS) is None
    boris = await rig.people.find(BORIS)
    assert boris is not None and boris.current == BORIS


async def test_commands_leave_the_account_that_is_lost_for_ones_own_and_no_other(rig: Rig, given: Colleagues) -> None:
    """Whoever is at work on another account would spend there what they meant for this one."""
    for owner in (BORIS, CAROL):
        await rig.accounts.connect(owner, rig.px6.add_account().key)
    currents = []
    for ended in (given.take_back(ANNA, BORIS), given.leave(BORIS, left_by_boris(CAROL))):
        for owner in (ANNA, CAROL):
            await given.accept(await given.invite(owner, Right.LOOK), BORIS, "Boris", 0)
        await ended
        boris = await rig.people.find(BORIS)
        assert boris is not None
        currents.append(boris.current)
    assert currents == [CAROL, BORIS]


async def test_a_colleague_leaves_and_invitations_stay(given: Colleagues) -> None:
    await accepted(given)
    await given.invite(ANNA, Right.LOOK)
    left = await given.leave(BORIS, left_by_boris(ANNA))
    assert left is not None and left.telegram_id == ANNA
    assert await given.leave(BORIS, left_by_boris(ANNA)) is None, "they had no right any more"
    assert await given.of(ANNA) == []
    assert len(await given.invites(ANNA)) == 1


async def test_another_px6_account_is_not_shared_with_who_had_a_right_on_the_one_before(
    rig: Rig, given: Colleagues
) -> None:
    await accepted(given)
    await given.invite(ANNA, Right.LOOK)
    await rig.replaces_key(rig.px6.add_account(balance="1.00").key)
    assert await given.of(ANNA) == []
    assert await given.invites(ANNA) == []


async def test_what_colleagues_did_is_kept_newest_first(
    rig: Rig, given: Colleagues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST_ACTIONS", 3)
    another = (await rig.people.find_or_create(1003)).telegram_id
    for owner, count in ((another, 1), *((ANNA, nth) for nth in (1, 2, 3, 4)), (another, 2), (ANNA, 5)):
        await given.note(owner, BORIS, "Boris", "check", count)
    assert [each.count for each in await given.actions(another)] == [2, 1], "each account has as many of its own"
    found = await given.actions(ANNA)
    assert [(each.action, each.count, each.name, each.person) for each in found] == [
        ("check", nth, "Boris", BORIS) for nth in (5, 4, 3)
    ]
    assert [each.count for each in await given.actions(ANNA, 1, 1)] == [4]
    assert timedelta(0) <= rig.px6.clock.now() - found[0].at < timedelta(minutes=1)


async def test_nothing_is_left_of_a_colleague_who_is_forgotten_nor_of_a_forgotten_owner(
    rig: Rig, given: Colleagues
) -> None:
    await accepted(given)
    await given.note(ANNA, BORIS, "Boris", "check", 2)
    await given.invite(ANNA, Right.LOOK, person=BORIS)
    await rig.accounts.forget(BORIS)
    assert await given.of(ANNA) == []
    assert await given.invites(ANNA) == []
    assert [(each.person, each.name, each.count) for each in await given.actions(ANNA)] == [(0, "", 2)]
    await accepted(given)
    await rig.accounts.forget(ANNA)
    for table in ("colleagues", "invites", "colleague_actions"):
        assert rig.rows(f"SELECT * FROM {table}") == []  # noqa: S608 - our own names


async def test_old_invitations_and_actions_are_pruned(rig: Rig, given: Colleagues) -> None:
    await given.invite(ANNA, Right.LOOK)
    for _ in range(2):
        await given.note(ANNA, BORIS, "Boris", "check", 1)
    async with rig.database.write() as connection:
        later = datetime.now(UTC) + timedelta(days=500)
        assert await pruning.remove_reminders(connection, later, 100) == 2
    assert await given.invites(ANNA) == []
    assert len(await given.actions(ANNA)) == 1
