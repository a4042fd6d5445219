"""The sweep of one person without Telegram: what it says is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from model.people import Person
from services.account.access import Access
from services.money.forecaster import Forecaster
from services.notifications.boards import Boards
from services.notifications.kinds import Board, Digest, DigestEnd
from services.sweep import Sweep
from services.watching.kept import KeptPayments
from services.watching.replacing import Replacements
from storage.engine.types import time_from_int
from tests.services.rig import ANNA, Rig
from tests.services.rules.rule_rig import RuleRig


class NoBoards:
    """Nobody here has a pinned message."""

    def mark(self, person: Person, board: Board) -> str:
        raise AssertionError

    async def send(self, person: Person, board: Board) -> int:
        raise AssertionError

    async def edit(self, person: Person, message_id: int, board: Board) -> bool:
        raise AssertionError

    async def pin(self, person: Person, message_id: int) -> None:
        raise AssertionError

    async def take_away(self, person: Person, message_id: int) -> None:
        raise AssertionError


class Watch(RuleRig):
    """The rules with their sweep. `digests`: those that were sent; what they raise is the next of `digest_fails`."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig)
        self.digests: list[Digest] = []
        self.digest_fails: list[Exception] = []
        self.ended: list[tuple[int, DigestEnd]] = []  # messages that say how somebody ended their matter
        self.leased: list[tuple[Any, ...]] = []  # what is planned while a digest is sent
        self.once_sent: Callable[[], object] = lambda: None
        self.access, self.begun = Access(), 0
        self.stopping = False
        self.forecaster = Forecaster(rig.database, rig.orders, self.now)
        self.kept = KeptPayments(rig.database, rig.orders, self, self.line, self.now)
        replacing = Replacements(rig.database, rig.orders, self, self.line, self.now)
        boards = Boards(rig.database, NoBoards(), self.line, self.now)
        self.sweep = Sweep(
            rig.database, rig.people, rig.accounts, rig.orders, self.reminders, self.rules, self.kept, replacing,
            boards, self.forecaster, self, self.line, self.access, self.now, lambda: self.stopping,
            went_on=self.went_on, leases=rig.leases,
        )  # fmt: skip

    def went_on(self) -> None:
        self.begun += 1

    async def digest(self, person: Person, digest: Digest) -> int:
        self.leased = self.rig.rows("SELECT next_look_at, lease IS NOT NULL FROM watches")
        if self.digest_fails:
            raise self.digest_fails.pop(0)
        self.digests.append(digest)
        self.once_sent()
        return 900 + len(self.digests)

    async def end_digest(self, person: Person, message_id: int, end: DigestEnd) -> None:
        self.ended.append((message_id, end))

    async def look_now(self) -> timedelta | None:
        """One look; gives after how long the next one is planned."""
        await self.sweep.look(ANNA)
        [(at, lease)] = self.rig.rows("SELECT next_look_at, lease FROM watches WHERE telegram_id = 1001")
        assert lease is None
        return None if at is None else time_from_int(at) - self.now()
