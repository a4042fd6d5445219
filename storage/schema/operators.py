"""Tables of what operators do in the chat: the maintenance mode, broadcasts; and what they were told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number
from storage.engine.types import Json, UtcTime
from storage.schema.columns import metadata, owner

# While there is a row, no new payment begins. `text`: what people read in place of the bot's own words.
maintenance = Table(
    "maintenance",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("since", UtcTime, nullable=False),
    Column("text", Text),
)

# A message of an operator's (`telegram_id`) to all people. `state`: draft, running, stopped or done. People come in
# the order of their ids: `reached` is the last whose turn it was, written before they are sent anything. `people`:
# how many there were when it began; `turns`: how many had their turn, which `sent`, `gone` and `failed` are parts of.
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("text", Text, nullable=False),
    Column("entities", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("message_id", BigInteger),
    Column("people", Number, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("turns", Number, nullable=False),
    Column("sent", Number, nullable=False),
    Column("gone", Number, nullable=False),
    Column("failed", Number, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("broadcasts_of", "telegram_id", "id"),
    **COUNTS_UP_FOR_EVER,
)

# Who had their turn in a broadcast and was certainly not sent it: it is their turn again, before anybody else's.
given_back_turns = Table(
    "given_back_turns",
    metadata,
    owner(primary=True),
    Column("broadcast_id", ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True),
)

# What operators were told that is not over yet: one row for each trouble, by its name.
troubles = Table(
    "troubles",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
)
