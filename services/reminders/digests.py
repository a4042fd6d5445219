"""Digests: prices are asked for, px6 is read again, the digest is written down, then sent. See `services.sweep`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import Right
from model.notifications import CUT_OFF, StoredDigest
from model.people import Person
from model.proxies import with_known_kinds
from px6 import Proxy, ProxyList, Px6Client, State
from services.account.unchanged import write_if_unchanged
from services.notifications.kinds import Digest, Gone, NotSent, Refused, Sender, Unsure
from services.notifications.line import Line, again_after
from services.orders import ListedAccount, Orders, Quote
from services.orders.colleague_rights import left_of
from services.orders.habits import usual_periods
from services.reminders.arrivals import Arrival, Arrivals
from services.reminders.look import Look, planned
from services.reminders.offers import offered, offered_periods, sold_ids, sold_of, with_balance, without_unpriced
from services.reminders.planning import PersonFacts, Plan, is_news, is_wanted
from services.reminders.service import Reminders
from storage import known_proxies, reminders
from storage.engine.database import Database

log = logging.getLogger(__name__)

SHARED_FOR = timedelta(days=1)  # a quote is also behind the digests that others get so much later
TRIES = 3  # plans made when proxies change in the middle of a look


@dataclass(frozen=True)
class DigestOutcome:
    """What is left to say of the plan, and the sum that the digest named as missing (None: it named none)."""

    plan: Plan
    missing: Decimal | None = None


@dataclass(frozen=True)
class Seen:
    """What px6 listed, the facts about the person at that time, and the plan that is made of both."""

    listed: ProxyList
    facts: PersonFacts
    plan: Plan


class Digests:
    """Tells a person what ends soon and what ended, in one message with one quote behind its buttons."""

    def __init__(
        self,
        database: Database,
        orders: Orders,
        reminders: Reminders,
        sender: Sender,
        line: Line,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._orders, self._reminders, self._clock = database, orders, reminders, clock
        self._sender, self._line = sender, line
        self.arrivals = Arrivals(database, orders)

    async def send_example(self, person: Person, proxies: Sequence[Proxy]) -> None:
        """A digest of these now, to show how one looks; nothing is marked as said. Raises NotSent, Gone, Unsure."""
        await self._sender.digest(person, Digest(0, tuple(proxies), (), None, False, self._clock(), test=True))

    async def say(self, look: Look, plan: Plan) -> DigestOutcome:
        """Send one digest, or nothing when everything was prolonged in between. Raises NotSent and AccountChanged."""
        if plan.is_empty:
            return DigestOutcome(plan)
        await self._line.check()  # prices are not asked for in vain
        seen = Seen(look.listed, look.facts, plan)
        for _ in range(TRIES):
            quote = await self._priced(look, seen)
            waited = await self._sender.room()
            await self._line.check()  # others may have found meanwhile that Telegram takes nothing
            before, seen = seen, await self._seen_now(look, seen, asked=quote is not None or waited)
            if seen.plan.key == before.plan.key or seen.plan.is_empty:
                break
        else:
            quote = None  # it changes faster than px6 can be asked: the prices are asked for at the tap
        if seen.plan.is_empty:
            return DigestOutcome(seen.plan)
        quote = with_balance(quote, seen.listed, self._clock())
        sent = await self._send(look, seen.plan, quote)
        missing = quote.options[0].price - quote.balance if sent and quote is not None else Decimal(0)
        left = await planned(seen.listed, facts_after(seen.facts, seen.plan), self._clock())
        return DigestOutcome(left, missing if missing > 0 else None)

    async def _seen_now(self, look: Look, seen: Seen, *, asked: bool) -> Seen:
        """px6 and the database read again; as it is where nothing has taken time since the look read both.

        `asked`: px6 was asked for something, or Telegram had no room at once.
        """
        row = look.records.row
        paid_meanwhile = row.on or row.kept  # perhaps, in this look
        if seen.listed is look.listed and not asked and look.is_fresh(self._clock()) and not paid_meanwhile:
            return seen
        listed = await look.client.proxies(State.ALL, nokey=True)
        facts = await self._reminders.facts(look.person, look.account.px6_user_id)
        facts = replace(facts, covered=look.facts.covered, looked_at=look.facts.looked_at)
        return Seen(listed, facts, await planned(listed, facts, self._clock()))

    async def _priced(self, look: Look, seen: Seen) -> Quote | None:
        """One quote for what ends soon, of what was listed last; it is kept with the digest."""
        account, telegram_id = look.account, look.person.telegram_id
        listed = ListedAccount(telegram_id, account.px6_user_id, look.client, seen.listed, look.records.kinds)
        ids = sold_ids(seen.plan.soon, look.records.kinds)

        async def price(ids: Sequence[int], periods: Sequence[int]) -> Quote:
            return await self._orders.price_prolong(listed, ids, periods, source="digest")

        if not ids or not look.may(Right.PROLONG):
            return None
        wanted = offered_periods(look.records.periods)
        periods = await sold_of(look.client, seen.plan.soon, look.records.kinds, wanted)
        return await offered(without_unpriced(ids, price), periods)

    async def quote(
        self,
        telegram_id: int,
        client: Px6Client,
        proxies: Sequence[Proxy],
        periods: Sequence[int] | None = None,
        *,
        background: bool = False,
    ) -> Quote | None:
        """One quote with several periods for all that px6 renews; a shorter one when the balance covers none.

        Its periods are these (None: the usual ones) as far as px6 sells them.

        None when px6 names no price now: a reminder does not wait for that. Raises WrongKey and WrongAddress.
        """
        async with self._database.read() as connection:
            known = await known_proxies.versions_of(connection, telegram_id)
        ids = sold_ids(proxies, known)

        async def price(ids: Sequence[int], periods: Sequence[int]) -> Quote:
            return await self._orders.quote_prolong(telegram_id, ids, periods, source="digest", background=background)

        if not ids:
            return None
        wanted = periods or offered_periods(await usual_periods(self._orders, telegram_id))
        return await offered(without_unpriced(ids, price), await sold_of(client, proxies, known, wanted))

    async def say_again(self, look: Look, plan: Plan) -> None:
        """Say once more what Telegram may not have taken, except what `plan` says anyway.

        Raises NotSent and AccountChanged.
        """
        if not look.records.row.uncertain:
            return
        async with self._database.read() as connection:
            waiting = await reminders.uncertain(connection, look.person.telegram_id, self._clock())
        for one in waiting:
            if one.receiver != look.receiver:
                continue
            await self._line.check()
            await self._sender.room()
            await self._say_again(look, plan, one)

    async def _say_again(self, look: Look, plan: Plan, one: StoredDigest) -> None:
        """The same message with the same quote behind its buttons, so that two of them cannot pay twice."""
        now = self._clock()
        quote = await self._orders.quote(one.telegram_id, one.quote_id) if one.quote_id else None
        was_tapped = quote is not None and quote.state != "open" and look.is_shown(quote)  # so it has arrived
        digest = None if was_tapped else await self._what_is_left(look, plan, one, quote)
        quote_id = digest.quote.id if digest and digest.quote else one.quote_id
        async with write_if_unchanged(self._database, look.account) as connection:
            if not await reminders.take_again(connection, one.id, quote_id, now, now + CUT_OFF):
                return  # another process says it
            if not was_tapped:  # should it be wanted again, it is due anew: nobody knows whether it was said
                await reminders.unsay(connection, one.id, no_longer_wanted(look, one, now))
        if digest is None:  # nothing of it is left to say
            await self._note(one.id, "sent" if was_tapped else "unknown", one.message_id)
        else:
            await self._deliver(look, digest, max(one.tries, 1))

    async def _what_is_left(self, look: Look, plan: Plan, one: StoredDigest, quote: Quote | None) -> Digest | None:
        """What of a digest is still true and wanted; None when nothing is. What was let go, put off or switched off
        since, and what a rule will prolong by now, has been read."""
        now, facts, anyway = self._clock(), look.facts, {proxy.id for proxy in (*plan.soon, *plan.ended)}
        muted = {key for key, until in facts.muted.items() if until is None or until > now}
        left = [
            proxy
            for proxy in sorted(look.listed.proxies, key=lambda proxy: (proxy.ends_at, proxy.id))
            if one.ends.get(proxy.id) == proxy.ends_at
            and proxy.id not in anyway
            and proxy.id not in facts.busy
            and (proxy.id, proxy.ends_at) not in muted
        ]
        soon = [proxy for proxy in left if proxy.ends_at > now and is_wanted(proxy, facts)]
        ended = [
            proxy for proxy in left if one.kind == "ended" and proxy.ends_at <= now and is_news(proxy, facts, now)
        ]
        if not soon and not ended:
            return None
        if not look.may(Right.PROLONG):
            quote = None
        elif soon and (quote is None or quote.state != "open" or set(quote.ids) - {proxy.id for proxy in soon}):
            quote = await self.quote(one.telegram_id, look.client, soon, background=True)
        return Digest(
            id=one.id,
            soon=with_known_kinds(soon, look.records.kinds),
            ended=with_known_kinds(ended, look.records.kinds),
            quote=quote if soon else None,
            quietly=plan.quietly,
            now=now,
            renewed_by_px6=look.records.renewed,
            right=look.right,
            left=await self._left(look),
        )

    async def _left(self, look: Look) -> Decimal | None:
        """What is left of the limit a month of who is told; None: there is no such limit."""
        if look.right is not Right.PROLONG:
            return None
        async with self._database.read() as connection:
            return await left_of(connection, look.person.colleague, self._clock())

    async def _send(self, look: Look, plan: Plan, quote: Quote | None) -> bool:
        """Write a digest down, then send it: nothing between may take long. True when it was certainly sent."""
        telegram_id, now, known = look.person.telegram_id, self._clock(), look.records.kinds
        ends = {proxy.id: proxy.ends_at for proxy in (*plan.soon, *plan.ended)}
        kind = "soon" if plan.soon else "ended"
        async with write_if_unchanged(self._database, look.account) as connection:
            others = await self._quote_of_others(connection, look, quote)
            is_new, quote = others is None, others or quote
            quote_id = quote.id if quote else None
            digest_id = await reminders.write_digest(
                connection, telegram_id, kind, plan.rows, ends, quote_id, now, now + CUT_OFF, look.receiver
            )
            if quote is not None and digest_id is not None and is_new:
                await self._orders.keep_quote(connection, quote)
        if digest_id is None:
            return False  # another process was quicker
        soon, ended = with_known_kinds(plan.soon, known), with_known_kinds(plan.ended, known)
        shown = Digest(digest_id, soon, ended, quote, plan.quietly, self._clock(), look.records.renewed)
        digest = replace(shown, right=look.right, left=await self._left(look))
        return await self._deliver(look, digest, 0)

    async def _quote_of_others(self, connection: AsyncConnection, look: Look, quote: Quote | None) -> Quote | None:
        """The same quote behind what others were sent of this account, so that all of them are one confirmation."""
        if quote is None or not look.records.row.shared:
            return None
        found = await self._orders.same_quote(connection, quote, self._clock() - SHARED_FOR)
        return None if found is None else structs.replace(found, balance=quote.balance)

    async def end_of_others(self, look: Look, receivers: Collection[int | None]) -> None:
        """Whom nothing can be sent now, for they have blocked the bot, or are told no longer: what they may not have
        got is not said again, but anew once they are told."""
        if not look.records.row.uncertain:
            return
        async with self._database.write() as connection:
            for one in await reminders.uncertain(connection, look.person.telegram_id, self._clock()):
                if one.receiver not in receivers:
                    await reminders.note_sent(connection, one.id, "failed", one.message_id)

    async def _deliver(self, look: Look, digest: Digest, tries: int) -> bool:
        """Send what is written down, and write down what became of it. True when it was certainly sent."""
        try:
            with self._line.sending():
                message_id = await self._sender.digest(look.person, digest)
        except Unsure:
            log.warning("A reminder may not have arrived")
            await self._note_unknown(digest.id, again_after(tries + 1), tries + 1)
            return False
        except NotSent as error:
            await self._note_not_sent(digest, tries, error)
            raise
        quote_id = None if digest.quote is None else digest.quote.id
        await self.arrivals.note(Arrival(digest.id, quote_id, look.person.chat_id, message_id))
        return True

    async def _note_not_sent(self, digest: Digest, tries: int, error: NotSent) -> None:
        """Note that it did not arrive. One that may have arrived before keeps its quote; any other is made anew."""
        if isinstance(error, Refused):
            log.error("Telegram refuses a reminder; it is listed in /reminders")
        elif not isinstance(error, Gone):
            log.warning("A reminder was not sent; it waits until Telegram takes it")
        if not tries:
            return await self._note(digest.id, "failed")
        pause: timedelta | None = timedelta(seconds=error.wait)
        if isinstance(error, Refused):
            tries, pause = tries + 1, again_after(tries + 1)
        return await self._note_unknown(digest.id, pause, tries)

    async def _note_unknown(self, digest_id: int, pause: timedelta | None, tries: int) -> None:
        """Note that the digest may have arrived; after this pause it is said again (None: never)."""
        again_at = None if pause is None else self._clock() + pause
        await self._note(digest_id, "unknown", again_at=again_at, tries=tries)

    async def _note(
        self,
        digest_id: int,
        state: str,
        message_id: int | None = None,
        *,
        again_at: datetime | None = None,
        tries: int = 0,
    ) -> None:
        async with self._database.write() as connection:
            await reminders.note_sent(connection, digest_id, state, message_id, again_at=again_at, tries=tries)


def no_longer_wanted(look: Look, one: StoredDigest, now: datetime) -> list[int]:
    """The proxies of a digest that still end as it said, and of which no reminder is wanted any more."""
    same = (proxy for proxy in look.listed.proxies if one.ends.get(proxy.id) == proxy.ends_at > now)
    return [proxy.id for proxy in same if not is_wanted(proxy, look.facts)]


def facts_after(facts: PersonFacts, plan: Plan) -> PersonFacts:
    """The facts once a plan was said: none of it is due any more."""
    said = {key: set(leads) for key, leads in facts.said.items()}
    for proxy_id, end, lead in plan.rows:
        said.setdefault((proxy_id, end), set()).add(lead)
    return replace(facts, said=said)
