"""px6 accounts, keys that may replace theirs, and what px6 said of an account at the last look."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class StoredAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A connected px6 account, without its key. `refused_code` is px6's error number, since `refused_at`."""

    telegram_id: int
    px6_user_id: str
    currency: str
    added_at: datetime
    refused_at: datetime | None = None
    refused_code: int | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A px6 key that may replace the stored one. `px6_user_id` is "" while px6 has not told it.

    `number` is different for every key that the person sent.
    """

    number: int
    px6_user_id: str
    currency: str
    sealed: bytes


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """px6's answer of the last look at an account. `ends`: by proxy id. `outlook`: what the last forecast said."""

    px6_user_id: str
    read_at: datetime
    balance: Decimal
    currency: str
    ends: dict[int, datetime]
    outlook: dict[str, Any] | None = None
