"""The outcome of a change of many proxies: it takes several calls of px6, and each part has an outcome of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import px6
from handlers.ground.callback_data import CallbackData
from handlers.ground.errors import what_happened
from handlers.ground.proxy_words import ids_line, proxy_count
from handlers.ground.screen import Row, button
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from model.errors import StorageError
from px6 import PartOutcome, Proxy, ProxyList, Px6Client
from services.account.accounts import NoKey
from services.account.rights import AccessEnded, AccessShrunk

T = TypeVar("T")
Call = Callable[[tuple[int, ...]], Awaitable[T]]  # of px6 with the ids of a part


NOT_THERE = (px6.NotFound, px6.WrongIds)  # how px6 refuses ids that it does not know


class Sent(NamedTuple, Generic[T]):
    """The outcome of each part of a change. `listed`: px6's list, where that was read since to find it out."""

    parts: Sequence[PartOutcome[T]]
    listed: ProxyList | None = None


class NotListed(px6.NotFound):
    """px6's list shows that such a proxy is gone."""

    def __init__(self) -> None:
        super().__init__(self.code, "not listed")


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
    turn: Turn, ids: Iterable[int], call: Call[T], change: Callable[[Proxy], Proxy], is_done: Callable[[Proxy], bool]
) -> Sent[T]:
    """The outcome of each part, as px6 says or else its list shows. `change`: what a part that succeeds makes of each
    of its proxies; `is_done`: whether a proxy is now as it was to be.

    Lists that were read before are kept up to date when all parts succeed, and otherwise forgotten.
    """
    client = await turn.px6()
    turn.owes_outcome = True
    before, parts = client.changes, await in_parts(turn, ids, call)
    if all(part.error is None and not is_open(part) for part in parts):
        done = {one for part in parts for one in part.ids}
        turn.services.lists.changed(
            client, before, len(parts), lambda proxy: change(proxy) if proxy.id in done else proxy
        )
    sent = await settled_by_list(client, parts, is_done)
    done = {one for part in sent.parts if part.error is None for one in part.ids}
    await keep_up(turn, client, done, change, sent.listed)
    return sent


async def keep_up(
    turn: Turn,
    client: Px6Client,
    done: Collection[int],
    change: Callable[[Proxy], Proxy],
    listed: ProxyList | None = None,
) -> None:
    """What is known of the account, for a px6 that does not answer, changes with these proxies.

    `listed`: px6's list, if that was read since the change: they are as it shows them, whoever has changed them.
    """
    there = {proxy.id: proxy for proxy in listed.proxies} if listed is not None else {}
    if done:
        await turn.services.last_known.change(
            turn.person.telegram_id,
            client,
            lambda proxy: (there.get(proxy.id) or change(proxy)) if proxy.id in done else proxy,
        )


def done_count(parts: Sequence[PartOutcome[Any]]) -> int:
    """Of how many proxies it is certain that they were changed."""
    return sum(len(part.ids) for part in parts if part.error is None)


def single_failure(parts: Sequence[PartOutcome[Any]]) -> px6.Px6Error | None:
    """The error when there was one part and it failed: it is then explained like the error of any other call."""
    match parts:
        case [only]:
            return only.error
    return None


def is_open(part: PartOutcome[Any]) -> bool:
    """Whether only px6's list tells what was done: it did not say, or changed another number than it was asked to."""
    if isinstance(part.result, px6.Change):
        return part.result.count != len(part.ids)
    return isinstance(part.error, px6.OutcomeUnknown)


async def settled_by_list(
    client: Px6Client, parts: Sequence[PartOutcome[T]], is_done: Callable[[Proxy], bool]
) -> Sent[T]:
    """What is open is as px6's list shows it. Without the list that stays unknown."""
    if not any(map(is_open, parts)):
        return Sent(parts)
    listed = await list_now(client)
    settled = [one for part in parts for one in (settled_part(part, listed, is_done) if is_open(part) else [part])]
    return Sent(settled, listed)


def settled_part(
    part: PartOutcome[T], listed: ProxyList | None, is_done: Callable[[Proxy], bool]
) -> list[PartOutcome[T]]:
    """Which proxies of a part were changed, which were not, and which are gone.

    Where px6 did not answer, one that is not changed means that none is so far: it changes all that it knows at once.
    """
    unsure: px6.Px6Error = part.error or px6.OutcomeUnknown("", "another number was changed")
    if listed is None:
        return [PartOutcome(part.ids, error=unsure)]
    there = {proxy.id: proxy for proxy in listed.proxies}
    missing = [one for one in part.ids if one not in there]
    kept = [one for one in part.ids if one in there and not is_done(there[one])]
    if part.error and kept:
        kept = [one for one in part.ids if one in there]
    done = [one for one in part.ids if one in there and one not in kept]
    outcomes: list[tuple[list[int], px6.Px6Error | None]] = [
        (done, None),
        (kept, px6.NoAnswer("not done so far") if part.error else px6.Px6Error("not done")),
        ([one for one in missing if listed.may_hold(one)], unsure),
        ([one for one in missing if not listed.may_hold(one)], NotListed()),
    ]
    return [PartOutcome(tuple(ids), error=error) for ids, error in outcomes if ids]


async def list_now(client: Px6Client) -> ProxyList | None:
    """px6's list as it is now; None when it cannot be read.

    `client`: with which something was changed. What came of it is told also to whose right has ended since.
    """
    try:
        return await client.proxies(nokey=True)
    except px6.Px6Error:
        return None  # the person is then told that it is not known


def try_again_row(w: Words, parts: Sequence[PartOutcome[Any]], data: CallbackData) -> Row:
    """A way to do it again, which harms none of those for which it was done, when something failed."""
    return [button(w.tr("Try again"), data)] if any(map(can_be_repeated, parts)) else []


def can_be_repeated(part: PartOutcome[Any]) -> bool:
    """Whether the part failed, and may fare better the next time."""
    return part.error is not None and not isinstance(part.error, px6.ErrorUnknown) and may_go_on(part)


def may_go_on(part: PartOutcome[Any]) -> bool:
    """Whether there is anything left of the part, and who sends it still may."""
    if isinstance(part.error, NotAllowed):
        return isinstance(part.error.reason, StorageError)
    return not isinstance(part.error, NotListed)


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
    elif isinstance(error, NotListed):
        first = gone_line(w, len(ids))
    else:
        why = why_not_allowed(w, error) if isinstance(error, NotAllowed) else what_happened(error, w)[0]
        first = w.n("{count} proxy unchanged. {why}", "{count} proxies unchanged. {why}", len(ids), why=why)
    return first, w.tr("IDs: {ids}", ids=ids_line(w, ids, 8))


def gone_line(w: Words, count: int) -> str:
    return w.tr("Already gone: {what}", what=proxy_count(w, count))


def why_not_allowed(w: Words, error: NotAllowed) -> str:
    match error.reason:
        case AccessShrunk():
            return w.tr("Your access to this account no longer includes that.")
        case AccessEnded():
            return w.tr("You no longer have access to this account.")
        case NoKey():
            return w.tr("The bot no longer has the key of this account.")
    return w.tr("The bot cannot read its data right now.")
