"""What is changed while the person goes on in the same message: its outcome comes below, and is not lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from model.colleagues import Right
from model.orders import BuyWish
from tests.customers import Customer
from tests.direct_phone import DirectPhone
from tests.journeys.account.offices import BOB, Office
from tests.journeys.account.two_accounts import with_two
from tests.journeys.going_on import buttons_of, forges_at_once, leaves, taps_at_once
from tests.journeys.laid import connected
from tests.journeys.watching.rounds import keeps, waits_for_stock
from tests.world import Phone, World

changes_protocols = pytest.mark.older_px6("it changes protocols")


async def on_card(world: World, *labels: str) -> Phone:
    """On the card of a proxy, or where these buttons lead from there."""
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, type="http", comment="old", ends_in=timedelta(minutes=30))
    await phone.says("/proxies")
    for label in (f":{proxy.port}", *labels):
        await phone.taps(label)
    return phone


# -- what px6 is asked to change


@pytest.mark.parametrize("leaves_by", ["Home", "Back"])
async def test_a_deletion_is_told_to_who_goes_back_meanwhile(world: World, leaves_by: str) -> None:
    phone = await on_card(world, "Delete…")
    shown, told = await leaves(world, phone, "Delete 1 proxy", leaves_by, "delete")
    assert shown.startswith({"Home": "px6 · ", "Back": "🇷🇺 Russia"}[leaves_by])
    assert told == "Deleted: 1 proxy"


async def test_a_deletion_that_px6_refuses_is_told_too(world: World) -> None:
    phone = await on_card(world, "Delete…")
    _, told = await leaves(world, phone, "Delete 1 proxy", "Home", "getproxy", refuses="delete")
    assert told.startswith("Nothing has been deleted so far\n")


async def test_so_is_that_it_did_not_begin(world: World) -> None:
    phone = await on_card(world, "Delete…")
    world.px6.fault("500_before", "getproxy", times=3)
    seen = await taps_at_once(world, phone, "Delete 1 proxy", "Back")
    assert any(text.startswith("px6 did not answer.") for text in seen)
    assert world.asked("delete") == []


async def test_a_deletion_is_told_to_who_taps_its_button_twice(world: World) -> None:
    phone = await on_card(world, "Delete…")
    direct = DirectPhone(world.telegram, world.token, phone.id)
    taps = [direct.presses(*buttons_of(direct)["Delete 1 proxy"]) for _ in range(2)]
    await world.quiet()
    assert "Deleted: 1 proxy" in direct.seen
    assert [(tap.answer or {})["text"] for tap in taps] == [
        None,
        "This button was already used or is too old. Nothing more was deleted.",
    ]


async def test_a_comment_that_was_taken_away_is_told(world: World) -> None:
    phone = await on_card(world, "Comment")
    _, told = await leaves(world, phone, "Remove the comment", "Home", "setdescr")
    assert told == "Comment removed: 1 proxy", "without the passwords of the card"


async def test_of_many_taps_that_do_the_same_one_says_it(world: World) -> None:
    """Each would leave a card in the chat, with the login and the password on it."""
    phone = await on_card(world, "Comment")
    with world.held("setdescr", times=4):
        direct = DirectPhone(world.telegram, world.token, phone.id)
        for _ in range(4):
            direct.presses(*buttons_of(direct)["Remove the comment"])
        await world.until(lambda: len(world.asked("setdescr")) == 3)
    await world.quiet()
    [told] = direct.stands()
    assert told.splitlines()[1] == "Comment removed: 1 proxy"


async def test_a_comment_that_was_changed_wherever_it_is_is_told(world: World) -> None:
    phone = await on_card(world)
    await phone.says(f"/comment old > {'ö' * 60}")
    *_, told = await leaves(world, phone, "Use the shortened one", "Home", "setdescr")
    assert told.startswith("Comment changed: 1 proxy\n")


@changes_protocols
async def test_a_protocol_that_was_changed_is_told(world: World) -> None:
    phone = await on_card(world, "Protocol")
    _, told = await leaves(world, phone, "SOCKS5", "Home", "settype")
    assert told == "Now SOCKS5: 1 proxy"


async def test_to_which_addresses_proxies_are_bound_is_told(world: World) -> None:
    phone = await connected(world)
    await phone.says("/bind 5.18.204.9")
    _, told = await leaves(world, phone, "Bind all proxies", "Home", "ipauth")
    assert told.startswith("All proxies are bound\n5.18.204.9")


async def test_whether_a_key_works_that_is_tried_again_is_told(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    world.px6.fault("500_before", "", times=3)
    await phone.says(world.key)
    *_, told = await leaves(world, phone, "Try again", "Home", "")
    assert told.startswith("Connected\n")


async def test_after_a_key_that_does_not_work_the_next_text_is_taken_for_one(world: World) -> None:
    """The screen that asks for it came below, so it is what the person answers."""
    phone, other = await connected(world), world.px6.add_account(balance="7").key
    world.px6.fault("500_before", "", times=3)
    await phone.says(other)
    world.px6.revoke(other)
    *_, told = await leaves(world, phone, "Try again", "Home", "")
    assert told.startswith("This key does not work")
    assert (await phone.says("abc")).startswith("This is not a px6 key")


async def test_that_a_new_key_is_in_use_is_told(world: World) -> None:
    phone = await connected(world)
    await phone.says(world.px6.add_account(balance="7").key)
    *_, told = await leaves(world, phone, "Use the new key", "Keep the old key", "")
    assert told.startswith("Connected\n")


async def test_a_check_has_a_message_of_its_own(world: World) -> None:
    """It would go on in the message in which something else stands by now."""
    phone = await connected(world)
    await phone.says("/check")
    await phone.taps("Whole page")
    check = next(label for label in await phone.labels() if label.startswith("Check"))
    shown, told = await leaves(world, phone, check, "Home", "getproxy")
    assert shown.startswith("px6 · ") and told.startswith("Checked ")


# -- what cannot be taken back, and what spends


async def test_who_erases_everything_and_goes_home_reads_that_it_is_erased(ann: Customer) -> None:
    await ann.phone.says("/forget")
    seen = await taps_at_once(ann.world, ann.phone, "Erase everything", "Home")
    assert any(text.startswith("Everything is erased\n") for text in seen)


async def test_who_erases_or_removes_twice_reads_nothing_else(world: World) -> None:
    two = await with_two(world)
    await two.phone.says("/accounts")
    await two.phone.taps("Remove")
    seen = await taps_at_once(world, two.phone, *["Remove the account"] * 2)
    assert any(text.startswith("“client” is removed\n") for text in seen)
    await two.phone.says("/forget")
    seen = await taps_at_once(world, two.phone, *["Erase everything"] * 2)
    assert {text.partition("\n")[0] for text in seen} == {"Everything is erased"}


async def test_who_makes_a_link_and_goes_back_has_the_link(ann: Customer) -> None:
    await ann.phone.says("/accounts")
    for label in ("Colleagues", "Invite a colleague", "Look and export"):
        await ann.phone.taps(label)
    seen = await taps_at_once(ann.world, ann.phone, "Make a link", "Back")
    assert any(text.startswith("Invitation link · ") for text in seen)


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
        assert any(text.startswith(told) for text in await taps_at_once(ann.world, phone, label, "Back"))


@pytest.mark.parametrize(
    ("taps", "told"),
    [(("Accept", "Decline"), "You have access now"), (("Decline", "Accept"), "Declined")],
    ids=["accepts", "declines"],
)
async def test_who_answers_an_invitation_in_two_ways_reads_what_counts(
    ann: Customer, taps: tuple[str, str], told: str
) -> None:
    phone = ann.world.phone(BOB)
    code = await ann.world.app.services.colleagues.invite(1001, Right.LOOK, by_name="Ann")
    await phone.says(f"/start {code}")
    assert any(text.startswith(told) for text in await taps_at_once(ann.world, phone, *taps))


@pytest.mark.without_notices
@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ("kp-x:1", "kp-x:1", "Called off"),
        ("kp-p:{quote}:30", "open:home", "Waiting for the money"),
        ("sw-p:1:105.00:RUB", "open:home", "I will buy it at once"),
        ("sw-x:1", "sw-x:1", "No longer watched"),
        ("hw-b:1:3:30:3:300:RUB", "open:home", "Checking "),
        ("hw-x:1", "hw-x:1", "No longer checked"),
    ],
)
async def test_what_is_watched_or_not_any_more_and_what_then_spends_is_told(
    world: World, ann: Customer, first: str, then: str, told: str
) -> None:
    ann.add(2, ends_in=timedelta(days=9), country="de")
    await waits_for_stock(ann, BuyWish(5, 30, "nl"))
    await world.app.services.health.watch(1001, "all", "", minutes=60, night=False)
    world.px6.account(ann.key).balance -= 4990
    await keeps(ann, "/buy 5 30 de")
    [(quote,)] = world.rows("SELECT id FROM quotes")
    seen = await forges_at_once(world, ann.phone, first.replace("{quote}", quote), then)
    assert any(text.startswith(told) for text in seen), seen


@pytest.mark.without_notices
async def test_that_a_rule_is_on_and_that_its_payment_is_skipped_is_told(world: World, ann: Customer) -> None:
    await ann.lets_a_rule_announce()
    assert any(text.startswith("Skipped") for text in await taps_at_once(world, ann.phone, "Skip", "Skip"))
    await world.app.services.rules.change(1001, 1, on=False)
    await ann.phone.says("/reminders")
    await ann.phone.taps("Automatic prolonging")
    await ann.phone.taps("all proxies")
    seen = await taps_at_once(world, ann.phone, "Switch on", "Home")
    assert any("The rule is on." in text for text in seen)
