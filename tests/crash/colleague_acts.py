"""Two people on one px6 account, while a process or the database is killed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from model.colleagues import Right
from services.account.colleagues import Colleagues
from tests.claims import told
from tests.crash.acts import Act
from tests.crash.journeys import CANNOT_SAVE
from tests.direct_phone import DirectPhone

ANOTHER = 500_000  # what the colleague's id is greater by


class TakenBack(Act):
    """A colleague and the owner tap the same quote, and the owner takes the colleague's right back; all at once."""

    name = "two people, a right taken back"

    async def prepare(self) -> str:
        self.colleague = DirectPhone(self.stand_ins.telegram, self.token, self.phone.id + ANOTHER)
        await self.connects()
        self.colleague.says("/start")
        known = f"SELECT 1 FROM people WHERE telegram_id = {self.colleague.id}"  # noqa: S608 - a number
        await self.until(lambda: bool(self.rows(known)), "the colleague is known")
        await self.until(self.all_taken, "everything is taken")
        async with self.database() as database:
            service = Colleagues(database, lambda: datetime.now(UTC))
            code = await service.invite(self.owner, Right.ALL)
            await service.accept(code, self.colleague.id, "Ben", 0)
        self.colleague.says(f"/prolong 30 {' '.join(map(str, self.ids))}")
        await self.until(lambda: self.colleague.green() is not None, "the colleague has a quote")
        await self.until(self.all_taken, "everything is taken")
        found: Any = self.colleague.green()
        self._message, self._button = found
        return ""

    def close(self) -> None:
        self.colleague.close()
        super().close()

    def begin(self) -> None:
        self.colleague.presses(self._message, self._button)
        self.phone.forges(self._button["callback_data"])
        self._takes_back()

    def _takes_back(self) -> None:
        self.phone.forges(f"co-x:{self.owner}:{self.colleague.id}")

    def _has_access(self) -> bool:
        mine = f"SELECT 1 FROM colleagues WHERE {{}} AND person_id = {self.colleague.id}"  # noqa: S608 - a number
        return bool(self.mine(mine))

    def ended(self) -> bool:
        return self.settled() and not self._has_access()

    def minutes_later(self) -> bool:
        """Whoever was told that it could not be saved taps again."""
        if self._has_access() and self.was_told_to_try_again():
            self._takes_back()
            return True
        if not self.states() and any(text.startswith(CANNOT_SAVE) for text in self.all_seen()):
            self.phone.forges(self._button["callback_data"])
            return True
        return self.orders_are_due()

    def once_more(self) -> None:
        self.colleague.forges(self._button["callback_data"], self._message.message_id)
        self.colleague.says("/buy 1 30 de")

    def all_seen(self) -> list[str]:
        return [*self.phone.seen, *self.colleague.seen]

    def wrong(self) -> list[str]:
        states, texts = self.states(), [told(text) for text in self.all_seen()]
        self.spent = len(self.spends())
        self.told_times = sum(text is not None for text in texts)
        kept = {
            "spent more than once": self.spent <= 1,
            f"not as px6's books say: {states}": states.count("done") == self.spent,
            "left open or unclear": not {"unclear", "unknown", "sending", "confirmed"} & set(states),
            f"told {texts}": ("done" in texts) == (self.spent == 1) and self.told_times > 0,
            "the balance does not agree": self.stand_ins.px6.account(self.key).balance == 1000 - self.paid(),
            "who has no right has a quote": not any(text.startswith("Buy 1 ") for text in self.colleague.seen),
            "the colleague saw the key": not any(self.key in text for text in self.colleague.seen),
        }
        return [name for name, holds in kept.items() if not holds] + self.common_faults()
