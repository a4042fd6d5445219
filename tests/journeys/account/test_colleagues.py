"""A colleague acts on the account of somebody else: with their right and no more, and with what is their own."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal
from typing import Any

import pytest

from model.colleagues import Right
from model.people import PersonId
from tests.customers import new_customer
from tests.durations import DAY
from tests.journeys.account.offices import ANN, BOB, CAP, ENDED, Office
from tests.journeys.connecting import just_connected
from tests.world import World, green_buttons

ONLY_OWNER = "Only the owner of this account can do that. Nothing was done."
NOT_INCLUDED = "Your access to this account does not include that. Its owner can change it. Nothing was done."


@pytest.fixture
async def office(world: World) -> Office:
    return Office(await just_connected(world, "1000.00"))


async def test_who_has_no_key_sees_what_they_may_and_nothing_that_only_refuses(office: Office) -> None:
    bob = office.bob
    await office.lets(Right.LOOK)
    assert "px6 · 1,000.00 RUB" in await bob.says("/start")
    labels = await bob.labels()
    assert "My proxies" in labels and "Buy" not in labels
    before = await office.chat_of_ann()
    assert "3 active" in await bob.says("/proxies active")
    await bob.says(str(office.ids[0]))
    assert {"Prolong", "Check", "Protocol", "Comment", "Delete…"}.isdisjoint(await bob.labels())
    for said in (
        "/buy 1 30 de",
        f"/prolong 30 {office.ids[0]}",
        f"/delete {office.ids[0]}",
        f"/check {office.ids[0]}",
    ):
        assert NOT_INCLUDED in await bob.says(said)
    for screen, why in (("buy", NOT_INCLUDED), ("board", ONLY_OWNER)):
        answer = await bob.forges(f"open:{screen}")
        assert (answer["text"], answer["show_alert"]) == (why, True), "an old button: it is to be read"
    await bob.says("/settings")
    await bob.says("/language ru")
    assert "Прокси" in await bob.says("/proxies") or "прокси" in await bob.reads()
    assert await office.chat_of_ann() == before
    assert "active" in await office.ann.phone.says("/proxies"), "her language is hers"
    assert office.changes() == []
    assert office.world.rows("SELECT count(*) FROM orders") == [(0,)]


async def test_each_right_opens_its_own_and_no_more(office: Office) -> None:
    bob, one = office.bob, office.ids[0]
    await office.lets(Right.CHECK)
    await bob.says(f"/check {one}")
    assert NOT_INCLUDED not in await bob.says(f"/comment {one} lab")
    assert NOT_INCLUDED in await bob.says(f"/prolong 30 {one}")
    assert office.changes() == ["check", "setdescr"]
    await office.colleagues.change(ANN, BOB, Right.PROLONG, CAP)
    await bob.says(f"/prolong 30 {one}")
    await bob.taps("Prolong")
    assert office.books == 1
    assert NOT_INCLUDED in await bob.says("/buy 1 30 de")
    await office.colleagues.change(ANN, BOB, Right.ALL)
    await bob.says("/buy 1 30 de")
    await bob.taps("Buy ·")
    assert office.books == 2
    assert (
        office.world.rows("SELECT telegram_id, by_person, by_name FROM confirmations ORDER BY id")
        == [(ANN, BOB, "Bob")] * 2
    )


async def test_a_deletion_of_a_colleague_says_who_it_was(office: Office) -> None:
    bob, world = office.bob, office.world
    await office.lets(Right.ALL)
    before = await office.chat_of_ann()
    await bob.says(f"/delete {office.ids[1]}")
    await bob.taps("Delete 1 proxy")
    assert "Deleted: 1 proxy" in await bob.reads()
    assert world.rows("SELECT telegram_id, by_person, by_name FROM deletions") == [(ANN, BOB, "Bob")]
    assert await office.chat_of_ann() == before


async def test_a_limit_counts_what_is_paid_and_what_may_be(office: Office) -> None:
    bob, world = office.bob, office.world
    await office.lets(Right.PROLONG)
    await bob.says(f"/prolong 30 {office.ids[0]}")
    world.px6.fault("drop_before", "prolong")
    await bob.taps("Prolong")
    [(quoted, state)] = world.rows("SELECT quoted, state FROM orders")
    assert state == "unknown"
    sum_ = Decimal(quoted) / 10**6
    await bob.says(f"/prolong 30 {office.ids[1]}")
    await office.colleagues.change(ANN, BOB, Right.PROLONG, 2 * sum_ - Decimal("0.01"))
    answer = await bob.taps("Prolong 30 days")
    assert answer["text"] == (
        f"This is over your limit for the month: {2 * sum_ - Decimal('0.01')} RUB, of which {sum_:.2f} RUB is used. "
        "Nothing was spent."
    )
    assert answer["show_alert"], "it is to be read"
    assert world.rows("SELECT count(*) FROM confirmations") == [(1,)]
    await office.colleagues.change(ANN, BOB, Right.PROLONG, 2 * sum_)
    await bob.taps("Prolong 30 days")
    assert world.rows("SELECT count(*) FROM confirmations") == [(2,)]
    world.move(32 * DAY)
    await office.ann.settles()
    await office.colleagues.change(ANN, BOB, Right.PROLONG, sum_)
    [one] = await office.colleagues.of(ANN)
    assert await office.colleagues.spent(one, world.clock()) == 0


async def test_two_people_tap_once_each_on_the_same_quote(office: Office) -> None:
    """Bob's chat has a button of a quote that Ann has open, as when both were shown the same."""
    bob, ann = office.bob, office.ann.phone
    await office.lets(Right.PROLONG)
    await ann.says(f"/prolong 30 {office.ids[0]}")
    _, green = await ann.green()
    await bob.says("/start")
    answers = await asyncio.gather(ann.forges(green), bob.forges(green))
    assert office.books == 1
    said = [*(answer.get("text") or "" for answer in answers), await ann.reads(), await bob.reads()]
    assert re.search(r"(rolonged( right now)?|Payment) by", "\n".join(said)), "who came second is told who did"
    assert office.world.rows("SELECT count(*) FROM confirmations") == [(1,)]


