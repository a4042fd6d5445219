"""After a check of many: prolonging those that work, and buying as many of the same in place of the dead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from aiogram import F, Router
from aiogram.types import CallbackQuery
from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.parsing import MAX_PERIOD, MIN_PERIOD
from handlers.ground.proxy_buttons import FROM_RESULT, CheckStep, SettableProtocol, View
from handlers.ground.proxy_words import comment_mark, protocol_name, short_comment
from handlers.ground.screen import Screen, button, home_row
from handlers.ground.turn import Turn
from handlers.ground.words import Words, flag, lines
from handlers.orders import buy_quote as purchase
from handlers.orders.prolong import show_prolong_quote
from handlers.proxies.check_results import result_of
from handlers.proxies.selection_view import read_list
from model.colleagues import Right
from model.proxies import is_unsure, kind_of, sold_as
from px6 import Protocol, Proxy, Version
from services.money.forecast import USUAL_PERIOD
from services.money.prices import sold_kinds
from services.orders import BuyWish

router = Router(name=__name__)

MOST_BUTTONS = 7
COMMENT_SHOWN = 8  # characters of a comment beside kind and protocol
DAY = timedelta(days=1)


class Twin(NamedTuple):
    """What is bought in place of a proxy. `comment` is its mark: the text is read from px6."""

    version: Version
    country: str
    protocol: Protocol
    comment: str


class BuyTwins(CallbackData, prefix="tw", needs=Right.ALL):
    """Quotes as many of a Twin as are dead in a result."""

    result: Annotated[str, Field(pattern=r"^[\w-]{1,12}$")]
    version: Version
    country: str
    protocol: SettableProtocol
    comment: str

    @property
    def twin(self) -> Twin:
        return Twin(self.version, self.country, self.protocol, self.comment)


@router.callback_query(CheckStep.filter(F.step == "p"))
async def prolong_working(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    """The quote of exactly those that worked."""
    result = await result_of(turn, callback_data.result)
    await show_prolong_quote(turn, result.good, view=View(state="z", purpose=FROM_RESULT + result.id))


# -- in place of the dead


@router.callback_query(CheckStep.filter(F.step == "b"))
async def buy_twins(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    """The quote at once where all of the dead are alike; else which of them."""
    dead, sold = await read_dead(turn, callback_data.result), await sold_kinds(await turn.px6())
    match list(twins := Counter(twin for proxy in dead for twin in twins_of(proxy, sold))):
        case [] if dead:
            await turn.toast(turn.words.tr("px6 does not sell such proxies now."), alert=True)
        case []:
            await turn.toast(turn.words.tr("These proxies are already gone"))
        case [one]:
            await quote_twins(turn, callback_data.result, one, dead)
        case _:
            await turn.show(twins_screen(turn.words, callback_data.result, dead, twins))


@router.callback_query(BuyTwins.filter())
async def buy_these(_: CallbackQuery, turn: Turn, callback_data: BuyTwins) -> None:
    await quote_twins(turn, callback_data.result, callback_data.twin, await read_dead(turn, callback_data.result))


async def read_dead(turn: Turn, result: str) -> list[Proxy]:
    """The proxies that did not work, as far as px6 still lists them."""
    dead = set((await result_of(turn, result)).dead)
    return [proxy for proxy in (await read_list(turn, fresh=False)).proxies if proxy.id in dead]


async def quote_twins(turn: Turn, result: str, twin: Twin, dead: Sequence[Proxy]) -> None:
    """The ordinary quote of a purchase with everything chosen: nothing is spent before its green button."""
    alike = [proxy for proxy in dead if twin in twins_of(proxy, [twin.version])]
    if not alike:
        await turn.toast(turn.words.tr("These proxies are already gone"))
        return
    wish = BuyWish(
        len(alike),
        days_left(alike, turn.services.now()),
        twin.country,
        twin.version,
        twin.protocol,
        alike[0].comment,
        False,
    )
    await purchase.quote(turn, wish, FROM_RESULT + result)


def twins_of(proxy: Proxy, sold: Collection[Version]) -> list[Twin]:
    """What can replace a proxy: an IPv4 that may be a Shared one has two, what px6 does not sell has none.

    Both protocols on one port cannot be bought here.
    """
    protocol = Protocol.SOCKS if proxy.type == Protocol.SOCKS else Protocol.HTTP
    return [
        Twin(version, proxy.country, protocol, comment_mark(proxy.comment))
        for version in sold_as(kind_of(proxy))
        if proxy.country and version in sold
    ]


def days_left(dead: Iterable[Proxy], now: datetime) -> int:
    """For how many days, rounded up, the longest of them was paid; 30 where px6 sells no period as short."""
    left = max(-((now - proxy.ends_at) // DAY) for proxy in dead)
    return min(left, MAX_PERIOD) if left >= MIN_PERIOD else USUAL_PERIOD


def twins_screen(w: Words, result: str, dead: Sequence[Proxy], twins: Counter[Twin]) -> Screen:
    """A button for each kind of proxy that is dead."""
    comments = {comment_mark(proxy.comment): proxy.comment for proxy in dead}
    text = lines(
        w.title("Buy in place of which?"),
        w.tr("px6 does not say whether an IPv4 is Shared: choose it here.") if any(map(is_unsure, dead)) else None,
    )
    rows = [
        [button(twin_label(w, twin, count, comments[twin.comment]), BuyTwins(result=result, **twin._asdict()))]
        for twin, count in twins.most_common(MOST_BUTTONS)
    ]
    return Screen(text, [*rows, home_row(w, CheckStep(result=result))])


def twin_label(w: Words, twin: Twin, count: int, comment: str) -> str:
    """`2 × 🇩🇪 IPv4 · SOCKS5 · shop`"""
    protocol = "" if twin.version is Version.MTPROTO else protocol_name(twin.protocol)
    parts = [
        f"{w.number(count)} × {flag(twin.country)} {w.kind(twin.version)}",
        protocol,
        short_comment(comment, COMMENT_SHOWN),
    ]
    return " · ".join(part for part in parts if part.strip())
