"""Tables of what several processes on one database share. With one process nobody writes them but the last."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from storage.engine.dialects import SmallNumber
from storage.schema.columns import metadata

# The processes that run. `until`: microseconds since 1970 by the database's clock; one that has not moved it on by
# then is gone, and what it held is free. 0: it has ended in good order, and nobody has taken over yet what it left.
processes = Table(
    "processes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
)

# What one process at a time may do, by its name, and the process that does it: until it ends, or is gone.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Index("leases_of", "holder"),
)

# The calls a second that px6 takes of a key. `name`: a keyed hash of it; `holder`: the process that has a call under
# way; `free_at`: when px6 counts it no longer, by the database's clock.
px6_slots = Table(
    "px6_slots",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", SmallNumber, primary_key=True),
    Column("holder", Text),
    Column("free_at", BigInteger, nullable=False),
)

# When a chat takes a burst of messages again, by the database's clock.
chat_paces = Table(
    "chat_paces",
    metadata,
    Column("chat", Text, primary_key=True),
    Column("full_at", BigInteger, nullable=False),
)

# Updates that came by webhook, of the last day. `holder`: the process that handles one; none: Telegram may forget it;
# empty: it is to come again. `again`: it could not be written down once. `at`: by the database's clock. An album of
# pictures, each of which is an update, has a number below 0.
taken_updates = Table(
    "taken_updates",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", Text),
    Column("again", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("taken_updates_at", "at"),
)

# Who may edit a message. `name`: a keyed hash of chat and message; `newest`: the update of the newest tap on it;
# `closed`: that of the newest before the message showed a payment, or how the matter of a reminder was ended.
# `payment`: what the buttons of that carry, as JSON; `shown_in`: the message that took its place. `at`: by the
# database's clock.
message_owners = Table(
    "message_owners",
    metadata,
    Column("name", Text, primary_key=True),
    Column("newest", BigInteger, nullable=False),
    Column("closed", BigInteger, nullable=False),
    Column("payment", Text),
    Column("shown_in", BigInteger),
    Column("at", BigInteger, nullable=False),
    Index("message_owners_at", "at"),
)

# By how many microseconds the clock of a machine is ahead of its stopwatch, as far as plans are made for that.
clock_steps = Table(
    "clock_steps",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("ahead", BigInteger, nullable=False),
)
