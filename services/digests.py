"""Digests: priced, read once more just before sending, written down, sent. See `services.sweep`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import px6
from px6 import Proxy, State
from services.accounts import NoKey
from services.forecast import kind_or_skip
from services.look import Look, named, planned
from services.orders import NotPriced, Orders, OtherAccount, Quote, UnknownIds
from services.planning import Known, Plan
from services.reminders import Reminders
from services.telling import Digest, NotSent, Teller, Unsure
from services.usual import usual_periods
from storage import bought, reminders
from storage.database import Database

log = logging.getLogger(__name__)

PERIODS = (30, 7, 90)  # days of the one-tap buttons, the usual one first
SMALLEST_PERIODS = (3,)  # offered when the balance covers none of those
TRIES = 3  # plans made when proxies change in the middle of a look


@dataclass(frozen=True)
class Said:
    """What is left of the plan, and the sum that the digest said is missing."""

    plan: Plan
    missing: Decimal | None = None


class Digests:
    """`teller` is set by the wiring."""

    def __init__(self, database: Database, orders: Orders, people: Reminders, clock: Callable[[], datetime]) -> None:
        self._database, self._orders, self._reminders, self._clock = database, orders, people, clock
        self.teller: Teller | None = None

    async def say(self, look: Look, made: Plan) -> Said:
        """Send one digest, or nothing when everything was prolonged in between."""
        if made.is_empty:
            return Said(made)
        for _ in range(TRIES):
            quote = await self.quote(look.person.telegram_id, made.soon, background=True)
            listed = await look.client.proxies(State.ALL, nokey=True)
            known = await self._reminders.known(look.person, look.account.px6_user_id)
            known = replace(known, covered=look.known.covered)
            before, made = made, await planned(listed, known, self._clock())
            if made.key == before.key or made.is_empty:
                break
        else:
            quote = None  # it changes faster than px6 can be asked: the prices are asked for at the tap
        if made.is_empty:
            return Said(made)
        sent = await self._send(look, made, quote)
        missing = quote.options[0].price - quote.balance if sent and quote is not None else Decimal(0)
        left = await planned(listed, after(known, made), self._clock())
        return Said(left, missing if missing > 0 else None)

    async def quote(
        self,
        telegram_id: int,
        proxies: Sequence[Proxy],
        periods: Sequence[int] | None = None,
        *,
        background: bool = False,
    ) -> Quote | None:
        """One quote with several periods for all that px6 renews; a shorter one when the balance covers none.

        None when px6 names no price now: a reminder does not wait for that. Raises WrongKey and WrongAddress.
        """
        async with self._database.read() as connection:
            known = await bought.known_versions(connection, telegram_id)
        ids = [proxy.id for proxy in proxies if kind_or_skip(proxy, known) != ""]
        if not ids:
            return None
        try:
            wanted = list(periods or await self._periods(telegram_id))
            quote = await self._quote(telegram_id, ids, wanted, background)
            if all(option.price > quote.balance for option in quote.options):
                return await self._with_smaller(telegram_id, ids, quote, background)
        except (px6.WrongKey, px6.WrongAddress):
            raise
        except (px6.Px6Error, UnknownIds, NotPriced, NoKey, OtherAccount) as error:
            log.info("A digest goes out without prices: %s", type(error).__name__)
            return None
        return quote

    async def _quote(self, telegram_id: int, ids: list[int], periods: list[int], background: bool) -> Quote:
        return await self._orders.quote_prolong(telegram_id, ids, periods, source="digest", background=background)

    async def _with_smaller(self, telegram_id: int, ids: list[int], quote: Quote, background: bool) -> Quote:
        """The same with a shorter period, should the balance cover that; px6 may not rent for it."""
        periods = list(dict.fromkeys([*quote.periods, *SMALLEST_PERIODS]))
        try:
            return await self._quote(telegram_id, ids, periods, background)
        except (px6.WrongKey, px6.WrongAddress):
            raise
        except px6.Refused:
            return quote

    async def _periods(self, telegram_id: int) -> list[int]:
        """The days of the one-tap buttons, the person's usual ones first."""
        usual = await usual_periods(self._orders, telegram_id)
        return list(dict.fromkeys([*usual[:1], *PERIODS]))

    async def _send(self, look: Look, made: Plan, quote: Quote | None) -> bool:
        """Write down, then send. Nothing happens between the two that could fail for long. True when it was sent."""
        assert self.teller is not None  # noqa: S101 - the wiring sets it
        telegram_id = look.person.telegram_id
        ends = {proxy.id: proxy.ends_at for proxy in (*made.soon, *made.ended)}
        kind = "soon" if made.soon else "ended"
        async with self._database.write() as connection:
            renewed = await bought.auto_prolonged(connection, telegram_id)
            known = await bought.known_versions(connection, telegram_id)
            digest_id = await reminders.write_digest(
                connection, telegram_id, kind, made.rows, ends, quote.id if quote else None, self._clock()
            )
        if digest_id is None:
            return False  # another process was quicker
        soon, ended = named(made.soon, known), named(made.ended, known)
        digest = Digest(digest_id, soon, ended, quote, made.quietly, self._clock(), renewed)
        try:
            message_id = await self.teller.digest(look.person, digest)
        except Unsure:
            await self._note(digest_id, "unknown")
            return False
        except NotSent:
            await self._note(digest_id, "failed")
            raise
        await self._note(digest_id, "sent", message_id)
        if quote is not None:
            await self._orders.set_message(quote.id, telegram_id, message_id)
        return True

    async def _note(self, digest_id: int, state: str, message_id: int | None = None) -> None:
        async with self._database.write() as connection:
            await reminders.note_sent(connection, digest_id, state, message_id)


def after(known: Known, made: Plan) -> Known:
    """What is known once a plan was said: none of it is due any more."""
    said = {key: set(leads) for key, leads in known.said.items()}
    for proxy_id, end, lead in made.rows:
        said.setdefault((proxy_id, end), set()).add(lead)
    return replace(known, said=said)
