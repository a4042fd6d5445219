"""Rules of automatic prolonging, and the payments (runs) that they announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.money import NOTHING
from model.rules import Portion, ProxyEnd, Rule, Run
from storage import locks
from storage.schema import orders, rules, run_proxies, runs
from storage.whose import rows_of

MOST_RULES = 20  # of a person
WAITING = ("announcing", "announced")  # states of a run that has not begun
_UNPAID = runs.c.state.in_(WAITING) | ((runs.c.state == "running") & runs.c.confirmation_id.is_(None))


async def add(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    """A new rule; gives its id."""
    return int((await connection.execute(insert(rules).values(**values).returning(rules.c.id))).scalar_one())


_OF_PERSON = select(rules).where(rules.c.telegram_id == bindparam("telegram_id")).order_by(rules.c.id)


async def of_person(connection: AsyncConnection, telegram_id: int) -> list[Rule]:
    """The person's rules, oldest first: the first that fits a proxy is the one that counts."""
    rows = (await connection.execute(_OF_PERSON, {"telegram_id": telegram_id})).mappings()
    return [Rule(**row) for row in rows]


async def one(connection: AsyncConnection, telegram_id: int, rule_id: int) -> Rule | None:
    """A rule of this person's."""
    return next((rule for rule in await of_person(connection, telegram_id) if rule.id == rule_id), None)


_OF_CONFIRMATION = (
    select(rules).join(runs, runs.c.rule_id == rules.c.id).where(runs.c.confirmation_id == bindparam("confirmation"))
)


async def of_confirmation(connection: AsyncConnection, confirmation_id: int) -> Rule | None:
    """The rule whose run made this payment; None when it was removed since."""
    row = (await connection.execute(_OF_CONFIRMATION, {"confirmation": confirmation_id})).mappings().first()
    return None if row is None else Rule(**row)


async def change(
    connection: AsyncConnection, telegram_id: int, rule_id: int, sum_in: str | None = None, **values: Any
) -> bool:
    """Set columns of a rule of this person's; False when there is none, or none that counts in `sum_in`."""
    mine = (rules.c.id == rule_id) & (rules.c.telegram_id == telegram_id)
    if sum_in is not None:
        mine &= (rules.c.currency == sum_in) & (rules.c.currency != "")
    return (await connection.execute(update(rules).where(mine).values(**values))).rowcount == 1


async def bind(connection: AsyncConnection, rule: Rule, px6_user_id: str, currency: str) -> None:
    """Give a rule that is off to an account and its currency; limits in another currency go."""
    values: dict[str, Any] = {"px6_user_id": px6_user_id, "currency": currency}
    if rule.currency != currency:
        values |= {"cap_run": None, "cap_month": None, "floor": NOTHING}
    await connection.execute(update(rules).where(rules.c.id == rule.id, ~rules.c.on).values(**values))


async def stop_all(connection: AsyncConnection, telegram_id: int, why: str) -> bool:
    """Stop every rule that is on, and what they announced; False when none is."""
    await release(connection, telegram_id)
    mine = (rules.c.telegram_id == telegram_id) & rules.c.on
    return (await connection.execute(update(rules).where(mine).values(on=False, stopped=why))).rowcount > 0


async def remove(connection: AsyncConnection, telegram_id: int, rule_id: int) -> bool:
    """Delete a rule of this person's, and what it announced; False when there is none. Locks the person."""
    await locks.person(connection, telegram_id)
    mine = (rules.c.id == rule_id) & (rules.c.telegram_id == telegram_id)
    return (await connection.execute(delete(rules).where(mine))).rowcount == 1


_ANNOUNCED = (
    select(run_proxies.c.proxy_id, run_proxies.c.end, runs.c.state)
    .join(runs, runs.c.id == run_proxies.c.run_id)
    .where(run_proxies.c.telegram_id == bindparam("telegram_id"))
)


async def announced(connection: AsyncConnection, telegram_id: int) -> dict[ProxyEnd, str]:
    """The state of the run for each announced (proxy id, end) of the person's."""
    found = await connection.execute(_ANNOUNCED, {"telegram_id": telegram_id})
    return {(proxy_id, end): state for proxy_id, end, state in found}


async def announce(
    connection: AsyncConnection,
    telegram_id: int,
    rule_id: int,
    portions: Sequence[Portion],
    currency: str,
    now: datetime,
) -> int | None:
    """Write down the runs that one message is about to announce; gives their cycle.

    None when a rule announced one of these ends before: then the message must not be sent. Locks the person.
    """
    await locks.person(connection, telegram_id)
    before = await announced(connection, telegram_id)
    if not portions or any(key in before for portion in portions for key in portion.ends.items()):
        return None
    common = {"telegram_id": telegram_id, "rule_id": rule_id, "currency": currency}
    cycle = 0
    for portion in portions:
        cycle = await _add_run(connection, portion, cycle, state="announcing", told_at=now, **common) or cycle
    return cycle


