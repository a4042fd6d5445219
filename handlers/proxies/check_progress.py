"""A check that takes a while: one at a time for a person, in the message that shows it, with progress and Stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from aiogram.exceptions import TelegramAPIError
from aiogram.methods import SendMessage

from handlers.ground.messages import edit_screen
from handlers.ground.screen import Screen
from handlers.ground.telegram_errors import PASSING_ERRORS, TelegramUnanswered
from handlers.ground.turn import Turn
from model.errors import StorageError
from services.account.current_client import CurrentClient
from services.account.rights import AccessEnded
from services.proxies.checks import Stoppable

log = logging.getLogger(__name__)

AT_ONCE = 2  # enough to keep px6's three calls a second busy; few enough that a tap does not wait long in line
SHOWN_WITHIN = 600.0  # seconds for which the end of a check is tried to be shown
TRIED_EVERY = 5.0  # seconds between these tries; besides, each request is repeated for a while by itself
EDIT_EVERY = 1.2  # seconds between edits of the progress; Telegram takes about one a second in a chat


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Run(Stoppable, Protocol[T_co]):
    """A check of many, of proxies or of strings."""

    def next(self) -> T_co | None:
        """The next to be asked; None when there is none, or no point in asking."""


async def start(turn: Turn, run: Stoppable, screen: Screen, work: Callable[[int], Coroutine[Any, Any, None]]) -> bool:
    """Show the run and let `work` go on in the background; it is given the id of the message.

    False, and nothing was begun, while another check of the person's is under way.
    """
    checks, person = turn.services.checks, turn.person.chat_id
    if not await checks.begin(person, run):
        return False
    turn.owes_outcome = True  # the message is the check's from now on
    try:
        message_id = await turn.show(screen)
        await checks.shown_in(person, message_id)
    except BaseException:
        await checks.end(person, await checks.all_asked(person))
        raise
    turn.background.start(logging_errors(work(message_id)))
    return True


async def is_stopped(turn: Turn) -> bool:
    """Whether the person's check, or the bot, was stopped; or a colleague's right was taken back.

    A database that is away stops nothing: the right is read again before the next proxy.
    """
    if turn.person.colleague is not None:
        try:
            await turn.look_at_right(turn.person.colleague)
        except AccessEnded:
            return True
        except StorageError as error:
            log.debug("Whether a colleague may still check could not be read: %s", error)
    return turn.background.stopping or await turn.services.checks.is_stopped(turn.person.chat_id)


async def ask_and_show(
    turn: Turn,
    message_id: int,
    run: Run[T],
    ask: Callable[[T], Awaitable[None]],
    screen: Callable[[], Screen | None],
    show_result: Callable[[], Awaitable[None]],
) -> None:
    """Ask for each, showing how far it is; then what came of it, also when it was stopped or the bot stops.

    `screen` is that of `Progress`.
    """
    try:
        await ask_all(turn, run, ask, Progress(turn, message_id, screen))
    except asyncio.CancelledError:
        run.stopped = True
        await show_result()
        raise
    else:
        await show_result()
    finally:
        await turn.services.checks.end(turn.person.chat_id, message_id)


async def ask_all(turn: Turn, run: Run[T], ask: Callable[[T], Awaitable[None]], progress: Progress) -> None:
    """After it another check of the person's may begin, whenever Telegram takes the end of this one."""
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(ask_waiting(turn, run, ask, progress))
    finally:
        await turn.services.checks.all_asked(turn.person.chat_id)


async def ask_waiting(turn: Turn, run: Run[T], ask: Callable[[T], Awaitable[None]], progress: Progress) -> None:
    """Ask for one waiting proxy or string after another. AT_ONCE of these run at the same time."""
    while (waiting := run.next()) is not None:
        if await is_stopped(turn):
            run.stopped = True
            return
        await ask(waiting)
        await progress.show()


async def logging_errors(work: Coroutine[Any, Any, None]) -> None:
    """Run the check and log its errors, since nobody waits for it."""
    try:
        await work
    except Exception:  # such as a person who was forgotten in the middle
        log.exception("A checking failed")


class Progress:
    """Shows how far a run is, about once a second. `screen` gives None when there is nothing more to show."""

    def __init__(self, turn: Turn, message_id: int, screen: Callable[[], Screen | None]) -> None:
        self._turn, self._message_id, self._screen = turn, message_id, screen
        self._next_at = asyncio.get_running_loop().time() + EDIT_EVERY

    async def show(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._next_at or (screen := self._screen()) is None:
            return
        self._next_at = float("inf")  # one edit at a time
        with suppress(TelegramAPIError):  # the checking goes on; where it cannot be shown, the summary comes anew
            await edit_screen(self._turn.bot, self._turn.chat_id, self._message_id, self._turn.labelled(screen))
        self._next_at = loop.time() + EDIT_EVERY


async def show_end(
    turn: Turn, message_id: int, screen: Screen, current: CurrentClient, without_account: Callable[[], Screen]
) -> None:
    """Show the last screen of a check in its message, if need be once Telegram is back; a failure is logged.

    `without_account` makes what takes its place once the account of `current` is gone, also where that came about
    while Telegram took its time.
    """
    loop = asyncio.get_running_loop()
    gives_up_at, is_gone = loop.time() + SHOWN_WITHIN, False
    while True:
        if not is_gone and await current.read() is None:
            screen, is_gone = without_account(), True
        try:
            message_id = await turn.rewrite(message_id, screen)
        except TelegramAPIError as error:
            passes = isinstance(error, PASSING_ERRORS) and not may_have_been_sent(error)
            if not passes or turn.background.stopping or loop.time() >= gives_up_at:
                log.warning("The end of a checking could not be shown: %s", type(error).__name__)
                return
        else:
            if is_gone or await current.read() is not None:
                return
            continue
        await asyncio.sleep(TRIED_EVERY)


def may_have_been_sent(error: TelegramAPIError) -> bool:
    """Whether the message may stand in the chat, so that it must not be sent once more."""
    return isinstance(error, TelegramUnanswered) and isinstance(error.method, SendMessage)
