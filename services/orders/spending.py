"""Sending: the only place that calls `buy` and `prolong`. What may happen here stands in the package's docstring."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import px6
from model.orders import Confirmation, Order, OrderError, OrderState, Quote
from px6 import Prolongation, Protocol, Purchase, Px6Client, Px6Error, Version
from services.account.accounts import NoKey
from services.ground.leases import Leases
from services.orders.answers import why_not_yes
from services.orders.errors import NotPriced, OtherAccount, UnknownIds
from services.orders.journal import Journal
from services.orders.judging import untouched
from services.orders.quoting import Quoter, read_all
from services.orders.recording import AnswerRecorder, error_id_of
from services.orders.renaming import Renamer
from services.orders.rows import STUCK
from services.orders.telling import OutcomeDelivery
from services.orders.unsettled import UnsettledOrders

log = logging.getLogger(__name__)

# Refusals that concern only the proxies of one call; after any other the next call would fare no better.
ONLY_THIS_PART = (px6.NotFound, px6.WrongIds)


class Prepared:
    """What was read just before sending: the client, the fresh quote, and (for a buy) which proxies were there."""

    def __init__(self, client: Px6Client, quote: Quote, known: tuple[int, ...] | None = None) -> None:
        self.client, self.quote, self.known, self.balance = client, quote, known, quote.balance


class TooMany(Exception):  # orders keep this name: `OrderError.TOO_MANY`
    """px6 answered 429, and its books cannot be read, or do not show that nothing came of the call."""


class Spender:
    """Sends confirmed orders, those of one px6 account one after another."""

    def __init__(
        self,
        journal: Journal,
        unsettled: UnsettledOrders,
        quoter: Quoter,
        renamer: Renamer,
        recorder: AnswerRecorder,
        clock: Callable[[], datetime],
        delivery: OutcomeDelivery,
        leases: Leases,
    ) -> None:
        self._journal, self._unsettled, self._quoter, self._renamer = journal, unsettled, quoter, renamer
        self._recorder, self._clock, self._delivery, self._leases = recorder, clock, delivery, leases
        self.running: set[int] = set()

    async def execute(self, confirmation: Confirmation) -> None:
        """Send what was confirmed. Every outcome is in the journal; px6's errors do not leave this function."""
        self.running.add(confirmation.id)
        try:
            async with self._leases.held(f"payment of {confirmation.px6_user_id}"):
                if await self._journal.start(confirmation.id):
                    await self._send_all(confirmation)
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

        self._recorder.record_later(close)

    async def _send_all(self, confirmation: Confirmation) -> None:
        prepared = await self._prepare(confirmation)
        if prepared is None:
            return
        for at, order in enumerate(confirmation.orders):
            sent, rest = await self._send(order, prepared, at), confirmation.orders[at + 1 :]
            if sent is False and rest:
                await self._journal.not_sent(rest, OrderError.STOPPED)
                await self._delivery.tell(confirmation.id)
            if not sent:
                return
            await self._renamer.rename(order.id, prepared.client)

    async def _not_sent(self, confirmation: Confirmation, error: str, error_id: int | None = None) -> None:
        await self._journal.not_sent(confirmation.orders, error, error_id)
        await self._delivery.tell(confirmation.id)

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
            made = await self._quoter.prolong(
                quote.telegram_id,
                quote.ids,
                [confirmation.period],
                quote.source,
                px6_user_id=quote.px6_user_id,
                fresh=True,
            )
            self._delivery.note_seen(confirmation.id, made.proxies)
            return Prepared(client, made.quote)
        fresh, listed = await asyncio.gather(self._quoter.buy(quote.telegram_id, quote.wish), read_all(client))
        return Prepared(client, fresh, tuple(proxy.id for proxy in listed.proxies))

    async def _requote(self, confirmation: Confirmation, fresh: Quote) -> None:
        """Offer what it costs now, with all the periods that were offered before."""
        before = await self._journal.quote(confirmation.telegram_id, confirmation.quote_id)
        if before is not None and before.periods != fresh.periods:
            made = await self._quoter.prolong(
                before.telegram_id,
                before.ids,
                before.periods,
                before.source,
                px6_user_id=before.px6_user_id,
                fresh=True,
            )
            fresh = made.quote
        await self._journal.requoted(confirmation, fresh)
        await self._delivery.tell(confirmation.id)

    # -- the call

    async def _send(self, order: Order, prepared: Prepared, at: int) -> bool | None:
        """Send one order. False: those after it must not be sent. None: another process sends it, and those, too."""
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
            await self._recorder.record(lambda: self._recorder.refused(sending, said))
            return isinstance(error, ONLY_THIS_PART)
        except Exception as error:  # noqa: BLE001 - whatever it is, the call may have left: only looking tells
            name, number = type(error).__name__, error_id_of(error)
            if not isinstance(error, Px6Error | TooMany):
                line = "A call that spends failed in a way that nobody foresaw: %s"
                log.error(line, name, extra={"unforeseen": error})
            await self._recorder.record(lambda: self._recorder.unknown(sending, name, number))
            return False
        wrong = why_not_yes(sending, answer)
        if wrong is not None:
            await self._recorder.record(lambda: self._recorder.answered_otherwise(sending, answer, wrong))
            return False
        prepared.balance = answer.balance
        if isinstance(answer, Purchase):
            self._delivery.note_seen(order.confirmation_id, {proxy.id: proxy for proxy in answer.proxies})
        await self._recorder.record(lambda: self._recorder.done(sending, answer))
        return True

    async def _call_again_after_429(self, order: Order, client: Px6Client) -> Purchase | Prolongation:
        """Call px6, and once more after 429, which says that the call was not let in.

        That is believed only when px6's books show it, each time. Raises TooMany when they do not.
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
        """Raise TooMany unless px6's books show that nothing came of a call that was answered with 429."""
        began = self._clock()
        try:
            seen = await read_all(client)
        except Px6Error as error:
            raise TooMany from error
        if seen.user_id != order.px6_user_id or not untouched(order, await self._unsettled.books(order, seen, began)):
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