async def test_a_right_is_gone_at_once_also_for_what_is_on_the_screen(office: Office) -> None:
    bob = office.bob
    await office.lets(Right.ALL)
    await bob.says(f"/delete {office.ids[0]}")
    red = await bob.screen()
    await bob.says(f"/prolong 30 {office.ids[0]}")
    message = (await bob.screen())["message_id"]
    await bob.says("/proxies")
    await bob.taps("Search")
    asked = len(office.world.px6.calls)
    await office.colleagues.take_back(ANN, BOB)
    assert await bob.says("shop") == ENDED
    for label, shown in (("Delete 1 proxy", red["message_id"]), ("Prolong", message)):
        await bob.taps(label, shown)
        assert await bob.reads() == ENDED
    assert "Your px6 proxies, in this chat" in await bob.says("/start")
    assert len(office.world.px6.calls) == asked
    assert office.world.rows("SELECT count(*) FROM confirmations") == [(0,)]
    assert office.world.rows("SELECT count(*) FROM deletions") == [(0,)]


async def test_a_tap_that_waits_finds_the_right_taken_back(office: Office) -> None:
    """Four taps hold the lane at px6; the fifth, which would spend, comes to its turn after the right has ended."""
    bob, world = office.bob, office.world
    await office.lets(Right.PROLONG)
    await bob.says(f"/prolong 30 {office.ids[0]}")
    message, green = await bob.green()
    release = asyncio.Event()
    people, find = world.app.services.people, world.app.services.people.on_account

    async def held(*given: Any) -> Any:
        await release.wait()
        return await find(*given)

    vars(people)["on_account"] = held
    tap = asyncio.ensure_future(bob.forges(green, message))
    await asyncio.sleep(0)
    await office.colleagues.take_back(ANN, BOB)
    release.set()
    await tap
    del vars(people)["on_account"]
    assert await bob.reads() == ENDED
    assert office.books == 0


async def test_a_claim_looks_at_the_right_itself(office: Office) -> None:
    bob, orders = PersonId(BOB), office.world.app.services.orders
    await office.lets(Right.CHECK)
    quote = await orders.quote_prolong(ANN, office.ids[:1], [30])
    assert (await orders.claim(ANN, quote.id, 30, None, bob)).reason == "no_right"
    await office.colleagues.change(ANN, BOB, Right.PROLONG, Decimal("0.01"))
    over = await orders.claim(ANN, quote.id, 30, None, bob)
    assert (over.reason, over.cap, over.spent) == ("over_limit", Decimal("0.01"), Decimal(0))
    await office.colleagues.take_back(ANN, BOB)
    assert (await orders.claim(ANN, quote.id, 30, None, bob)).reason == "no_access"
    assert (await orders.claim(ANN, quote.id, 30)).won


