"""Removes what has ended long ago, of everybody, a small batch at a time. What is open stays, however old it is.

A payment goes as a whole: its quote, its confirmation, its orders, their proxies and journal, at once. Ids of quotes
are random and those of confirmations and orders count up for ever, so an old button finds nothing, or what it meant.
What a pruned payment cost stays in the sums of its month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from model.money import NOTHING
from model.orders import OrderState
from model.replacing import OPEN as REPLACING
from model.watching import OPEN as KEPT_OPEN
from storage import locks
from storage.engine.dialects import upsert, writers_are_alone
from storage.orders import ACCOUNT_GONE, OPEN
from storage.schema import (
    account_messages,
    check_histories,
    colleague_actions,
    colleague_reminders,
    colleague_silences,
    confirmations,
    deletions,
    digests,
    health_falls,
    health_watches,
    invites,
    kept_payments,
    known_proxies,
    last_known,
    notices,
    order_proxies,
    orders,
    paid_months,
    people,
    quotes,
    reminders,
    replacements,
    runs,
    silences,
    snapshots,
    stock_watches,
    unsaid,
)
from storage.whose import own

AROUND = timedelta(days=1)  # what was paid so long before an order may still explain what is seen of that one
RUN_ENDED = ("done", "skipped", "dropped")

# Orders about which something may still be found out.
_OPEN_ORDER = or_(
    orders.c.state.in_(OPEN),
    orders.c.due_at.is_not(None),
    orders.c.rename == "pending",
    and_(orders.c.state == "unclear", or_(orders.c.top_up.is_not(None), orders.c.looking_error.in_(ACCOUNT_GONE))),
)


def _blocked() -> ColumnElement[bool]:
    """One order of the confirmation keeps it: it is open or unclear, or it explains an open one of its account."""
    own = orders.alias()
    soon_after = type_coerce(own.c.confirmed_at, BigInteger) + AROUND // timedelta(microseconds=1)
    explains = (orders.c.id <= own.c.id) | (type_coerce(orders.c.confirmed_at, BigInteger) <= soon_after)
    is_open = exists().where(orders.c.px6_user_id == own.c.px6_user_id, _OPEN_ORDER, explains).correlate(own)
    accounts = select(orders.c.px6_user_id).where(_OPEN_ORDER)  # first: nearly all accounts have nothing open
    keeps = or_(
        own.c.state.in_([*OPEN, str(OrderState.UNCLEAR)]),
        own.c.due_at.is_not(None),
        own.c.rename.is_not_distinct_from("pending"),
        and_(own.c.px6_user_id.in_(accounts), is_open),
    )
    return exists().where(own.c.confirmation_id == confirmations.c.id, keeps).correlate(confirmations)


def ended_payments(before: datetime, most: int, among: Collection[int] | None = None) -> Select[Any]:
    """Ids of confirmations that ended before that moment and of which everything is told, the oldest first."""
    late = exists().where(orders.c.confirmation_id == confirmations.c.id, orders.c.settled_at >= before)
    running = exists().where(runs.c.confirmation_id == confirmations.c.id, runs.c.state.not_in(RUN_ENDED))
    query = select(confirmations.c.id).where(
        confirmations.c.confirmed_at < before,
        confirmations.c.tell_at.is_(None),
        confirmations.c.told >= confirmations.c.changes,
        confirmations.c.by_person.is_(None) | (confirmations.c.told_owner >= confirmations.c.changes),
        ~late.correlate(confirmations),
        ~running.correlate(confirmations),
        ~_blocked(),
    )
    if among is not None:
        query = query.where(confirmations.c.id.in_(among))
    return query.order_by(confirmations.c.id).limit(most)


async def find_payments(connection: AsyncConnection, before: datetime, most: int) -> list[int]:
    """Ids of at most so many ended payments, found without a lock."""
    return list((await connection.execute(ended_payments(before, most))).scalars())


async def remove_payments(connection: AsyncConnection, ids: Sequence[int], before: datetime) -> int:
    """Remove those of the payments that still may go, and add them to the sums of their months; gives how many.

    Locks their people, of whom nobody else prunes anything meanwhile.
    """
    await _lock(connection, select(confirmations.c.telegram_id).where(confirmations.c.id.in_(ids)).distinct())
    still = list((await connection.execute(ended_payments(before, len(ids), ids))).scalars())
    if not still:
        return 0
    await _keep_sums(connection, still)
    await _forget_kinds(connection, still)
    mine = select(confirmations.c.quote_id).where(confirmations.c.id.in_(still))
    await connection.execute(delete(quotes).where(quotes.c.id.in_(mine)))
    return len(still)


async def _lock(connection: AsyncConnection, whose: Select[Any]) -> None:
    """One process prunes at a time; the people who lose something are locked before anything is read."""
    await locks.alone(connection, locks.PRUNING)
    if not writers_are_alone(connection):
        await locks.several(connection, list((await connection.execute(whose)).scalars()))


async def _keep_sums(connection: AsyncConnection, ids: Sequence[int]) -> None:
    person = people.alias()
    query = (
        select(orders.c.telegram_id, person.c.zone, orders.c.confirmed_at, orders.c.currency, orders.c.charged)
        .join(people, people.c.telegram_id == orders.c.telegram_id)
        .join(person, person.c.telegram_id == own(people))
        .where(orders.c.confirmation_id.in_(ids), orders.c.state == "done", orders.c.charged.is_not(None))
    )
    sums: dict[tuple[int, datetime, str], list[Decimal]] = defaultdict(list)
    for telegram_id, zone, at, currency, charged in await connection.execute(query):
        sums[telegram_id, month_of(at, zone), currency].append(charged)
    for (telegram_id, month, currency), paid in sums.items():
        await _add_sum(connection, telegram_id, month, currency, sum(paid, NOTHING), len(paid))
    whose = select(confirmations.c.telegram_id).where(confirmations.c.id.in_(ids)).distinct()
    for telegram_id in list((await connection.execute(whose)).scalars()):
        await _note_pruned(connection, telegram_id)


async def _add_sum(
    connection: AsyncConnection, telegram_id: int, month: datetime, currency: str, paid: Decimal, count: int
) -> None:
    key = {"telegram_id": telegram_id, "month": month, "currency": currency}
    statement = upsert(paid_months).values(**key, sum=paid, count=count)
    both = {name: paid_months.c[name] + statement.excluded[name] for name in ("sum", "count")}
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=both))


async def _note_pruned(connection: AsyncConnection, telegram_id: int) -> None:
    """A row without a currency: something of this person's was removed."""
    await _add_sum(connection, telegram_id, datetime.fromtimestamp(0, UTC), "", NOTHING, 0)


