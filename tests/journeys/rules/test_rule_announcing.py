"""What rules announce, and that nothing is paid which was not announced."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.wiring import wired
from handlers.notifications.sender import TelegramSender
from model.people import Person
from services.notifications.kinds import Announcement, Notice, RuleFailed, Running
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.quick import QuickPool, quick_pacing, unlimited
from tests.world import new_world

pytestmark = pytest.mark.without_notices

SOON = 2 * DAY + MINUTE  # after this, what ends in 3 days is announced


async def test_what_px6_does_not_renew_is_left_to_the_digest_and_all_else_is_prolonged(ann: Customer) -> None:
    ids = ann.add(3, ends_in=3 * DAY)
    ann.add(1, version="5", ends_in=3 * DAY)
    await ann.adds_rule()
    ann.world.move(SOON)
    announced, digest = await ann.sweep()
    assert "I will prolong 3 proxies for 30 days: 63.00 RUB" in announced
    assert "1 proxy ends" in digest
    assert "MTProto" in digest
    await ann.phone.says("/reminders")
    await ann.phone.taps("Automatic prolonging")
    await ann.phone.taps("all proxies")
    assert "1 more cannot be prolonged here: try px6's site." in await ann.phone.reads()
    ann.world.move(12 * HOUR)
    await ann.sweep()
    assert [sorted(spend.ids) for spend in ann.books()] == [ids]


async def test_without_a_price_nothing_is_announced_and_the_digest_speaks_of_it(ann: Customer) -> None:
    [auto] = ann.add(1, ends_in=2 * DAY, comment="auto")
    ann.add(1, ends_in=DAY + 12 * HOUR, comment="manual")
    rule = await ann.world.app.services.rules.add(1001, "comment", "auto", hours=48, period=30)
    await ann.world.app.services.rules.change(1001, rule.id, on=True)
    ann.world.px6.fault("drop_before", "getprice", times=None)
    [digest] = await ann.sweep()
    assert "2 proxies end" in digest
    ann.world.px6.faults.lift()
    ann.world.move(11 * MINUTE)
    [announced] = await ann.sweep()
    assert "I will prolong 1 proxy" in announced
    ann.world.move(16 * MINUTE)
    await ann.sweep()
    assert [list(spend.ids) for spend in ann.books()] == [[auto]]


async def test_a_price_that_never_comes_is_said_once_in_the_last_hour(ann: Customer) -> None:
    await ann.lets_a_rule_announce(2)
    ann.world.px6.fault("drop_before", "getprice", times=None)
    ann.world.move(22 * HOUR)
    assert await ann.sweep() == []
    said = []
    for _ in range(11):
        ann.world.move(10 * MINUTE)
        said += await ann.sweep()
    [warning] = said
    assert "px6 gives no price right now. I keep trying." in warning
    assert "2 proxies were not prolonged.\nThis is the last warning before they end." in warning
    assert ann.books() == []


async def test_what_ends_within_a_day_is_announced_once_with_one_skip_for_all_of_it(ann: Customer) -> None:
    for number in range(9):
        ann.add(1, ends_in=3 * DAY + number * 2 * HOUR)
    await ann.settles()
    await ann.adds_rule()
    ann.world.move(SOON)
    [announced] = await ann.sweep()
    assert "I will prolong 9 proxies for 30 days, each at its own time: 189.00 RUB" in announced
    assert "and 4 more" in announced
    ann.world.move(12 * HOUR)
    [receipt] = await ann.sweep()
    assert "Prolonged 1 proxy" in receipt
    skipped = (await ann.phone.message_with("Skip"))["message_id"]
    await ann.phone.taps("Skip")
    [now] = [message for message in await ann.phone.chat() if message["message_id"] == skipped]
    assert "8 proxies will not be prolonged this time." in now["text"]
    said = []
    for _ in range(4):
        ann.world.move(4 * HOUR)
        said += await ann.sweep()
    assert len(ann.books()) == 1
    assert not any("I will prolong" in text for text in said), said


async def test_what_telegram_may_not_have_taken_is_announced_again_before_anything_is_paid(ann: Customer) -> None:
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule()
    ann.world.move(SOON)
    ann.world.telegram.fail("sendMessage", 502, 1)
    assert await ann.sweep() == []
    ann.world.move(12 * HOUR)  # the bot was away meanwhile
    [announced] = await ann.sweep()
    assert "I will prolong 1 proxy" in announced
    assert ann.books() == []
    ann.world.move(16 * MINUTE)
    [receipt] = await ann.sweep()
    assert "Prolonged 1 proxy" in receipt


async def test_an_announcement_that_came_twice_is_skipped_by_either(ann: Customer) -> None:
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule()
    ann.world.move(SOON)
    ann.world.telegram.fail("sendMessage", 502, 1, after=True)
    await ann.sweep()
    first = await ann.phone.message_with("Skip")
    ann.world.move(2 * MINUTE)
    assert len(await ann.sweep()) == 1
    await ann.phone.taps("Skip", first["message_id"])
    ann.world.move(13 * HOUR)
    await ann.sweep()
    assert ann.books() == []


async def test_a_rule_that_is_changed_announces_anew_and_blames_no_price(ann: Customer) -> None:
    await ann.lets_a_rule_announce()
    skip = next(b for row in (await ann.phone.screen())["keyboard"] for b in row if b["text"] == "Skip")
    for label in ("Rule", "Days", "90 days"):
        await ann.phone.taps(label)
    late = await ann.phone.forges(skip["callback_data"])
    assert (late["text"], late["show_alert"]) == (
        "This no longer applies: the rule was changed or has stopped.",
        True,
    )
    [announced] = await ann.sweep()
    assert "I will prolong 1 proxy for 90 days: 58.50 RUB" in announced
    ann.world.move(12 * HOUR)
    [receipt] = await ann.sweep()
    assert "Prolonged 1 proxy for 90 days" in receipt


async def test_an_announcement_promises_no_more_than_the_limits_allow(ann: Customer) -> None:
    ann.add(4, ends_in=3 * DAY)
    await ann.settles()
    rule = await ann.adds_rule(cap_month=Decimal(50))
    ann.world.move(SOON)
    [announced] = await ann.sweep()
    assert "I will prolong 2 proxies for 30 days: 42.00 RUB" in announced
    assert "At most 2 of these 4 will be prolonged: the monthly limit is 50.00 RUB." in announced
    await ann.world.app.services.rules.change(1001, rule.id, cap_run=Decimal(10))
    [announced] = await ann.sweep()
    assert "I will prolong" not in announced
    assert "None of these 4 will be prolonged: the limit per run is 10.00 RUB." in announced


async def test_a_price_that_is_not_certain_is_called_at_most(tmp_path: Path) -> None:
    async with new_world(tmp_path, profile="classic") as world:
        await world.patch("/people/1001", {"language_code": "ru"})
        ann = await new_customer(world)
        await ann.refuses_notices()
        ann.add(1, version="4", ends_in=3 * DAY)
        await ann.adds_rule()
        await ann.phone.says("/reminders")
        await ann.phone.taps("Автопродление")
        await ann.phone.taps("все прокси")
        assert "1 прокси, не более 120,00 ₽" in await ann.phone.reads()
        await ann.news()
        world.move(SOON)
        [announced] = await ann.sweep()
        assert "продлю 1 прокси на 30 дней: не более 120,00 ₽" in announced


async def test_success_is_silent_in_quiet_hours_and_when_wanted_failure_never(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[type[Notice], bool]] = []
    send = TelegramSender.notice

    async def listened(self: TelegramSender, person: Person, notice: Notice, *, quietly: bool = False) -> int:
        said.append((type(notice), quietly))
        return await send(self, person, notice, quietly=quietly)

    monkeypatch.setattr(TelegramSender, "notice", listened)
    rules, reminders = ann.world.app.services.rules, ann.world.app.services.reminders
    minute = ann.world.clock().hour * 60
    await reminders.change(1001, quiet_from=minute, quiet_to=(minute + 120) % (24 * 60))
    ann.add(1, ends_in=12 * HOUR + 20 * MINUTE)
    rule = await ann.adds_rule(quiet=False)
    await ann.sweep()
    ann.world.move(21 * MINUTE)
    await ann.sweep()
    assert len(ann.books()) == 1
    await reminders.change(1001, quiet_from=None, quiet_to=None)
    await rules.change(1001, rule.id, quiet=True)
    ann.add(1, ends_in=3 * DAY)
    ann.world.move(SOON)
    await ann.sweep()
    ann.world.px6.set_prices("6", {3: "9", 30: "9"})
    ann.world.move(12 * HOUR)
    await ann.sweep()
    assert said == [(Announcement, True), (Running, True), (Announcement, True), (RuleFailed, False)]


async def test_two_processes_that_look_at_once_announce_once_and_prolong_once(ann: Customer) -> None:
    ann.add(3, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule()
    unlimited(ann.world.px6)
    async with wired(ann.world.settings, ann.world.clock, new_pool=QuickPool, new_pacing=quick_pacing) as other:
        both = (ann.world.app, other)
        for step in (SOON, 12 * HOUR):
            ann.world.move(step)
            await asyncio.gather(*(app.services.sweep.look(1001) for app in both for _ in range(2)))
    said: list[Any] = await ann.news()
    assert sum("I will prolong" in text for text in said) == 1
    assert sum("Prolonged 3 proxies" in text for text in said) == 1
    assert len(said) == 2, said
    assert len(ann.books()) == 1
