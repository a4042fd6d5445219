from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from handlers.ground.proxy_buttons import Prolong, View
from handlers.ground.words import Words
from handlers.orders import buy_quote, prolong, prolong_quote, sold_out
from handlers.orders.buy_buttons import Buy, back_from, back_from_quote
from handlers.orders.limit_line import MonthLimit, limit_text
from handlers.orders.pay import stale_screen, why_nothing_more_spent
from handlers.orders.short_of_money import NOTHING_FITS, Fit, Shortage
from model.proxies import USUAL_KINDS
from px6 import Protocol, Proxy, Version
from services.orders import BuyWish, Claim, Option, OrderState, Quote
from tests.approved.approving import EN, IN_BERLIN, RU, SITE, State, approve
from tests.handlers.sample_orders import a_confirmation, a_quote, an_order
from tests.sample_proxies import NOW, a_proxy

BUY = Buy(version="6", country="de", period=30, count=5, quote="abcdefghijkl")
ELSEWHERE = (
    sold_out.Elsewhere("us", Version.IPV6, 1_500, Decimal("105.00"), "RUB"),
    sold_out.Elsewhere("nl", Version.IPV6, 240, Decimal("105.00"), "RUB"),
    sold_out.Elsewhere("de", Version.IPV4, 96, Decimal("1204.50"), "RUB"),
)
FITS = Shortage([Fit(Option(period=3, price=Decimal("18.00")), BUY.but(period=3))], waits=True)
URGENT = Shortage([Fit(Option(period=30, price=Decimal("21.00"), at_most=True), Prolong(selection="abcdefgh"), 2)])
ORIGINS = ("", "a", "c", "p", "t", "s", "17")


def bought(balance: str = "100.00", *, option: Option | None = None, **wish: Any) -> Quote:
    wanted = structs.replace(BuyWish(5, 30, "de"), **wish)
    made = a_quote(balance, (30, "42.00"), wish=wanted)
    return structs.replace(made, options=(option,)) if option else made


def some(count: int) -> list[Proxy]:
    """Proxies that end after each other, the last first."""
    return [a_proxy(15 + nth, ends_in=timedelta(days=60 - nth)) for nth in range(count)]


def buying() -> Iterator[State]:
    for balance in ("42.01", "42.00", "41.99", "0.00"):
        yield f"buy: balance {balance} for 42.00", buy_quote.quote_screen(EN, bought(balance), SITE)
    for single in ("1.204", "0.28", "0.0087"):
        option = Option(period=30, price=Decimal("42.00"), price_single=Decimal(single))
        yield f"buy: {single} for one and a day", buy_quote.quote_screen(EN, bought(option=option), SITE)
    at_most = Option(period=30, price=Decimal("42.00"), at_most=True)
    for balance in ("42.00", "41.99"):
        yield f"buy: at most, balance {balance}", buy_quote.quote_screen(EN, bought(balance, option=at_most), SITE)
    for version in USUAL_KINDS:
        yield f"buy: kind {version.name}", buy_quote.quote_screen(EN, bought(version=version, count=1_000), SITE)
    yield "buy: SOCKS5", buy_quote.quote_screen(EN, bought(protocol=Protocol.SOCKS), SITE)
    yield "buy: with a comment", buy_quote.quote_screen(EN, bought(comment="<shop>"), SITE)
    yield "buy: with px6's renewal", buy_quote.quote_screen(EN, bought(auto_prolong=True), SITE)
    for days in (3, 31, 1_000):
        option = Option(period=days, price=Decimal("1204.5"))
        yield (
            f"Russian: buy, {days} days",
            buy_quote.quote_screen(RU, bought("2000", option=option, period=days), SITE),
        )
    for count in (1, 5, 25):
        made = bought(count=count)
        yield f"buy: {count}, others a tap away", buy_quote.quote_screen(EN, made, SITE, counts=(1, 5, 10)).rows[:2]
    yield (
        "buy: others a tap away, too little money",
        buy_quote.quote_screen(EN, bought("0"), SITE, counts=(1, 5)).rows,
    )
    for origin in ORIGINS:
        yield f"buy: began at {origin!r}", buy_quote.quote_screen(EN, bought(), SITE, origin).rows[-1]
        yield (
            f"buy: began at {origin!r}, too little money",
            buy_quote.quote_screen(EN, bought("0"), SITE, origin).rows[1],
        )
    for stock in (0, 1, 4):
        yield f"buy: {stock} of 5 there", sold_out.sold_out_screen(EN, BUY, stock)
    yield "buy: sold out, enough elsewhere", sold_out.sold_out_screen(EN, BUY, 0, ELSEWHERE)
    yield "Russian: sold out, enough elsewhere", sold_out.sold_out_screen(RU, BUY, 3, ELSEWHERE)
    yield "buy: sold out, nothing else chosen yet", sold_out.sold_out_screen(EN, Buy(version="6", country="de"), 0)
    yield "buy: too little money, something fits", buy_quote.quote_screen(EN, bought("41.99"), SITE, shortage=FITS)
    yield "Russian: too little money", buy_quote.quote_screen(RU, bought("41.99"), SITE, shortage=FITS)


