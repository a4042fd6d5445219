"""What is changed while the person goes on in the same message: its outcome comes below, and is not lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from model.colleagues import Right
from tests.customers import Customer
from tests.direct_phone import DirectPhone
from tests.journeys.account.offices import Office
from tests.journeys.account.two_accounts import with_two
from tests.journeys.laid import connected
from tests.world import Phone, World


async def leaves(world: World, phone: Phone, label: str, leaves_by: str, held: str, refuses: str = "") -> list[str]:
    """Tap a button, and another one of the same message while px6 keeps its answer to the first tap back.

    Gives what stands in the chat at the end. `refuses`: what px6 does not do.
    """
    direct, calls = DirectPhone(world.telegram, world.token, phone.id), len(world.asked(held))
    taps = {button["text"]: (message, button) for message, button in reversed([*direct.buttons()])}
    before = direct.stands()[-1]
    with world.held(held):
        direct.presses(*taps[label])
        await world.until(lambda: len(world.asked(held)) > calls)
        if refuses:
            world.px6.fault("no_before", refuses)
        direct.presses(*taps[leaves_by])
        await world.until(lambda: direct.stands()[-1] != before)
    await world.quiet()
    direct.close()
    return direct.stands()


async def on_card(world: World, *labels: str) -> Phone:
    """On the card of a proxy, or where these buttons lead from there."""
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, type="http", comment="old", ends_in=timedelta(minutes=30))
    await phone.says("/proxies")
    for label in (f":{proxy.port}", *labels):
        await phone.taps(label)
    return phone


@pytest.mark.parametrize("leaves_by", ["Home", "Back"])
async def test_a_deletion_is_told_to_who_goes_back_meanwhile(world: World, leaves_by: str) -> None:
    phone = await on_card(world, "Delete…")
    shown, told = await leaves(world, phone, "Delete 1 proxy", leaves_by, "delete")
    assert shown.startswith({"Home": "px6 · ", "Back": "🇷🇺 Russia"}[leaves_by])
    assert told == "Deleted: 1 proxy"


async def test_a_deletion_is_told_to_who_taps_its_button_twice(world: World) -> None:
    phone = await on_card(world, "Delete…")
    direct = DirectPhone(world.telegram, world.token, phone.id)
    red = direct.button("del:")
    assert red is not None
    taps = [direct.presses(*red) for _ in range(2)]
    await world.quiet()
    assert "Deleted: 1 proxy" in direct.seen
    assert [(tap.answer or {})["text"] for tap in taps] == [
        None,
        "This button was already used or is too old. Nothing more was deleted.",
    ]


async def test_a_deletion_that_px6_refuses_is_told_too(world: World) -> None:
    phone = await on_card(world, "Delete…")
    _, told = await leaves(world, phone, "Delete 1 proxy", "Home", "getproxy", refuses="delete")
    assert told.startswith("Nothing has been deleted so far\n")


async def test_so_is_a_comment_that_was_taken_away(world: World) -> None:
    phone = await on_card(world, "Comment")
    _, told = await leaves(world, phone, "Remove the comment", "Home", "setdescr")
    assert told.splitlines()[1] == "Comment removed: 1 proxy"


async def test_and_one_that_was_changed_wherever_it_is(world: World) -> None:
    phone = await on_card(world)
    await phone.says(f"/comment old > {'ö' * 60}")
    *_, told = await leaves(world, phone, "Use the shortened one", "Home", "setdescr")
    assert told.startswith("Comment changed: 1 proxy\n")


@pytest.mark.older_px6("it changes protocols")
async def test_and_a_protocol(world: World) -> None:
    phone = await on_card(world, "Protocol")
    _, told = await leaves(world, phone, "SOCKS5", "Home", "settype")
    assert told.splitlines()[1] == "Now SOCKS5: 1 proxy"


async def test_and_to_which_addresses_proxies_are_bound(world: World) -> None:
    phone = await connected(world)
    await phone.says("/bind 5.18.204.9")
    _, told = await leaves(world, phone, "Bind all proxies", "Home", "ipauth")
    assert told.startswith("All proxies are bound\n5.18.204.9")


async def test_and_whether_a_key_works_that_is_tried_again(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    world.px6.fault("500_before", "", times=3)
    await phone.says(world.key)
    *_, told = await leaves(world, phone, "Try again", "Home", "")
    assert told.startswith("Connected\n")


async def test_and_that_a_new_key_is_in_use(world: World) -> None:
    phone = await connected(world)
    await phone.says(world.px6.add_account(balance="7").key)
    *_, told = await leaves(world, phone, "Use the new key", "Keep the old key", "")
    assert told.startswith("Connected\n")


async def taps_both(world: World, phone: Phone, label: str, leaves_by: str) -> str:
    """Tap two buttons of one message in the same moment; gives all that was shown after that."""
    direct = DirectPhone(world.telegram, world.token, phone.id)
    taps = {button["text"]: (message, button) for message, button in reversed([*direct.buttons()])}
    for each in (label, leaves_by):
        direct.presses(*taps[each])
    await world.quiet()
    direct.close()
    return "\n".join(direct.seen)


async def test_who_erases_everything_and_goes_home_reads_that_it_is_erased(ann: Customer) -> None:
    await ann.phone.says("/forget")
    assert "Everything is erased" in await taps_both(ann.world, ann.phone, "Erase everything", "Home")


async def test_who_makes_a_link_and_goes_back_has_the_link(ann: Customer) -> None:
    await ann.phone.says("/accounts")
    for label in ("Colleagues", "Invite a colleague", "Look and export"):
        await ann.phone.taps(label)
    assert "Invitation link · " in await taps_both(ann.world, ann.phone, "Make a link", "Back")


async def test_who_takes_a_right_back_or_gives_it_up_reads_it(ann: Customer) -> None:
    office = Office(ann)
    for phone, before, label, told in (
        (ann.phone, ("Colleagues", "Bob"), "Take the access back", "Bob has no access any more"),
        (office.bob, ("Leave the account",), "Leave the account", "You have left “"),
    ):
        await office.lets(Right.ALL)
        await phone.says("/accounts")
        for each in before:
            await phone.taps(each)
        assert told in await taps_both(ann.world, phone, label, "Back")


async def test_who_removes_an_account_reads_it(world: World) -> None:
    two = await with_two(world)
    await two.phone.says("/accounts")
    await two.phone.taps("Remove")
    assert "“client” is removed" in await taps_both(world, two.phone, "Remove the account", "Back")
