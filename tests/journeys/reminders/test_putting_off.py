"""“Remind me later”: what it does not take back, when it comes, and what is said where nothing will come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from model.people import PersonId
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.world import World, buttons


@pytest.fixture
async def ann(world: World) -> Customer:
    customer = await new_customer(world)
    await customer.refuses_notices()
    return customer


async def two_digests(ann: Customer) -> tuple[list[int], int, int]:
    """Two proxies, a reminder of both, and a day later one of the first: their ids, and the two messages."""
    ids = ann.add(1, ends_in=2 * DAY) + ann.add(1, ends_in=2 * DAY + 22 * HOUR)
    found = []
    for passes, named in ((0 * DAY, "2 proxies end"), (DAY + MINUTE, "1 proxy ends")):
        ann.world.move(passes)
        await ann.look()
        assert named in await ann.phone.reads()
        found.append((await ann.phone.screen())["message_id"])
    return ids, found[0], found[1]


async def test_what_is_let_go_stays_so_where_an_older_reminder_of_more_is_put_off(ann: Customer) -> None:
    """A rule that would prolong both leaves it out as before."""
    (let_go, other), older, newer = await two_digests(ann)
    await ann.phone.taps("Don't prolong", newer)
    ann.world.move(21 * HOUR)
    await ann.phone.taps("Remind me later", older)
    await ann.phone.taps("In 3 hours", older)
    now = ann.world.clock()
    text = await ann.phone.text_of(older)
    assert "I will remind you on " in text and "(in 3 hours)" in text, "the other one ends a day from now"
    assert text.endswith("Not prolonging: 1 proxy")
    silences = dict(ann.world.rows("SELECT proxy_id, until FROM silences"))
    assert silences[let_go] is None and silences[other] is not None
    await ann.adds_rule()
    ends = {one: ann.account.proxies[one].ends_at for one in (let_go, other)}
    while ann.world.clock() < now + 2 * DAY:
        ann.world.move(HOUR)
        await ann.sweep()
    assert ann.account.proxies[let_go].ends_at == ends[let_go]
    assert [spend.ids for spend in ann.books()] == [(other,)]


async def test_where_all_of_it_is_let_go_nothing_is_put_off_and_it_is_said(ann: Customer) -> None:
    """Also where somebody let it go in the very moment of the tap: the database takes no later word for it."""
    [one] = ann.add(1, ends_in=2 * DAY)
    await ann.look()
    digest = (await ann.phone.screen())["message_id"]
    await ann.phone.taps("Remind me later", digest)
    [later] = [b["callback_data"] for b in buttons(await ann.phone.screen()) if b["text"] == "In 3 hours"]
    ends = {one: ann.account.proxies[one].ends_at}
    reminders = ann.world.app.services.reminders
    await reminders.mute(1001, ends, None)
    await ann.phone.forges(later, digest)
    assert (await ann.phone.reads()).startswith("Not prolonging: 1 proxy\n")
    assert await ann.phone.labels() == ["Remind me after all", "Home"]
    await reminders.mute(1001, ends, ann.world.clock() + HOUR)
    assert ann.world.rows("SELECT until FROM silences") == [(None,)]
    await ann.phone.taps("Remind me after all", digest)
    assert ann.world.rows("SELECT until FROM silences") == []


async def put_off_for_three_hours(ann: Customer, ends_in: timedelta = 2 * DAY) -> str:
    """Gives what the message says then."""
    ann.add(1, ends_in=ends_in)
    await ann.look()
    digest = (await ann.phone.screen())["message_id"]
    await ann.phone.taps("Remind me later", digest)
    await ann.phone.taps("In 3 hours", digest)
    await ann.news()
    return str(await ann.phone.text_of(digest))


@pytest.mark.parametrize("on_again", [False, True])
async def test_what_was_put_off_does_not_come_while_all_reminders_are_switched_off(
    ann: Customer, on_again: bool
) -> None:
    await put_off_for_three_hours(ann)
    await ann.phone.says("/reminders")
    await ann.phone.taps("Switch off")
    assert "Off: no reminders before proxies end." in await ann.phone.reads()
    if on_again:
        await ann.phone.taps("Switch on")
    await ann.news()
    ann.world.move(3 * HOUR + MINUTE)
    assert len(await ann.sweep()) == on_again


async def quiet_from_in(ann: Customer, begins: timedelta, hours: int) -> None:
    """Quiet hours that begin so much later, for so many hours; the person lives in UTC."""
    people, now = ann.world.app.services.people, ann.world.clock() + begins
    await people.set_zone(PersonId(1001), "UTC")
    minute = now.hour * 60 + now.minute
    habits = {"quiet_from": minute, "quiet_to": (minute + hours * 60) % (24 * 60)}
    await ann.world.app.services.reminders.change(1001, **habits)


async def hours_until_a_digest(ann: Customer) -> int:
    hours = 0
    while not await ann.sweep():
        ann.world.move(HOUR)
        hours += 1
    return hours


async def test_what_would_come_in_quiet_hours_is_promised_for_their_end_and_comes_then(ann: Customer) -> None:
    await quiet_from_in(ann, 2 * HOUR + 30 * MINUTE, 8)
    text = await put_off_for_three_hours(ann)
    assert "(in 10 hours).\nYour quiet hours last until then." in text
    assert await hours_until_a_digest(ann) == 11


async def test_what_ends_within_quiet_hours_is_promised_for_the_moment_that_was_wanted(ann: Customer) -> None:
    await ann.world.app.services.reminders.change(1001, leads=(6 * 3600,))
    await quiet_from_in(ann, 2 * HOUR + 30 * MINUTE, 8)
    text = await put_off_for_three_hours(ann, ends_in=5 * HOUR)
    assert "(in 3 hours)." in text and "quiet" not in text
    assert await hours_until_a_digest(ann) == 3


async def test_who_has_switched_reminders_off_is_promised_none(ann: Customer) -> None:
    ann.add(1, ends_in=2 * DAY)
    await ann.look()
    digest = (await ann.phone.screen())["message_id"]
    await ann.phone.says("/reminders")
    await ann.phone.taps("Switch off")
    await ann.phone.taps("Remind me later", digest)
    await ann.phone.taps("In 3 hours", digest)
    assert await ann.phone.text_of(digest) == "Remind me later\nReminders are switched off, so none will come."
    await ann.phone.taps("Reminders", digest)
    assert (await ann.phone.reads()).startswith("Reminders\nOff: no reminders before proxies end.")


async def test_what_a_rule_will_prolong_or_a_payment_is_under_way_for_is_promised_all_the_same(ann: Customer) -> None:
    """Should that come to nothing, it is the moment at which it comes."""
    [one] = ann.add(1, ends_in=2 * DAY)
    await ann.look()
    digest = (await ann.phone.screen())["message_id"]
    await ann.adds_rule()
    ann.world.px6.fault("drop_before", "prolong")
    await ann.phone.says(f"/prolong 30 {one}")
    await ann.phone.taps("Prolong 30 days")
    await ann.phone.taps("Remind me later", digest)
    await ann.phone.taps("In 3 hours", digest)
    assert "(in 3 hours)." in await ann.phone.text_of(digest)
