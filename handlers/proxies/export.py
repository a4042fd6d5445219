"""Proxies for other programs: for which, and which of them. /export, and on buttons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground.filters import Asked, Command
from handlers.ground.proxy_buttons import Export, Picked, SetProtocol, View
from handlers.ground.screen import Open, Screen
from handlers.ground.turn import Turn
from handlers.proxies.export_buttons import AskTemplate, ExportAs, ExportFor, MoreFormats, template_number
from handlers.proxies.export_screens import (
    Habits,
    chromium_screen,
    formats_screen,
    mixed_screen,
    more_screen,
    needs_socks,
    no_logins_screen,
    unfit_screen,
)
from handlers.proxies.export_sending import Exported, make_export, pick_with_logins, send_exported
from handlers.proxies.export_template import template_question, typed_template_text
from handlers.proxies.known_screen import show_known
from handlers.proxies.selection_view import (
    STATE_LETTERS,
    filtered,
    found_ids,
    pick,
    picked_by_ids,
    read_known_list,
)
from px6 import Protocol, Proxy, State
from services.proxies.exports import Format
from services.proxies.known_list import has_login

router = Router(name=__name__)

FORMATS_KEPT = 2  # that were used last
PROGRAMS_KEPT = 8  # of which it is known that SOCKS5 with a password is wanted there


@router.message(Command("export"))
@router.callback_query(Open.filter(F.screen == "export"))
async def export_all(_: Message | CallbackQuery, turn: Turn) -> None:
    """/export: all that are active; the list's filter leads to others."""
    await show_formats(turn, View().to(Export))


@router.callback_query(Export.filter())
async def export_tap(_: CallbackQuery, turn: Turn, callback_data: Export) -> None:
    await show_formats(turn, callback_data)


async def show_formats(turn: Turn, data: Export) -> None:
    """Ask for which program."""
    turn.retry_with(data)
    by_state = not data.proxy and not data.ticks
    counted = by_state and data.state != "z"
    states = [STATE_LETTERS[data.state], *([State.ALL] if counted else [])] if by_state else []
    make = partial(make_formats_screen, turn, data, counted=counted)
    await show_known(turn, states, make, least=STATE_LETTERS[data.state])


async def make_formats_screen(turn: Turn, data: Export, *, counted: bool) -> Screen:
    """`counted`: those in all states are counted as well, and offered when they are more."""
    found = await pick(turn, data, read_known_list, fresh=False)
    if turn.silence is not None and not all(map(has_login, found.known)):
        return no_logins_screen(turn.words, data, len(found.known))
    also = 0
    if counted and turn.silence is None:
        listed = (await read_known_list(turn, fresh=False)).proxies
        every = filtered(data, listed, await found_ids(turn, data), turn.services.now())
        also = len(every) if len(every) > len(found.known) else 0
    return formats_screen(turn.words, data, found, habits(turn), also)


@router.callback_query(MoreFormats.filter())
async def more_tap(_: CallbackQuery, turn: Turn, callback_data: MoreFormats) -> None:
    await show_more(turn, callback_data)


async def show_more(turn: Turn, data: MoreFormats) -> None:
    """Other programs, or lines and files."""
    turn.retry_with(data)
    found = await pick_with_logins(turn, data)
    if found is not None:
        await turn.show(more_screen(turn.words, data, found, habits(turn)))


def habits(turn: Turn) -> Habits:
    """What the person used last; earlier versions of the bot kept one format only."""
    choices = turn.person.choices
    kept = choices.get("exports") or [choices.get("export")]
    return Habits([Format(letter) for letter in kept if letter in set(Format)], choices.get("template"))


# -- what is tapped


