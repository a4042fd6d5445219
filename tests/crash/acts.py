"""What one of a bot's people does, or is done for them, while a process or the database is killed."""

from __future__ import annotations

import base64
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.px6 import market
from sandbox.running import Running
from storage import rules
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.claims import told
from tests.crash.harness import Kill as AnyKill
from tests.crash.harness import Verdict, judge, refusals, secrets_written
from tests.crash.journeys import CANNOT_SAVE, Journey
from tests.crash.shared_place import SharedPlace
from tests.world import MASTER_KEY

DELETED, NOT_DELETED = "Deleted: 1 proxy", "Nothing was deleted"
REMINDER = "⏳"  # every reminder begins so
COUNTRIES = sorted(market.COUNTRIES - {"de", "ru"})
HALF = len(COUNTRIES) // 2
"""All runs share one market. Each bot waits for stock in two countries of its own, the second to buy by itself; all
purchases are made in Germany, and twins are bought in Russia."""


class Act(SharedPlace, ABC):
    """One person of a bot whose database is a server's. `begin` is where the killing begins, too."""

    name = ""
    trouble = ""  # of its journey
    watches_every: float | None = None  # seconds

    def __init__(
        self, stand_ins: Running, folder: Path, bot: int, person: int, url: str, kind: str = "prolong"
    ) -> None:
        super().__init__(stand_ins, Journey(kind, "current", self.trouble), folder, bot, url, person)
        self.bot = bot
        self.spent, self.told_times = 0, 0

    async def connects(self) -> None:
        """With two proxies that end in nine days; what is looked at then leaves nothing to say."""
        self.phone.says("/start")
        self.phone.says(f"/key {self.key}")
        if self.has_two:
            await self.until(lambda: bool(self.mine("SELECT 1 FROM accounts WHERE {}")), "the key is stored")
            await self.takes_second_account()
        await self.until(lambda: bool(self.mine("SELECT 1 FROM snapshots WHERE {}")), "it was looked at")
        await self.until(self.all_taken, "everything is taken")
        await self.until(lambda: not self.is_looked_at(), "the look is over")

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """As a process beside the bots has it."""
        opened = await Database.open(self.url, Keyring([base64.urlsafe_b64decode(MASTER_KEY)]))
        yield opened
        await opened.close()

    @asynccontextmanager
    async def writes(self) -> AsyncIterator[tuple[AsyncConnection, str]]:
        """A transaction in which what takes many taps is written at once, and px6's number of the account."""
        [(px6_user_id,)] = self.mine("SELECT px6_user_id FROM accounts WHERE {}")
        async with self.database() as database, database.write() as connection:
            yield connection, px6_user_id

    def is_looked_at(self) -> bool:
        """Whether a process has claimed it just now."""
        return bool(self.mine("SELECT 1 FROM watches WHERE {} AND lease IS NOT NULL"))

    def is_due(self) -> bool:
        """The account is looked at now; whether it was not to be, or a process had it."""
        due = "UPDATE watches SET next_look_at = 0, lease = NULL WHERE {} AND next_look_at > {now} RETURNING 1"
        return bool(self.mine(due.replace("{now}", str(int(time.time() * 1e6)))))

    def ends(self, within: timedelta) -> None:
        """The first proxy ends so soon."""
        px6 = self.stand_ins.px6
        px6.account(self.key).proxies[self.ids[0]].ends_at = px6.clock.now() + within

    def texts(self, beginning: str) -> int:
        """How many messages of the bot begin so now."""
        return sum(text.startswith(beginning) for text in self.phone.stands())

    @abstractmethod
    def begin(self) -> None:
        """What is killed."""

    def goes_on(self) -> None:
        """What the person does, or time brings, as soon as it can; called again and again until it is over."""

    def all_seen(self) -> list[str]:
        """Every text that was ever shown to anybody of this act."""
        return self.phone.seen

    def is_over(self) -> bool:
        self.goes_on()
        return self.ended()

    def unsaid(self) -> bool:
        """Whether a notice is written down and not certainly sent."""
        return bool(self.mine("SELECT 1 FROM unsaid WHERE {}"))

    def notices_are_due(self) -> bool:
        """What may have been cut off while it was sent is said again."""
        waiting = self.mine("UPDATE unsaid SET again_at = 0 WHERE {} AND again_at > 0 RETURNING 1")
        if waiting:
            self.is_due()
        return bool(waiting)

    @abstractmethod
    def ended(self) -> bool:
        """Whether it is over, and said."""

    def minutes_later(self) -> bool:
        """What waits some minutes, since it may be under way in a process, waits no longer; whether there is such."""
        return False

    def was_told_to_try_again(self) -> bool:
        """Because nothing could be written down."""
        return any(text.startswith(CANNOT_SAVE) for text in self.phone.seen)

    def orders_are_due(self) -> bool:
        """Those of which a process that runs has lost sight are looked for after a quarter of an hour."""
        lost = "(rename = 'pending' OR state = 'confirmed')"
        due = "UPDATE orders SET leased_until = NULL, due_at = 0 WHERE {} AND "
        return bool(self.mine(f"{due}{lost} RETURNING 1"))

    def once_more(self) -> None:
        """The person tries it again: nothing must come of it."""

    @abstractmethod
    def wrong(self) -> list[str]:
        """What is not as it must be, after the end."""

    def common_faults(self) -> list[str]:
        found = [f"Telegram refused: {refusals(self)}"] if refusals(self) else []
        of_the_other = f"SELECT 1 FROM orders WHERE telegram_id = {self.phone.id}"  # noqa: S608 - a number
        if self.has_two and (self.others_paid or self.rows(of_the_other)):
            found.append("another account has paid")
        return found + (["a secret was written"] if secrets_written(self) else [])


