"""Deleting proxies: each confirmation works once, is written down before px6 is called, and its outcome is told.

Whether px6 deleted what a stop or a missing answer left open is found by reading its list, as with payments.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import msgspec

import px6
from model.deletions import Deletion, DeletionProxy
from model.doers import EVERYBODY
from model.errors import StorageError
from model.people import PersonId
from px6 import Change, Proxy, ProxyList, Px6Client
from services.account.accounts import Accounts, NoKey
from services.account.rights import check_right
from services.ground.leases import Leases, LocalLeases
from services.ground.task_pool import StartTask, TaskPool, new_task
from services.notifications.kinds import Unsure
from services.notifications.line import again_after
from storage import accounts, deletions, locks, selections
from storage.engine.database import Database

log = logging.getLogger(__name__)

PURPOSE = "delete"  # of a selection that waits for its confirmation
DAY = timedelta(days=1)
LONGEST_CALL = 60.0  # seconds; what px6 still lists so long after it was sent last, it has not deleted
GRACE = 30.0  # seconds, at least, in which px6 may still do what it was no longer waited for
AT_ONCE = 6  # deletions looked for at the same time, besides those that take long
ROUND = 4.0  # seconds that a round waits for looks under way
SHORTEST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0  # seconds


class NotTold(Exception):
    """Certainly nobody was told: it is tried again."""


class TakenOver(Exception):
    """Another process has held this one to be gone, and sees to the deletion: it tells how that ended."""


class Unreadable(Exception):
    """px6's list cannot be read as to any of those that are to be deleted: nothing was taken."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__()
        self.ids = ids


class Tell(Protocol):
    """Tells what became of a deletion; `looked`: px6 had not said it, its list did. Raises NotTold."""

    async def __call__(self, deletion: Deletion, *, looked: bool) -> None: ...


HearGone = Callable[[int, Px6Client, Collection[int]], Awaitable[None]]


