"""Checking whether proxies work: one at once; many in the background, with progress, Stop and a summary. /check

px6 takes one proxy a call and three calls a second, so a thousand take over five minutes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from aiogram import Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, Message

import px6
from handlers.ground import parsing
from handlers.ground.errors import explain
from handlers.ground.filters import Command
from handlers.ground.messages import edit_screen, rewrite
from handlers.ground.proxy_buttons import Check, View
from handlers.ground.screen import Screen
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from handlers.proxies.card import show_card
from handlers.proxies.check_run import FATAL_ERRORS, CheckRun
from handlers.proxies.check_screens import CheckRest, StopCheck, check_ended_screen, progress_screen, summary_screen
from handlers.proxies.list import show_choosing
from handlers.proxies.selection_view import (
    ask_about_rest,
    drop_read_list,
    keep_ids,
    pick,
    picked_by_ids,
    ticked_ids,
)
from px6 import Px6Client

router = Router(name=__name__)
log = logging.getLogger(__name__)

EXAMPLE = "/check 15, 16"
AT_ONCE = 2  # enough to keep px6's three calls a second busy; few enough that a tap does not wait long in line
EDIT_EVERY = 1.2  # seconds between edits of the progress; Telegram takes about one a second in a chat


@router.message(Command("check"))
async def check_command(_: Message, turn: Turn) -> None:
    """/check IDS"""
    given = turn.typed.words
    if not given:
        return await show_choosing(turn, View(purpose="c"))
    data = await picked_by_ids(turn, parsing.ids(turn.words, given, EXAMPLE), Check)
    turn.retry_with(data)
    return await check(turn, data)


@router.callback_query(Check.filter())
async def check_tap(_: CallbackQuery, turn: Turn, callback_data: Check) -> None:
    await check(turn, callback_data)


async def check(turn: Turn, data: Check) -> None:
    if data.proxy:
        return await check_one(turn, data)
    found, w = await pick(turn, data), turn.words
    if found.unknown:
        nothing = w.tr("Nothing was checked.")
        return await ask_about_rest(turn, data, found, lambda rest: data.to(Check, ticks=rest), nothing)
    if not found.known:
        return await turn.toast(w.tr("No proxies here."))
    return await start(turn, data, CheckRun(found.known, []))


async def start(turn: Turn, data: Check, run: CheckRun) -> None:
    checks, person, client = turn.services.checks, turn.person.telegram_id, await turn.px6()
    if not await checks.begin(person, run):
        return await turn.toast(
            turn.words.tr("A check is already running. Stop it or wait until it ends."), alert=True
        )
    try:
        message_id = await turn.show(progress_screen(turn.words, run))
        await checks.shown_in(person, message_id)
    except BaseException:
        await checks.end(person)
        raise
    turn.background.start(logging_errors(check_all(turn, data, run, message_id, client)))
    return None


@router.callback_query(CheckRest.filter())
async def check_rest(_: CallbackQuery, turn: Turn, callback_data: CheckRest) -> None:
    """The rest is asked for; what came before stays in the progress and in the summary."""
    data = Check(ticks=callback_data.whole)
    found = await pick(turn, data)
    rest = {proxy.id for proxy in (await pick(turn, Check(ticks=callback_data.rest))).known}
    dead = set(await ticked_ids(turn, callback_data.dead) if callback_data.dead else ())
    run = CheckRun(found.known, list(found.unknown), rest)
    run.dead = [proxy for proxy in found.known if proxy.id in dead - rest]
    run.good = [proxy for proxy in found.known if proxy.id not in dead | rest]
    await start(turn, data, run)


async def check_one(turn: Turn, data: Check) -> None:
    """The card, with what px6 found."""
    client = await turn.px6()
    try:
        result = await client.check(data.proxy)
    except (px6.NotFound, px6.WrongIds):
        await drop_read_list(turn)
        return await show_card(turn, data)
    return await show_card(turn, data, checked_line(turn.words, result))


def checked_line(w: Words, result: px6.Check) -> str:
    """What px6 found of one proxy."""
    if not result.alive:
        return w.tr("⚠️ Checked just now: it does not work.")
    if result.seconds is None:
        return w.tr("✅ Checked just now: it works.")
    return w.tr("✅ Checked just now: it works, {seconds} s.", seconds=w.decimal(result.seconds, least=2, most=2))


# -- many


async def logging_errors(work: Coroutine[Any, Any, None]) -> None:
    """Run the check and log its errors, since nobody waits for it."""
    try:
        await work
    except Exception:  # such as a person who was forgotten in the middle
        log.exception("A checking failed")


async def check_all(turn: Turn, data: Check, run: CheckRun, message_id: int, client: Px6Client) -> None:
    """Ask for each, showing how far it is; then the summary, also when it was stopped or the bot stops."""
    try:
        async with asyncio.TaskGroup() as asking:
            progress = Progress(turn, run, message_id)
            for _ in range(AT_ONCE):
                asking.create_task(check_waiting(turn, run, client, progress))
    except asyncio.CancelledError:
        run.stopped = True
        await show_end(turn, message_id, await summary(turn, data, run))
        raise
    finally:
        await turn.services.checks.end(turn.person.telegram_id)
    await show_end(turn, message_id, await summary(turn, data, run))


async def check_waiting(turn: Turn, run: CheckRun, client: Px6Client, progress: Progress) -> None:
    """Check one waiting proxy after another. AT_ONCE of these run at the same time."""
    while (proxy := run.next()) is not None:
        if turn.background.stopping or await turn.services.checks.is_stopped(turn.person.telegram_id):
            run.stopped = True
            return
        try:
            alive = (await client.check(proxy.id)).alive
        except px6.Px6Error as error:
            run.failed(proxy, error)
        else:
            run.answered(proxy, alive=alive)
        await progress.show()


class Progress:
    """Shows how far a run is, about once a second."""

    def __init__(self, turn: Turn, run: CheckRun, message_id: int) -> None:
        self._turn, self._run, self._message_id = turn, run, message_id
        self._next_at = asyncio.get_running_loop().time() + EDIT_EVERY

    async def show(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._next_at or self._run.done >= len(self._run.proxies):
            return
        self._next_at = float("inf")  # one edit at a time
        with suppress(TelegramAPIError):  # the checking goes on; where it cannot be shown, the summary comes anew
            await edit_screen(
                self._turn.bot, self._turn.chat_id, self._message_id, progress_screen(self._turn.words, self._run)
            )
        self._next_at = loop.time() + EDIT_EVERY


async def show_end(turn: Turn, message_id: int, screen: Screen) -> None:
    """Show the last screen of a check in its message; a failure is logged."""
    try:
        await rewrite(turn.bot, turn.chat_id, message_id, screen)
    except TelegramAPIError as error:  # blocked by the person, or Telegram is down for long
        log.warning("The end of a checking could not be shown: %s", type(error).__name__)


@router.callback_query(StopCheck.filter())
async def stop(_: CallbackQuery, turn: Turn, callback_data: StopCheck) -> None:
    if turn.message_id and await turn.services.checks.stop(turn.person.telegram_id, turn.message_id):
        return await turn.toast(turn.words.tr("Stopping."))
    await turn.show(check_ended_screen(turn.words))
    return None


async def summary(turn: Turn, data: Check, run: CheckRun) -> Screen:
    """The screen at the end of a check: how many work, which do not, and the ways to go on."""
    w = turn.words
    if isinstance(run.error, FATAL_ERRORS):
        explained = explain(run.error, w, retry=data.pack(), site_url=turn.services.site_url)
        if explained is not None:
            return explained
    dead = await keep_ids(turn, [proxy.id for proxy in run.dead]) if run.dead else ""
    if not run.left:
        return summary_screen(w, data, run, dead, None)
    whole = await keep_ids(turn, [proxy.id for proxy in run.proxies if proxy.id not in run.unknown])
    rest = await keep_ids(turn, run.left)
    return summary_screen(w, data, run, dead, CheckRest(whole=whole, dead=dead, rest=rest))