async def test_a_limit_in_one_currency_allows_nothing_in_another(office: Office) -> None:
    bob, world = office.bob, office.world
    await office.lets(Right.PROLONG)
    await office.colleagues.invite(ANN, Right.PROLONG, CAP)
    await office.colleagues.invite(ANN, Right.LOOK)
    world.px6.set_currency(office.ann.key, "USD")
    await bob.says(f"/prolong 30 {office.ids[0]}")
    [(quote,)] = world.rows("SELECT id FROM quotes")
    answer = await bob.forges(f"pay:{quote}:30")
    assert answer["text"] == "Your access to this account does not include that. Nothing was spent."
    assert [(one.monthly_cap, one.currency) for one in await office.colleagues.of(ANN)] == [(None, "USD")]
    assert [one.right for one in await office.colleagues.invites(ANN)] == [Right.LOOK]
    await bob.forges(f"pay:{quote}:30")
    assert office.books == 0
    await office.colleagues.change(ANN, BOB, Right.PROLONG, CAP)
    await bob.forges(f"pay:{quote}:30")
    assert office.books == 1


async def test_what_was_paid_in_another_currency_uses_up_nothing_of_a_limit(office: Office) -> None:
    """The month's 21 roubles are no 21 dollars."""
    bob, world = office.bob, office.world
    await office.lets(Right.PROLONG)
    await bob.says(f"/prolong 30 {office.ids[0]}")
    await bob.taps("Prolong 30 days")
    assert office.books == 1
    world.px6.set_currency(office.ann.key, "USD")
    await bob.says(f"/prolong 30 {office.ids[1]}")
    await office.colleagues.change(ANN, BOB, Right.PROLONG, Decimal(5))
    await bob.says(f"/prolong 30 {office.ids[1]}")
    assert "Your limit this month: 5.00 USD, left 5.00 USD" in await bob.reads()
    await bob.taps("Prolong 30 days")
    assert office.books == 2


async def test_a_key_is_of_who_sends_it(office: Office) -> None:
    """Also where the account on which they act has lost its own: then every other text may be meant as a key."""
    bob, world = office.bob, office.world
    await office.lets(Right.ALL)
    other = world.px6.add_account(balance="77.00")
    await bob.says(f"/key {other.key}")
    assert world.rows("SELECT telegram_id, px6_user_id FROM accounts ORDER BY 1") == [
        (ANN, world.px6.account(office.ann.key).user_id),
        (BOB, other.user_id),
    ]
    assert "px6 · 77.00 RUB" in await bob.says("/start")
    await world.app.services.several.switch(PersonId(BOB), ANN)
    assert "px6 · 1,000.00 RUB" in await bob.says("/start")
    await bob.says("/forget")
    await bob.taps("Erase everything")
    assert world.rows("SELECT telegram_id FROM accounts") == [(ANN,)]
    assert await office.colleagues.of(ANN) == []


async def test_a_key_that_px6_refuses_is_the_owners_matter(office: Office) -> None:
    bob, world = office.bob, office.world
    await office.lets(Right.LOOK)
    world.px6.new_key(office.ann.key)
    said = "Its owner has to enter another one. Nothing was spent or changed."
    assert said in await bob.says("/balance")
    other = world.px6.add_account(balance="5.00")
    await bob.says(other.key)
    assert world.rows("SELECT telegram_id FROM accounts ORDER BY 1") == [(ANN,), (BOB,)]


async def test_a_key_beside_what_a_right_does_not_include_is_taken_and_does_not_stay_in_the_chat(
    office: Office,
) -> None:
    bob, world = office.bob, office.world
    await office.lets(Right.LOOK)
    other = world.px6.add_account(balance="5.00")
    with_key = f"/buy {other.key}"
    for with_picture in (False, True):
        sent = bob.sends_file("a.png", b"x", with_key, "photo") if with_picture else bob.says(with_key)
        assert f"px6 account {other.user_id}, balance 5.00 RUB" in await sent
        assert not any(other.key in str(message) for message in await bob.chat())
        await world.app.services.several.switch(PersonId(BOB), ANN)
    assert world.rows("SELECT telegram_id FROM accounts ORDER BY 1") == [(ANN,), (BOB,)]