def month_of(at: datetime, zone: str | None) -> datetime:
    """The middle of the month in that zone: in every zone it lies in the same month."""
    local = at.astimezone(ZoneInfo(zone) if zone else UTC)
    return datetime(local.year, local.month, 15, 12, tzinfo=UTC)


async def _forget_kinds(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Forget what bought proxies were that are gone, as px6's last answer to this person's account shows."""
    query = (
        select(orders.c.telegram_id, order_proxies.c.proxy_id, snapshots.c.ends)
        .join(order_proxies, order_proxies.c.order_id == orders.c.id)
        .join(
            snapshots,
            (snapshots.c.telegram_id == orders.c.telegram_id) & (snapshots.c.px6_user_id == orders.c.px6_user_id),
        )
        .where(orders.c.confirmation_id.in_(ids), orders.c.kind == "buy")
    )
    gone: dict[int, list[int]] = defaultdict(list)
    for telegram_id, proxy_id, ends in (await connection.execute(query)).all():
        if str(proxy_id) not in ends:
            gone[telegram_id].append(proxy_id)
    for telegram_id, proxy_ids in gone.items():
        mine = (known_proxies.c.telegram_id == telegram_id) & known_proxies.c.proxy_id.in_(proxy_ids)
        await connection.execute(delete(known_proxies).where(mine))


async def remove_open_quotes(connection: AsyncConnection, before: datetime, most: int) -> int:
    """Remove quotes from before that moment that nobody confirmed, but those that a confirmation points to."""
    await locks.alone(connection, locks.PRUNING)
    used = exists().where(confirmations.c.requote_id == quotes.c.id).correlate(quotes)
    old = select(quotes.c.id).where(quotes.c.state != "claimed", quotes.c.created_at < before, ~used).limit(most)
    return (await connection.execute(delete(quotes).where(quotes.c.id.in_(old)))).rowcount


async def remove_deletions(connection: AsyncConnection, before: datetime, most: int) -> int:
    """Remove deletions of proxies whose outcome is known and told. The newest stays: its id is not given again."""
    newest = select(func.max(deletions.c.id)).scalar_subquery()
    old = (
        select(deletions.c.id, deletions.c.telegram_id)
        .where(deletions.c.certain, deletions.c.deleted_at < before, deletions.c.id != newest)
        .limit(most)
    )
    await _lock(connection, select(old.subquery().c.telegram_id).distinct())
    found = (await connection.execute(old)).all()
    for telegram_id in {row.telegram_id for row in found}:
        await _note_pruned(connection, telegram_id)
    await connection.execute(delete(deletions).where(deletions.c.id.in_([row.id for row in found])))
    return len(found)


async def remove_reminders(connection: AsyncConnection, before: datetime, most: int) -> int:
    """Remove reminders, what was muted, digests, notices, messages, runs, kept payments and stock watches that are
    over, lists that px6 told before, checks of proxies that were not checked since, what fell, what colleagues did
    and invitations to them; and of which account old messages are; at most so many of each."""
    await locks.alone(connection, locks.PRUNING)
    return sum([(await connection.execute(statement)).rowcount for statement in _over(before, most)])


@lru_cache(maxsize=1)  # for all batches of one pruning
def _over(before: datetime, most: int) -> list[Delete]:
    """What `remove_reminders` runs, a statement for each table; digests come after what points at them."""
    newest = select(func.max(digests.c.id)).scalar_subquery()
    newest_action = select(func.max(colleague_actions.c.id)).scalar_subquery()
    in_use = or_(
        *(
            exists().where(table.c.digest_id == digests.c.id).correlate(digests)
            for table in (reminders, colleague_reminders)
        )
    )
    over = (digests.c.written_at < before) & digests.c.again_at.is_(None) & ~in_use & (digests.c.id != newest)
    return [
        _some(reminders, reminders.c.end < before, most),
        _some(silences, silences.c.end < before, most),
        _some(colleague_reminders, colleague_reminders.c.end < before, most),
        _some(colleague_silences, colleague_silences.c.end < before, most),
        _some(digests, over, most),
        _some(notices, notices.c.at < before, most),
        _some(unsaid, (unsaid.c.written_at < before) & unsaid.c.again_at.is_(None), most),
        _some(last_known, last_known.c.read_at < before, most),
        _some(check_histories, check_histories.c.checked_at < before, most),
        _some(account_messages, account_messages.c.sent_at < before, most),
        _some(runs, (runs.c.run_at < before) & runs.c.state.in_(RUN_ENDED), most),
        _some(kept_payments, (kept_payments.c.until < before) & kept_payments.c.state.not_in(KEPT_OPEN), most),
        _some(replacements, (replacements.c.run_at < before) & _watched_no_more(), most),
        _some(health_falls, health_falls.c.at < before, most),
        _some(colleague_actions, (colleague_actions.c.at < before) & (colleague_actions.c.id != newest_action), most),
        _some(invites, invites.c.made_at < before, most),
        _some(stock_watches, (stock_watches.c.until < before) & stock_watches.c.told_at.is_not(None), most),
    ]


def _watched_no_more() -> ColumnElement[bool]:
    """No twin can be announced once more of what it was for: it was dropped, or its watch has ended."""
    watched = exists().where(health_watches.c.id == replacements.c.watch_id).correlate(replacements)
    return (replacements.c.state == "dropped") | (replacements.c.state.not_in(REPLACING) & ~watched)


def _some(table: Table, condition: ColumnElement[bool], most: int) -> Delete:
    """Delete at most so many rows."""
    key = list(table.primary_key)
    chosen = select(*key).where(condition).limit(most)
    if len(key) == 1:
        return delete(table).where(key[0].in_(chosen))
    return delete(table).where(tuple_(*key).in_(chosen))


async def was_pruned(connection: AsyncConnection, telegram_id: int) -> bool:
    """Whether something of the person's history was removed."""
    mine = select(paid_months.c.telegram_id).where(paid_months.c.telegram_id == telegram_id).limit(1)
    return (await connection.execute(mine)).first() is not None
