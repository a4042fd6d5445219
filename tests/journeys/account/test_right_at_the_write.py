"""A colleague's tap that will spend later asks for the right in the transaction that writes it, not at the gate only.

Each tap has passed the gate when its right is taken back: what is then written would spend after the right has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from handlers.ground.buttons import NewRule, OpenRule
from handlers.ground.callback_data import CallbackData
from handlers.orders.order_buttons import KeepQuote
from handlers.rules.rule_screen import TypeLimit
from handlers.watching.health import AskNight
from handlers.watching.health_card import AskReplace, ChooseInterval, HealthCard
from handlers.watching.stock import AskAtOnce
from model.colleagues import Right
from model.orders import BuyWish
from model.replacing import ReplaceTerms
from services.bundle import Services
from tests.durations import DAY
from tests.journeys.account.offices import ANN, BOB, ENDED, Office
from tests.journeys.connecting import just_connected
from tests.quotes import buy_quote
from tests.world import Phone, World

pytestmark = pytest.mark.without_notices

WRITTEN = ("kept_payments", "stock_watches", "health_watches", "rules")
NARROWED = "Your access to this account does not include that. Its owner can change it. Nothing was done."
Begin = Callable[[Services, Phone], Awaitable[None]]


async def shows(bob: Phone, button: CallbackData) -> None:
    """The screen behind a button, without the way there."""
    await bob.says("/watch")
    await bob.forges(button.pack())


async def short_of_money(services: Services, bob: Phone) -> None:
    quote = await buy_quote(services.orders, ANN, BuyWish(5, 30, "de"))
    await shows(bob, KeepQuote(quote=quote.id, period=30))


async def waits_for_stock(services: Services, bob: Phone) -> None:
    await shows(bob, AskAtOnce(number=await services.stock.watch(ANN, BuyWish(5, 30, "nl"))))


async def checks(services: Services) -> int:
    return await services.health.watch(ANN, "all", "", minutes=60, night=True)


async def will_replace(services: Services, bob: Phone) -> None:
    await shows(bob, AskReplace(number=await checks(services)))


async def paused(services: Services, bob: Phone) -> None:
    number = await checks(services)
    terms = ReplaceTerms(after=4, period=30, most=3, up_to=Decimal(300), currency="RUB")
    assert await services.health.replace(ANN, number, terms)
    assert await services.health.switch(ANN, number, on=False)
    await shows(bob, HealthCard(number=number))


async def asked_how_often(services: Services, bob: Phone) -> None:
    await shows(bob, ChooseInterval(number=await checks(services)))


async def asked_at_night(_: Services, bob: Phone) -> None:
    await shows(bob, AskNight(which="a", value="", minutes=60))


async def offered_a_rule(_: Services, bob: Phone) -> None:
    await shows(bob, NewRule(scope="all"))


async def rule(services: Services) -> int:
    return (await services.rules.add(ANN, "all", "", hours=12, period=30)).id


async def made_a_rule(services: Services, bob: Phone) -> None:
    await shows(bob, OpenRule(rule=await rule(services)))


async def asked_for_a_limit(services: Services, bob: Phone) -> None:
    await shows(bob, TypeLimit(rule=await rule(services), name="cap_month"))


TAPS: dict[str, tuple[str, str, Begin, str]] = {
    "pays at once when the money is there": ("kept", "keep", short_of_money, "Pay at once"),
    "is asked when the money is there": ("kept", "keep", short_of_money, "Ask me first"),
    "buys what is in stock again": ("stock", "buy_at_once", waits_for_stock, "Buy at once, up to"),
    "has proxies checked": ("health", "watch", asked_at_night, "At once"),
    "has them checked as often": ("health", "change", asked_how_often, "Every 30 minutes"),
    "resumes checks that replace": ("health", "switch", paused, "Resume"),
    "replaces what fails": ("health", "replace", will_replace, "Replace, at most"),
    "makes a rule": ("rules", "add", offered_a_rule, "Create the rule"),
    "switches a rule on": ("rules", "switch_on", made_a_rule, "Switch on"),
    "sets a limit of a rule": ("rules", "change", asked_for_a_limit, "3,000"),
    "removes a limit of a rule": ("rules", "change", asked_for_a_limit, "No limit"),
}


class Held:
    """What a handler calls next waits until the test lets it go on."""

    def __init__(self, service: Any, name: str) -> None:
        self.came, self.goes_on = asyncio.Event(), asyncio.Event()
        real = getattr(service, name)

        async def held(*given: Any, **named: Any) -> Any:
            self.came.set()
            await self.goes_on.wait()
            return await real(*given, **named)

        vars(service)[name] = held


@pytest.fixture
async def office(world: World) -> Office:
    ann = await just_connected(world, "50.00")
    world.px6.set_stock("nl", "6", 0)
    office = Office(ann)
    office.ann.add(1, ends_in=9 * DAY)
    await office.lets(Right.ALL)
    return office


def written(world: World) -> list[list[tuple[Any, ...]]]:
    """All that spends by itself."""
    return [list(world.rows(f"SELECT * FROM {table} ORDER BY id")) for table in WRITTEN]  # noqa: S608 - our own names


@pytest.mark.parametrize("what", TAPS)
async def test_a_right_that_is_taken_back_before_the_write_wins(office: Office, what: str) -> None:
    service, method, begin, label = TAPS[what]
    world, bob = office.world, office.bob
    await begin(world.app.services, bob)
    before = written(world)
    held = Held(getattr(world.app.services, service), method)
    tap = asyncio.ensure_future(bob.taps(label))
    await held.came.wait()
    await office.colleagues.take_back(ANN, BOB)
    held.goes_on.set()
    await tap
    assert written(world) == before
    assert await bob.reads() == ENDED


async def test_a_typed_limit_is_not_written_either(office: Office) -> None:
    world, bob = office.world, office.bob
    await asked_for_a_limit(world.app.services, bob)
    before = written(world)
    held = Held(world.app.services.rules, "change")
    says = asyncio.ensure_future(bob.says("99.50"))
    await held.came.wait()
    await office.colleagues.take_back(ANN, BOB)
    held.goes_on.set()
    assert await says == ENDED
    assert written(world) == before


async def test_a_right_that_has_become_less_is_named_as_such(office: Office) -> None:
    world, bob = office.world, office.bob
    await short_of_money(world.app.services, bob)
    held = Held(world.app.services.kept, "keep")
    tap = asyncio.ensure_future(bob.taps("Pay at once"))
    await held.came.wait()
    await office.colleagues.change(ANN, BOB, Right.LOOK)
    held.goes_on.set()
    await tap
    assert NARROWED in await bob.reads()
    assert world.rows("SELECT count(*) FROM kept_payments") == [(0,)]


@pytest.mark.parametrize("what", TAPS)
async def test_who_has_the_right_writes(office: Office, what: str) -> None:
    _, _, begin, label = TAPS[what]
    await begin(office.world.app.services, office.bob)
    before = written(office.world)
    await office.bob.taps(label)
    if label != "No limit":
        assert written(office.world) != before
    assert ENDED not in await office.bob.reads()
