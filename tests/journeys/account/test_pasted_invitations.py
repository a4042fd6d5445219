"""The link of an invitation that is pasted, not tapped: it is followed wherever /start with its code would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.colleagues import Right
from tests.customers import Customer, new_customer
from tests.journeys.account.offices import ANN, BOB, Office
from tests.journeys.connecting import just_connected
from tests.world import World, new_world

EVE = 1003


async def link_of(world: World, owner: int = ANN, name: str = "Ann") -> str:
    """The link of an invitation, as its owner sends it."""
    bot = (await world.get(f"/people/{owner}/chat"))["bot"]["username"]
    return f"https://t.me/{bot}?start={await world.app.services.colleagues.invite(owner, Right.LOOK, by_name=name)}"


@pytest.mark.parametrize("words", ["", "\nAccess to my px6 proxies in a Telegram bot."])
async def test_while_a_key_is_asked_for_it_is_no_key(world: World, words: str) -> None:
    ann, bob = await just_connected(world), world.phone(BOB)
    world.shared.setdefault(BOB, set()).add(ann.key)
    assert "send your px6 API key" in await bob.says("/start")
    pasted = await link_of(world) + words
    assert (await bob.says(pasted)).startswith("Ann invites you to a px6 account\n")
    assert pasted in [message["text"] for message in await bob.chat()], "it was not deleted as a key"
    await bob.taps("Accept")
    assert (await bob.reads()).startswith("You have access now\n")


async def test_it_closes_the_question_for_a_key_as_a_command_does(world: World) -> None:
    await just_connected(world)
    bob = (await new_customer(world, person=BOB)).phone
    await bob.says("/key")
    await bob.says(await link_of(world))
    assert "I did not understand that" in await bob.says("thanks")
    assert "thanks" in [message["text"] for message in await bob.chat()]


async def test_a_key_beside_it_is_still_taken_for_one_and_deleted(world: World) -> None:
    await just_connected(world)
    bob = world.phone(BOB)
    said = f"{await link_of(world)}\n{world.key}"
    assert (await bob.says(said)).startswith("Connected\n")
    assert said not in [message["text"] for message in await bob.chat()]


@pytest.mark.parametrize("asked", [None, "Comment"])
async def test_it_is_followed_from_the_account_of_somebody_who_may_not_use_the_bot_any_more(
    tmp_path: Path, asked: str | None
) -> None:
    async with new_world(tmp_path, allowed_user_ids=frozenset({ANN, BOB, EVE})) as world:
        office = Office(await just_connected(world, "900.00"))
        await office.lets(Right.ALL)
        eves: Customer = await new_customer(world, person=EVE)
        world.shared.setdefault(BOB, set()).add(eves.key)
        if asked is not None:
            await office.bob.says("/buy 1 30 de")
            await office.bob.taps(asked)
        link = await link_of(world, EVE, "Eve")
        world.app.services.access.take([BOB, EVE], [])
        assert (await office.bob.says(link)).startswith("Eve invites you to a px6 account\n")


async def test_who_may_not_use_the_bot_reads_what_an_invitation_changes(tmp_path: Path) -> None:
    async with new_world(tmp_path, allowed_user_ids=frozenset({ANN})) as world:
        await just_connected(world)
        said = await world.phone(BOB).says(await link_of(world))
        assert said.startswith("This bot is private, and an invitation to a px6 account does not change that.")
