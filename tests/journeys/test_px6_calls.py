"""What each screen asks of px6 until it stands: three calls at most, since px6 lets a fourth wait for a second."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from sandbox.telegram.events import Event
from tests.world import Phone, World

CALLS_AT_ONCE = 3

DAY = (
    # what the person says or taps, what px6 is asked until its last screen stands, and how often a screen is shown
    ("/start", "getproxy", 1),
    ("My proxies", "getproxy", 1),
    ("/export", "getproxy", 1),  # those in all states; the active ones were just listed
    ("Lines and files", "", 1),
    ("JSON", "", 1),
    ("/reminders", "", 1),
    ("/watch", "", 1),
    ("Check proxies", "", 1),  # which of the active ones, that were just listed
    ("/bind 5.18.204.9", "", 1),  # how many proxies it concerns: the active ones were just listed
    ("/start", "getproxy", 1),
    ("My proxies", "getproxy", 1),
    ("2 h", "", 1),  # the card
    ("Check", "check", 1),
    ("Protocol", "", 1),
    ("SOCKS5", "settype", 1),
    ("Comment", "", 1),
    ("spring", "setdescr", 1),
    ("Prolong", "getprice getprice getprice", 1),  # each of three periods
    ("Prolong 30", "getprice getproxy prolong", 2),
    ("/buy", "getprice", 1),  # the price table: whether px6 sells MTProto
    ("IPv6", "getcount getcountry", 1),  # whether px6 tells the stock of all at once is asked once a day
    ("Germany", "getcount", 1),
    ("30 days", "getcount getprice", 1),  # the quote of one; of more a tap later
    ("5", "getcount getprice", 1),
    ("Buy ·", "buy getprice getproxy", 2),
    ("/orders", "", 1),
    ("/find {last}", "getprice getproxy getproxy", 1),  # the list; then what just these cost, and when they end
    ("/delete {last}", "getproxy", 1),
    ("Delete 1", "delete getproxy", 1),
    ("/proxies", "getproxy", 1),
    ("/prolong 30 {mixed}", "getprice getprice getprice", 1),  # the list is the one that was just shown
    ("Prolong 30", "getprice getprice getprice getproxy prolong", 2),
)
# Three sums, and the periods before; each kind priced by itself, and beside that the ends, before anything is paid.
MANY_PRICES = ("Prolong", DAY[-1][0])


class Watch:
    """How many calls px6 had got at each change of a screen."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.changes: list[int] = []

    def hear(self, event: Event) -> None:
        message = event.data.get("message")
        if event.kind in ("message", "edit") and isinstance(message, dict) and message["from"] == "bot":
            self.changes.append(len(self._world.px6.calls))


@contextmanager
def watching(world: World) -> Iterator[Watch]:
    watch = Watch(world)
    stop = world.telegram.events.listen(watch.hear)
    try:
        yield watch
    finally:
        stop()


async def does(phone: Phone, what: str) -> None:
    """Say what begins with a slash or is one lower-case word; tap anything else."""
    await (phone.says(what) if what.startswith("/") or what == "spring" else phone.taps(what))


async def asked(world: World, phone: Phone, what: str) -> tuple[str, int]:
    """What px6 was asked until the last screen stood, by the alphabet, and how many screens there were."""
    before = len(world.px6.calls)
    with watching(world) as watch:
        await does(phone, what)
    calls = world.px6.calls[before : watch.changes[-1]]
    return " ".join(sorted(call.method for call in calls)), len(watch.changes)


@pytest.fixture
async def phone(world: World) -> AsyncIterator[Phone]:
    phone = world.phone()
    world.px6.account(world.key).balance = Decimal(50_000)
    await phone.connects()
    yield phone


@pytest.mark.older_px6("it is asked for the stock of each country, and for a change of protocol")
async def test_a_day_of_screens_asks_for_as_little_as_it_can(world: World, phone: Phone) -> None:
    last = world.px6.add_proxy(world.key, version="6", country="de", ends_in=timedelta(days=40)).id
    running = [p for p in world.px6.account(world.key).proxies.values() if p.ends_at > world.clock() and p.id != last]
    mixed = ", ".join(str(next(p.id for p in running if p.version == version)) for version in "436")
    seen = [(what, *await asked(world, phone, what.format(last=last, mixed=mixed))) for what, _, _ in DAY]
    assert seen == list(DAY)
    assert max(len(methods.split()) for what, methods, _ in DAY if what not in MANY_PRICES) <= CALLS_AT_ONCE
