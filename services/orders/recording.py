"""Writing down what px6 answered to a call that spends, whatever keeps it from being written at first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import px6
from model.errors import StorageError
from model.orders import Order, OrderError, OrderState
from px6 import Prolongation, Purchase, Px6Error
from services.orders.answers import ends_named
from services.orders.journal import Journal
from services.orders.renaming import rename_values

log = logging.getLogger(__name__)

# A late answer is better knowledge than a look.
ANSWERABLE = (OrderState.SENDING, OrderState.UNKNOWN, OrderState.NOT_DONE, OrderState.UNCLEAR)
RECORD_TRIES, RECORD_PAUSE = 3, 0.3  # seconds

Tell = Callable[[int], Awaitable[None]]
"""Tells how the confirmation of this id stands."""


class AnswerRecorder:
    """Moves an order to what px6 answered, and tells the person."""

    def __init__(self, journal: Journal, clock: Callable[[], datetime], tell: Tell, first_look: timedelta) -> None:
        """`first_look`: how long after sending an order of unknown outcome is looked for."""
        self._journal, self._clock, self._tell, self._first_look = journal, clock, tell, first_look
        self._unrecorded: list[Callable[[], Awaitable[object]]] = []
        self._recording = asyncio.Lock()

    def record_later(self, write: Callable[[], Awaitable[object]]) -> None:
        """Write this down as soon as the database takes it."""
        self._unrecorded.append(write)

    async def record_again(self) -> None:
        """Write down what the database did not take when it came. Raises StorageError while it still does not."""
        async with self._recording:
            for write in tuple(self._unrecorded):
                try:
                    await write()
                except StorageError:
                    raise
                except Exception:
                    # It would fail for ever. The order is still `sending`, or `confirmed`: settling finds it out.
                    log.exception("The outcome of an order cannot be written down")
                self._unrecorded.remove(write)

    async def record(self, write: Callable[[], Awaitable[object]]) -> None:
        """Write down what came back; whatever keeps it from being written, it is tried again with every settling."""
        for _ in range(RECORD_TRIES):
            try:
                await write()
                return
            except Exception as error:  # noqa: BLE001 - an answer to a payment is not to be dropped
                said = error if isinstance(error, StorageError) else type(error).__name__
                log.error("The outcome of an order could not be written down: %s", said)
                await asyncio.sleep(RECORD_PAUSE)
        self._unrecorded.append(write)

    async def done(self, order: Order, answer: Purchase | Prolongation) -> None:
        ends = ends_named(answer)
        values = {
            "state": OrderState.DONE,
            "error": None,
            "error_id": None,
            "charged": answer.price,
            "balance_after": answer.balance,
            "known_before": None,
            **rename_values(order, self._clock()),
        }
        await self._answered(order, values, answer_data(answer, ends), ends)

    async def answered_otherwise(self, order: Order, answer: Purchase | Prolongation, wrong: str) -> None:
        """px6 says yes, but not to exactly this: its books are looked at before anything is claimed."""
        values, ends = self._unknown_values(order, wrong), ends_named(answer)
        mine: dict[int, datetime | None] = {}
        if wrong == OrderError.NAMES_OTHERS:
            values["expected"] = answer.price
            mine = {one: end for one, end in ends.items() if order.kind == "buy" or one in order.ids}
        data = {"error": wrong} if wrong == OrderError.FOR_OTHERS else {"error": wrong, **answer_data(answer, ends)}
        states = (OrderState.SENDING, OrderState.UNKNOWN)
        if await self._journal.change(order, states, values, "answered", data, ends=mine):
            await self._tell(order.confirmation_id)

    async def refused(self, order: Order, error: Px6Error) -> None:
        """px6 said no, let nothing in, or could not be reached: nothing happened."""
        name, number = type(error).__name__, error_id_of(error)
        state = OrderState.REFUSED if isinstance(error, px6.Refused) else OrderState.NOT_SENT
        values = {"state": state, "error": name, "error_id": number, "due_at": None, "known_before": None}
        await self._answered(order, values, {"error": name, "error_id": number}, {})

    async def unknown(self, order: Order, error: str, error_id: int | None) -> None:
        values = {"error_id": error_id, **self._unknown_values(order, error)}
        data = {"error": error, "error_id": error_id}
        await self._journal.change(order, (OrderState.SENDING,), values, "unknown", data)
        await self._tell(order.confirmation_id)

    def _unknown_values(self, order: Order, error: str) -> dict[str, Any]:
        """Looks count from when it was sent, so the first may be due by now."""
        now = self._clock()
        due_at = (order.sent_at or now) + self._first_look
        return {"state": OrderState.UNKNOWN, "error": error, "unknown_at": now, "due_at": due_at}

    async def _answered(
        self, order: Order, values: Mapping[str, Any], data: Mapping[str, Any], ends: Mapping[int, datetime | None]
    ) -> None:
        values = {"settled_at": self._clock(), "looking_error": None, "top_up": None, **values}
        if await self._journal.change(order, ANSWERABLE, values, "answered", data, ends=ends):
            await self._tell(order.confirmation_id)


def answer_data(answer: Purchase | Prolongation, ends: Mapping[int, datetime | None]) -> dict[str, Any]:
    """What came back, without passwords."""
    return {
        "price": answer.price,
        "balance": answer.balance,
        "count": answer.count,
        "order_id": answer.order_id,
        "ends": dict(ends),
    }


def error_id_of(error: Exception) -> int | None:
    """The number with which px6 said no."""
    return error.error_id if isinstance(error, px6.Refused | px6.OutcomeUnknown) else None
