"""Two keys at once, and one key twice: what is stored is what was said, and each message says what became of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.customers import new_customer
from tests.direct_phone import DirectPhone
from tests.durations import DAY
from tests.world import Phone, World


def connected(world: World) -> list[str]:
    """px6's numbers of the accounts that are stored."""
    return [px6_user_id for (px6_user_id,) in world.rows("SELECT px6_user_id FROM accounts")]


async def untried(world: World, phone: Phone, key: str) -> int:
    """Sends a key while px6 is away; gives the id of the message that offers to try it again."""
    world.px6.fault("500_before", "", times=3)
    await phone.says(f"/key {key}")
    assert "Try again" in await phone.labels()
    return int((await phone.screen())["message_id"])


async def test_a_first_key_that_px6_answers_late_takes_not_the_place_of_one_that_was_connected_since(
    world: World,
) -> None:
    phone, first, second = world.phone(), world.px6.add_account(), world.px6.add_account()
    trying = await untried(world, phone, first.key)
    with world.held("", key=first.key):
        tap = asyncio.ensure_future(phone.taps("Try again", trying))
        await world.until(lambda: [call.key for call in world.px6.calls[-1:]] == [first.key])
        DirectPhone(world.telegram, world.token, phone.id).says(f"/key {second.key}")
        await world.until(lambda: connected(world) == [second.user_id])
    await tap
    assert connected(world) == [second.user_id]
    assert (await phone.reads()).startswith(f"Connected\npx6 account {second.user_id}")
    asked = await phone.text_of(trying)
    assert asked.startswith("Replace the old key?") and first.user_id in asked
    await phone.taps("Use the new key", trying)
    assert connected(world) == [first.user_id]


async def test_the_stored_key_sent_again_is_asked_about_where_another_has_taken_its_place_meanwhile(
    world: World,
) -> None:
    ann, second = await new_customer(world), world.px6.add_account()
    await ann.phone.says(f"/key {second.key}")
    asking = (await ann.phone.screen())["message_id"]
    with world.held("", key=ann.key):
        DirectPhone(world.telegram, world.token, ann.phone.id).says(f"/key {ann.key}")
        await world.until(lambda: world.px6.calls[-1].key == ann.key)
        tap = asyncio.ensure_future(ann.phone.taps("Use the new key", asking))
        await world.until(lambda: connected(world) == [second.user_id])
    await tap
    assert connected(world) == [second.user_id]
    asked = await ann.phone.reads()
    assert asked.startswith("Replace the old key?") and ann.account.user_id in asked


async def test_who_taps_twice_to_try_a_key_again_that_would_replace_another_is_asked_twice(world: World) -> None:
    phone, other = (await new_customer(world)).phone, world.px6.add_account()
    trying = await untried(world, phone, other.key)
    direct = DirectPhone(world.telegram, world.token, phone.id)
    found = direct.button("key-try:")
    assert found is not None
    for _ in range(3):
        world.px6.fault("500_before", "", times=3)
        tap = direct.presses(*found)
        await world.quiet()
        assert (tap.answer or {})["text"] is None
        assert "kept encrypted for half an hour" in await phone.text_of(trying)
        tap = direct.presses(*found)
        await world.quiet()
        assert (tap.answer or {})["text"] is None
        assert (await phone.text_of(trying)).startswith("Replace the old key?")
    await phone.taps("Use the new key", trying)
    assert connected(world) == [other.user_id]
    tap = direct.presses(*found)
    await world.quiet()
    assert (tap.answer or {})["text"] is None
    assert (await phone.reads()).startswith(f"Connected\npx6 account {other.user_id}")


async def test_of_two_questions_about_the_same_key_either_answers_it(world: World) -> None:
    phone, other = (await new_customer(world)).phone, world.px6.add_account()
    await phone.says(f"/key {other.key}")
    older = (await phone.screen())["message_id"]
    await phone.says(f"/key {other.key}")
    newer = (await phone.screen())["message_id"]
    await untried(world, phone, other.key)
    await phone.taps("Add as another account", newer)
    assert len(connected(world)) == 2
    await phone.taps("Add as another account", older)
    assert (await phone.text_of(older)).startswith(f"px6 account {other.user_id} is added.")
    assert len(connected(world)) == 2


async def test_the_older_of_two_questions_about_the_same_key_names_a_payment_that_began_since(world: World) -> None:
    phone, other = (await new_customer(world)).phone, world.px6.add_account()
    await phone.says(f"/key {other.key}")
    older = (await phone.screen())["message_id"]
    await phone.says(f"/key {other.key}")
    await phone.says("/buy 1 30 de")
    world.px6.fault("drop_after", "buy")
    await phone.taps("Buy · ")
    await phone.taps("Use the new key", older)
    assert "It is not known yet whether these payments went through" in await phone.text_of(older)
    await phone.taps("Use the new key", older)
    assert connected(world) == [other.user_id]


@pytest.mark.parametrize(
    ("said", "held", "button"), [("/buy 1 30 de", "getcount", "Buy · "), ("/prolong 30 {id}", "getprice", None)]
)
async def test_a_quote_for_an_account_that_is_replaced_meanwhile_is_said_so_and_can_be_asked_for_again(
    world: World, said: str, held: str, button: str | None
) -> None:
    """No key is asked for: the next text would be deleted as one."""
    ann, second = await new_customer(world), world.px6.add_account(balance="300.00")
    [one] = ann.add(1, ends_in=5 * DAY)
    await ann.phone.says(f"/key {second.key}")
    asking = (await ann.phone.screen())["message_id"]
    with world.held(held):
        DirectPhone(world.telegram, world.token, ann.phone.id).says(said.format(id=one))
        await world.until(lambda: any(call.method == held for call in world.px6.calls))
        tap = asyncio.ensure_future(ann.phone.taps("Use the new key", asking))
        await world.until(lambda: connected(world) == [second.user_id])
    await tap
    said_so = await ann.phone.screen()
    assert said_so["text"] == "Another px6 account has been connected since you asked. Nothing was spent or changed."
    assert world.rows("SELECT count(*) FROM quotes") == [(0,)]
    assert "I did not understand that" in await ann.phone.says("what now"), "no key is asked for"
    if button is not None:
        await ann.phone.taps("Try again", said_so["message_id"])
        await ann.phone.taps(button, said_so["message_id"])
        assert (len(ann.books()), len(world.px6.books(second.key))) == (0, 1)


@pytest.mark.parametrize("stored", [False, True])
async def test_a_key_that_px6_answers_after_everything_was_erased_is_not_stored(world: World, stored: bool) -> None:
    """Neither a first one, nor the stored one that was sent again."""
    phone, key = (world.phone(), world.px6.add_account().key) if not stored else await a_customer(world)
    await phone.says("/start")
    with world.held("", key=key):
        seen = len(world.px6.calls)
        DirectPhone(world.telegram, world.token, phone.id).says(f"/key {key}")
        await world.until(lambda: len(world.px6.calls) > seen)
        await world.app.services.accounts.forget(phone.id)
    await world.quiet()
    assert connected(world) == [] and world.rows("SELECT count(*) FROM proposals") == [(0,)]
    assert "removed from the bot" in await phone.reads()


async def a_customer(world: World) -> tuple[Phone, str]:
    ann = await new_customer(world)
    return ann.phone, ann.key
