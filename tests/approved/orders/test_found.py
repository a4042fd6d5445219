from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from handlers.ground.proxy_buttons import Prolong
from handlers.ground.words import Words
from handlers.orders.found_files import not_fetched, too_large
from handlers.orders.found_screens import (
    Found,
    FoundProxies,
    find_question,
    found_screen,
    none_found_screen,
    nothing_found_screen,
    price_lines,
)
from px6 import Proxy
from services.orders import Option
from tests.approved.approving import EN, RU, SITE, State, approve
from tests.handlers.sample_orders import a_quote
from tests.sample_proxies import NOW, a_proxy

PROLONG = Prolong(state="z", ticks="tik", selection="sel")
TICKED, ONE = Found(state="z", ticks="tik"), Found(state="z", proxy=15)
STRANGERS = [f"5.18.204.{number}:8000" for number in range(1, 8)]


def some(count: int) -> list[Proxy]:
    return [a_proxy(15 + nth, ends_in=timedelta(days=3 + nth)) for nth in range(count)]


def shown(w: Words, count: int, notice: str | None = None, **about: Any) -> object:
    return found_screen(
        w, TICKED if count > 1 else ONE, FoundProxies(known=some(count), prolong=PROLONG, **about), NOW, SITE, notice
    )


def states() -> Iterator[State]:
    quote, dear = a_quote("50.00", (30, "42.00")), a_quote("50.00", (30, "51.00"))
    for w in (EN, RU):
        said = w.language
        yield f"the question, {said}", find_question(w)
        yield f"one pasted, {said}", shown(w, 1, quote=quote)
        yield f"two of two pasted, {said}", shown(w, 2, quote=quote)
        yield f"too little money, {said}", shown(w, 2, quote=dear)
        yield f"two of seven pasted, no price, maintenance, {said}", shown(w, 2, "⚠️ Later.", strangers=STRANGERS[:5])
        yield f"many of more, {said}", shown(w, 21, strangers=STRANGERS, quote=quote, is_cut=True)
        for count in (1, 2, 5):
            yield (
                f"{count} ended, {said}",
                price_lines(w, FoundProxies(known=[], prolong=PROLONG, quote=quote, left_out=count)),
            )
        for count in (1, 2, 5):
            yield f"{count} found by words, {said}", shown(w, count, by_words=True)
        yield f"one stranger, {said}", none_found_screen(w, STRANGERS[:1])
        yield f"a stranger, and what cannot be read, {said}", none_found_screen(w, STRANGERS[:1], (), 2)
        yield f"one that cannot be read, {said}", none_found_screen(w, (), [17])
        yield f"two that cannot be read, and a stranger, {said}", none_found_screen(w, STRANGERS[:1], [17, 18], 2)
        yield f"one found beside one that cannot be read, {said}", shown(w, 1, unread=[17])
        yield f"strangers, {said}", none_found_screen(w, [*STRANGERS, "a" * 70])
        yield f"nothing, {said}", [nothing_found_screen(w, given) for given in ("shop", "login:password")]
        yield f"files, {said}", [too_large(w).text, not_fetched(w).text]
    unsure = Option(period=30, price=Decimal("42.00"), at_most=True)
    yield "at most", shown(EN, 2, quote=structs.replace(quote, options=(unsure,)))


def test_what_is_found_reads_as_approved() -> None:
    approve(__file__, states())
