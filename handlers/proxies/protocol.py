"""Changing the protocol of one proxy or many. /type, and the same on buttons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aiogram import Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text
from msgspec import structs

import px6
from handlers.ground import parsing
from handlers.ground.colleague_notes import note_act
from handlers.ground.filters import Command
from handlers.ground.proxy_buttons import Picked, Protocols, SetProtocol, View
from handlers.ground.proxy_words import can_change, protocol_name, proxy_count
from handlers.ground.screen import Row, Screen, button, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.card import show_card, show_changed_card
from handlers.proxies.list import show_choosing
from handlers.proxies.partial_changes import (
    NOT_THERE,
    done_count,
    failed_lines,
    send_change,
    single_failure,
    try_again_row,
)
from handlers.proxies.selection_view import (
    ask_about_rest,
    home_and_back_rows,
    list_button,
    pick,
    picked_by_ids,
)
from model.doers import Act
from px6 import PartOutcome, Protocol, Proxy

router = Router(name=__name__)

EXAMPLE = "/type socks 15, 16"


@router.message(Command("type"))
async def type_command(_: Message, turn: Turn) -> None:
    """/type http|socks IDS"""
    given, w = turn.typed.words, turn.words
    if not given:
        return await show_choosing(turn, View(purpose="t"))
    protocol = parsing.protocol(w, given[0].text, EXAMPLE)
    data = await picked_by_ids(turn, parsing.ids(w, given[1:], EXAMPLE), Picked)
    wanted = data.to(SetProtocol, proxy=data.proxy, protocol=protocol)
    turn.retry_with(wanted)
    return await set_protocol(turn, wanted)


@router.callback_query(Protocols.filter())
async def choose_protocol(_: CallbackQuery, turn: Turn, callback_data: Protocols) -> None:
    found = await pick(turn, callback_data, fresh=False)
    await turn.show(protocols_screen(turn.words, callback_data, found.known))


def protocols_screen(w: Words, data: Protocols, proxies: Sequence[Proxy]) -> Screen:
    """Which protocols the proxies speak now, and to which they can be changed; one that all speak is not offered."""
    now = Counter(proxy.type for proxy in proxies)
    text = lines(
        w.title("Protocol for {what}", what=proxy_count(w, len(proxies))),
        *(Text(f"{protocol_name(each)}: {w.number(count)}") for each, count in now.most_common()),
        w.tr("After the change, switch your programs to the new protocol too.")
        if any(map(can_change, proxies))
        else w.tr("There is nothing to change: these take every protocol that they can."),
    )
    choices = [
        button(protocol_name(each), data.to(SetProtocol, proxy=data.proxy, protocol=each))
        for each in (Protocol.HTTP, Protocol.SOCKS)
        if set(now) != {each}
    ]
    return Screen(text, [choices if any(map(can_change, proxies)) else [], *home_and_back_rows(w, data)])


@router.callback_query(SetProtocol.filter())
async def set_protocol_tap(_: CallbackQuery, turn: Turn, callback_data: SetProtocol) -> None:
    await set_protocol(turn, callback_data)


async def set_protocol(turn: Turn, data: SetProtocol) -> None:
    """Change the protocol, in as many calls as the ids need, and show the outcome of each.

    The proxies may have been seen a moment ago; px6 says when one is gone since, then they are read afresh:
    after an attempt no list is of a moment ago any more.
    """
    found = await pick(turn, data, fresh=False)
    if not found.are_all_known:
        return await ask_about_rest(
            turn, data, found, lambda rest: data.to(SetProtocol, ticks=rest, protocol=data.protocol)
        )
    client = await turn.px6()
    parts, _ = await send_change(
        turn,
        found.ids,
        lambda ids: client.set_type(ids, data.protocol),
        change=lambda proxy: structs.replace(proxy, type=data.protocol.value),
        is_done=lambda proxy: proxy.type == data.protocol,
    )
    if isinstance(single_failure(parts), NOT_THERE) and found.recent:
        return await set_protocol(turn, data)
    await note_act(turn, Act.PROTOCOL, done_count(parts))
    turn.on_disk()
    failure = single_failure(parts)
    if isinstance(failure, px6.WrongMethod):
        return await show_no_change(turn, data)
    if failure and not isinstance(failure, px6.ErrorUnknown):
        raise failure
    note = outcome(turn.words, data.protocol, parts)
    if data.proxy:
        return await show_changed_card(turn, data, note)
    await turn.show(outcome_screen(turn.words, note, data, try_again_row(turn.words, parts, data)))
    return None


async def show_no_change(turn: Turn, data: SetProtocol) -> None:
    """Newer px6 has given up the change of protocols: it sells proxies that take both."""
    note = lines(turn.words.tr("px6 no longer changes protocols. Nothing was changed."))
    await (show_card(turn, data, note) if data.proxy else turn.show(outcome_screen(turn.words, note, data, [])))


def outcome_screen(w: Words, note: Text, data: SetProtocol, again: Row) -> Screen:
    rows = home_and_back_rows(w, data) if data.ticks else [[list_button(w), home_button(w)]]
    return Screen(note, [again, *rows])


def outcome(w: Words, protocol: Protocol, parts: Sequence[PartOutcome[px6.Account]]) -> Text:
    """How many were changed and how many were so already: px6 answers 30 when nothing was to be changed."""
    name = protocol_name(protocol)
    done = done_count(parts)
    already = sum(len(part.ids) for part in parts if isinstance(part.error, px6.ErrorUnknown))
    failed = [part for part in parts if part.error and not isinstance(part.error, px6.ErrorUnknown)]
    return lines(
        w.title("Now {protocol}: {what}", protocol=name, what=proxy_count(w, done)) if done else None,
        w.tr("{what}: already {protocol}, nothing to change", protocol=name, what=proxy_count(w, already))
        if already
        else None,
        *failed_lines(w, failed),
    )
