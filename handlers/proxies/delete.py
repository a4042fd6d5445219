"""Deleting proxies: what goes and what it was worth is named, then one red button, which works once. /delete"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

import px6
from handlers.ground import parsing
from handlers.ground.account_line import with_account
from handlers.ground.buttons import AskKey
from handlers.ground.callback_data import CallbackData
from handlers.ground.errors import explain, key_replaced_screen
from handlers.ground.filters import Command
from handlers.ground.messages import send_screen
from handlers.ground.parsing import BadInput
from handlers.ground.proxy_buttons import AskDelete, View
from handlers.ground.proxy_words import (
    comment_mark,
    ids_line,
    missing_title,
    proxy_count,
    proxy_lines,
    time_left,
    unknown_line,
    unread_line,
    with_comment,
)
from handlers.ground.screen import Row, Screen, button, danger_button, home_button
from handlers.ground.telegram_errors import delivery_errors
from handlers.ground.turn import Turn
from handlers.ground.typed import Word
from handlers.ground.words import Words, code, lines, words_for
from handlers.proxies.list import show_choosing
from handlers.proxies.partial_changes import (
    NOT_THERE,
    NotListed,
    failed_lines,
    in_parts,
    may_go_on,
    single_failure,
)
from handlers.proxies.selection_view import (
    PickedProxies,
    drop_read_list,
    home_and_back_rows,
    list_button,
    pick,
    picked_by_ids,
    read_list,
)
from model.colleagues import Right
from model.deletions import Deletion
from px6 import PartOutcome, Px6Client
from services.account.people import People
from services.notifications.kinds import NotSent
from services.proxies.deletions import NotTold, TakenOver, Unreadable, gone_by_list

log = logging.getLogger(__name__)

router = Router(name=__name__)

EXAMPLE = "/delete 15, 16"


class Delete(CallbackData, prefix="del", durable=True, needs=Right.ALL):
    """Deletes exactly what the question named."""

    selection: str


@router.message(Command("delete"))
async def delete_command(_: Message, turn: Turn) -> None:
    """/delete IDS or /delete COMMENT: numbers alone are ids, what is in quotes is a comment."""
    given = turn.typed.words
    if not given:
        return await show_choosing(turn, View(purpose="d"))
    text = turn.typed.text_of(given)
    numbers = all(word.id_digits for word in given)
    meant = parsing.ids(turn.words, given, EXAMPLE) if numbers else ()
    by_comment = AskDelete(state="z", comment=comment_mark(text))
    turn.retry_with(await picked_by_ids(turn, meant, AskDelete) if numbers else by_comment)
    found = with_comment((await read_list(turn)).proxies, text) if text else []
    if numbers and found:
        return await ask_meaning(turn, meant, [proxy.id for proxy in found], text)
    if numbers:
        return await ask(turn, await picked_by_ids(turn, meant, AskDelete))
    if not found:
        raise no_such(turn.words, given, text)
    return await ask(turn, await picked_by_ids(turn, [proxy.id for proxy in found], AskDelete))


def no_such(w: Words, given: Sequence[Word], text: str) -> BadInput:
    """The error for a text that is neither a comment nor ids, worded for the one that it looks like."""
    try:
        parsing.ids(w, given, EXAMPLE)
    except BadInput as error:
        if all(word.id_digits or word.is_range for word in given):
            return error
    return BadInput(no_such_comment(w, text))


def no_such_comment(w: Words, text: str) -> Text:
    return lines(
        w.rich("No proxy has the comment {comment}.", comment=code(parsing.quoted_input(w, text))),
        w.tr("Nothing was deleted."),
        w.rich("Example: {example}", example=code(EXAMPLE)),
    )


async def ask_meaning(turn: Turn, ids: Sequence[int], commented: Sequence[int], text: str) -> None:
    """Ask which is meant: the numbers are ids, and the same text is a comment."""
    by_ids, by_comment = await picked_by_ids(turn, ids, AskDelete), await picked_by_ids(turn, commented, AskDelete)
    await turn.show(meanings_screen(turn.words, text, (len(ids), by_ids), (len(commented), by_comment)))


def meanings_screen(w: Words, text: str, ids: tuple[int, AskDelete], comment: tuple[int, AskDelete]) -> Screen:
    """`ids` and `comment`: how many proxies the text means as the one and as the other, and the button for them."""
    shown = lines(
        w.title("What did you mean?"),
        w.rich("{text} is also the comment of {what}.", text=code(text), what=proxy_count(w, comment[0])),
        w.tr("Nothing was deleted."),
    )
    rows: list[Row] = [
        [button(w.n("The proxy with this ID", "The proxies with these IDs", ids[0]), ids[1])],
        [button(w.tr("The proxies with this comment"), comment[1])],
        [list_button(w), home_button(w)],
    ]
    return Screen(shown, rows)


@router.callback_query(AskDelete.filter())
async def ask_tap(_: CallbackQuery, turn: Turn, callback_data: AskDelete) -> None:
    await ask(turn, callback_data)


async def ask(turn: Turn, data: AskDelete) -> None:
    """The question. Its red button means these proxies, whatever is ticked later."""
    found, w = await pick(turn, data, fresh=False), turn.words
    if not found.known:
        await turn.show(none_yours_screen(w, found.unknown, found.unread))
        return
    kept = await turn.services.deletions.propose(turn.person.telegram_id, found.ids)
    await turn.show(question_screen(w, data, found, kept, turn.services.now()))


def none_yours_screen(w: Words, unknown: Sequence[int], unread: Sequence[int] = ()) -> Screen:
    text = lines(
        missing_title(w, unknown, unread, 0),
        unknown_line(w, unknown),
        unread_line(w, unread),
        w.tr("Nothing was deleted."),
    )
    return Screen(text, [[list_button(w), home_button(w)]])


def question_screen(w: Words, data: AskDelete, found: PickedProxies, kept: str, now: datetime) -> Screen:
    left = time_left(found.known, now)
    text = lines(
        w.title("Delete {what}?", what=proxy_count(w, len(found.known))),
        w.tr("⚠️ You will lose {time} of paid time.", time=w.length(left)) if left else w.tr("No paid time is left."),
        w.tr("px6 does not promise a refund, and this cannot be undone."),
        unknown_line(w, found.unknown),
        unread_line(w, found.unread),
        *proxy_lines(w, found.known, now),
    )
    red = danger_button(w.tr("Delete {what}", what=proxy_count(w, len(found.known))), Delete(selection=kept))
    return Screen(text, [[red], *home_and_back_rows(w, data)])


@router.callback_query(Delete.filter())
async def delete_tap(_: CallbackQuery, turn: Turn, callback_data: Delete) -> None:
    """The first tap deletes; the confirmation is used up by it."""
    w, deletions = turn.words, turn.services.deletions
    turn.retry = None  # an error must not offer a button that has done its work
    client = await turn.px6()
    listed = await client.proxies()
    try:
        deletion = await deletions.take(turn.person.telegram_id, callback_data.selection, listed, turn.person.by)
    except Unreadable as error:
        await turn.show(unreadable_screen(w, error.ids, callback_data))
        return
    turn.on_disk()
    if deletion is None:
        await turn.toast(w.tr("This button was already used or is too old. Nothing more was deleted."), alert=True)
        return
    turn.owes_outcome = True
    try:
        await carry_out(turn, client, deletion)
    except TakenOver:
        log.warning("A deletion is taken over by another process, which tells how it ended")
    finally:
        deletions.end(deletion)
        drop_read_list(turn, client)


def unreadable_screen(w: Words, ids: Sequence[int], data: Delete) -> Screen:
    """The confirmation is not used up."""
    text = lines(
        w.title("Nothing was deleted"),
        w.tr("px6 does not list these in a readable form: {ids}", ids=ids_line(w, ids)),
        w.tr("Try again in a minute."),
    )
    return Screen(text, [[danger_button(w.tr("Try again"), data)], [list_button(w), home_button(w)]])


async def carry_out(turn: Turn, client: Px6Client, deletion: Deletion) -> None:
    """Delete part by part, write down the outcome of each part, and show it."""
    deletions = turn.services.deletions
    if not deletion.proxies:
        await turn.show(gone_screen(turn.words))
        return

    async def delete(ids: tuple[int, ...]) -> None:
        nonlocal deletion
        await deletions.delete_part(deletion, client, ids)
        deletion = await deletions.note(deletion, client, dict.fromkeys(ids, True))

    unread = deletion.kept
    parts = await in_parts(turn, deletion.unknown, delete)
    failed = [part for part in parts if is_refused(part)]
    kept = {one: False for part in failed for one in part.ids}
    not_there = [one for part in failed if isinstance(part.error, NOT_THERE) for one in part.ids]
    unsure = [one for one in deletion.unknown if one not in kept]
    gone = await gone_by_now(client, deletion, [*unsure, *not_there])
    deletion = await deletions.note(deletion, client, kept | gone)
    await show_outcome(turn, deletion, [each for part in parts for each in without_gone(part, gone)], unread)
    if not deletion.unknown:
        await deletions.close(deletion)


def is_refused(part: PartOutcome[None]) -> bool:
    """Whether it is known that px6 deleted nothing of the part."""
    return part.error is not None and not isinstance(part.error, px6.OutcomeUnknown)


def gone_screen(w: Words) -> Screen:
    return Screen(w.title("These proxies are already gone"), [[list_button(w), home_button(w)]])


def without_gone(part: PartOutcome[None], gone: Mapping[int, bool]) -> list[PartOutcome[None]]:
    """Where px6 refused a part since it did not know some: those that had gone before, and the others."""
    before = tuple(one for one in part.ids if one in gone)
    if not before or not isinstance(part.error, NOT_THERE):
        return [part]
    rest = tuple(one for one in part.ids if one not in gone)
    others = [PartOutcome[None](rest, error=part.error)] if rest else []
    return [PartOutcome[None](before, error=NotListed()), *others]


async def gone_by_now(client: Px6Client, deletion: Deletion, unsure: Sequence[int]) -> dict[int, bool]:
    """Where px6 did not answer, or did not know some, its list tells what is gone; what it still lists may go yet."""
    try:
        gone = await gone_by_list(deletion, client, unsure) if unsure else {}
    except px6.OutcomeUnknown:
        return {}  # then it is looked for later
    return {one: True for one, is_gone in gone.items() if is_gone}


async def rest_row(turn: Turn, failed: Sequence[PartOutcome[None]]) -> Row:
    """The way to a new question, about those that px6 has not deleted."""
    rest = [one for part in failed if may_go_on(part) for one in part.ids]
    if not rest:
        return []
    label = turn.words.n("Continue with {count} proxy", "Continue with {count} proxies", len(rest))
    return [button(label, await picked_by_ids(turn, rest, AskDelete))]


async def show_outcome(
    turn: Turn, deletion: Deletion, parts: Sequence[PartOutcome[None]], unread: Sequence[int]
) -> None:
    failed = [part for part in parts if is_refused(part)]
    failure = single_failure(parts)
    if isinstance(failure, NotListed) and not unread:
        await turn.show(gone_screen(turn.words))
        return
    if not failed or failure is None or unread:
        before = sum(len(part.ids) for part in failed if isinstance(part.error, NotListed))
        done, rest = len(deletion.gone) - before, await rest_row(turn, failed)
        await turn.show(outcome_screen(turn.words, done, deletion.unknown, failed, rest=rest, unread=unread))
        return
    if isinstance(failure, px6.WrongKey) and await turn.has_another_key():
        again = await picked_by_ids(turn, [one for part in failed for one in part.ids], AskDelete)
        await turn.show(key_replaced_screen(turn.words, again.pack()))
        return
    is_colleague, site_url = turn.person.colleague is not None, turn.services.site_url
    screen = explain(failure, turn.words, retry=None, site_url=site_url, is_colleague=is_colleague)
    if screen is None:
        raise failure
    await turn.show(screen)
    if isinstance(failure, px6.WrongKey) and not is_colleague:
        await turn.ask(AskKey())


def outcome_screen(
    w: Words,
    done: int,
    unsure: Sequence[int],
    failed: Sequence[PartOutcome[None]],
    *,
    rest: Row = (),
    unread: Sequence[int] = (),
) -> Screen:
    """`rest`: the way on with those that are left. `unread`: what was not sent since px6's list could not be read as
    to these."""
    text = lines(
        w.title("Deleted: {what}", what=proxy_count(w, done)) if done else w.title("Nothing has been deleted so far"),
        *failed_lines(w, failed),
        w.tr("Not deleted, because px6 does not list them in a readable form: {ids}", ids=ids_line(w, unread))
        if unread
        else None,
        w.tr("px6 did not say whether these were deleted: {ids}. I will check and tell you.", ids=ids_line(w, unsure))
        if unsure
        else None,
    )
    return Screen(text, [rest, [list_button(w), home_button(w)]])


def late_outcome_screen(w: Words, deletion: Deletion, *, looked: bool) -> Screen:
    """The outcome of a deletion that could not be told at once. `looked`: px6 had not said it, its list did."""
    done = len(deletion.gone)
    text = lines(
        w.title("Deleted: {what}", what=proxy_count(w, done)) if done else w.title("Nothing was deleted"),
        w.tr("px6 did not answer at first; its list now shows the outcome.") if looked else None,
        w.tr("Not deleted: {ids}", ids=ids_line(w, deletion.kept)) if deletion.kept else None,
    )
    return Screen(text, [[list_button(w), home_button(w)]])


class DeletionOutcomeSender:
    """Tells whoever deleted how it ended, where that is found out later: a colleague as long as they have access, and
    else the account's owner. Raises NotTold (it is tried again) and Unsure.
    """

    def __init__(self, bot: Bot, people: People) -> None:
        self._bot, self._people = bot, people

    async def __call__(self, deletion: Deletion, *, looked: bool) -> None:
        owner, who = deletion.telegram_id, await self._people.who_did(deletion.telegram_id, deletion.by_person)
        person = who or await self._people.find(owner)
        if person is None:
            return  # forgotten: nobody is there to be told
        if person.blocked_at is not None:
            raise NotTold
        w = words_for(person)
        screen = with_account(w, person, late_outcome_screen(w, deletion, looked=looked))
        try:
            with delivery_errors():
                message_id = await send_screen(self._bot, person.chat_id, screen)
        except NotSent as error:
            raise NotTold from error
        await self._people.note_message(person, message_id)
