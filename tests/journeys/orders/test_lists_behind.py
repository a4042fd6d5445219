"""px6 takes a payment and says so, and its list shows the ends from before it for a while: nothing is paid twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.customers import Customer
from tests.durations import DAY, HOUR, MINUTE

pytestmark = pytest.mark.without_notices


async def prolongs(ann: Customer, one: int) -> dict[str, Any]:
    """Gives what Telegram shows of the tap on the green button."""
    await ann.phone.says(f"/prolong 30 {one}")
    return await ann.phone.taps("Prolong 30 days")


async def test_who_prolongs_again_what_the_list_still_shows_as_before_reads_that_it_is_done(ann: Customer) -> None:
    [one] = ann.add(1, ends_in=3 * DAY)
    end = ann.account.proxies[one].ends_at
    ann.world.px6.fault("behind", "prolong")
    await prolongs(ann, one)
    assert (await ann.phone.reads()).startswith("Prolonged 1 proxy for 30 days")
    again = await prolongs(ann, one)
    assert "tapping again spent nothing more. Status: done." in again["text"]
    assert len(ann.books()) == 1
    ann.world.px6.process_late()
    assert ann.account.proxies[one].ends_at == end + 30 * DAY
    await prolongs(ann, one)
    assert (await ann.phone.reads()).startswith("Prolonged 1 proxy for 30 days"), "of the new end it is wanted"
    assert len(ann.books()) == 2


async def test_px6_that_never_shows_it_keeps_nobody_from_prolonging_for_long(ann: Customer) -> None:
    """Its "yes" was perhaps untrue."""
    [one] = ann.add(1, ends_in=3 * DAY)
    ann.world.px6.fault("behind", "prolong")
    await prolongs(ann, one)
    ann.world.move(10 * MINUTE)
    await prolongs(ann, one)
    assert len(ann.books()) == 2


async def test_a_rule_does_not_pay_for_what_was_prolonged_by_hand_just_now(ann: Customer) -> None:
    [one] = await ann.lets_a_rule_announce()
    ann.world.move(12 * HOUR)
    ann.world.px6.fault("behind", "prolong")
    await prolongs(ann, one)
    for minutes in (0, 11, 11, 11):
        ann.world.move(minutes * MINUTE)
        said = await ann.sweep()
        assert not [text for text in said if "Automatic prolonging" in text], "nor is it announced again"
    ann.world.px6.process_late()
    for later in (11 * MINUTE, HOUR):
        ann.world.move(later)
        await ann.sweep()
    assert [spend.ids for spend in ann.books()] == [(one,)]


async def test_what_waited_for_money_does_not_pay_for_what_was_prolonged_by_hand_just_now(ann: Customer) -> None:
    [one] = ann.add(1, ends_in=3 * DAY)
    ann.world.px6.top_up(ann.key, -5000)
    await ann.phone.says(f"/prolong 30 {one}")
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Pay at once, up to 21.00 RUB")
    ann.world.px6.top_up(ann.key, 5000)
    ann.world.px6.fault("behind", "prolong")
    await prolongs(ann, one)
    for later in (MINUTE, 5 * MINUTE, 3 * MINUTE):
        ann.world.move(later)
        await ann.sweep()
    ann.world.px6.process_late()
    ann.world.move(HOUR)
    await ann.sweep()
    assert len(ann.books()) == 1


async def test_what_waited_at_once_for_two_asks_about_the_other_as_soon_as_the_list_is_right(ann: Customer) -> None:
    """Else it would be tried, and called off, every ten minutes while px6's list is behind."""
    first, other = ann.add(2, ends_in=9 * DAY)
    ann.world.px6.top_up(ann.key, -5000)
    await ann.phone.says(f"/prolong 30 {first} {other}")
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Pay at once, up to 42.00 RUB")
    ann.world.px6.top_up(ann.key, 5000)
    ann.world.px6.fault("behind", "prolong")
    await prolongs(ann, first)
    ann.world.move(2 * MINUTE)
    await ann.sweep()
    ann.world.px6.process_late()
    for _ in range(2):
        ann.world.move(11 * MINUTE)
        await ann.sweep()
    assert [spend.ids for spend in ann.books()] == [(first,)]
    assert (await ann.phone.reads()).startswith("The balance is enough now")
    await ann.phone.taps("Prolong 30 days")
    assert [spend.ids for spend in ann.books()] == [(first,), (other,)]


async def test_somebody_else_with_the_same_px6_account_reads_that_another_payment_was_made(ann: Customer) -> None:
    [one] = ann.add(1, ends_in=9 * DAY)
    bob = ann.world.phone(1002)
    await bob.connects(ann.key)
    await bob.says(f"/prolong 30 {one}")
    ann.world.px6.fault("behind", "prolong")
    await prolongs(ann, one)
    tap = await bob.taps("Prolong 30 days")
    assert tap["text"] == "Another payment for some of these proxies is under way. Nothing more was spent."
    assert len(ann.books()) == 1


async def test_who_prolongs_what_a_rule_has_just_prolonged_reads_that(ann: Customer) -> None:
    [one] = await ann.lets_a_rule_announce()
    ann.world.move(12 * HOUR)
    ann.world.px6.fault("behind", "prolong")
    await ann.sweep()
    tap = await prolongs(ann, one)
    assert tap["text"] == "Another payment for these proxies was made or is under way. Nothing more was spent."
    assert len(ann.books()) == 1
