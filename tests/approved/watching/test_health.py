from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from msgspec import structs

from handlers.notifications.notices import notice_screen
from handlers.watching.health import (
    AskNight,
    HowOften,
    interval_screen,
    night_screen,
    which_screen,
)
from handlers.watching.health_card import card_screen, ended_screen, other_interval_screen
from handlers.watching.list import watched_screen
from handlers.watching.prices import kinds_screen, periods_screen, watching_screen
from handlers.watching.replace import ChooseTerm, ShowTerms, choices_screen, terms_screen, unchanged_text
from handlers.watching.replace_notices import skipped_screen, why_not_skipped
from model.orders import BuyWish
from model.replacing import Bought, ReplaceTerms
from px6 import Price, Protocol, Proxy, Version
from services.notifications.kinds import Notice
from services.notifications.watching_kinds import (
    HealthBack,
    HealthFell,
    PriceChanged,
    ReplaceEnded,
    ReplaceFailed,
    Replacing,
    Seen,
)
from tests.approved.approving import EN, RU, SITE, State, approve
from tests.sample_proxies import NOW, a_proxy
from tests.sample_watches import a_price, a_watch

SEEN = tuple(Seen(15 + number, "de", f"185.22.134.25{number}:7330") for number in range(7))


def several() -> list[Proxy]:
    """Of four comments and a country; one has a blank comment, others are where px6 says oddly, or not at all."""
    where = ("de", "DE", "deu", "d1", "", None, "de")
    comments = ("one", "two", "two", " ", "", "three", "four")
    return [a_proxy(15 + nth, comment=comments[nth], country=where[nth]) for nth in range(len(where))]


def setting_up() -> Iterator[State]:
    proxies = [a_proxy(number, comment="<shop>" if number % 2 else "", country="de") for number in range(1, 6)]
    prices = [
        Price(user_id="77", balance=Decimal(5), currency="RUB", price=Decimal(period), price_single=Decimal("1.00"),
              period=period, count=1)
        for period in (3, 7, 30)
    ]  # fmt: skip
    for w in (EN, RU):
        yield f"which, {w.language}", which_screen(w, proxies, 1)
        yield f"which, none runs, {w.language}", which_screen(w, [], 1)
        yield f"which, several pages, {w.language}", [which_screen(w, several(), page) for page in (1, 2, 3)]
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
        on, month = a_watch(replacing=TERMS), [Bought(2, Decimal("42.00"), "RUB")]
        yield f"replaced by itself, {w.language}", card_screen(w, on, NOW, month)
        yield f"replaced by itself, spending is off, {w.language}", card_screen(w, on, NOW, may_spend=False)
        seen = ([a_watch(1), failing, new, a_watch(look_at=None)], [a_price()])
        yield f"listed, {w.language}", watched_screen(w, [], [], NOW, seen=seen)


TERMS = ReplaceTerms(after=4, period=30, most=3, up_to=Decimal(300), currency="RUB")
SHOWN = ShowTerms(number=1, after=4, period=30, most=3, up_to=300, currency="RUB")


def replacing() -> Iterator[State]:
    shop = a_watch(which="comment", value="<shop>")
    for w in (EN, RU):
        yield f"terms, {w.language}", terms_screen(w, shop, SHOWN, "RUB")
        on = a_watch(replacing=TERMS)
        yield f"terms, on, {w.language}", terms_screen(w, on, SHOWN, "RUB")
        other = ShowTerms(number=1, after=10, period=7, most=1, up_to=5000, currency="USD")
        yield f"terms, other ones, {w.language}", terms_screen(w, on, other, "USD")
        for name in "adms":
            asked = ChooseTerm(**SHOWN.model_dump(), name=name)
            yield f"term {name}, {w.language}", choices_screen(w, asked, "RUB")
        yield f"nothing changed, {w.language}", unchanged_text(w)
        yield f"skipped, {w.language}", skipped_screen(w)
        yield f"not skipped, {w.language}", f"{why_not_skipped(w, False)} / {why_not_skipped(w, None)}"
        seen = ([on], [structs.replace(a_price(), looked_at=NOW - timedelta(minutes=50))])
        month = [Bought(2, Decimal("42.00"), "RUB")]
        yield f"listed, replacing, {w.language}", watched_screen(w, [], [], NOW, seen=seen, bought=month)
        yield f"listed, off, {w.language}", watched_screen(w, [], [], NOW, seen=seen, may_spend=False)


def twins() -> Iterator[tuple[str, Notice]]:
    wish, at = BuyWish(1, 30, "de", Version.IPV6, Protocol.HTTP, "shop"), NOW + timedelta(minutes=15)
    yield "a twin is announced", Replacing(7, wish, Decimal("21.00"), "RUB", SEEN[:1], at, Decimal("0.00"))
    two = structs.replace(wish, count=7)
    yield "twins are announced, money is missing", Replacing(7, two, Decimal(147), "RUB", SEEN, at, Decimal("16.00"))
    ended = ("back", "replaced", "gone", "account", "currency", "off", "limit", "refused", "lost")
    for why in (*ended, "price", "late", "later", "interrupted"):
        yield f"no twin: {why}", ReplaceEnded(why, wish, 1)
    for why in ("limit", "currency", "unsure", "refused", "money", "sold_out", "not_sold", "maintenance"):
        yield f"not replaced: {why}", ReplaceFailed(why, 1, 1, SEEN[:1], Decimal("16.00"), "RUB")


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
    yield from replacing()
    for w in (EN, RU):
        every = (*notices(), *twins())
        yield from ((f"{name}, {w.language}", notice_screen(w, notice, SITE)) for name, notice in every)


def test_what_is_checked_looks_as_approved() -> None:
    approve(__file__, states())
