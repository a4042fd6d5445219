"""Whether a colleague may spend, looked at within the transaction that claims.

Their right, and what they have confirmed since the month began, are read while the account's owner is locked: so is
whoever takes a right back or changes it, and every other claim on the account.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from model import local_time
from model.colleagues import Colleague, Right
from model.money import NOTHING
from model.orders import Kind, Quote
from storage import colleagues, people

NEEDED: dict[Kind, Right] = {"prolong": Right.PROLONG, "buy": Right.ALL}


class NotTheirs(Exception):
    """A colleague may not spend this. `reason`, `cap` and `spent` are those of `model.orders.Claim`."""

    def __init__(self, reason: str, cap: Decimal | None = None, spent: Decimal | None = None) -> None:
        self.reason, self.cap, self.spent = reason, cap, spent


async def access(connection: AsyncConnection, owner: int, person: int) -> Colleague:
    """The right of this colleague now. Raises NotTheirs."""
    found = await colleagues.access(connection, owner, person)
    if found is None:
        raise NotTheirs("no_access")
    return found


async def may_spend(connection: AsyncConnection, by: Colleague, quote: Quote, period: int, now: datetime) -> None:
    """Raises NotTheirs where the right is not enough for what is to be paid, or the limit of the month is not."""
    if not by.right.includes(NEEDED[quote.kind]):
        raise NotTheirs("no_right")
    option = quote.option(period)
    if by.right is not Right.PROLONG or option is None:
        return
    if by.currency != quote.currency:
        raise NotTheirs("over_limit")  # the limit says nothing in this currency
    spent = await spent_by(connection, by, now)
    if by.monthly_cap is None or spent + option.price > by.monthly_cap:
        raise NotTheirs("over_limit", by.monthly_cap, spent)


async def spent_by(connection: AsyncConnection, by: Colleague, now: datetime) -> Decimal:
    """What the colleague confirmed in this month of the account's owner."""
    owner = await people.get(connection, by.owner)
    since = month_begun(now, None if owner is None else owner.zone)
    return await colleagues.spent(connection, by.owner, by.person, by.currency, since) or NOTHING


async def left_of(connection: AsyncConnection, by: Colleague | None, now: datetime) -> Decimal | None:
    """What is left of a limit a month; None for who has none: an owner, or a right that needs none."""
    if by is None or by.right is not Right.PROLONG:
        return None
    return max((by.monthly_cap or NOTHING) - await spent_by(connection, by, now), NOTHING)


def month_begun(now: datetime, zone: str | None) -> datetime:
    """When the calendar month began in this zone, an IANA name; in UTC where none is known."""
    return local_time.month_begun(now, ZoneInfo(zone or "UTC"))
