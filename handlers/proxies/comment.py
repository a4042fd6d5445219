"""Changing comments: of one proxy, of many, or renaming one everywhere. /comment, and the same on buttons.

A text waits as a draft (`handlers/ground/drafts.py`), of which the button carries the number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text
from msgspec import structs

import px6
from handlers.ground import parsing
from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.drafts import cut_comment, draft_of, keep_draft, new_draft, offer_cut, save_drafts
from handlers.ground.filters import Asked, Command
from handlers.ground.parsing import BadInput
from handlers.ground.proxy_buttons import AskComment, Picked, View
from handlers.ground.proxy_words import comment_mark, proxy_count, short_comment, with_comment
from handlers.ground.screen import Row, Screen, button, home_button
from handlers.ground.turn import Turn
from handlers.ground.typed import Word, in_one_line
from handlers.ground.words import Words, code, lines
from handlers.proxies.card import show_changed_card
from handlers.proxies.comment_meanings import CommentOnIds, Meaning, RenameEverywhere, meanings
from handlers.proxies.list import show_choosing
from handlers.proxies.partial_changes import (
    NOT_THERE,
    done_count,
    failed_lines,
    keep_up,
    list_now,
    send_change,
    single_failure,
    try_again_row,
)
from handlers.proxies.selection_view import (
    ask_about_rest,
    back_button_data,
    drop_read_list,
    home_and_back_rows,
    list_button,
    pick,
    picked_by_ids,
    read_list,
)
from model.colleagues import Right
from model.doers import Act
from px6 import PartOutcome, Proxy, ProxyList, State

router = Router(name=__name__)

EXAMPLE = "/comment 15, 16 shop"
RENAME_EXAMPLE = '/comment "old text" > "new text"'
COMMENTS_NAMED = 5  # of those that px6 lists in place of the one that was sent


class SetComment(Picked, prefix="cs", durable=True, needs=Right.CHECK):
    """Gives the text of the draft to the proxies; an empty `draft` removes the comment."""

    draft: str


class Rename(CallbackData, prefix="cr", durable=True, needs=Right.CHECK):
    """Gives the text of the draft to every proxy that has the draft's old comment."""

    draft: str


@router.message(Command("comment"))
async def comment_command(_: Message, turn: Turn) -> None:
    """/comment IDS TEXT, /comment OLD > NEW"""
    if not turn.typed.words:
        return await show_choosing(turn, View(purpose="m"))
    w = turn.words
    match meanings(turn.typed):
        case [] if turn.typed.words[0].is_range:
            parsing.ids(w, turn.typed.words, EXAMPLE)
        case []:
            raise parsing.wrong(w, w.tr("Write IDs and a comment, or: old comment > new comment."), EXAMPLE)
        case [CommentOnIds(ids, text)]:
            await by_ids(turn, ids, text)
        case [RenameEverywhere(old, new)]:
            await everywhere(turn, old, new)
        case several:
            await ask_meaning(turn, several)
    return None


async def by_ids(turn: Turn, given: Sequence[Word], text: str | None) -> None:
    data = await picked_by_ids(turn, parsing.ids(turn.words, given, EXAMPLE), Picked)
    if text is None:
        await ask_comment(turn, data.to(AskComment, proxy=data.proxy))
    else:
        await take_text(turn, data, text)


async def everywhere(turn: Turn, old: str, new: str) -> None:
    """px6 itself finds the old comment; the empty one it cannot be asked for, so those go by their ids."""
    w = turn.words
    parsing.comment(w, new, RENAME_EXAMPLE)
    if not old:
        bare = [proxy.id for proxy in (await read_list(turn)).proxies if not proxy.comment]
        if not bare:
            raise BadInput(Text(w.tr("You have no proxies without a comment.")))
        return await take_text(turn, await picked_by_ids(turn, bare, Picked), new)
    draft = await keep_draft(turn, new, old)
    if len(new) > parsing.COMMENT_LIMIT:
        return await offer_cut(turn, new, Rename(draft=draft), View())
    return await rename(turn, Rename(draft=draft), old, new)


