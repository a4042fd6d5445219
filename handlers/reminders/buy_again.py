"""Buying the same again under a message that says what has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Annotated

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardButton
from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.parsing import MAX_COUNT
from handlers.ground.periods import BUY_PERIODS
from handlers.ground.proxy_words import comment_mark
from handlers.ground.screen import Id, new_message_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, flag
from handlers.orders import buy_quote as purchase
from handlers.orders.buy_buttons import FROM_COMMAND
from model.colleagues import Right
from model.proxies import is_sold, kind_of, sold_as
from px6 import Protocol, Proxy, Version
from services.money.forecast import USUAL_PERIOD
from services.notifications.kinds import Digest
from services.orders import BuyWish, OrderState

router = Router(name=__name__)

MOST_BUTTONS = 3
ORDERS_READ = 100  # orders, for how long something was bought last
DAY = timedelta(days=1)


class SameAgain(CallbackData, prefix="dg-b", needs=Right.ALL):
    """Quotes as many of the same as ended. A comment travels as its mark: its text is read from px6."""

    digest: Id
    version: Version
    country: str
    protocol: Protocol
    comment: str
    count: Annotated[int, Field(ge=1, le=MAX_COUNT)]


def same_again_buttons(w: Words, digest: Digest) -> list[InlineKeyboardButton]:
    """Buttons for what ended: the same kind and country, with the same protocol and comment."""
    alike = Counter(
        purchase_of(proxy, version)
        for proxy in digest.ended
        if proxy.country and is_sold(proxy)
        for version in sold_as(kind_of(proxy))
    )
    return [
        new_message_button(
            w.tr(
                "Buy again: {count} × {flag} {kind}", count=w.number(count), flag=flag(country), kind=w.kind(version)
            ),
            SameAgain(
                digest=digest.id,
                version=version,
                country=country,
                protocol=protocol,
                comment=comment,
                count=count,
            ),
        )
        for (version, country, protocol, comment), count in alike.most_common(MOST_BUTTONS)
    ]


def purchase_of(proxy: Proxy, version: Version) -> tuple[Version, str, Protocol, str]:
    """Kind, country, protocol and the mark of the comment. Both protocols on one port cannot be bought here."""
    protocol = Protocol.SOCKS if proxy.type == Protocol.SOCKS else Protocol.HTTP
    return version, proxy.country or "", protocol, comment_mark(proxy.comment)


def is_sold_so(proxy: Proxy, data: SameAgain) -> bool:
    """Whether the button stands for this proxy, perhaps among others."""
    wanted = (data.version, data.country, data.protocol, data.comment)
    return is_sold(proxy) and data.version in sold_as(kind_of(proxy)) and purchase_of(proxy, data.version) == wanted


@router.callback_query(SameAgain.filter())
async def buy_same_again(_: CallbackQuery, turn: Turn, callback_data: SameAgain) -> None:
    """A quote, as if all of it had been chosen anew; px6 may no longer list what ended, then without its comment."""
    sent = await turn.services.reminders.digest(turn.person.telegram_id, callback_data.digest)
    ended = sent.ends if sent is not None else {}
    listed = (await (await turn.px6()).proxies(nokey=True)).proxies
    alike = [proxy for proxy in listed if proxy.id in ended and is_sold_so(proxy, callback_data)]
    wish = BuyWish(
        callback_data.count,
        await bought_for(turn, ended.keys(), alike),
        callback_data.country,
        callback_data.version,
        callback_data.protocol,
        alike[0].comment if alike else "",
    )
    await purchase.quote(turn, wish, FROM_COMMAND)


async def bought_for(turn: Turn, ids: Collection[int], alike: Sequence[Proxy]) -> int:
    """The days for which one of these was paid last; for what was bought elsewhere, as it lasted."""
    wanted = {proxy.id for proxy in alike} or set(ids)
    latest = await turn.services.orders.history(turn.person.telegram_id, states=[OrderState.DONE], limit=ORDERS_READ)
    paid = [order.period for order in latest if not wanted.isdisjoint(order.ids)]
    lasted = [round((proxy.ends_at - proxy.bought_at) / DAY) for proxy in alike]
    return next((period for period in (*paid, *lasted) if period in BUY_PERIODS), USUAL_PERIOD)
