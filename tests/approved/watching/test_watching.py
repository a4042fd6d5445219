from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from handlers.notifications.notices import notice_screen
from handlers.orders.buy_buttons import FROM_STEPS, wish_button
from handlers.watching.keep import cancelled_screen, how_screen, kept_screen, over_text, too_many_text
from handlers.watching.list import watched_screen
from handlers.watching.stock import at_once_screen, wanted_screen, watching_screen
from handlers.watching.stock_card import AtOnceTerm, card_screen, term_screen
from handlers.watching.stopped import stopped_screen
from model.watching import StockWatch
from px6 import Version
from services.notifications.kinds import Notice
from services.notifications.watching_kinds import KeptEnded, KeptPaying, MoneyThere, StockBack, StockWatchOver
from services.orders import BuyWish, Option, Quote
from tests.approved.approving import EN, IN_BERLIN, RU, SITE, State, approve
from tests.handlers.sample_orders import a_quote
from tests.sample_kept import WISH, a_payment
from tests.sample_proxies import NOW

PRICE = Decimal("105.00")
IDS = {15: NOW, 16: NOW, 17: NOW}


def bought(balance: str = "30.00", **wish: Any) -> Quote:
    return a_quote(balance, (30, "105.00"), wish=structs.replace(WISH, **wish))


def prolonged(balance: str = "30.00") -> Quote:
    option = Option(period=30, price=PRICE, at_most=True)
    return structs.replace(a_quote(balance, (30, "105.00")), options=(option,))


def a_watch(number: int = 1, country: str = "de") -> StockWatch:
    return StockWatch(
        id=number,
        telegram_id=1001,
        px6_user_id="77",
        country=country,
        version="6",
        wanted=5,
        wish=structs.replace(WISH, country=country),
        since=NOW,
        until=NOW + timedelta(days=14),
        look_at=NOW,
        told_at=None,
    )


def keeping() -> Iterator[State]:
    for w in (EN, RU):
        yield f"how, {w.language}", how_screen(w, bought(), bought().options[0], NOW)
        yield f"kept, asks, {w.language}", kept_screen(w, a_payment(), NOW, SITE)
        at_once = a_payment(up_to=PRICE)
        yield f"kept, at once, {w.language}", kept_screen(w, at_once, NOW, SITE)
        yield f"kept, at once, switched off, {w.language}", kept_screen(w, at_once, NOW, SITE, may_spend=False)
        yield f"called off, {w.language}", cancelled_screen(w)
        yield f"over, {w.language}", over_text(w)
        yield f"too many, {w.language}", too_many_text(w)
    yield "how, prolong, at most", how_screen(IN_BERLIN, prolonged(), prolonged().options[0], NOW)
    yield "how, the money is there by now", how_screen(EN, bought("105.00"), bought().options[0], NOW)
    three = a_payment(kind="prolong", wish=None, ends=IDS)
    yield "kept, prolong", kept_screen(IN_BERLIN, three, NOW, SITE)


def listed() -> Iterator[State]:
    several = [a_payment(1), a_payment(2, kind="prolong", wish=None, ends=IDS, up_to=PRICE)]
    for w in (EN, RU):
        yield f"nothing is watched, {w.language}", watched_screen(w, [], [], NOW)
        yield f"watched, {w.language}", watched_screen(w, several, [a_watch(1)], NOW)
        off = watched_screen(w, several, [], NOW, may_spend=False)
        yield f"watched, spending is off, {w.language}", off
        yield f"stock is watched, {w.language}", watching_screen(w, WISH, wish_button(WISH, FROM_STEPS), 7)
        yield f"stock is no longer watched, {w.language}", [stopped_screen(w)]
        buys = structs.replace(a_watch(1), up_to=PRICE, currency="RUB", looked_at=NOW - timedelta(minutes=8))
        yield f"stock at once, {w.language}", at_once_screen(w, buys, bought("200.00"))
        tells = structs.replace(buys, up_to=None)
        shown = [
            card_screen(w, tells, NOW, may_spend=True),
            *(card_screen(w, buys, NOW, may_spend=may) for may in (True, False)),
        ]
        yield f"a watch of stock, {w.language}", shown
        asked = [AtOnceTerm(number=1, count=2, period=30, name=name) for name in "dm"]
        yield f"its days and number, {w.language}", [term_screen(w, each) for each in asked]
        yield f"stock will be bought, {w.language}", wanted_screen(w, buys, NOW)
        yield f"stock will be bought, off, {w.language}", wanted_screen(w, buys, NOW, may_spend=False)
        yield f"stock is only told, {w.language}", wanted_screen(w, a_watch(1), NOW)
        yield f"stock is bought, listed, {w.language}", watched_screen(w, [], [buys], NOW)
    many = [a_watch(number, country) for number, country in enumerate(("de", "fr", "us", "nl", "pl", "gb"))]
    yield "watched, two pages", watched_screen(EN, several, many, NOW)
    yield "watched, the second page", watched_screen(EN, several, many, NOW, 2)
    yield "watched, a page that is gone", watched_screen(EN, several, [], NOW, 9)


def notices() -> Iterator[tuple[str, Notice]]:
    yield "the money is there", MoneyThere(bought("200.00"))
    yield "the money is there, it costs more", MoneyThere(bought("200.00"), "price", Decimal("100.00"))
    yield "the money is there, spending is off", MoneyThere(bought("200.00", auto_prolong=True), "off", PRICE)
    yield "the money is there, prolong", MoneyThere(prolonged("200.00"))
    yield "paying", KeptPaying(bought())
    yield "paying, stock", KeptPaying(bought(), "stock")
    yield "paying, a twin", KeptPaying(bought(), "replace")
    for why in ("price", "money", "off", "account", "currency", "refused", "key"):
        yield f"not bought: {why}", StockBack(1, WISH, 7, why, PRICE, Decimal("115.50"), "RUB")
    for why in ("later", "lost", "interrupted"):
        yield f"stock: {why}", KeptEnded("buy", WISH, 5, 30, PRICE, "RUB", "abcdefghijkl", why, of="stock")
    ended = KeptEnded("buy", WISH, 5, 30, PRICE, "RUB", "abcdefghijkl", "over")
    for why in ("over", "late", "account", "currency", "sold_out", "refused", "lost", "later", "interrupted"):
        yield f"ended: {why}", replace(ended, why=why)
    yield "ended: fewer", replace(ended, why="fewer", kind="prolong", wish=None, count=1)
    yield "ended: some left", replace(ended, why="sold_out", stock=2)
    yield "ended: nothing left", KeptEnded("prolong", None, 3, 30, PRICE, "RUB", "abcdefghijkl", "nothing")
    yield "in stock", StockBack(7, WISH, 12)
    yield "in stock, days not chosen", StockBack(7, BuyWish(0, 0, "fi", Version.IPV4), 1)
    yield "still sold out", StockWatchOver(WISH, 14)


def states() -> Iterator[State]:
    yield from keeping()
    yield from listed()
    for w in (EN, RU):
        yield from ((f"{name}, {w.language}", notice_screen(w, notice, SITE)) for name, notice in notices())


def test_what_is_watched_looks_as_approved() -> None:
    approve(__file__, states())
