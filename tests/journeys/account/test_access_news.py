"""What the owner of an account is told of access to it: also where a kill came right after what it is about was
written down, and then once."""

from __future__ import annotations

import pytest

from model.colleagues import Right
from model.notifications import CUT_OFF, ColleagueNews
from model.people import PersonId
from tests.journeys.account.offices import ANN, BOB, CAP, Office
from tests.journeys.connecting import just_connected
from tests.world import World, buttons

LEFT = ColleagueNews("left", "Bob", "shop", ANN)


@pytest.fixture
async def office(world: World) -> Office:
    office = Office(await just_connected(world, "1000.00"))
    await office.ann.settles()
    return office


async def told_later(office: Office) -> list[str]:
    """The titles of what Ann is told once what was cut off counts as such, and no more after it."""
    office.world.move(CUT_OFF)
    news = [text.splitlines()[0] for text in await office.ann.sweep()]
    office.world.move(CUT_OFF)
    assert await office.ann.sweep() == []
    return news


async def test_the_owner_is_told_once_who_has_declined_also_after_a_kill(world: World, office: Office) -> None:
    bob, colleagues = office.bob, world.app.services.colleagues
    code = await colleagues.invite(ANN, Right.LOOK, by_name="Ann")
    await bob.says(f"/start {code}")
    invited = await bob.screen()
    decline = next(each["callback_data"] for each in buttons(invited) if each["text"] == "Decline")
    await colleagues.decline(code, BOB, "Bob")
    for _ in range(2):
        await bob.forges(decline, invited["message_id"])
        assert await bob.text_of(invited["message_id"]) == (
            "Declined\nNobody can use this invitation any more. Nothing else has changed."
        )
    account = world.px6.account(office.ann.key).user_id
    assert await told_later(office) == [f"Bob has declined the invitation to “{account}”"]


async def test_who_declines_twice_reads_the_same_and_the_owner_is_told_once(world: World, office: Office) -> None:
    bob = office.bob
    code = await world.app.services.colleagues.invite(ANN, Right.LOOK, by_name="Ann")
    await bob.says(f"/start {code}")
    invited = await bob.screen()
    for _ in range(2):
        await bob.forges(f"co-n:{code}", invited["message_id"])
        assert (await bob.text_of(invited["message_id"])).startswith("Declined")
    assert len([text for text in await office.ann.news() if "has declined" in text]) == 1
    assert await told_later(office) == []
    another = world.phone(1003)
    await another.says("/start")
    answer = await another.forges(f"co-n:{code}")
    assert answer["text"] == "This invitation was already used or withdrawn. Ask for a new one."


async def test_the_owner_is_told_once_who_has_left_also_after_a_kill(world: World, office: Office) -> None:
    await office.lets(Right.ALL)
    await office.bob.says("/accounts")
    await office.bob.taps("Leave the account")
    await world.app.services.colleagues.leave(PersonId(BOB), LEFT)
    again = await office.bob.taps("Leave the account")
    assert again["text"] == "You have no access to this account any more."
    assert await told_later(office) == ["Bob has given up the access to “shop”"]


async def test_the_owner_is_told_once_who_has_erased_everything_also_after_a_kill(
    world: World, office: Office
) -> None:
    await office.lets(Right.ALL)
    await office.bob.says("/forget")
    await world.app.services.accounts.forget(BOB, [LEFT])
    await office.bob.taps("Erase everything")
    assert (await office.bob.reads()).startswith("Everything is erased")
    assert await told_later(office) == ["Bob has given up the access to “shop”"]


SPENDS = "⚠️ Still spends automatically: 1 rule. Look through it."
ALL_BUT_KEY = "Instead of: everything but the key"


async def test_a_right_that_another_invitation_lowers_is_named_and_what_still_spends_by_itself(
    world: World, office: Office
) -> None:
    bob, account = office.bob, world.px6.account(office.ann.key).user_id
    await office.lets(Right.ALL)
    await office.ann.adds_rule()
    code = await office.colleagues.invite(ANN, Right.LOOK, by_name="Ann")
    assert f"You may: look and export\n{ALL_BUT_KEY}\n" in await bob.says(f"/start {code}")
    await bob.taps("Accept")
    assert await bob.reads() == (
        f"You have access now\n“{account}” of Ann: look and export\n{ALL_BUT_KEY}\n"
        "Commands and new screens use this account now. Switch in /accounts."
    )
    assert await office.ann.phone.reads() == (
        f"Person 1002 has access to “{account}” now\nThey may: look and export\n{ALL_BUT_KEY}\n{SPENDS}"
    )
    await office.ann.phone.taps("Automatic prolonging")
    assert (await office.ann.phone.reads()).startswith("Automatic prolonging")


async def test_what_an_invitation_lowers_is_told_also_after_a_kill(world: World, office: Office) -> None:
    """The tap comes again."""
    await office.lets(Right.ALL)
    await office.ann.adds_rule()
    code = await office.colleagues.invite(ANN, Right.PROLONG, CAP, by_name="Ann")
    await office.bob.says(f"/start {code}")
    await office.colleagues.accept(code, BOB, "Bob", (await office.bob.screen())["message_id"])
    await office.bob.taps("Accept")
    assert ALL_BUT_KEY in await office.bob.reads()
    assert f"{ALL_BUT_KEY}\n{SPENDS}" in await office.ann.phone.reads()


async def test_the_same_right_again_or_more_of_it_takes_nothing_away(world: World, office: Office) -> None:
    bob = office.bob
    await office.lets(Right.PROLONG)
    await office.ann.adds_rule()
    for right, cap, said in (
        (Right.PROLONG, CAP, False),
        (Right.PROLONG, CAP * 2, True),
        (Right.ALL, None, True),
        (Right.ALL, None, False),
    ):
        code = await office.colleagues.invite(ANN, right, cap, by_name="Ann")
        await bob.says(f"/start {code}")
        assert ("Instead of: " in await bob.reads()) is said, right
        await bob.taps("Accept")
        assert ("Instead of: " in await office.ann.phone.reads()) is said, right
        assert "Still spends" not in await office.ann.phone.reads()


async def test_who_erases_everything_is_told_before_that_their_access_ends_and_its_owner_reads_it(
    office: Office,
) -> None:
    line = "⚠️ You lose access to 1 px6 account of somebody else. Its owner will be told."
    assert line not in await office.bob.says("/forget")
    await office.lets(Right.LOOK)
    assert line in await office.bob.says("/forget")
    await office.bob.taps("Erase everything")
    assert (await office.ann.phone.reads()).startswith("Bob has given up the access to ")


async def test_of_access_that_was_taken_back_before_nobody_is_told_that_it_was_given_up(
    world: World, office: Office
) -> None:
    await office.lets(Right.ALL)
    await office.colleagues.take_back(ANN, BOB)
    assert await world.app.services.colleagues.leave(PersonId(BOB), LEFT) is None
    assert await world.app.services.accounts.forget(BOB, [LEFT]) == []
    assert await told_later(office) == []
