"""Rules of automatic prolonging, and what each announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import orders
from storage.schema_reminders import rules, run_proxies, runs

Scope = Literal["all", "comment", "country", "ids"]
MOST_RULES = 20  # of a person
Key = tuple[int, datetime]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Prolong `scope` by `period` days, `hours` before the end.

    `value` is the comment, the country, or the ids (empty for "all"). Caps are in the account's currency, None: none;
    the balance never falls below `floor`. `quiet`: success makes no sound. `stopped`: why it stopped by itself.
    """

    id: int
    telegram_id: int
    scope: Scope
    value: Any
    hours: int
    period: int
    cap_run: Decimal | None
    cap_month: Decimal | None
    floor: Decimal
    quiet: bool
    on: bool
    stopped: str | None
    created_at: datetime


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One announced prolonging. `price` is the announced one; `ends` what it is about."""

    id: int
    telegram_id: int
    rule_id: int
    state: str
    run_at: datetime
    price: Decimal
    currency: str
    message_id: int | None
    confirmation_id: int | None
    tries: int
    ends: dict[int, datetime]


async def add(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    """A new rule; gives its id."""
    return int((await connection.execute(insert(rules).values(**values).returning(rules.c.id))).scalar_one())


async def of_person(connection: AsyncConnection, telegram_id: int) -> list[Rule]:
    """The person's rules, oldest first: the first that fits a proxy is the one that counts."""
    rows = (
        await connection.execute(select(rules).where(rules.c.telegram_id == telegram_id).order_by(rules.c.id))
    ).mappings()
    return [Rule(**row) for row in rows]


async def change(connection: AsyncConnection, telegram_id: int, rule_id: int, **values: Any) -> bool:
    """Set columns of a rule of this person's; False when there is none."""
    mine = (rules.c.id == rule_id) & (rules.c.telegram_id == telegram_id)
    return (await connection.execute(update(rules).where(mine).values(**values))).rowcount == 1


async def stop_all(connection: AsyncConnection, telegram_id: int, why: str) -> bool:
    """Stop every rule that is on; False when none is."""
    mine = (rules.c.telegram_id == telegram_id) & rules.c.on
    return (await connection.execute(update(rules).where(mine).values(on=False, stopped=why))).rowcount > 0


async def remove(connection: AsyncConnection, telegram_id: int, rule_id: int) -> None:
    """Delete a rule of this person's, and what it announced."""
    await connection.execute(delete(rules).where(rules.c.id == rule_id, rules.c.telegram_id == telegram_id))


async def announced(connection: AsyncConnection, telegram_id: int) -> dict[Key, str]:
    """What was announced of each proxy and end, and what became of it."""
    query = (
        select(run_proxies.c.proxy_id, run_proxies.c.end, runs.c.state)
        .join(runs, runs.c.id == run_proxies.c.run_id)
        .where(run_proxies.c.telegram_id == telegram_id)
    )
    return {(proxy_id, end): state for proxy_id, end, state in await connection.execute(query)}


async def announce(
    connection: AsyncConnection,
    telegram_id: int,
    rule_id: int,
    ends: Mapping[int, datetime],
    run_at: datetime,
    price: Decimal,
    currency: str,
) -> int | None:
    """Write down what is about to be announced; None when another process did so for one of them."""
    before = await announced(connection, telegram_id)
    if not ends or any(key in before for key in ends.items()):
        return None
    values = {
        "telegram_id": telegram_id,
        "rule_id": rule_id,
        "state": "announced",
        "run_at": run_at,
        "price": price,
        "currency": currency,
        "tries": 0,
    }
    run_id = int((await connection.execute(insert(runs).values(**values).returning(runs.c.id))).scalar_one())
    rows = [
        {"telegram_id": telegram_id, "proxy_id": proxy_id, "end": end, "run_id": run_id}
        for proxy_id, end in ends.items()
    ]
    await connection.execute(insert(run_proxies), rows)
    return run_id


async def unannounce(connection: AsyncConnection, run_id: int) -> None:
    """The announcement was certainly not sent."""
    await connection.execute(delete(runs).where(runs.c.id == run_id))


async def open_runs(connection: AsyncConnection, telegram_id: int) -> list[Run]:
    """What was announced and is still to be done, soonest first."""
    query = select(runs).where(runs.c.telegram_id == telegram_id, runs.c.state.in_(("announced", "running")))
    rows = (await connection.execute(query.order_by(runs.c.run_at))).mappings().all()
    return [await _run(connection, row) for row in rows]


async def run(connection: AsyncConnection, telegram_id: int, run_id: int) -> Run | None:
    """A run of this person's."""
    query = select(runs).where(runs.c.id == run_id, runs.c.telegram_id == telegram_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else await _run(connection, row)


async def _run(connection: AsyncConnection, row: Any) -> Run:
    query = select(run_proxies.c.proxy_id, run_proxies.c.end).where(run_proxies.c.run_id == row["id"])
    ends = {row.proxy_id: row.end for row in await connection.execute(query)}
    return Run(**row, ends=ends)


async def move_run(
    connection: AsyncConnection, run_id: int, states: Iterable[str], state: str, **values: Any
) -> bool:
    """Bring a run from one of `states` to `state`; False when it is in none: somebody else was quicker."""
    statement = update(runs).where(runs.c.id == run_id, runs.c.state.in_(tuple(states)))
    return (await connection.execute(statement.values(state=state, **values))).rowcount == 1


async def leave_out(connection: AsyncConnection, telegram_id: int, ends: Sequence[Key], run_id: int) -> None:
    """Take proxies out of a run, so that reminders speak of them again."""
    for proxy_id, end in ends:
        await connection.execute(
            delete(run_proxies).where(
                run_proxies.c.telegram_id == telegram_id,
                run_proxies.c.proxy_id == proxy_id,
                run_proxies.c.end == end,
                run_proxies.c.run_id == run_id,
            )
        )


async def spent(connection: AsyncConnection, rule_id: int, since: datetime) -> Decimal:
    """What a rule spent, or may have spent, since then. Not known sums count as they were quoted."""
    sum_ = func.sum(func.coalesce(orders.c.charged, orders.c.expected, orders.c.quoted))
    query = (
        select(sum_.label("sum"))
        .join(runs, runs.c.confirmation_id == orders.c.confirmation_id)
        .where(
            runs.c.rule_id == rule_id,
            orders.c.confirmed_at >= since,
            orders.c.state.in_(("confirmed", "sending", "unknown", "done", "unclear")),
        )
    )
    found = (await connection.execute(query)).scalar()
    return Decimal("0.00") if found is None else Decimal(found)


async def forget_older(connection: AsyncConnection, telegram_id: int, before: datetime) -> None:
    """Drop runs that are long past."""
    await connection.execute(delete(runs).where(runs.c.telegram_id == telegram_id, runs.c.run_at < before))
