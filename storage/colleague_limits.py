"""The sums a month of colleagues, which are in the currency in which px6 kept the account when they were given."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import colleagues, invites


async def drop(connection: AsyncConnection, telegram_id: int) -> tuple[list[str], int]:
    """Take all limits of this owner's account away: whoever had one pays nothing until the owner gives another one.

    Invitations with a limit are withdrawn. Gives the names of these colleagues, and how many invitations there were.
    """
    limited = (colleagues.c.telegram_id == telegram_id) & colleagues.c.monthly_cap.is_not(None)
    taken = update(colleagues).where(limited).values(monthly_cap=None).returning(colleagues.c.name)
    names = sorted((await connection.execute(taken)).scalars())
    with_limit = (invites.c.telegram_id == telegram_id) & invites.c.monthly_cap.is_not(None)
    return names, (await connection.execute(delete(invites).where(with_limit))).rowcount
