"""What is read of a person's orders, and of a px6 account's. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from model.doers import EVERYBODY, Doers
from model.orders import Confirmation, Kind, MonthlySum, Order, OrderState, PaidSum, Source
from model.payments import Payment
from services.orders.journal import Journal
from storage import confirmations, doers, known_proxies, monthly_sums, orders, payments, pruning, unsettled
from storage.engine.database import Database


class OrderReader:
    """Reads orders and their confirmations; a person's are given to this person only."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database, self._journal = database, journal

    async def confirmation(self, telegram_id: int, confirmation_id: int) -> Confirmation | None:
        """A confirmation of this person's."""
        found = await self._journal.confirmation(confirmation_id)
        return found if found is not None and found.telegram_id == telegram_id else None

    async def confirmation_of(self, telegram_id: int, quote_id: str) -> Confirmation | None:
        """What became of this person's quote; None while nobody has confirmed it."""
        async with self._database.read() as connection:
            found = await confirmations.of_quote(connection, telegram_id, quote_id)
        return None if found is None else await self._journal.confirmation(found)

    async def has_open(self, telegram_id: int, *sources: Source, on_all_accounts: bool = False) -> bool:
        """Whether a payment that one of these has begun goes on: how it ends is not known yet.

        `on_all_accounts`: of the person's px6 accounts, else on this one.
        """
        async with self._database.read() as connection:
            return await orders.has_open(connection, telegram_id, sources, on_all_accounts=on_all_accounts)

    async def unspent(self, confirmation: Confirmation) -> tuple[int, ...]:
        """The proxies for which this confirmation has certainly spent nothing, and no order since it either."""
        ids, last = confirmation.unspent_ids, max(order.id for order in confirmation.orders)
        async with self._database.read() as connection:
            later = await unsettled.spent_later(connection, last, confirmation.px6_user_id, ids)
        return tuple(one for one in ids if one not in later)

    async def changed_since(self, px6_user_id: str, since: datetime) -> bool:
        """Whether a payment of an account was sent, or its outcome became known, at that time or later: what px6 told
        of its ends and money before is the past."""
        async with self._database.read() as connection:
            return await orders.changed_since(connection, px6_user_id, since)

    async def order(self, telegram_id: int, order_id: int) -> Order | None:
        """An order of this person's."""
        return next(iter(await self.history(telegram_id, order_id=order_id)), None)

    async def history(
        self,
        telegram_id: int,
        *,
        kind: Kind | None = None,
        states: Collection[OrderState] = (),
        order_id: int | None = None,
        who: str = EVERYBODY,
        limit: int | None = None,
        offset: int | None = None,
    ) -> tuple[Order, ...]:
        """A person's orders, newest first. `who`: only theirs, as `model.doers` says."""
        async with self._database.read() as connection:
            return await orders.history(
                connection,
                telegram_id,
                kind=kind,
                states=[str(state) for state in states],
                order_id=order_id,
                who=who,
                limit=limit,
                offset=offset,
            )

    async def paid_by_month(self, telegram_id: int, zone: ZoneInfo | None, most: int) -> list[MonthlySum]:
        """The last sums of what was paid, newest month first, those of each currency by themselves."""
        async with self._database.read() as connection:
            return await monthly_sums.by_month(connection, telegram_id, zone, most)

    async def doers(self, telegram_id: int) -> Doers:
        """Who paid or deleted something on this account."""
        async with self._database.read() as connection:
            return await doers.of_account(connection, telegram_id)

    async def payments(
        self, telegram_id: int, since: datetime, until: datetime, who: str = EVERYBODY
    ) -> tuple[Payment, ...]:
        """What was paid on the account from `since` on and before `until`, oldest first. `who`: as in `history`."""
        async with self._database.read() as connection:
            return await payments.between(connection, telegram_id, since, until, who)

    async def payments_for(self, telegram_id: int, proxy_id: int) -> tuple[Payment, ...]:
        """What the person paid for one proxy, alone or with others, oldest first."""
        async with self._database.read() as connection:
            return await payments.of_proxy(connection, telegram_id, proxy_id)

    async def paid_since(self, telegram_id: int, since: datetime) -> list[PaidSum]:
        """What the person, or a rule for them, paid since then, by currency."""
        async with self._database.read() as connection:
            return await monthly_sums.paid_since(connection, telegram_id, since)

    async def has_removed(self, telegram_id: int) -> bool:
        """Whether some of the person's history is so old that it was removed."""
        async with self._database.read() as connection:
            return await pruning.was_pruned(connection, telegram_id)

    async def known_versions(self, telegram_id: int) -> dict[int, str]:
        """The kind of each proxy that the person bought here; older servers do not say it."""
        async with self._database.read() as connection:
            return await known_proxies.versions_of(connection, telegram_id)

    async def sent_since(self, px6_user_id: str, since: datetime) -> tuple[Order, ...]:
        """Orders on a px6 account that were sent since then, or whose outcome is open."""
        async with self._database.read() as connection:
            return await unsettled.others_since(connection, px6_user_id, 0, since)

    async def open_of(self, telegram_id: int) -> tuple[Order, ...]:
        """Orders under way or of unknown outcome, newest first: they are named before the key is forgotten."""
        return await self.history(telegram_id, states=[state for state in OrderState if state.is_open])

    async def busy(self, px6_user_id: str) -> frozenset[int]:
        """Proxies with an open order: neither to be reminded of nor to be prolonged by a rule."""
        async with self._database.read() as connection:
            return await orders.open_proxies(connection, px6_user_id)

    async def _confirmation(self, confirmation_id: int) -> Confirmation:
        found = await self._journal.confirmation(confirmation_id)
        if found is None:
            raise LookupError("no such confirmation; its person may have been forgotten")
        return found
