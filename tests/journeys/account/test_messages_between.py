"""What comes between the question for a second account and its answer is of the first one, and its buttons work."""

from __future__ import annotations

from typing import Any

import pytest

from model.colleagues import Right
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.account.offices import ANN, BOB
from tests.world import Phone, World, green_buttons


async def asks_for_a_second(ann: Customer) -> tuple[int, Any]:
    """Ann sends the key of another account; gives the message that asks what to do with it, and the account."""
    second = ann.world.px6.add_account(balance="300.00")
    await ann.phone.says(f"/key {second.key}")
    return int((await ann.phone.screen())["message_id"]), second


async def invited(world: World, phone: Phone, *, is_picked: bool) -> int:
    """Somebody with an account of their own is invited to Ann's; gives the message of the invitation."""
    ann = await new_customer(world, balance="900.00", person=ANN)
    world.shared.setdefault(phone.id, set()).add(ann.key)
    if is_picked:
        await ann.phone.says("/accounts")
        for label in ("Colleagues", "Invite a colleague", "Everything but the key", "Choose a person in Telegram"):
            await ann.phone.taps(label)
        await world.post(f"/people/{ann.phone.id}/shared", {"users": [phone.id]})
        await world.quiet()
    else:
        await phone.says(f"/start {await world.app.services.colleagues.invite(ANN, Right.ALL, by_name='Ann')}")
    return int((await phone.screen())["message_id"])


async def pays(phone: Phone, message: dict[str, Any]) -> str:
    """Taps the green button of a message; gives what stands there then."""
    await phone.taps(green_buttons(message)[0]["text"], message["message_id"])
    return await phone.text_of(message["message_id"])


async def test_a_reminder_that_came_before_the_second_account_was_added_prolongs_on_the_first(world: World) -> None:
    ann = await new_customer(world, balance="900.00")
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    asking, second = await asks_for_a_second(ann)
    world.move(20 * MINUTE)
    ann.add(1, ends_in=20 * HOUR)
    await ann.look()
    reminder = await ann.phone.screen()
    await ann.phone.taps("Add as another account", asking)
    assert "Prolonged" in await pays(ann.phone, reminder)
    assert (len(ann.books()), len(world.px6.books(second.key))) == (1, 0)


@pytest.mark.parametrize("is_picked", [False, True])
async def test_a_quote_that_came_before_an_invitation_was_accepted_pays_from_the_own_account(
    world: World, is_picked: bool
) -> None:
    bob = await new_customer(world, balance="500.00", person=BOB)
    invitation = await invited(world, bob.phone, is_picked=is_picked)
    [one] = bob.add(1, ends_in=20 * HOUR)
    await bob.phone.says(f"/prolong 30 {one}")
    quote = await bob.phone.screen()
    await bob.phone.taps("Accept", invitation)
    assert (await bob.phone.text_of(invitation)).startswith("You have access now\n")
    assert "Prolonged" in await pays(bob.phone, quote)
    assert len(bob.books()) == 1


async def test_a_reply_to_a_question_from_before_answers_it_on_the_first_account(world: World) -> None:
    ann = await new_customer(world, balance="900.00")
    [one] = ann.add(1, ends_in=20 * DAY)
    asking, _ = await asks_for_a_second(ann)
    await ann.phone.says(f"/comment {one}")
    question = (await ann.phone.screen())["message_id"]
    await ann.phone.taps("Add as another account", asking)
    await world.post(f"/people/{ann.phone.id}/messages", {"text": "shop", "reply_to": question})
    await world.quiet()
    assert [proxy.comment for proxy in world.px6.account(ann.key).proxies.values()] == ["shop"]


async def test_what_is_said_to_nobody_who_is_asked_or_long_after_is_noted_nowhere(world: World) -> None:
    """Whoever has one account has nothing of this, but for as long as a yes would count."""
    ann = await new_customer(world, balance="900.00")
    await ann.phone.says("/start")
    await asks_for_a_second(ann)
    noted = "SELECT message_id FROM account_messages"
    assert world.rows(noted) == []
    await ann.phone.says("/start")
    assert world.rows(noted) == [((await ann.phone.screen())["message_id"],)]
    world.move(31 * MINUTE)
    await ann.phone.says("/start")
    assert len(world.rows(noted)) == 1
