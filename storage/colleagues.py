"""Colleagues of an account, invitations, and what colleagues did that is neither an order nor a deletion.

`telegram_id` is the owner of the account everywhere, `person_id` the colleague's own id.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import GONE, INVITE_ID, Colleague, ColleagueAction, Invite, Right
from model.people import OwnAccount
from storage.engine.dialects import upsert
from storage.schema import (
    account_messages,
    accounts,
    colleague_actions,
    colleagues,
    confirmations,
    deletions,
    digest_endings,
    digests,
    invites,
    orders,
    people,
    quotes,
)

MOST_ACTIONS = 500  # of an account are kept
PAID_OR_MAY_BE = ("confirmed", "sending", "unknown", "unclear", "done")

# -- who has which right

_COLUMNS = (colleagues, accounts.c.currency)
_WITH_CURRENCY = select(*_COLUMNS).select_from(
    colleagues.outerjoin(accounts, accounts.c.telegram_id == colleagues.c.telegram_id)
)
_ONE = and_(colleagues.c.telegram_id == bindparam("telegram_id"), colleagues.c.person_id == bindparam("person_id"))
_ACCESS = _WITH_CURRENCY.where(_ONE)
_OF = _WITH_CURRENCY.where(colleagues.c.telegram_id == bindparam("telegram_id")).order_by(
    colleagues.c.since, colleagues.c.person_id
)


def _colleague(row: Any) -> Colleague:
    return Colleague(
        owner=row.telegram_id,
        person=row.person_id,
        right=Right(row.granted),
        monthly_cap=row.monthly_cap,
        currency=row.currency or "",
        since=row.since,
        name=row.name,
        by_name=row.by_name,
        told=row.told,
    )


async def access(connection: AsyncConnection, telegram_id: int, person_id: int) -> Colleague | None:
    """The right of a person on this owner's account; None: they have none."""
    row = (await connection.execute(_ACCESS, {"telegram_id": telegram_id, "person_id": person_id})).first()
    return None if row is None else _colleague(row)


async def of(connection: AsyncConnection, telegram_id: int) -> list[Colleague]:
    """All colleagues of this owner's account, in the order in which they came."""
    return [_colleague(row) for row in await connection.execute(_OF, {"telegram_id": telegram_id})]


_OF_THEIRS = or_(people.c.telegram_id == bindparam("telegram_id"), people.c.of_person == bindparam("telegram_id"))
_IDS = union_all(
    select(people.c.telegram_id).where(_OF_THEIRS),
    select(colleagues.c.telegram_id).where(colleagues.c.person_id == bindparam("telegram_id")),
)
_RIGHT = and_(colleagues.c.telegram_id == people.c.telegram_id, colleagues.c.person_id == bindparam("telegram_id"))
_ACTED_ON = (
    select(
        people.c.telegram_id.label("account"), people.c.account_name, accounts.c.px6_user_id, accounts.c.refused_code
    )
    .add_columns(accounts.c.currency, *colleagues.c)
    .select_from(
        people.outerjoin(accounts, accounts.c.telegram_id == people.c.telegram_id).outerjoin(colleagues, _RIGHT)
    )
    .where(people.c.telegram_id.in_(_IDS))
    .order_by(
        colleagues.c.since.is_not(None), func.coalesce(colleagues.c.since, people.c.created_at), people.c.telegram_id
    )
)


async def acted_on(connection: AsyncConnection, telegram_id: int) -> list[OwnAccount]:
    """All accounts on which a person may act, by their own id: theirs, also one that has no key, then those of others
    on which they have a right; both in the order in which they came by them."""
    return [
        OwnAccount(
            telegram_id=row.account,
            name=row.account_name,
            px6_user_id=row.px6_user_id,
            currency=row.currency,
            refused_code=row.refused_code,
            colleague=None if row.person_id is None else _colleague(row),
        )
        for row in await connection.execute(_ACTED_ON, {"telegram_id": telegram_id})
    ]


async def put(
    connection: AsyncConnection, telegram_id: int, person_id: int, invite: Invite, name: str, now: datetime
) -> None:
    """A person has the right of this invitation from now on, and no other one."""
    values = {
        "granted": invite.right,
        "monthly_cap": invite.monthly_cap,
        "name": name,
        "by_name": invite.by_name,
        "since": now,
    }
    statement = upsert(colleagues).values(telegram_id=telegram_id, person_id=person_id, told=False, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["telegram_id", "person_id"], set_=values)
    )


async def change(connection: AsyncConnection, telegram_id: int, person_id: int, **values: Any) -> bool:
    """Set columns of a colleague; False: there is no such one."""
    mine = (colleagues.c.telegram_id == telegram_id) & (colleagues.c.person_id == person_id)
    return (await connection.execute(update(colleagues).where(mine).values(**values))).rowcount == 1


async def remove(connection: AsyncConnection, telegram_id: int, person_id: int) -> None:
    """The person has no right on this owner's account any more. Which messages are of it stays known."""
    mine = (colleagues.c.telegram_id == telegram_id) & (colleagues.c.person_id == person_id)
    await connection.execute(delete(colleagues).where(mine))


async def remove_all(connection: AsyncConnection, telegram_id: int) -> None:
    """Nobody but the owner has a right on their account, and nobody is invited any more."""
    await connection.execute(delete(colleagues).where(colleagues.c.telegram_id == telegram_id))
    await remove_invites(connection, telegram_id)


