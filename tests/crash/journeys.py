"""The journeys that are killed, and the person who takes them: on the objects of the stand-ins, without HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.running import Running
from tests.phones import DirectPhone
from tests.world import MASTER_KEY

PATIENCE = 60.0  # seconds for what takes two at most on an idle machine
PERSON = 1001
COMMENT = "shop"
SETTLE_SECONDS = "0.2,0.6,1.2"


@dataclass(frozen=True)
class Journey:
    """What is bought or prolonged, on which px6."""

    kind: str
    profile: str

    def __str__(self) -> str:
        return f"{self.kind}, {self.profile}"


JOURNEYS = tuple(Journey(kind, profile) for kind in ("buy", "prolong") for profile in ("classic", "current"))


class Place:
    """One person with a px6 account and a bot of their own, whose database lies in `folder`."""

    def __init__(self, stand_ins: Running, journey: Journey, folder: Path, number: int) -> None:
        self.stand_ins, self.journey, self.folder = stand_ins, journey, folder
        self.token = f"{700_100_000 + number}:crash-{'x' * 24}"
        self.key = stand_ins.px6.add_account(balance="1000.00").key
        self.ids = [
            stand_ins.px6.add_proxy(self.key, version="6", ends_in=timedelta(days=2, hours=n)).id for n in (0, 1)
        ]
        self.phone = DirectPhone(stand_ins.telegram, self.token, PERSON)

    def close(self) -> None:
        self.phone.close()

    @property
    def settings(self) -> dict[str, Any]:
        """Of the bot, as the environment would give them."""
        return {
            "bot_token": self.token,
            "telegram_api_url": self.stand_ins.telegram_url,
            "px6_api_urls": self.stand_ins.px6_url,
            "px6_timeout_seconds": 5,
            "px6_site_url": "https://px6.example",
            "database_url": f"sqlite:///{self.folder}/bot.sqlite3",
            "encryption_keys": MASTER_KEY,
            "settle_seconds": SETTLE_SECONDS,
            "log_level": "DEBUG",
        }

    async def prepare(self) -> str:
        """Up to the green button; gives its data."""
        self.phone.says("/start")
        self.phone.says(f"/key {self.key}")
        await self.until(lambda: bool(self.rows("SELECT 1 FROM accounts")), "the key is stored")
        ids = " ".join(map(str, self.ids))
        self.phone.says(f"/buy 2 30 de ipv6 http {COMMENT}" if self.journey.kind == "buy" else f"/prolong 30 {ids}")
        await self.until(lambda: self.phone.green() is not None, "the quote is there")
        message, button = self.phone.green() or (None, {})
        await self.until(self.all_taken, "everything is taken")
        assert message is not None
        return str(button["callback_data"])

    def all_taken(self) -> bool:
        return not self.stand_ins.telegram.unconfirmed(self.token)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What was committed, as another process sees it; nothing before the database is there."""
        path = self.folder / "bot.sqlite3"
        if not path.exists():
            return []
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
                return connection.execute(query).fetchall()
        except sqlite3.OperationalError:  # its tables are being made just now
            return []

    def settled(self) -> bool:
        """Every order has its outcome, every outcome was told, every comment is the wanted one."""
        still = self.rows(
            "SELECT 1 FROM orders WHERE state IN ('confirmed', 'sending', 'unknown') OR rename = 'pending' "
            "UNION SELECT 1 FROM confirmations WHERE told < changes OR told = 0"
        )
        return bool(self.states()) and not still and self.all_taken()

    def states(self) -> list[str]:
        return [state for (state,) in self.rows("SELECT state FROM orders ORDER BY id")]

    def spends(self) -> int:
        return len(self.stand_ins.px6.books(self.key))

    def paid(self) -> Decimal:
        return sum((spend.price for spend in self.stand_ins.px6.books(self.key)), Decimal())

    async def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for something; AssertionError, with what the person sees, when it does not come."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():  # noqa: ASYNC110 - another process makes it true
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(
                f"never came true: {what}. Orders {self.states()}, seen {self.phone.seen[-3:]}"
            ) from None
