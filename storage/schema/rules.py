"""Tables of automatic prolonging: rules, and the payments that they announced."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number
from storage.engine.types import Json, Money, UtcTime
from storage.schema.columns import metadata, owner, proxy_end_key

# Rules of automatic prolonging; the columns are those of `model.rules.Rule`.
rules = Table(
    "rules",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("scope", Text, nullable=False),
    Column("value", Json, nullable=False),
    Column("hours", Number, nullable=False),
    Column("period", Number, nullable=False),
    Column("px6_user_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("cap_run", Money),
    Column("cap_month", Money),
    Column("floor", Money, nullable=False),
    Column("quiet", Boolean, nullable=False),
    Column("on", Boolean, nullable=False),
    Column("stopped", Text),
    Column("created_at", UtcTime, nullable=False),
    Index("rules_of", "telegram_id"),
    **COUNTS_UP_FOR_EVER,
)

# One payment that a rule announced. States: announcing (its announcement is not certainly sent), announced, running,
# done, skipped, dropped. The runs of one announcement, and what was left of one of them, have the same `cycle`: the
# id of the first. `told_at`: when the announcement was sent, while nobody knows whether it arrived. `part_of`: the
# run of which this was left for want of money.
runs = Table(
    "runs",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("rule_id", ForeignKey("rules.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("price", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("message_id", BigInteger),
    Column("confirmation_id", ForeignKey("confirmations.id", ondelete="SET NULL")),
    Column("cycle", Number, nullable=False),
    Column("told_at", UtcTime),
    Column("part_of", Number),
    Index("runs_of", "telegram_id", "state"),
    Index("runs_of_rule", "rule_id"),
    Index("runs_confirmed", "confirmation_id"),
    Index("runs_of_cycle", "cycle"),
    **COUNTS_UP_FOR_EVER,
)

# The proxies of a run, each with its announced price. A dropped run deletes its rows: others may announce them then.
run_proxies = Table(
    "run_proxies",
    metadata,
    *proxy_end_key(),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("price", Money, nullable=False),
    Index("proxies_of_run", "run_id"),
)
