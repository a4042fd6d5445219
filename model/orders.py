"""Quotes, confirmations and orders. Sums are Decimal, times aware UTC, periods days."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

import px6
from model.errors import StorageError
from model.money import NOTHING
from model.rules import Rule
from px6 import Protocol, Version


class MonthlySum(msgspec.Struct, frozen=True):
    """The sum of `count` payments in one month and currency; `month` is a moment in that month."""

    month: datetime
    currency: str
    sum: Decimal
    count: int


class PaidSum(msgspec.Struct, frozen=True):
    """What was paid in one currency, and how much of that by rules."""

    currency: str
    sum: Decimal
    by_rules: Decimal


Kind = Literal["buy", "prolong"]

# Who asked for the payment: a person on a screen, a digest, a rule, a message that the money for a kept payment is
# there ("kept"), or such a payment itself, which is to be made at once then ("at_once"); a watch that buys what is in
# stock again ("stock"), or a twin of what stopped working ("replace").
Source = Literal["person", "digest", "rule", "kept", "at_once", "stock", "replace"]
WATCHES: tuple[Source, ...] = ("stock", "replace")
LISTS_BEHIND = timedelta(minutes=10)  # so long after a payment px6's lists may still show the ends from before it
NOT_PAID_AGAIN = timedelta(days=3)  # by itself, for an end that was paid for, whatever px6 lists
BY_ITSELF: tuple[Source, ...] = ("rule", "at_once", *WATCHES)  # made by the bot: once for each end


class OrderError(StrEnum):
    """Values of `Order.error` and `Order.looking_error` that something depends on; any other is an error's name."""

    # px6 was not asked, or its answer did not come.
    CUT_OFF = "Interrupted"  # the process ended that was to ask px6, or waited for its answer
    NOT_SAVED = StorageError.__name__
    STOPPED = "Stopped"  # after a part of the same payment that was not sent, or refused
    RESTORED = "Restored"  # the data is that of a backup, from before the outcome was known
    NO_KEY = "NoKey"
    OTHER_ACCOUNT = "OtherAccount"  # the person has connected another one

    # px6 said no.
    WRONG_KEY = px6.WrongKey.__name__
    WRONG_ADDRESS = px6.WrongAddress.__name__
    WRONG_IDS = px6.WrongIds.__name__
    NO_MONEY = px6.NoMoney.__name__

    # px6 said yes, in an answer that does not fit the order.
    NAMES_OTHERS = "NamesOthers"  # it names other proxies, or not all of the order's
    NOT_AS_ORDERED = "NotAsOrdered"  # the ends or the proxies in it are not what was ordered
    FOR_OTHERS = "ForOthers"  # it is about another account, or in another currency

    # px6 said no, which does not prove that nothing was done.
    TOO_MANY = "TooMany"  # status 429
    NO = "No"  # an error number that does not tell; only as `Order.answered_otherwise`


class OrderState(StrEnum):
    """See the table in `services/orders/__init__.py`."""

    CONFIRMED = "confirmed"
    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    REQUOTED = "requoted"
    UNKNOWN = "unknown"
    NOT_DONE = "not_done"
    UNCLEAR = "unclear"

    @property
    def is_open(self) -> bool:
        """It may still spend, or nobody knows yet whether it did."""
        return self in (OrderState.CONFIRMED, OrderState.SENDING, OrderState.UNKNOWN)

    @property
    def spent_nothing(self) -> bool:
        """It is certain that nothing was spent."""
        return self in (OrderState.REFUSED, OrderState.NOT_SENT, OrderState.REQUOTED, OrderState.NOT_DONE)

    @property
    def was_never_sent(self) -> bool:
        """It is certain that px6 was not asked."""
        return self in (OrderState.NOT_SENT, OrderState.REQUOTED)


