"""The search in the list: by ids, or by a part of an address or of a comment."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground import parsing
from handlers.ground.filters import Asked
from handlers.ground.proxy_words import address
from handlers.ground.screen import Screen, home_row
from handlers.ground.turn import Turn
from handlers.ground.typed import alike
from handlers.ground.typed import read as typed_as
from handlers.ground.words import Words, lines
from handlers.proxies.list import Search, show_list
from handlers.proxies.selection_view import STATE_LETTERS, filtered, keep_ids, read_known_list
from px6 import Proxy

router = Router(name=__name__)

SEARCH_LIMIT = 1_000  # characters of a text; the rest is not searched for


@router.callback_query(Search.filter())
async def ask_search(_: CallbackQuery, turn: Turn, callback_data: Search) -> None:
    await turn.ask(callback_data)
    await turn.show(search_question(turn.words, callback_data))


def search_question(w: Words, data: Search) -> Screen:
    text = lines(w.title("What are you looking for?"), w.tr("Write an ID, or part of an address or comment."))
    return Screen(text, [home_row(w, data.but())])


@router.message(Asked(Search), F.text)
async def typed_search(_: Message, turn: Turn, asked: Search) -> None:
    """Shows what is found in the view; if that is nothing, what is found in all states without its filter."""
    turn.retry_with(asked)
    hits = matches((await read_known_list(turn)).proxies, turn.text[:SEARCH_LIMIT])
    if not hits:
        await turn.show(nothing_found_screen(turn.words, asked, turn.text))
        return
    within = filtered(asked, (await read_known_list(turn, STATE_LETTERS[asked.state], fresh=False)).proxies, hits)
    view = asked.but(page=1) if within else asked.whole.but(state="z")
    found = await keep_ids(turn, [p.id for p in within] or hits, "found")
    await show_list(turn, view.but(found=found), fresh=False)


def nothing_found_screen(w: Words, data: Search, given: str) -> Screen:
    text = lines(
        w.title("Nothing found"),
        w.tr("No proxy matches {given}. Try something else.", given=parsing.quoted_input(w, given)),
    )
    return Screen(text, [home_row(w, data.but())])


def matches(proxies: Sequence[Proxy], text: str) -> list[int]:
    """Ids of the proxies that the text names: by ids, or by a part of an address or comment."""
    typed = typed_as(text)
    if all(word.id_digits for word in typed.words):
        ids = {word.id_digits for word in typed.words}
        exact = [p.id for p in proxies if str(p.id) in ids]
        if exact:
            return exact
    wanted = alike(typed.body).casefold()
    return [p.id for p in proxies if wanted and any(wanted in each for each in searched_texts(p))]


def searched_texts(proxy: Proxy) -> tuple[str, ...]:
    """What a search compares with: the id, both addresses and the comment, in small letters."""
    return str(proxy.id), address(proxy), proxy.ip.casefold(), alike(proxy.comment).casefold()
