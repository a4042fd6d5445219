from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from handlers.notifications.notices import notice_screen
from handlers.watching.health import (
    AskNight,
    HowOften,
    card_screen,
    ended_screen,
    interval_screen,
    night_screen,
    other_interval_screen,
    which_screen,
)
from handlers.watching.list import watched_screen
from handlers.watching.prices import kinds_screen, periods_screen, watching_screen
from model.watching import PriceWatch
from px6 import Price, Version
from services.notifications.kinds import HealthBack, HealthFell, Notice, PriceChanged, Seen
from tests.approved.approving import EN, RU, SITE, State, approve
from tests.sample_proxies import NOW, a_proxy
from tests.sample_watches import a_watch

SEEN = tuple(Seen(15 + number, "de", f"185.22.134.25{number}:7330") for number in range(7))


def a_price(number: int = 1) -> PriceWatch:
    return PriceWatch(
        id=number,
        telegram_id=1001,
        version="6",
        period=30,
        price=Decimal("21.00"),
        currency="RUB",
        since=NOW,
        look_at=NOW,
    )


def setting_up() -> Iterator[State]:
    proxies = [a_proxy(number, comment="<shop>" if number % 2 else "", country="de") for number in range(1, 6)]
    prices = [
        Price(user_id="77", balance=Decimal(5), currency="RUB", price=Decimal(period), price_single=Decimal("1.00"),
              period=period, count=1)
        for period in (3, 7, 30)
    ]  # fmt: skip
    for w in (EN, RU):
        yield f"which, {w.language}", which_screen(w, proxies)
        yield f"which, none runs, {w.language}", which_screen(w, [])
        yield f"how often, {w.language}", interval_screen(w, HowOften(which="a"))
        yield f"at night, {w.language}", night_screen(w, AskNight(which="a", value="", minutes=60))
        yield f"the price of which kind, {w.language}", kinds_screen(w, (Version.IPV4, Version.SHARED, Version.IPV6))
        yield f"the price of which period, {w.language}", periods_screen(w, Version.IPV6, prices)
        yield f"a price, nothing sold, {w.language}", periods_screen(w, Version.IPV6, [])
        yield f"a price is watched, {w.language}", watching_screen(w, Version.IPV6, 30, Decimal("21.00"), "RUB")


def cards() -> Iterator[State]:
    failing = a_watch(which="comment", value="<shop>", minutes=1440, night=True, down=[15, 16], suspects=[17])
    new = a_watch(which="country", value="de", looked_at=None, checked=0, worked=0)
    for w in (EN, RU):
        yield f"checked, {w.language}", card_screen(w, a_watch(), NOW)
        yield f"checked, some fail, {w.language}", card_screen(w, failing, NOW)
        yield f"checked, new, {w.language}", card_screen(w, new, NOW)
        yield f"paused, {w.language}", card_screen(w, a_watch(look_at=None), NOW)
        yield f"another interval, {w.language}", other_interval_screen(w, a_watch())
        yield f"ended, {w.language}", ended_screen(w)
        seen = ([a_watch(1), failing, new, a_watch(look_at=None)], [a_price()])
        yield f"listed, {w.language}", watched_screen(w, [], [], NOW, seen=seen)


def notices() -> Iterator[tuple[str, Notice]]:
    yield "one fell", HealthFell(7, 1, SEEN[:1], NOW)
    yield "many fell", HealthFell(7, 120, SEEN, NOW)
    yield "one is back", HealthBack(1, SEEN[:1], 0)
    yield "some are back", HealthBack(2, SEEN[:2], 3)
    yield "the price is higher", PriceChanged("6", 30, Decimal("21.00"), Decimal("23.10"), "RUB")
    yield "the price is lower", PriceChanged("3", 7, Decimal("0.12"), Decimal("0.11"), "USD")


def states() -> Iterator[State]:
    yield from setting_up()
    yield from cards()
    for w in (EN, RU):
        yield from ((f"{name}, {w.language}", notice_screen(w, notice, SITE)) for name, notice in notices())


def test_what_is_checked_looks_as_approved() -> None:
    approve(__file__, states())