def ways_back() -> Iterator[State]:
    """Where Back leads from each choice, by where buying began."""
    for origin in ORIGINS:
        chosen = BUY.but(origin=origin, page=2)
        for choice in ("country", "period", "count"):
            back = back_from(chosen, choice)
            yield f"back from {choice}, began at {origin!r}", back.pack() if back else None
            back = back_from(chosen.but(count=0, period=0), choice)
            yield f"back from {choice}, began at {origin!r}, nothing chosen since", back.pack() if back else None
        back = back_from_quote(chosen)
        yield f"back from the quote, began at {origin!r}", back.pack() if back else None
    changing = back_from(BUY.but(changing=True, origin="s"), "period")
    yield "back from a change", changing.pack() if changing else None


def prolonging() -> Iterator[State]:
    for balance in ("42.01", "42.00", "41.99"):
        quote = a_quote(balance, (30, "42.00"))
        yield f"prolong: balance {balance} for 42.00", prolong_quote.quote_screen(EN, quote, None, some(1), NOW, SITE)
    short = a_quote("41.99", (30, "42.00"))
    yield "prolong: too little money", prolong_quote.quote_screen(EN, short, None, some(1), NOW, SITE, None, URGENT)
    yield (
        "Russian: prolong, too little money",
        prolong_quote.quote_screen(RU, short, None, some(1), NOW, SITE, None, URGENT),
    )
    data = Prolong(proxy=15, period=30, state="z", page=2)
    yield (
        "prolong: from a card",
        prolong_quote.quote_screen(IN_BERLIN, a_quote("50", (30, "42")), data, some(1), NOW, SITE),
    )
    ticked = Prolong(selection="sel", ticks="tik", period=30)
    for count in (2, 5, 6, 35, 36, 37):
        yield f"prolong: {count} proxies", screen_of(EN, count, ticked)
    yield "Russian: prolong 56", screen_of(RU, 56, ticked)
    at_most = structs.replace(
        a_quote("50", (30, "42")), options=(Option(period=30, price=Decimal(42), at_most=True),)
    )
    yield "prolong: at most", prolong_quote.quote_screen(EN, at_most, Prolong(selection="sel"), some(1), NOW, SITE)


