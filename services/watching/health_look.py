"""One claimed look at watched proxies: a stage of checks; then what came of it is written, and told if it is due."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.accounts import StoredAccount
from model.errors import StorageError
from model.health import HealthWatch
from model.notifications import Unsaid
from px6 import Proxy
from services.account.accounts import NoKey
from services.account.current_client import CurrentClient
from services.account.unchanged import AccountChanged, write_if_unchanged
from services.notifications.kinds import Gone
from services.notifications.watching_kinds import HealthBack, HealthFell, Seen
from services.proxies.check_histories import CheckHistories
from services.watching.company import AWAY, Company, look_soon
from services.watching.health_round import FATAL, Asking, Stage
from services.watching.health_steps import Step, step
from services.watching.rounds import RoundNeeds
from storage import health_watches, replacements, watches

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=10)  # renewed while a stage goes on
PX6_AWAY, REFUSED = timedelta(minutes=10), timedelta(hours=1)  # before px6 is asked again
MOST_NAMED = 40  # proxies in a message


class HealthLook:
    """One stage of one watch. Nothing is written of it once somebody has moved its `look_at`."""

    def __init__(self, needs: RoundNeeds, histories: CheckHistories, watch: HealthWatch) -> None:
        assert watch.look_at is not None  # noqa: S101 - it was claimed
        self._watch, self._claim = watch, watch.look_at
        self._database, self._people, self._accounts = needs.database, needs.people, needs.accounts
        self._clock, self._stopping, self._notices = needs.clock, needs.stopping, needs.notices()
        self._company = Company(needs.database, needs.people, needs.accounts, needs.clock)
        self._asking = Asking(histories, needs.clock, needs.stopping, self._keep_claim)

    async def guarded(self) -> None:
        """Look. Whatever fails concerns this watch alone; its claim runs out, then the stage goes on."""
        try:
            if await self._keep_claim() and await self._read_anew():
                await self._look()
        except AccountChanged:
            return
        except StorageError as error:
            log.error("Watched proxies could not be looked at: %s", error)
        except Exception:  # whatever it is, the looks at other accounts go on
            log.exception("A look at watched proxies failed")

    async def put_off(self, pause: timedelta) -> None:
        """Go on with the stage later."""
        await self._change(look_at=self._clock() + pause)

    async def _change(self, **values: Any) -> bool:
        async with self._database.write() as connection:
            return await self._change_in(connection, **values)

    async def _change_in(self, connection: AsyncConnection, **values: Any) -> bool:
        watch = self._watch
        return await health_watches.change_claimed(connection, watch.telegram_id, watch.id, self._claim, **values)

    async def _keep_claim(self) -> bool:
        """Claim it for longer; False when it is not this task's any more."""
        until = self._clock() + CLAIM
        if not await self._change(look_at=until):
            return False
        self._claim = until
        return True

    async def _read_anew(self) -> bool:
        """What another look at this account has told since the claim is not told again; False when it is gone."""
        async with self._database.read() as connection:
            now = await health_watches.one(connection, self._watch.telegram_id, self._watch.id)
        self._watch = now or self._watch
        return now is not None

    async def _look(self) -> None:
        person = await self._people.find(self._watch.telegram_id)
        if person is None or person.blocked_at is not None:
            return await self.put_off(AWAY)
        try:
            current = CurrentClient(self._accounts, *await self._accounts.connected(self._watch.telegram_id))
        except NoKey:
            return await self.put_off(AWAY)
        if current.account.px6_user_id != self._watch.px6_user_id:
            await self._change(look_at=None, began_at=None)
            return None
        try:
            stage = await self._asking.run(self._watch, current)
        except px6.Px6Error as error:
            stage = Stage(error=error)
        return await self._after(current.account, stage)

    async def _after(self, account: StoredAccount, stage: Stage) -> None:
        if stage.cut_off:
            return await self.put_off(timedelta(0))
        if stage.error is not None:
            log.debug("Watched proxies could not be checked: %s", type(stage.error).__name__)
            return await self.put_off(REFUSED if isinstance(stage.error, FATAL) else PX6_AWAY)
        quiet_end = await self._company.rests_until(self._watch.telegram_id, night=self._watch.night)
        made = step(self._watch, stage.running, stage.said, self._clock(), quiet_end, all_listed=stage.all_listed)
        return await self._conclude(account, stage, made)

    async def _conclude(self, account: StoredAccount, stage: Stage, made: Step) -> None:
        """Write what came of it with what is told, then send that."""
        async with write_if_unchanged(self._database, account) as connection:
            if not await self._change_in(connection, **made.values):
                return
            await self._for_twins(connection, stage, made)
            told = await self._told_by_others(connection, made)
            written = await self._notices_of(connection, account, stage, replace(made, fell=told))
        person = await self._people.find(account.telegram_id)
        if person is None:
            return
        try:
            for one in written:
                await self._notices.send(person, one)
        except Gone:
            await self._people.set_blocked(person.chat_id, True)

    async def _for_twins(self, connection: AsyncConnection, stage: Stage, made: Step) -> None:
        """What works may be replaced should it fall once more; what fails often enough is looked at now."""
        watch, failures = self._watch, made.values["failures"]
        works = [one for one, is_alive in stage.said.items() if is_alive]
        await replacements.let_go_skipped(connection, watch.telegram_id, works)
        if watch.replacing is not None and any(each.count >= watch.replacing.after for each in failures.values()):
            await watches.wake_by(connection, watch.telegram_id, self._clock())

    async def _told_by_others(self, connection: AsyncConnection, made: Step) -> tuple[int, ...]:
        """What fell, without what another watch of the account has told; what is back is told by none of them."""
        known = set[int]()
        for other in await health_watches.of_person(connection, self._watch.telegram_id):
            if other.id == self._watch.id or not other.is_on:
                continue
            known |= set(other.down)
            down = [one for one in other.down if one not in made.back]
            if len(down) < len(other.down):
                await health_watches.change(connection, other.telegram_id, other.id, down=down)
        return tuple(one for one in made.fell if one not in known)

    async def _notices_of(
        self, connection: AsyncConnection, account: StoredAccount, stage: Stage, made: Step
    ) -> list[Unsaid]:
        said: list[HealthFell | HealthBack] = []
        running, down, night = stage.running, len(made.values["down"]), self._watch.night
        if made.fell:
            kept = {"px6_user_id": account.px6_user_id, "ids": list(made.fell), "at": self._clock()}
            fall = await health_watches.add_fall(connection, account.telegram_id, **kept)
            said.append(HealthFell(fall, len(made.fell), named_of(made.fell, running), self._clock(), night))
        if made.back:
            said.append(HealthBack(len(made.back), named_of(made.back, running), down, night))
        if said:
            await look_soon(connection, account.telegram_id, self._clock())
        return [await self._notices.write(connection, account, each) for each in said]


def named_of(ids: Collection[int], running: dict[int, Proxy]) -> tuple[Seen, ...]:
    """The first of these in the order of their ends, as a message names them."""
    proxies = sorted((running[one] for one in ids), key=lambda proxy: (proxy.ends_at, proxy.id))
    return tuple(Seen(each.id, each.country or "", f"{each.host}:{each.port}") for each in proxies[:MOST_NAMED])
