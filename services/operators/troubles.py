"""What goes wrong is told to operators once, and once more when it is over; looked at every minute.

What was told stands in the database before it is sent, so that neither a restart nor a second process tells it
again; while the database cannot be written, in memory. A trouble is over only where this process has seen that it
is, and of several processes only the one says so that has told it, or an heir of one that is gone: px6 may be silent
for one machine and answer another. What Telegram does not take now is told when it does.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from model.errors import StorageError
from model.operators import News, TroubleKind
from services.account.access import Access
from services.ground.elapsed_time import ElapsedTime
from services.ground.presence import Presence
from services.notifications.kinds import Gone, NotSent, Refused, Unsure
from services.operators.reach import Reach
from storage import figures
from storage import troubles as stored
from storage.engine.database import Database

log = logging.getLogger(__name__)

SILENT = timedelta(minutes=5)  # px6 or Telegram that gives no answer for so long is told
UNKNOWN = timedelta(minutes=15)  # a payment whose outcome is not known for so long is told
SAME_ERROR = timedelta(hours=1)  # an error at one place is told once within this time
MOST_ERRORS = 20  # places that are told with one look
OF_ONE_PROCESS = ("px6", "telegram", "disk", "backup")  # what one process may have while another has not
MOST_UNTOLD = 100  # news that wait until Telegram takes them; the oldest go first

Ask = Callable[[], Awaitable[None]]
"""Asks px6 or Telegram for something that changes nothing; the answer is noted by its `Reach`."""

Tell = Callable[[int, News], Awaitable[None]]
"""Tells one operator. Raises Gone, Refused, NotSent, Unsure, StorageError."""


class LastBackup(Protocol):
    """How the newest backup went that this process made: `file` is None when it failed, `error` says why."""

    @property
    def at(self) -> datetime: ...

    @property
    def file(self) -> Path | None: ...

    @property
    def error(self) -> str: ...


class Seen:
    """What one look saw: troubles that there are, by name, and names of those that surely are not."""

    def __init__(self) -> None:
        self.wrong: dict[str, News] = {}
        self.fine: set[str] = set()


class Troubles:
    """Compares what goes wrong with what was told."""

    def __init__(
        self,
        database: Database,
        access: Access,
        last_backup: Callable[[], Awaitable[LastBackup | None]],
        px6: tuple[Reach, Ask],
        telegram: tuple[Reach, Ask],
        polls: Reach,
        tell: Tell,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        presence: Presence | None = None,
    ) -> None:
        """`polls`: whether Telegram gives updates, or knows where to deliver them. `presence`: among other processes,
        if there are any. `stands_by` is set by the app: whether another process polls.
        """
        self._polls, self._presence = polls, presence
        self.stands_by: Callable[[], bool] = lambda: False
        self._database, self._access, self._last_backup = database, access, last_backup
        self._reaches = {"px6": px6, "telegram": telegram}
        self._tell, self._clock, self._monotonic = tell, clock, monotonic
        self._elapsed, self._unknown = ElapsedTime(clock, monotonic), set[int]()
        self._unwritten: dict[str, datetime] = {}
        self._untold: deque[tuple[int, News]] = deque(maxlen=MOST_UNTOLD)
        self._errors: deque[tuple[str, str]] = deque(maxlen=MOST_ERRORS)
        self._told_errors: dict[str, float] = {}

    def note_error(self, kind: str, place: str) -> None:
        """An error that nobody foresaw: its type, and the place in the code. Any thread may call this."""
        self._errors.append((kind, place))

    async def look(self) -> None:
        """Look at everything once, and tell what is new. Nothing is looked at where nobody operates the bot."""
        if not self._access.operators:
            return
        told = await self._told()
        seen = Seen()
        for name in self._reaches:
            await self._look_at_reach(name, told, seen)
        self._look_at_polls(seen)
        await self._look_at_disk(seen)
        await self._look_at_backups(seen)
        await self._look_at_payments(told, seen)
        for news in (*await self._new(told, seen), *await self._over(told, seen), *self._new_errors()):
            self._queue(news)
        await self._deliver()

    # -- what there is

    async def _told(self) -> dict[str, datetime]:
        """What was told and is not over yet, by name."""
        try:
            async with self._database.read() as connection:
                return await stored.told(connection) | self._unwritten
        except StorageError:
            return dict(self._unwritten)

    async def _look_at_reach(self, name: str, told: dict[str, datetime], seen: Seen) -> None:
        """Whoever seems silent is asked first: without people nobody else asks."""
        reach, ask = self._reaches[name]
        polls_fail = name == "telegram" and self._polls.failing_since is not None
        if reach.failing_since is not None or name in told or polls_fail:
            await ask()
        if reach.failing_since is None:
            if reach.answered_at is not None:
                seen.fine.add(name)
        elif reach.failing_for >= SILENT:
            kind: TroubleKind = "px6" if name == "px6" else "telegram"
            seen.wrong[name] = News(kind=kind, since=reach.failing_since)

    def _look_at_polls(self, seen: Seen) -> None:
        """A Telegram that does not answer at all is that trouble, and no other. Who stands by knows of no polls."""
        if self.stands_by():
            self._polls.forget()
        polls, is_silent = self._polls, self._reaches["telegram"][0].failing_since is not None
        if polls.failing_since is None:
            if polls.answered_at is not None:
                seen.fine.add("updates")
        elif polls.failing_for >= SILENT and not is_silent:
            seen.wrong["updates"] = News(kind="updates", since=polls.failing_since)

    async def _look_at_disk(self, seen: Seen) -> None:
        if await self._database.can_be_written():
            seen.fine.add("disk")
        else:
            seen.wrong["disk"] = News(kind="disk", since=self._clock())

    async def _look_at_backups(self, seen: Seen) -> None:
        last = await self._last_backup()
        if last is not None and last.file is None:
            seen.wrong["backup"] = News(kind="backup", since=last.at, detail=last.error)
        elif last is not None:
            seen.fine.add("backup")

    async def _look_at_payments(self, told: dict[str, datetime], seen: Seen) -> None:
        try:
            async with self._database.read() as connection:
                unknown = await figures.unknown_orders(connection)
        except StorageError:
            return
        for number, sent_at in unknown:
            if self._elapsed.seconds_since(number, sent_at) >= UNKNOWN.total_seconds():
                seen.wrong[f"payment {number}"] = News(kind="unknown", since=sent_at)
        for number in self._unknown - {number for number, _ in unknown}:
            self._elapsed.forget(number)
        self._unknown = {number for number, _ in unknown}
        still = {f"payment {number}" for number in self._unknown}
        seen.fine |= {name for name in told if name.startswith("payment ")} - still

    # -- what is new

    async def _new(self, told: dict[str, datetime], seen: Seen) -> list[News]:
        """Troubles that nobody was told of; payments of unknown outcome are one piece of news together."""
        ours = [(name, news) for name, news in seen.wrong.items() if await self._is_ours(name)]
        new = [news for name, news in ours if name not in told and await self._begin(name, news.since)]
        for name in [name for name in self._unwritten if name in told]:
            await self._begin(name, self._unwritten[name])
        unknown = [news for news in new if news.kind == "unknown"]
        found = [news for news in new if news.kind != "unknown"]
        if unknown:
            found.append(News(kind="unknown", since=min(news.since for news in unknown), count=len(unknown)))
        return found

    async def _begin(self, name: str, since: datetime) -> bool:
        """Note it before it is told; False when another process has told it."""
        try:
            async with self._database.write() as connection:
                is_new = await stored.begin(connection, name, since)
        except StorageError:
            self._unwritten[name] = since
            return True
        self._unwritten.pop(name, None)
        return is_new

    async def _over(self, told: dict[str, datetime], seen: Seen) -> list[News]:
        """Troubles that were told and are over. That an outcome is known now was told to its person."""
        ours = [name for name in told if name in seen.fine and await self._is_ours(name)]
        over = [name for name in ours if await self._end(name)]
        kinds: tuple[TroubleKind, ...] = ("px6", "telegram", "updates", "disk", "backup")
        return [News(kind=kind, since=told[kind], over=self._clock()) for kind in kinds if kind in over]

    async def _end(self, name: str) -> bool:
        """Note that it is over, before that is told; False when another process has. The next is anybody's."""
        was_unwritten = self._unwritten.pop(name, None) is not None
        try:
            async with self._database.write() as connection:
                return await stored.end(connection, [name]) or was_unwritten
        except StorageError:
            return was_unwritten
        finally:
            if self._presence is not None and name in OF_ONE_PROCESS:
                await self._presence.release(lease_of(name))

    async def _is_ours(self, name: str) -> bool:
        """Whether this process may tell it, or its end: no other has told it that still runs.

        While the database is away each process speaks for itself.
        """
        if self._presence is None or name not in OF_ONE_PROCESS:
            return True
        try:
            return await self._presence.take(lease_of(name))
        except StorageError:
            return True

    def _new_errors(self) -> Iterable[News]:
        """Of each place one within an hour."""
        now = self._monotonic()
        for _ in range(len(self._errors)):
            kind, place = self._errors.popleft()
            told_at = self._told_errors.get(place)
            if told_at is None or now - told_at >= SAME_ERROR.total_seconds():
                self._told_errors[place] = now
                yield News(kind="error", since=self._clock(), detail=f"{kind} at {place}")

    # -- telling it

    def _queue(self, news: News) -> None:
        """For each operator. Who was not told yet that it began is told only that it is over."""
        if news.over is not None:
            waiting = [each for each in self._untold if each[1].kind != news.kind]
            self._untold.clear()
            self._untold.extend(waiting)
        self._untold.extend((operator, news) for operator in sorted(self._access.operators))

    async def _deliver(self) -> None:
        for _ in range(len(self._untold)):
            operator, news = self._untold.popleft()
            try:
                await self._tell(operator, news)
            except (Gone, Refused, Unsure) as error:
                log.warning("An operator was not told: %s", type(error).__name__)
            except (NotSent, StorageError):
                self._untold.append((operator, news))


def lease_of(name: str) -> str:
    """What the process holds that has told this trouble, until it is over."""
    return f"trouble {name}"