async def test_buttons_from_before_an_invitation_was_accepted_act_on_ones_own_account(office: Office) -> None:
    bob, world = office.bob, office.world
    own = world.px6.add_account(balance="77.00")
    await bob.connects(own.key)
    await bob.says(f"/prolong 30 {world.px6.add_proxy(own.key, ends_in=20 * DAY).id}")
    message, green = await bob.green()
    await bob.says(f"/start {await office.colleagues.invite(ANN, Right.ALL, by_name='Ann')}")
    await bob.taps("Accept")
    assert "px6 · 1,000.00 RUB" in await bob.says("/start")
    await bob.forges(green, message)
    assert (await bob.text_of(message)).startswith(f"Prolonged 1 proxy for 30 days\nAccount: {own.user_id}\n")
    assert (len(world.px6.books(own.key)), office.books) == (1, 0)


async def test_of_automatic_spending_only_whose_right_allows_to_set_it_up_is_told_and_only_what_is_on(
    office: Office,
) -> None:
    """A rule of Ann's is on: no news where the colleague could not have made it, and none while all is paused."""
    ann, rules = office.ann.phone, office.world.app.services.rules
    rule = await rules.add(ANN, "all", "", hours=12, period=30)
    await rules.change(ANN, rule.id, on=True)
    for right, on, labels in (
        (Right.PROLONG, True, ["Colleagues", "Home"]),
        (Right.ALL, False, ["Colleagues", "Home"]),
        (Right.ALL, True, ["Automatic prolonging", "Colleagues", "Home"]),
    ):
        await rules.switch(ANN, on=on)
        await office.lets(right)
        await ann.forges(f"co-x:{ANN}:{BOB}")
        assert (await ann.reads()).startswith("Bob has no access any more\n")
        assert await ann.labels() == labels, (right, on)


async def test_who_has_an_account_and_two_shared_ones_keeps_them_apart(office: Office) -> None:
    bob, world = office.bob, office.world
    own = world.px6.add_account(balance="77.00")
    await bob.connects(own.key)
    carol = world.phone(1003)
    third = world.px6.add_account(balance="555.00")
    await carol.connects(third.key)
    await office.lets(Right.PROLONG)
    code = await office.colleagues.invite(1003, Right.LOOK, by_name="Carol")
    await office.colleagues.accept(code, BOB, "Bob", (await bob.screen())["message_id"])
    assert "555.00 RUB" in await bob.says("/balance")
    await world.app.services.several.switch(PersonId(BOB), ANN)
    await bob.says(f"/prolong 30 {office.ids[0]}")
    message, green = await bob.green()
    await world.app.services.several.switch(PersonId(BOB), BOB)
    assert "77.00 RUB" in await bob.says("/balance")
    balance = (await bob.screen())["message_id"]
    await bob.forges(green, balance)
    assert office.books == 0, "a button on another account's message finds nothing"
    await bob.forges(green, message)
    assert office.books == 1
    assert not world.px6.books(own.key) and not world.px6.books(third.key)
    assert not green_buttons(await carol.screen())


async def test_nothing_of_a_forgotten_owner_stays_with_their_colleagues(office: Office) -> None:
    bob, world = office.bob, office.world
    await office.lets(Right.ALL)
    await bob.says(f"/prolong 30 {office.ids[0]}")
    message, green = await bob.green()
    await office.ann.phone.says("/forget")
    await office.ann.phone.taps("Erase everything")
    assert world.rows("SELECT telegram_id, current FROM people") == [(BOB, BOB)]
    [(choices,)] = world.rows("SELECT choices FROM people")
    assert str(ANN) not in choices
    await bob.forges(green, message)
    assert "Nothing was done." in await bob.reads()
    assert "Your px6 proxies, in this chat" in await bob.says("/start")
    assert office.books == 0


async def test_another_right_does_not_hide_that_access_has_ended(office: Office) -> None:
    """Bob acts on Carol's account, where he may only look, and taps what he has from Ann's."""
    bob, world = office.bob, office.world
    carol = await new_customer(world, person=1003)
    await office.lets(Right.ALL)
    await bob.says(f"/prolong 30 {office.ids[0]}")
    message, green = await bob.green()
    code = await office.colleagues.invite(1003, Right.LOOK, by_name="Carol")
    await office.colleagues.accept(code, BOB, "Bob", (await bob.screen())["message_id"])
    await office.colleagues.take_back(ANN, BOB)
    await bob.forges(green, message)
    assert ENDED in await bob.reads()
    assert not office.books and not carol.books()
