"""What the screens about proxies share: a view of the list (filter, page, ticks) and which proxies a button means.

A view travels in the buttons, so every Back leads to the same page with the same filter. Ticks and what a search
found are rows of ids (`services.proxies.selections`); the view carries their ids.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Text
from msgspec import structs

from handlers.ground.buttons import OrderCard
from handlers.ground.callback_data import CallbackData
from handlers.ground.parsing import BadInput
from handlers.ground.proxy_buttons import LIST_OF_RESULT, OTHER, Card, CheckStep, Chosen, Picked, PickedData, View
from handlers.ground.proxy_words import comment_mark, missing_title, soonest_first, unknown_line, unread_line
from handlers.ground.screen import Open, Row, Screen, button, home_button, home_row
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from model.proxies import ProxyKind, kind_of, with_known_kinds
from px6 import Proxy, ProxyList, Px6Client, State

PER_PAGE = 6
MOST_CHOSEN = 20_000  # a selection holds no more

KINDS = frozenset(ProxyKind)
END_GROUPS = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))
"""What is left at most in each group of ends but the last; buttons carry their numbers, from 1 on."""

STATE_LETTERS = {"a": State.ACTIVE, "g": State.EXPIRING, "x": State.EXPIRED, "z": State.ALL}


@dataclass(frozen=True)
class PickedProxies:
    """The proxies that are meant: those that px6 knows, soonest end first, and the ids that it does not.

    `unread`: those that it lists, or may list, so that they cannot be read. `recent`: of lists of a moment ago.
    """

    known: Sequence[Proxy]
    unknown: Sequence[int]
    recent: bool = False
    unread: Sequence[int] = ()

    @property
    def ids(self) -> list[int]:
        return [proxy.id for proxy in self.known]

    @property
    def are_all_known(self) -> bool:
        return not self.unknown and not self.unread


def country_of(proxy: Proxy) -> str:
    """The country for a button: two letters, or OTHER."""
    country = proxy.country or ""
    return country if len(country) == 2 and country.isascii() and country.isalpha() else OTHER


def kind_letter(proxy: Proxy) -> str:
    """The kind for a button: a ProxyKind, or OTHER."""
    kind = kind_of(proxy)
    return kind if kind in KINDS else OTHER


def filtered(view: View, proxies: Iterable[Proxy], found: Iterable[int] | None, now: datetime) -> list[Proxy]:
    """What the filter lets through, soonest end first. `found` is what a search found, None without one."""
    among, ends = None if found is None else frozenset(found), view.ends
    return soonest_first(
        proxy
        for proxy in proxies
        if (not view.version or view.version == kind_letter(proxy))
        and (not view.country or view.country in (proxy.country, country_of(proxy)))
        and (not view.comment or view.comment == comment_mark(proxy.comment))
        and (not ends or ends == end_group(proxy, now))
        and (among is None or proxy.id in among)
    )


def end_group(proxy: Proxy, now: datetime) -> str:
    """Into which group of ends a proxy falls, as its number in END_GROUPS; "0" once it has ended."""
    left = proxy.ends_at - now
    return "0" if left <= timedelta(0) else str(1 + sum(left > most for most in END_GROUPS))


def pages_of(count: int) -> int:
    return max(1, -(-count // PER_PAGE))


def page_of(view: View, proxies: Sequence[Proxy]) -> Sequence[Proxy]:
    """The proxies on the view's page; the last page when there are no longer so many."""
    page = min(view.page, pages_of(len(proxies)))
    return proxies[(page - 1) * PER_PAGE : page * PER_PAGE]


async def read_list(turn: Turn, state: State = State.ALL, *, fresh: bool = True) -> ProxyList:
    """The proxies in a state."""
    return await name_kinds(turn, await turn.services.lists.read(await turn.px6(), state, fresh=fresh))


async def read_known_list(
    turn: Turn,
    state: State = State.ALL,
    *,
    fresh: bool = True,
    background: bool = False,
    least: State | None = None,
    begun: Callable[[ProxyList], None] = lambda first: None,
) -> ProxyList:
    """As `read_list`, to be shown and nothing else: where px6 does not answer, what it told last.

    `least`: see `Turn.listed`; `begun`: see `Px6Client.proxies`.
    """
    lists = turn.services.lists

    def ask(client: Px6Client) -> Awaitable[ProxyList]:
        return lists.read(client, state, fresh=fresh, background=background, begun=begun)

    return await name_kinds(turn, await turn.listed(state, ask, least))


async def name_kinds(turn: Turn, listed: ProxyList) -> ProxyList:
    """Older servers do not say the kinds of proxies, but our own orders know what was bought here."""
    if all(proxy.version for proxy in listed.proxies):
        return listed
    known = await turn.services.orders.known_versions(turn.person.telegram_id)
    return structs.replace(listed, proxies=with_known_kinds(listed.proxies, known))


class ReadList(Protocol):
    """`read_list` or `read_known_list`."""

    async def __call__(self, turn: Turn, state: State = ..., *, fresh: bool = ...) -> ProxyList: ...


async def recent_list(turn: Turn, ids: Iterable[int]) -> ProxyList | None:
    """A list of a moment ago in which all of these stand; None when there is none."""
    client, lists = await turn.px6(), turn.services.lists
    for listed in (lists.recent(client, state) for state in (State.ALL, State.ACTIVE, State.EXPIRING, State.EXPIRED)):
        if listed is not None and {proxy.id for proxy in listed.proxies}.issuperset(ids):
            return await name_kinds(turn, listed)
    return None


