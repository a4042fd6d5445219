"""Messages of the bot's own accord as they are written down before they are sent."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Unsaid(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `notice` is JSON of its `kind`; `message_id`: a message that is to be turned into it.

    `again_at`: when it is tried next; None: no more. `tries`: how often it was sent and nobody knows what came of it.
    """

    id: int
    telegram_id: int
    kind: str
    notice: str
    quietly: bool
    message_id: int | None
    written_at: datetime
    again_at: datetime | None
    tries: int


class StoredDigest(msgspec.Struct, frozen=True, kw_only=True):
    """A message about ends. `state`: "sending", "sent", "unknown" (Telegram did not answer), "failed" (not sent).

    `again_at`: when it is said again, while it is not known whether it was said; None: it is not.
    """

    id: int
    telegram_id: int
    kind: str
    state: str
    written_at: datetime
    ends: dict[int, datetime]
    quote_id: str | None
    message_id: int | None
    again_at: datetime | None
    tries: int
