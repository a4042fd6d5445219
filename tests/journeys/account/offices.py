"""Two people on one px6 account: its owner and a colleague."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from model.colleagues import Accepted, Right
from tests.customers import Customer
from tests.durations import DAY
from tests.world import Phone

ANN, BOB = 1001, 1002
CAP = Decimal("500.00")
ENDED = "You no longer have access to this account. Nothing was done."


class Office:
    """Ann, who has an account with three proxies, and Bob, who has none and a right on hers."""

    def __init__(self, ann: Customer) -> None:
        self.world, self.ann, self.bob = ann.world, ann, ann.world.phone(BOB)
        self.colleagues = ann.world.app.services.colleagues
        self.ids = ann.add(3, ends_in=20 * DAY, comment="shop")

    async def lets(self, right: Right, phone: Phone | None = None) -> None:
        """Bob has accepted this right, and the bot may write to him. `test_inviting.py` taps it."""
        phone, telegram = phone or self.bob, self.world.telegram
        self.world.shared.setdefault(phone.id, set()).add(self.ann.key)
        telegram.private_chat(telegram.bot(self.world.token), phone.id).started = True
        code = await self.colleagues.invite(ANN, right, CAP if right is Right.PROLONG else None, by_name="Ann")
        before = max((message["message_id"] for message in await phone.chat()), default=0)
        assert isinstance(await self.colleagues.accept(code, phone.id, "Bob", before), Accepted)

    async def chat_of_ann(self) -> list[dict[str, Any]]:
        return await self.ann.phone.chat()

    @property
    def books(self) -> int:
        return len(self.world.px6.books(self.ann.key))

    def changes(self) -> list[str]:
        """What px6 was asked to change, or to check."""
        wanted = ("buy", "prolong", "delete", "settype", "setdescr", "check", "ipauth")
        return [call.method for call in self.world.px6.calls if call.method in wanted]
