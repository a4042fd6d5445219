"""Checking any proxy by its string, also one that was bought elsewhere. /check HOST:PORT:LOGIN:PASSWORD

The message holds a password, so it is treated like one with a key: deleted first, and kept nowhere. Only host and
port are ever shown, and a failed check can only be repeated by sending the string again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

import px6
from handlers.ground.buttons import AskKey
from handlers.ground.errors import explain
from handlers.ground.filters import Asked
from handlers.ground.screen import Screen
from handlers.ground.turn import Turn
from handlers.proxies import check_progress
from handlers.proxies.check_progress import ask_and_show, show_end
from handlers.proxies.check_run import FATAL_ERRORS
from handlers.proxies.check_screens import already_running_screen
from handlers.proxies.check_string_run import StringRun
from handlers.proxies.check_string_screens import (
    MOST_STRINGS,
    AskStrings,
    ask_strings_screen,
    is_not_offered,
    not_offered_screen,
    nothing_read_screen,
    strings_progress_screen,
    strings_screen,
    with_deletion,
)
from handlers.proxies.proxy_strings import ProxyString, is_like_strings, read_strings
from handlers.proxies.selection_view import read_list
from px6 import Proxy
from services.account.accounts import NoKey
from services.account.current_client import CurrentClient
from services.proxies.check_histories import HistoryWriter

router = Router(name=__name__)


@router.callback_query(AskStrings.filter())
async def ask_strings(_: CallbackQuery, turn: Turn) -> None:
    await turn.ask(AskStrings())
    await turn.show(ask_strings_screen(turn.words))


@router.message(Asked(AskStrings), F.text)
async def typed_strings(_: Message, turn: Turn) -> None:
    await check_strings(turn, turn.text)


async def edited_check(_: Message, turn: Turn) -> bool:
    """Lets an edited message through that is a check of strings: its password must not stay in the chat either."""
    return turn.typed.command == "check" and is_like_strings(turn.typed.body)


@router.edited_message(edited_check)
async def edited_strings(_: Message, turn: Turn) -> None:
    await check_strings(turn, turn.typed.body)


@dataclass
class StringCheck:
    """A run, and what else its last screen says."""

    run: StringRun
    mine: dict[ProxyString, Proxy]
    unread: int
    beyond: int
    deleted: bool
    current: CurrentClient
    writer: HistoryWriter

    async def ask(self, proxy: ProxyString) -> None:
        """Ask px6 about one of them; where the account is gone the run is stopped."""
        try:
            await self.run.ask(proxy, lambda: self.current.ask(lambda client: client.check_string(proxy.for_px6)))
        except NoKey:
            self.run.stopped = True

    async def keep_history(self) -> None:
        """Keep what was said of the account's own proxies, where the login and the password are theirs."""
        for string, proxy in self.mine.items():
            said = self.run.answers.get(string)
            if isinstance(said, px6.Check) and string.opens(proxy):
                await self.writer.add(proxy.id, said)
        await self.writer.flush()


async def check_strings(turn: Turn, text: str) -> None:
    """Delete the message first: whatever follows, the password must not stay in the chat."""
    deleted, (found, unread), w = await turn.delete_message(), read_strings(text), turn.words
    if not found:
        return await show(turn, nothing_read_screen(w), deleted=deleted)
    chosen = found[:MOST_STRINGS]
    try:
        account, client = await turn.services.accounts.connected(turn.person.telegram_id)
        mine = await own_proxies(turn, chosen)
    except (NoKey, *FATAL_ERRORS) as error:
        return await show_failure(turn, error, deleted=deleted)
    current = CurrentClient(turn.services.accounts, account, client)
    writer = turn.services.check_histories.writer(account)
    check = StringCheck(StringRun(chosen), mine, unread, len(found) - len(chosen), deleted, current, writer)
    await turn.ask(None)
    if len(chosen) == 1:
        await check.ask(chosen[0])
        return await show_result(turn, check)
    screen = strings_progress_screen(w, check.run)
    if not await check_progress.start(turn, check.run, screen, lambda shown: check_all(turn, check, shown)):
        await show(turn, already_running_screen(w), deleted=deleted)
    return None


async def own_proxies(turn: Turn, strings: Sequence[ProxyString]) -> dict[ProxyString, Proxy]:
    """Those that have the address of a proxy of the account, with that proxy. Raises NoKey and FATAL_ERRORS.

    Whose they are is only said beside: where px6 gives no list now, nothing is.
    """
    try:
        listed = (await read_list(turn, fresh=False)).proxies
    except FATAL_ERRORS:
        raise
    except px6.Px6Error:
        return {}
    at = {f"{proxy.host.lower()}:{proxy.port}": proxy for proxy in listed}
    return {each: at[each.address] for each in strings if each.address in at}


async def show_result(turn: Turn, check: StringCheck) -> None:
    await check.keep_history()
    error = check.run.error
    if isinstance(error, FATAL_ERRORS):
        return await show_failure(turn, error, deleted=check.deleted)
    return await show(turn, result_screen(turn, check), deleted=check.deleted)


def result_screen(turn: Turn, check: StringCheck) -> Screen:
    """What came of the check."""
    run, w, error = check.run, turn.words, check.run.error
    if is_not_offered(run):
        return not_offered_screen(w)
    if error is not None and (isinstance(error, FATAL_ERRORS) or not run.answers):
        failure = explained(turn, error)
        if failure is not None:
            return failure
    return strings_screen(w, run, check.mine, unread=check.unread, beyond=check.beyond)


async def show_failure(turn: Turn, error: Exception, *, deleted: bool) -> None:
    """Why nothing could be checked; a person without a key that works is asked for one."""
    if isinstance(error, NoKey | px6.WrongKey) and turn.person.colleague is None:
        await turn.ask(AskKey())
    screen = explained(turn, error)
    if screen is None:
        raise error
    await show(turn, screen, deleted=deleted)


def explained(turn: Turn, error: Exception) -> Screen | None:
    again, is_colleague = AskStrings().pack(), turn.person.colleague is not None
    return explain(error, turn.words, retry=again, site_url=turn.services.site_url, is_colleague=is_colleague)


async def show(turn: Turn, screen: Screen, *, deleted: bool) -> None:
    await turn.show(with_deletion(turn.words, screen, deleted=deleted))


# -- many


async def check_all(turn: Turn, check: StringCheck, message_id: int) -> None:
    """Ask for each, then show what came of it."""
    await ask_and_show(
        turn,
        message_id,
        check.run,
        check.ask,
        screen=lambda: progress_of(turn, check.run),
        show_result=lambda: show_all(turn, check, message_id),
    )


def progress_of(turn: Turn, run: StringRun) -> Screen | None:
    return strings_progress_screen(turn.words, run) if run.done < len(run.strings) else None


async def show_all(turn: Turn, check: StringCheck, message_id: int) -> None:
    if await check.current.read() is None:
        check.mine.clear()
    check.writer.account = check.current.account
    await check.keep_history()

    def made() -> Screen:
        return with_deletion(turn.words, result_screen(turn, check), deleted=check.deleted)

    def made_without_account() -> Screen:
        check.mine.clear()  # what px6 said of the strings stays true; whose they are does not
        return made()

    await show_end(turn, message_id, made(), check.current, made_without_account)
