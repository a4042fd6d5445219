"""Stock that people wait for: told once when there are enough again, or, gently, that there were not in all the time.

What is due is asked of px6 once for everybody: by one call for all countries and kinds where px6 has one, else by one
for each country and kind. Anybody's key will do for that; one that px6 refuses is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial

from msgspec import structs

from model.orders import BuyWish
from model.people import PersonId
from model.watching import StockWatch
from px6 import Px6Client, StockGrid, Version
from services.account.accounts import NoKey
from services.account.rights import check_right
from services.account.unchanged import AccountChanged, write_if_unchanged
from services.notifications.kinds import Gone
from services.notifications.watching_kinds import StockBack, StockWatchOver
from services.orders import Orders
from services.watching.company import look_soon
from services.watching.paying import Payer
from services.watching.rounds import BATCH, RoundNeeds, WatchRounds
from services.watching.stock_buying import Place, StockBuyer
from storage import locks, stock_watches

log = logging.getLogger(__name__)

WATCHED_FOR = timedelta(days=14)
MOST_WATCHED = 10  # of a person
LOOK_EVERY = timedelta(minutes=10)
LAST_TRY = timedelta(hours=1)  # after its end, at the longest: the pause after a purchase that came to nothing


class TooManyWatched(Exception):
    """A person watches at most ten countries and kinds."""


class StockWatches(WatchRounds):
    """What people watch; `look` is called about once a minute, by any number of processes."""

    def __init__(self, needs: RoundNeeds, orders: Orders) -> None:
        """`orders`: by which it is bought at once, where a person wants that."""
        super().__init__(needs)
        payer = Payer(needs.database, orders, needs.sender, needs.line)
        self._buyer = StockBuyer(
            needs.database, needs.people, needs.accounts, orders, payer, self._notices, self._company, needs.clock
        )

    # -- what people do

    async def of(self, telegram_id: int) -> list[StockWatch]:
        """What the person watches, oldest first."""
        async with self._database.read() as connection:
            return await stock_watches.open_of(connection, telegram_id)

    async def one(self, telegram_id: int, number: int) -> StockWatch | None:
        """A watch of this person's, also one that was told."""
        async with self._database.read() as connection:
            return await stock_watches.one(connection, telegram_id, number)

    async def watch(self, telegram_id: int, wish: BuyWish) -> int:
        """Tell the person when there are enough of this, for 14 days; gives its number.

        Raises NoKey and TooManyWatched.
        """
        account = await self._accounts.account(telegram_id)
        if account is None:
            raise NoKey
        now = self._clock()
        values = {
            "px6_user_id": account.px6_user_id,
            "country": wish.country,
            "version": wish.version,
            "wanted": max(1, wish.count),
            "wish": wish,
            "since": now,
            "until": now + WATCHED_FOR,
            "look_at": now + LOOK_EVERY,
        }
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            watched = await stock_watches.open_of(connection, telegram_id)
            others = [one for one in watched if place_of(one) != (wish.country, wish.version)]
            if len(others) >= MOST_WATCHED:
                raise TooManyWatched
            await self._buyer.call_off(connection, account, telegram_id, (wish.country, wish.version))
            return await stock_watches.put(connection, telegram_id, values)

    async def buy_at_once(
        self,
        telegram_id: int,
        number: int,
        up_to: Decimal | None,
        currency: str = "",
        *,
        by: PersonId | None = None,
        many: tuple[int, int] | None = None,
    ) -> StockWatch | None:
        """Have it bought as soon as there are enough, up to this sum in the account's currency, and once; or (None)
        told. None when there is no such watch, or it is being bought. `many`: how many for how many days, in place of
        what was wanted before. `by`: the colleague who wants it. Raises NoKey
        and AccessEnded."""
        account = await self._accounts.account(telegram_id)
        if account is None:
            raise NoKey
        if up_to is not None and currency != account.currency:
            return None
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await check_right(connection, telegram_id, by)
            one = await stock_watches.one(connection, telegram_id, number)
            if one is None or one.px6_user_id != account.px6_user_id:
                return None
            wish = one.wish if many is None else structs.replace(one.wish, count=many[0], period=many[1])
            if up_to is not None and not (wish.period and wish.count):
                return None
            await self._buyer.call_off(connection, account, telegram_id, number)
            if not await stock_watches.buy_at_once(connection, telegram_id, number, up_to, currency, wish):
                return None
            return await stock_watches.one(connection, telegram_id, number)

    async def stop(self, telegram_id: int, number: int) -> bool:
        """End a watch of this person's; False when there is none, or it was told."""
        account = await self._accounts.account(telegram_id)
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await self._buyer.call_off(connection, account, telegram_id, number)
            return await stock_watches.remove(connection, telegram_id, number)

    # -- what the rounds do

    async def look(self) -> None:
        """Ask px6 for what is due, and tell whom it concerns. While Telegram takes no messages nothing is asked."""
        while not self._stopping() and (due := await self._due()):
            wanted = [one for one in due if await self._is_wanted(one)]
            counts = await self._counts(wanted)
            await self._note_looked([one.id for one in wanted if place_of(one) in counts])
            for one in wanted:
                await self._decide(one, counts.get(place_of(one), 0))
            if len(due) < BATCH:
                return

    async def _due(self) -> list[StockWatch]:
        return await self._taken(stock_watches.is_due, stock_watches.take, LOOK_EVERY)

    async def _note_looked(self, numbers: Sequence[int]) -> None:
        async with self._database.write() as connection:
            await stock_watches.note_looked(connection, numbers, self._clock())

    async def _decide(self, one: StockWatch, stock: int) -> None:
        """Act where there are enough, and wait on where there are not, until its end: that is told as it is then."""
        if stock >= one.wanted:
            await self._act(one, stock)
        elif self._is_at_its_end(one):
            await self._tell(one, StockWatchOver(one.wish, WATCHED_FOR.days), quietly=True)

    def _is_at_its_end(self, one: StockWatch) -> bool:
        return self._clock() >= one.until

    def _may_buy(self, one: StockWatch) -> bool:
        """Whether it is bought at once. Long after its end it is only told: nobody wants it then as they did."""
        return one.up_to is not None and self._clock() <= one.until + LAST_TRY

    async def _act(self, one: StockWatch, stock: int) -> None:
        """Tell that there are enough; or buy it at once, where that is wanted and can be."""
        if not self._may_buy(one):
            return await self._tell(one, StockBack(one.id, one.wish, stock))
        try:
            said = await self._buyer.buy(one, stock)
        except Exception:  # whatever it is, what others wait for goes on
            log.exception("What is in stock again could not be bought")
            return None
        if said is None and self._is_at_its_end(one):
            said = await self._not_bought(one, stock)
        if said is not None:
            await self._tell(one, said)
        return None

    async def _not_bought(self, one: StockWatch, stock: int) -> StockBack | None:
        """What is told at its end of what is in stock and could not be bought; None where it was, or may be."""
        now = await self.one(one.telegram_id, one.id)
        is_waiting = now is not None and now.told_at is None and now.paying is None
        return StockBack(one.id, one.wish, stock) if is_waiting else None

    async def _is_wanted(self, one: StockWatch) -> bool:
        """Whether px6 is to be asked for it now: not while it is bought, not at night where it is only told, not for
        who has blocked the bot."""
        if one.paying is not None and not await self._buyer.waits(one):
            return False
        until = await self._company.rests_until(one.telegram_id, night=self._may_buy(one))
        if until is not None:
            async with self._database.write() as connection:
                await stock_watches.put_off(connection, one.telegram_id, one.id, until)
            return False
        return True

    async def _tell(self, one: StockWatch, said: StockBack | StockWatchOver, *, quietly: bool = False) -> None:
        """Tell once: that it is told and what is told are written in one transaction, then it is sent."""
        person, account = await self._people.find(one.telegram_id), await self._accounts.account(one.telegram_id)
        if person is None or account is None:
            return
        try:
            async with write_if_unchanged(self._database, account) as connection:
                if not await stock_watches.tell(connection, one.telegram_id, one.id, self._clock()):
                    return
                notice = await self._notices.write(connection, account, said, quietly=quietly)
                await look_soon(connection, one.telegram_id, self._clock())
            await self._notices.send(person, notice)
        except AccountChanged:
            return
        except Gone:
            await self._people.set_blocked(person.chat_id, True)

    # -- asking px6

    async def _counts(self, wanted: Sequence[StockWatch]) -> dict[Place, int]:
        """How many there are of what is wanted, as far as px6 tells it."""
        places = dict.fromkeys(map(place_of, wanted))
        if not places:
            return {}
        watching = [one.telegram_id for one in wanted]
        grid = await self._company.ask(watching, lambda client: client.stock_grid(fresh=True))
        if grid is not None:
            return {place: in_grid(grid, place) for place in places}
        counts: dict[Place, int] = {}
        for place in places:
            theirs = [one.telegram_id for one in wanted if place_of(one) == place]
            found = await self._company.ask(theirs, partial(stock_at, place))
            if found is not None:
                counts[place] = found
        return counts


async def stock_at(place: Place, client: Px6Client) -> int:
    """How many one country has of one kind."""
    country, version = place
    return (await client.stock(country, Version(version), fresh=True)).count


def in_grid(grid: StockGrid, place: Place) -> int:
    country, version = place
    return grid.counts.get(version, {}).get(country, 0)


def place_of(one: StockWatch) -> Place:
    return one.country, one.version