@router.callback_query(ExportAs.filter())
async def export_as(_: CallbackQuery, turn: Turn, callback_data: ExportAs) -> None:
    template = habits(turn).template
    if callback_data.how is Format.TEMPLATE and callback_data.seen != template_number(template):
        await turn.toast(turn.words.tr("Your template has changed. Look at it again."), alert=True)
        await show_more(turn, callback_data.to(MoreFormats, proxy=callback_data.proxy, part="l"))
        return
    wanted = callback_data.to(ExportFor, proxy=callback_data.proxy, how=callback_data.how, take="")
    await send_or_ask(turn, wanted, template)


@router.callback_query(ExportFor.filter())
async def export_for(_: CallbackQuery, turn: Turn, callback_data: ExportFor) -> None:
    await send_or_ask(turn, callback_data, habits(turn).template)


async def send_or_ask(turn: Turn, data: ExportFor, template: str | None) -> None:
    """What can be sent is sent; what the person has to decide is asked, each once."""
    found = await pick_with_logins(turn, data)
    if found is None:
        return
    if not found.known:
        await turn.toast(turn.words.tr("No proxies here."))
        return
    made = await make_export(turn, data, template, found)
    question = await question_about(turn, data, made)
    if question is not None:
        await turn.show(question)
        return
    await remember(turn, data)
    await send_exported(turn, data, template, made)


async def question_about(turn: Turn, data: ExportFor, made: Exported) -> Screen | None:
    """What the person has to decide first; None when nothing is left."""
    w, how, sorted_out = turn.words, data.how, made.sorted_out
    if not sorted_out.given:
        change = await change_to(turn, Protocol.SOCKS, sorted_out.unfit if needs_socks(how, sorted_out.unfit) else ())
        return unfit_screen(w, data, how, sorted_out.unfit, change)
    if sorted_out.mixed:
        return mixed_screen(w, data, how, made.found.known)
    if made.refused and not is_wanted_anyway(turn, data):
        change = await change_to(turn, Protocol.HTTP, made.refused)
        return chromium_screen(w, data, how, made.refused, data.wanted, change)
    return None


def is_wanted_anyway(turn: Turn, data: ExportFor) -> bool:
    """Whether the person wants SOCKS5 with a password for this program, as they have said now or before."""
    return data.is_warned or data.how.value in turn.person.choices.get("socks_anyway", [])


async def change_to(turn: Turn, protocol: Protocol, proxies: Sequence[Proxy]) -> SetProtocol | None:
    """The button that changes these proxies; None where px6 does not change protocols, or there is nothing to."""
    if not proxies or (await turn.px6()).lacks("settype"):
        return None
    picked = await picked_by_ids(turn, [proxy.id for proxy in proxies], Picked)
    return picked.to(SetProtocol, proxy=picked.proxy, protocol=protocol)


async def remember(turn: Turn, data: ExportFor) -> None:
    """What is offered first next time, and what need not be warned of again."""
    people, person = turn.services.people, turn.person
    if (person.choices.get("exports") or [None])[0] != data.how:
        await people.remember_first(person.chat_id, "exports", data.how.value, FORMATS_KEPT)
    if data.is_warned and data.how.value not in person.choices.get("socks_anyway", []):
        await people.remember_first(person.chat_id, "socks_anyway", data.how.value, PROGRAMS_KEPT)


# -- a template of one's own


@router.callback_query(AskTemplate.filter())
async def ask_template(_: CallbackQuery, turn: Turn, callback_data: AskTemplate) -> None:
    await turn.ask(callback_data)
    await turn.show(template_question(turn.words, callback_data))


@router.message(Asked(AskTemplate), F.text)
async def typed_template(_: Message, turn: Turn, asked: AskTemplate) -> None:
    template = typed_template_text(turn.words, turn.text.strip())
    await turn.services.people.remember(turn.person.chat_id, template=template)
    await turn.ask(None)
    turn.retry_with(asked.to(ExportAs, proxy=asked.proxy, how=Format.TEMPLATE, seen=template_number(template)))
    await send_or_ask(turn, asked.to(ExportFor, proxy=asked.proxy, how=Format.TEMPLATE, take=""), template)
