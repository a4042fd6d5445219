"""Answers that several callers of one key share: those of calls under way, and those kept for some seconds."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

KEPT_ANSWERS = 256
"""The most that are kept for one key: a conversation asks for a few dozen prices."""


class _CallUnderWay:
    """A call and how many callers wait for its answer."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task
        self.waiting = 0


class CallsUnderWay:
    """Makes one call of equal reads at the same time. It is cancelled only when every caller has been."""

    def __init__(self) -> None:
        self._calls: dict[Hashable, _CallUnderWay] = {}

    async def call(self, name: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of the call of this name, which is started unless it is under way."""
        under_way = self._calls.get(name) or self._begin(name, start())
        under_way.waiting += 1
        try:
            return await asyncio.shield(under_way.task)
        finally:
            under_way.waiting -= 1
            if not under_way.waiting and not under_way.task.done():
                self._drop(name, under_way)
                under_way.task.cancel()

    def stop_sharing(self) -> None:
        """No later caller joins a call under way: something was changed, and px6 may have read before that."""
        self._calls.clear()

    def has(self, name: Hashable) -> bool:
        """Whether a call of this name is under way, to be joined."""
        return name in self._calls

    def _begin(self, name: Hashable, call: Coroutine[Any, Any, Any]) -> _CallUnderWay:
        # The task belongs to those who wait for it: the last of them to be cancelled cancels it.
        under_way = _CallUnderWay(asyncio.get_running_loop().create_task(call))
        self._calls[name] = under_way
        under_way.task.add_done_callback(lambda task: self._ended(name, under_way))
        return under_way

    def _ended(self, name: Hashable, under_way: _CallUnderWay) -> None:
        self._drop(name, under_way)
        if not under_way.task.cancelled():
            under_way.task.exception()  # marks it as seen, so that asyncio does not log it where nobody waits

    def _drop(self, name: Hashable, under_way: _CallUnderWay) -> None:
        if self._calls.get(name) is under_way:
            del self._calls[name]


class AnswerCache:
    """Keeps answers for some seconds; when there are too many, the oldest goes first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answers: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def has(self, name: Hashable) -> bool:
        """Whether an answer is kept that would be given now."""
        kept = self._answers.get(name)
        return kept is not None and self._clock() < kept[0]

    async def get(self, name: Hashable, seconds: float, ask: Callable[[], Awaitable[T]], *, fresh: bool) -> T:
        """The kept answer, or the answer of `ask`, then kept for `seconds`. `fresh`: always the answer of `ask`."""
        answers = self._answers  # clear() leaves these behind: what was asked for before it is not kept after it
        kept = answers.get(name)
        if kept is not None and not fresh and self._clock() < kept[0]:
            return kept[1]  # type: ignore[no-any-return]
        answer = await ask()
        answers[name] = (self._clock() + seconds, answer)
        answers.move_to_end(name)
        if len(answers) > KEPT_ANSWERS:
            answers.popitem(last=False)
        return answer

    def clear(self) -> None:
        """Forget everything."""
        self._answers = OrderedDict()
