"""After a buy: its proxies carry the unique mark under which it was sent, and get the comment that was wanted.

Only what still carries the mark is renamed (`setdescr` with `old`), so a comment that the person gave in the meantime
is never overwritten, and repeating is harmless. Where px6 has changed the mark, what is left of it is looked for;
what stands there against everybody's wish is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import px6
from model.orders import Order, OrderState
from px6 import Px6Client
from services.orders.journal import Journal
from services.orders.marks import is_left_of
from services.orders.quoting import read_all

FIRST_TRY, LONGEST_PAUSE = 2, 3600  # seconds
MOST_TRIES = 48


class Renamer:
    """Gives bought proxies the comment that was wanted; a try that fails is repeated later."""

    def __init__(
        self, journal: Journal, clock: Callable[[], datetime], tell: Callable[[int], Awaitable[None]]
    ) -> None:
        self._journal, self._clock, self._tell = journal, clock, tell

    async def rename(self, order_id: int, client: Px6Client) -> None:
        """Rename the proxies of a done buy, if that is still to be done."""
        order = await self._journal.order(order_id)
        if order is None or not order.rename_pending or order.mark is None:
            return
        try:
            stands = await self._renamed(order, client)
        except px6.WrongComment as error:  # px6 takes no such comment, perhaps no empty one: the mark stays
            await self._note(order, "refused", type(error).__name__)
        except (px6.WrongKey, px6.WrongAddress) as error:
            await self.later(order, type(error).__name__)
        except px6.Px6Error as error:
            await self._note(order, "pending", type(error).__name__)
        else:
            await self._note(order, "done" if stands is None else "kept", None, stands)

    async def _renamed(self, order: Order, client: Px6Client) -> str | None:
        """Rename the proxies that carry the mark; gives the comment that px6 shows in place of the wanted one."""
        try:
            if (await client.set_comment(order.comment or "", old=order.mark)).count >= order.got:
                return None
        except px6.NotFound:
            pass  # nothing carries it as it was sent
        others = await self._others(order, client)
        left = [one for one, comment in others.items() if is_left_of(order.mark, comment)]
        for ids in px6.split_ids(left):
            await client.set_comment(order.comment or "", ids=ids)
        if left:
            others = {one: comment for one, comment in (await self._others(order, client)).items() if one in left}
        return next(iter(others.values()), None) if left or len(others) == order.got else None

    async def _others(self, order: Order, client: Px6Client) -> dict[int, str]:
        """The comments of the order's proxies that do not have the wanted one."""
        listed = await read_all(client)
        if listed.user_id != order.px6_user_id:
            raise px6.NoAnswer("the list of another account")
        mine = (proxy for proxy in listed.proxies if proxy.id in order.ids)
        return {proxy.id: proxy.comment for proxy in mine if proxy.comment != (order.comment or "")}

    async def later(self, order: Order, error: str) -> None:
        """Postpone a rename without a key to the account: it counts as no try, and a new key makes it due at once."""
        values = {"due_at": self._clock() + timedelta(seconds=LONGEST_PAUSE)}
        data = {"comment": order.comment, "result": "pending", "error": error}
        await self._journal.change(order, (OrderState.DONE,), values, "renamed", data, news=False)

    async def _note(self, order: Order, rename: str, error: str | None, stands: str | None = None) -> None:
        """Write down what became of a try; the person is told only when the comment cannot be set.

        `stands`: the comment that px6 shows in place of the wanted one.
        """
        tries = order.rename_tries + 1
        if rename == "pending" and tries >= MOST_TRIES:
            rename = "given_up"
        pause = timedelta(seconds=min(FIRST_TRY * 2**tries, LONGEST_PAUSE))
        values = {
            "rename": rename,
            "rename_tries": tries,
            "due_at": self._clock() + pause if rename == "pending" else None,
        }
        if stands is not None:
            values["mark"] = stands
        data = {"comment": order.comment, "result": rename, "error": error}
        news = rename in ("refused", "given_up", "kept")
        if await self._journal.change(order, (OrderState.DONE,), values, "renamed", data, news=news) and news:
            await self._tell(order.confirmation_id)


def rename_values(order: Order, now: datetime) -> dict[str, Any]:
    """The columns of an order that is done: a buy is to be renamed, nothing else needs more work."""
    if order.kind == "buy":
        return {"rename": "pending", "due_at": now + timedelta(seconds=FIRST_TRY)}
    return {"due_at": None}
