"""What one look at an account needs of the database, in one statement: most of it is nothing for most people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Snapshot
from model.replacing import NOT_BOUGHT
from model.replacing import OPEN as REPLACING
from model.schedules import Habits
from model.watching import OPEN, SAID_FOR
from storage.engine.types import time_from_int
from storage.schema import (
    accounts,
    awaiting,
    boards,
    colleagues,
    digests,
    habits,
    health_watches,
    kept_payments,
    known_proxies,
    last_known,
    notices,
    order_proxies,
    orders,
    people,
    quotes,
    reminders,
    replacements,
    rules,
    run_proxies,
    silences,
    snapshots,
    unsaid,
    watches,
)
from storage.whose import own


@dataclass(frozen=True)
class LookRow:
    """What there is about a person and the px6 account that was read.

    `since`: when the bot began to look after it (None: it does not). `seen`: what was kept of the last look.
    `list_mark`, `list_at`: of the list that is kept for when px6 does not answer (`storage.last_known`). The others
    say whether there is anything to read in other tables: reminders that were `said`, `muted` ends, proxies that are
    `busy`, rules that are `on`, ends that rules have `announced`, proxies that were `bought` here, proxies that the
    person `prolonged` here, anything `ordered` on this px6 account by whomever, a digest that is `uncertain` and to
    be sent again now, a sum that was named in a notice (`warned`), the wish to be told that px6 answers (`waits`), a
    pinned `board`, a payment that waits for money (`kept`), a watch that `replaces` what stopped working, for both
    also a message that still says that something is paid which was taken back, and colleagues
    who are told of the account (`shared`).
    """

    habits: Habits = field(default_factory=Habits)
    since: datetime | None = None
    seen: Snapshot | None = None
    list_mark: str | None = None
    list_at: datetime | None = None
    said: bool = False
    muted: bool = False
    busy: bool = False
    on: bool = False
    announced: bool = False
    bought: bool = False
    prolonged: bool = False
    ordered: bool = False
    uncertain: bool = False
    warned: bool = False
    waits: bool = False
    board: bool = False
    kept: bool = False
    replaces: bool = False
    shared: bool = False


_MINE = people.c.telegram_id == bindparam("telegram_id")


def _any(table: Table, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the person has a row there."""
    return exists().where(table.c.telegram_id == people.c.telegram_id, *more)


def _of_account(table: Table, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is a row about the px6 account, whosever."""
    return exists().where(table.c.px6_user_id == accounts.c.px6_user_id, *more)


_FLAGS = {
    "said": _any(reminders),
    "muted": _any(silences),
    "busy": _of_account(order_proxies, order_proxies.c.open),
    "on": _any(rules, rules.c.on),
    "announced": _any(run_proxies),
    "bought": _any(known_proxies),
    "prolonged": _any(orders, orders.c.kind == "prolong"),
    "ordered": _of_account(orders),
    "uncertain": _any(digests, digests.c.again_at <= bindparam("now")),
    "warned": _any(notices, notices.c.amount.is_not(None)),
    "waits": _any(awaiting),
    "board": _any(boards, boards.c.state.in_(("on", "off"))),
    "kept": or_(
        _any(kept_payments, kept_payments.c.state.in_(OPEN)),
        _any(
            quotes,
            quotes.c.state == "withdrawn",
            quotes.c.source == "at_once",
            quotes.c.message_id.is_not(None),
            quotes.c.created_at >= bindparam("said_since"),
        ),
    ),
    "replaces": or_(
        _any(health_watches, health_watches.c.replacing.is_not(None)),
        _any(replacements, replacements.c.state.in_(REPLACING)),
        _any(
            replacements,
            replacements.c.state.in_(NOT_BOUGHT),
            quotes.c.id == replacements.c.paying,
            quotes.c.state == "withdrawn",
            quotes.c.message_id.is_not(None),
        ),
    ),
    "shared": _any(colleagues, colleagues.c.told),
}


def _statement() -> Select[Any]:
    same_person, read_now = people.c.telegram_id, accounts.c.px6_user_id == bindparam("px6_user_id")
    return (
        select(
            habits.c.habits,
            watches.c.since,
            snapshots.c.px6_user_id,
            snapshots.c.read_at,
            snapshots.c.balance,
            snapshots.c.currency,
            snapshots.c.ends,
            last_known.c.mark,
            last_known.c.read_at,
            *(condition.label(flag) for flag, condition in _FLAGS.items()),
        )
        .select_from(people)
        .join(accounts, (accounts.c.telegram_id == same_person) & read_now)
        .outerjoin(habits, habits.c.telegram_id == own(people))
        .outerjoin(watches, watches.c.telegram_id == same_person)
        .outerjoin(snapshots, snapshots.c.telegram_id == same_person)
        .outerjoin(last_known, last_known.c.telegram_id == same_person)
        .where(_MINE)
    )


_ROW = _statement()
_NEXT_TRIES = select(
    select(func.min(unsaid.c.again_at)).where(unsaid.c.telegram_id == bindparam("telegram_id")).scalar_subquery(),
    select(func.min(digests.c.again_at)).where(digests.c.telegram_id == bindparam("telegram_id")).scalar_subquery(),
)


async def read(connection: AsyncConnection, telegram_id: int, px6_user_id: str, now: datetime) -> LookRow | None:
    """The row of a person who has this px6 account; None for whoever has it not, or no longer."""
    mine = {"telegram_id": telegram_id, "px6_user_id": px6_user_id, "now": now, "said_since": now - SAID_FOR}
    row = (await connection.execute(_ROW, mine)).first()
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> LookRow:
    stored_habits, since, px6_user_id, read_at, balance, currency, ends, mark, list_at, *flags = tuple(row)
    seen = None
    if read_at is not None:
        moments = {int(proxy_id): time_from_int(end * 1_000_000) for proxy_id, end in ends.items()}
        seen = Snapshot(px6_user_id=px6_user_id, read_at=read_at, balance=balance, currency=currency, ends=moments)
    wanted = Habits() if stored_habits is None else msgspec.convert(stored_habits, Habits)
    named = dict(zip(_FLAGS, map(bool, flags), strict=True))
    return LookRow(wanted, since, seen, mark, list_at, **named)


async def next_tries(connection: AsyncConnection, telegram_id: int) -> tuple[datetime | None, datetime | None]:
    """When the next notice, and the next digest, is to be sent again; None: none is."""
    notice_at, digest_at = (await connection.execute(_NEXT_TRIES, {"telegram_id": telegram_id})).one()
    return notice_at, digest_at
