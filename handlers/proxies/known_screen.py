"""Screens of lists that were just read: shown at once, and made anew if px6 lists something else by now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from handlers.ground.screen import Screen
from handlers.ground.silence import last_known_screen
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.selection_view import read_known_list
from px6 import ProxyList, State


async def show_known(
    turn: Turn, states: Sequence[State], make: Callable[[], Awaitable[Screen]], *, least: State | None = None
) -> None:
    """Show a screen of the lists of these states; `make` reads them without asking for fresh ones.

    Those that are not at hand are read side by side. The others are read again behind, and only a difference is told.
    `least`: what is enough while px6 does not answer.
    """
    client, lists = await turn.px6(), turn.services.lists
    recent = {state: lists.recent(client, state) for state in states}
    missing = [state for state, listed in recent.items() if listed is None]
    await asyncio.gather(*(read_known_list(turn, state, least=least) for state in missing))
    message_id = await turn.show(await make())
    shown = {state: listed for state, listed in recent.items() if listed is not None}
    if shown and turn.silence is None:
        turn.renew(message_id, lambda: newer_screen(turn, shown, make, least))


async def newer_screen(
    turn: Turn, shown: Mapping[State, ProxyList], make: Callable[[], Awaitable[Screen]], least: State | None
) -> Screen | None:
    """The screen as it is now, or that px6 does not answer any more; None while it lists what was shown."""
    client, lists = await turn.px6(), turn.services.lists
    for state in shown:
        await read_known_list(turn, state, background=True, least=least)
    if turn.silence is not None:
        return last_known_screen(turn.words, await make(), turn.silence, turn.services.now(), turn.retry)
    now = {state: lists.recent(client, state) for state in shown}
    if all(are_alike(now[state], before) for state, before in shown.items()):
        return None
    return updated_screen(turn.words, await make())


def are_alike(now: ProxyList | None, before: ProxyList) -> bool:
    """Whether the same proxies are listed, each as before, as far as anything newer is known."""
    return now is None or (now.proxies, now.unreadable) == (before.proxies, before.unreadable)


def updated_screen(w: Words, screen: Screen) -> Screen:
    """The screen in place of an older one, and that it is another."""
    return Screen(lines(screen.text, "", updated_line(w)), screen.rows)


def updated_line(w: Words) -> str:
    return w.tr("Updated: this has just changed at px6.")
