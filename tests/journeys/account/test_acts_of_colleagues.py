"""What a colleague does to rules and watches: each act stands in the list that the owner reads, and no other tap."""

from __future__ import annotations

import re

from sqlalchemy import insert

from handlers.ground.callback_data import CallbackData
from handlers.notifications.rule_notices import SkipAnnounced
from handlers.orders.buy_buttons import WatchStock
from handlers.orders.who_did import ColleagueActions
from handlers.rules.new import CreateRule
from handlers.rules.rule import RemoveRule
from handlers.rules.rule_screen import ChangeRule
from handlers.watching.health import AddHealth
from handlers.watching.health_card import EndHealth, SetInterval
from handlers.watching.keep import AskFirst, CancelKept
from handlers.watching.prices import StopPrice, WatchPrice
from handlers.watching.replace import ReplaceFrom, ReplaceNoMore
from handlers.watching.replace_notices import SkipTwins
from handlers.watching.stock import BuyAtOnce, OnlyTell, StopWatching
from model.colleagues import Right
from model.doers import Act
from px6 import Version
from storage.schema import colleague_actions
from tests.direct_phone import DirectPhone
from tests.journeys.account.offices import ANN, BOB, Office
from tests.journeys.connecting import just_connected
from tests.journeys.watching.rounds import checked_every, falls
from tests.world import World

REPLACE = ReplaceFrom(number=1, after=3, period=30, most=3, up_to=300, currency="RUB")
AT_ONCE = BuyAtOnce(number=1, up_to="105.00", currency="RUB")
# Taps one after another, and what is written down of each; None: it came too late, or changed nothing.
TAPS: tuple[tuple[CallbackData, Act | None], ...] = (
    (ChangeRule(rule=1, name="hours", value=24), Act.RULE_CHANGED),
    (ChangeRule(rule=1, name="on", value=1, terms=99), None),
    (RemoveRule(rule=1), Act.RULE_REMOVED),
    (RemoveRule(rule=1), None),
    (AddHealth(which="a", value="", minutes=60, night=False), Act.WATCH_NEW),
    (SetInterval(number=1, minutes=180), Act.WATCH_CHANGED),
    (REPLACE, Act.WATCH_CHANGED),
    (ReplaceNoMore(number=1), Act.WATCH_CHANGED),
    (EndHealth(number=1), Act.WATCH_ENDED),
    (EndHealth(number=1), None),
    (REPLACE, None),
    (SetInterval(number=1, minutes=60), None),
    (WatchPrice(version=Version.IPV6, period=30), Act.WATCH_NEW),
    (StopPrice(number=1), Act.WATCH_ENDED),
    (StopPrice(number=1), None),
    (WatchStock(version="6", country="de", period=30, count=5), Act.WATCH_NEW),
    (AT_ONCE, Act.WATCH_CHANGED),
    (OnlyTell(number=1), Act.WATCH_CHANGED),
    (StopWatching(number=1), Act.WATCH_ENDED),
    (StopWatching(number=1), None),
    (AT_ONCE, None),
)


async def office_of(world: World) -> Office:
    office = Office(await just_connected(world, "30.00"))
    await office.lets(Right.ALL)
    await office.bob.says("/start")  # a message of Ann's account, whose buttons are tapped
    return office


def written(world: World) -> list[tuple[str, str, int]]:
    return list(world.rows("SELECT name, action, count FROM colleague_actions ORDER BY id"))


async def test_each_act_of_a_colleague_is_written_down_and_nothing_that_changed_nothing(world: World) -> None:
    office = await office_of(world)
    world.px6.set_stock("de", "6", 50)
    await office.bob.says("/buy 5 30 de")
    [(quote,)] = world.rows("SELECT id FROM quotes")
    await office.bob.forges(CreateRule(scope="all").pack())
    [rule] = await world.app.services.rules.of(ANN)
    first = (
        (ChangeRule(rule=rule.id, name="on", value=1, terms=rule.terms), Act.RULE_CHANGED),
        (AskFirst(quote=quote, period=30), Act.WATCH_NEW),
        (CancelKept(number=1), Act.WATCH_ENDED),
        (CancelKept(number=1), None),
        (AskFirst(quote=quote, period=30), None),
    )
    acts = [("Bob", "rule-new", 1)]
    for data, act in (*first, *TAPS):
        await office.bob.forges(data.pack())
        acts += [] if act is None else [("Bob", act.value, 1)]
        assert written(world) == acts, data
    assert not office.books


async def test_a_rule_that_two_taps_at_once_create_is_written_down_once(world: World) -> None:
    office = await office_of(world)
    direct, messages = DirectPhone(world.telegram, world.token, BOB), list[int]()
    for _ in range(4):
        await office.bob.says("/start")
        messages.append(direct.newest())
    for message in messages:
        direct.forges(CreateRule(scope="all").pack(), message)
    await world.quiet()
    assert (written(world), len(await world.app.services.rules.of(ANN))) == ([("Bob", "rule-new", 1)], 1)


async def test_a_binding_is_written_down_with_how_many_addresses_it_is_to_and_its_end_as_one(world: World) -> None:
    office = await office_of(world)
    for said, label in (("/bind 5.18.204.9 5.18.204.10", "Bind all proxies"), ("/bind off", "Remove the binding")):
        await office.bob.says(said)
        await office.bob.taps(label)
    assert written(world) == [("Bob", "bind", 2), ("Bob", "unbind", 1)]


async def test_what_a_colleague_keeps_from_being_paid_is_written_down_once(world: World) -> None:
    office = await office_of(world)
    await office.ann.lets_a_rule_announce(2)
    await checked_every(office.ann)
    await office.bob.forges(REPLACE.pack())
    await falls(office.ann, office.ids[0])
    await office.ann.sweep()
    for _ in range(2):
        await office.bob.forges(SkipTwins(number=1).pack())
        await office.bob.forges(SkipAnnounced(cycle=1).pack())
    acts = [("Bob", "watch-changed", 1), ("Bob", "watch-changed", 1), ("Bob", "rule-skipped", 2)]
    assert written(world) == acts and not office.books


async def test_what_colleagues_did_is_read_page_by_page_the_newest_first(world: World) -> None:
    """Each is on a number of proxies of its own, by which it is told from the others."""
    office = await office_of(world)
    acts = [
        {"telegram_id": ANN, "person_id": BOB, "name": "Bob", "at": world.clock(), "action": "check", "count": count}
        for count in range(2, 15)
    ]
    async with world.app.services.accounts._database.write() as connection:
        await connection.execute(insert(colleague_actions), acts)
    for page, counts, turns in ((1, "14 13 12 11 10 9", ["›"]), (2, "8 7 6 5 4 3", ["‹", "›"]), (3, "2", ["‹"])):
        await office.ann.phone.forges(ColleagueActions(page=page).pack())
        assert " ".join(re.findall(r"check: (\d+)", await office.ann.phone.reads())) == counts
        assert await office.ann.phone.labels() == [*turns, "Home", "Back"]
