"""The outcome of a change of many proxies: it takes several calls of px6, and each part has an outcome of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

import px6
from handlers.ground.callback_data import CallbackData
from handlers.ground.errors import what_happened
from handlers.ground.proxy_words import ids_line
from handlers.ground.screen import Row, button
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from model.errors import StorageError
from px6 import PartOutcome, Proxy, Px6Client
from services.account.accounts import NoKey
from services.account.rights import AccessEnded, AccessShrunk

T = TypeVar("T")
Call = Callable[[tuple[int, ...]], Awaitable[T]]  # of px6 with the ids of a part


NOT_THERE = (px6.NotFound, px6.WrongIds)  # how px6 refuses ids that it does not know


class NotAllowed(px6.NotTried):
    """The right to go on, or the key, is gone since the part before was sent, or cannot be read."""

    def __init__(self, reason: AccessEnded | NoKey | StorageError) -> None:
        super().__init__(type(reason).__name__)
        self.reason = reason


async def in_parts(turn: Turn, ids: Iterable[int], call: Call[T]) -> list[PartOutcome[T]]:
    """As `px6.in_parts`; the right to it is read again before each part but the first, for which it was just read."""
    is_begun = False

    async def send(part: tuple[int, ...]) -> T:
        nonlocal is_begun
        if is_begun:
            await look_whether_allowed(turn)
        is_begun = True
        return await call(part)

    return await px6.in_parts(ids, send)


async def look_whether_allowed(turn: Turn) -> None:
    """Raises NotAllowed: what was sent before is told all the same."""
    try:
        await turn.px6()
    except (AccessEnded, NoKey, StorageError) as error:
        raise NotAllowed(error) from error


async def send_change(
    turn: Turn, ids: Iterable[int], call: Call[T], change: Callable[[Proxy], Proxy]
) -> list[PartOutcome[T]]:
    """The outcome of each part. `change`: what a part that succeeds makes of each of its proxies.

    Lists that were read before are kept up to date when all parts succeed, and otherwise forgotten.
    """
    client = await turn.px6()
    turn.owes_outcome = True
    before, parts = client.changes, await in_parts(turn, ids, call)
    if all(part.error is None for part in parts):
        done = {one for part in parts for one in part.ids}
        turn.services.lists.changed(
            client, before, len(parts), lambda proxy: change(proxy) if proxy.id in done else proxy
        )
    return parts


def done_count(parts: Sequence[PartOutcome[Any]]) -> int:
    """Of how many proxies it is certain that they were changed."""
    return sum(len(part.ids) for part in parts if part.error is None)


def single_failure(parts: Sequence[PartOutcome[Any]]) -> px6.Px6Error | None:
    """The error when there was one part and it failed: it is then explained like the error of any other call."""
    match parts:
        case [only]:
            return only.error
    return None


async def settled_by_list(
    client: Px6Client, parts: Sequence[PartOutcome[T]], is_done: Callable[[Proxy], bool]
) -> list[PartOutcome[T]]:
    """Where px6 did not say whether a change was made, its list tells. Without the list that stays unknown."""
    if not any(isinstance(part.error, px6.OutcomeUnknown) for part in parts):
        return list(parts)
    now = await proxies_now(client)
    if now is None:
        return list(parts)
    done = {proxy.id for proxy in now if is_done(proxy)}
    return [settled_part(done, part) if isinstance(part.error, px6.OutcomeUnknown) else part for part in parts]


def settled_part(done: set[int], part: PartOutcome[T]) -> PartOutcome[T]:
    """px6 changes all of a part or nothing, so one that is not done means that nothing is so far."""
    return (
        PartOutcome(part.ids)
        if done.issuperset(part.ids)
        else PartOutcome(part.ids, error=px6.NoAnswer("not done so far"))
    )


async def proxies_now(client: Px6Client) -> Sequence[Proxy] | None:
    """px6's list as it is now; None when it cannot be read.

    `client`: with which something was changed. What came of it is told also to whose right has ended since.
    """
    try:
        return (await client.proxies(nokey=True)).proxies
    except px6.Px6Error:
        return None  # the person is then told that it is not known


def try_again_row(w: Words, parts: Sequence[PartOutcome[Any]], data: CallbackData) -> Row:
    """A way to do it again, which harms none of those for which it was done, when something failed."""
    return [button(w.tr("Try again"), data)] if any(map(can_be_repeated, parts)) else []


def can_be_repeated(part: PartOutcome[Any]) -> bool:
    """Whether the part failed, and may fare better the next time."""
    return part.error is not None and not isinstance(part.error, px6.ErrorUnknown) and not is_over(part)


def is_over(part: PartOutcome[Any]) -> bool:
    """Whether the part was not sent because who sends them may not any more."""
    return isinstance(part.error, NotAllowed) and not isinstance(part.error.reason, StorageError)


def failed_lines(w: Words, parts: Sequence[PartOutcome[Any]]) -> list[str]:
    """For each part that failed: how many, why, and which."""
    return [line for part in parts if part.error for line in failed_part(w, part.ids, part.error)]


def failed_part(w: Words, ids: Sequence[int], error: px6.Px6Error) -> tuple[str, str]:
    if isinstance(error, px6.OutcomeUnknown):
        first = w.n(
            "{count} proxy: px6 did not say whether it was done.",
            "{count} proxies: px6 did not say whether it was done.",
            len(ids),
        )
    else:
        why = why_not_allowed(w, error) if isinstance(error, NotAllowed) else what_happened(error, w)[0]
        first = w.n("{count} proxy unchanged. {why}", "{count} proxies unchanged. {why}", len(ids), why=why)
    return first, w.tr("IDs: {ids}", ids=ids_line(w, ids, 8))


def why_not_allowed(w: Words, error: NotAllowed) -> str:
    match error.reason:
        case AccessShrunk():
            return w.tr("Your access to this account no longer includes that.")
        case AccessEnded():
            return w.tr("You no longer have access to this account.")
        case NoKey():
            return w.tr("The bot no longer has the key of this account.")
    return w.tr("The bot cannot read its data right now.")