async def ask_meaning(turn: Turn, several: Sequence[Meaning]) -> None:
    """Both could be meant: a button for each. One draft holds one text, so each meaning has a draft of its own."""
    w = turn.words
    rows: list[Row] = []
    drafts: list[dict[str, str]] = []
    for meaning in several:
        match meaning:
            case CommentOnIds(given, text):
                picked = await picked_by_ids(turn, parsing.ids(w, given, EXAMPLE), Picked)
                if text is None:
                    data: CallbackData = picked.to(AskComment, proxy=picked.proxy)
                else:
                    drafts.append(draft := new_draft(text))
                    data = picked.to(SetComment, proxy=picked.proxy, draft=draft["id"])
            case RenameEverywhere(old, new):
                drafts.append(draft := new_draft(new, old))
                data = Rename(draft=draft["id"])
        rows.append([button(meaning_label(w, meaning), data)])
    await save_drafts(turn, drafts)
    await turn.show(meanings_screen(w, rows))


def meaning_label(w: Words, meaning: Meaning) -> str:
    match meaning:
        case RenameEverywhere(old, new):
            return w.tr("Rename “{old}” to “{new}”", old=short_comment(old, 15), new=short_comment(new, 15))
        case CommentOnIds(given, text):
            ids = ", ".join(word.text for word in given[:3]) + ("…" if len(given) > 3 else "")
            if text is None:
                return w.tr("Write a comment for {ids}", ids=ids)
            return w.tr("Set “{comment}” for {ids}", comment=short_comment(text, 20), ids=ids)


def meanings_screen(w: Words, rows: Sequence[Row]) -> Screen:
    text = lines(
        w.title("What did you mean?"), w.tr("Use quotes to make it clear: {example}", example=RENAME_EXAMPLE)
    )
    return Screen(text, [*rows, [home_button(w)]])


# -- by ids


@router.callback_query(AskComment.filter())
async def ask_comment_tap(_: CallbackQuery, turn: Turn, callback_data: AskComment) -> None:
    await ask_comment(turn, callback_data)


async def ask_comment(turn: Turn, data: AskComment) -> None:
    turn.retry_with(data)
    found = await pick(turn, data, fresh=False)
    if not found.are_all_known:
        return await ask_about_rest(turn, data, found, lambda rest: data.to(AskComment, ticks=rest))
    await turn.ask(data)
    await turn.show(comment_question(turn.words, data, found.known))
    return None


def comment_question(w: Words, data: AskComment, proxies: Sequence[Proxy]) -> Screen:
    """Asks for the new comment, and shows the old one where all have the same."""
    has = {proxy.comment for proxy in proxies}
    text = lines(
        w.title("Comment for {what}", what=proxy_count(w, len(proxies))),
        w.rich("Now: {comment}", comment=code(*has)) if len(has) == 1 and has != {""} else None,
        w.tr("Write the new one, up to {most} characters.", most=parsing.COMMENT_LIMIT),
    )
    remove = button(w.tr("Remove the comment"), data.to(SetComment, proxy=data.proxy, draft=""))
    return Screen(text, [[remove] if has != {""} else [], *home_and_back_rows(w, data)])


@router.message(Asked(AskComment), F.text)
async def typed_comment(_: Message, turn: Turn, asked: AskComment) -> None:
    await take_text(turn, asked, turn.typed.body or turn.text)


async def take_text(turn: Turn, data: Picked, text: str) -> None:
    """Set it, unless it is too long or some ids are unknown: then ask first."""
    parsing.comment(turn.words, text, EXAMPLE)
    draft = await keep_draft(turn, text) if text else ""
    wanted = data.to(SetComment, proxy=data.proxy, draft=draft)
    turn.retry_with(wanted)
    if len(text) > parsing.COMMENT_LIMIT:
        await offer_cut(turn, text, wanted, back_button_data(data))
    else:
        await set_comment(turn, wanted, text)


