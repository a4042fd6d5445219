"""Searching among the proxies: what a text means, the search in the list, and what was found nowhere.

`/find`, what is pasted, and the search in the list find the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground import parsing
from handlers.ground.countries import country_by_name, find_countries
from handlers.ground.filters import Asked
from handlers.ground.proxy_buttons import Search
from handlers.ground.proxy_words import address
from handlers.ground.screen import Screen, home_row
from handlers.ground.turn import Turn
from handlers.ground.typed import alike
from handlers.ground.typed import read as typed_as
from handlers.ground.words import Words, lines
from handlers.proxies.list import show_list
from handlers.proxies.pasted_pieces import Place, usual_form
from handlers.proxies.pasted_text import Pasted, read_pasted
from handlers.proxies.proxy_strings import is_like_strings
from handlers.proxies.selection_view import STATE_LETTERS, filtered, keep_ids, read_known_list
from px6 import Proxy, ProxyList

router = Router(name=__name__)

SEARCH_LIMIT = 4_096  # characters of a text: as many as a message has


@dataclass(frozen=True)
class Matches:
    """Ids of proxies, each once; and the names of what was pasted and is none of them: addresses and ids alone.

    `unreadable`: so many more px6 listed in a form that cannot be read. `unread`: ids that were pasted and are, or
    may be, of these.
    `by_words`: found by a part of an address, a comment or a country, not named one by one.
    """

    ids: Sequence[int] = ()
    strangers: Sequence[str] = ()
    by_words: bool = False
    unreadable: int = 0
    unread: Sequence[int] = ()

    @property
    def is_nothing(self) -> bool:
        return not self.ids and not self.strangers and not self.unread


@router.callback_query(Search.filter())
async def ask_search(_: CallbackQuery, turn: Turn, callback_data: Search) -> None:
    await turn.ask(callback_data)
    await turn.show(search_question(turn.words, callback_data))


def search_question(w: Words, data: Search) -> Screen:
    text = lines(w.title("What are you looking for?"), searchable_line(w))
    return Screen(text, [home_row(w, data.but())])


def searchable_line(w: Words) -> str:
    return w.tr("Send IDs, addresses or whole lists, or part of a comment, or a country.")


@router.message(Asked(Search), F.text)
async def typed_search(_: Message, turn: Turn, asked: Search) -> None:
    """Shows what is found in the view; if that is nothing, what is found in all states without its filter."""
    turn.retry_with(asked)
    hits = matches(turn.words, await read_known_list(turn), turn.text).ids
    if not hits:
        await turn.show(nothing_found_screen(turn.words, asked, turn.text))
        return
    listed = (await read_known_list(turn, STATE_LETTERS[asked.state], fresh=False)).proxies
    within = filtered(asked, listed, hits, turn.services.now())
    view = asked.but(page=1) if within else asked.whole.but(state="z")
    found = await keep_ids(turn, [p.id for p in within] or hits, "found")
    await show_list(turn, view.but(found=found), fresh=False)
    await turn.ask(None)


def nothing_found_screen(w: Words, data: Search, given: str) -> Screen:
    return Screen(lines(w.title("Nothing found"), nothing_matches(w, given)), [home_row(w, data.but())])


def nothing_matches(w: Words, given: str) -> str:
    """That no proxy has this. What is like an address with a login is not repeated: it may hold a password."""
    if is_like_strings(given):
        return w.tr("You have none of these proxies.")
    return w.tr("No proxy matches {given}. Try something else.", given=parsing.quoted_input(w, given))


def matches(w: Words, listed: ProxyList, text: str) -> Matches:
    """What a text means among the proxies: what it names one by one, else what has these words."""
    named = pasted_matches(listed, read_pasted(text))
    if named.ids:
        return named
    found = matches_of_words(w, listed.proxies, text[:SEARCH_LIMIT])
    return Matches(found, by_words=True) if found else named


# -- named one by one


def pasted_matches(listed: ProxyList, pasted: Pasted) -> Matches:
    """Which of the proxies were pasted, in the order of the text, and what of it is none of them.

    An address alone means the proxies that the world sees with it, else those that are reached at it.
    """
    at, mine = by_place(listed.proxies), {proxy.id for proxy in listed.proxies}
    found: dict[int, None] = {}
    strangers: list[str] = []
    for place in (*pasted.places, *pasted.likely_places):
        ids = at.get(place, ())
        found.update(dict.fromkeys(ids))
        if not ids and place in pasted.places:
            strangers.append(str(place))
    found.update(dict.fromkeys(one for one in (*pasted.ids, *pasted.likely_ids) if one in mine))
    others = [one for one in pasted.ids if one not in mine]
    strangers += [str(one) for one in others if not listed.may_hold(one)]
    return Matches(list(found), strangers, unreadable=listed.unreadable, unread=list(filter(listed.may_hold, others)))


def by_place(proxies: Iterable[Proxy]) -> dict[Place, list[int]]:
    """Ids by everything that names a place of theirs."""
    at: dict[Place, list[int]] = defaultdict(list)
    hosts: dict[Place, list[int]] = defaultdict(list)
    for proxy in proxies:
        host, seen_as = usual_form(proxy.host), usual_form(proxy.ip)
        hosts[Place(host)].append(proxy.id)
        at[Place(seen_as)].append(proxy.id)
        for each in {host, seen_as}:
            at[Place(each, proxy.port)].append(proxy.id)
    return {**hosts, **at}


# -- by words


def matches_of_words(w: Words, proxies: Sequence[Proxy], text: str) -> list[int]:
    """Ids of the proxies that have the text: as ids, as a country, or as a part of an address or comment."""
    typed = typed_as(text)
    if all(word.id_digits for word in typed.words):
        ids = {word.id_digits for word in typed.words}
        exact = [p.id for p in proxies if str(p.id) in ids]
        if exact:
            return exact
    wanted, countries = alike(typed.body).casefold(), countries_named(w, proxies, typed.body)
    return [p.id for p in proxies if wanted and (p.country in countries or has_words(p, wanted))]


def countries_named(w: Words, proxies: Iterable[Proxy], text: str) -> set[str]:
    """The countries of proxies that a text names in any language, by two letters, or by the beginning of a name."""
    among = {proxy.country for proxy in proxies if proxy.country}
    if exact := country_by_name(text):
        return {exact} & among
    return set(find_countries(w, text, among)) if len(text) > 2 else set()


def has_words(proxy: Proxy, wanted: str) -> bool:
    """Whether it has the text, in small letters. Two letters may be a country: they are not looked for in words."""
    comment = alike(proxy.comment).casefold()
    if len(wanted) == 2 and wanted.isalpha():
        return wanted in comment.split()
    return any(wanted in each for each in (str(proxy.id), address(proxy), proxy.ip.casefold(), comment))
