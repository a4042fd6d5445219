"""What the screens about proxies share: a view of the list (filter, page, ticks) and which proxies a button means.

A view travels in the buttons, so every Back leads to the same page with the same filter. Ticks and what a search
found are rows of ids (`services.proxies.selections`); the view carries their ids.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import ExpandableBlockQuote, Text
from msgspec import structs
from pydantic import AfterValidator, Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.parsing import BadInput
from handlers.ground.screen import Id, Open, Page, Row, Screen, button, home_button, last_row
from handlers.ground.turn import Turn
from handlers.ground.typed import alike, in_one_line
from handlers.ground.words import Words, code, flag, lines
from px6 import Protocol, Proxy, ProxyList, State, Version

PER_PAGE = 6
MOST_CHOSEN = 20_000  # a selection holds no more
COMMENT_SHOWN = 14  # characters of a comment in a list
NAMED = 5  # proxies that are named before the rest is folded
FOLDED = 30  # and so many are named in the fold

STATES = {"a": State.ACTIVE, "g": State.EXPIRING, "x": State.EXPIRED, "z": State.ALL}
UNSURE = "u"  # the kind of an IPv4 of which px6 does not say whether it is shared


def can_be_set(protocol: Protocol) -> Protocol:
    """The protocol itself; ValueError for `auto`, which px6 only ever tells."""
    if protocol is Protocol.AUTO:
        raise ValueError("a proxy cannot be set to it")
    return protocol


# What a forged or older button may not say: it is then no button at all, and answered as one that is out of date.
StateLetter = Annotated[str, Field(pattern=r"^[agxz]$")]
KindLetter = Annotated[str, Field(pattern=r"^[436u]?$")]
Purpose = Annotated[str, Field(pattern=r"^[ctmd]?$")]
Settable = Annotated[Protocol, AfterValidator(can_be_set)]

Data = TypeVar("Data", bound="View")
PickedData = TypeVar("PickedData", bound="Picked")


class View(CallbackData, prefix="ls"):
    """A page of the list. `comment` is a mark of the text (person data stays out of buttons); empty: any.

    `purpose` is what is being chosen for: c check, t type, m comment, d delete; empty: that is asked afterwards.
    """

    state: StateLetter = "a"
    version: KindLetter = ""
    country: str = ""
    comment: str = ""
    found: str = ""
    ticks: str = ""
    page: Page = 1
    purpose: Purpose = ""

    def to(self, kind: type[Data], **changes: Any) -> Data:
        """A button of another kind on the same view."""
        return kind(**({name: getattr(self, name) for name in View.model_fields} | changes))

    def but(self, **changes: Any) -> View:
        """The same view with something otherwise."""
        return self.to(View, **changes)

    @property
    def is_filtered(self) -> bool:
        return bool(self.version or self.country or self.comment or self.found)

    @property
    def whole(self) -> View:
        """The same without its filter, from the first page."""
        return self.but(version="", country="", comment="", found="", page=1)


class Picked(View, prefix="pk"):
    """Something to be done: with one proxy; else with what is ticked; else with all that the filter lets through."""

    proxy: Id = 0


class Card(Picked, prefix="c"):
    """One proxy's card."""


class Chosen(View, prefix="lw"):
    """What can be done with all that is ticked."""


class Check(Picked, prefix="ck"):
    """Asks px6 whether they work."""


class Protocols(Picked, prefix="pt"):
    """Asks which protocol they are to speak."""


class SetProtocol(Picked, prefix="ps", lasting=True):
    """Changes their protocol."""

    protocol: Settable


class AskComment(Picked, prefix="cm"):
    """Asks for their comment; the next text answers."""


class AskDelete(Picked, prefix="de"):
    """Asks whether they are really to be deleted."""


class Export(Picked, prefix="ex"):
    """Asks in which format they are wanted."""


@dataclass(frozen=True)
class Pick:
    """The proxies that are meant: those that px6 knows, soonest end first, and the ids that it does not."""

    known: Sequence[Proxy]
    unknown: Sequence[int]

    @property
    def ids(self) -> list[int]:
        return [proxy.id for proxy in self.known]


def mark(comment: str) -> str:
    """What stands for a comment in a button: eight hexadecimal digits."""
    return f"{zlib.crc32(comment.encode()):08x}"


