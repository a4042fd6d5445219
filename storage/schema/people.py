"""Tables of people, their px6 accounts and their selections, and of the bot itself."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number, SmallNumber, where
from storage.engine.types import Json, UtcTime
from storage.schema.columns import metadata, owner

# The bot that the database belongs to: one row, from the first start on. Its people have chats with that bot only.
bots = Table(
    "bots",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", UtcTime, nullable=False),
)

# People who have written to the bot. `language`: chosen in the bot; `phone_language`: of the phone; `zone`: an IANA
# name. `choices`: what a person chose last and what the bot asked, as JSON.
#
# A further px6 account of somebody's is a row of its own, with an id that Telegram gives to nobody: all that hangs on
# it is of that account alone. `of_person`: whose it is; what is the person's (language, zone, `blocked_at`, choices,
# habits) is in their own row, or hangs on it. `account_name`: what the person calls the account. In the person's own
# row, from their second account on: `current`, on which commands act; messages up to `own_until` are of the first.
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
    Column("of_person", ForeignKey("people.telegram_id")),
    Column("account_name", Text),
    Column("current", BigInteger),
    Column("own_until", BigInteger),
    Index("people_of_person", "of_person", **where("of_person IS NOT NULL")),
)

# Which account a message in the chat of a person with several of them is of.
account_messages = Table(
    "account_messages",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    owner(),
    Column("sent_at", UtcTime, nullable=False),
    Index("account_messages_of", "telegram_id"),
    Index("account_messages_sent", "sent_at"),
)

# The px6 account that a person has connected. `refused_code`: px6's error number, since `refused_at`. `changes`
# counts what was changed at px6, where several processes each keep its lists.
accounts = Table(
    "accounts",
    metadata,
    owner(primary=True),
    Column("px6_user_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("refused_at", UtcTime),
    Column("refused_code", SmallNumber),
    Column("changes", BigInteger, nullable=False, server_default="0"),
    Index("accounts_at_px6", "px6_user_id"),
)

# A checked px6 key that may replace the stored one, until the person says so.
proposals = Table(
    "proposals",
    metadata,
    owner(primary=True),
    Column("px6_user_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
)

# Keys that px6 refused or has not answered for yet: a person may try only so many within an hour.
key_tries = Table(
    "key_tries",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("tried_at", UtcTime, nullable=False),
    Index("key_tries_of", "telegram_id", "tried_at"),
)

# What px6 told of an account last: balance and proxies without logins and passwords, sealed as one text. `mark` is
# another one whenever that is. `silent_since`: when px6 first gave no answer after `read_at`.
last_known = Table(
    "last_known",
    metadata,
    owner(primary=True),
    Column("px6_user_id", Text, nullable=False),
    Column("read_at", UtcTime, nullable=False),
    Column("silent_since", UtcTime),
    Column("mark", Text, nullable=False),
    Column("sealed_list", LargeBinary, nullable=False),
    Index("last_known_read", "read_at"),
)

# Who wants to be told once when px6 answers again. `since`: it had not answered since then.
awaiting = Table(
    "awaiting",
    metadata,
    owner(primary=True),
    Column("since", UtcTime, nullable=False),
)

# Proxies that a person ticked; `purpose` says for what. A button carries the id.
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

# To which addresses a person has px6 bind all proxies of the account: `addresses`, none to lift it. Asked for at
# `asked_at`; sent to px6 at `sent_at`, `certain` once px6 has said yes. px6 does not tell it later.
bindings = Table(
    "bindings",
    metadata,
    Column("id", Number, primary_key=True),
    owner(),
    Column("px6_user_id", Text, nullable=False),
    Column("addresses", Json, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Column("certain", Boolean, nullable=False),
    Index("bindings_of", "telegram_id", "id"),
    **COUNTS_UP_FOR_EVER,
)

# What the last checks of a proxy said, the newest first, in one text: see `storage/check_histories.py`. `checked_at`:
# of the newest.
check_histories = Table(
    "check_histories",
    metadata,
    owner(primary=True),
    Column("px6_user_id", Text, primary_key=True),
    Column("proxy_id", BigInteger, primary_key=True),
    Column("checked_at", UtcTime, nullable=False),
    Column("results", Text, nullable=False),
    Index("check_histories_checked", "checked_at"),
)
