"""Telegram fails in all its ways while the bot has something to say: said later or again, never lost, paid once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.kinds import NotSent
from tests.customers import Customer, both_pay_once, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.px6_events import once_answered
from tests.world import World

SECONDS = timedelta(seconds=10)  # until Telegram is asked whether it takes messages again


async def resume(world: World) -> None:
    """What the bot does every five seconds while Telegram takes no messages."""
    world.move(SECONDS)
    await world.app.services.sweep.resume()
    await world.until(lambda: not world.app.background.busy)


def px6_calls(world: World) -> int:
    return len(world.px6.calls)


def sends(world: World) -> int:
    return sum(request.method.lower() == "sendmessage" for request in world.telegram.requests)


async def due(ann: Customer) -> None:
    """Something is to be said now."""
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)


@pytest.mark.parametrize("away", [MINUTE, 3 * HOUR])
async def test_what_meets_a_telegram_that_cannot_be_reached_is_said_when_it_is_back(
    ann: Customer, away: timedelta
) -> None:
    world = ann.world
    await due(ann)
    world.telegram.shut(down=True)
    await world.sweep()
    assert world.rows("SELECT state FROM digests") == [("failed",)]
    asked = px6_calls(world)
    world.move(away)
    await world.sweep()
    await resume(world)
    assert px6_calls(world) == asked, "nothing is looked at in vain"
    world.telegram.shut(down=False)
    await resume(world)
    [text] = await ann.news()
    assert "1 proxy ends" in text
    assert world.rows("SELECT count(*) FROM reminders") == [(1,)]
    await ann.phone.taps("Prolong 30 days")
    assert len(ann.books()) == 1


async def test_an_end_within_an_outage_is_told_after_it_and_what_ends_soon_in_time(ann: Customer) -> None:
    world = ann.world
    ann.add(1, ends_in=4 * HOUR)
    ann.add(1, ends_in=8 * HOUR)
    await ann.settles()
    world.move(HOUR + MINUTE)
    world.telegram.fail(None, 502, 100_000, answer="html")
    for _ in range(8):
        await world.sweep()
        world.move(HOUR / 2)
    world.telegram.faults.clear()
    await resume(world)
    text = "\n".join(await ann.news())
    assert "1 proxy ends" in text and "Already ended: 1 proxy" in text


@pytest.mark.parametrize("answer", ["html", "empty", "cut", "bare"])
async def test_an_answer_that_cannot_be_read_leaves_one_message_or_two_that_pay_once(
    ann: Customer, answer: str
) -> None:
    world = ann.world
    await due(ann)
    world.telegram.fail("sendMessage", 502 if answer == "html" else 200, 1, after=True, answer=answer)
    await world.sweep()
    world.move(MINUTE)
    await world.sweep()
    said = await ann.news()
    if len(said) == 2:
        await both_pay_once(ann, *said)
    assert len(said) == (1 if answer in ("bare", "cut") else 2), said
    assert world.rows("SELECT state FROM digests") == [("sent",)]


async def test_a_tap_on_a_message_that_may_not_have_arrived_proves_that_it_did(ann: Customer) -> None:
    world = ann.world
    await due(ann)
    world.telegram.fail("sendMessage", 502, 1, after=True)
    await world.sweep()
    assert len(await ann.news()) == 1
    await ann.phone.taps("Don't prolong")
    world.move(MINUTE)
    await world.sweep()
    assert await ann.news() == []


async def test_what_could_not_be_said_is_listed_until_it_is_said(ann: Customer) -> None:
    world = ann.world
    await due(ann)
    world.telegram.fail("sendMessage", 400, 1)
    await world.sweep()
    world.telegram.refusals.clear()
    assert "Not delivered" in await ann.phone.says("/reminders")
    world.telegram.fail("sendMessage", 502, 1)
    world.move(10 * MINUTE)
    await world.sweep()
    assert "Perhaps not delivered" in await ann.phone.says("/reminders")
    world.move(MINUTE)
    await world.sweep()
    assert "elivered" not in await ann.phone.says("/reminders")


async def test_a_pause_that_telegram_wants_is_kept_by_all(world: World) -> None:
    """Fifteen accounts are due; Telegram wants an hour. Whose look was under way tries once, and then nobody does."""
    people = [await new_customer(world, person=2000 + nth) for nth in range(15)]
    for each in people:
        each.add(1, ends_in=4 * DAY)
    await world.sweep()
    world.move(DAY + HOUR)
    before = sends(world)
    world.telegram.fail("sendMessage", 429, 100_000, retry_after=3600)
    await world.sweep()
    tried, asked = sends(world), px6_calls(world)
    assert 1 <= tried - before <= len(people), "how many looks are under way at the first no is the machine's to say"
    for _ in range(4):
        await resume(world)
        await world.sweep()
    assert (sends(world), px6_calls(world)) == (tried, asked)


async def test_a_look_does_not_go_on_asking_px6_when_telegram_takes_nothing_meanwhile(ann: Customer) -> None:
    """Telegram goes away while it asks for prices, and a message to somebody else meets that first."""
    world = ann.world
    await due(ann)
    line = world.app.services.sweep._line

    def goes_away() -> None:
        world.telegram.shut(down=True)
        with suppress(NotSent), line.sending():
            raise NotSent

    once_answered(world.px6, "getprice", goes_away)
    asked = px6_calls(world)
    await world.sweep()
    assert {call.method for call in list(world.px6.calls)[asked + 1 :]} == {"getprice"}, "the list is not read again"
    world.telegram.shut(down=False)
    await resume(world)
    [text] = await ann.news()
    assert "1 proxy ends" in text


async def test_notices_keep_to_the_same_rules(world: World) -> None:
    """A renewal on px6's site, too little money, a refused key: each is said once Telegram is back."""
    ann = await new_customer(world, balance="50")
    ids = ann.add(1, ends_in=20 * DAY)
    await ann.settles()
    world.px6.prolong_on_site(ann.key, ids, 7)
    world.telegram.fail("sendMessage", 502, 1)
    assert await ann.look() == []
    assert "1 other message is not delivered yet" in await ann.phone.says("/reminders")
    await ann.news()
    world.move(MINUTE)
    [text] = await ann.sweep()
    assert "That was me" in await ann.phone.labels(), text
    new_key = world.px6.new_key(ann.key)
    world.telegram.shut(down=True)
    await world.app.services.sweep.look(1001)
    world.telegram.shut(down=False)
    await resume(world)
    [text] = await ann.news()
    assert "no longer accepts your key" in text
    await ann.phone.says(f"/key {new_key}")


