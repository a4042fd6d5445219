"""Settling: what became of an order whose outcome is unknown, found out by looking and never by repeating."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

import px6
from model.accounts import StoredAccount
from model.orders import BY_ITSELF, Order, OrderError, OrderState
from px6 import ProxyList, Px6Client
from services.account.accounts import Accounts, NoKey
from services.orders.errors import OtherAccount
from services.orders.journal import HOLDS, Journal
from services.orders.judging import Verdict, judge
from services.orders.look_schedule import LookSchedule
from services.orders.marks import carries
from services.orders.quoting import Quoter, read_all
from services.orders.renaming import Renamer, rename_values
from services.orders.unsettled import UnsettledOrders
from storage.orders import ACCOUNT_GONE

# As long as a quote holds. Later nobody waits for the payment any more, and may have made it in another way.
CARRIED_ON = HOLDS["person"]
PersonAccount = tuple[int, str]  # a telegram_id, and px6's number of the account that the order was made on


class Settler:
    """Finds out what became of orders, by looking at px6 account by account."""

    def __init__(
        self,
        journal: Journal,
        unsettled: UnsettledOrders,
        quoter: Quoter,
        accounts: Accounts,
        renamer: Renamer,
        clock: Callable[[], datetime],
        tell: Callable[[int], Awaitable[None]],
        schedule: LookSchedule,
    ) -> None:
        self._journal, self._unsettled, self._quoter = journal, unsettled, quoter
        self._accounts, self._renamer, self._clock, self._tell = accounts, renamer, clock, tell
        self._schedule = schedule
        self._left: dict[int, Order] = {}  # by id: what was taken over, until it is seen to

    async def due(self, besides: Collection[int]) -> dict[PersonAccount, list[Order]]:
        """The orders to be looked at now, leased, by person and px6 account."""
        groups: dict[PersonAccount, list[Order]] = defaultdict(list)
        for order in await self._unsettled.lease_due(self._schedule.horizon, besides):
            groups[order.telegram_id, order.px6_user_id].append(order)
        return groups

    async def settle(self, group: PersonAccount, listed: Sequence[Order], running: set[int]) -> None:
        """Do what is due for the orders of one person on one account, and give their leases back."""
        try:
            await self._close_lost(
                [o for o in listed if o.state.is_open and o.state is not OrderState.UNKNOWN], running
            )
            await self._rename_due(group, [o for o in listed if o.rename_pending])
            looked_for = [o for o in listed if o.sent_at is not None and not o.rename_pending]
            await self._look(group, [o for o in looked_for if o.state is not OrderState.SENDING])
        finally:
            await self._unsettled.release(listed)

    async def recover(self) -> list[int]:
        """Of what a process was sending that is gone the outcome is unknown, and what was confirmed was not sent.

        Gives the confirmations that are to be carried on; they stay as they are. Raises StorageError: it is to be
        called again.
        """
        self._left |= {order.id: order for order in await self._unsettled.take_over()}
        listed = list(self._left.values())
        every = sorted({order.confirmation_id for order in listed})
        carried_on = [one for one in every if await self._is_carried_on(one)]
        for order in listed:
            if order.confirmation_id not in carried_on:
                await self._interrupted(order)
        self._left.clear()
        return carried_on

    async def _is_carried_on(self, confirmation_id: int) -> bool:
        """Whether a person tapped it a short time ago, and nothing came of it yet.

        What was made by itself is not: it holds under limits, a switch, a stock and an announcement, which only what
        made it asks for again. That finds out for itself what became of its payment.
        """
        found = await self._journal.confirmation(confirmation_id)
        if found is None or found.source in BY_ITSELF or abs(self._clock() - found.confirmed_at) > CARRIED_ON:
            return False
        return await self._journal.start_anew(confirmation_id)

    async def _close_lost(self, listed: Sequence[Order], running: set[int]) -> None:
        """End orders that are under way for longer than any call takes, and not in a process that runs."""
        for order in listed:
            elsewhere = await self._unsettled.is_carried_out_elsewhere(order)
            if order.confirmation_id not in running and not elsewhere:
                await self._interrupted(order)
                await self._tell(order.confirmation_id)

    async def _interrupted(self, order: Order) -> None:
        if order.state is OrderState.CONFIRMED:
            await self._journal.not_sent([order], OrderError.CUT_OFF)
            return
        now = self._clock()
        due_at = (order.sent_at or now) + self._schedule.first
        values = {"state": OrderState.UNKNOWN, "error": OrderError.CUT_OFF, "unknown_at": now, "due_at": due_at}
        await self._journal.change(order, (OrderState.SENDING,), values, "unknown", {"error": OrderError.CUT_OFF})

    async def _rename_due(self, group: PersonAccount, listed: Sequence[Order]) -> None:
        if not listed:
            return
        try:
            _, client = await self._quoter.client(*group)
        except (NoKey, OtherAccount):
            for order in listed:
                await self._renamer.later(order, OrderError.OTHER_ACCOUNT)
            return
        for order in listed:
            await self._renamer.rename(order.id, client.background)

    # -- looking

    async def _look(self, group: PersonAccount, listed: Sequence[Order]) -> None:
        """One look serves all orders of the account."""
        if not listed:
            return
        began, elapsed = self._clock(), {order.id: self._schedule.age(order) for order in listed}
        try:
            seen = await self._read(group)
        except (px6.Px6Error, NoKey, OtherAccount) as error:
            for order in listed:
                await self._note_failed_look(order, type(error).__name__)
        else:
            found: set[int] = set()
            for order in sorted(listed, key=lambda one: not is_marked(one, seen)):
                if await self._judge_look(order, seen, began, elapsed[order.id], found) is OrderState.DONE:
                    found.add(order.id)

    async def _read(self, group: PersonAccount) -> ProxyList:
        """All proxies and the balance. Raises OtherAccount when the key has come to open another account."""
        account, client = await self._connected(group)
        try:
            seen = await read_all(client.background)
        except (px6.WrongKey, px6.WrongAddress) as error:
            await self._accounts.key_refused(account, error)
            raise
        except px6.AnotherAccount:
            raise OtherAccount from None
        if seen.user_id != group[1]:
            raise OtherAccount
        return seen

    async def _connected(self, group: PersonAccount) -> tuple[StoredAccount, Px6Client]:
        """The person's key to the account and its client, whichever of several accounts of theirs has it; to look.

        Raises NoKey, OtherAccount.
        """
        try:
            return await self._quoter.connected(*group)
        except (NoKey, OtherAccount):
            other = await self._accounts.connected_as(*group)
            if other is None:
                raise
        return await self._quoter.connected(other, group[1])

    async def _judge_look(
        self, order: Order, seen: ProxyList, began: datetime, age: float, found: Collection[int]
    ) -> OrderState | None:
        """Judge an order by a look that began then, `age` seconds after it was sent; gives its verdict, if any.

        `found`: orders of which this look has shown that they are done.
        """
        now = self._clock()
        books = await self._unsettled.books(order, seen, began, found)
        is_first = order.state is OrderState.UNKNOWN or bool(order.looking_error)
        is_time_over = self._schedule.is_verdict_due(age) and self._schedule.px6_had_its_time(order)
        verdict = judge(order, books, last=is_time_over or not is_first)
        if is_first:
            await self._first_verdict(order, verdict, now, seen)
        else:
            await self._later_verdict(order, verdict, now, seen)
        return None if verdict is None else verdict.state

    async def _first_verdict(self, order: Order, verdict: Verdict | None, now: datetime, seen: ProxyList) -> None:
        if verdict is not None:
            await self._settled(order, verdict, now, seen, corrected=False)
            return
        values = {
            "looks": order.looks + 1,
            "looking_error": None,
            "due_at": self._schedule.next_look_without_verdict(order, now),
        }
        news = order.looking_error is not None
        changed = await self._journal.change(
            order, (order.state,), values, "looked", look_record(seen, None), news=news
        )
        if changed and news:
            await self._tell(order.confirmation_id)

    async def _later_verdict(self, order: Order, verdict: Verdict | None, now: datetime, seen: ProxyList) -> None:
        """Compare a look after the verdict with it: a verdict that turns out to be wrong is corrected at once.

        Only a mark proves a buy. Ends that moved only after "not done" are as likely the person's own renewal, and so
        are new proxies without a mark: then it is unclear after all.
        """
        if (
            verdict is not None
            and (verdict.state is OrderState.DONE or verdict.traces)
            and await self._is_latest(order)
        ):
            if order.kind == "prolong" or verdict.state is not OrderState.DONE:
                verdict = Verdict(state=OrderState.UNCLEAR, ends=verdict.ends)
            if verdict.state is not order.state or order.top_up is not None:
                await self._settled(order, verdict, now, seen, corrected=verdict.state is not order.state)
                return
        values = {"looks": order.looks + 1, "due_at": self._schedule.next_look(order, now)}
        await self._journal.change(order, (order.state,), values, "looked", look_record(seen, None), news=False)

    async def _is_latest(self, order: Order) -> bool:
        return order.kind == "buy" or not await self._unsettled.has_later(order)

    async def _settled(
        self, order: Order, verdict: Verdict, now: datetime, seen: ProxyList, *, corrected: bool
    ) -> None:
        done = verdict.state is OrderState.DONE
        values = {
            "state": verdict.state,
            "charged": verdict.charged,
            "balance_after": seen.balance if done and verdict.charged is not None else None,
            "settled_at": now,
            "looks": order.looks + 1,
            "looking_error": None,
            "corrected": corrected,
            "top_up": verdict.top_up,
            "due_at": self._schedule.next_look(order, now),
            **(rename_values(order, now) if done else {}),
        }
        data = look_record(seen, verdict)
        if await self._journal.change(order, (order.state,), values, "settled", data, ends=verdict.ends):
            await self._tell(order.confirmation_id)

    # -- what the person says

    async def answer_top_up(self, order: Order, topped_up: bool) -> None:
        """Whether the person topped up what `top_up` names. Raises px6's errors, NoKey and OtherAccount.

        Their yes fits what the last look saw; px6's books are read again, for they may have changed since. Of several
        answers, the owner's and a colleague's, the one that is written first decides.
        """
        if order.state is not OrderState.UNCLEAR or order.top_up is None:
            return
        verdict, data = Verdict(state=OrderState.UNCLEAR), {}
        if topped_up:
            began = self._clock()
            seen = await self._read((order.telegram_id, order.px6_user_id))
            found = judge(order, await self._unsettled.books(order, seen, began), last=True)
            verdict, data = with_top_up(order, found), look_record(seen, found)
        now = self._clock()
        values = {"state": verdict.state, "charged": verdict.charged, "top_up": verdict.top_up, "settled_at": now}
        if verdict.state is OrderState.DONE:
            values |= rename_values(order, now)
        answered = {"topped up": topped_up, **data}
        await self._journal.change(
            order,
            (order.state,),
            values,
            "answered by person",
            answered,
            ends=verdict.ends,
            asked=order.top_up,
        )

    async def _note_failed_look(self, order: Order, error: str) -> None:
        """Note a look that px6 did not answer: it proves nothing. Its reason is told once a verdict is due."""
        now = self._clock()
        is_time_over = self._schedule.is_verdict_due(self._schedule.age(order))
        gone = error in ACCOUNT_GONE
        reason = error if gone or is_time_over else None
        values: dict[str, object] = {
            "due_at": self._schedule.after_failed_look(order, now, gone=gone),
            "looking_error": reason,
        }
        without_key = error in (OrderError.NO_KEY, OrderError.OTHER_ACCOUNT)
        if order.state is OrderState.UNKNOWN and is_time_over and without_key:
            values |= {"state": OrderState.UNCLEAR, "settled_at": now, "due_at": None}
        elif order.state is not OrderState.UNKNOWN:
            values["looking_error"] = order.looking_error
        news = "state" in values or values["looking_error"] != order.looking_error
        changed = await self._journal.change(order, (order.state,), values, "not_seen", {"error": error}, news=news)
        if changed and news:
            await self._tell(order.confirmation_id)


def is_marked(order: Order, seen: ProxyList) -> bool:
    """Whether px6 lists a proxy that carries this order's mark: it is settled first, for it explains its sum."""
    return any(carries(order.mark, proxy.comment) for proxy in seen.proxies)


def with_top_up(order: Order, found: Verdict | None) -> Verdict:
    """What a look shows once the person has said that they topped up what they were asked for."""
    if found is None or (found.state is OrderState.DONE and order.kind == "prolong"):
        return Verdict(state=OrderState.UNCLEAR, ends={} if found is None else found.ends)
    if found.state is OrderState.UNCLEAR and found.top_up == order.top_up:
        return Verdict(state=OrderState.NOT_DONE)
    return found


def look_record(seen: ProxyList, verdict: Verdict | None) -> dict[str, object]:
    """What a look saw, for the journal."""
    data: dict[str, object] = {"balance": seen.balance, "proxies": len(seen.proxies)}
    if seen.unreadable:
        data["unreadable"] = seen.unreadable
    if verdict is not None:
        data |= {"verdict": str(verdict.state), "charged": verdict.charged, "ends": verdict.ends}
    return data
