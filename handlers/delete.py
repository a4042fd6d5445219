"""Deleting proxies: what goes and what it was worth is named, then one red button, which works once. /delete"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

import px6
from handlers import parsing
from handlers.parsing import BadInput
from handlers.parts import failed_lines, proxies_now, single_failure
from handlers.proxies import choose
from handlers.screen import Row, Screen, button, danger_button, home_button
from handlers.turn import Turn
from handlers.views import (
    AskDelete,
    Pick,
    View,
    changed,
    counted,
    ids_line,
    list_button,
    mark,
    pick,
    picked_by_ids,
    proxy_lines,
    read_list,
    time_left,
    unknown_line,
    ways_back,
)
from handlers.words import Words, code, lines
from px6 import Part, Proxy

router = Router(name="delete")

EXAMPLE = "/delete 15, 16"


class Delete(CallbackData, prefix="del"):
    """Deletes exactly what the question named."""

    selection: str


@router.message(Command("delete"))
async def delete_command(_: Message, turn: Turn) -> None:
    """/delete IDS or /delete COMMENT: numbers alone are ids, what is in quotes is a comment."""
    given = parsing.words_of(turn.text)
    if not given:
        return await choose(turn, View(purpose="d"))
    text = parsing.text_of(turn.text, given)
    numbers = all(word.is_number for word in given)
    meant = parsing.ids(turn.words, given, EXAMPLE) if numbers else ()
    by_comment = AskDelete(state="z", comment=mark(text))
    turn.retry_with(await picked_by_ids(turn, meant, AskDelete) if numbers else by_comment)
    commented = [proxy.id for proxy in (await read_list(turn)).proxies if proxy.comment == text]
    if numbers and commented:
        return await ask_meaning(turn, meant, commented, text)
    if numbers:
        return await ask(turn, await picked_by_ids(turn, meant, AskDelete))
    if not commented or not text:
        raise BadInput(no_such_comment(turn.words, text))
    return await ask(turn, await picked_by_ids(turn, commented, AskDelete))


def no_such_comment(w: Words, text: str) -> Text:
    return lines(
        w.rich("No proxy has the comment {comment}.", comment=code(parsing.cut(w, text))),
        w.tr("Nothing was deleted."),
        w.rich("Example: {example}", example=code(EXAMPLE)),
    )


async def ask_meaning(turn: Turn, ids: Sequence[int], commented: Sequence[int], text: str) -> None:
    """The numbers are ids and the whole text of a comment, too."""
    w = turn.words
    by_ids, by_comment = await picked_by_ids(turn, ids, AskDelete), await picked_by_ids(turn, commented, AskDelete)
    shown = lines(
        w.title("What do you mean?"),
        w.rich("{text} is also the comment of {what}.", text=code(text), what=counted(w, len(commented))),
        w.tr("Nothing was deleted."),
    )
    rows: list[Row] = [
        [button(w.n("The proxy with this id", "The proxies with these ids", len(ids)), by_ids)],
        [button(w.tr("Those with this comment"), by_comment)],
        [list_button(w), home_button(w)],
    ]
    await turn.show(Screen(shown, rows))


@router.callback_query(AskDelete.filter())
async def ask_tap(_: CallbackQuery, turn: Turn, callback_data: AskDelete) -> None:
    await ask(turn, callback_data)


async def ask(turn: Turn, data: AskDelete) -> None:
    """The question. Its red button means these proxies, whatever is ticked later."""
    turn.retry_with(data)
    found, w = await pick(turn, data), turn.words
    if not found.known:
        text = lines(w.title("None of these is yours"), unknown_line(w, found.unknown), w.tr("Nothing was deleted."))
        await turn.show(Screen(text, [[list_button(w), home_button(w)]]))
        return
    kept = await turn.services.deletions.propose(turn.person.telegram_id, found.ids)
    await turn.show(question_screen(w, data, found, kept, turn.services.now()))


def question_screen(w: Words, data: AskDelete, found: Pick, kept: str, now: datetime) -> Screen:
    left = time_left(found.known, now)
    text = lines(
        w.title("Delete {what}?", what=counted(w, len(found.known))),
        w.tr("⚠️ {time} paid for will be lost.", time=w.length(left))
        if left
        else w.tr("Nothing that is paid for is left."),
        w.tr("px6 does not promise any money back, and this cannot be undone."),
        unknown_line(w, found.unknown),
        *proxy_lines(w, found.known, now),
    )
    red = danger_button(w.tr("Delete {what}", what=counted(w, len(found.known))), Delete(selection=kept))
    return Screen(text, [[red], *ways_back(w, data)])


@router.callback_query(Delete.filter())
async def delete_tap(_: CallbackQuery, turn: Turn, callback_data: Delete) -> None:
    """The first tap deletes; the confirmation is used up by it."""
    w = turn.words
    turn.retry = None  # an error must not offer a button that has done its work
    client = await turn.px6()
    before = {proxy.id: proxy for proxy in (await client.proxies()).proxies}
    ids = await turn.services.deletions.take(turn.person.telegram_id, callback_data.selection)
    if ids is None:
        await turn.toast(w.tr("This was used or has become too old. Nothing more was deleted."), alert=True)
        return
    meant = [before[i] for i in ids if i in before]
    if not meant:
        await turn.show(Screen(w.title("They are gone already"), [[list_button(w), home_button(w)]]))
        return
    try:
        parts = await px6.in_parts([proxy.id for proxy in meant], lambda part: client.delete(ids=part))
    finally:
        await changed(turn)
    await tell(turn, meant, parts)


async def tell(turn: Turn, meant: Sequence[Proxy], parts: Sequence[Part[px6.Change]]) -> None:
    """Write down what went, and say it. Where px6 did not answer, its list tells."""
    w = turn.words
    unsure = {i for part in parts if isinstance(part.error, px6.OutcomeUnknown) for i in part.ids}
    listed = await proxies_now(turn) if unsure else ()
    done = {i for part in parts if part.error is None for i in part.ids}
    if listed is not None:
        still = {proxy.id for proxy in listed}
        done |= unsure - still
        unsure &= still
    await turn.services.deletions.record(turn.person.telegram_id, [p for p in meant if p.id in done], certain=True)
    await turn.services.deletions.record(turn.person.telegram_id, [p for p in meant if p.id in unsure], certain=False)
    failed = [part for part in parts if part.error and not isinstance(part.error, px6.OutcomeUnknown)]
    failure = single_failure(parts)
    if failed and failure:
        raise failure
    await turn.show(told_screen(w, len(done), sorted(unsure), failed))


def told_screen(w: Words, done: int, unsure: Sequence[int], failed: Sequence[Part[px6.Change]]) -> Screen:
    text = lines(
        w.title("Deleted: {what}", what=counted(w, done)) if done else w.title("Nothing was deleted so far"),
        *failed_lines(w, failed),
        w.tr("px6 did not say what became of these; look again in a minute: {ids}", ids=ids_line(w, unsure))
        if unsure
        else None,
    )
    return Screen(text, [[list_button(w), home_button(w)]])
