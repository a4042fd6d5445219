"""When the bot reminds somebody next, as its `/reminders` shows it to each connected person."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from px6 import ProxyList, wire
from sandbox.px6 import Account, Px6State
from sandbox.px6.shapes import Shapes

if TYPE_CHECKING:
    from services.bundle import Services

_AFTER = timedelta(seconds=1)


class NextReminder:
    """Reads the bot's database with the bot's own code, while the bot runs. `settings` are those of the bot."""

    def __init__(self, settings: Mapping[str, str], px6: Px6State, people: Iterable[int]) -> None:
        self._settings, self._px6, self._people = settings, px6, people

    async def find(self) -> datetime | None:
        """The moment of the first message to anybody; None when no message is due."""
        # imported by nothing else of the demo, and not before somebody wants to know
        await asyncio.to_thread(importlib.import_module, "bot.wiring")
        from bot.settings import Settings
        from bot.wiring import wired

        given: dict[str, Any] = {name.lower(): value for name, value in self._settings.items()}
        async with wired(Settings.load(_env_file=None, **given), self._px6.clock.now) as app:
            moments = [moment for person in self._people for moment in await self._of(app.services, person)]
        return min((moment + _AFTER for moment in moments if moment > self._px6.clock.now()), default=None)

    async def _of(self, services: Services, person_id: int) -> list[datetime]:
        connected = await services.accounts.account(person_id)
        if connected is None:
            return []
        account = next((each for each in self._px6.customers() if each.user_id == connected.px6_user_id), None)
        if account is None:
            return []
        listed = self._listed(account)
        covered = await services.rules.covered(person_id, listed)
        overview = await services.reminders.overview(await services.people.find_or_create(person_id), listed, covered)
        return [message.at for message in overview.messages]

    def _listed(self, account: Account) -> ProxyList:
        """What px6 would answer, without a call that the panel would show and the limit would count."""
        now = self._px6.clock.now()
        reply = Shapes(self._px6.profile, account, now, self._px6.rules).page(
            list(account.proxies.values()), 1, nokey=True
        )
        return wire.decode(wire.PROXIES, 200, json.dumps(reply).encode())
