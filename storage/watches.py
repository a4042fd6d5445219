"""When each account is looked at next, which process does it, and what px6 said at the last look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Select, bindparam, delete, func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Outlook
from storage import last_known
from storage.engine.dialects import replacing
from storage.engine.types import UtcTime, time_to_int
from storage.processes import CLOCKS_APART, is_known
from storage.schema import notices, replacements, runs, snapshots, watches
from storage.whose import rows_of, rows_of_all

_WATCH_ON = replacing(watches, "next_look_at", "lease")
_WATCH_ANEW = replacing(watches, "next_look_at", "lease", "since")
_FORGET_ACCOUNT = (
    delete(snapshots).where(snapshots.c.telegram_id == bindparam("person")),
    delete(notices).where(notices.c.telegram_id == bindparam("person"), notices.c.amount.is_not(None)),
)


async def watch(connection: AsyncConnection, telegram_id: int, now: datetime, *, same_account: bool) -> None:
    """Begin to look at an account, at once. With `same_account` (another key of it) what ended meanwhile is still
    told; another account of the same person begins anew. What px6 told with the key before is forgotten."""
    values = {"telegram_id": telegram_id, "since": now, "next_look_at": now, "lease": None}
    await connection.execute(_WATCH_ON if same_account else _WATCH_ANEW, values)
    await last_known.forget(connection, telegram_id)
    if not same_account:
        for statement in _FORGET_ACCOUNT:
            await connection.execute(statement, {"person": telegram_id})


_WAKE = (
    update(watches)
    .where(watches.c.telegram_id == bindparam("person"))
    .values(next_look_at=bindparam("at"), lease=None)
)
_WAKE_BY = _WAKE.where(watches.c.next_look_at > bindparam("at"))


async def wake(connection: AsyncConnection, telegram_id: int, now: datetime) -> None:
    """Plan the next look for the next sweep. Does nothing for a person without an account."""
    await connection.execute(_WAKE, {"person": telegram_id, "at": now})


async def wake_by(connection: AsyncConnection, telegram_id: int, at: datetime) -> None:
    """Plan the next look for this moment, unless it is planned earlier."""
    await connection.execute(_WAKE_BY, {"person": telegram_id, "at": at})


_ALL_OF = (
    select(watches.c.telegram_id)
    .where(watches.c.telegram_id.in_(rows_of("person")))
    .order_by(watches.c.telegram_id)
    .with_for_update()
)
_WAKE_ALL = update(watches).where(watches.c.telegram_id.in_(_ALL_OF)).values(next_look_at=bindparam("at"), lease=None)
_WAKE_ALL_BY = _WAKE_ALL.where(watches.c.next_look_at > bindparam("at"))


async def wake_all(connection: AsyncConnection, telegram_id: int, now: datetime) -> None:
    """Plan the next look at each px6 account of the person for the next sweep."""
    await connection.execute(_WAKE_ALL, {"person": telegram_id, "at": now})


async def wake_all_by(connection: AsyncConnection, telegram_id: int, at: datetime) -> None:
    """Plan the next look at each px6 account of the person for this moment, unless it is planned earlier."""
    await connection.execute(_WAKE_ALL_BY, {"person": telegram_id, "at": at})


def _to_pay(now: Any) -> CompoundSelect[Any]:
    """The people for whom something announced is to be paid: by a rule, or a twin of what stopped working."""
    both = (
        select(table.c.telegram_id).where(table.c.state == "announced", table.c.run_at <= now)
        for table in (runs, replacements)
    )
    return union_all(*both)


async def wake_payers(connection: AsyncConnection, now: datetime) -> None:
    """Plan the next look for the next sweep wherever an announced payment has had to wait."""
    theirs = (
        select(watches.c.telegram_id).where(watches.c.telegram_id.in_(_to_pay(now))).order_by(watches.c.telegram_id)
    )
    statement = update(watches).where(watches.c.telegram_id.in_(theirs.with_for_update()))
    await connection.execute(statement.values(next_look_at=now, lease=None))


@dataclass(frozen=True)
class DueQuery:
    """Which accounts are due: a statement that gives their Telegram ids, and the values of its parameters.

    `locking`: the same, with their rows locked.
    """

    statement: Select[Any]
    locking: Select[Any]
    values: Mapping[str, object]

    async def telegram_ids(self, connection: AsyncConnection) -> list[int]:
        """Those that are due now, in the order in which they are looked at."""
        return list((await connection.execute(self.statement, self.values)).scalars())


def due_query(
    now: datetime,
    latest: datetime,
    longest: timedelta,
    most: int,
    allowed: Collection[int] = (),
    *,
    paying: bool = False,
) -> DueQuery:
    """Accounts whose look has come, the longest waiting first. Also those planned after `latest`, and those that are
    leased for more than `longest`: nobody plans so far ahead, so the clock was set back since.

    Only those of people who are `allowed`; without any, of all. `paying`: only those for which an announced payment
    is due.
    """
    values: dict[str, object] = {"now": now, "latest": latest, "leased": now + longest + CLOCKS_APART, "most": most}
    if allowed:
        values["allowed"] = list(allowed)
    statement, locking = (_due(some=bool(allowed), paying=paying, locking=each) for each in (False, True))
    return DueQuery(statement, locking, values)


@cache
def _due(*, some: bool, paying: bool, locking: bool) -> Select[Any]:
    """The statement of `due_query`; built once, since every sweep asks twice."""
    now, most = bindparam("now", type_=UtcTime()), bindparam("most", type_=Integer())
    latest = bindparam("latest", type_=UtcTime())
    late = select(watches.c.telegram_id).where(watches.c.next_look_at <= now)
    ahead = select(watches.c.telegram_id).where(watches.c.next_look_at > latest)
    left = select(watches.c.telegram_id).where(
        watches.c.lease.is_not(None), watches.c.next_look_at > bindparam("leased"), watches.c.next_look_at <= latest
    )
    found = [late, ahead, left]
    if some:
        theirs = rows_of_all(bindparam("allowed", expanding=True))
        found = [part.where(watches.c.telegram_id.in_(theirs)) for part in found]
    if paying:
        to_pay = _to_pay(now)
        found = [part.where(watches.c.telegram_id.in_(to_pay)) for part in found]
    found = [part.order_by(watches.c.next_look_at).limit(most) for part in found]
    if locking:
        found = [part.with_for_update(skip_locked=True) for part in found]
    either = union_all(*(select(part.cte().c.telegram_id) for part in found)).subquery()
    return select(either.c.telegram_id).limit(most)


async def count_due(
    connection: AsyncConnection, now: datetime, allowed: Collection[int] = ()
) -> tuple[int, datetime | None]:
    """How many accounts wait for their look, and since when the one does that has waited longest.

    Only those of people who are `allowed`; without any, of all.
    """
    query = select(func.count(), func.min(watches.c.next_look_at)).where(watches.c.next_look_at <= now)
    if allowed:
        query = query.where(watches.c.telegram_id.in_(rows_of_all(allowed)))
    count, since = (await connection.execute(query)).one()
    return int(count), since


_CLAIM = (
    update(watches)
    .where(watches.c.telegram_id.in_(bindparam("taken")))
    .values(next_look_at=bindparam("until"), lease=bindparam("by"))
)


async def claim(connection: AsyncConnection, due: DueQuery, until: datetime, lease: str) -> list[int]:
    """Take the accounts that the query finds due. Should this process die, they are due again at `until`.

    Rows that another process locks just now are passed over: it takes them, and this one the next.
    """
    taken = list((await connection.execute(due.locking, due.values)).scalars())
    if taken:
        await connection.execute(_CLAIM, {"taken": taken, "until": until, "by": lease})
    return taken


_OF_PERSON = update(watches).where(watches.c.telegram_id == bindparam("person"))
_CLAIM_ONE = _OF_PERSON.values(next_look_at=bindparam("until"), lease=bindparam("by"))
_PLAN_LOOK = _OF_PERSON.where(watches.c.lease == bindparam("by")).values(next_look_at=bindparam("at"), lease=None)


async def claim_one(connection: AsyncConnection, telegram_id: int, until: datetime, lease: str) -> None:
    """Take one account for a look now, due or not."""
    await connection.execute(_CLAIM_ONE, {"person": telegram_id, "until": until, "by": lease})


async def plan_look(connection: AsyncConnection, telegram_id: int, lease: str, at: datetime | None) -> None:
    """Look again then (None: not until something wakes it), unless something woke the account during the look."""
    await connection.execute(_PLAN_LOOK, {"person": telegram_id, "by": lease, "at": at})


async def give_back(connection: AsyncConnection, telegram_ids: Collection[int], lease: str, now: datetime) -> None:
    """Make claimed accounts that were not looked at due again, for any process."""
    mine = select(watches.c.telegram_id).where(watches.c.telegram_id.in_(telegram_ids), watches.c.lease == lease)
    in_order = mine.order_by(
        watches.c.telegram_id
    ).with_for_update()  # nobody else waits for one while holding another
    statement = update(watches).where(watches.c.telegram_id.in_(in_order))
    await connection.execute(statement.values(next_look_at=now, lease=None))


_OF_PROCESS = func.substr(watches.c.lease, 1, 16)  # 8 bytes in hexadecimal stand first
_LEFT = select(watches.c.telegram_id).where(watches.c.lease.is_not(None), ~is_known(_OF_PROCESS))
_GIVE_BACK_LEFT = update(watches).where(
    watches.c.telegram_id.in_(_LEFT.order_by(watches.c.telegram_id).with_for_update(skip_locked=True))
)


async def give_back_left(connection: AsyncConnection, now: datetime) -> None:
    """Make due again what processes had claimed that are gone."""
    await connection.execute(_GIVE_BACK_LEFT.values(next_look_at=now, lease=None))


_TOLD = ("px6_user_id", "read_at", "balance", "currency", "ends")
_KEEP_SNAPSHOT, _KEEP_WITH_OUTLOOK = replacing(snapshots, *_TOLD), replacing(snapshots, *_TOLD, "outlook")


async def keep_snapshot(
    connection: AsyncConnection,
    telegram_id: int,
    *,
    px6_user_id: str,
    read_at: datetime,
    balance: Decimal,
    currency: str,
    ends: Mapping[int, datetime],
    outlook: Outlook | None = None,
) -> None:
    """Replace what px6 said at the last look. Without an `outlook` the stored one stays."""
    values: dict[str, Any] = {
        "telegram_id": telegram_id,
        "px6_user_id": px6_user_id,
        "read_at": read_at,
        "balance": balance,
        "currency": currency,
        "ends": {proxy_id: time_to_int(end) // 1_000_000 for proxy_id, end in ends.items()},
    }
    if outlook is not None:
        values["outlook"] = outlook_values(outlook)
    await connection.execute(_KEEP_SNAPSHOT if outlook is None else _KEEP_WITH_OUTLOOK, values)


async def keep_outlook(connection: AsyncConnection, telegram_id: int, outlook: Outlook) -> None:
    """Keep what a forecast said, for the home screen."""
    statement = update(snapshots).where(snapshots.c.telegram_id == telegram_id)
    await connection.execute(statement.values(outlook=outlook_values(outlook)))


_OUTLOOK = select(snapshots.c.outlook).where(snapshots.c.telegram_id == bindparam("telegram_id"))


async def outlook(connection: AsyncConnection, telegram_id: int) -> Outlook | None:
    """What the last forecast said."""
    found: dict[str, Any] | None = (await connection.execute(_OUTLOOK, {"telegram_id": telegram_id})).scalar()
    return None if found is None else outlook_from(found)


def outlook_values(outlook: Outlook) -> dict[str, Any]:
    """The outlook as it stands in the column: moments as seconds since 1970, sums as texts."""
    return {
        "at": outlook.made_at.timestamp(),
        "balance": str(outlook.balance),
        "cost": str(outlook.cost),
        "currency": outlook.currency,
        "until": None if outlook.lasts_until is None else outlook.lasts_until.timestamp(),
        "at_most": outlook.at_most,
    }


def outlook_from(values: Mapping[str, Any]) -> Outlook:
    """The outlook of a column's values; one that was kept without a currency holds for no account."""
    until = values["until"]
    return Outlook(
        made_at=datetime.fromtimestamp(values["at"], UTC),
        balance=Decimal(values["balance"]),
        cost=Decimal(values["cost"]),
        currency=values.get("currency", ""),
        lasts_until=None if until is None else datetime.fromtimestamp(until, UTC),
        at_most=values.get("at_most", False),
    )
