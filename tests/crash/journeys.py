"""The journeys that are killed, and the person who takes them: on the objects of the stand-ins, without HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.px6.model import Spend
from sandbox.running import Running
from sandbox.telegram.bots import Tap
from tests.direct_phone import DirectPhone
from tests.ports import reserved_port
from tests.world import MASTER_KEY, webhook_at

PATIENCE = 60.0  # seconds for what takes two at most on an idle machine
SAME_MOMENT = 0.1  # seconds in which a file may change twice and show one time of it
PERSON = 1001
COMMENT = "shop"
CANNOT_SAVE = "The bot cannot save data right now"
SETTLE_SECONDS = "0.2,0.6,1.2"


@dataclass(frozen=True)
class Journey:
    """What is bought or prolonged, on which px6, and what comes in the way.

    `trouble`: "lost" (px6 does it, but its answer is lost), "nothing" (it is lost before px6 does it), "requote" (an
    end moves between quote and tap), "parts" (two calls), "recovery" (killed in the call before, so that what is
    counted and killed is the start after that), "cut" (Telegram's answers break off), "502" (it edits, and its answer
    is lost): both until the bot ends. "webhook": nothing, but that updates are delivered. "account": the person has
    two px6 accounts, it is paid from the one on which commands do not act, and they switch to that one meanwhile.
    """

    kind: str
    profile: str
    trouble: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.kind, self.profile, self.trouble)))

    @property
    def since(self) -> str:
        """The point at which it begins to differ from the plain journey; those before are killed at there."""
        points = {
            "lost": f"network: px6 {self.kind}: body: before",
            "nothing": f"network: px6 {self.kind}: body: before",
            "requote": "network: px6 getproxy: body: after",
            "parts": f"network: px6 {self.kind}: headers: before",
            "cut": "network: telegram editMessageText: headers: after",
            "502": "network: telegram editMessageText: headers: after",
        }
        return points.get(self.trouble, "")


PLAIN = tuple(Journey(kind, profile) for kind in ("buy", "prolong") for profile in ("classic", "current"))
TROUBLED = (
    Journey("buy", "classic", "lost"),
    Journey("prolong", "current", "lost"),
    Journey("buy", "current", "nothing"),
    Journey("prolong", "classic", "nothing"),
    Journey("prolong", "current", "requote"),
    Journey("prolong", "classic", "parts"),
    Journey("buy", "current", "recovery"),
    Journey("prolong", "classic", "recovery"),
    Journey("buy", "classic", "cut"),
    Journey("prolong", "current", "502"),
    Journey("buy", "current", "webhook"),
    Journey("buy", "classic", "account"),
    Journey("prolong", "current", "account"),
)
JOURNEYS = PLAIN + TROUBLED
FAULTS = {"lost": "500_after", "nothing": "500_before"}
LASTING = 1000  # calls of the bot: more than a run has
LOST_EDITS = 2  # after each the bot waits twice as long as before
ONE_ID = 9  # bytes of ids in a call that hold a single one


class Place:
    """One person with a px6 account and a bot of their own, whose database lies in `folder`."""

    def __init__(self, stand_ins: Running, journey: Journey, folder: Path, number: int, person: int = PERSON) -> None:
        """`number` is that of the bot, of which no other runs at the same stand-ins."""
        self.stand_ins, self.journey, self.folder = stand_ins, journey, folder
        self.refused_before = len(stand_ins.telegram.refusals)
        self._held = ExitStack()
        self._port = self._held.enter_context(reserved_port()) if journey.trouble == "webhook" else None
        self.token = f"{700_100_000 + number}:crash-{'x' * 24}"
        self.weather = f"weather of {number}"
        self._books = folder / "bot.sqlite3"
        self._known: dict[tuple[tuple[float, ...], str], list[tuple[Any, ...]]] = {}
        self.owner, self.others = person, list[str]()
        self._switch: Tap | None = None
        self.key, self.ids = self._account()
        for country in ("de", "ru"):
            stand_ins.px6.set_stock(country, "6", 1_000_000)  # thousands of runs share one market
        self.phone = DirectPhone(stand_ins.telegram, self.token, person)

    def _account(self) -> tuple[str, list[int]]:
        """A px6 account: its key and its proxies."""
        px6 = self.stand_ins.px6
        key = px6.add_account(balance="1000.00").key
        return key, [px6.add_proxy(key, version="6", ends_in=timedelta(days=9, hours=n)).id for n in (0, 1)]

    def close(self) -> None:
        self.phone.close()
        self._held.close()

    def delivers_again(self) -> None:
        """Telegram repeats at once what it could not deliver."""
        self.stand_ins.telegram.bot(self.token).updates.repeat_now()

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
            **({} if self._port is None else webhook_at(self._port)),
        }

    @property
    def longest_ids(self) -> int | None:
        """How many bytes of ids a call of this bot holds; None: as many as ever."""
        return ONE_ID if self.journey.trouble == "parts" else None

    async def prepare(self) -> str:
        """Up to the green button; gives its data."""
        self.phone.says("/start")
        self.phone.says(f"/key {self.key}")
        await self.until(lambda: bool(self.mine("SELECT 1 FROM accounts WHERE {}")), "the key is stored")
        if self.has_two:
            await self.takes_second_account()
        ids = " ".join(map(str, self.ids))
        self.phone.says(f"/buy 2 30 de ipv6 http {COMMENT}" if self.journey.kind == "buy" else f"/prolong 30 {ids}")
        await self.until(lambda: self.phone.green() is not None, "the quote is there")
        message, button = self.phone.green() or (None, {})
        await self.until(self.all_taken, "everything is taken")
        assert message is not None
        self._quoted = message.message_id
        if self.has_two:
            await self.uses_first_account()
        self._trouble()
        return str(button["callback_data"])

    @property
    def has_two(self) -> bool:
        """Whether the person has two px6 accounts."""
        return self.journey.trouble == "account"

    async def takes_second_account(self) -> None:
        """Add one; from now on all that is asked of this place is about that one."""
        self.others.append(self.key)
        self.key, self.ids = self._account()
        self.phone.says(f"/key {self.key}")
        await self.taps("key-add:", "the key is asked about")
        added = f"SELECT telegram_id FROM people WHERE of_person = {self.phone.id}"  # noqa: S608 - a number
        await self.until(lambda: bool(self.rows(added)), "the account is added")
        [(self.owner,)] = self.rows(added)
        await self.until(lambda: bool(self.mine("SELECT 1 FROM accounts WHERE {}")), "its key is stored")
        await self.until(self.all_taken, "everything is taken")

    async def uses_first_account(self) -> None:
        """Commands act on the first again, and the way back to the second is on the screen."""
        self.phone.says("/accounts")
        await self.taps(f"acc-s:{self.phone.id}:", "the accounts are shown")
        await self.until(lambda: self.current == self.phone.id, "it is switched")
        self.phone.says("/accounts")
        await self.until(lambda: self.phone.button(f"acc-s:{self.owner}:") is not None, "the accounts are shown")
        await self.until(self.all_taken, "everything is taken")

    async def taps(self, beginning: str, what: str) -> None:
        """Tap the newest button whose data begins so, once there is one."""
        await self.until(lambda: self.phone.button(beginning) is not None, what)
        found = self.phone.button(beginning)
        assert found is not None
        self.phone.presses(*found)

    @property
    def current(self) -> int:
        """Of which account commands are."""
        [(current,)] = self.rows(f"SELECT current FROM people WHERE telegram_id = {self.phone.id}")  # noqa: S608 - the same
        return int(current or self.phone.id)

    def pays(self) -> bool:
        """Tap the green button, and switch to the account of it in the same moment; False when there is none."""
        is_there = self.phone.taps_green()
        if self.has_two and (switch := self.phone.button(f"acc-s:{self.owner}:")) is not None:
            self._switch = self.phone.presses(*switch)
        return is_there

    def is_switched(self) -> bool:
        """Whether commands act on the account that pays, or the person was told that this could not be saved."""
        said = [*self.phone.seen, str(self._switch.answer if self._switch else "")]
        return self.current == self.owner or any(CANNOT_SAVE in text for text in said)

    def taps_again(self, data: str) -> None:
        """Where the green button was."""
        self.phone.forges(data, self._quoted)

    @property
    def others_paid(self) -> bool:
        """Whether another account of the person than that one has paid for anything."""
        px6 = self.stand_ins.px6
        return any(px6.books(key) or px6.account(key).balance != 1000 for key in self.others)

    def _trouble(self) -> None:
        """What comes in the way of the payment."""
        px6, telegram, trouble = self.stand_ins.px6, self.stand_ins.telegram, self.journey.trouble
        if trouble in FAULTS:
            px6.fault(FAULTS[trouble], self.journey.kind, key=self.key)
        if trouble == "requote":
            px6.prolong_on_site(self.key, self.ids[:1], 30)

        if trouble == "cut":
            telegram.fail(None, 200, LASTING, token=self.token, answer="cut", label=self.weather)
        if trouble == "502":
            telegram.fail(
                "editMessageText", 502, LOST_EDITS, token=self.token, after=True, answer="html", label=self.weather
            )

    def clears_up(self) -> None:
        """Telegram's weather ends."""
        self.stand_ins.telegram.faults.clear(self.weather)

    def all_taken(self) -> bool:
        return not self.stand_ins.telegram.unconfirmed(self.token)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What was committed, as another process sees it. Nothing is read again before something was written."""
        written = self._written()
        if (written, query) in self._known:
            return self._known[written, query]
        try:  # with a connection that is closed again: the start after a kill finds nobody else at the database
            with closing(sqlite3.connect(f"file:{self._books}?mode=ro", uri=True, timeout=5)) as connection:
                rows = connection.execute(query).fetchall()
        except sqlite3.OperationalError:  # it is being opened or closed just now
            return []
        if time.time() - max(written) > SAME_MOMENT:
            self._known[written, query] = rows
        return rows

    def mine(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the account that pays: `{}` stands for that condition."""
        return self.rows(query.format(f"telegram_id = {self.owner}"))

    def _written(self) -> tuple[float, ...]:
        """When the database and its log were written; the log goes when the bot ends."""
        times = []
        for path in (self._books, self._books.with_name(f"{self._books.name}-wal")):
            with suppress(FileNotFoundError):
                times.append(path.stat().st_mtime)
        return tuple(times)

    def settled(self) -> bool:
        """Every order has its outcome, every outcome was told, every comment is the wanted one."""
        still = self.mine(
            "SELECT 1 FROM orders WHERE {0} AND (state IN ('confirmed', 'sending', 'unknown') OR rename = 'pending') "
            "UNION SELECT 1 FROM confirmations WHERE {0} AND (told < changes OR told = 0)"
        )
        return bool(self.states()) and not still and self.all_taken()

    def states(self) -> list[str]:
        return [state for (state,) in self.mine("SELECT state FROM orders WHERE {} ORDER BY id")]

    def spends(self) -> list[Spend]:
        """What the bot spent."""
        return [spend for spend in self.stand_ins.px6.books(self.key) if spend.by == "api"]

    def paid(self) -> Decimal:
        return sum((spend.price for spend in self.spends()), Decimal())

    def stands(self) -> str:
        """The message that shows the payment, as it is now."""
        query = "SELECT message_id FROM quotes JOIN confirmations ON quotes.id = quote_id WHERE quotes.{}"
        return self.phone.reads(self.mine(query)[0][0])

    async def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for something; AssertionError, with what the person sees, when it does not come."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():  # noqa: ASYNC110 - another process makes it true
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise AssertionError(
                f"never came true: {what}. Orders {self.states()}, seen {self.phone.seen[-3:]}"
            ) from None
