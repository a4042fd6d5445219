"""Sending: the only place that calls `buy` and `prolong`. What may happen here stands in the package's docstring."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import px6
from model.errors import StorageError
from model.orders import FOR_OTHERS, NAMES_OTHERS, Confirmation, Order, OrderState, Quote
from px6 import Prolongation, Protocol, Purchase, Px6Client, Px6Error, Version
from services.account.accounts import NoKey
from services.orders.answers import ends_named, why_not_yes
from services.orders.errors import NotPriced, OtherAccount, UnknownIds
from services.orders.journal import STUCK, Journal
from services.orders.judging import untouched
from services.orders.quoting import Quoter, read_all
from services.orders.renaming import Renamer, rename_values
from services.orders.watching import Watch

log = logging.getLogger(__name__)

# A late answer is better knowledge than a look.
ANSWERABLE = (OrderState.SENDING, OrderState.UNKNOWN, OrderState.NOT_DONE, OrderState.UNCLEAR)
# Refusals that concern only the proxies of one call; after any other the next call would fare no better.
ONLY_THIS_PART = (px6.NotFound, px6.WrongIds)
RECORD_TRIES, RECORD_PAUSE = 3, 0.3

Tell = Callable[[int], Awaitable[None]]


class Prepared:
    """What was read just before sending: the client, the fresh quote, and (for a buy) which proxies were there."""

    def __init__(self, client: Px6Client, quote: Quote, known: tuple[int, ...] | None = None) -> None:
        self.client, self.quote, self.known, self.balance = client, quote, known, quote.balance


class TooMany(Exception):  # its name is models.TOO_MANY
    """px6 answered 429, and its books cannot be read, or do not show that nothing came of the call."""


class Spender:
    """Carries confirmed orders out, those of one px6 account one after another."""

    def __init__(
        self,
        journal: Journal,
        watch: Watch,
        quoter: Quoter,
        renamer: Renamer,
        clock: Callable[[], datetime],
        tell: Tell,
        first_look: timedelta,
    ) -> None:
        self._journal, self._watch, self._quoter, self._renamer = journal, watch, quoter, renamer
        self._clock, self._tell, self._first_look = clock, tell, first_look
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._unrecorded: list[Callable[[], Awaitable[object]]] = []
        self.running: set[int] = set()

    async def execute(self, confirmation: Confirmation) -> None:
        """Send what was confirmed. Every outcome is in the journal; px6's errors do not leave this function."""
        turn = self._turns.setdefault(confirmation.px6_user_id, asyncio.Lock())
        self.running.add(confirmation.id)
        try:
            async with turn:
                if await self._journal.start(confirmation.id):
                    await self._carry_out(confirmation)
        finally:
            self.running.discard(confirmation.id)

    def give_up(self, confirmation_id: int, error: str) -> None:
        """Close, as soon as the database takes it, what was confirmed and will not be sent by anybody.

        What was sent is past that: an order is sent only once that is on disk.
        """

        async def close() -> None:
            confirmation = await self._journal.confirmation(confirmation_id)
            if confirmation is not None:
                await self._not_sent(confirmation, error)

        self._unrecorded.append(close)

    async def record_again(self) -> None:
        """Write down what the database did not take when it came. Raises StorageError while it still does not."""
        for write in tuple(self._unrecorded):
            try:
                await write()
            except StorageError:
                raise
            except Exception:
                # It would fail for ever. The order is still `sending`, or `confirmed`: settling finds out about it.
                log.exception("The outcome of an order cannot be written down")
            self._unrecorded.remove(write)

    async def _carry_out(self, confirmation: Confirmation) -> None:
        prepared = await self._prepare(confirmation)
        if prepared is None:
            return
        for at, order in enumerate(confirmation.orders):
            sent, rest = await self._send(order, prepared, at), confirmation.orders[at + 1 :]
            if sent is False and rest:
                await self._journal.not_sent(rest, "Stopped")
                await self._tell(confirmation.id)
            if not sent:
                return
            await self._renamer.rename(order.id, prepared.client)

    async def _not_sent(self, confirmation: Confirmation, error: str, error_id: int | None = None) -> None:
        await self._journal.not_sent(confirmation.orders, error, error_id)
        await self._tell(confirmation.id)

    # -- before

    async def _prepare(self, confirmation: Confirmation) -> Prepared | None:
        """Read ends and price afresh; None when nothing is to be sent, which is then written down and told."""
        try:
            prepared = await self._read_afresh(confirmation)
            if not still_holds(confirmation, prepared.quote):
                await self._requote(confirmation, prepared.quote)
                return None
        except (Px6Error, NoKey, UnknownIds, NotPriced, OtherAccount) as error:
            await self._not_sent(confirmation, type(error).__name__, error_id_of(error))
            return None
        return prepared

    async def _read_afresh(self, confirmation: Confirmation) -> Prepared:
        quote = await self._journal.quote(confirmation.telegram_id, confirmation.quote_id)
        assert quote is not None  # noqa: S101 - a confirmation points to its quote
        _, client = await self._quoter.client(quote.telegram_id, quote.px6_user_id)
        if quote.wish is None:
            fresh = await self._quoter.prolong(
                quote.telegram_id,
                quote.ids,
                [confirmation.period],
                quote.source,
                px6_user_id=quote.px6_user_id,
                fresh=True,
            )
            return Prepared(client, fresh)
        fresh, listed = await asyncio.gather(self._quoter.buy(quote.telegram_id, quote.wish), read_all(client))
        return Prepared(client, fresh, tuple(proxy.id for proxy in listed.proxies))

    async def _requote(self, confirmation: Confirmation, fresh: Quote) -> None:
        """Offer what it costs now, with all the periods that were offered before."""
        before = await self._journal.quote(confirmation.telegram_id, confirmation.quote_id)
        if before is not None and before.periods != fresh.periods:
            fresh = await self._quoter.prolong(
                before.telegram_id,
                before.ids,
                before.periods,
                before.source,
                px6_user_id=before.px6_user_id,
                fresh=True,
            )
        await self._journal.requoted(confirmation, fresh)
        await self._tell(confirmation.id)

    # -- the call

    async def _send(self, order: Order, prepared: Prepared, at: int) -> bool | None:
        """Send one order; False when those after it must not be sent, None when they are another process's, too."""
        method, params = call_of(order)
        values: dict[str, Any] = {"balance_before": prepared.balance, "expected": prepared.quote.parts[at].prices[0]}
        if prepared.known is not None:
            values["known_before"] = prepared.known
        sending = await self._journal.sending(order, method, params, **values)
        if sending is None:
            return None
        try:
            answer = await self._call_again_after_429(sending, prepared.client)
        except (px6.Refused, px6.TooManyCalls, px6.Unreachable) as error:
            said: Px6Error = error
            await self._record(lambda: self._refused(sending, said))
            return isinstance(error, ONLY_THIS_PART)
        except Exception as error:  # noqa: BLE001 - whatever it is, the call may have left: only looking tells
            name, number = type(error).__name__, error_id_of(error)
            if not isinstance(error, Px6Error | TooMany):
                log.error("A call that spends failed in a way that nobody foresaw: %s", name)
            await self._record(lambda: self._unknown(sending, name, number))
            return False
        wrong = why_not_yes(sending, answer)
        if wrong is not None:
            await self._record(lambda: self._answered_otherwise(sending, answer, wrong))
            return False
        prepared.balance = answer.balance
        await self._record(lambda: self._done(sending, answer))
        return True

    async def _call_again_after_429(self, order: Order, client: Px6Client) -> Purchase | Prolongation:
        """The call, and once more after 429, for then px6 says that it was not let in.

        Its books are looked at before that is believed, each time. Raises TooMany where they do not show it.
        """
        try:
            return await self._call(order, client)
        except px6.TooManyCalls:
            await self._check_untouched(order, client)
        values = {"due_at": self._clock() + STUCK}
        if not await self._journal.change(order, (OrderState.SENDING,), values, "sent again", {}, news=False):
            raise TooMany
        try:
            return await self._call(order, client)
        except px6.TooManyCalls:
            await self._check_untouched(order, client)
            raise

    async def _check_untouched(self, order: Order, client: Px6Client) -> None:
        """Raises TooMany unless px6's books show that nothing came of a call that was answered with 429."""
        began = self._clock()
        try:
            seen = await read_all(client)
        except Px6Error as error:
            raise TooMany from error
        if seen.user_id != order.px6_user_id or not untouched(order, await self._watch.books(order, seen, began)):
            raise TooMany

    async def _call(self, order: Order, client: Px6Client) -> Purchase | Prolongation:
        """The one call. The client never repeats it."""
        if order.kind == "prolong":
            return await client.prolong(order.period, order.ids)
        return await client.buy(
            order.count,
            order.period,
            order.country or "",
            Version(order.version or Version.IPV6),
            protocol=Protocol(order.protocol or Protocol.HTTP),
            comment=order.mark,
            auto_prolong=order.auto_prolong,
        )

    # -- what came back

    async def _record(self, write: Callable[[], Awaitable[object]]) -> None:
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

    async def _done(self, order: Order, answer: Purchase | Prolongation) -> None:
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

    async def _answered_otherwise(self, order: Order, answer: Purchase | Prolongation, wrong: str) -> None:
        """px6 says yes, but not to exactly this: its books are looked at before anything is claimed."""
        values, ends = self._unknown_values(order, wrong), ends_named(answer)
        mine: dict[int, datetime | None] = {}
        if wrong == NAMES_OTHERS:
            values["expected"] = answer.price
            mine = {one: end for one, end in ends.items() if order.kind == "buy" or one in order.ids}
        data = {"error": wrong} if wrong == FOR_OTHERS else {"error": wrong, **answer_data(answer, ends)}
        states = (OrderState.SENDING, OrderState.UNKNOWN)
        if await self._journal.change(order, states, values, "answered", data, ends=mine):
            await self._tell(order.confirmation_id)

    async def _refused(self, order: Order, error: Px6Error) -> None:
        """px6 said no, let nothing in, or could not be reached: nothing happened."""
        name, number = type(error).__name__, error_id_of(error)
        state = OrderState.REFUSED if isinstance(error, px6.Refused) else OrderState.NOT_SENT
        values = {"state": state, "error": name, "error_id": number, "due_at": None, "known_before": None}
        await self._answered(order, values, {"error": name, "error_id": number}, {})

    async def _unknown(self, order: Order, error: str, error_id: int | None) -> None:
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


def still_holds(confirmation: Confirmation, fresh: Quote) -> bool:
    """Whether no end moved, no price rose, and the money is the same money. A price that fell is no reason to ask."""
    if any(order.currency != fresh.currency for order in confirmation.orders):
        return False
    before = {proxy.id: proxy.end_before for order in confirmation.orders for proxy in order.proxies}
    now = [part.prices[0] for part in fresh.parts]
    return before == fresh.ends and len(now) == len(confirmation.orders) and sum(now) <= confirmation.quoted


def call_of(order: Order) -> tuple[str, dict[str, Any]]:
    """The method and its parameters as the journal keeps them."""
    if order.kind == "prolong":
        return "prolong", {"period": order.period, "ids": order.ids}
    return "buy", {
        "count": order.count,
        "period": order.period,
        "country": order.country,
        "version": order.version,
        "type": order.protocol,
        "descr": order.mark,
        "auto_prolong": order.auto_prolong,
    }


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