def sums() -> Iterator[State]:
    """One proxy with the sums of the usual periods."""
    data = View(state="z", page=2).to(Prolong, proxy=15)
    periods = ((30, "42.00"), (7, "9.80"), (90, "126.00"))
    for balance in ("500", "126.00", "125.99", "20.00", "5.00"):
        quote = a_quote(balance, *periods)
        yield f"sums: balance {balance}", prolong_quote.sums_screen(IN_BERLIN, quote, data, some(1), NOW, SITE)
        yield f"Russian: sums, balance {balance}", prolong_quote.sums_screen(RU, quote, data, some(1), NOW, SITE)
    unsure = structs.replace(a_quote("50", (30, "42")), options=(Option(period=30, price=Decimal(42), at_most=True),))
    one, several = a_quote("500", (30, "42")), a_quote("500", *periods)
    left, proxies = Decimal("21.50"), some(2)
    for w in (EN, RU):
        said = limit_text(w, MonthLimit(Decimal(30), left, "RUB"))
        over = prolong_quote.quote_screen(w, one, None, proxies, NOW, SITE, said, URGENT, left)
        yield f"over a colleague's limit, {w.language}", over
        over = prolong_quote.sums_screen(w, several, data, proxies, NOW, SITE, said, NOTHING_FITS, left)
        yield f"sums over a colleague's limit, {w.language}", over
        yield f"a colleague without a limit, {w.language}", limit_text(w, MonthLimit(None, Decimal(0), "USD"))
    yield "sums: at most", prolong_quote.sums_screen(EN, unsure, data, some(1), NOW, SITE, "Payments are paused.")


def screen_of(w: Words, count: int, data: Prolong) -> object:
    quote = a_quote("100", (30, "42.00"))
    part = structs.replace(quote.parts[0], count=count, ids=tuple(range(count)))
    return prolong_quote.quote_screen(w, structs.replace(quote, parts=(part,)), data, some(count), NOW, SITE)


def choosing() -> Iterator[State]:
    data = View(state="z", page=2)
    yield "days: one, from its card", prolong.days_screen(EN, data.to(Prolong, proxy=15), some(1), NOW)
    whole = data.to(Prolong, proxy=15)
    yield "days: back to the sums", prolong.days_screen(EN, whole, some(1), NOW, back=whole).rows[-1]
    yield "days: two, ticked", prolong.days_screen(EN, data.to(Prolong, selection="sel", ticks="tik"), some(2), NOW)
    purpose = data.to(Prolong, selection="sel", ticks="tik", purpose="c")
    yield "days: two, ticked for a check", prolong.days_screen(EN, purpose, some(2), NOW).rows[-1]
    yield "days: from a command", prolong.days_screen(EN, Prolong(selection="sel"), some(2), NOW).rows[-1]
    for known in (0, 1, 2):
        yield f"unknown ids, {known} known", prolong.unknown_screen(EN, [99, 100], known, Prolong(selection="sel"))
    for count in (20, 21, 22):
        yield f"{count} unknown ids", prolong.unknown_screen(EN, range(count), 0, Prolong(selection="sel"))
    yield "nothing is left", prolong.nothing_left_screen(EN)


def taps() -> Iterator[State]:
    yield "stale: no quote", stale_screen(EN, None)
    yield "stale: no longer kept", [stale_screen(w, None, removed=True) for w in (EN, RU)]
    for kind in ("buy", "prolong"):
        quote = structs.replace(a_quote("50", (30, "42")), kind=kind)
        yield f"stale: {kind}", stale_screen(EN, quote, 14)
    yield "lost: busy", why_nothing_more_spent(EN, Claim(won=False, reason="busy"))
    yield "lost: nothing known", why_nothing_more_spent(EN, Claim(won=False, reason="claimed"))
    for states in (
        [OrderState.DONE],
        [OrderState.DONE, OrderState.REFUSED],
        [OrderState.UNKNOWN, OrderState.UNKNOWN],
    ):
        yield f"lost: {', '.join(states)}", why_nothing_more_spent(EN, claimed(states))


def claimed(states: Sequence[OrderState]) -> Claim:
    return Claim(won=False, reason="claimed", confirmation=a_confirmation(*(an_order(state=each) for each in states)))


def states() -> Iterator[State]:
    for table in (buying, ways_back, prolonging, sums, choosing, taps):
        yield from table()


def test_every_quote_reads_as_approved() -> None:
    approve(__file__, states())


def test_a_losing_tap_is_told_within_an_alert() -> None:
    """Telegram cuts an alert at 200 characters, whatever the parts of a payment have come to."""
    for w in (EN, RU):
        for nth in range(len(OrderState)):
            turned = [*OrderState][nth:] + [*OrderState][:nth]
            assert len(why_nothing_more_spent(w, claimed(turned))) <= 200
