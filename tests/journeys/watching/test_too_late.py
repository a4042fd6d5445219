"""Taps that change nothing of what is watched: an alert says so, which stays until it is read."""

from __future__ import annotations

import pytest

from tests.customers import Customer
from tests.world import World

pytestmark = pytest.mark.without_notices

NO_LONGER = "This is no longer watched."
OVER: dict[str, tuple[str, ...]] = {
    NO_LONGER: (
        *("hw-c:9", "hw-f:9", "hw-e:9:60", "hw-i:9:1", "hw-p:9:0", "hw-x:9", "hw-w:9", "hw-z:9"),
        *("sw-c:9", "sw-n:9:2:7", "sw-p:9:105.00:RUB", "sw-q:9:2:7:12.60:RUB", "sw-t:9", "sw-x:9", "pw-x:9"),
    ),
    "Nothing was changed: the checks are paused or ended, or another px6 account is connected.": (
        "hw-b:9:4:30:3:300:RUB",
        "hw-b:9:5:30:3:300:RUB",
    ),
    "None of your running proxies has this comment now.": ("hw-a:c:00000000:60:0",),
    "px6 does not sell such proxies now.": ("pw-a:6:5",),
    "Too late: it has ended, or is being paid. See /orders.": ("kp-x:9",),
    "This message is too old, or is about another px6 account.": ("hf:9:c",),
    "This no longer applies: it was called off or announced anew.": ("hr-s:9",),
}


async def test_a_tap_that_changes_nothing_is_answered_by_an_alert(world: World, ann: Customer) -> None:
    """Else who believes that they have stopped a payment, or begun one, would not learn that they have not."""
    before = await ann.phone.reads()
    for text, taps in OVER.items():
        for data in taps:
            answer = await ann.phone.forges(data)
            assert (answer.get("text"), answer.get("show_alert")) == (text, True), data
    assert await ann.phone.reads() == before, "the message stays"


async def test_at_most_five_are_checked_and_one_of_them_may_begin_anew(world: World, ann: Customer) -> None:
    """An alert says that nothing was begun: else proxies would be believed to be watched that are not."""
    countries = ("de", "fr", "nl", "us", "gb")
    for country in (*countries, "gb"):
        assert not (await ann.phone.forges(f"hw-a:n:{country}:60:0")).get("text")
    refused = await ann.phone.forges("hw-a:a::60:0")
    assert (refused["text"], refused["show_alert"]) == ("At most 5 can be checked. End one in /watch.", True)
    assert sorted(world.rows("SELECT value FROM health_watches")) == sorted((each,) for each in countries)


async def test_for_days_that_a_quote_does_not_have_no_money_is_waited_for(world: World, ann: Customer) -> None:
    await ann.phone.says("/buy 5 30 de")
    [(quote,)] = world.rows("SELECT id FROM quotes")
    for data in (f"{letter}:{which}" for letter in ("kp", "kp-a", "kp-p") for which in (f"{quote}:31", "gone:30")):
        await ann.phone.forges(data)
        assert (await ann.phone.reads()).startswith("This quote is out of date"), data
    assert world.rows("SELECT count(*) FROM kept_payments") == [(0,)]


async def test_the_quote_of_another_px6_account_keeps_no_payment(world: World, ann: Customer) -> None:
    await ann.phone.says("/buy 5 30 de")
    [(quote,)] = world.rows("SELECT id FROM quotes")
    await ann.phone.says(f"/key {world.px6.add_account(balance='900').key}")
    await ann.phone.taps("Use the new key")
    for letter in ("kp-a", "kp-p"):
        await ann.phone.forges(f"{letter}:{quote}:30")
        assert (await ann.phone.reads()).startswith("This quote is out of date"), letter
    assert world.rows("SELECT count(*) FROM kept_payments") == [(0,)]
