"""Checking whether proxies work: one at once; many in the background, with progress, Stop and a summary. /check

px6 takes one proxy a call and three calls a second, so a thousand take over five minutes.
"""

from __future__ import annotations

import asyncio

from aiogram import Router
from aiogram.types import CallbackQuery, Message

import px6
from handlers.ground import parsing
from handlers.ground.errors import explain
from handlers.ground.filters import Command
from handlers.ground.proxy_buttons import Check, View
from handlers.ground.screen import Screen
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from handlers.proxies import check_progress
from handlers.proxies.card import find, show_card
from handlers.proxies.check_progress import AT_ONCE, Progress, ended, is_stopped, show_end
from handlers.proxies.check_run import FATAL_ERRORS, CheckRun
from handlers.proxies.check_screens import (
    CheckRest,
    StopCheck,
    already_running_text,
    check_ended_screen,
    progress_screen,
    summary_screen,
)
from handlers.proxies.check_strings import check_strings
from handlers.proxies.list import show_choosing
from handlers.proxies.proxy_strings import is_like_strings
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

EXAMPLE = "/check 15, 16"


@router.message(Command("check"))
async def check_command(_: Message, turn: Turn) -> None:
    """/check IDS, /check HOST:PORT:LOGIN:PASSWORD"""
    given = turn.typed.words
    if is_like_strings(turn.typed.body):
        return await check_strings(turn, turn.typed.body)
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
    client, screen = await turn.px6(), progress_screen(turn.words, run)
    if not await check_progress.start(turn, run, screen, lambda shown: check_all(turn, data, run, shown, client)):
        await turn.toast(already_running_text(turn.words), alert=True)


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
        result, _ = await asyncio.gather(client.check(data.proxy), find(turn, data))
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


async def check_all(turn: Turn, data: Check, run: CheckRun, message_id: int, client: Px6Client) -> None:
    """Ask for each, showing how far it is; then the summary, also when it was stopped or the bot stops."""
    try:
        async with asyncio.TaskGroup() as asking:
            progress = Progress(turn, message_id, lambda: progress_of(turn, run))
            for _ in range(AT_ONCE):
                asking.create_task(check_waiting(turn, run, client, progress))
    except asyncio.CancelledError:
        run.stopped = True
        await show_end(turn, message_id, await summary(turn, data, run))
        raise
    finally:
        await ended(turn)
    await show_end(turn, message_id, await summary(turn, data, run))


def progress_of(turn: Turn, run: CheckRun) -> Screen | None:
    """How far it is; None when all is asked, for the summary follows."""
    return progress_screen(turn.words, run) if run.done < len(run.proxies) else None


async def check_waiting(turn: Turn, run: CheckRun, client: Px6Client, progress: Progress) -> None:
    """Check one waiting proxy after another. AT_ONCE of these run at the same time."""
    while (proxy := run.next()) is not None:
        if await is_stopped(turn):
            run.stopped = True
            return
        try:
            alive = (await client.check(proxy.id)).alive
        except px6.Px6Error as error:
            run.failed(proxy, error)
        else:
            run.answered(proxy, alive=alive)
        await progress.show()


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
    good = await keep_ids(turn, [proxy.id for proxy in run.good]) if run.good else ""
    if not run.left:
        return summary_screen(w, data, run, dead, None, good)
    whole = await keep_ids(turn, [proxy.id for proxy in run.proxies if proxy.id not in run.unknown])
    rest = await keep_ids(turn, run.left)
    return summary_screen(w, data, run, dead, CheckRest(whole=whole, dead=dead, rest=rest), good)