def drop_read_list(turn: Turn, client: Px6Client) -> None:
    """Forget the list that was read last, since something was changed at px6: the next one is read afresh.

    `client`: with which it was changed. No right is asked for anew, which may have ended since.
    """
    turn.services.lists.drop(client)


async def read_found_by(turn: Turn, view: View) -> str:
    """What put the view's proxies together: `found` a search, `digest` a reminder; empty where nothing did."""
    kept = await turn.services.selections.get(turn.person.telegram_id, view.found) if view.found else None
    return kept.purpose if kept else ""


async def kept_ids(turn: Turn, selection: str) -> tuple[int, ...] | None:
    """The ids of a selection; None when it is gone."""
    kept = await turn.services.selections.get(turn.person.telegram_id, selection) if selection else None
    return None if kept is None else kept.ids


async def ticked_ids(turn: Turn, selection: str) -> tuple[int, ...]:
    """The ids of a selection. Raises BadInput when it is gone or empty."""
    ids = await kept_ids(turn, selection)
    if not ids:
        raise BadInput(Text(turn.words.tr("This selection is empty or no longer saved. Select again in /proxies.")))
    return ids


async def found_ids(turn: Turn, view: View) -> tuple[int, ...] | None:
    """What the view's search found, None without one. Raises BadInput when it is gone: that is not everything."""
    found = await kept_ids(turn, view.found)
    if view.found and found is None:
        raise BadInput(Text(turn.words.tr("This search is no longer saved. Search again in /proxies.")))
    return found


async def keep_ids(turn: Turn, ids: Sequence[int], purpose: str = "list") -> str:
    """A new selection; gives its id."""
    kept = await turn.services.selections.create(turn.person.telegram_id, ids[:MOST_CHOSEN], purpose)
    return str(kept.id)


async def pick(turn: Turn, data: Picked, read: ReadList = read_list, *, fresh: bool = True) -> PickedProxies:
    """The proxies that a button means. Raises BadInput when its selection is gone.

    Without `fresh` they may be those of a moment ago; ids that were not there then are looked for anew.
    """
    if not data.proxy and not data.ticks:
        state, found = STATE_LETTERS[data.state], await found_ids(turn, data)
        recent = not fresh and turn.services.lists.recent(await turn.px6(), state) is not None
        listed = await read(turn, state, fresh=fresh)
        return PickedProxies(filtered(data, listed.proxies, found, turn.services.now()), (), recent)
    ids = (data.proxy,) if data.proxy else await ticked_ids(turn, data.ticks)
    before = None if fresh else await recent_list(turn, ids)
    listed = before or await read(turn, State.ALL)
    mine = {proxy.id: proxy for proxy in listed.proxies}
    unread = [i for i in ids if i not in mine and listed.may_hold(i)]
    unknown = [i for i in ids if i not in mine and not listed.may_hold(i)]
    return PickedProxies(soonest_first(mine[i] for i in ids if i in mine), unknown, before is not None, unread)


async def picked_by_ids(turn: Turn, ids: Sequence[int], kind: type[PickedData]) -> PickedData:
    """The button that means these ids, as if they had been ticked."""
    match ids:
        case [one]:
            return kind(proxy=one)
    return kind(ticks=await keep_ids(turn, ids))


def back_button_data(data: Picked) -> CallbackData:
    """Where Back leads: to the order or the result of a check, to the card, to what is ticked, or to the list."""
    if origin := origin_of(data):
        return origin
    if data.proxy:
        return data.to(Card, proxy=data.proxy)
    return data.to(Chosen) if data.ticks and data.purpose[:1] in ("", LIST_OF_RESULT) else data.but()


def origin_of(data: View) -> CallbackData | None:
    """The order or the result of a check whose proxies these are; None: they were found in the list."""
    match data.purpose[:1]:
        case "o":
            return OrderCard(order=int(data.purpose[1:]))
        case "r":
            return CheckStep(result=data.purpose[1:])
    return None


def home_and_back_rows(w: Words, data: Picked) -> list[Row]:
    return [home_row(w, back_button_data(data))]


def list_button(w: Words, data: View | None = None) -> InlineKeyboardButton:
    """The way to the list, with the filter that it had."""
    return button(w.tr("My proxies"), data.but(ticks="", purpose="") if data else Open(screen="proxies"))


# -- words for proxies


async def ask_about_rest(
    turn: Turn, data: Picked, found: PickedProxies, go_on: Callable[[str], CallbackData], nothing: str = ""
) -> None:
    """Some ids are not the person's, or cannot be read: which, and whether the rest goes on. `go_on` is given the
    rest's selection.

    `nothing` says what was not done so far.
    """
    rest = await keep_ids(turn, found.ids) if found.known else ""
    await turn.show(rest_screen(turn.words, data, found, go_on(rest), nothing))


def rest_screen(w: Words, data: Picked, found: PickedProxies, go_on: CallbackData, nothing: str) -> Screen:
    text = lines(
        missing_title(w, found.unknown, found.unread, len(found.known)),
        unknown_line(w, found.unknown),
        unread_line(w, found.unread),
        nothing or w.tr("Nothing was changed."),
    )
    label = w.n("Continue with {count} proxy", "Continue with {count} proxies", len(found.known))
    rows: list[Row] = [[button(label, go_on)]] if found.known else []
    return Screen(text, [*rows, [list_button(w, data), home_button(w)]])
