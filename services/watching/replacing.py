"""Replacing proxies that stopped working by twins, by itself: announced with Skip, then bought, once for each.

    fails often enough ──▶ announcing ──▶ announced ── 15 minutes ──▶ paying ──▶ done        it was bought, or may be
                               │              │  ▲                      │
                               └──────────────┴──┼──▶ skipped, dropped ◀┘
                                                 └─── no money, sold out, px6 away, a pause of payments: it waits

A look at the account (`services/sweep.py`) does it, so one process at a time is here for an account. What it was cut
off at is a row, as with kept payments: whether the quote of one that is `paying` was confirmed is decided by one
statement, and taken back it never spends. Just before it is paid each proxy is checked once more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.health import HealthWatch
from model.money import NOTHING
from model.notifications import Unsaid
from model.replacing import OPEN, Failing, Replacement, ReplaceTerms
from px6 import Proxy, Version
from services.account.unchanged import write_if_unchanged
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import Sender
from services.notifications.line import Line
from services.notifications.watching_kinds import KeptPaying, ReplaceEnded, ReplaceFailed
from services.orders import Confirmation, Orders, Quote
from services.reminders.look import LOOK_AGAIN, Look, later_on_error
from services.watching.health_look import named_of
from services.watching.kept_steps import is_quiet
from services.watching.paying import Payer
from services.watching.replace_announcing import NOT_SOLD, ReplaceAnnouncer
from services.watching.replace_steps import (
    LATE,
    fallen_of,
    how_many,
    one_failure_less,
    twin_of,
    without_by_hand,
)
from storage import health_watches, locks, maintenance_mode, quotes, replacements, watches
from storage.engine.database import Database

TRY_AGAIN = timedelta(hours=1)  # with too little money, or while it is sold out


class Replacements:
    """What a look at an account does about proxies that stopped working; and Skip."""

    def __init__(
        self, database: Database, orders: Orders, sender: Sender, line: Line, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._orders, self._clock = database, orders, clock
        self._announcer = ReplaceAnnouncer(database, orders, sender, line, clock)
        self._payer = Payer(database, orders, sender, line)
        self._notices = NoticeDelivery(database, sender, line, clock)

    # -- what people do

    async def skip(self, telegram_id: int, number: int) -> bool | None:
        """Call off what was announced. False: it is too late. None: it no longer holds, or is not theirs."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            one = await replacements.one(connection, telegram_id, number)
            if one is None or one.state == "dropped":
                return None
            if one.state not in OPEN or not await replacements.taken_back(connection, telegram_id, one.paying):
                return False
            await replacements.move(connection, telegram_id, number, OPEN, state="skipped")
            await watches.wake(connection, telegram_id, self._clock())
        return True

    # -- what a look does

    async def step(self, look: Look) -> datetime | None:
        """Announce and pay what is due for one account; gives when to come again, None for never.

        Raises WrongKey, WrongAddress, NotSent, Gone and AccountChanged.
        """
        if not look.records.row.replaces:
            return None
        await self._tell_called_off(look)
        if not look.facts.habits.rules_on:
            return None
        telegram_id = look.person.telegram_id
        async with self._database.read() as connection:
            open_ = await replacements.open_of(connection, telegram_id)
            watching = await health_watches.of_person(connection, telegram_id)
        by_id = {watch.id: watch for watch in watching}
        moments = [
            await later_on_error("A replacement", self._go_on(look, by_id.get(one.watch_id), one), self._clock)
            for one in open_
        ]
        if open_:  # how often the proxies have failed may be counted otherwise by now
            async with self._database.read() as connection:
                watching = await health_watches.of_person(connection, telegram_id)
        moments += [
            await later_on_error("A replacement", self._announcer.announce(look, watch), self._clock)
            for watch in watching
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _go_on(self, look: Look, watch: HealthWatch | None, one: Replacement) -> datetime | None:
        if one.state == "paying":
            return await self._resume(look, watch, one)
        terms, now = watch.replacing if watch is not None else None, self._clock()
        if one.px6_user_id != look.account.px6_user_id:
            return await self._end(look, one, "account")
        if watch is None or terms is None or not watch.is_on:
            return await self._end(look, one, "off")
        if one.state == "announcing":
            return await self._announcer.again(look, watch, one)
        if now < one.run_at:
            return one.run_at
        if now - one.run_at > LATE:
            return await self._end(look, one, "late")
        if await maintenance_mode.look_up(self._database) is not None:
            return await self._wait(look, one, watch, "maintenance", LOOK_AGAIN)
        return await self._execute(look, watch, terms, one)

    # -- just before paying

    async def _execute(
        self, look: Look, watch: HealthWatch, terms: ReplaceTerms, one: Replacement
    ) -> datetime | None:
        """Look once more at everything that may have changed since it was announced."""
        async with self._database.read() as connection:
            if await replacements.is_buying(connection, one.px6_user_id, look.read_at):
                return self._clock() + LOOK_AGAIN  # its outcome may be a twin
        if look.listed.unreadable and not one.ends.keys() <= {proxy.id for proxy in look.listed.proxies}:
            return self._clock() + LOOK_AGAIN  # what px6 listed unreadably is not gone
        fallen, left = await self._left(look, watch, terms, one)
        why = "replaced" if len(left) < len(fallen) else "gone"
        still = [proxy for proxy in left if not await self._works(look, proxy)]
        await self._note_working(watch, [proxy.id for proxy in left if proxy not in still])
        if not still:
            return await self._end(look, one, "back" if left else why)
        one = await self._fewer(one, {proxy.id for proxy in still})
        try:
            quote = await self._orders.price_buy(one.telegram_id, one.wish, source="replace", background=True)
        except NOT_SOLD:
            return await self._end(look, one, "refused")
        if (otherwise := await self._otherwise(look, watch, terms, one, quote)) is not None:
            return await self._end(look, one, otherwise)
        return await self._try(look, watch, one, quote)

    async def _otherwise(
        self, look: Look, watch: HealthWatch, terms: ReplaceTerms, one: Replacement, quote: Quote
    ) -> str | None:
        """What keeps it from being bought as it was announced; None: nothing."""
        [option] = quote.options
        if quote.currency != one.currency:
            return "currency"
        if option.price > one.price:
            return "price"
        allowed = await self._announcer.left(look, watch, terms, one.id)
        return "limit" if how_many(one.wish.count, option.price, allowed) < one.wish.count else None

    async def _left(
        self, look: Look, watch: HealthWatch, terms: ReplaceTerms, one: Replacement
    ) -> tuple[list[Proxy], list[Proxy]]:
        """What of the purchase is fallen, and what of that nobody has replaced by hand: counted as it was announced,
        among all fallen that are alike and wait for a twin."""
        listed, kinds = look.listed.proxies, look.records.kinds
        async with self._database.read() as connection:
            twins = await replacements.twins_of(connection, one.px6_user_id)
            replaced = await replacements.replaced_of(connection, one.px6_user_id)
        fallen, twin = fallen_of(watch, listed, self._clock()), msgspec.structs.replace(one.wish, count=1)
        others = [each for each in fallen if each.id not in replaced and twin_of(each, terms.period, kinds) == twin]
        meant = [proxy for proxy in fallen if proxy.id in one.ends or proxy in others]
        if not meant:
            return [], []
        left = without_by_hand(watch, one.wish, meant, listed, kinds, twins)
        return [proxy for proxy in fallen if proxy.id in one.ends], [p for p in left if p.id in one.ends]

    async def _works(self, look: Look, proxy: Proxy) -> bool:
        """Whether it works by now, as px6 says at this moment; what px6 does not know any more needs no twin."""
        try:
            return (await look.client.check(proxy.id)).alive
        except (px6.NotFound, px6.WrongIds):
            return True

    async def _note_working(self, watch: HealthWatch, ids: list[int]) -> None:
        """From here on their failures are counted anew."""
        if ids:
            counted = {**watch.failures, **dict.fromkeys(ids, Failing(0, self._clock()))}
            async with self._database.write() as connection:
                await health_watches.change(connection, watch.telegram_id, watch.id, failures=counted)

    async def _fewer(self, one: Replacement, still: set[int]) -> Replacement:
        """The purchase without what needs no twin any more, for its part of the announced price."""
        gone = one.ends.keys() - still
        if not gone:
            return one
        left: dict[str, Any] = {
            "ends": {proxy_id: end for proxy_id, end in one.ends.items() if proxy_id in still},
            "wish": msgspec.structs.replace(one.wish, count=len(still)),
            "price": (one.price * len(still) / len(one.ends)).quantize(Decimal("0.01")),
        }
        async with self._database.write() as connection:
            await locks.person(connection, one.telegram_id)
            await replacements.leave_out(connection, one.telegram_id, one.id, gone, **left)
        return msgspec.structs.replace(one, **left)

    async def _try(self, look: Look, watch: HealthWatch, one: Replacement, quote: Quote) -> datetime | None:
        [option], wish = quote.options, one.wish
        if option.price > quote.balance:
            missing = option.price - quote.balance
            return await self._wait(look, one, watch, "money", TRY_AGAIN, missing)
        stock = await look.client.stock(wish.country, Version(wish.version), fresh=True)
        if stock.count < wish.count:
            return await self._wait(look, one, watch, "sold_out", TRY_AGAIN)
        return await self._pay(look, watch, one, quote)

    # -- paying

    async def _pay(self, look: Look, watch: HealthWatch, one: Replacement, quote: Quote) -> datetime | None:
        """Confirm and pay the quote, as a tap would; a message says so and becomes the receipt."""
        async with write_if_unchanged(self._database, look.account) as connection:
            if await replacements.is_buying(connection, one.px6_user_id, look.read_at):
                return self._clock() + LOOK_AGAIN  # since this look asked for that first
            values = {"state": "paying", "paying": quote.id}
            if not await replacements.move(connection, one.telegram_id, one.id, ("announced",), **values):
                return None  # who wants it no more has called it off, in whichever way
            await self._orders.keep_quote(connection, quote)
        one = msgspec.structs.replace(one, **values)
        quietly = is_quiet(look, self._clock()) and not watch.night
        paid = await self._payer.pay(look.person, look.account, quote, KeptPaying(quote, "replace"), quietly=quietly)
        if paid.confirmation is None:
            return await self._not_claimed(look, one, quote, paid.message_id)
        return await self._conclude(look, watch, one, paid.confirmation)

    async def _conclude(
        self, look: Look, watch: HealthWatch | None, one: Replacement, confirmation: Confirmation
    ) -> datetime:
        """Until it is known what became of it, it is being paid. Where px6 sold nothing after all, the price having
        risen or the stock gone in that moment, it is announced anew once the proxies fail their next check. What a
        process could not ask px6 any more is decided once more."""
        now = self._clock()
        if confirmation.is_open:
            return now + LOOK_AGAIN
        if all(order.was_cut_off for order in confirmation.orders):
            await self._move(one, ("paying",), paid_by=one.paying, state="announced", paying=None)
        elif all(order.state.spent_nothing for order in confirmation.orders):
            await self._begin_anew(look, watch, one)
        else:
            await self._move(one, ("paying",), paid_by=one.paying, state="done")
        return now  # what this look read of the account is the past

    async def _begin_anew(self, look: Look, watch: HealthWatch | None, one: Replacement) -> None:
        """Let the proxies be announced again after one more failure, and say so once. The limits count nothing of it:
        nothing was spent."""
        async with self._database.write() as connection:
            await locks.person(connection, one.telegram_id)
            dropped = await replacements.drop(connection, one.telegram_id, one.id, paid_by=one.paying)
            if watch is None or watch.replacing is None or not dropped:
                return
            failures = {**watch.failures, **one_failure_less(watch, one.ends)}
            await health_watches.change(connection, one.telegram_id, watch.id, failures=failures)
        await self._say_why(look, one, watch, "not_sold")

    async def _not_claimed(
        self, look: Look, one: Replacement, quote: Quote, message_id: int | None
    ) -> datetime | None:
        """Nothing was spent: payments are paused, it was called off in this moment, or another payment came first."""
        again_at = self._clock() + LOOK_AGAIN
        values: dict[str, Any] = {"state": "announced", "paying": None, "run_at": again_at}
        async with write_if_unchanged(self._database, look.account) as connection:
            await self._orders.withdraw_quote(connection, one.telegram_id, quote.id)
            waits = await replacements.move(
                connection, one.telegram_id, one.id, ("paying",), paid_by=quote.id, **values
            )
            await replacements.message_told(connection, one.telegram_id, one.id, quote.id)
            written = await self._say_in(connection, look, one, "later" if waits else "lost", message_id)
        await self._send(look, written)
        return again_at if waits else None

    async def _tell_called_off(self, look: Look) -> None:
        """What was called off once it was said that it is paid, and then was paid by nobody: its message says so."""
        async with self._database.read() as connection:
            called_off = await replacements.say_paying(connection, look.person.telegram_id)
        for one, message_id in called_off:
            async with write_if_unchanged(self._database, look.account) as connection:
                if not await replacements.message_told(connection, one.telegram_id, one.id, one.paying or ""):
                    continue
                written = await self._say_in(connection, look, one, "lost", message_id)
            await self._send(look, written)

    async def _say_in(
        self, connection: AsyncConnection, look: Look, one: Replacement, why: str, message_id: int | None
    ) -> Unsaid | None:
        """Write down that a message, if there is one, becomes why nothing was bought."""
        if message_id is None:
            return None
        said = ReplaceEnded(why, one.wish, one.wish.count)
        return await self._notices.write(connection, look.account, said, message_id=message_id)

    async def _send(self, look: Look, written: Unsaid | None) -> None:
        if written is not None:
            await self._notices.send(look.person, written)

    async def _resume(self, look: Look, watch: HealthWatch | None, one: Replacement) -> datetime | None:
        """What was cut off between its quote and the payment waits again; what was confirmed is an order by now."""
        async with write_if_unchanged(self._database, look.account) as connection:
            is_back = await replacements.taken_back(connection, one.telegram_id, one.paying)
            written = await self._interrupted(connection, look, one) if is_back else None
        await self._send(look, written)
        if is_back:
            return self._clock()
        confirmed = await self._orders.confirmation_of(one.telegram_id, one.paying or "")
        assert confirmed is not None  # noqa: S101 - it is written with the claim
        return await self._conclude(look, watch, one, confirmed)

    async def _interrupted(self, connection: AsyncConnection, look: Look, one: Replacement) -> Unsaid | None:
        values: dict[str, Any] = {"state": "announced", "paying": None}
        if not await replacements.move(
            connection, one.telegram_id, one.id, ("paying",), paid_by=one.paying, **values
        ):
            return None
        quote = await quotes.get(connection, one.paying or "", one.telegram_id)
        return await self._say_in(connection, look, one, "interrupted", quote.message_id if quote else None)

    # -- how it waits, and how it ends

    async def _wait(
        self,
        look: Look,
        one: Replacement,
        watch: HealthWatch,
        why: str,
        pause: timedelta,
        missing: Decimal = NOTHING,
    ) -> datetime:
        """Try again later, and say once why."""
        again_at = self._clock() + pause
        await self._move(one, ("announced",), run_at=again_at)
        await self._say_why(look, one, watch, why, missing)
        return again_at

    async def _say_why(
        self, look: Look, one: Replacement, watch: HealthWatch, why: str, missing: Decimal = NOTHING
    ) -> None:
        """Say once why it was not bought, or not yet."""
        running = {proxy.id: proxy for proxy in look.listed.proxies if proxy.id in one.ends}
        named = named_of(running, running)
        said = ReplaceFailed(why, watch.id, len(running), named, missing, one.currency, watch.night)
        quietly = is_quiet(look, self._clock()) and not watch.night
        await self._announcer.say_once(look, said, str(one.id), quietly=quietly)

    async def _end(self, look: Look, one: Replacement, why: str) -> datetime | None:
        """End it without a payment; the message that announced it says why. The rest is announced anew."""
        async with write_if_unchanged(self._database, look.account) as connection:
            if not await replacements.drop(connection, one.telegram_id, one.id):
                return None
            written = await self._say_in(connection, look, one, why, one.message_id)
        await self._send(look, written)
        return None

    async def _move(self, one: Replacement, states: tuple[str, ...], **values: Any) -> None:
        async with self._database.write() as connection:
            await locks.person(connection, one.telegram_id)
            await replacements.move(connection, one.telegram_id, one.id, states, **values)