@router.callback_query(SetComment.filter())
async def set_comment_tap(_: CallbackQuery, turn: Turn, callback_data: SetComment) -> None:
    text = draft_of(turn, callback_data.draft)["text"] if callback_data.draft else ""
    await set_comment(turn, callback_data, cut_comment(text))


async def set_comment(turn: Turn, data: SetComment, text: str, *, fresh: bool = False) -> None:
    """Set it where the proxies were seen a moment ago; px6 says when one is gone since, then they are read afresh.

    Where px6 does not say what was done, a comment that is another one by now tells: px6 may keep it otherwise than
    it was sent. Or somebody else has set it; so what is told then is the comment that px6's list shows.
    """
    found = await pick(turn, data, fresh=fresh)
    if not found.are_all_known:
        return await ask_about_rest(turn, data, found, lambda rest: data.to(SetComment, ticks=rest, draft=data.draft))
    await turn.ask(None)
    client, listed = await turn.px6(), px6.listed_comment(text)
    before = {proxy.id: proxy.comment for proxy in found.known}
    parts, listed_now = await send_change(
        turn,
        found.ids,
        lambda ids: client.set_comment(text, ids=ids),
        change=lambda proxy: structs.replace(proxy, comment=listed),
        is_done=lambda proxy: proxy.comment == listed or proxy.comment != before[proxy.id],
    )
    failure = single_failure(parts)
    if isinstance(failure, NOT_THERE) and found.recent:
        return await set_comment(turn, data, text, fresh=True)
    await note_act(turn, Act.COMMENT, done_count(parts))
    if turn.is_tap:
        turn.on_disk()
    failure = single_failure(parts)
    if failure:
        raise empty_refused(turn.words, failure) if not text else failure
    note = outcome(turn.words, text, parts, listed_now)
    if data.proxy:
        return await show_changed_card(turn, data, note)
    return await show_outcome(turn, note, data, try_again_row(turn.words, parts, data))


async def show_outcome(turn: Turn, note: Text, data: Picked, again: Row) -> None:
    await turn.show(outcome_screen(turn.words, note, data, again))


def outcome_screen(w: Words, note: Text, data: Picked, again: Row) -> Screen:
    rows = home_and_back_rows(w, data) if data.ticks else [[list_button(w), home_button(w)]]
    return Screen(note, [again, *rows])


def empty_refused(w: Words, failure: px6.Px6Error) -> Exception:
    """px6 may not take an empty comment: said plainly, the old one then stays."""
    if isinstance(failure, px6.WrongComment):
        return BadInput(Text(w.tr("px6 does not accept an empty comment. The old one stays; write another.")))
    return failure


def outcome(w: Words, text: str, parts: Sequence[PartOutcome[px6.Change]], listed: ProxyList | None = None) -> Text:
    """`listed`: px6's list, if that was read since."""
    done = [one for part in parts if part.error is None for one in part.ids]
    failed = [part for part in parts if part.error]
    return lines(*changed_lines(w, text, shown_comments(text, done, listed)), *failed_lines(w, failed))


def shown_comments(text: str, done: Collection[int], listed: ProxyList | None) -> Counter[str]:
    """How many of those that were given a text have which comment: that text, unless the list shows another one."""
    sent = px6.listed_comment(text)
    now = {proxy.id: proxy.comment for proxy in listed.proxies} if listed is not None else {}
    shown = (now.get(one, sent) for one in done)
    return Counter(text if comment == sent else comment for comment in shown)


def changed_lines(w: Words, text: str, shown: Counter[str]) -> Iterator[Text | str]:
    """How many have which comment by now, and whether there are any which have another one than `text`."""
    for comment, count in shown.most_common(COMMENTS_NAMED):
        yield changed_line(w, comment, count)
    if rest := shown.total() - sum(count for _, count in shown.most_common(COMMENTS_NAMED)):
        yield w.title("Comment changed: {what}", what=proxy_count(w, rest))
    if shown.keys() - {text}:
        yield w.tr("That is what px6 lists now, not what you asked for.")


