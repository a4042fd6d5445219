"""px6 accounts as the bot knows them, and keys that may come in place of theirs."""

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
    """A key that may come in place of the stored one. `px6_user_id` is empty while px6 has not told it.

    `number` tells it from any other that the person sent, before and after.
    """

    number: int
    px6_user_id: str
    currency: str
    sealed: bytes


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """px6's answer of the last look. `outlook` is what the last forecast said, for the home screen."""

    px6_user_id: str
    read_at: datetime
    balance: Decimal
    currency: str
    ends: dict[int, datetime]
    outlook: dict[str, Any] | None = None
