"""Messages that the bot sends by itself, as they are written down before they are sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from model.colleagues import Colleague

CUT_OFF = timedelta(minutes=5)  # what is being sent for so long was cut off


class Unsaid(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is not certainly sent. `notice`: its content, as JSON of its `kind`.

    `message_id`: the older message that it replaces by an edit. `again_at`: when it is tried next; None: no more.
    `tries`: how often it was sent without knowing whether it arrived.
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

    `again_at`: when it is sent again, while nobody knows whether it arrived; None: it is not. `ends`: by proxy id.
    `receiver`: the colleague who is told; None: the account's owner.
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
    receiver: int | None = None


class DigestEnding(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody ended the matter of a digest that somebody else got. `kind`: "paid" by `confirmation_id`,
    "let_go", or "undone", when that was taken back. A payment from before one of these is named, too: it counts if
    it has paid.

    `by_person`, called `by_name`: a colleague; None: the owner, or a rule. `edit_at`: when the message is to say so,
    None once it does, or cannot. `tries`: how often it could not be edited.
    """

    digest_id: int
    telegram_id: int
    kind: Literal["paid", "let_go", "undone"]
    confirmation_id: int | None
    by_person: int | None
    by_name: str | None
    at: datetime
    edit_at: datetime | None
    tries: int


class StoredBoard(msgspec.Struct, frozen=True, kw_only=True):
    """A person's pinned message. `state`: "on", or "lost" when its message is gone: then it is off.

    `claimed_at` without a `message_id`: it is being sent, or nobody knows whether it was. `mark`: of what it shows.
    """

    telegram_id: int
    state: str
    claimed_at: datetime | None
    message_id: int | None
    pinned: bool
    mark: str

    @property
    def is_on(self) -> bool:
        return self.state == "on"


class ColleagueNews(msgspec.Struct, frozen=True):
    """What somebody did about their access to an account: to its owner. `account`: what it is called.

    `owner`: its owner, for the button. `access`: what they have got, in place of `before`. `rules` and `watches`: how
    many of the account still spend by themselves, where somebody could set them up who cannot any more.
    """

    news: Literal["accepted", "declined", "left"]
    name: str
    account: str
    owner: int
    access: Colleague | None = None
    rules: int = 0
    watches: int = 0
    before: Colleague | None = None


class LimitsDropped(msgspec.Struct, frozen=True):
    """px6 keeps an account in `now`, no longer in `before`: which limits say nothing any more.

    `account`: by its id. `colleagues`: whose limit a month was dropped, by name; `invites`: how many invitations with
    a limit were withdrawn; `watches`: how many that buy by themselves have their sums in another currency.
    """

    account: int
    before: str
    now: str
    colleagues: tuple[str, ...] = ()
    invites: int = 0
    watches: int = 0

    @property
    def is_news(self) -> bool:
        """Whether anything had a limit."""
        return bool(self.colleagues or self.invites or self.watches)