class Payment(Act):
    """A green button is tapped."""

    async def prepare(self) -> str:
        self._data = await super().prepare()
        await self.until(lambda: bool(self.mine("SELECT 1 FROM snapshots WHERE {}")), "it was looked at")
        await self.until(lambda: not self.is_looked_at(), "the look is over")
        return self._data

    @property
    def name(self) -> str:  # type: ignore[override]  # of two kinds
        return {"buy": "a purchase", "prolong": "a prolongation"}[self.journey.kind]

    def begin(self) -> None:
        self.pays()

    def ended(self) -> bool:
        return self.settled()

    def minutes_later(self) -> bool:
        if not self.states():
            return self.was_told_to_try_again() and self.pays()
        return self.orders_are_due()

    def once_more(self) -> None:
        self.taps_again(self._data)

    def wrong(self) -> list[str]:
        verdict = Verdict(self.journey, AnyKill())
        judge(self, verdict)
        self.spent, self.told_times = verdict.spends, len(verdict.told)
        return verdict.wrong


class OtherAccount(Payment):
    """It is paid from the account on which commands do not act, and the person switches to that one meanwhile."""

    trouble = "account"

    @property
    def name(self) -> str:  # type: ignore[override]  # of one kind
        return "from the account that is not current"


class Renewal(Act):
    """A rule prolongs what it has announced."""

    name = "a renewal by a rule"

    async def prepare(self) -> str:
        await self.connects()
        await self._switches_rule_on()
        self.ends(timedelta(hours=104))
        self.is_due()
        await self.until(lambda: bool(self.mine("SELECT 1 FROM runs WHERE {} AND state = 'announced'")), "announced")
        return ""

    async def _switches_rule_on(self) -> None:
        async with self.writes() as (connection, px6_user_id):
            values: dict[str, Any] = {
                "telegram_id": self.owner,
                "px6_user_id": px6_user_id,
                "scope": "all",
                "value": "",
                "hours": 96,
                "period": 30,
                "floor": Decimal("0.00"),
                "quiet": False,
                "on": True,
                "created_at": datetime.now(UTC),
                "currency": "RUB",
            }
            await rules.add(connection, values)

    def begin(self) -> None:
        self.mine("UPDATE runs SET run_at = 0 WHERE {}")
        self.is_due()

    def ended(self) -> bool:
        is_open = self.mine("SELECT 1 FROM runs WHERE {} AND state <> 'done'")
        return self.settled() and not is_open and not self.is_looked_at()

    def minutes_later(self) -> bool:
        """Also where it had not begun when the server was killed, or was announced once more for a later hour."""
        waiting = self.mine("UPDATE runs SET run_at = 0 WHERE {} AND state IN ('announced', 'running') RETURNING 1")
        return any([self.orders_are_due(), self.is_due(), bool(waiting)])

    def wrong(self) -> list[str]:
        states, texts = self.states(), [told(text) for text in self.phone.seen]
        self.spent = len(self.spends())
        self.told_times = sum(text is not None for text in texts)
        rules_kept = {
            "spent more than once": self.spent <= 1,
            f"not as px6's books say: {states}": states.count("done") == self.spent,
            "left open or unclear": not {"unclear", "unknown", "sending", "confirmed"} & set(states),
            f"told {texts}": ("done" in texts) == (self.spent == 1) and self.told_times > 0,
            "the balance does not agree": self.stand_ins.px6.account(self.key).balance == 1000 - self.paid(),
        }
        return [name for name, kept in rules_kept.items() if not kept] + self.common_faults()


