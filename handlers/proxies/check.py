"""Checking whether proxies work: one at once; many in the background, with progress, Stop and a summary. /check

px6 takes one proxy a call and three calls a second, so a thousand take over five minutes.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from aiogram import Router
from aiogram.types import CallbackQuery, Message

import px6
from handlers.ground import parsing
from handlers.ground.colleague_notes import note_act
from handlers.ground.errors import explain
from handlers.ground.filters import Command
from handlers.ground.proxy_buttons import Check, View
from handlers.ground.screen import Screen
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from handlers.proxies import check_progress
from handlers.proxies.card import find, show_card
from handlers.proxies.check_progress import ask_and_show, show_end
from handlers.proxies.check_results import CheckResult, keep_result, result_from, result_screen
from handlers.proxies.check_run import FATAL_ERRORS, CheckRun
from handlers.proxies.check_screens import (
    StopCheck,
    account_gone_screen,
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
    pick,
    picked_by_ids,
)
from model.doers import Act
from model.errors import StorageError
from px6 import Proxy
from services.account.accounts import NoKey
from services.account.current_client import CurrentClient
from services.account.people import AccountRemoved
from services.proxies.check_histories import HistoryWriter

log = logging.getLogger(__name__)

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
    if not found.are_all_known:
        nothing = w.tr("Nothing was checked.")
        return await ask_about_rest(turn, data, found, lambda rest: data.to(Check, ticks=rest), nothing)
    if not found.known:
        return await turn.toast(w.tr("No proxies here."))
    return await start(turn, data, CheckRun(found.known, []))


async def start(turn: Turn, data: Check, run: CheckRun) -> None:
    account, client = await turn.services.accounts.connected(turn.person.telegram_id)
    current = CurrentClient(turn.services.accounts, account, client)
    asking, screen = (
        Asking(run, current, turn.services.check_histories.writer(account)),
        progress_screen(turn.words, run),
    )
    if not await check_progress.start(turn, run, screen, lambda shown: check_all(turn, data, asking, shown)):
        await turn.toast(already_running_text(turn.words), alert=True)


async def check_one(turn: Turn, data: Check) -> None:
    """The card, with what px6 found."""
    account, client = await turn.services.accounts.connected(turn.person.telegram_id)
    try:
        result, _ = await asyncio.gather(client.check(data.proxy), find(turn, data))
    except (px6.NotFound, px6.WrongIds):
        drop_read_list(turn, client)
        return await show_card(turn, data)
    writer = turn.services.check_histories.writer(account)
    await writer.add(data.proxy, result)
    await writer.flush()
    await note_act(turn, Act.CHECK)
    kept = None if result.alive else await keep_result(turn, CheckResult((), (data.proxy,), (), data))
    return await show_card(turn, data, checked_line(turn.words, result), kept.id if kept else "")


def checked_line(w: Words, result: px6.Check) -> str:
    """What px6 found of one proxy."""
    if not result.alive:
        return w.tr("⚠️ Checked just now: it does not work.")
    if result.seconds is None:
        return w.tr("✅ Checked just now: it works.")
    return w.tr("✅ Checked just now: it works, {seconds} s.", seconds=w.decimal(result.seconds, least=2, most=2))


# -- many


@dataclass(frozen=True)
class Asking:
    """A run, whom it asks, and what keeps the answers."""

    run: CheckRun
    current: CurrentClient
    writer: HistoryWriter

    async def ask(self, proxy: Proxy) -> None:
        """Ask px6 about one of them; where the account is gone the run is stopped."""
        try:
            said = await self.current.ask(lambda client: client.check(proxy.id))
        except NoKey:
            self.run.stopped = True
        except px6.Px6Error as error:
            self.run.failed(proxy, error)
        else:
            self.run.answered(proxy, said)
            self.writer.account = self.current.account
            await self.writer.add(proxy.id, said)

    async def keep_history(self) -> None:
        """Keep what was said, unless the account is gone."""
        if await self.current.read() is not None:
            self.writer.account = self.current.account
            await self.writer.flush()


async def check_all(turn: Turn, data: Check, asking: Asking, message_id: int) -> None:
    """Ask for each, then show the summary."""
    await ask_and_show(
        turn,
        message_id,
        asking.run,
        asking.ask,
        screen=lambda: progress_of(turn, asking.run),
        show_result=lambda: show_summary(turn, data, asking, message_id),
    )


async def show_summary(turn: Turn, data: Check, asking: Asking, message_id: int) -> None:
    await asking.keep_history()
    await note_act(turn, Act.CHECK, len(asking.run.good) + len(asking.run.dead))
    made = await summary(turn, data, asking)
    await show_end(turn, message_id, made, asking.current, lambda: account_gone_screen(turn.words))


def progress_of(turn: Turn, run: CheckRun) -> Screen | None:
    """How far it is; None when all is asked, for the summary follows."""
    return progress_screen(turn.words, run) if run.done < len(run.proxies) else None


@router.callback_query(StopCheck.filter())
async def stop(_: CallbackQuery, turn: Turn, callback_data: StopCheck) -> None:
    if turn.message_id and await turn.services.checks.stop(turn.person.chat_id, turn.message_id):
        return await turn.toast(turn.words.tr("Stopping."))
    await turn.show(check_ended_screen(turn.words))
    return None


async def summary(turn: Turn, data: Check, asking: Asking) -> Screen:
    """The screen at the end of a check: how many work, which do not, and the ways to go on."""
    run, w = asking.run, turn.words
    if await asking.current.read() is None:
        return account_gone_screen(w)
    if isinstance(run.error, FATAL_ERRORS):
        is_colleague, site_url = turn.person.colleague is not None, turn.services.site_url
        explained = explain(run.error, w, retry=data.pack(), site_url=site_url, is_colleague=is_colleague)
        if explained is not None:
            return explained
    try:
        return await result_screen(turn, await keep_result(turn, result_from(run, data)), run)
    except AccountRemoved:
        return account_gone_screen(w)
    except StorageError as error:
        log.error("The result of a check could not be kept: %s", error)
        return summary_screen(w, data, run, None, {})
