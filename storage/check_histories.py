"""What the last checks of each proxy said.

A proxy's are one text of ENTRY characters each, the newest first. One statement so writes a whole batch and cuts off
what is too old, and nothing has to be read before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from model.checks import CheckEntry, CheckHistory
from storage.engine.dialects import upsert
from storage.schema import accounts, check_histories

KEPT = 20  # of a proxy
ENTRY = 16  # characters: ten of the second, one of the outcome, five of how long it took
WORKED, FAILED, NOT_TOLD = "w", "f", "-----"
LONGEST = 99_999  # hundredths of a second


async def note(
    connection: AsyncConnection, telegram_id: int, *, px6_user_id: str, checked: Mapping[int, CheckEntry]
) -> None:
    """Add what px6 said of each proxy, by its id."""
    key = {"telegram_id": telegram_id, "px6_user_id": px6_user_id}
    rows = [
        {**key, "proxy_id": one, "checked_at": entry.at, "results": written(entry)} for one, entry in checked.items()
    ]
    if rows:
        await connection.execute(_NOTE, rows)


_INSERT = upsert(check_histories)
_TOGETHER = _INSERT.excluded.results.concat(check_histories.c.results)
_NOTE = _INSERT.on_conflict_do_update(
    index_elements=["telegram_id", "px6_user_id", "proxy_id"],
    set_={
        "checked_at": _INSERT.excluded.checked_at,
        "results": func.substr(_TOGETHER, 1, KEPT * ENTRY),
    },
)

_OF_ACCOUNT = (
    select(check_histories.c.proxy_id, check_histories.c.results)
    .join(
        accounts,
        (accounts.c.telegram_id == check_histories.c.telegram_id)
        & (accounts.c.px6_user_id == check_histories.c.px6_user_id),
    )
    .where(
        check_histories.c.telegram_id == bindparam("telegram_id"),
        check_histories.c.proxy_id.in_(bindparam("proxy_ids", expanding=True)),
    )
)


async def of_proxies(
    connection: AsyncConnection, telegram_id: int, proxy_ids: Collection[int]
) -> dict[int, CheckHistory]:
    """The last checks of these proxies of the account that the person has now, as far as there were any."""
    found = await connection.execute(_OF_ACCOUNT, {"telegram_id": telegram_id, "proxy_ids": list(proxy_ids)})
    return {row.proxy_id: CheckHistory(entries_of(row.results)) for row in found}


_LAST = func.substr(check_histories.c.results, 11, 1)
_FAILING = (
    select(check_histories.c.proxy_id)
    .join(
        accounts,
        (accounts.c.telegram_id == check_histories.c.telegram_id)
        & (accounts.c.px6_user_id == check_histories.c.px6_user_id),
    )
    .where(check_histories.c.telegram_id == bindparam("telegram_id"), _LAST == FAILED)
)


async def failing(connection: AsyncConnection, telegram_id: int) -> frozenset[int]:
    """The proxies of the account that the person has now which did not work when they were checked last."""
    return frozenset((await connection.execute(_FAILING, {"telegram_id": telegram_id})).scalars())


async def forget(connection: AsyncConnection, telegram_id: int, px6_user_id: str, proxy_ids: Collection[int]) -> None:
    """Delete those of proxies that are gone."""
    await connection.execute(
        delete(check_histories).where(
            check_histories.c.telegram_id == telegram_id,
            check_histories.c.px6_user_id == px6_user_id,
            check_histories.c.proxy_id.in_(proxy_ids),
        )
    )


def written(entry: CheckEntry) -> str:
    """An entry in ENTRY characters.

    >>> written(CheckEntry(datetime(2026, 11, 28, 10, 40, tzinfo=UTC), True, 0.42))
    '1795862400w00042'
    """
    told = NOT_TOLD if entry.seconds is None else f"{min(round(entry.seconds * 100), LONGEST):05}"
    return f"{int(entry.at.timestamp()):010}{WORKED if entry.alive else FAILED}{told}"


def entries_of(results: str) -> tuple[CheckEntry, ...]:
    """The entries of a text, the newest first."""
    return tuple(_read(results[start : start + ENTRY]) for start in range(0, len(results), ENTRY))


def _read(entry: str) -> CheckEntry:
    told = entry[11:]
    seconds = None if told == NOT_TOLD else int(told) / 100
    return CheckEntry(datetime.fromtimestamp(int(entry[:10]), UTC), entry[10] == WORKED, seconds)
