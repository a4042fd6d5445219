"""Tables of reminders: looks at accounts, settings, messages that were sent or are still to be sent.

A `lead` is how long before the end a person wants to know, in seconds. 0 is the message after the end. A negative
one is the moment, in seconds since 1970, that a "later" was put off to.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from storage.engine.dialects import COUNTS_UP_FOR_EVER, KEPT_BY_KEY, Number, where
from storage.engine.types import Json, Money, UtcTime
from storage.schema.columns import colleague_end_key, metadata, of_colleague, owner, proxy_end_key

# When an account is looked at next. A process claims a row by moving `next_look_at` to the end of its lease, so the
# index alone tells what is due. No `next_look_at`: left alone until something wakes it.
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

# px6's answer of the last look: the balance, and the end of each proxy in seconds since 1970, as JSON. `outlook`:
# what the last forecast said.
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

# A person's settings of reminders, as JSON of `model.schedules.Habits`. No row: the defaults.
habits = Table(
    "habits",
    metadata,
    owner(primary=True),
    Column("habits", Json, nullable=False),
)

# One row for each end and lead that a person is reminded of, written before the message is sent: its primary key
# keeps a reminder from being sent twice.
reminders = Table(
    "reminders",
    metadata,
    *proxy_end_key(),
    Column("lead", BigInteger, primary_key=True),
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    Index("reminders_of_digest", "digest_id"),
    **KEPT_BY_KEY,
)

# Messages about ends. `again_at`: when it is sent again, while nobody knows whether it arrived; `tries`: how often it
# was sent so. `receiver`: the colleague who is told of the account; NULL: its owner.
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
    Column("tries", Number, nullable=False, server_default="0"),
    Column("receiver", BigInteger),
    Index("digests_of", "telegram_id", "id"),
    Index("digests_to", "receiver", **where("receiver IS NOT NULL")),
)

# Other messages of the bot's own accord that are not certainly sent yet; the row is deleted once the message is.
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
    Column("tries", Number, nullable=False),
    Index("unsaid_of", "telegram_id"),
    **COUNTS_UP_FOR_EVER,
)

# What is muted: ends that a person does not want to be reminded of, until a moment, or (NULL) until the proxy is
# prolonged.
silences = Table(
    "silences",
    metadata,
    *proxy_end_key(),
    Column("until", UtcTime),
)

# The same two for colleagues who are told of somebody else's account: `telegram_id` is the account's owner,
# `person_id` the colleague. They go with the colleague's right.
colleague_reminders = Table(
    "colleague_reminders",
    metadata,
    *colleague_end_key(),
    Column("lead", BigInteger, primary_key=True),
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    of_colleague(),
    Index("colleague_reminders_of_digest", "digest_id"),
    **KEPT_BY_KEY,
)

colleague_silences = Table(
    "colleague_silences",
    metadata,
    *colleague_end_key(),
    Column("until", UtcTime, nullable=False),
    of_colleague(),
)

# How the matter of a digest was ended by somebody else than who got it. `kind`: "paid" by `confirmation_id`,
# "let_go", or "undone", when that was taken back; then `confirmation_id` is a payment from before, if there was one.
# `by_person`, `by_name`: the colleague; NULL: the owner, or a rule.
# `edit_at`: when the digest's message is to say so; NULL once it does, or can not.
digest_endings = Table(
    "digest_endings",
    metadata,
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True),
    owner(),
    Column("kind", Text, nullable=False),
    Column("confirmation_id", BigInteger),
    Column("by_person", BigInteger),
    Column("by_name", Text),
    Column("at", UtcTime, nullable=False),
    Column("edit_at", UtcTime),
    Column("tries", Number, nullable=False),
    Index("digest_endings_of", "telegram_id"),
    Index("digest_endings_of_payment", "confirmation_id", **where("confirmation_id IS NOT NULL")),
    Index("digest_endings_by", "by_person", **where("by_person IS NOT NULL")),
    Index("digest_endings_due", "edit_at", **where("edit_at IS NOT NULL")),
)

# Messages that are sent once, or at most so many times. `amount`: the sum that was named last. The one of kind "look"
# is no message: the last look of which only colleagues could be told.
notices = Table(
    "notices",
    metadata,
    owner(primary=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("times", Number, nullable=False),
    Column("amount", Money),
    Column("at", UtcTime, nullable=False),
)

# The pinned message that shows how the account stands, edited ever after; no row: not wanted. `state`: "on", "lost"
# when its message is gone, or "off" until that of one that is not wanted any more is taken away. `claimed_at`: it is
# being sent, or was when the process ended. `mark`: of what it shows.
boards = Table(
    "boards",
    metadata,
    owner(primary=True),
    Column("state", Text, nullable=False),
    Column("claimed_at", UtcTime),
    Column("message_id", BigInteger),
    Column("pinned", Boolean, nullable=False),
    Column("mark", Text, nullable=False),
)
