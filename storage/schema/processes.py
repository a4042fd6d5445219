"""Tables of what several processes on one database share. With one process nobody writes them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from storage.engine.dialects import SmallNumber
from storage.schema.columns import metadata

# The processes that run. `until`: microseconds since 1970 by the database's clock; one that has not moved it on by
# then is gone, and what it held is free.
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
    Column("number", SmallNumber, primary_key=True, autoincrement=False),
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