async def test_a_refused_key_that_is_taken_again_meanwhile_is_not_spoken_of(ann: Customer) -> None:
    world = ann.world
    world.px6.revoke(ann.key)
    world.telegram.shut(down=True)
    await world.app.services.sweep.look(1001)
    world.telegram.shut(down=False)
    await ann.phone.says(f"/key {world.px6.add_account(user_id='77').key}")
    await ann.phone.taps("Use the new key")
    await ann.news()
    await resume(world)
    await world.sweep()
    assert not any("no longer accepts" in text for text in await ann.news())


async def test_what_was_announced_is_paid_also_while_telegram_is_away(ann: Customer) -> None:
    world = ann.world
    bob = await new_customer(world, person=1002)
    bob.add(1, ends_in=5 * DAY + 6 * HOUR)
    ann.add(1, ends_in=3 * DAY)
    await bob.settles()
    await ann.settles()
    await ann.adds_rule()
    world.move(2 * DAY + MINUTE)
    [announced] = await ann.sweep()
    assert "I will prolong 1 proxy" in announced
    world.telegram.shut(down=True)
    world.move(8 * HOUR)
    await world.sweep()
    assert world.rows("SELECT state FROM digests WHERE telegram_id = 1002") == [("failed",)], "it is known to be away"
    assert ann.books() == []
    world.move(4 * HOUR)
    await world.sweep()
    await world.sweep()
    assert len(ann.books()) == 1
    world.telegram.shut(down=False)
    world.move(MINUTE)
    await resume(world)
    await world.app.services.orders.settle_due()
    await world.quiet()
    assert any("Prolonged 1 proxy" in text for text in await ann.news())
    assert len(ann.books()) == 1


async def test_a_rule_that_stops_while_telegram_is_away_says_so_later(ann: Customer) -> None:
    world = ann.world
    await ann.lets_a_rule_announce()
    world.px6.set_prices("6", {3: "9", 30: "9"})
    world.telegram.shut(down=True)
    world.move(12 * HOUR)
    await world.sweep()
    world.telegram.shut(down=False)
    await resume(world)
    assert any("stopped" in text.lower() for text in await ann.news())
    assert ann.books() == []


async def test_an_outage_is_two_lines_in_the_log(ann: Customer, caplog: Any) -> None:
    world = ann.world
    await due(ann)
    world.telegram.shut(down=True)
    for _ in range(5):
        await world.sweep()
        await resume(world)
    world.telegram.shut(down=False)
    await resume(world)
    lines = [record.getMessage() for record in caplog.records if record.name == "services.notifications.line"]
    assert len(lines) == 2
    assert lines[0].startswith("Telegram does not take messages") and lines[1] == "Telegram takes messages again"
