"""The only place that spends. One confirmation spends at most once, and ends in a truthful message.

    quoted ── tap ──▶ confirmed ──▶ sending ──▶ done          px6 said yes
                          │            ├──────▶ refused       px6 said no before anything: nothing was spent
                          │            ├──────▶ not_sent      429 and nothing came of it, or no connection
                          │            └──────▶ unknown       no usable answer: it is being found out
                          ├──▶ requoted                       an end moved or the price rose: nothing was sent
                          └──▶ not_sent                       not prepared, or interrupted: nothing was sent
    unknown ──▶ done | not_done | unclear                     found out by looking, never by repeating
    unclear ──▶ not_done                                      the person says that they topped up just the difference

A usable answer is a "yes" to just this order, about this account (`answers.py`), or a "no" with a number that px6
finds before it does anything (`px6.BEFORE_ANYTHING`). After 429 its books are looked at, and only where they show
that nothing came of the call it is sent once more.

Where it can be cut off, and what follows (a start runs `recover`):

1.  Before the claim is committed: the quote is still open; the tap did nothing.
2.  After the claim, before `sending` is committed: the orders are `confirmed`. A tap of the last 15 minutes is
    carried on, with ends and price read afresh; what is older, and a rule's, becomes `not_sent`. The quote stays
    claimed, so the same button never spends later.
3.  After `sending` is committed, before the call leaves: nobody can know that it did not leave. `unknown`;
    looking finds nothing of it: `not_done`.
4.  While the call is under way, or after px6 has done it, before the answer is committed: `unknown`; looking
    finds the marked proxies, or the moved ends with the fitting balance: `done`. Between 429 and sending again it is
    the same: nobody sends it again after a start.
5.  After the answer is committed, before the person was told: told after the start (`told` lags `changes`).
6.  After the person was told, before that is committed: told once more, with the same words.
7.  Between a buy and its rename: `rename` is "pending" and tried again; only what carries the mark is renamed.
8.  Between the parts of a long prolong: those sent have their outcomes, the rest is `not_sent`.
9.  In the middle of settling: looks change nothing at px6; the order is still `unknown` and looked at again.

A database that cannot be written when `sending` is due keeps the call from leaving; one that cannot be written
when the answer comes makes the answer wait in memory, and after a kill it is case 4.

Second spends that the claim alone would not stop: one open order per proxy (a unique index), all periods of a
quote are one confirmation, ends and price are read afresh after the tap, automatic orders are unique by
(account, proxy, end before). Processes on one database are kept apart by conditional updates: whoever moves an order
from `confirmed` to `sending` sends it, nobody else does. Leases keep them in turn (`services/ground/leases.py`): one
payment of a px6 account at a time, one telling of an outcome. A process takes over only what one held that is gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from model.orders import (
    BuyWish,
    Claim,
    Confirmation,
    Option,
    Order,
    OrderProxy,
    OrderState,
    Quote,
    Source,
)
from model.people import PersonId
from px6 import ProxyList
from services.account.accounts import Accounts
from services.ground.elapsed_time import ElapsedTime
from services.ground.leases import Leases, LocalLeases
from services.orders.errors import NotPriced, OtherAccount, UnknownIds
from services.orders.journal import Journal
from services.orders.look_schedule import LookSchedule
from services.orders.look_tasks import LookTasks
from services.orders.outcome_log import HearOutcome, OutcomeLog, nobody_hears
from services.orders.quoting import ListedAccount, QuotedList, Quoter
from services.orders.reading import OrderReader
from services.orders.recording import AnswerRecorder
from services.orders.renaming import Renamer
from services.orders.settling import Settler
from services.orders.spending import Spender
from services.orders.telling import HearTold, NobodyThere, NotNow, OutcomeDelivery, SendOutcome
from services.orders.unsettled import UnsettledOrders
from storage import quotes
from storage.engine.database import Database

__all__ = [
    "BuyWish",
    "Claim",
    "Confirmation",
    "ListedAccount",
    "NobodyThere",
    "NotNow",
    "NotPriced",
    "Option",
    "Order",
    "OrderProxy",
    "OrderState",
    "Orders",
    "OtherAccount",
    "Quote",
    "QuotedList",
    "UnknownIds",
]

log = logging.getLogger(__name__)

SETTLE_SECONDS = (5.0, 30.0, 120.0, 600.0)
PX6_TIMEOUT = 30.0
PATIENCE = 5.0  # seconds that one round of settling waits for slow accounts; they go on by themselves


class Orders(OrderReader):
    """Quotes, confirmations, orders and their outcomes; what only reads them stands in `OrderReader`."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        clock: Callable[[], datetime],
        send_outcome: SendOutcome,
        *,
        settle_seconds: Sequence[float] = SETTLE_SECONDS,
        patience: float = PX6_TIMEOUT,
        monotonic: Callable[[], float] = time.monotonic,
        hear_outcome: HearOutcome = nobody_hears,
        leases: Leases | None = None,
        send_copy: SendOutcome | None = None,
    ) -> None:
        """`send_outcome` is called after each change of an outcome, until it returned from the newest; so is
        `send_copy`, which tells the owner of the account what a colleague spent.

        `patience`: seconds that px6 may take for a call. `monotonic` counts seconds that really pass.
        `hear_outcome` is called for each order that ends. `leases`: shared with other processes, if there are any.
        """
        leases = leases or LocalLeases()
        self._journal = Journal(database, clock, OutcomeLog(hear_outcome), leases)
        super().__init__(database, self._journal)
        self._quoter = Quoter(database, accounts, clock)
        self._delivery = OutcomeDelivery(
            database, self._journal, send_outcome, clock, ElapsedTime(clock, monotonic), leases, send_copy
        )
        unsettled = UnsettledOrders(database, clock, leases)
        renamer = Renamer(self._journal, clock, self._delivery.tell)
        schedule = LookSchedule(settle_seconds, patience, ElapsedTime(clock, monotonic))
        self._recorder = AnswerRecorder(self._journal, clock, self._delivery.tell, schedule.first)
        self._spender = Spender(
            self._journal, unsettled, self._quoter, renamer, self._recorder, clock, self._delivery, leases
        )
        self._settler = Settler(
            self._journal,
            unsettled,
            self._quoter,
            accounts,
            renamer,
            clock,
            self._delivery.tell,
            schedule,
        )
        self._looks = LookTasks()

    # -- quotes

    async def price_buy(
        self, telegram_id: int, wish: BuyWish, *, source: Source = "person", background: bool = False
    ) -> Quote:
        """What a buy costs now, in a quote that is not kept; too little money is left to the reader.

        `background`: nobody waits, so the calls of people go first. Raises px6's errors, NoKey and OtherAccount.
        """
        return await self._quoter.buy(telegram_id, wish, source, background=background)

    async def add_quote(self, quote: Quote) -> None:
        """Keep a quote, so that it can be confirmed. Raises OtherAccount, or NoKey, when its account is not connected
        any more."""
        await self._journal.add_quote(quote)

    async def quote_prolong(
        self,
        telegram_id: int,
        ids: Sequence[int],
        periods: Sequence[int],
        *,
        source: Source = "person",
        fresh: bool = False,
        background: bool = False,
    ) -> Quote:
        """What prolonging costs, for each period. Raises UnknownIds, NotPriced, NoKey, OtherAccount and px6's errors.

        `fresh` asks for the prices past the cache. `background`: nobody waits, so the calls of people go first.
        """
        made = await self._quoter.prolong(telegram_id, ids, periods, source, fresh=fresh, background=background)
        await self._journal.add_quote(made.quote)
        return made.quote

    async def quote_shown(
        self, telegram_id: int, ids: Sequence[int], periods: Sequence[int], recent: ProxyList | None = None
    ) -> QuotedList:
        """What prolonging costs a person who looks at it, with the proxies as px6 lists them.

        `recent`: what px6 listed a moment ago; see `Quoter.prolong`. Raises as `quote_prolong`.
        """
        made = await self._quoter.prolong(telegram_id, ids, periods, "person", fresh=False, recent=recent)
        await self._journal.add_quote(made.quote)
        return made

    async def price_prolong(
        self, account: ListedAccount, ids: Sequence[int], periods: Sequence[int], *, source: Source
    ) -> Quote:
        """What prolonging some of what px6 has just listed costs; the quote is not kept.

        Raises UnknownIds, NotPriced and px6's errors.
        """
        return await self._quoter.prolong_listed(account, ids, periods, source, fresh=False)

    async def keep_quote(self, connection: AsyncConnection, quote: Quote) -> None:
        """Keep a quote of `price_prolong` within a transaction, in which its account was seen to be connected."""
        await self._journal.write_quote(connection, quote)

    async def same_quote(self, connection: AsyncConnection, quote: Quote, since: datetime) -> Quote | None:
        """An open quote of a digest since then with just these sums for just these ends, within a transaction: two
        people who have the same one confirm it once."""
        listed = await quotes.open_of(connection, quote.telegram_id, quote.kind)
        return next((each for each in listed if each.created_at >= since and is_same(each, quote)), None)

    async def withdraw_quote(self, connection: AsyncConnection, telegram_id: int, quote_id: str) -> None:
        """Take a quote back within a transaction, unless somebody has confirmed it."""
        await quotes.withdraw(connection, telegram_id, [quote_id])

    async def quote(self, telegram_id: int, quote_id: str) -> Quote | None:
        """A quote of this person's."""
        return await self._journal.quote(telegram_id, quote_id)

    async def set_message(self, quote_id: str, chat_id: int, message_id: int) -> None:
        """Say which message shows the quote: its outcome will be shown there."""
        await self._journal.set_message(quote_id, chat_id, message_id)

    async def keep_message(self, connection: AsyncConnection, quote_id: str, chat_id: int, message_id: int) -> None:
        """As `set_message`, within a transaction, of a quote that nobody has confirmed: others may have it, too."""
        await quotes.set_message(connection, quote_id, chat_id, message_id, open_only=True)

    # -- spending

    async def claim(
        self,
        telegram_id: int,
        quote_id: str,
        period: int,
        message: tuple[int, int] | None = None,
        by: PersonId | None = None,
        run: int | None = None,
    ) -> Claim:
        """A tap on a green button: one wins, whoever comes later learns what became of it. No network.

        `message` is the chat and the message in which it was tapped: the outcome will be shown there. `by`: the
        colleague who tapped, whose right is looked at in the same transaction. `run`: the run of a rule that pays.
        """
        return await self._journal.claim(telegram_id, quote_id, period, message, by, run)

    async def execute(self, confirmation_id: int) -> Confirmation:
        """Send what was confirmed, once; every outcome is announced. LookupError for no such confirmation."""
        try:
            await self._spender.execute(await self._confirmation(confirmation_id))
        except Exception as error:
            self._spender.give_up(confirmation_id, type(error).__name__)
            raise
        return await self._confirmation(confirmation_id)

    async def run(self, confirmation_id: int) -> None:
        """`execute` for a task that nobody waits for: whatever goes wrong is logged."""
        try:
            await self.execute(confirmation_id)
        except StorageError as error:
            log.error("A confirmed order was not carried on: %s", error)
        except Exception:
            log.exception("A confirmed order was not carried on")

    # -- outcomes

    async def recover(self) -> list[int]:
        """After a start, and when another process is gone: take up what a stop or a kill cut off.

        Only the journal changes; nobody is told yet. Gives the confirmations that are to be carried on, with `run`.
        """
        return await self._settler.recover()

    async def tell_untold(self) -> None:
        """Once after a start, beside all else: tell what nobody was told. Takes as long as Telegram is away."""
        await self._delivery.tell_untold(all_=True)

    async def settle_due(self) -> None:
        """Called about once a second: look at what is due, account by account, and try again what was not told."""
        try:
            await self._recorder.record_again()
            groups = await self._settler.due(self._looks.under_way)
            untold = await self._delivery.untold()
        except StorageError as error:
            log.error("Orders could not be settled: %s", error)
            return
        for group, listed in groups.items():
            look = self._settler.settle(group, listed, self._spender.running)
            self._looks.start(look, frozenset(order.id for order in listed))
        if untold and not self._looks.has(frozenset()):
            self._looks.start(self._delivery.tell_untold(), frozenset())
        await self._looks.wait(PATIENCE)

    async def close(self) -> None:
        """End looks under way; they change nothing at px6 and begin again after the next start."""
        await self._looks.close()

    async def answer_top_up(self, telegram_id: int, order_id: int, topped_up: bool) -> Confirmation | None:
        """The person says whether they topped up what `Order.top_up` names; gives how it stands now.

        "Yes" counts only while px6's books still fit it. None: no such order of theirs. Raises px6's errors, NoKey,
        OtherAccount. Whoever shows the outcome says so with `set_told`.
        """
        order = await self.order(telegram_id, order_id)
        if order is None:
            return None
        await self._settler.answer_top_up(order, topped_up)
        return await self._confirmation(order.confirmation_id)

    def hear_told(self, hear: HearTold) -> None:
        """`hear` is called with the id of a confirmation each time that its newest state was told."""
        self._delivery.hear_told = hear

    async def set_told(self, confirmation: Confirmation, person: int) -> None:
        """This person was shown this, by their own id: whoever confirmed it, or else the owner of the account."""
        if confirmation.by_person in (None, person):
            await self._delivery.note_told(confirmation)
        else:
            await self._delivery.note_told_to_owner(confirmation, confirmation.owner_message)


def is_same(one: Quote, other: Quote) -> bool:
    """Whether two quotes of digests say the same, but for the balance and the time."""
    return (
        one.source == other.source == "digest"
        and (one.px6_user_id, one.currency, one.ends) == (other.px6_user_id, other.currency, other.ends)
        and (one.parts, one.options) == (other.parts, other.options)
    )
