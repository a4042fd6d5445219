"""Tables of orders: quotes, confirmations, orders, their proxies and journal; and of deletions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number, where
from storage.engine.types import Json, Money, UtcTime
from storage.schema.columns import metadata, owner

# What would be spent on what. `state`: open, claimed once a tap confirmed it, or withdrawn. `ends`: of the proxies to
# be prolonged, as JSON. The message is the one that shows the quote, and later its outcome.
quotes = Table(
    "quotes",
    metadata,
    Column("id", Text, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("wish", Json),
    Column("parts", Json, nullable=False),
    Column("ends", Json, nullable=False),
    Column("options", Json, nullable=False),
    Column("balance", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("chat_id", BigInteger),
    Column("message_id", BigInteger),
    Index("quotes_of", "telegram_id", "created_at"),
)

# One tap on a green button, or one payment of a rule. `started_at`: when somebody began to send it. `changes`: how
# many news there were for the person, `told`: the last of them that the person got, `tell_at`: when it is tried
# again. `by_person`: the colleague who tapped, called `by_name` then; None: the owner, or nobody. What a
# colleague confirmed the owner is told as well: `told_owner`, `tell_owner_at`, in `owner_message` of their chat.
confirmations = Table(
    "confirmations",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("quote_id", ForeignKey("quotes.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("requote_id", ForeignKey("quotes.id", ondelete="SET NULL")),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("period", Number, nullable=False),
    Column("confirmed_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("changes", Number, nullable=False),
    Column("told", Number, nullable=False),
    Column("told_at", UtcTime),
    Column("tell_at", UtcTime),
    Column("held_by", Text),
    Column("by_person", BigInteger),
    Column("by_name", Text),
    Column("told_owner", Number, nullable=False, server_default="0"),
    Column("tell_owner_at", UtcTime),
    Column("owner_message", BigInteger),
    Index("confirmations_of", "telegram_id", "id"),
    Index("confirmations_by", "by_person", **where("by_person IS NOT NULL")),
    Index("confirmations_requoted", "requote_id"),
    Index("confirmations_untold", "tell_at", **where("tell_at IS NOT NULL")),
    Index("confirmations_owner_untold", "tell_owner_at", **where("tell_owner_at IS NOT NULL")),
    **COUNTS_UP_FOR_EVER,
)

# One call that spends. The columns are those of `model.orders.Order`. `due_at`: when its outcome is looked for next;
# `leased_until`: until then one process, `leased_by`, looks for it.
orders = Table(
    "orders",
    metadata,
    Column("id", Number, primary_key=True),
    Column("confirmation_id", ForeignKey("confirmations.id", ondelete="CASCADE"), nullable=False),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("count", Number, nullable=False),
    Column("period", Number, nullable=False),
    Column("country", Text),
    Column("version", Text),
    Column("protocol", Text),
    Column("comment", Text),
    Column("mark", Text),
    Column("auto_prolong", Boolean, nullable=False),
    Column("currency", Text, nullable=False),
    Column("quoted", Money, nullable=False),
    Column("at_most", Boolean, nullable=False),
    Column("expected", Money),
    Column("charged", Money),
    Column("balance_before", Money),
    Column("balance_after", Money),
    Column("known_before", Json),
    Column("top_up", Money),
    Column("error", Text),
    Column("error_id", Number),
    Column("confirmed_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Column("unknown_at", UtcTime),
    Column("settled_at", UtcTime),
    Column("corrected", Boolean, nullable=False),
    Column("looks", Number, nullable=False),
    Column("looking_error", Text),
    Column("due_at", UtcTime),
    Column("leased_until", UtcTime),
    Column("leased_by", Text),
    Column("rename", Text),
    Column("rename_tries", Number, nullable=False),
    Index("orders_of", "telegram_id", "id"),
    Index("orders_confirmed", "confirmation_id"),
    Index("orders_due", "due_at", **where("due_at IS NOT NULL")),
    Index("orders_account", "px6_user_id", "sent_at"),
    **COUNTS_UP_FOR_EVER,
)

# The proxies of an order. `open` holds them for this order alone, `automatic` keeps a rule from paying twice for one
# end.
order_proxies = Table(
    "order_proxies",
    metadata,
    Column("order_id", ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True),
    Column("proxy_id", BigInteger, primary_key=True),
    Column("px6_user_id", Text, nullable=False),
    Column("end_before", UtcTime),
    Column("end_after", UtcTime),
    Column("open", Boolean, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Index("one_open_order", "px6_user_id", "proxy_id", unique=True, **where("open", flag=True)),
    Index(
        "one_automatic_order",
        "px6_user_id",
        "proxy_id",
        "end_before",
        unique=True,
        **where("automatic", flag=True),
    ),
)

# What was sent to px6 for an order, what came back, and when. No key, no passwords.
journal = Table(
    "journal",
    metadata,
    Column("id", Number, primary_key=True),
    Column("order_id", ForeignKey("orders.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("data", Json, nullable=False),
    Index("journal_of", "order_id", "id"),
)

# What a person paid in orders that are no longer kept: `month` is the middle of it. The row without a currency says
# that something of the person's history was removed.
paid_months = Table(
    "paid_months",
    metadata,
    owner(primary=True),
    Column("month", UtcTime, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("sum", Money, nullable=False),
    Column("count", Number, nullable=False),
)

# What px6 does not tell of a proxy, and an order knows: its kind, and whether px6 prolongs it by itself.
known_proxies = Table(
    "known_proxies",
    metadata,
    owner(primary=True),
    Column("proxy_id", BigInteger, primary_key=True),
    Column("version", Text, nullable=False),
    Column("auto_prolong", Boolean, nullable=False),
)

# One confirmed deletion. `proxies`: those to be deleted, as JSON. `certain`: the outcome of all of them is known and
# told. `held_by`: the process that carries it out, where there are several. `by_person`, `by_name`: as of a
# confirmation.
deletions = Table(
    "deletions",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("deleted_at", UtcTime, nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("proxies", Json, nullable=False),
    Column("held_by", Text),
    Column("by_person", BigInteger),
    Column("by_name", Text),
    Index("deletions_of", "telegram_id", "id"),
    Index("deletions_by", "by_person", **where("by_person IS NOT NULL")),
)
