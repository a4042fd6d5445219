"""The tables. Everything of a person hangs on `people` and goes with it.

Times are UTC (`UtcTime`), sums exact (`Money`), ids of proxies px6's numbers. `px6_user_id` is px6's own
number of the account, so that orders stay bound to it when the person gives another key.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

from storage.engine.types import Json, Money, UtcTime

# Integer on SQLite, where only that type makes a primary key count up by itself.
Number = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()


def where(condition: str, *, flag: bool = False) -> dict[str, Any]:
    """Makes an index partial. SQLite uses it for a flag only when it is spelled as in the queries."""
    return {
        "sqlite_where": text(f"{condition} = 1" if flag else condition),
        "postgresql_where": text(condition),
    }


def owner(*, primary: bool = False) -> Column[int]:
    """The person a row belongs to."""
    key = ForeignKey("people.telegram_id", ondelete="CASCADE")
    return Column("telegram_id", BigInteger, key, primary_key=primary, nullable=False, autoincrement=False)


# The bot whose chats all of this is about: one row, from the first start on.
bots = Table(
    "bots",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", UtcTime, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("telegram_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", Text),
    Column("phone_language", Text),
    Column("zone", Text),
    Column("blocked_at", UtcTime),
    Column("choices", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    owner(primary=True),
    Column("px6_user_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("refused_at", UtcTime),
    Column("refused_code", SmallInteger),
)

proposals = Table(
    "proposals",
    metadata,
    owner(primary=True),
    Column("px6_user_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
)

key_tries = Table(
    "key_tries",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("tried_at", UtcTime, nullable=False),
    Index("key_tries_of", "telegram_id", "tried_at"),
)

selections = Table(
    "selections",
    metadata,
    Column("id", Text, primary_key=True),
    owner(),
    Column("purpose", Text, nullable=False),
    Column("ids", Json, nullable=False),
    Column("touched_at", UtcTime, nullable=False),
    Index("selections_of", "telegram_id", "touched_at"),
)

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
    Column("period", Integer, nullable=False),
    Column("confirmed_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("changes", Integer, nullable=False),
    Column("told", Integer, nullable=False),
    Column("told_at", UtcTime),
    Column("tell_at", UtcTime),
    Index("confirmations_of", "telegram_id", "id"),
    Index("confirmations_requoted", "requote_id"),
    Index("confirmations_untold", "tell_at", **where("tell_at IS NOT NULL")),
    sqlite_autoincrement=True,  # an id is never given twice, also after /forget
)

orders = Table(
    "orders",
    metadata,
    Column("id", Number, primary_key=True),
    Column("confirmation_id", ForeignKey("confirmations.id", ondelete="CASCADE"), nullable=False),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("period", Integer, nullable=False),
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
    Column("error_id", Integer),
    Column("confirmed_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Column("unknown_at", UtcTime),
    Column("settled_at", UtcTime),
    Column("corrected", Boolean, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("looking_error", Text),
    Column("due_at", UtcTime),
    Column("leased_until", UtcTime),
    Column("rename", Text),
    Column("rename_tries", Integer, nullable=False),
    Index("orders_of", "telegram_id", "id"),
    Index("orders_confirmed", "confirmation_id"),
    Index("orders_due", "due_at", **where("due_at IS NOT NULL")),
    Index("orders_account", "px6_user_id", "sent_at"),
    sqlite_autoincrement=True,
)

order_proxies = Table(
    "order_proxies",
    metadata,
    Column("order_id", ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True),
    Column("proxy_id", BigInteger, primary_key=True, autoincrement=False),
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

known_proxies = Table(
    "known_proxies",
    metadata,
    owner(primary=True),
    Column("proxy_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("auto_prolong", Boolean, nullable=False),
)

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

deletions = Table(
    "deletions",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("deleted_at", UtcTime, nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("proxies", Json, nullable=False),
    Index("deletions_of", "telegram_id", "id"),
)