class Deletions:
    """Keeps what is to be deleted in a selection until it is confirmed; `take` uses that up."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        clock: Callable[[], datetime],
        tell: Tell,
        start_task: StartTask = new_task,
        monotonic: Callable[[], float] = time.monotonic,
        leases: Leases | None = None,
        patience: float = LONGEST_CALL - GRACE,
        hear_gone: HearGone | None = None,
    ) -> None:
        """`monotonic` counts seconds that really pass. `leases`: shared with other processes, if there are any.

        `patience`: seconds that px6 may take for a call. `hear_gone` is called with what px6 has deleted.
        """
        self._hear_gone = hear_gone
        self._longest_call = max(LONGEST_CALL, patience + GRACE)
        self._leases = leases or LocalLeases()
        self._database, self._accounts, self._clock, self._monotonic = database, accounts, clock, monotonic
        self._tell_outcome = tell
        self._sent_at: dict[int, float] = {}  # when a call for each may have been sent last, by `monotonic`
        self._open: dict[int, float] = {}  # when each is looked at next, by `monotonic`
        self._running: set[int] = set()
        self._looks, self._looking = TaskPool(AT_ONCE, start_task), set[int]()
        self._may_be_lost = False  # whether the database was away when one was confirmed
        self._tries: dict[int, int] = {}  # how often each was told and nobody knows whether it came
        self._told: set[int] = set()  # whose outcome stands in the chat, and that could not be written down

    async def propose(self, telegram_id: int, ids: Sequence[int]) -> str:
        """Keep exactly these ids until they are confirmed; gives what the confirming button carries."""
        async with self._database.write() as connection:
            made = await selections.create(connection, telegram_id, PURPOSE, ids, self._clock())
            return made.id

    async def take(
        self, telegram_id: int, proposal: str, listed: ProxyList, by: PersonId | None = None
    ) -> Deletion | None:
        """Take what was proposed, once: the first to ask gets it, everybody later None. It is on disk from now on.

        `listed`: what px6 lists; with none of them nothing is kept. Those that may be among what it lists unreadably
        are not to be sent, and stand there as not deleted; Unreadable when these are all. After `end` what is still
        open of it is looked for. `by`: the colleague who confirms it; raises AccessEnded for who may not, or not any
        more.
        """
        try:
            return await self._take(telegram_id, proposal, listed, by)
        except StorageError:
            self._may_be_lost = True
            raise

    async def _take(self, telegram_id: int, proposal: str, listed: ProxyList, by: PersonId | None) -> Deletion | None:
        now = self._clock()
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            colleague = await check_right(connection, telegram_id, by)
            kept = await selections.get(connection, telegram_id, proposal)
            user_id = await accounts.user_id_of(connection, telegram_id)
            if kept is None or kept.purpose != PURPOSE or user_id is None:
                return None
            rows = rows_of(kept.ids, listed, now)
            if rows and all(row.gone is False for row in rows):
                raise Unreadable(kept.ids)
            await selections.remove(connection, telegram_id, proposal)
            if not rows:
                return Deletion(
                    id=0, telegram_id=telegram_id, px6_user_id=user_id, deleted_at=now, certain=True, proxies=()
                )
            holder = self._leases.holder
            made = await deletions.add(
                connection, telegram_id, px6_user_id=user_id, now=now, proxies=rows, holder=holder, by=colleague
            )
            found = await deletions.get(connection, made)
        assert found is not None  # noqa: S101 - the same transaction made it
        self._running.add(made)
        self._sent_at[made] = self._monotonic()
        return found

    async def note(self, deletion: Deletion, client: Px6Client, gone: Mapping[int, bool]) -> Deletion:
        """Write down which proxies are gone (by id), beside what was written since `deletion` was read.

        `client`: by which that was found. Raises TakenOver, once that is written.
        """
        async with self._database.write() as connection:
            await locks.person(connection, deletion.telegram_id)
            kept = await deletions.get(connection, deletion.id) or deletion
            listed = tuple(msgspec.structs.replace(each, gone=gone.get(each.id, each.gone)) for each in kept.proxies)
            await deletions.change(connection, deletion.id, proxies=listed)
            is_taken_over = await deletions.is_held_by_another(connection, deletion.id, self._leases.holder)
        if self._hear_gone is not None and any(gone.values()):
            await self._hear_gone(deletion.telegram_id, client, [one for one, is_gone in gone.items() if is_gone])
        if is_taken_over:
            raise TakenOver
        return msgspec.structs.replace(kept, proxies=listed)

    async def close(self, deletion: Deletion) -> None:
        """Note that the outcome of every proxy is known and told; where that cannot be written, as soon as it can."""
        self._told.add(deletion.id)
        try:
            await self._close(deletion)
        except StorageError as error:
            log.error("That a deletion was told could not be noted: %s", error)

    async def _close(self, deletion: Deletion) -> None:
        async with self._database.single() as connection:
            await deletions.change(connection, deletion.id, certain=True)
        self._forget(deletion.id)

    def _forget(self, deletion_id: int) -> None:
        self._open.pop(deletion_id, None)
        self._told.discard(deletion_id)
        self._sent_at.pop(deletion_id, None)

    def end(self, deletion: Deletion) -> None:
        """Note that whoever took it has finished with it; if it is not closed, its outcome is looked for."""
        self._running.discard(deletion.id)
        if not deletion.certain:
            self._open.setdefault(deletion.id, self._monotonic() + SHORTEST_PAUSE)

    async def history(
        self, telegram_id: int, limit: int | None = None, offset: int = 0, who: str = EVERYBODY
    ) -> list[Deletion]:
        """A person's deletions, newest first. `who`: only theirs, as `model.doers` says."""
        async with self._database.read() as connection:
            return await deletions.of_person(connection, telegram_id, limit, offset, who)

    async def deletion(self, telegram_id: int, deletion_id: int) -> Deletion | None:
        """A deletion of this person's."""
        async with self._database.read() as connection:
            found = await deletions.get(connection, deletion_id)
        return found if found is not None and found.telegram_id == telegram_id else None

    # -- what is sent

    async def delete_part(self, found: Deletion, client: Px6Client, ids: Sequence[int]) -> None:
        """Delete these, once more after 429 if px6 still lists all of them. Raises px6's errors, and TakenOver.

        TooManyCalls: it still lists them after the second, too. OutcomeUnknown: only its list will tell.
        """
        try:
            change = await self._delete_once(found, client, ids)
        except px6.TooManyCalls:
            change = await self._delete_once(found, client, ids)
        if (change.user_id, change.count) != (found.px6_user_id, len(ids)):
            raise px6.OutcomeUnknown("delete", "the answer is about others, or another number")

    async def _delete_once(self, found: Deletion, client: Px6Client, ids: Sequence[int]) -> Change:
        """One call. TooManyCalls means that px6 still lists all of these."""
        if await self._is_taken_over(found.id):
            raise TakenOver
        self._sent_at[found.id] = self._monotonic()
        try:
            return await client.delete(ids=ids)
        except px6.TooManyCalls:
            gone = await gone_by_list(found, client, ids)
            if any(gone.get(one, True) for one in ids):
                raise px6.OutcomeUnknown("delete", "some are gone after 429, or may be") from None
            raise

    async def _is_taken_over(self, deletion_id: int) -> bool:
        holder = self._leases.holder
        if holder is None:
            return False
        async with self._database.read() as connection:
            return await deletions.is_held_by_another(connection, deletion_id, holder)

    # -- what is open

    async def recover(self) -> None:
        """After a start, and when another process is gone: take up what a stop or a kill cut off.

        Raises StorageError: it is to be called again.
        """
        try:
            async with self._database.single() as connection:
                left = await deletions.take_over(connection, self._leases.holder)
        except StorageError:
            self._may_be_lost = True
            raise
        self._open |= dict.fromkeys(left, self._monotonic())

    async def settle_due(self) -> None:
        """Called every few seconds: read px6's list for what is open, and tell. A px6 that hangs holds up nobody."""
        if self._may_be_lost:
            await self._find_lost()
        now = self._monotonic()
        for one in [one for one, at in self._open.items() if at <= now]:
            if one not in self._running | self._looking:
                self._looking.add(one)
                await self._looks.start(partial(self._guarded, one))
        await self._looks.wait(ROUND)

    async def _find_lost(self) -> None:
        """What the database committed although it could not say so any more is open, and nobody else's."""
        with suppress(StorageError):  # it is away still
            async with self._database.read() as connection:
                held = await deletions.held_by(connection, self._leases.holder)
            for one in held:
                self._sent_at.setdefault(one, self._monotonic())
                self._open.setdefault(one, self._monotonic() + SHORTEST_PAUSE)
            self._may_be_lost = False

    async def _guarded(self, deletion_id: int) -> None:
        """Whatever one runs into concerns no other."""
        try:
            await self._settle(deletion_id)
        except (px6.Px6Error, NoKey, NotTold, StorageError) as error:
            log.debug("A deletion stays open: %s", type(error).__name__)
        except TakenOver:
            self._forget(deletion_id)
        except Exception:  # it is looked at again as planned
            log.exception("A deletion could not be looked at")
        finally:
            self._looking.discard(deletion_id)

    async def _settle(self, deletion_id: int) -> None:
        found = await self._read(deletion_id)
        if found is None:
            return
        now = self._monotonic()
        age = now - self._sent_at.setdefault(deletion_id, now)
        self._open[deletion_id] = now + min(max(age / 4, SHORTEST_PAUSE), LONGEST_PAUSE)
        known = await self._look(found, age)
        if known.unknown or await self._read(deletion_id) is None:
            return
        if deletion_id in self._told:
            await self._close(known)
        else:
            await self._tell(known, looked=bool(found.unknown))

    async def _read(self, deletion_id: int) -> Deletion | None:
        """What is open; None when it was forgotten, or another process has closed it or sees to it."""
        async with self._database.read() as connection:
            found = await deletions.get(connection, deletion_id)
            is_taken_over = await deletions.is_held_by_another(connection, deletion_id, self._leases.holder)
        if found is None or found.certain or is_taken_over:
            self._forget(deletion_id)
            return None
        return found

    async def _tell(self, deletion: Deletion, *, looked: bool) -> None:
        """Until it is told, or was sent several times without an answer."""
        try:
            await self._tell_outcome(deletion, looked=looked)
        except Unsure:
            tries = self._tries[deletion.id] = self._tries.get(deletion.id, 0) + 1
            log.warning("The outcome of a deletion may not have arrived")
            if (pause := again_after(tries)) is not None:
                self._open[deletion.id] = self._monotonic() + pause.total_seconds()
                return
        self._tries.pop(deletion.id, None)
        await self.close(deletion)

    async def _look(self, found: Deletion, age: float) -> Deletion:
        """What is not listed is gone; what still is may go yet, until px6 had its time.

        `age`: seconds since a call was sent last.
        """
        if not found.unknown:
            return found
        account, client = await self._accounts.connected(found.telegram_id)
        if account.px6_user_id != found.px6_user_id:
            raise NoKey
        gone = await gone_by_list(found, client.background, found.unknown)
        over = age > self._longest_call
        return await self.note(found, client, {one: is_gone for one, is_gone in gone.items() if over or is_gone})