async def erase_traces(connection: AsyncConnection, telegram_id: int) -> None:
    """Take a person out of what is kept of others: what they did as a colleague stays, but not that it was they."""
    by_nobody_known = {"by_person": GONE, "by_name": None}
    for table in (confirmations, deletions):
        await connection.execute(update(table).where(table.c.by_person == telegram_id).values(**by_nobody_known))
    mine = update(colleague_actions).where(colleague_actions.c.person_id == telegram_id)
    await connection.execute(mine.values(person_id=GONE, name=""))
    await connection.execute(delete(invites).where(invites.c.person_id == telegram_id))
    of_others = select(account_messages.c.telegram_id).where(account_messages.c.chat_id == telegram_id)
    shown = (quotes.c.chat_id == telegram_id) & quotes.c.telegram_id.in_(of_others)
    await connection.execute(update(quotes).where(shown).values(chat_id=None, message_id=None))
    await connection.execute(delete(account_messages).where(account_messages.c.chat_id == telegram_id))
    await connection.execute(delete(digests).where(digests.c.receiver == telegram_id))
    theirs = update(digest_endings).where(digest_endings.c.by_person == telegram_id)
    await connection.execute(theirs.values(**by_nobody_known))


# -- invitations

_INVITE = select(invites).where(invites.c.hash == bindparam("hash"))


async def invite(connection: AsyncConnection, made: Invite, code_hash: str) -> None:
    """Keep an invitation, by the hash of its code."""
    await connection.execute(
        insert(invites).values(
            hash=code_hash,
            telegram_id=made.owner,
            granted=made.right,
            monthly_cap=made.monthly_cap,
            by_name=made.by_name,
            person_id=made.person,
            made_at=made.made_at,
        )
    )


def _invite(row: Any) -> Invite:
    return Invite(
        owner=row.telegram_id,
        right=Right(row.granted),
        monthly_cap=row.monthly_cap,
        made_at=row.made_at,
        by_name=row.by_name,
        person=row.person_id,
        id=row.hash[:INVITE_ID],
    )


async def invited(connection: AsyncConnection, code_hash: str) -> Invite | None:
    """The invitation with this code."""
    row = (await connection.execute(_INVITE, {"hash": code_hash})).first()
    return None if row is None else _invite(row)


async def invites_of(connection: AsyncConnection, telegram_id: int, since: datetime) -> list[Invite]:
    """The owner's invitations that were made since then, oldest first."""
    query = select(invites).where(invites.c.telegram_id == telegram_id, invites.c.made_at > since)
    return [_invite(row) for row in await connection.execute(query.order_by(invites.c.made_at, invites.c.hash))]


async def use_invite(connection: AsyncConnection, code_hash: str) -> bool:
    """Remove an invitation; False when somebody else has used it meanwhile."""
    return (await connection.execute(delete(invites).where(invites.c.hash == code_hash))).rowcount == 1


async def withdraw(connection: AsyncConnection, telegram_id: int, number: str) -> bool:
    """Remove one of this owner's invitations, by its id; False when there is none such."""
    one = func.substr(invites.c.hash, 1, INVITE_ID) == number
    mine = (invites.c.telegram_id == telegram_id) & one
    return (await connection.execute(delete(invites).where(mine))).rowcount == 1


async def remove_invites(connection: AsyncConnection, telegram_id: int) -> None:
    """Withdraw all invitations of this owner."""
    await connection.execute(delete(invites).where(invites.c.telegram_id == telegram_id))


# -- what they spent, and did

_SPENT = (
    select(func.sum(func.coalesce(orders.c.charged, orders.c.quoted)))
    .select_from(orders.join(confirmations, confirmations.c.id == orders.c.confirmation_id))
    .where(
        confirmations.c.by_person == bindparam("person_id"),
        confirmations.c.telegram_id == bindparam("telegram_id"),
        confirmations.c.confirmed_at >= bindparam("since"),
        orders.c.currency == bindparam("currency"),
        orders.c.state.in_(PAID_OR_MAY_BE),
    )
)


async def spent(
    connection: AsyncConnection, telegram_id: int, person_id: int, currency: str, since: datetime
) -> Decimal | None:
    """What a colleague confirmed since then in this currency: what was paid, may have been, or is about to be. None:
    nothing."""
    values = {"telegram_id": telegram_id, "person_id": person_id, "currency": currency, "since": since}
    found: Decimal | None = await connection.scalar(_SPENT, values)
    return found


async def note(
    connection: AsyncConnection, telegram_id: int, person_id: int, name: str, action: str, count: int, now: datetime
) -> None:
    """Write down what a colleague did; of an account the newest are kept."""
    values = {"person_id": person_id, "name": name, "at": now, "action": action, "count": count}
    await connection.execute(insert(colleague_actions).values(telegram_id=telegram_id, **values))
    mine = colleague_actions.c.telegram_id == telegram_id
    older = select(colleague_actions.c.id).where(mine).order_by(colleague_actions.c.id.desc()).offset(MOST_ACTIONS)
    await connection.execute(delete(colleague_actions).where(colleague_actions.c.id.in_(older)))


async def actions(
    connection: AsyncConnection, telegram_id: int, limit: int | None, offset: int
) -> list[ColleagueAction]:
    """What colleagues did on this account, newest first."""
    mine = select(colleague_actions).where(colleague_actions.c.telegram_id == telegram_id)
    rows = await connection.execute(mine.order_by(colleague_actions.c.id.desc()).limit(limit).offset(offset))
    return [_action(row) for row in rows.mappings()]


def _action(row: Any) -> ColleagueAction:
    return ColleagueAction(
        id=row["id"],
        owner=row["telegram_id"],
        person=row["person_id"],
        name=row["name"],
        at=row["at"],
        action=row["action"],
        count=row["count"],
    )
