"""A person binds all proxies of the account to addresses, and lifts that; px6 does not say it, so the bot does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.account.bind_screens import AskAddresses, AskUnbind
from tests.intakes import by_both_ways
from tests.world import Phone, World

HOME, WORK = "5.18.204.9", "93.18.2.40"


def bound(world: World) -> tuple[str, ...]:
    addresses: tuple[str, ...] = world.px6.account(world.key).bound_addresses
    return addresses


async def connected(world: World) -> Phone:
    phone = world.phone()
    await phone.connects()
    return phone


@by_both_ways
async def test_a_binding_is_asked_first_done_once_kept_and_lifted(world: World) -> None:
    phone = await connected(world)
    active = sum(proxy.ends_at > world.px6.clock.now() for proxy in world.px6.account(world.key).proxies.values())
    text = await phone.says(f"/bind {HOME}, {WORK}")
    assert text.startswith(f"Bind all proxies?\n{HOME}, {WORK}\nIt applies to all proxies of px6 account ")
    assert f" ({active} active now) and any you buy later." in text
    assert world.asked("ipauth") == [], "nothing is changed before the tap"
    question = (await phone.screen())["message_id"]
    data = next(b for row in (await phone.screen())["keyboard"] for b in row)["callback_data"]
    await phone.taps("Bind all proxies")
    assert (await phone.reads()).startswith(f"All proxies are bound\n{HOME}, {WORK}\n")
    assert world.asked("ipauth") == [{"ip": f"{HOME},{WORK}"}]
    assert bound(world) == (HOME, WORK)
    answer = await phone.forges(data, question)
    assert "is done already" in answer["text"] and answer["show_alert"]
    assert len(world.asked("ipauth")) == 1, "the same tap again does nothing"

    world.move(timedelta(days=2))
    assert f"Last set: {HOME}, {WORK}, " in await phone.says("/bind")
    await phone.taps("Remove the binding")
    await phone.taps("Remove the binding")
    assert (await phone.reads()).startswith("The binding is removed\n")
    assert bound(world) == ()
    assert world.asked("ipauth")[-1] == {"ip": "delete"}
    assert "Removed: " in await phone.says("/bind")
    assert world.rows("SELECT count(*) FROM bindings") == [(1,)], "only the last one is kept"


async def test_it_is_reached_by_buttons_with_a_way_to_see_the_phones_address(world: World) -> None:
    phone = await connected(world)
    await phone.says("/settings")
    await phone.taps("Access by IP")
    assert "Nothing was set with this bot" in await phone.reads()
    await phone.taps("Bind to addresses")
    text = await phone.reads()
    assert "The address of this phone" in text and "mobile internet the address changes" in text
    assert "Show my address" in await phone.labels()
    assert (await phone.says("my address")).startswith("“my” is not an IP address.")
    await phone.says(HOME)
    await phone.taps("Bind all proxies")
    assert bound(world) == (HOME,)


async def test_while_px6_does_not_answer_a_binding_is_tried_again_from_its_beginning(world: World) -> None:
    phone = await connected(world)
    world.px6.fault("500_before", "getproxy", times=None)
    assert "px6" in await phone.says(f"/bind {HOME}")
    world.px6.clear_faults()
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("Access by IP address\n")


async def test_who_has_no_key_is_asked_for_it_by_every_way_to_a_binding(world: World) -> None:
    phone = world.phone()
    for way in ("open:bind", AskAddresses().pack(), AskUnbind().pack()):
        await phone.says("/help")
        await phone.forges(way)
        assert "send your px6 API key" in await phone.reads(), way


REFUSED = {
    "192.168.1.5": "inside a home, office or mobile network",
    "10.0.0.1": "inside a home, office or mobile network",
    "100.64.3.3": "inside a home, office or mobile network",
    "127.0.0.1": "inside a home, office or mobile network",
    "203.0.113.7": "is reserved",
    "224.0.0.1": "is reserved",
    "255.255.255.255": "is reserved",
    "2a00:1838:32:19f::330": "is an IPv6 address",
    "5.18.204.0/24": "is a range of addresses",
    "5.18.204": "is not an IP address",
    "5.18.204.256": "is not an IP address",
    "5.18.204.9:8000": "is not an IP address",
    f"{HOME} off": "“off” is not an IP address",
    " ".join(f"5.18.204.{each}" for each in range(11)): "more than 10 addresses",
}


async def test_what_px6_never_sees_is_refused_before_px6_is_asked(world: World) -> None:
    phone = await connected(world)
    asked = len(world.px6.calls)
    for given, why in REFUSED.items():
        text = await phone.says(f"/bind {given}")
        assert why in text and "Example: /bind" in text, given
    assert len(world.px6.calls) == asked
    assert world.rows("SELECT count(*) FROM bindings") == [(0,)]


async def test_an_address_of_ones_own_proxies_is_warned_of(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, version="4")
    proxy.host = proxy.ip = HOME
    assert f"⚠️ {HOME} belongs to your proxies, not to you." in await phone.says(f"/bind {HOME} {WORK}")


async def test_an_address_that_px6_refuses_is_not_kept_and_a_refused_bot_is_another_matter(world: World) -> None:
    phone = await connected(world)
    await phone.says(f"/bind {HOME}")
    await phone.taps("Bind all proxies")
    await phone.says(f"/bind {WORK}")
    world.px6.fault("no_before", "ipauth", error_id=105)
    await phone.taps("Bind all proxies")
    assert (await phone.reads()).startswith("px6 does not accept this address\nNothing was changed.")
    assert f"Last set: {HOME}, " in await phone.says("/bind")

    await phone.says(f"/bind {WORK}")
    world.px6.rules.names_address = True
    world.px6.restrict(world.key, ["203.0.113.7"])
    await phone.taps("Bind all proxies")
    assert "Add the bot's address 127.0.0.1 in the API settings at px6" in await phone.reads()
    world.px6.restrict(world.key, [])
    await phone.taps("Try again")
    assert bound(world) == (WORK,), "the same question, once px6 lets the bot in"


@pytest.mark.parametrize("fault", ["500_after", "500_before"])
async def test_a_binding_of_which_px6_says_nothing_is_told_so_and_can_be_repeated(world: World, fault: str) -> None:
    phone = await connected(world)
    await phone.says(f"/bind {HOME}")
    world.px6.fault(fault, "ipauth")
    await phone.taps("Bind all proxies")
    assert "may or may not have been made" in await phone.reads()
    uncertain = (await phone.screen())["message_id"]
    text = await phone.says("/bind")
    assert f"Last set: {HOME}, " in text and "⚠️ px6 did not say whether it did this." in text
    await phone.taps("Try again", uncertain)
    assert (await phone.text_of(uncertain)).startswith("All proxies are bound")
    assert bound(world) == (HOME,)
    assert "⚠️" not in await phone.says("/bind")


@pytest.mark.parametrize(
    ("fault", "more", "may_be_made"),
    [("429", {}, False), ("no_before", {"error_id": 100}, False), ("no_before", {"error_id": 30}, True)],
    ids=["not let in", "found before anything", "a no that does not tell"],
)
async def test_a_no_to_a_binding_leaves_what_was_known_before_it(
    world: World, fault: str, more: dict[str, int], may_be_made: bool
) -> None:
    phone, unsure = await connected(world), "⚠️ px6 did not say whether it did this."
    await phone.says(f"/bind {HOME}")
    world.px6.fault(fault, "ipauth", times=None, **more)
    await phone.taps("Bind all proxies")
    world.px6.clear_faults()
    told = await phone.says("/bind")
    assert (unsure in told, "Nothing was set with this bot" in told) == (may_be_made, not may_be_made)
    await phone.says(f"/bind {WORK}")
    asked = (await phone.screen())["message_id"]
    world.px6.fault("500_after", "ipauth")
    await phone.taps("Bind all proxies", asked)
    world.px6.fault(fault, "ipauth", times=None, **more)
    await phone.taps("Try again", asked)
    told = await phone.says("/bind")
    assert f"Last set: {WORK}, " in told and unsure in told, "the first time it may have been done"


async def test_an_older_px6_does_not_offer_it_and_nothing_is_kept(classic_world: World) -> None:
    phone = await connected(classic_world)
    await phone.says(f"/bind {HOME}")
    await phone.taps("Bind all proxies")
    assert (await phone.reads()).startswith("px6 does not offer this to the bot\nNothing was changed.")
    assert "Nothing was set with this bot" in await phone.says("/bind")
    asked = len(classic_world.px6.calls)
    assert (await phone.says(f"/bind {HOME}")).startswith("px6 does not offer this to the bot\nNothing was changed.")
    assert len(classic_world.px6.calls) == asked, "it is known by now"


async def test_an_older_question_is_out_of_date_and_another_account_knows_nothing_of_it(world: World) -> None:
    phone = await connected(world)
    await phone.says(f"/bind {HOME}")
    older = (await phone.screen())["message_id"]
    await phone.says(f"/bind {WORK}")
    assert "out of date" in (await phone.taps("Bind all proxies", older))["text"]
    assert bound(world) == ()
    await phone.says(f"/bind {WORK}")
    await phone.taps("Bind all proxies")
    other = world.px6.add_account().key
    await phone.says(other)
    await phone.taps("Use the new key")
    assert world.rows("SELECT count(*) FROM bindings") == [(0,)]
    assert "Nothing was set with this bot" in await phone.says("/bind")


async def test_what_was_set_is_erased_with_everything_else(world: World) -> None:
    phone = await connected(world)
    await phone.says(f"/bind {HOME}")
    await phone.taps("Bind all proxies")
    await phone.says("/forget")
    await phone.taps("Erase everything")
    assert world.rows("SELECT count(*) FROM bindings") == [(0,)]
    assert bound(world) == (HOME,), "px6 keeps it: only the bot has forgotten"
