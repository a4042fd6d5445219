"""Whether a colleague has the right by which they write, looked at within the transaction that writes.

The gate has asked before, but a right can be taken back between that and the write: then the taking back wins. It
locks the account's owner, and so does whoever asks here.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import Colleague, Right
from model.people import PersonId
from storage import colleagues


class AccessEnded(Exception):
    """The person has no right on the account any more."""


class AccessShrunk(AccessEnded):
    """The person has a right on the account, but it does not include this any more."""


async def check_right(connection: AsyncConnection, owner: int, by: PersonId | None) -> Colleague | None:
    """The right of the colleague who writes. Of an owner, who is None, nothing is asked. The owner is locked.

    Raises AccessEnded, and AccessShrunk for a right on less than everything.
    """
    if by is None:
        return None
    found = await colleagues.access(connection, owner, by)
    if found is None:
        raise AccessEnded
    if not found.right.includes(Right.ALL):
        raise AccessShrunk
    return found
