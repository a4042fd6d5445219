"""Tables of what operators do in the chat: the maintenance mode, broadcasts; and what they were told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from storage.engine.types import Json, UtcTime
from storage.schema.columns import Number, metadata, owner

# While there is a row, no new payment begins. `text`: what people read in place of the bot's own words.
maintenance = Table(
    "maintenance",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
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
    Column("people", Integer, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("broadcasts_of", "telegram_id", "id"),
    sqlite_autoincrement=True,  # an id is never given twice: buttons carry it
)

# What operators were told that is not over yet: one row for each trouble, by its name.
troubles = Table(
    "troubles",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
)
