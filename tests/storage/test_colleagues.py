"""Colleagues: whose right changes, goes or has a limit, and what each has spent of an owner's money."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import INVITE_ID, Invite, Right
from storage import accounts, colleague_limits, colleagues, own_accounts, people
from storage.schema import confirmations, orders
from tests.durations import DAY, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order

ANN, BOB, CAROL = 1001, 1002, 1003
AT_ONCE = timedelta(0)


async def paid(
    connection: AsyncConnection,
    quote: str,
    by: int | None,
    *,
    owner: int = ANN,
    at: timedelta = timedelta(0),
    state: str = "done",
    charged: str | None = "1.50",
) -> None:
    made = await a_confirmation(connection, quote, owner)
    await connection.execute(
        update(confirmations).where(confirmations.c.id == made).values(by_person=by, confirmed_at=NOW + at)
    )
    order = await an_order(connection, made, telegram_id=owner)
    values = {"state": state, "charged": None if charged is None else Decimal(charged)}
    await connection.execute(update(orders).where(orders.c.id == order).values(**values))


async def test_only_what_this_colleague_paid_of_this_owner_counts(connection: AsyncConnection) -> None:
    assert await colleagues.spent(connection, ANN, BOB, "RUB", NOW) is None
    await paid(connection, "bobs", BOB)
    await paid(connection, "carols", CAROL, charged="2.50")
    await paid(connection, "her-own", None, charged="4.00")
    await paid(connection, "of-another", BOB, owner=BOB, charged="8.00")
    assert await colleagues.spent(connection, ANN, BOB, "RUB", NOW) == Decimal("1.50")
    assert await colleagues.spent(connection, ANN, BOB, "USD", NOW) is None


@pytest.mark.parametrize(("at", "counts"), [(-SECOND, False), (timedelta(0), True), (DAY, True)])
async def test_it_counts_from_that_very_moment_on(connection: AsyncConnection, at: timedelta, counts: bool) -> None:
    await paid(connection, "bobs", BOB, at=at)
    assert await colleagues.spent(connection, ANN, BOB, "RUB", NOW) == (Decimal("1.50") if counts else None)


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        *((state, True) for state in ("confirmed", "sending", "unknown", "unclear", "done")),
        *((state, False) for state in ("refused", "not_sent", "requoted", "not_done")),
    ],
)
async def test_what_may_be_paid_counts_as_quoted_and_what_was_not_does_not(
    connection: AsyncConnection, state: str, counts: bool
) -> None:
    await paid(connection, "bobs", BOB, state=state, charged=None)
    assert await colleagues.spent(connection, ANN, BOB, "RUB", NOW) == (Decimal("21.00") if counts else None)


async def joined(
    connection: AsyncConnection,
    person: int,
    owner: int = ANN,
    cap: str | None = None,
    at: datetime = NOW,
    right: Right = Right.PROLONG,
) -> None:
    await people.create(connection, person, "en", NOW)
    invite = invitation(owner, cap, right=right)
    await colleagues.put(connection, owner, person, invite, f"Colleague {person}", at)


def invitation(owner: int, cap: str | None = None, at: datetime = NOW, right: Right = Right.PROLONG) -> Invite:
    limit = cap and Decimal(cap)
    return Invite(owner=owner, right=right, monthly_cap=limit or None, made_at=at, by_name="Owner", person=None)


async def of(connection: AsyncConnection, owner: int) -> dict[int, tuple[str, Decimal | None, bool]]:
    """The owner's colleagues in their order: right, limit, and whether they are told."""
    found = await colleagues.of(connection, owner)
    return {one.person: (one.right.value, one.monthly_cap, one.told) for one in found}


