"""Tables of colleagues: who has which right on whose account, who was invited, and what they did."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number
from storage.engine.types import Money, UtcTime
from storage.schema.columns import metadata, owner

# Who may act on an account that is not theirs: `telegram_id` is the account's owner, `person_id` the colleague's own
# row. The columns are those of `model.colleagues.Colleague`.
colleagues = Table(
    "colleagues",
    metadata,
    owner(primary=True),
    Column("person_id", ForeignKey("people.telegram_id", ondelete="CASCADE"), primary_key=True),
    Column("granted", Text, nullable=False),
    Column("monthly_cap", Money),
    Column("name", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("since", UtcTime, nullable=False),
    Index("colleagues_of_person", "person_id"),
)

# Invitations that nobody has used yet. `hash`: of the code in the link, which is kept nowhere. `person_id`: for whom
# alone it is.
invites = Table(
    "invites",
    metadata,
    Column("hash", Text, primary_key=True),
    owner(),
    Column("granted", Text, nullable=False),
    Column("monthly_cap", Money),
    Column("by_name", Text, nullable=False),
    Column("person_id", BigInteger),
    Column("made_at", UtcTime, nullable=False),
    Index("invites_of", "telegram_id"),
)

# What colleagues did on an account that is neither an order nor a deletion: the newest of each account.
colleague_actions = Table(
    "colleague_actions",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("person_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("action", Text, nullable=False),
    Column("count", Number, nullable=False),
    Index("colleague_actions_of", "telegram_id", "id"),
    Index("colleague_actions_by", "person_id"),
    **COUNTS_UP_FOR_EVER,
)