def changed_line(w: Words, text: str, count: int) -> Text:
    if not text:
        return lines(w.title("Comment removed: {what}", what=proxy_count(w, count)))
    return lines(w.title("Comment changed: {what}", what=proxy_count(w, count)), code(text))


# -- everywhere


def nobody_has(w: Words, old: str) -> Text:
    return lines(
        w.rich("No proxy has the comment {comment}.", comment=code(in_one_line(old)[: parsing.COMMENT_LIMIT])),
        w.tr("Nothing was changed."),
    )


@router.callback_query(Rename.filter())
async def rename_tap(_: CallbackQuery, turn: Turn, callback_data: Rename) -> None:
    draft = draft_of(turn, callback_data.draft)
    await rename(turn, callback_data, draft["old"], cut_comment(draft["text"]))


async def rename(turn: Turn, data: Rename, old: str, new: str, *, fresh: bool = True) -> None:
    """px6 finds the old comment and says how many had it; where it does not answer, that is seen by who had it."""
    w = turn.words
    turn.retry_with(data)
    client = await turn.px6()
    if len(old) > parsing.COMMENT_LIMIT:
        raise BadInput(nobody_has(w, old))
    had = having(await turn.services.lists.read(client, State.ALL, fresh=fresh), old)
    turn.owes_outcome = True
    listed: ProxyList | None = None
    try:
        count = (await client.set_comment(new, old=old)).count
    except px6.NotFound:
        count = 0
    except px6.WrongComment as error:
        raise (empty_refused(w, error) if not new else error) from None
    except px6.OutcomeUnknown as error:
        had, listed = await renamed_by_list(client, had, old, new, error)
        count = len(had)
    finally:
        drop_read_list(turn, client)
    if not count:
        return await rename_alike(turn, data, old, new)
    await keep_up(turn, client, had, lambda proxy: structs.replace(proxy, comment=px6.listed_comment(new)), listed)
    await note_act(turn, Act.COMMENT, count)
    if turn.is_tap:
        turn.on_disk()
    shown = shown_comments(new, had, listed) if listed is not None else Counter({new: count})
    await turn.show(renamed_screen(w, new, shown))
    return None


def having(listed: ProxyList, comment: str) -> set[int]:
    """Ids of the proxies that have a comment."""
    return {proxy.id for proxy in listed.proxies if proxy.comment == px6.listed_comment(comment)}


def renamed_screen(w: Words, new: str, shown: Counter[str]) -> Screen:
    """`shown`: how many have which comment by now. The list is of those with the comment that most have."""
    [(most, _)] = shown.most_common(1)
    view = View(state="z", comment=comment_mark(px6.listed_comment(most)))
    return Screen(lines(*changed_lines(w, new, shown)), [[list_button(w, view), home_button(w)]])


async def rename_alike(turn: Turn, data: Rename, old: str, new: str) -> None:
    """Rename the comment that looks the same as `old`, which px6 has found nowhere. Raises BadInput for none.

    One of several lines is listed as one line, by which px6 does not find it: those proxies go by their ids.
    """
    found = with_comment((await read_list(turn)).proxies, old)
    if not found:
        raise BadInput(nobody_has(turn.words, old))
    if found[0].comment != old:
        return await rename(turn, data, found[0].comment, new, fresh=False)
    return await take_text(turn, await picked_by_ids(turn, [proxy.id for proxy in found], Picked), new)


async def renamed_by_list(
    client: px6.Px6Client, had: set[int], old: str, new: str, error: px6.OutcomeUnknown
) -> tuple[set[int], ProxyList]:
    """Which of those that `had` the old comment have it no more, and the list that shows what they have: px6 may keep
    the new one otherwise than it was sent.

    Raises `error` where the list does not tell, and NoAnswer while it shows the old comment.
    """
    now = await list_now(client)
    if now is None or now.unreadable or px6.listed_comment(old) == px6.listed_comment(new):
        raise error
    if had & having(now, old):
        raise px6.NoAnswer("not renamed so far")
    return had & {proxy.id for proxy in now.proxies}, now