async def test_only_the_right_of_this_colleague_on_this_account_changes_and_goes(connection: AsyncConnection) -> None:
    for person, owner, later in ((CAROL, ANN, 1), (BOB, ANN, 0), (1004, ANN, 0), (CAROL, BOB, 0)):
        await joined(connection, person, owner, "5.00", NOW + later * SECOND)
    before = ("prolong", Decimal("5.00"), False)
    assert await colleagues.change(connection, ANN, CAROL, told=True)
    assert not await colleagues.change(connection, BOB, 1004, told=True)
    assert list((await of(connection, ANN)).items()) == [
        (BOB, before), (1004, before), (CAROL, ("prolong", Decimal("5.00"), True))
    ]  # fmt: skip
    assert await of(connection, BOB) == {CAROL: before}
    await joined(connection, CAROL, right=Right.LOOK)
    assert (await of(connection, ANN))[CAROL] == ("look", None, True), "who was told goes on being told"
    await colleagues.remove(connection, ANN, CAROL)
    assert list(await of(connection, ANN)) == [BOB, 1004]
    assert await of(connection, BOB) == {CAROL: before}


async def test_limits_in_another_currency_are_taken_away_with_the_invitations_that_have_one(
    connection: AsyncConnection,
) -> None:
    for person, owner, cap in ((1004, ANN, "5.00"), (CAROL, ANN, "7.00"), (BOB, ANN, None), (CAROL, BOB, "9.00")):
        await joined(connection, person, owner, cap)
    for name, owner, cap in (("a", ANN, "5.00"), ("b", ANN, None), ("c", BOB, "5.00"), ("d", ANN, "6.00")):
        await colleagues.invite(connection, invitation(owner, cap), name * 64)
    assert await colleague_limits.drop(connection, ANN) == (["Colleague 1003", "Colleague 1004"], 2)
    assert {limit for _, limit, _ in (await of(connection, ANN)).values()} == {None}
    assert (await of(connection, BOB))[CAROL][1] == Decimal("9.00")
    there = [await colleagues.invited(connection, name * 64) is not None for name in "abcd"]
    assert there == [False, True, True, False]
    assert await colleague_limits.drop(connection, ANN) == ([], 0)


async def test_invitations_count_from_after_a_moment_on_and_one_is_withdrawn_by_its_owner(
    connection: AsyncConnection,
) -> None:
    for name, owner, at in (("b", ANN, SECOND), ("a", ANN, SECOND), ("c", ANN, AT_ONCE), ("d", BOB, SECOND)):
        await colleagues.invite(connection, invitation(owner, at=NOW + at), name * 64)
    ids = {name: name * INVITE_ID for name in "abcd"}
    assert [one.id for one in await colleagues.invites_of(connection, ANN, NOW)] == [ids["a"], ids["b"]]
    listed = await colleagues.invites_of(connection, ANN, NOW - SECOND)
    assert [one.id for one in listed] == [ids["c"], ids["a"], ids["b"]]
    assert not await colleagues.withdraw(connection, ANN, ids["d"])
    assert [await colleagues.withdraw(connection, ANN, ids["a"]) for _ in range(2)] == [True, False]
    assert [await colleagues.use_invite(connection, "b" * 64) for _ in range(2)] == [True, False]
    left = [[one.id for one in await colleagues.invites_of(connection, who, NOW - DAY)] for who in (ANN, BOB)]
    assert left == [[ids["c"]], [ids["d"]]]


async def test_the_accounts_on_which_a_person_may_act_are_their_own_and_then_others_as_they_came(
    connection: AsyncConnection,
) -> None:
    """Also one that has no key; each with what is known of it."""
    for owner, later in ((1004, 2), (CAROL, 1), (BOB, 1)):
        await people.create(connection, owner, "en", NOW)
        await joined(connection, ANN, owner, at=NOW - later * SECOND)
    await joined(connection, CAROL, BOB)
    for person, account in ((ANN, 5001), (BOB, 5002)):
        await own_accounts.add(connection, person, account, 1, NOW)
    await accounts.put(connection, BOB, px6_user_id="8", currency="USD", sealed=b"x", now=NOW)
    found = await colleagues.acted_on(connection, ANN)
    assert [(one.telegram_id, one.px6_user_id, one.currency) for one in found] == [
        (ANN, None, None), (5001, None, None), (1004, None, None), (BOB, "8", "USD"), (CAROL, None, None)
    ]  # fmt: skip
    assert [one.colleague and one.colleague.person for one in found] == [None, None, ANN, ANN, ANN]
    assert [one.telegram_id for one in await colleagues.acted_on(connection, BOB)] == [BOB, 5002]