async def put_off(connection: AsyncConnection, run: Run, portion: Portion) -> None:
    """Make a run of its own, in the same cycle, of the proxies that a run could not pay for."""
    await leave_out(connection, run.id, portion.ends)
    common = {"telegram_id": run.telegram_id, "rule_id": run.rule_id, "currency": run.currency}
    common |= {"state": "announced", "message_id": run.message_id, "part_of": run.whole}
    await _add_run(connection, portion, run.cycle, **common)


async def _add_run(connection: AsyncConnection, portion: Portion, cycle: int, **values: Any) -> int:
    """A run with its proxies. The first of its cycle gives that its id, which is answered; 0 for all others."""
    values |= {"run_at": portion.run_at, "price": sum(portion.prices.values()), "cycle": cycle}
    run_id = int((await connection.execute(insert(runs).values(**values).returning(runs.c.id))).scalar_one())
    rows = [
        {
            "telegram_id": values["telegram_id"],
            "proxy_id": proxy_id,
            "end": end,
            "run_id": run_id,
            "price": portion.prices[proxy_id],
        }
        for proxy_id, end in portion.ends.items()
    ]
    await connection.execute(insert(run_proxies), rows)
    if cycle:
        return 0
    await connection.execute(update(runs).where(runs.c.id == run_id).values(cycle=run_id))
    return run_id


async def tell_again(connection: AsyncConnection, cycle: int, now: datetime, before: datetime) -> bool:
    """Take an announcement that is not certainly sent, to send it; False when another task took it since `before`."""
    untold = (runs.c.cycle == cycle) & (runs.c.state == "announcing")
    free = runs.c.told_at.is_(None) | (runs.c.told_at <= before)
    return (await connection.execute(update(runs).where(untold, free).values(told_at=now))).rowcount > 0


async def not_told(connection: AsyncConnection, cycle: int, told_at: datetime) -> None:
    """Note that nobody knows whether the announcement arrived; it is sent again as if it was sent at `told_at`."""
    untold = (runs.c.cycle == cycle) & (runs.c.state == "announcing")
    await connection.execute(update(runs).where(untold).values(told_at=told_at))


async def told(connection: AsyncConnection, cycle: int, message_id: int) -> None:
    """Note that the announcement was certainly sent: from now on its runs may be carried out."""
    untold = (runs.c.cycle == cycle) & (runs.c.state == "announcing")
    values = {"state": "announced", "told_at": None, "message_id": message_id}
    await connection.execute(update(runs).where(untold).values(**values))


async def postpone(connection: AsyncConnection, run_id: int, run_at: datetime) -> None:
    """Move a run to a later time, so that the person of a late announcement still has time for Skip."""
    await connection.execute(update(runs).where(runs.c.id == run_id).values(run_at=run_at))


async def skip(connection: AsyncConnection, telegram_id: int, cycle: int) -> int | None:
    """Skip the runs of an announcement that have not paid; gives how many proxies they have. None: all of them were
    dropped. Locks the person."""
    await locks.person(connection, telegram_id)
    mine = (runs.c.telegram_id == telegram_id) & (runs.c.cycle == cycle)
    skipping = update(runs).where(mine, _UNPAID).values(state="skipped").returning(runs.c.id)
    skipped = list((await connection.execute(skipping)).scalars())
    count = select(func.count()).select_from(run_proxies).where(run_proxies.c.run_id.in_(skipped))
    found = int((await connection.execute(count)).scalar_one())
    states = set((await connection.execute(select(runs.c.state).where(mine))).scalars())
    return None if states <= {"dropped"} else found


async def release(connection: AsyncConnection, telegram_id: int, rule_id: int | None = None) -> None:
    """Drop the runs of a rule (None: of every rule) that have not paid; their ends can be announced again.

    One that is under way pays nothing then (`begin_paying`); what was confirmed already goes on. The person is
    locked.
    """
    mine = runs.c.telegram_id == bindparam("person")
    await _release(connection, telegram_id, mine if rule_id is None else mine & (runs.c.rule_id == rule_id))


async def release_all(connection: AsyncConnection, telegram_id: int) -> None:
    """As `release`, for every rule of all px6 accounts of the person."""
    await _release(connection, telegram_id, runs.c.telegram_id.in_(rows_of("person")))


async def _release(connection: AsyncConnection, telegram_id: int, which: ColumnElement[bool]) -> None:
    dropping = update(runs).where(which, _UNPAID).values(state="dropped").returning(runs.c.id)
    dropped = list((await connection.execute(dropping, {"person": telegram_id})).scalars())
    await connection.execute(delete(run_proxies).where(run_proxies.c.run_id.in_(dropped)))