def commented(proxies: Iterable[Proxy], text: str) -> list[Proxy]:
    """Those with just this comment; where there is none, those whose comment looks the same."""
    proxies = list(proxies)
    exact = [proxy for proxy in proxies if proxy.comment == text]
    return exact or [proxy for proxy in proxies if alike(proxy.comment) == alike(text)]


def kind_of(proxy: Proxy) -> str:
    """The kind; where px6 does not tell it, the address tells IPv6, and UNSURE is one of the IPv4."""
    return proxy.version or (Version.IPV6 if ":" in proxy.ip else UNSURE)


def soonest_first(proxies: Iterable[Proxy]) -> list[Proxy]:
    return sorted(proxies, key=lambda proxy: (proxy.ends_at, proxy.id))


def filtered(view: View, proxies: Iterable[Proxy], found: Iterable[int] | None) -> list[Proxy]:
    """What the filter lets through, soonest end first. `found` is what a search found, None without one."""
    among = None if found is None else frozenset(found)
    return soonest_first(
        proxy
        for proxy in proxies
        if view.version in ("", kind_of(proxy))
        and view.country in ("", proxy.country)
        and view.comment in ("", mark(proxy.comment))
        and (among is None or proxy.id in among)
    )


def pages_of(count: int) -> int:
    return max(1, -(-count // PER_PAGE))


def page_of(view: View, proxies: Sequence[Proxy]) -> Sequence[Proxy]:
    """The proxies on the view's page; the last page when there are no longer so many."""
    page = min(view.page, pages_of(len(proxies)))
    return proxies[(page - 1) * PER_PAGE : page * PER_PAGE]


async def read_list(turn: Turn, state: State = State.ALL, *, fresh: bool = True) -> ProxyList:
    """The proxies in a state; older servers do not say their kinds, but our own orders know what was bought here."""
    listed = await turn.services.lists.read(await turn.px6(), state, fresh=fresh)
    if all(proxy.version for proxy in listed.proxies):
        return listed
    known = await turn.services.orders.known_versions(turn.person.telegram_id)
    told = (p if p.version else structs.replace(p, version=known.get(p.id)) for p in listed.proxies)
    return structs.replace(listed, proxies=tuple(told))


async def changed(turn: Turn) -> None:
    """Something was changed at px6: the next list is read afresh."""
    turn.services.lists.drop(await turn.px6())


async def kept_ids(turn: Turn, selection: str) -> tuple[int, ...] | None:
    """The ids of a selection; None when it is gone."""
    kept = await turn.services.selections.get(turn.person.telegram_id, selection) if selection else None
    return None if kept is None else kept.ids


async def ticked_ids(turn: Turn, selection: str) -> tuple[int, ...]:
    """The ids of a selection. Raises BadInput when it is gone or empty."""
    ids = await kept_ids(turn, selection)
    if not ids:
        raise BadInput(Text(turn.words.tr("That selection is gone or empty. Choose again in /proxies.")))
    return ids


async def found_ids(turn: Turn, view: View) -> tuple[int, ...] | None:
    """What the view's search found, None without one. Raises BadInput when it is gone: that is not everything."""
    found = await kept_ids(turn, view.found)
    if view.found and found is None:
        raise BadInput(Text(turn.words.tr("That search is no longer kept. Search again in /proxies.")))
    return found


async def keep_ids(turn: Turn, ids: Sequence[int], purpose: str = "list") -> str:
    """A new selection; gives its id."""
    kept = await turn.services.selections.create(turn.person.telegram_id, ids[:MOST_CHOSEN], purpose)
    return str(kept.id)


async def pick(turn: Turn, data: Picked) -> Pick:
    """The proxies that a button means, read afresh. Raises BadInput when its selection is gone."""
    if not data.proxy and not data.ticks:
        found = await found_ids(turn, data)
        return Pick(filtered(data, (await read_list(turn, STATES[data.state])).proxies, found), ())
    ids = (data.proxy,) if data.proxy else await ticked_ids(turn, data.ticks)
    mine = {proxy.id: proxy for proxy in (await read_list(turn)).proxies}
    return Pick(soonest_first(mine[i] for i in ids if i in mine), [i for i in ids if i not in mine])


async def picked_by_ids(turn: Turn, ids: Sequence[int], kind: type[PickedData]) -> PickedData:
    """The button that means these ids, as if they had been ticked."""
    if len(ids) == 1:
        return kind(proxy=ids[0])
    return kind(ticks=await keep_ids(turn, ids))


def back_of(data: Picked) -> View:
    """Where Back leads: to the card, to what is ticked, or to the list."""
    if data.proxy:
        return data.to(Card, proxy=data.proxy)
    return data.to(Chosen) if data.ticks and not data.purpose else data.but()


def ways_back(w: Words, data: Picked) -> list[Row]:
    return [last_row(w, back_of(data))]


def list_button(w: Words, data: View | None = None) -> InlineKeyboardButton:
    """The way to the list, with the filter that it had."""
    return button(w.tr("My proxies"), data.but(ticks="", purpose="") if data else Open(screen="proxies"))


# -- words for proxies


def counted(w: Words, count: int) -> str:
    return w.n("{count} proxy", "{count} proxies", count)


def protocol_name(protocol: str) -> str:
    """What people call px6's `http`, `socks` and `auto`."""
    return {"http": "HTTPS", "socks": "SOCKS5", "auto": "HTTPS + SOCKS5"}.get(protocol, protocol.upper())


def address(proxy: Proxy) -> str:
    return f"{proxy.host}:{proxy.port}"


def tail(proxy: Proxy) -> str:
    """`…250:7330`: the end of the address, by which people tell their proxies apart."""
    return f"…{proxy.host.rpartition('.')[2] or proxy.host}:{proxy.port}"


def short(comment: str, most: int = COMMENT_SHOWN) -> str:
    """A comment in one line, cut to `most` characters."""
    line = in_one_line(comment)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def proxy_line(w: Words, proxy: Proxy, now: datetime) -> Text:
    """`🇩🇪 185.22.134.250:7330 · 3 d · shop`"""
    comment = f" · {short(proxy.comment)}" if proxy.comment.strip() else ""
    return Text(f"{flag(proxy.country)} ", code(address(proxy)), f" · {w.span(proxy.ends_at, now)}{comment}")


def proxy_lines(w: Words, proxies: Sequence[Proxy], now: datetime) -> list[Text]:
    """The first few in full, more of them folded, and how many there are beyond."""
    named = [proxy_line(w, proxy, now) for proxy in proxies[:NAMED]]
    rest = [f"{flag(p.country)} {address(p)} · {w.span(p.ends_at, now)}" for p in proxies[NAMED : NAMED + FOLDED]]
    beyond = len(proxies) - NAMED - len(rest)
    if beyond > 0:
        rest.append(w.n("and {count} more", "and {count} more", beyond))
    return [*named, ExpandableBlockQuote("\n".join(rest))] if rest else named


def ids_line(w: Words, ids: Sequence[int], most: int = 20) -> str:
    """`15, 16, 17 and 3 more`"""
    shown = ", ".join(str(i) for i in ids[:most])
    return (
        shown
        if len(ids) <= most
        else w.n("{ids} and {count} more", "{ids} and {count} more", len(ids) - most, ids=shown)
    )


def unknown_line(w: Words, unknown: Sequence[int]) -> str | None:
    """Which ids are not the person's; None when all are."""
    return w.tr("Not among yours: {ids}", ids=ids_line(w, unknown)) if unknown else None


def time_left(proxies: Iterable[Proxy], now: datetime) -> timedelta:
    """What is paid for and not yet used, of all together."""
    return sum((proxy.ends_at - now for proxy in proxies if proxy.ends_at > now), timedelta(0))


def most_used(values: Iterable[str]) -> list[str]:
    """Each value once, the most frequent first."""
    return [value for value, _ in sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))]


async def ask_about_rest(
    turn: Turn, data: Picked, found: Pick, go_on: Callable[[str], CallbackData], nothing: str = ""
) -> None:
    """Some ids are not the person's: which, and whether the rest goes on. `go_on` is given the rest's selection.

    `nothing` says what was not done so far.
    """
    w = turn.words
    rest = await keep_ids(turn, found.ids) if found.known else ""
    text = lines(
        w.title("Some of these are not yours") if found.known else w.title("None of these is yours"),
        unknown_line(w, found.unknown),
        nothing or w.tr("Nothing was changed."),
    )
    label = w.n("Go on with {count} proxy", "Go on with {count} proxies", len(found.known))
    rows: list[Row] = [[button(label, go_on(rest))]] if found.known else []
    await turn.show(Screen(text, [*rows, [list_button(w, data), home_button(w)]]))
