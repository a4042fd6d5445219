"""Anything pasted: which of it is the person's, and what can be done with just these. /find, and lists without it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

import px6
from handlers.ground.filters import Asked, Command
from handlers.ground.maintenance_words import maintenance_notice
from handlers.ground.proxy_buttons import Prolong
from handlers.ground.turn import Turn
from handlers.orders.found_screens import (
    AskFind,
    Found,
    FoundProxies,
    find_question,
    found_screen,
    none_found_screen,
    nothing_found_screen,
)
from handlers.orders.limit_line import left_of, month_limit, with_limit_line
from handlers.orders.prolong_quote import prolong_button_data
from handlers.proxies.pasted_text import Pasted, read_pasted
from handlers.proxies.search import Matches, matches, pasted_matches
from handlers.proxies.selection_view import keep_ids, pick, read_known_list, recent_list
from model.colleagues import Right
from px6 import Proxy, ProxyList, State
from services.orders import NotPriced, OtherAccount, Quote, UnknownIds
from services.orders.habits import usual_periods

router = Router(name=__name__)

USUAL_PERIOD = 30  # days, for who has never prolonged
PRICE_SECONDS = 6.0
CUT_FROM = 3_900  # characters of a text: Telegram's apps cut longer ones between lines
MESSAGE_LENGTH = 4_096  # characters; what is longer came in a file, and reading it may take a second


@router.message(Command("find"))
async def find_command(_: Message, turn: Turn) -> None:
    """/find TEXT"""
    await (find(turn, turn.typed.body) if turn.typed.body else ask_find(turn))


@router.callback_query(AskFind.filter())
async def ask_find_tap(_: CallbackQuery, turn: Turn) -> None:
    await ask_find(turn)


async def ask_find(turn: Turn) -> None:
    await turn.ask(AskFind())
    await turn.show(find_question(turn.words))


@router.message(Asked(AskFind), F.text)
async def typed_find(_: Message, turn: Turn) -> None:
    """What finds nothing leaves the question open."""
    if await find(turn, turn.text):
        await turn.ask(None)


async def find(turn: Turn, text: str) -> bool:
    """Show what a text means among the person's proxies; False when that is nothing."""
    turn.retry_with(AskFind())
    listed = await read_list_of_find(turn)
    found = matches(turn.words, listed, text)
    if found.is_nothing:
        await turn.show(nothing_found_screen(turn.words, text))
        return False
    await show_matches(turn, found)
    return True


async def read_list_of_find(turn: Turn, state: State = State.ALL, *, fresh: bool = True) -> ProxyList:
    """All proxies; while px6 does not answer, the active ones are enough."""
    return await read_known_list(turn, state, fresh=fresh, least=State.ACTIVE)


async def take_pasted(turn: Turn, text: str) -> bool:
    """Show what a text without a command says of proxies; False when it says nothing of any."""
    pasted = await asyncio.to_thread(read_pasted, text) if len(text) > MESSAGE_LENGTH else read_pasted(text)
    return len(pasted) > 0 and await show_pasted(turn, pasted)


async def show_pasted(turn: Turn, pasted: Pasted) -> bool:
    """False when nothing of it is the person's, nor certainly anybody's."""
    listed = await read_list_of_find(turn)
    found = pasted_matches(listed, pasted)
    if found.is_nothing:
        turn.silence = None
        return False
    await show_matches(turn, found)
    return True


async def show_matches(turn: Turn, found: Matches) -> None:
    if not found.ids:
        await turn.show(none_found_screen(turn.words, found.strangers, found.unread, found.unreadable))
        return
    match found.ids:
        case [one]:
            data = Found(state="z", proxy=one)
        case _:
            data = Found(state="z", ticks=await keep_ids(turn, found.ids, "found"))
    await show_found(turn, data, found)


@router.callback_query(Found.filter())
async def found_tap(_: CallbackQuery, turn: Turn, callback_data: Found) -> None:
    await show_found(turn, callback_data, Matches())


async def show_found(turn: Turn, data: Found, found: Matches) -> None:
    """The proxies that the button means, as they are now, with the price of prolonging them.

    px6 may refuse to prolong what has ended, and then all of a call: among active ones it is left out of the price.
    """
    turn.retry_with(data)
    picked = await pick(turn, data, read_list_of_find, fresh=False)
    known, gone = picked.known, [str(one) for one in picked.unknown]
    if not known:
        await turn.show(none_found_screen(turn.words, gone, picked.unread))
        return
    now = turn.services.now()
    to_prolong = [proxy for proxy in known if proxy.ends_at > now] or known
    quote = await priced(turn, to_prolong) if not turn.silence and turn.person.may(Right.PROLONG) else None
    left_out = len(known) - len(to_prolong)
    some = [proxy.id for proxy in to_prolong]
    all_of_them = data.to(Prolong, proxy=data.proxy, selection=data.ticks)
    limit = await month_limit(turn) if quote is not None else None
    shown = FoundProxies(
        known=known,
        prolong=await prolong_button_data(turn, some, data) if left_out else all_of_them,
        strangers=found.strangers or gone,
        unread=found.unread or picked.unread,
        by_words=found.by_words,
        is_cut=len(turn.text) >= CUT_FROM,
        quote=quote,
        left=left_of(limit),
        left_out=left_out,
        unreadable=found.unreadable,
    )
    notice = with_limit_line(turn.words, await maintenance_notice(turn), limit) if quote else None
    message_id = await turn.show(found_screen(turn.words, data, shown, now, turn.services.site_url, notice))
    if quote is not None:
        await turn.services.orders.set_message(quote.id, turn.chat_id, message_id)


async def priced(turn: Turn, proxies: Sequence[Proxy]) -> Quote | None:
    """The quote of prolonging all of them for as long as the person usually does; None where px6 names no price soon.

    The proxies are at hand: nobody waits for a price as long as px6 may take.
    """
    try:
        async with asyncio.timeout(PRICE_SECONDS):
            return await quoted(turn, proxies)
    except (TimeoutError, px6.Px6Error, NotPriced, UnknownIds, OtherAccount):
        return None


async def quoted(turn: Turn, proxies: Sequence[Proxy]) -> Quote | None:
    """As `priced`, however long px6 takes. Raises whatever keeps a quote from being made."""
    ids, orders, person = [proxy.id for proxy in proxies], turn.services.orders, turn.person.telegram_id
    recent = await recent_list(turn, ids)
    for period in dict.fromkeys([*(await usual_periods(orders, person))[:1], USUAL_PERIOD]):
        try:
            return (await orders.quote_shown(person, ids, [period], recent)).quote
        except px6.WrongPeriod:
            continue  # those were of another kind
    return None
