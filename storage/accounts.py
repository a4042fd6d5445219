"""px6 accounts with their sealed keys, proposed keys, and how often a person tried keys."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Proposal, StoredAccount
from storage import locks
from storage.engine.crypto import SEALED
from storage.engine.database import Database, Lookup
from storage.engine.dialects import replacing, upsert
from storage.engine.types import time_from_int, time_to_int
from storage.schema import accounts, key_tries, proposals

KEY_COLUMN, PROPOSED_COLUMN = SEALED[:2]


_COLUMNS = (
    accounts.c.telegram_id,
    accounts.c.px6_user_id,
    accounts.c.currency,
    accounts.c.added_at,
    accounts.c.refused_at,
    accounts.c.refused_code,
    accounts.c.changes,
)
_BY_ID = Lookup(select(*_COLUMNS, accounts.c.sealed_key).where(accounts.c.telegram_id == bindparam("telegram_id")))


async def look_up(database: Database, telegram_id: int) -> tuple[StoredAccount, bytes] | None:
    """The account and its sealed key, read without SQLAlchemy (`Database.look_up`)."""
    row = await database.look_up(_BY_ID, telegram_id)
    if row is None:
        return None
    _, px6_user_id, currency, added_at, refused_at, refused_code, changes, sealed = row
    account = StoredAccount(
        telegram_id=telegram_id,
        px6_user_id=px6_user_id,
        currency=currency,
        added_at=time_from_int(added_at),
        refused_at=None if refused_at is None else time_from_int(refused_at),
        refused_code=refused_code,
        changes=changes,
    )
    return account, sealed


async def note_change(connection: AsyncConnection, px6_user_id: str) -> None:
    """Something was changed at px6: whoever keeps its lists reads them afresh."""
    theirs = select(accounts.c.telegram_id).where(accounts.c.px6_user_id == px6_user_id)
    in_order = theirs.order_by(accounts.c.telegram_id).with_for_update()
    statement = update(accounts).where(accounts.c.telegram_id.in_(in_order))
    await connection.execute(statement.values(changes=accounts.c.changes + 1))


_USER_ID = select(accounts.c.px6_user_id).where(accounts.c.telegram_id == bindparam("telegram_id"))


async def user_id_of(connection: AsyncConnection, telegram_id: int) -> str | None:
    """px6's number of the account that the person has connected now."""
    return (await connection.execute(_USER_ID, {"telegram_id": telegram_id})).scalar()


_ADDED_AT = select(accounts.c.added_at).where(
    accounts.c.telegram_id == bindparam("telegram_id"), accounts.c.px6_user_id == bindparam("px6_user_id")
)


async def is_unchanged(connection: AsyncConnection, account: StoredAccount) -> bool:
    """Whether the account is as it was read: neither forgotten nor given another key since."""
    mine = {"telegram_id": account.telegram_id, "px6_user_id": account.px6_user_id}
    return (await connection.execute(_ADDED_AT, mine)).scalar() == account.added_at


_OWNER = select(accounts.c.px6_user_id, accounts.c.currency).where(accounts.c.telegram_id == bindparam("telegram_id"))


async def owner(connection: AsyncConnection, telegram_id: int) -> tuple[str, str]:
    """px6's number of the account that is connected now and its currency; empty where there is none."""
    row = (await connection.execute(_OWNER, {"telegram_id": telegram_id})).first()
    return ("", "") if row is None else (row.px6_user_id, row.currency)


_SET_CURRENCY = (
    update(accounts)
    .where(
        accounts.c.telegram_id == bindparam("person"),
        accounts.c.px6_user_id == bindparam("account"),
        accounts.c.currency != bindparam("now_in"),
    )
    .values(currency=bindparam("now_in"))
)


async def set_currency(connection: AsyncConnection, telegram_id: int, px6_user_id: str, currency: str) -> bool:
    """Write down in which currency px6 keeps the account now; gives whether it is another one than before.

    What follows from that is done by who calls this: `services/account/currency.py`, and nobody else.
    """
    values = {"person": telegram_id, "account": px6_user_id, "now_in": currency}
    return (await connection.execute(_SET_CURRENCY, values)).rowcount == 1


_PUT = replacing(accounts, "px6_user_id", "currency", "sealed_key", "added_at", "refused_at", "refused_code")


async def put(
    connection: AsyncConnection, telegram_id: int, *, px6_user_id: str, currency: str, sealed: bytes, now: datetime
) -> None:
    """Store an account; it replaces the person's earlier one."""
    values = {
        "telegram_id": telegram_id,
        "px6_user_id": px6_user_id,
        "currency": currency,
        "sealed_key": sealed,
        "added_at": now,
        "refused_at": None,
        "refused_code": None,
    }
    await connection.execute(_PUT, values)