class Reminder(Act):
    """A proxy ends soon, which is said once."""

    name = "a reminder"

    async def prepare(self) -> str:
        await self.connects()
        return ""

    def begin(self) -> None:
        self.ends(timedelta(days=2, hours=12))
        self.is_due()

    def ended(self) -> bool:
        open_ones = self.mine("SELECT 1 FROM digests WHERE {} AND (state <> 'sent' OR again_at IS NOT NULL)")
        return bool(self.texts(REMINDER)) and not open_ones and not self.is_looked_at()

    def minutes_later(self) -> bool:
        waiting = self.mine("UPDATE digests SET again_at = 0 WHERE {} AND again_at IS NOT NULL RETURNING 1")
        return self.is_due() or bool(waiting)

    def wrong(self) -> list[str]:
        self.told_times = self.texts(REMINDER)
        digests = self.mine("SELECT id FROM digests WHERE {}")
        found = [] if self.told_times else ["no reminder came"]
        return found + ([] if len(digests) == 1 else [f"{len(digests)} digests"]) + self.common_faults()


class Deletion(Act):
    """A red button is tapped."""

    name = "a deletion"

    async def prepare(self) -> str:
        await self.connects()
        self.phone.says(f"/delete {self.ids[0]}")
        await self.until(lambda: self._red() is not None, "it asks")
        await self.until(self.all_taken, "everything is taken")
        self._asked = self._red()
        return ""

    def _red(self) -> Any:
        return next((each for each in self.phone.buttons() if each[1].get("style") == "danger"), None)

    def begin(self) -> None:
        self.phone.presses(*self._asked)

    def ended(self) -> bool:
        rows = self.mine("SELECT certain FROM deletions WHERE {}")
        return rows == [(True,)] and any(text.startswith((DELETED, NOT_DELETED)) for text in self.phone.seen)

    def minutes_later(self) -> bool:
        if self.mine("SELECT 1 FROM deletions WHERE {}") or not self.was_told_to_try_again():
            return False
        self.phone.presses(*self._asked)
        return True

    def once_more(self) -> None:
        self.phone.forges(self._asked[1]["callback_data"], self._asked[0].message_id)

    def wrong(self) -> list[str]:
        is_done = self.ids[0] not in self.stand_ins.px6.account(self.key).proxies
        self.told_times = self.texts(DELETED if is_done else NOT_DELETED)
        rows = self.mine("SELECT certain FROM deletions WHERE {}")
        found = []
        if not self.told_times:
            found.append(f"told otherwise than it is (deleted: {is_done}): {self.phone.seen[-3:]}")
        if self.ids[1] not in self.stand_ins.px6.account(self.key).proxies:
            found.append("another proxy is gone")
        return found + ([] if rows == [(True,)] else [f"deletions: {rows}"]) + self.common_faults()
