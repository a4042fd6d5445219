"""The tables of reminders, forecasts and automatic prolonging. Everything of a person goes with the person.

A `lead` is how long before the end a person wants to know, in seconds. 0 is the message after the end. A negative
one is the moment, in seconds since 1970, that a "later" was put off to.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from storage.engine.types import Json, Money, UtcTime
from storage.schema import Number, metadata, owner, where

# When each account is looked at next. Claiming a row moves `next_look_at` to the end of the lease, so the index
# alone tells what is due. No `next_look_at`: left alone until something wakes it.
watches = Table(
    "watches",
    metadata,
    owner(primary=True),
    Column("next_look_at", UtcTime),
    Column("lease", Text),
    Column("since", UtcTime, nullable=False),
    Index("watches_due", "next_look_at", **where("next_look_at IS NOT NULL")),
    Index("watches_leased", "next_look_at", **where("lease IS NOT NULL")),
)

# What px6 said at the last look: the balance, and the end of each proxy in seconds since 1970.
snapshots = Table(
    "snapshots",
    metadata,
    owner(primary=True),
    Column("px6_user_id", Text, nullable=False),
    Column("read_at", UtcTime, nullable=False),
    Column("balance", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("ends", Json, nullable=False),
    Column("outlook", Json),
)

habits = Table(
    "habits",
    metadata,
    owner(primary=True),
    Column("habits", Json, nullable=False),
)

# One row for each thing a person is reminded of, written before the message is sent. Its key is the promise that
# nothing is sent twice.
reminders = Table(
    "reminders",
    metadata,
    owner(primary=True),
    Column("proxy_id", BigInteger, primary_key=True, autoincrement=False),
    Column("end", UtcTime, primary_key=True),
    Column("lead", BigInteger, primary_key=True, autoincrement=False),
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    Index("reminders_of_digest", "digest_id"),
    sqlite_with_rowid=False,
)

# `again_at`: when it is said again, while nobody knows whether it was said; `tries`: how often it was sent so.
digests = Table(
    "digests",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("written_at", UtcTime, nullable=False),
    Column("ends", Json, nullable=False),
    Column("quote_id", Text),
    Column("message_id", BigInteger),
    Column("again_at", UtcTime),
    Column("tries", Integer, nullable=False, server_default="0"),
    Index("digests_of", "telegram_id", "id"),
)

# Other messages that are not certainly said; a row goes when its message is.
unsaid = Table(
    "unsaid",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("kind", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("quietly", Boolean, nullable=False),
    Column("message_id", BigInteger),
    Column("written_at", UtcTime, nullable=False),
    Column("again_at", UtcTime),
    Column("tries", Integer, nullable=False),
    Index("unsaid_of", "telegram_id"),
    sqlite_autoincrement=True,
)

# What a person does not want to hear of: until a moment, or (no moment) until it is prolonged.
silences = Table(
    "silences",
    metadata,
    owner(primary=True),
    Column("proxy_id", BigInteger, primary_key=True, autoincrement=False),
    Column("end", UtcTime, primary_key=True),
    Column("until", UtcTime),
)

# Things that are said once, or at most so many times.
notices = Table(
    "notices",
    metadata,
    owner(primary=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("amount", Money),
    Column("at", UtcTime, nullable=False),
)

rules = Table(
    "rules",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("scope", Text, nullable=False),
    Column("value", Json, nullable=False),
    Column("hours", Integer, nullable=False),
    Column("period", Integer, nullable=False),
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
    sqlite_autoincrement=True,
)

# One payment that a rule announced. States: announcing (its announcement is not certainly sent), announced, running,
# done, skipped, dropped. The runs of one announcement, and what was left of one of them, have the same `cycle`: the
# id of the first. `told_at`: when the announcement was sent off, while nobody knows whether it arrived.
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
    Index("runs_of", "telegram_id", "state"),
    Index("runs_of_rule", "rule_id"),
    Index("runs_confirmed", "confirmation_id"),
    Index("runs_of_cycle", "cycle"),
    sqlite_autoincrement=True,
)

# `price` is the announced one. A run that is dropped lets go of its proxies: they can be announced again.
run_proxies = Table(
    "run_proxies",
    metadata,
    owner(primary=True),
    Column("proxy_id", BigInteger, primary_key=True, autoincrement=False),
    Column("end", UtcTime, primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("price", Money, nullable=False),
    Index("proxies_of_run", "run_id"),
)