class BuyWish(msgspec.Struct, frozen=True):
    """What a person wants to buy. `country`: ISO 3166-1 alpha-2 in lower case; `comment`: "" for none."""

    count: int
    period: int
    country: str
    version: Version = Version.IPV6
    protocol: Protocol = Protocol.HTTP
    comment: str = ""
    auto_prolong: bool = False


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One period of a quote and its price. `price_single`: for a proxy and a day, where px6 says it.

    `at_most`: px6 may charge less.
    """

    period: int
    price: Decimal
    price_single: Decimal | None = None
    at_most: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one call of a quote will buy (no `ids`) or prolong; `prices` are in the order of the quote's options."""

    count: int
    ids: tuple[int, ...] = ()
    prices: tuple[Decimal, ...]
    at_most: bool = False


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What would be spent on what. `state`: "open", "claimed" once confirmed, or "withdrawn". It may cost more than
    `balance`.

    `ends` are those of the proxies to be prolonged when the quote was made; `balance` is px6's at that time.
    """

    id: str
    telegram_id: int
    px6_user_id: str
    kind: Kind
    source: Source = "person"
    state: str = "open"
    wish: BuyWish | None = None
    parts: tuple[Part, ...]
    ends: dict[int, datetime]
    options: tuple[Option, ...]
    balance: Decimal
    currency: str
    created_at: datetime
    chat_id: int | None = None
    message_id: int | None = None

    @property
    def ids(self) -> tuple[int, ...]:
        """The proxies that it would prolong."""
        return tuple(one for part in self.parts for one in part.ids)

    @property
    def periods(self) -> tuple[int, ...]:
        """The days of each option."""
        return tuple(option.period for option in self.options)

    def option(self, period: int) -> Option | None:
        """The option for so many days; None if the quote has none."""
        return next((option for option in self.options if option.period == period), None)


class OrderProxy(msgspec.Struct, frozen=True, kw_only=True):
    """A proxy of an order, with its end before (None: it was bought) and after (None: not longer, or not known)."""

    id: int
    end_before: datetime | None
    end_after: datetime | None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One call that spends, from its confirmation to its outcome.

    `quoted` is what the person confirmed, `expected` what px6 asked just before sending, `charged` what it took
    (None: nothing, or not known). `error` is the name of what went wrong, `error_id` px6's number for it.
    `looking_error` says why the outcome cannot be looked for, `looks` how often it was. `corrected`: the outcome
    told before was wrong. `rename`: None, "pending", "done", or, when the proxies keep `mark`, "refused" by px6
    or "given_up"; "kept" when px6 shows `mark`, which is neither what was wanted nor what was sent. `top_up`: of an
    unclear one, what the person is asked to have topped up; nothing was spent if they have. In a history also, as
    its confirmation says: `source`, `by_person` and `by_name`.
    """

    id: int
    confirmation_id: int
    telegram_id: int
    px6_user_id: str
    kind: Kind
    state: OrderState
    count: int
    period: int
    country: str | None
    version: Version | None
    protocol: Protocol | None
    comment: str | None
    mark: str | None
    auto_prolong: bool
    currency: str
    quoted: Decimal
    at_most: bool
    expected: Decimal | None
    charged: Decimal | None
    balance_before: Decimal | None
    balance_after: Decimal | None
    known_before: tuple[int, ...] | None
    top_up: Decimal | None
    error: str | None
    error_id: int | None
    confirmed_at: datetime
    sent_at: datetime | None
    unknown_at: datetime | None
    settled_at: datetime | None
    corrected: bool
    looks: int
    looking_error: str | None
    due_at: datetime | None
    rename: str | None
    rename_tries: int
    proxies: tuple[OrderProxy, ...]
    source: Source | None = None
    by_person: int | None = None
    by_name: str | None = None

    @property
    def was_cut_off(self) -> bool:
        """Px6 was not asked, since the process that was to ask it ended before."""
        return self.state is OrderState.NOT_SENT and self.error == OrderError.CUT_OFF

    @property
    def rename_pending(self) -> bool:
        """The proxies still carry the bot's mark instead of the wanted comment; it is tried again."""
        return self.rename == "pending"

    @property
    def ids(self) -> tuple[int, ...]:
        """Its proxies; those of a buy only once px6 has named them."""
        return tuple(proxy.id for proxy in self.proxies)

    @property
    def names_others(self) -> bool:
        """px6 said yes, but named not exactly the ordered proxies: those of `proxies` with `end_after` it named."""
        return self.error == OrderError.NAMES_OTHERS

    @property
    def answered_otherwise(self) -> OrderError | None:
        """How px6's answer was none: NOT_AS_ORDERED, FOR_OTHERS, TOO_MANY (which may have done something), NO (with
        `error_id`). None: there was no answer, or a usable one.
        """
        if self.error in (OrderError.NOT_AS_ORDERED, OrderError.FOR_OTHERS, OrderError.TOO_MANY):
            return OrderError(self.error)
        return OrderError.NO if self.error_id is not None and self.state is not OrderState.REFUSED else None

    @property
    def by_books(self) -> bool:
        """It is done, and that was found out from px6's balance and list, not from its answer."""
        return self.state is OrderState.DONE and self.error is not None

    @property
    def got(self) -> int:
        """How many proxies were bought or became longer, as far as px6 has named them; never what was ordered."""
        return sum(proxy.end_after is not None for proxy in self.proxies)


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """One tap on a green button, and the orders it made: one for each call.

    `requote`: nothing was sent because an end moved or the price rose; this is what it costs now. `changes` counts
    what there was to tell, `told` what the person was told; `late`: the outcome comes after "being found out".
    `rule`: the one that made it, unless that was removed since. `by_person`: the colleague who tapped, called
    `by_name` then; None: the owner of the account, or nobody did. Of such a one `told_owner` is what the owner was
    told beside them, in the message `owner_message` of their own chat.
    """

    id: int
    telegram_id: int
    px6_user_id: str
    quote_id: str
    kind: Kind
    source: Source
    period: int
    confirmed_at: datetime
    chat_id: int | None
    message_id: int | None
    changes: int
    told: int
    told_at: datetime | None
    told_owner: int
    orders: tuple[Order, ...]
    requote: Quote | None = None
    rule: Rule | None = None
    by_person: int | None = None
    by_name: str | None = None
    owner_message: int | None = None

    @property
    def is_untold(self) -> bool:
        """There is news for whoever confirmed it."""
        return self.told < self.changes

    @property
    def is_untold_to_owner(self) -> bool:
        """There is news for the owner of the account, who did not confirm it."""
        return self.by_person is not None and self.told_owner < self.changes

    @property
    def concerns_owner(self) -> bool:
        """What a colleague confirmed was spent, or may have been; or the owner was told so before."""
        spent_nothing = all(order.state.spent_nothing for order in self.orders)
        return not self.is_under_way and (self.owner_message is not None or not spent_nothing)

    @property
    def is_under_way(self) -> bool:
        """Some order is not sent yet, or px6's answer to it is awaited: there is more to tell soon."""
        return any(order.state in (OrderState.CONFIRMED, OrderState.SENDING) for order in self.orders)

    @property
    def is_open(self) -> bool:
        """Some order is under way, or its outcome is not known."""
        return any(order.state.is_open for order in self.orders)

    @property
    def late(self) -> bool:
        """An outcome was unknown at first and is told now."""
        return not self.is_open and any(order.unknown_at is not None for order in self.orders)

    @property
    def unspent_ids(self) -> tuple[int, ...]:
        """The proxies that it was to prolong, and for which it is certain that nothing was spent."""
        return tuple(one for order in self.orders if order.state.spent_nothing for one in order.ids)

    @property
    def quoted(self) -> Decimal:
        """What the person confirmed, for all orders together."""
        return sum((order.quoted for order in self.orders), NOTHING)

    @property
    def charged(self) -> Decimal | None:
        """What px6 took for all that is done; None when that is not known of one of them."""
        done = [order.charged for order in self.orders if order.state is OrderState.DONE]
        known = [sum_ for sum_ in done if sum_ is not None]
        return sum(known, NOTHING) if len(known) == len(done) else None

    @property
    def balance_before(self) -> Decimal | None:
        """Before the first order that was sent."""
        return next((order.balance_before for order in self.orders if order.balance_before is not None), None)

    @property
    def balance_after(self) -> Decimal | None:
        """After the last order that is done."""
        after = [order.balance_after for order in self.orders if order.balance_after is not None]
        return after[-1] if after else None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a tap. When lost, `reason` is:

    "claimed" (confirmed before), "stale" (too old, or of another px6 account: quote again), "busy" (a proxy has an
    open order), "behind" (this end was paid for just now, and px6's list still shows it), "repeated" (an automatic
    order was made for this end before), "gone" (no such quote of theirs),
    "maintenance" (operators paused payments: the quote stays open). Of a rule also "called_off" (its run was dropped
    or skipped), "let_go" (the person wants some of these not to be prolonged). Of a colleague also "no_access" (their
    right on the account has ended), "no_right" (it is not enough for this), "over_limit" (more than `cap` in a month,
    with what they `spent` in this one): the quote stays open as well.
    `confirmation` is then the one that stands in the way, if it is this person's.
    """

    won: bool
    confirmation: Confirmation | None = None
    reason: str | None = None
    cap: Decimal | None = None
    spent: Decimal | None = None
