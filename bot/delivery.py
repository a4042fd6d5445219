"""Updates that Telegram delivers, from the request until its answer: taken, or to be delivered again."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from model.errors import StorageError

log = logging.getLogger(__name__)

TryToWrite = Callable[[], Coroutine[Any, Any, bool]]  # whether it could be done
KEPT = 10_000  # numbers of updates that were taken: what one process gets in minutes of a flood


class Delivery:
    """One update. `answer` becomes True once Telegram may forget it, False when it must deliver it again.

    `is_noted`: other processes are to be told of the answer.
    """

    def __init__(self, number: int, books: Books, settled: Callable[[bool], None], *, again: bool) -> None:
        """`settled` is called with the answer; `again`: it could not be written down when it came before."""
        self._number, self._books, self._settled, self._again = number, books, settled, again
        self._written = self.is_noted = False
        self.answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def on_disk(self) -> None:
        """What the update changes is written down, or nothing will be: Telegram may forget it."""
        self._settle(True)

    def written(self) -> None:
        """What the update changes is written down, but its turn must end before the next one of its chat comes."""
        self._written = True

    def came_before(self) -> None:
        """Another process could not write it down."""
        self._again = True

    def undone(self) -> None:
        """The update was not handled to its end; unless it is on disk already, it comes again."""
        self._settle(self._written)

    async def goes_back(self, error: StorageError) -> bool:
        """Whether it comes again after this error; the person then is told nothing of this time.

        It does while nothing can be written; else once, for one that always fails must not come for ever.
        """
        if self.answer.done() or self._written:
            return False
        can_be_written = await self._books.can_be_written(error)
        if can_be_written and self._again:
            return False
        if can_be_written:
            log.warning("Update %d could not be written down, and is to come again: %s", self._number, error)
        self._settle(False)
        return not self.answer.result()

    def _settle(self, taken: bool) -> None:
        if not self.answer.done():
            self.answer.set_result(taken)
            self._settled(taken)


class Deliveries:
    """The updates that this process has begun to handle: one that is delivered again is not handled again.

    Of those that were taken only the numbers are kept; who asks for one under way waits for the same answer.
    """

    def __init__(self) -> None:
        self._under_way: dict[int, Delivery] = {}
        self._taken, self._gone_back = Numbers(), Numbers()

    def was_taken(self, number: int) -> bool:
        """Whether it was handled before, and Telegram has not heard the answer."""
        return number in self._taken

    def under_way(self, number: int) -> Delivery | None:
        """The delivery that is being handled just now."""
        return self._under_way.get(number)

    def begin(self, number: int, books: Books) -> Delivery:
        """A delivery that is being handled from now on; its answer ends that."""
        again = number in self._gone_back
        delivery = self._under_way[number] = Delivery(number, books, partial(self._end, number), again=again)
        return delivery

    def _end(self, number: int, taken: bool) -> None:
        del self._under_way[number]
        (self._taken if taken else self._gone_back).add(number)


class Numbers:
    """Numbers of updates; of very many the oldest are forgotten."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[int, None] = OrderedDict()

    def add(self, number: int) -> None:
        self._numbers[number] = None
        if len(self._numbers) > KEPT:
            self._numbers.popitem(last=False)

    def __contains__(self, number: int) -> bool:
        return number in self._numbers


class Books:
    """Whether the database can be written, tried only after something could not be: one line for each outage."""

    def __init__(self, try_to_write: TryToWrite) -> None:
        self._write = SharedTry(try_to_write)
        self.failing = False

    async def still_fail(self) -> bool:
        """Whether nothing could be written when it was tried last, and nothing can now."""
        return self.failing and not await self.can_be_written()

    async def can_be_written(self, error: StorageError | None = None) -> bool:
        """Try it, and remember. `error` is why it was doubted."""
        can = await self._write.tried()
        if not can and not self.failing:
            log.error("Telegram keeps updates that change something until they can be written: %s", error)
        if can and self.failing:
            log.warning("The database can be written again")
        self.failing = not can
        return can


class SharedTry:
    """Tries to write once for all who ask meanwhile: a hundred updates may come again at once."""

    def __init__(self, try_to_write: TryToWrite) -> None:
        self._try_to_write = try_to_write
        self._trying: asyncio.Future[bool] | None = None

    async def tried(self) -> bool:
        """Whether it could be done. Who does not wait for the answer leaves the try to the others."""
        if self._trying is None:
            self._trying = asyncio.ensure_future(self._try_to_write())
            self._trying.add_done_callback(self._end_trying)
        return await asyncio.shield(self._trying)

    async def ended(self) -> None:
        """Wait for the end of a try that is under way."""
        if self._trying is not None:
            await asyncio.wait([self._trying])

    def _end_trying(self, _: asyncio.Future[bool]) -> None:
        self._trying = None