async def gone_by_list(found: Deletion, client: Px6Client, ids: Sequence[int]) -> dict[int, bool]:
    """Which of these px6 does not list any more; those of which its list does not tell are left out.

    Raises OutcomeUnknown where it tells nothing.
    """
    try:
        listed = await client.proxies(nokey=True)
    except px6.Px6Error as error:
        raise px6.OutcomeUnknown("delete", "the list cannot be read") from error
    if listed.user_id != found.px6_user_id:
        raise px6.OutcomeUnknown("delete", "the list is another account's")
    there = {proxy.id for proxy in listed.proxies}
    return {one: one not in there for one in ids if one in there or not listed.may_hold(one)}


def rows_of(ids: Sequence[int], listed: ProxyList, now: datetime) -> list[DeletionProxy]:
    """What is written down of those that are to be deleted, and of those that may be among what is unreadable."""
    mine = {proxy.id: proxy for proxy in listed.proxies}
    return [
        to_be_deleted(mine[one], now) if one in mine else DeletionProxy(id=one, host="", days_left=0, gone=False)
        for one in ids
        if one in mine or listed.may_hold(one)
    ]


def to_be_deleted(proxy: Proxy, now: datetime) -> DeletionProxy:
    """What is written down of a proxy before it is deleted; whether px6 deletes it is not known yet."""
    left = max(proxy.ends_at - now, timedelta(0))
    return DeletionProxy(
        id=proxy.id,
        host=proxy.host,
        country=proxy.country,
        comment=proxy.comment,
        days_left=round(left / DAY, 2),
        gone=None,
    )
