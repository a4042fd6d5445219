"""Faults on demand, for the next calls of a method."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .model import Fault, FaultKind

_NOT_OF_CALLS = (FaultKind.DOWN, FaultKind.RESET)


class Faults:
    """The faults that are switched on, oldest first; a call meets the first that fits it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._made = 0
        self._lifted = {kind: asyncio.Event() for kind in FaultKind}
        self.waiting: list[Fault] = []

    def add(
        self,
        kind: FaultKind,
        method: str | tuple[str, ...] | None = None,
        times: int | None = 1,
        key: str | None = None,
        seconds: float | None = None,
        error_id: int = 30,
    ) -> Fault:
        if times is not None and times < 1:
            raise ValueError("times is at least 1, or null for until it is lifted")
        self._made += 1
        until = self._monotonic() + seconds if kind is FaultKind.DOWN and seconds is not None else None
        fault = Fault(
            number=self._made,
            kind=kind,
            method=method,
            key=key,
            times=times,
            seconds=seconds,
            error_id=error_id,
            until=until,
        )
        self.waiting.append(fault)
        return fault

    def lift(self, kind: FaultKind | None = None) -> None:
        """Forgets the faults of one kind, or all of them. Calls that such a fault holds up are answered."""
        for each in (kind,) if kind is not None else FaultKind:
            self._lifted[each].set()
            self._lifted[each] = asyncio.Event()
        self.waiting = [fault for fault in self.waiting if kind is not None and fault.kind is not kind]

    def take(self, key: str, method: str) -> Fault | None:
        """The first fault that fits this call; its `times` go down by one."""
        for fault in self.waiting:
            if fault.kind not in _NOT_OF_CALLS and fault.strikes(key, method):
                return self._count_off(fault)
        return None

    def lifted(self, kind: FaultKind) -> asyncio.Event:
        """What is set when the faults of this kind are lifted that there are now."""
        return self._lifted[kind]

    def resets(self) -> bool:
        """Whether connections are to be reset."""
        return any(fault.kind is FaultKind.RESET for fault in self.waiting)

    def take_reset(self) -> bool:
        """Whether the connection just made is to be reset."""
        for fault in self.waiting:
            if fault.kind is FaultKind.RESET:
                self._count_off(fault)
                return True
        return False

    def down_for(self) -> float | None:
        """Seconds for which connections are refused from now on (infinite until lifted); None: not at all."""
        now = self._monotonic()
        self.waiting = [fault for fault in self.waiting if fault.until is None or fault.until > now]
        ends = [fault.until for fault in self.waiting if fault.kind is FaultKind.DOWN]
        if not ends:
            return None
        return max(float("inf") if end is None else end - now for end in ends)

    def _count_off(self, fault: Fault) -> Fault:
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self.waiting.remove(fault)
        return fault
