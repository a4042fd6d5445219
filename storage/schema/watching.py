"""Tables of what is watched for a person: the balance for kept payments, stock, prices, and whether proxies work."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number, where
from storage.engine.types import Json, Money, UtcTime
from storage.schema.columns import metadata, owner

# A payment that the balance did not cover, to be finished when it does: the columns are those of
# `model.watching.KeptPayment`. One row for a quote, also once it has ended: so it is kept, asked or paid once.
kept_payments = Table(
    "kept_payments",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("quote_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("wish", Json),
    Column("ends", Json, nullable=False),
    Column("period", Number, nullable=False),
    Column("price", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("balance", Money, nullable=False),
    Column("up_to", Money),
    Column("state", Text, nullable=False),
    Column("paying", Text),
    Column("kept_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Index("kept_payments_of", "telegram_id", "state"),
    Index("kept_payments_until", "until"),
    **COUNTS_UP_FOR_EVER,
)

# A country and kind of which a person wants to be told that there are enough: the columns are those of
# `model.watching.StockWatch`. A process claims rows by moving `look_at`; the row stays after it was told, for its
# button.
stock_watches = Table(
    "stock_watches",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("wanted", Number, nullable=False),
    Column("wish", Json, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("look_at", UtcTime),
    Column("told_at", UtcTime),
    Column("looked_at", UtcTime),
    Column("up_to", Money),
    Column("currency", Text, nullable=False, server_default=""),
    Column("paying", Text),
    UniqueConstraint("telegram_id", "country", "version"),
    Index("stock_watches_due", "look_at", **where("look_at IS NOT NULL")),
    Index("stock_watches_until", "until"),
    **COUNTS_UP_FOR_EVER,
)

# Proxies that are checked for a person: the columns are those of `model.health.HealthWatch`. A process claims a row
# by moving `look_at`, and whoever moves it afterwards ends its claim.
health_watches = Table(
    "health_watches",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("which", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("minutes", Number, nullable=False),
    Column("night", Boolean, nullable=False),
    Column("look_at", UtcTime),
    Column("next_at", UtcTime),
    Column("began_at", UtcTime),
    Column("stage", Number, nullable=False),
    Column("suspects", Json, nullable=False),
    Column("fallen", Json, nullable=False),
    Column("down", Json, nullable=False),
    Column("back", Json, nullable=False),
    Column("looked_at", UtcTime),
    Column("checked", Number, nullable=False),
    Column("worked", Number, nullable=False),
    Column("failures", Json, nullable=False, server_default="{}"),
    Column("replacing", Json),
    UniqueConstraint("telegram_id", "which", "value"),
    Index("health_watches_due", "look_at", **where("look_at IS NOT NULL")),
    **COUNTS_UP_FOR_EVER,
)

# Proxies of which a person was told that they do not work, for the buttons of that message.
health_falls = Table(
    "health_falls",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("ids", Json, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("health_falls_of", "telegram_id"),
    Index("health_falls_at", "at"),
    **COUNTS_UP_FOR_EVER,
)

# One announced purchase of twins: the columns are those of `model.replacing.Replacement`.
replacements = Table(
    "replacements",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("watch_id", Number, nullable=False),
    Column("wish", Json, nullable=False),
    Column("ends", Json, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("price", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("told_at", UtcTime),
    Column("message_id", BigInteger),
    Column("paying", Text),
    Index("replacements_of", "telegram_id", "state"),
    Index("replacements_run_at", "run_at"),
    Index("replacements_paying", "paying"),
    **COUNTS_UP_FOR_EVER,
)

# Proxies of a px6 account of which a twin was announced or bought, by whoever has its key: once. A dropped purchase
# deletes its rows.
replaced = Table(
    "replaced",
    metadata,
    Column("px6_user_id", Text, primary_key=True),
    Column("proxy_id", BigInteger, primary_key=True),
    owner(),
    Column("replacement_id", ForeignKey("replacements.id", ondelete="CASCADE"), nullable=False),
    Index("replaced_by", "replacement_id"),
    Index("replaced_of", "telegram_id"),
)

# A kind and period of which a person is told when its price changes: the columns are those of
# `model.watching.PriceWatch`. A process claims rows by moving `look_at`.
price_watches = Table(
    "price_watches",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("version", Text, nullable=False),
    Column("period", Number, nullable=False),
    Column("price", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("look_at", UtcTime, nullable=False),
    Column("looked_at", UtcTime),
    UniqueConstraint("telegram_id", "version", "period"),
    Index("price_watches_due", "look_at"),
    **COUNTS_UP_FOR_EVER,
)