async def open_runs(connection: AsyncConnection, telegram_id: int) -> list[Run]:
    """The person's runs that wait or are under way, soonest first."""
    return await _runs(connection, (runs.c.telegram_id == telegram_id) & runs.c.state.in_((*WAITING, "running")))


async def unpaid_parts(connection: AsyncConnection, run: Run) -> list[Run]:
    """What has not paid of the announced run of which this is all or a part, this one among them."""
    whole = (runs.c.id == run.whole) | (runs.c.part_of == run.whole)
    return await _runs(connection, (runs.c.telegram_id == run.telegram_id) & whole & _UNPAID)


async def of_cycle(connection: AsyncConnection, telegram_id: int, cycle: int) -> list[Run]:
    """The runs of one announcement that wait or are under way."""
    return [run for run in await open_runs(connection, telegram_id) if run.cycle == cycle]


async def _runs(connection: AsyncConnection, which: ColumnElement[bool]) -> list[Run]:
    rows = (await connection.execute(select(runs).where(which).order_by(runs.c.run_at))).mappings().all()
    found = {row["id"]: Run(**row, ends={}, prices={}) for row in rows}
    query = select(run_proxies.c.run_id, run_proxies.c.proxy_id, run_proxies.c.end, run_proxies.c.price)
    for run_id, proxy_id, end, price in await connection.execute(query.where(run_proxies.c.run_id.in_(list(found)))):
        found[run_id].ends[proxy_id], found[run_id].prices[proxy_id] = end, price
    return list(found.values())


async def move_run(
    connection: AsyncConnection, run_id: int, states: Iterable[str], state: str, **values: Any
) -> bool:
    """Move a run from one of `states` to `state`; False when it is in none of them: another task was faster."""
    statement = update(runs).where(runs.c.id == run_id, runs.c.state.in_(tuple(states)))
    return (await connection.execute(statement.values(state=state, **values))).rowcount == 1


async def begin_paying(connection: AsyncConnection, run_id: int, confirmation_id: int) -> bool:
    """Note by which payment a run that is under way is paid; False when it was dropped or skipped meanwhile."""
    mine = (runs.c.id == run_id) & (runs.c.state == "running") & runs.c.confirmation_id.is_(None)
    paying = update(runs).where(mine).values(confirmation_id=confirmation_id)
    return (await connection.execute(paying)).rowcount == 1


async def state_of(connection: AsyncConnection, run_id: int) -> str | None:
    """The state of a run; None when its rule was removed."""
    state: str | None = (await connection.execute(select(runs.c.state).where(runs.c.id == run_id))).scalar()
    return state


async def drop(connection: AsyncConnection, run_id: int) -> bool:
    """Drop a run; its ends can be announced again. False when it has ended otherwise."""
    dropped = await move_run(connection, run_id, (*WAITING, "running"), "dropped")
    if dropped:
        await connection.execute(delete(run_proxies).where(run_proxies.c.run_id == run_id))
    return dropped


async def leave_out(connection: AsyncConnection, run_id: int, ids: Iterable[int]) -> None:
    """Take proxies out of a run: reminders name them again, and they can be announced again."""
    mine = (run_proxies.c.run_id == run_id) & run_proxies.c.proxy_id.in_(list(ids))
    await connection.execute(delete(run_proxies).where(mine))


async def spent(connection: AsyncConnection, rule: Rule, since: datetime) -> Decimal:
    """What a rule has spent, or may have spent, of its account since then. Unknown sums count as quoted."""
    return await _spent(connection, rule, orders.c.confirmed_at >= since)


async def spent_of_whole(connection: AsyncConnection, rule: Rule, whole: int) -> Decimal:
    """What a rule has spent, or may have spent, for one announced run and for all that was left of it."""
    return await _spent(connection, rule, (runs.c.id == whole) | (runs.c.part_of == whole))


async def _spent(connection: AsyncConnection, rule: Rule, which: ColumnElement[bool]) -> Decimal:
    sum_ = func.sum(func.coalesce(orders.c.charged, orders.c.expected, orders.c.quoted))
    query = (
        select(sum_.label("sum"))
        .join(runs, runs.c.confirmation_id == orders.c.confirmation_id)
        .where(
            which,
            runs.c.rule_id == rule.id,
            orders.c.px6_user_id == rule.px6_user_id,
            orders.c.currency == rule.currency,
            orders.c.state.in_(("confirmed", "sending", "unknown", "done", "unclear")),
        )
    )
    found = (await connection.execute(query)).scalar()
    return NOTHING if found is None else Decimal(found)


_FORGET_OLDER = delete(runs).where(runs.c.telegram_id == bindparam("person"), runs.c.run_at < bindparam("before"))


async def forget_older(connection: AsyncConnection, telegram_id: int, before: datetime) -> None:
    """Delete runs from before that moment."""
    await connection.execute(_FORGET_OLDER, {"person": telegram_id, "before": before})
