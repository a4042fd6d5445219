"""Payments that wait for money, which arrives while a process or the database is killed."""

from __future__ import annotations

from tests.claims import told
from tests.crash.acts import Act

ENOUGH = "The balance is enough now"
OF_NOBODY = "This message is old, or its px6 account was removed"


class KeptPurchase(Act):
    """The money arrives for a purchase that is to be made at once then."""

    name = "a payment that waited for money"
    way = "kp-p:"
    TOPPED_UP = 1000

    async def prepare(self) -> str:
        await self.connects()
        self.phone.says("/buy 60 30 de")
        await self.taps("kp:", "the money is too little")
        await self.taps(self.way, "it asks how")
        await self.until(self._waits, "it waits")
        await self.until(self.all_taken, "everything is taken")
        if self.has_two:
            await self.uses_first_account()
        return ""

    def _waits(self) -> bool:
        return bool(self.mine("SELECT 1 FROM kept_payments WHERE {} AND state IN ('waiting', 'paying')"))

    def begin(self) -> None:
        self.stand_ins.px6.top_up(self.key, self.TOPPED_UP)
        self.is_due()

    def ended(self) -> bool:
        return self.settled() and not self._waits() and not self.is_looked_at() and not self.unsaid()

    def minutes_later(self) -> bool:
        return any([self.orders_are_due(), self._waits() and self.is_due(), self.notices_are_due()])

    def wrong(self) -> list[str]:
        states, texts = self.states(), [told(text) for text in self.phone.seen]
        self.spent = len(self.spends())
        self.told_times = sum(text is not None for text in texts)
        left = self.stand_ins.px6.account(self.key).balance
        kept = {
            "spent more than once": self.spent <= 1,
            f"not as px6's books say: {states}": states.count("done") == self.spent,
            "left open or unclear": not {"unclear", "unknown", "sending", "confirmed"} & set(states),
            f"told {texts}": ("done" in texts) == (self.spent == 1) and self.told_times > 0,
            "the balance does not agree": left == 1000 + self.TOPPED_UP - self.paid(),
        }
        return [name for name, holds in kept.items() if not holds] + self.common_faults()


class AskedPurchase(KeptPurchase):
    """The money arrives on the account that is not current, for a purchase that is asked about; the person taps."""

    name = "one that is asked about, not current"
    trouble = "account"
    way = "kp-a:"
    _has_tapped = False

    def goes_on(self) -> None:
        """The person taps as soon as there is something to tap."""
        if not self._has_tapped and not self._waits() and self.texts(ENOUGH):
            self._has_tapped = self.phone.taps_green()

    def minutes_later(self) -> bool:
        """Who tapped in vain taps the newest button: a message that the kill kept from being noted comes again."""
        later = super().minutes_later()
        in_vain = self.was_told_to_try_again() or any(text.startswith(OF_NOBODY) for text in self.phone.seen)
        if self._has_tapped and not self.states() and in_vain:
            return self.phone.taps_green() or later
        return later

    def wrong(self) -> list[str]:
        asked = self.mine("SELECT state FROM kept_payments WHERE {}")
        found = [] if asked == [("asked",)] else [f"kept payments: {asked}"]
        return found + ([] if self._has_tapped else ["it was never asked about"]) + super().wrong()
