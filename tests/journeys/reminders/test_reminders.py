"""Reminders as a person gets them: the whole program, both stand-ins, a clock that is moved, nothing that sleeps."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.app import App
from bot.wiring import wired
from handlers.notifications.sender import TelegramSender
from model.people import Person
from services.notifications.kinds import Digest
from storage import watches
from tests.customers import Customer, both_pay_once, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.px6_events import once_answered
from tests.quick import QuickPool, quick_pacing
from tests.world import World


async def test_fifteen_proxies_that_end_together_make_one_message(ann: Customer) -> None:
    ann.add(15, country="de", comment="shop", ends_in=4 * DAY)
    assert await ann.sweep() == []
    ann.world.move(DAY + HOUR)
    [text] = await ann.sweep()
    assert "15 proxies end" in text
    assert "15 × IPv6\N{NO-BREAK SPACE}· shop" in text
    assert await ann.sweep() == []
    ann.world.move(6 * HOUR)
    assert await ann.sweep() == []


async def test_several_lead_times_passed_at_once_make_one_reminder(ann: Customer) -> None:
    ann.add(1, ends_in=2 * HOUR)
    ann.world.move(MINUTE)
    await ann.world.app.services.reminders.wake(1001)
    assert len(await ann.sweep()) == 1
    assert ann.world.rows("SELECT count(*) FROM reminders") == [(3,)]
    assert await ann.sweep() == []


async def test_each_lead_time_is_said_once_and_the_end_too(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    said = []
    for step in (DAY + MINUTE, DAY, DAY, 20 * HOUR, HOUR, 4 * HOUR):
        ann.world.move(step)
        said += await ann.sweep()
    assert len(said) == 4, said
    assert "has ended" in said[-1]
    assert "Buy again: 1 × 🇷🇺 IPv6" in await ann.phone.labels()


async def test_one_tap_prolongs_and_the_message_becomes_the_receipt(ann: Customer) -> None:
    ids = ann.add(3, ends_in=4 * DAY)
    ann.world.move(DAY + HOUR)
    await ann.sweep()
    digest = await ann.phone.screen()
    await ann.phone.taps("Prolong 30 days")
    now = await ann.phone.screen()
    assert now["message_id"] == digest["message_id"]
    assert "Prolonged 3 proxies for 30 days" in now["text"]
    [spend] = ann.books()
    assert sorted(spend.ids) == sorted(ids)
    ann.world.move(3 * DAY)
    assert await ann.sweep() == []


async def test_ten_taps_on_one_digest_spend_once(ann: Customer) -> None:
    ann.add(2, ends_in=4 * DAY)
    ann.world.move(DAY + HOUR)
    await ann.sweep()
    buttons = [b for row in (await ann.phone.screen())["keyboard"] for b in row if b.get("style") == "success"]
    message = (await ann.phone.screen())["message_id"]
    await asyncio.gather(
        *(ann.phone.forges(buttons[n % 3]["callback_data"], message) for n in range(10)), return_exceptions=True
    )
    await ann.world.quiet()
    assert len(ann.books()) == 1


async def test_prolonged_on_the_site_between_the_look_and_the_message_is_silence(ann: Customer) -> None:
    ids = ann.add(2, ends_in=4 * DAY)
    await ann.settles()
    await ann.world.app.services.reminders.change(1001, changes=False)
    ann.world.move(DAY + HOUR)
    once_answered(ann.world.px6, "getprice", lambda: ann.world.px6.prolong_on_site(ann.key, ids, 30))
    assert await ann.sweep() == []
    assert ann.world.rows("SELECT count(*) FROM reminders") == [(0,)]


async def test_a_part_prolonged_on_the_site_leaves_only_the_rest_in_the_message(ann: Customer) -> None:
    ids = ann.add(3, ends_in=4 * DAY)
    await ann.settles()
    await ann.world.app.services.reminders.change(1001, changes=False)
    ann.world.move(DAY + HOUR)
    once_answered(ann.world.px6, "getprice", lambda: ann.world.px6.prolong_on_site(ann.key, ids[:2], 30))
    [text] = await ann.sweep()
    assert "1 proxy ends" in text
    await ann.phone.taps("Prolong 30 days")
    assert sorted(ann.books()[-1].ids) == ids[2:]


async def test_two_processes_on_one_database_send_one_message(ann: Customer) -> None:
    ann.add(5, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    async with wired(ann.world.settings, ann.world.clock, new_pool=QuickPool, new_pacing=quick_pacing) as other:
        await asyncio.gather(*(app.services.sweep.run() for app in (ann.world.app, other) for _ in range(2)))
        assert len(await ann.news()) == 1
        # Even when both look at the very same account at the same time, past the lease.
        ann.add(1, ends_in=2 * HOUR)
        await asyncio.gather(*(app.services.sweep.look(1001) for app in (ann.world.app, other)))
        assert len(await ann.news()) == 1


async def test_a_process_that_dies_before_sending_leaves_the_message_to_the_next(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    now = ann.world.clock()
    async with ann.world.app.services.sweep._database.write() as connection:
        due = watches.due_query(now, now + 12 * HOUR, 15 * MINUTE, 10)
        assert await watches.claim(connection, due, now + 15 * MINUTE, "dead") == [1001]
    assert await ann.sweep() == []
    ann.world.move(16 * MINUTE)
    assert len(await ann.sweep()) == 1


async def test_what_a_dead_process_was_sending_is_sent_once_more_and_paid_once(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    async with wired(ann.world.settings, ann.world.clock, new_pool=QuickPool, new_pacing=quick_pacing) as other:
        send, sent = TelegramSender.digest, asyncio.Event()

        async def dies(self: TelegramSender, person: Person, digest: Digest) -> int:
            """Telegram takes the message, and the process never hears of it."""
            await send(self, person, digest)
            sent.set()
            await asyncio.Event().wait()
            raise AssertionError

        with monkeypatch.context() as patch:
            patch.setattr(TelegramSender, "digest", dies)
            sweep = asyncio.ensure_future(other.services.sweep.run())
            await sent.wait()
            await other.background.drain(0)
            await sweep
    [first] = await ann.news()
    assert ann.world.rows("SELECT state FROM digests") == [("sending",)]
    ann.world.move(14 * MINUTE)
    assert await ann.sweep() == [], "another process may still be at it"
    ann.world.move(2 * MINUTE)
    [second] = await ann.sweep()
    assert ann.world.rows("SELECT state FROM digests") == [("sent",)]
    await both_pay_once(ann, first, second)


async def test_a_restart_after_sending_repeats_nothing(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    assert len(await ann.sweep()) == 1
    async with wired(ann.world.settings, ann.world.clock, new_pool=QuickPool, new_pacing=quick_pacing) as other:
        await look_everywhere(other)
    assert await ann.news() == []


async def look_everywhere(app: App) -> None:
    """As if everybody were due."""
    await app.services.sweep.look(1001)


async def test_a_message_that_may_not_have_arrived_comes_once_more_after_a_minute_and_is_paid_once(
    ann: Customer,
) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    ann.world.telegram.fail("sendMessage", 502, 1, after=True)
    [first] = await ann.sweep()
    assert ann.world.rows("SELECT state FROM digests") == [("unknown",)]
    assert await ann.sweep() == []
    ann.world.move(MINUTE)
    [second] = await ann.sweep()
    ann.world.move(HOUR)
    assert await ann.sweep() == []
    await both_pay_once(ann, first, second)


async def perhaps_reminded(ann: Customer) -> None:
    """A digest of two proxies, of which the bot does not know whether it arrived. It did not."""
    ann.add(1, ends_in=2 * DAY)
    ann.add(1, ends_in=2 * DAY, comment="shop")
    ann.world.telegram.fail("sendMessage", 502, 1)
    assert await ann.look() == []


async def said_in_the_next_minutes(ann: Customer) -> list[str]:
    said = []
    for _ in range(4):
        ann.world.move(MINUTE)
        said += [text for text in await ann.sweep() if text.startswith("⏳")]
    return said


async def test_what_may_not_have_arrived_is_not_said_again_once_reminders_are_off_and_anew_once_they_are_on(
    ann: Customer,
) -> None:
    reminders = ann.world.app.services.reminders
    await perhaps_reminded(ann)
    await reminders.change(1001, on=False)
    assert await said_in_the_next_minutes(ann) == []
    assert ann.world.rows("SELECT state, again_at FROM digests") == [("unknown", None)]
    await reminders.change(1001, on=True)
    [text] = await said_in_the_next_minutes(ann)
    assert text.startswith("⏳ 2 proxies end")


async def test_what_may_not_have_arrived_is_said_again_without_what_a_rule_will_prolong_by_now(ann: Customer) -> None:
    """Should the rule not do it, that is due anew: nobody knows whether it was said."""
    await perhaps_reminded(ann)
    rules = ann.world.app.services.rules
    rule = await rules.add(1001, "comment", "shop", hours=12, period=30)
    await rules.change(1001, rule.id, on=True)
    [text] = await said_in_the_next_minutes(ann)
    assert text.startswith("⏳ 1 proxy ends") and "shop" not in text
    await rules.change(1001, rule.id, on=False)
    [text] = await said_in_the_next_minutes(ann)
    assert text.startswith("⏳ 1 proxy ends") and "shop" in text


async def test_what_may_not_have_arrived_is_said_again_without_what_has_no_lead_times_by_now(ann: Customer) -> None:
    await perhaps_reminded(ann)
    await ann.world.app.services.reminders.rework(1001, lambda before: before.with_comment("shop", ()))
    [text] = await said_in_the_next_minutes(ann)
    assert text.startswith("⏳ 1 proxy ends") and "shop" not in text


async def test_what_was_put_off_and_may_not_have_arrived_is_said_again_whatever_the_lead_times_are(
    ann: Customer,
) -> None:
    [one] = ann.add(1, ends_in=2 * DAY)
    reminders = ann.world.app.services.reminders
    await ann.look()
    ends = {one: ann.account.proxies[one].ends_at}
    await reminders.mute(1001, ends, ann.world.clock() + HOUR)
    await reminders.change(1001, leads=())
    ann.world.move(HOUR)
    ann.world.telegram.fail("sendMessage", 502, 1)
    assert await ann.look() == []
    assert len(await said_in_the_next_minutes(ann)) == 1


async def test_telegrams_429_is_waited_out_and_the_message_comes_once(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    ann.world.telegram.fail("sendMessage", 429, 1, retry_after=0)
    assert len(await ann.sweep()) == 1
    assert await ann.sweep() == []


async def test_who_blocked_the_bot_is_left_alone_until_they_return(ann: Customer, world: World) -> None:
    ann.add(1, ends_in=4 * DAY)
    bob = await new_customer(world, person=1002)
    bob.add(1, ends_in=4 * DAY)
    await ann.settles()
    await bob.settles()
    world.move(DAY + HOUR)
    await world.patch("/people/1001", {"blocked": True})
    await world.quiet()
    assert len(await bob.sweep()) == 1
    calls = len(world.px6.calls)
    world.move(2 * HOUR)
    await world.app.services.sweep.run()
    assert not [c for c in world.px6.calls[calls:] if c.key == ann.key]
    await world.patch("/people/1001", {"blocked": False})
    await world.quiet()
    await ann.news()
    assert len([text for text in await ann.sweep() if "⏳" in text]) == 1
    world.telegram.refusals.clear()


async def test_lead_times_changed_after_a_reminder_repeat_nothing(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    ann.world.move(3 * DAY + HOUR)
    assert len(await ann.sweep()) == 1
    await ann.world.app.services.reminders.change(1001, leads=(5 * 86400, 2 * 86400))
    assert await ann.sweep() == []
    await ann.world.app.services.reminders.change(1001, leads=(7200,))
    ann.world.move(22 * HOUR)
    assert len(await ann.sweep()) == 1


async def test_a_clock_that_jumps_sends_nothing_twice(ann: Customer) -> None:
    ann.add(1, ends_in=10 * DAY)
    await ann.settles()
    ann.world.move(8 * DAY)
    assert len(await ann.sweep()) == 1
    ann.world.move(-8 * DAY)
    assert await ann.sweep() == []
    ann.world.move(8 * DAY)
    assert await ann.sweep() == []
    ann.world.move(DAY + 2 * HOUR)
    assert len(await ann.sweep()) == 1


async def test_after_a_downtime_what_is_past_is_one_line_of_the_digest(ann: Customer) -> None:
    ann.add(2, ends_in=12 * HOUR)
    ann.add(1, ends_in=2 * DAY)
    await ann.settles()
    ann.world.move(DAY)
    texts = await ann.sweep()
    [text] = [text for text in texts if "⏳" in text]
    assert "Already ended: 2 proxies" in text
    assert len(texts) == 1
    assert await ann.sweep() == []


async def test_too_little_money_names_what_is_missing_and_what_fits(world: World) -> None:
    ann = await new_customer(world, balance="50")
    ann.add(5, version="6", ends_in=4 * DAY)
    await world.app.services.reminders.change(1001, low_days=None)
    await ann.settles()
    world.move(DAY + HOUR)
    [text] = await ann.sweep()
    assert "30 days: need 105.00 RUB, have 50.00 RUB, missing 55.00 RUB" in text
    assert "The balance is enough for 7 days." in text
    labels = await ann.phone.labels()
    assert [label for label in labels if "RUB" in label] == ["Prolong 7 days · 31.50 RUB"]
    assert "Top up at px6" in labels


async def test_with_next_to_nothing_a_shorter_period_is_offered(world: World) -> None:
    ann = await new_customer(world, balance="20")
    ann.add(5, version="6", ends_in=4 * DAY)
    await world.app.services.reminders.change(1001, low_days=None)
    await ann.settles()
    world.move(DAY + HOUR)
    await ann.sweep()
    labels = await ann.phone.labels()
    assert [label.partition(" · ")[0] for label in labels if "RUB" in label] == ["Prolong 3 days"]


async def test_let_go_is_silence_for_exactly_these_until_they_are_prolonged(ann: Customer) -> None:
    ids = ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    await ann.sweep()
    await ann.phone.taps("Don't prolong")
    assert "Not prolonging: 1 proxy" in await ann.phone.reads()
    await ann.world.app.services.reminders.change(1001, changes=False)
    ann.add(1, ends_in=2 * DAY + 20 * HOUR)
    await ann.world.app.services.reminders.wake(1001)
    [text] = await ann.sweep()
    assert "1 proxy ends" in text
    ann.world.px6.prolong_on_site(ann.key, ids, 3)
    said = []
    for step in (3 * DAY + HOUR, 2 * DAY):
        ann.world.move(step)
        said += await ann.sweep()
    assert len(said) == 2
    assert "⏳ 1 proxy ends" in said[0] and "Already ended: 1 proxy" in said[0]  # prolonged: spoken of again


async def test_later_comes_when_it_was_asked_for(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    await ann.sweep()
    await ann.phone.taps("Remind me later")
    await ann.phone.taps("In 3 hours")
    assert "I will remind you" in await ann.phone.reads()
    await ann.settles()
    ann.world.move(2 * HOUR)
    assert await ann.sweep() == []
    ann.world.move(HOUR + MINUTE)
    assert len(await ann.sweep()) == 1
    assert await ann.sweep() == []


async def test_choosing_shows_exactly_these_ticked(ann: Customer) -> None:
    ann.add(2, ends_in=4 * DAY, comment="mine")
    ann.add(2, ends_in=40 * DAY, comment="other")
    await ann.settles()
    ann.world.move(DAY + HOUR)
    await ann.sweep()
    await ann.phone.taps("Select")
    text = await ann.phone.reads()
    assert "Only: from the reminder\n2 selected" in text
    assert "other" not in text
    await ann.phone.taps("Filter")
    assert "Only: from the reminder" in await ann.phone.reads()


async def test_1200_proxies_due_at_once_fit_a_message_and_are_prolonged_in_parts(world: World) -> None:
    ann = await new_customer(world, balance="500000")
    for n in range(1200):
        ann.add(1, ends_in=2 * DAY + n * timedelta(seconds=42), comment=f"group {n % 7}")
    await world.app.services.reminders.wake(1001)
    [text] = await ann.sweep()
    assert "1,200 proxies end" in text
    assert len(text) < 4096
    await ann.phone.taps("Prolong 30 days")
    assert len(ann.books()) > 1
    assert "Prolonged 1,200 proxies" in await ann.phone.reads()
    assert sum(len(spend.ids) for spend in ann.books()) == 1200


async def test_a_key_revoked_in_between_is_said_once(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.px6.revoke(ann.key)
    ann.world.move(DAY + HOUR)
    [text] = await ann.sweep()
    assert "no longer accepts your key" in text
    ann.world.move(DAY)
    assert await ann.sweep() == []


async def test_a_proxy_whose_order_is_unknown_is_not_reminded_of(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    await ann.sweep()
    ann.world.px6.fault("drop_before", "prolong")
    await ann.phone.taps("Prolong 30 days")
    assert "Not known yet" in await ann.phone.reads()
    await ann.news()
    ann.world.clock.offset += 2 * DAY
    await ann.world.app.services.sweep.look(1001)
    assert [text for text in await ann.news() if "⏳" in text] == []


async def test_a_test_message_comes_at_once_and_marks_nothing(ann: Customer) -> None:
    ann.add(2, ends_in=62 * DAY)
    await ann.phone.says("/reminders")
    answer = await ann.phone.taps("Send me a test")
    assert (answer["text"], answer["show_alert"]) == ("None of your proxies ends within two months.", True)
    ann.add(2, ends_in=20 * DAY)
    await ann.news()
    assert (await ann.phone.taps("Send me a test"))["text"] == "Sent"
    [text] = await ann.news()
    assert "Only a test" in text
    assert ann.world.rows("SELECT count(*) FROM reminders") == [(0,)]


async def test_reminders_shows_what_comes_and_every_switch(ann: Customer) -> None:
    ann.add(2, ends_in=4 * DAY)
    text = await ann.phone.says("/reminders")
    assert "3 days, 1 day, 3 hours before the end" in text
    assert "2 proxies" in text
    await ann.phone.taps("When to remind")
    await ann.phone.taps("7 days")
    await ann.phone.taps("Back")
    assert "7 days, 3 days, 1 day, 3 hours before" in await ann.phone.reads()
    await ann.phone.taps("Switch off")
    assert "Off" in await ann.phone.reads()
    await ann.news()
    ann.world.move(3 * DAY)
    assert await ann.sweep() == []


async def test_the_zone_is_asked_as_the_time_it_is_now(ann: Customer) -> None:
    await ann.phone.says("/reminders")
    await ann.phone.taps("Time zone")
    local = ann.world.clock() + timedelta(hours=5, minutes=45)
    await ann.phone.says(f"{local:%H:%M}")
    await ann.phone.taps("Kathmandu")
    assert ann.world.rows("SELECT zone FROM people WHERE telegram_id = 1001") == [("Asia/Kathmandu",)]


async def test_quiet_hours_hold_a_message_until_morning(ann: Customer) -> None:
    now = ann.world.clock()
    start = (now + 2 * DAY).hour * 60
    await ann.world.app.services.reminders.change(1001, quiet_from=start, quiet_to=(start + 8 * 60) % 1440)
    ann.add(1, ends_in=5 * DAY)
    await ann.settles()
    ann.world.move(2 * DAY + MINUTE)
    assert await ann.sweep() == []
    ann.world.move(8 * HOUR)
    assert len(await ann.sweep()) == 1
