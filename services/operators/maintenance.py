"""The maintenance mode: no new payment begins, and what is under way ends. It outlives a restart.

`services/orders/journal.py` looks at it in the transaction that confirms a payment, so both sides of the edge are
certain; rules ask before they begin.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from model.operators import Maintenance
from storage import maintenance_mode, watches
from storage.engine.database import Database


class MaintenanceMode:
    """Switches the maintenance mode, and tells whether it is on."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def now(self) -> Maintenance | None:
        """None: payments begin as usual."""
        return await maintenance_mode.look_up(self._database)

    async def switch_on(self, text: str | None = None) -> None:
        """From the end of this on no payment begins. `text`: what people read; None: the bot's own words."""
        async with self._database.write() as connection:
            await maintenance_mode.switch_on(connection, text, self._clock())

    async def switch_off(self) -> None:
        """Payments begin again; rules that had to wait are looked at with the next sweep."""
        async with self._database.write() as connection:
            await maintenance_mode.switch_off(connection)
            await watches.wake_payers(connection, self._clock())
