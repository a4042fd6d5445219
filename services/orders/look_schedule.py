"""When an order whose outcome is not known is looked for: so long after it was sent, and after a failed look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from model.orders import Order
from services.ground.elapsed_time import ElapsedTime

AFTERWARDS = (3, 12)  # times the last scheduled second: looks that should find nothing new after a verdict
LONGEST_PAUSE = 60.0  # seconds between two tries while px6 cannot be read
PAUSE_WITHOUT_KEY = 300.0
PLANNED_AHEAD = 7200.0  # seconds: nothing but a look is planned further ahead


class LookSchedule:
    """The moments of looks. Time counts as it really passes, also where the clock was set."""

    def __init__(self, seconds: Sequence[float], patience: float, elapsed: ElapsedTime) -> None:
        """`seconds`: after an order was sent; at the last one a verdict is due. `patience`: what px6 may take for a
        call. `elapsed`: the time since orders were sent, by id."""
        self._seconds, self._patience, self._elapsed = tuple(seconds), patience, elapsed
        self._all_seconds = (*self._seconds, *(self._seconds[-1] * times for times in AFTERWARDS))
        self.first = timedelta(seconds=self._seconds[0])
        self.horizon = timedelta(seconds=max(self._all_seconds[-1], PLANNED_AHEAD))

    def age(self, order: Order) -> float:
        """Seconds since the order was sent; what is looked for was."""
        return self._elapsed.seconds_since(order.id, order.sent_at or order.confirmed_at)

    def is_verdict_due(self, age: float) -> bool:
        """Whether an order of this age has been looked for long enough."""
        return age >= self._seconds[-1]

    def px6_had_its_time(self, order: Order) -> bool:
        """Whether this process has known of the order for longer than px6 may take to do it.

        The clock alone may have been set forward since it was sent.
        """
        return self._elapsed.watched_for(order.id) >= self._patience

    def next_look(self, order: Order, now: datetime) -> datetime | None:
        """The next scheduled look after now; None when there is none."""
        age = self.age(order)
        second = next((second for second in self._all_seconds if second > age), None)
        return None if second is None else now + timedelta(seconds=second - age)

    def next_look_without_verdict(self, order: Order, now: datetime) -> datetime | None:
        """The next scheduled look; for an order that only the clock makes late, as soon as px6 had its time."""
        if self.is_verdict_due(self.age(order)):
            return now + timedelta(seconds=self._patience)
        return self.next_look(order, now)

    def after_failed_look(self, order: Order, now: datetime, *, gone: bool) -> datetime:
        """Soon at first, more and more rarely as time passes, but never later than the next scheduled look.

        `gone`: there is no key of the account, so it is tried more rarely.
        """
        longest = PAUSE_WITHOUT_KEY if gone else LONGEST_PAUSE
        pause = min(max(self.age(order) / 4, self._seconds[0]), longest)
        scheduled = self.next_look(order, now)
        again = now + timedelta(seconds=pause)
        return again if scheduled is None else min(again, scheduled)
