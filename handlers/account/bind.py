"""Binding all proxies of the account to IP addresses, and lifting that. /bind

It concerns every proxy, and px6 does not tell it later, so it is asked first and what was set last is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

import px6
from handlers.account.addresses import addresses, is_off
from handlers.account.bind_screens import (
    AskAddresses,
    AskUnbind,
    BindAddresses,
    ask_addresses_screen,
    bind_screen,
    confirm_screen,
    done_screen,
    not_an_address_screen,
    not_offered_screen,
)
from handlers.ground.colleague_notes import note_act
from handlers.ground.filters import Asked, Command
from handlers.ground.screen import Open
from handlers.ground.turn import Turn
from handlers.ground.typed import Word
from handlers.proxies.selection_view import read_list
from model.accounts import Binding
from model.doers import Act
from px6 import State
from services.account.bindings import NotAnAddress

router = Router(name=__name__)


@router.message(Command("bind"))
async def bind_command(_: Message, turn: Turn) -> None:
    """/bind IP[,IP], /bind off, /bind"""
    given = turn.typed.words
    turn.retry_with(Open(screen="bind"))
    if not given:
        return await show_binding(turn)
    return await ask_typed(turn, given)


@router.message(Asked(AskAddresses), F.text)
async def typed_addresses(_: Message, turn: Turn) -> None:
    await ask_typed(turn, turn.typed.words)


async def ask_typed(turn: Turn, given: Sequence[Word]) -> None:
    """The question about what was typed. Raises BadInput."""
    await ask(turn, () if is_off(given) else addresses(turn.words, given))


@router.callback_query(Open.filter(F.screen == "bind"))
async def bind_tap(_: CallbackQuery, turn: Turn) -> None:
    await show_binding(turn)


async def show_binding(turn: Turn) -> None:
    await turn.px6()  # whoever has no key is asked for it
    last = await turn.services.bindings.last(turn.person.telegram_id)
    await turn.show(bind_screen(turn.words, last, turn.services.now()))


@router.callback_query(AskAddresses.filter())
async def ask_addresses(_: CallbackQuery, turn: Turn) -> None:
    await turn.px6()
    await turn.ask(AskAddresses())
    await turn.show(ask_addresses_screen(turn.words))


@router.callback_query(AskUnbind.filter())
async def ask_unbind(_: CallbackQuery, turn: Turn) -> None:
    await ask(turn, ())


async def ask(turn: Turn, asked: Sequence[str]) -> None:
    """Ask before anything is changed, with what it concerns."""
    if (await turn.px6()).lacks("ipauth"):
        await turn.show(not_offered_screen(turn.words, turn.services.site_url))
    else:
        await ask_for(turn, asked)


async def ask_for(turn: Turn, asked: Sequence[str]) -> None:
    active = await read_list(turn, State.ACTIVE, fresh=False)
    number = await turn.services.bindings.propose(turn.person.telegram_id, asked)
    theirs = {address for proxy in active.proxies for address in (proxy.host, proxy.ip)}
    own = [address for address in asked if address in theirs]
    await turn.ask(None)
    await turn.show(confirm_screen(turn.words, asked, number, active.user_id, len(active.proxies), own))


@router.callback_query(BindAddresses.filter())
async def bind(_: CallbackQuery, turn: Turn, callback_data: BindAddresses) -> None:
    w, site_url = turn.words, turn.services.site_url
    turn.owes_outcome = True
    try:
        done = await turn.services.bindings.send(turn.person.telegram_id, callback_data.binding, turn.on_disk)
    except NotAnAddress:
        await turn.show(not_an_address_screen(w, site_url))
    except px6.WrongMethod:
        await turn.show(not_offered_screen(w, site_url))
    else:
        await show_done(turn, done)


async def show_done(turn: Turn, done: Binding | None) -> None:
    """px6 has said yes; or (None) there was nothing to be done any more."""
    if done is not None:
        await note_act(turn, Act.BIND if done.addresses else Act.UNBIND, len(done.addresses) or 1)
        await turn.show(done_screen(turn.words, done))
        return
    await turn.toast(turn.words.tr("This is done already, or out of date."), alert=True)
    await show_binding(turn)
