"""What is left to do, counted for whoever watches the bot: open payments, and accounts whose look has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from model.orders import OrderState
from services.account.access import Access
from storage import unsettled, watches
from storage.engine.database import Database


@dataclass(frozen=True)
class Backlog:
    """`open_orders`: under way or of unknown outcome, of which `unknown_orders` are the latter. `due_accounts` wait
    for their look, the longest for `oldest_due` seconds."""

    open_orders: int
    unknown_orders: int
    due_accounts: int
    oldest_due: float


class Workload:
    """Counts what is left to do for everybody who may use the bot."""

    def __init__(self, database: Database, access: Access, clock: Callable[[], datetime]) -> None:
        self._database, self._access, self._clock = database, access, clock

    async def backlog(self) -> Backlog:
        """What is left now. Raises StorageError."""
        now = self._clock()
        async with self._database.read() as connection:
            by_state = await unsettled.count_open(connection)
            due, since = await watches.count_due(connection, now, self._access.allowed)
        oldest = 0.0 if since is None else (now - since).total_seconds()
        return Backlog(sum(by_state.values()), by_state.get(OrderState.UNKNOWN, 0), due, oldest)
