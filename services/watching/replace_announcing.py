"""Announcing that twins will be bought: one message with Skip, certainly sent before anything is paid."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

import px6
from model.health import HealthWatch
from model.money import NOTHING
from model.notifications import CUT_OFF
from model.orders import BuyWish
from model.replacing import Bought, Replacement, ReplaceTerms
from px6 import Proxy
from services.account.unchanged import write_if_unchanged
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import NotSent, Sender, Unsure
from services.notifications.line import Line
from services.notifications.watching_kinds import ReplaceFailed, Replacing
from services.orders import Orders, Quote
from services.reminders.look import LOOK_AGAIN, Look
from services.reminders.schedule import quiet_until
from services.rules.plan import month_start
from services.watching.health_look import named_of
from services.watching.kept_steps import is_quiet
from services.watching.replace_steps import (
    NOTICE,
    alike,
    fallen_of,
    how_many,
    left_in_month,
    since_of,
    without_by_hand,
)
from storage import reminders, replacements
from storage.engine.database import Database

log = logging.getLogger(__name__)

LONGEST_KEY = 200  # letters; of very many proxies those after it make no other key
NOT_SOLD = (px6.WrongPeriod, px6.WrongVersion, px6.WrongCount, px6.WrongCountry)


@dataclass(frozen=True)
class Wanted:
    """Fallen proxies that are alike, and the watch that wants twins of them, with its terms."""

    watch: HealthWatch
    terms: ReplaceTerms
    wish: BuyWish
    proxies: Sequence[Proxy]


class ReplaceAnnouncer:
    """Writes purchases down, then announces them; until that certainly arrived they are announced again, not paid."""

    def __init__(
        self, database: Database, orders: Orders, sender: Sender, line: Line, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._orders, self._sender, self._line, self._clock = database, orders, sender, line, clock
        self._notices = NoticeDelivery(database, sender, line, clock)

    async def announce(self, look: Look, watch: HealthWatch) -> datetime | None:
        """Announce what is to be replaced now; gives when to come again. Raises px6's errors, NotSent and Gone."""
        terms, now = watch.replacing, self._clock()
        if terms is None or not watch.is_on or watch.px6_user_id != look.account.px6_user_id:
            return None
        fallen = await self._fallen(look, watch)
        if not fallen:
            return None
        async with self._database.read() as connection:
            buying = await replacements.is_buying(connection, watch.px6_user_id, look.read_at)
        night = None if watch.night else quiet_until(look.facts.habits, look.facts.zone, now)
        if buying or night is not None:
            return night or now + LOOK_AGAIN
        if terms.currency != look.listed.currency:
            await self.fail(look, watch, "currency", f"{watch.id} {look.listed.currency}", fallen)
            return None
        groups = alike(fallen, terms.period, look.records.kinds)
        moments = [await self._announce_alike(look, watch, terms, wish, groups[wish]) for wish in groups]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _fallen(self, look: Look, watch: HealthWatch) -> list[Proxy]:
        """What is to be replaced and was not announced."""
        if not (fallen := fallen_of(watch, look.listed.proxies, self._clock())):
            return []
        async with self._database.read() as connection:
            known = await replacements.replaced_of(connection, watch.px6_user_id)
        return [proxy for proxy in fallen if proxy.id not in known]

    async def _announce_alike(
        self, look: Look, watch: HealthWatch, terms: ReplaceTerms, wish: BuyWish | None, proxies: Sequence[Proxy]
    ) -> datetime | None:
        """Announce twins of those that nobody has replaced by hand."""
        if wish is None:
            await self.fail(look, watch, "unsure", f"{watch.id} {ids_of(proxies)}", proxies)
            return None
        async with self._database.read() as connection:
            twins = await replacements.twins_of(connection, watch.px6_user_id)
        left = without_by_hand(watch, wish, proxies, look.listed.proxies, look.records.kinds, twins)
        return await self._announce(look, Wanted(watch, terms, wish, left)) if left else None

    async def _announce(self, look: Look, wanted: Wanted) -> datetime | None:
        watch = wanted.watch
        try:
            quote = await self._priced(look, wanted)
        except NOT_SOLD:
            await self.fail(look, watch, "refused", f"{watch.id} {ids_of(wanted.proxies)}", wanted.proxies)
            return None
        if quote is not None and quote.currency != wanted.terms.currency:
            raise px6.BadAnswer("the price is in another currency than a moment ago")
        made = None if quote is None else await self._write(look, wanted, quote)
        at = await self._say(look, watch, made, quote.balance) if made is not None and quote is not None else None
        beyond = wanted.proxies[made.wish.count if made is not None else 0 :]
        if beyond and (quote is None or made is not None):
            month = month_start(self._clock(), look.facts.zone)
            await self.fail(look, watch, "limit", f"{watch.id} {month:%Y-%m}", beyond)
        return at

    async def _priced(self, look: Look, wanted: Wanted) -> Quote | None:
        """The price of as many as the limits of the month allow; None where they allow none."""
        left, count = await self.left(look, wanted.watch, wanted.terms), len(wanted.proxies)
        while count:
            wish = msgspec.structs.replace(wanted.wish, count=min(count, left.count))
            if not wish.count:
                return None
            quote = await self._orders.price_buy(look.person.telegram_id, wish, source="replace", background=True)
            count = how_many(wish.count, quote.options[0].price, left)
            if count == wish.count:
                return quote
        return None

    async def left(self, look: Look, watch: HealthWatch, terms: ReplaceTerms, beside: int | None = None) -> Bought:
        """What this month's limits still allow, beside what is announced; `beside`: without this purchase of it."""
        telegram_id, since = watch.telegram_id, month_start(self._clock(), look.facts.zone)
        async with self._database.read() as connection:
            bought = await replacements.bought_since(connection, telegram_id, since, watch.id)
            waiting = await replacements.open_of(connection, telegram_id)
            mine = [one for one in waiting if one.watch_id == watch.id and one.id != beside]
        return left_in_month(terms, bought, [one for one in mine if one.state != "paying"])

    async def _write(self, look: Look, wanted: Wanted, quote: Quote) -> Replacement | None:
        now, [option] = self._clock(), quote.options
        assert quote.wish is not None  # noqa: S101 - it is of a purchase
        values = {
            "telegram_id": look.person.telegram_id,
            "px6_user_id": look.account.px6_user_id,
            "watch_id": wanted.watch.id,
            "wish": quote.wish,
            "ends": {proxy.id: proxy.ends_at for proxy in wanted.proxies[: quote.wish.count]},
            "since": since_of(wanted.watch, wanted.proxies),
            "price": option.price,
            "currency": quote.currency,
            "run_at": now + NOTICE,
            "told_at": now,
        }
        async with write_if_unchanged(self._database, look.account) as connection:
            return await replacements.add(connection, values)

    async def again(self, look: Look, watch: HealthWatch, one: Replacement) -> datetime | None:
        """Announce once more what may not have arrived: twice is better than not at all. Gives when to come again."""
        now = self._clock()
        again_at = (one.told_at or now) + CUT_OFF
        if again_at > now:
            return again_at
        run_at = max(one.run_at, now + NOTICE)
        async with write_if_unchanged(self._database, look.account) as connection:
            taken = await replacements.take_to_tell(connection, one.telegram_id, one.id, now, now - CUT_OFF)
            if not taken:
                return now + CUT_OFF
            await replacements.move(connection, one.telegram_id, one.id, ("announcing",), run_at=run_at)
        said = msgspec.structs.replace(one, run_at=run_at)
        return await self._say(look, watch, said, look.listed.balance)

    async def _say(self, look: Look, watch: HealthWatch, one: Replacement, balance: Decimal) -> datetime:
        """Send it, and note whether that is certain; gives when to come again."""
        now, running = self._clock(), {proxy.id: proxy for proxy in look.listed.proxies if proxy.id in one.ends}
        missing = max(one.price - balance, NOTHING)
        said = Replacing(one.id, one.wish, one.price, one.currency, named_of(running, running), one.run_at, missing)
        try:
            await self._line.check()
            with self._line.sending():
                quietly = is_quiet(look, now) and not watch.night
                message_id = await self._sender.notice(look.person, said, quietly=quietly)
        except (Unsure, NotSent) as error:
            pause = timedelta(seconds=error.wait) if isinstance(error, NotSent) else CUT_OFF
            told_at = self._clock() + pause - CUT_OFF
            async with self._database.write() as connection:
                await replacements.move(connection, one.telegram_id, one.id, ("announcing",), told_at=told_at)
            if isinstance(error, NotSent):
                raise
            return self._clock() + pause
        values: dict[str, Any] = {"state": "announced", "told_at": None, "message_id": message_id}
        async with self._database.write() as connection:
            await replacements.move(connection, one.telegram_id, one.id, ("announcing",), **values)
        return one.run_at

    async def fail(self, look: Look, watch: HealthWatch, why: str, key: str, proxies: Sequence[Proxy]) -> None:
        """Say once, under this key, why these are not replaced. Raises Gone and AccountChanged."""
        running = {proxy.id: proxy for proxy in proxies}
        said = ReplaceFailed(why, watch.id, len(running), named_of(running, running), night=watch.night)
        await self.say_once(look, said, key, quietly=is_quiet(look, self._clock()) and not watch.night)

    async def say_once(self, look: Look, said: ReplaceFailed, key: str, *, quietly: bool) -> None:
        """Send a notice unless one of this kind was sent under this key. Raises Gone and AccountChanged."""
        async with write_if_unchanged(self._database, look.account) as connection:
            kind, now = f"replace-{said.why}", self._clock()
            if not await reminders.notice(connection, look.person.telegram_id, kind, key[:LONGEST_KEY], now):
                return
            one = await self._notices.write(connection, look.account, said, quietly=quietly)
        await self._notices.send(look.person, one)


def ids_of(proxies: Sequence[Proxy]) -> str:
    return " ".join(str(proxy.id) for proxy in proxies)