async def note_refused(connection: AsyncConnection, account: StoredAccount, code: int, now: datetime) -> bool:
    """Note that px6 refuses the key of an account. True where its owner is still to be told of this error number."""
    mine = (accounts.c.telegram_id == account.telegram_id) & (accounts.c.px6_user_id == account.px6_user_id)
    is_it, since = mine & (accounts.c.added_at == account.added_at), literal(now, accounts.c.refused_at.type)
    is_news = accounts.c.refused_at.is_(None) | (accounts.c.refused_code != code)
    statement = update(accounts).where(is_it, is_news)
    changed = await connection.execute(statement.values(refused_at=func.coalesce(accounts.c.refused_at, since)))
    return changed.rowcount == 1


async def set_refused(connection: AsyncConnection, telegram_id: int, code: int | None, now: datetime) -> bool:
    """Note that px6 refuses the key with this error number, or (None) takes it again. True when that is news."""
    is_news = accounts.c.refused_at.is_not(None) if code is None else accounts.c.refused_code.is_distinct_from(code)
    statement = update(accounts).where(accounts.c.telegram_id == telegram_id, is_news)
    changed = await connection.execute(statement.values(refused_code=code, refused_at=None if code is None else now))
    return changed.rowcount == 1


async def propose(
    connection: AsyncConnection, telegram_id: int, *, px6_user_id: str, currency: str, sealed: bytes, now: datetime
) -> None:
    """Keep a checked key until the person says whether it replaces theirs."""
    values = {"px6_user_id": px6_user_id, "currency": currency, "sealed_key": sealed, "proposed_at": now}
    statement = upsert(proposals).values(telegram_id=telegram_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["telegram_id"], set_=values))


async def proposal(connection: AsyncConnection, telegram_id: int, since: datetime) -> Proposal | None:
    """The person's proposal, when it was made after `since`."""
    mine = (proposals.c.telegram_id == telegram_id, proposals.c.proposed_at >= since)
    row = (await connection.execute(select(proposals).where(*mine))).first()
    if row is None:
        return None
    return Proposal(
        number=time_to_int(row.proposed_at),
        px6_user_id=row.px6_user_id,
        currency=row.currency,
        sealed=row.sealed_key,
    )


_ALL_SEALED = (
    (KEY_COLUMN, select(accounts.c.sealed_key).where(accounts.c.telegram_id == bindparam("telegram_id"))),
    (PROPOSED_COLUMN, select(proposals.c.sealed_key).where(proposals.c.telegram_id == bindparam("telegram_id"))),
)


async def sealed_of(connection: AsyncConnection, telegram_id: int) -> list[tuple[str, bytes]]:
    """(column, sealed value) of every px6 key that is kept of a person, however old."""
    mine = {"telegram_id": telegram_id}
    return [(name, one) for name, query in _ALL_SEALED for one in (await connection.execute(query, mine)).scalars()]


_DROP_PROPOSAL = delete(proposals).where(proposals.c.telegram_id == bindparam("person"))
_TRIES = select(key_tries.c.tried_at).where(key_tries.c.telegram_id == bindparam("telegram_id"))
# A try in the future was made before the clock was set back.
_OTHER_TRIES = delete(key_tries).where(
    key_tries.c.telegram_id == bindparam("person"),
    (key_tries.c.tried_at <= bindparam("since")) | (key_tries.c.tried_at > bindparam("now")),
)
_COUNT_TRY = insert(key_tries).returning(key_tries.c.id)
_UNCOUNT_TRY = delete(key_tries).where(key_tries.c.id == bindparam("number"))


async def drop_proposal(connection: AsyncConnection, telegram_id: int) -> None:
    """Delete the proposal, after it was used or declined."""
    await connection.execute(_DROP_PROPOSAL, {"person": telegram_id})


async def tries(connection: AsyncConnection, telegram_id: int) -> list[datetime]:
    """When the person tried keys, as far as `count_try` has kept it."""
    return list((await connection.execute(_TRIES, {"telegram_id": telegram_id})).scalars())


async def count_try(
    connection: AsyncConnection, telegram_id: int, now: datetime, within: timedelta, most: int
) -> int | None:
    """Count a try of a key; gives its id. None when there were `most` tries `within` that time already.

    Locks the person.
    """
    await locks.person(connection, telegram_id)
    await connection.execute(_OTHER_TRIES, {"person": telegram_id, "since": now - within, "now": now})
    if len(await tries(connection, telegram_id)) >= most:
        return None
    counted = {"telegram_id": telegram_id, "tried_at": now}
    return int((await connection.execute(_COUNT_TRY, counted)).scalar_one())


async def uncount_try(connection: AsyncConnection, number: int) -> None:
    """Take a counted try back: px6 did not refuse the key."""
    await connection.execute(_UNCOUNT_TRY, {"number": number})
