"""Do they work? One proxy at once; many in the background, with progress, a Stop button and a summary. /check

px6 takes one proxy a call and three calls a second, so a thousand take over five minutes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiogram import Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import ExpandableBlockQuote, Text

import px6
from handlers.ground import parsing
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.callback_data import CallbackData
from handlers.ground.errors import explain, what_happened
from handlers.ground.filters import Command
from handlers.ground.messages import edit_screen, rewrite
from handlers.ground.proxy_buttons import Check, View
from handlers.ground.proxy_words import PROXIES_NAMED, address, proxy_count, unknown_line
from handlers.ground.screen import Row, Screen, button, home_button, home_in_new_message
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, flag, lines
from handlers.proxies.card import show_card
from handlers.proxies.list import choose
from handlers.proxies.selection_view import (
    ask_about_rest,
    changed,
    keep_ids,
    list_button,
    pick,
    picked_by_ids,
    ticked_ids,
    ways_back,
)
from px6 import Proxy, Px6Client

router = Router(name="check")
log = logging.getLogger(__name__)

EXAMPLE = "/check 15, 16"
AT_ONCE = 2  # enough to keep px6's three calls a second busy; few enough that a tap does not wait long in line
EDIT_EVERY = 1.2  # seconds between edits of the progress; Telegram takes about one a second in a chat
GIVE_UP_AFTER = 3  # failures in a row: px6 is down then, and every further call would take its whole time-out
LISTED = 40  # dead proxies that are named
# After these every other call of the same key fails too.
HOPELESS = (px6.WrongKey, px6.WrongAddress)


class Stop(CallbackData, prefix="stop"):
    """Stops the checking that this message shows."""


class CheckRest(CallbackData, prefix="ckr"):
    """Goes on with a checking: of all in `whole` those in `rest`; `dead` is what did not work so far."""

    whole: str
    dead: str
    rest: str


@dataclass
class Run:
    """One checking of many: what is still to be asked, and what came so far. `asked`: only these; None: all."""

    proxies: Sequence[Proxy]
    unknown: list[int]
    asked: Collection[int] | None = None
    good: list[Proxy] = field(default_factory=list)
    dead: list[Proxy] = field(default_factory=list)
    silent: list[Proxy] = field(default_factory=list)
    stopped: bool = False
    failures: int = 0  # in a row
    error: px6.Px6Error | None = None  # the last one

    def __post_init__(self) -> None:
        asked = None if self.asked is None else frozenset(self.asked)
        self._waiting: Iterator[Proxy] = iter([p for p in self.proxies if asked is None or p.id in asked])

    @property
    def done(self) -> int:
        return len(self.good) + len(self.dead) + len(self.silent)

    @property
    def left(self) -> list[int]:
        """Ids that were not checked: not asked, or asked in vain."""
        answered = {proxy.id for proxy in (*self.good, *self.dead)}
        return [proxy.id for proxy in self.proxies if proxy.id not in answered and proxy.id not in self.unknown]

    def next(self) -> Proxy | None:
        """The next to be asked; None when there is none, or no point in asking."""
        hopeless = isinstance(self.error, HOPELESS) or self.failures >= GIVE_UP_AFTER
        return None if self.stopped or hopeless else next(self._waiting, None)

    def failed(self, proxy: Proxy, error: px6.Px6Error) -> None:
        if isinstance(error, px6.NotFound | px6.WrongIds):
            self.unknown.append(proxy.id)
            return
        self.silent.append(proxy)
        self.error = error
        self.failures += 1


# By bot and person: one checking at a time, in the message that shows it.
RUNNING: dict[tuple[int, int], tuple[int, Run]] = {}


@router.message(Command("check"))
async def check_command(_: Message, turn: Turn) -> None:
    """/check IDS"""
    given = turn.typed.words
    if not given:
        return await choose(turn, View(purpose="c"))
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
        return await turn.toast(w.tr("There are none here."))
    return await start(turn, data, Run(found.known, []))


async def start(turn: Turn, data: Check, run: Run) -> None:
    place, client = (turn.bot.id, turn.chat_id), await turn.px6()
    if place in RUNNING:
        return await turn.toast(
            turn.words.tr("A check is running already. Stop it, or wait until it ends."), alert=True
        )
    RUNNING[place] = (0, run)
    try:
        message_id = await turn.show(progress_screen(turn.words, run))
    except BaseException:
        RUNNING.pop(place)
        raise
    RUNNING[place] = (message_id, run)
    turn.background.start(guarded(run_through(turn, data, run, message_id, client)))
    return None


@router.callback_query(CheckRest.filter())
async def check_rest(_: CallbackQuery, turn: Turn, callback_data: CheckRest) -> None:
    """The rest is asked for; what came before stays in the progress and in the summary."""
    data = Check(ticks=callback_data.whole)
    found = await pick(turn, data)
    rest = {proxy.id for proxy in (await pick(turn, Check(ticks=callback_data.rest))).known}
    dead = set(await ticked_ids(turn, callback_data.dead) if callback_data.dead else ())
    run = Run(found.known, list(found.unknown), rest)
    run.dead = [proxy for proxy in found.known if proxy.id in dead - rest]
    run.good = [proxy for proxy in found.known if proxy.id not in dead | rest]
    await start(turn, data, run)


async def check_one(turn: Turn, data: Check) -> None:
    """The card, with what px6 found."""
    client, w = await turn.px6(), turn.words
    try:
        result = await client.check(data.proxy)
    except (px6.NotFound, px6.WrongIds):
        await changed(turn)
        return await show_card(turn, data)
    if not result.alive:
        note = w.tr("⚠️ Checked just now: it does not work.")
    elif result.seconds is None:
        note = w.tr("✅ Checked just now: it works.")
    else:
        note = w.tr("✅ Checked just now: it works, {seconds} s.", seconds=w.decimal(result.seconds, least=2, most=2))
    return await show_card(turn, data, note)


# -- many


async def guarded(work: Coroutine[Any, Any, None]) -> None:
    """Nobody waits for the checking: what goes wrong in it must at least be written down."""
    try:
        await work
    except Exception:  # such as a person who was forgotten in the middle
        log.exception("A checking failed")


async def run_through(turn: Turn, data: Check, run: Run, message_id: int, client: Px6Client) -> None:
    """Ask for each, showing how far it is; then the summary, also when it was stopped or the bot stops."""
    try:
        async with asyncio.TaskGroup() as asking:
            progress = Progress(turn, run, message_id)
            for _ in range(AT_ONCE):
                asking.create_task(ask_on(run, client, progress, turn.background))
    except asyncio.CancelledError:
        run.stopped = True
        await show(turn, message_id, await summary(turn, data, run))
        raise
    finally:
        RUNNING.pop((turn.bot.id, turn.chat_id), None)
    await show(turn, message_id, await summary(turn, data, run))


async def ask_on(run: Run, client: Px6Client, progress: Progress, background: BackgroundTasks) -> None:
    """One of the few that ask at the same time."""
    while (proxy := run.next()) is not None:
        if background.stopping:
            run.stopped = True
            return
        try:
            alive = (await client.check(proxy.id)).alive
        except px6.Px6Error as error:
            run.failed(proxy, error)
        else:
            (run.good if alive else run.dead).append(proxy)
            run.failures = 0
        await progress.show()


class Progress:
    """Shows how far a run is, about once a second."""

    def __init__(self, turn: Turn, run: Run, message_id: int) -> None:
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


async def show(turn: Turn, message_id: int, screen: Screen) -> None:
    """Rewrite the message."""
    try:
        await rewrite(turn.bot, turn.chat_id, message_id, screen)
    except TelegramAPIError as error:  # blocked by the person, or Telegram is down for long
        log.warning("The end of a checking could not be shown: %s", type(error).__name__)


def progress_screen(w: Words, run: Run) -> Screen:
    text = lines(
        w.title("Checking {done} of {whole}…", done=w.number(run.done), whole=w.number(len(run.proxies))),
        counts_line(w, run) if run.done else None,
        unknown_line(w, run.unknown),
    )
    return Screen(text, [[button(w.tr("Stop"), Stop())], [home_in_new_message(w)]])


def counts_line(w: Words, run: Run) -> str:
    """`58 work, 2 do not`"""
    good = w.n("{count} works", "{count} work", len(run.good))
    return w.n("{good}, {count} does not", "{good}, {count} do not", len(run.dead), good=good)


@router.callback_query(Stop.filter())
async def stop(_: CallbackQuery, turn: Turn, callback_data: Stop) -> None:
    w = turn.words
    shown, run = RUNNING.get((turn.bot.id, turn.chat_id), (0, None))
    if run is not None and shown == turn.message_id:
        run.stopped = True
        return await turn.toast(w.tr("Stopping."))
    text = lines(
        w.title("This checking has ended"), w.tr("The bot was restarted in between. Check again from the list.")
    )
    await turn.show(Screen(text, [[list_button(w), home_button(w)]]))
    return None


async def summary(turn: Turn, data: Check, run: Run) -> Screen:
    """Good, dead, which; and the ways to go on: tick the dead ones, check the rest."""
    w = turn.words
    if isinstance(run.error, HOPELESS):
        explained = explain(run.error, w, retry=data.pack(), site_url=turn.services.site_url)
        if explained is not None:
            return explained
    dead = await keep_ids(turn, [proxy.id for proxy in run.dead]) if run.dead else ""
    if not run.left:
        return summary_screen(w, data, run, dead, None)
    whole = await keep_ids(turn, [proxy.id for proxy in run.proxies if proxy.id not in run.unknown])
    rest = await keep_ids(turn, run.left)
    return summary_screen(w, data, run, dead, CheckRest(whole=whole, dead=dead, rest=rest))


def summary_screen(w: Words, data: Check, run: Run, dead: str, go_on: CheckRest | None) -> Screen:
    whole, done = len(run.proxies), len(run.good) + len(run.dead)
    title = (
        w.title("Checked {what}", what=proxy_count(w, done))
        if done == whole
        else w.title("Checked {done} of {whole}", done=w.number(done), whole=w.number(whole))
    )
    text = lines(
        title,
        counts_line(w, run),
        *silent_lines(w, run),
        unknown_line(w, run.unknown),
        *dead_lines(w, run.dead),
    )
    rows: list[Row] = [
        [button(w.n("Tick the dead one", "Tick the {count} dead", len(run.dead)), View(state="z", ticks=dead))]
        if dead
        else [],
        [button(w.n("Check {count} left", "Check {count} left", len(run.left)), go_on)] if go_on else [],
    ]
    return Screen(text, [*rows, *ways_back(w, data)])


def silent_lines(w: Words, run: Run) -> Iterator[str]:
    """Why some were not checked."""
    if run.stopped and run.left:
        yield w.tr("Stopped.")
    if run.silent and run.error:
        why = what_happened(run.error, w)[0]
        yield w.n("{count} without an answer. {why}", "{count} without an answer. {why}", len(run.silent), why=why)


def dead_lines(w: Words, dead: Sequence[Proxy]) -> list[Text]:
    """Which ones do not work: the first few ready to be copied, the rest folded."""
    named = [Text(f"⚠️ {flag(p.country)} ", code(address(p)), " · ", code(p.id)) for p in dead[:PROXIES_NAMED]]
    rest = [f"{address(p)} · {p.id}" for p in dead[PROXIES_NAMED : PROXIES_NAMED + LISTED]]
    beyond = len(dead) - PROXIES_NAMED - len(rest)
    if beyond > 0:
        rest.append(w.n("and {count} more", "and {count} more", beyond))
    return [*named, ExpandableBlockQuote("\n".join(rest))] if rest else named
