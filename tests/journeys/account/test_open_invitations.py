"""Invitations that are open: looked through, as many as there may be, and what is no invitation."""

from __future__ import annotations

import pytest

from handlers.account.invite_screens import Accept, Decline, InviteByLink, InvitePerson
from model.colleagues import Invite, Right
from sandbox.telegram.faults import Fault
from tests.journeys.account.offices import ANN, BOB
from tests.journeys.connecting import just_connected
from tests.world import Phone, World

TOO_MANY = "Too many invitations are open. Withdraw one first."
CODE = "AbCdEfGhIjKlMnOpQrStUv"


async def taps(phone: Phone, *labels: str) -> str:
    for label in labels:
        await phone.taps(label)
    return await phone.reads()


async def picks(world: World, person: int) -> None:
    await world.post(f"/people/{ANN}/shared", {"users": [person]})
    await world.quiet()


async def test_as_many_as_may_be_open_are_listed_and_one_more_waits_until_one_is_withdrawn(world: World) -> None:
    phone = (await just_connected(world)).phone
    for _ in range(7):
        await world.app.services.colleagues.invite(ANN, Right.LOOK, by_name="Ann")
    await phone.says("/accounts")
    await taps(phone, "Colleagues", "Invite a colleague", "Check and comment", "Make a link")
    assert (await phone.reads()).startswith("Invitation link · ")
    for way in (InviteByLink, InvitePerson):
        await phone.forges(way(account=ANN, right=Right.LOOK).pack())
        assert (await phone.reads(), await phone.labels()) == (TOO_MANY, ["Colleagues", "Home"])
    assert (await world.get(f"/people/{ANN}/chat"))["reply_keyboard"] is None, "nobody is picked in vain"
    await taps(phone, "Colleagues", "Invitations · 8")
    listed = (await phone.reads()).split("\n")
    assert listed[0].startswith("Invitations · ")
    assert [line.partition(",")[0] for line in listed[1:]] == [
        *(f"{number}. look and export" for number in range(1, 8)),
        "8. look",  # `, check and comment`
    ]
    assert await phone.labels() == [*(f"Withdraw {number}" for number in range(1, 9)), "Home", "Back"]
    answer = await phone.taps("Withdraw 8")
    assert answer["text"] == "Withdrawn: the link does nothing any more."
    assert await phone.labels() == [*(f"Withdraw {number}" for number in range(1, 8)), "Home", "Back"]
    await phone.forges(InviteByLink(account=ANN, right=Right.LOOK).pack())
    assert (await phone.reads()).startswith("Invitation link · ")


async def test_the_last_of_two_that_are_made_at_once_is_one_too_many(world: World) -> None:
    """Both have found that one more may be open."""
    phone, colleagues = (await just_connected(world)).phone, world.app.services.colleagues
    for _ in range(8):
        await colleagues.invite(ANN, Right.LOOK, by_name="Ann")

    async def found_before(_: int) -> list[Invite]:
        return []

    vars(colleagues)["invites"] = found_before
    await phone.forges(InviteByLink(account=ANN, right=Right.LOOK).pack())
    assert (await phone.reads(), await phone.labels()) == (TOO_MANY, ["Colleagues", "Home"])
    assert world.rows("SELECT count(*) FROM invites") == [(8,)]


async def test_who_picks_herself_is_told_so_and_nothing_is_open(world: World) -> None:
    phone = (await just_connected(world)).phone
    await phone.forges(InvitePerson(account=ANN, right=Right.LOOK).pack())
    await picks(world, ANN)
    assert await phone.reads() == "That is you: choose somebody else."
    assert await phone.labels() == ["Colleagues", "Home"]
    assert world.rows("SELECT count(*) FROM invites") == [(0,)]


async def test_a_keyboard_that_may_not_have_come_is_answered_and_goes_without_a_sound(world: World) -> None:
    """Telegram has put it there, and only its answer is lost: what it is for was written down before."""
    phone = (await just_connected(world)).phone
    world.telegram.faults.add(Fault("sendmessage", 502, 1, after=True))
    await phone.forges(InvitePerson(account=ANN, right=Right.LOOK).pack())
    await picks(world, BOB)
    assert (await phone.reads()).startswith("Invitation link · ")
    world.telegram.refusals.clear()
    await phone.forges(InvitePerson(account=ANN, right=Right.LOOK).pack())
    before = len(world.delivered())
    await phone.says("/help")
    assert world.delivered()[before:] == [(ANN, False), (ANN, True)], "it is taken away, then there is the answer"


async def test_the_number_of_a_keyboard_is_one_that_telegram_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has 32 bits, one of them for the sign; two keyboards hardly ever have the same."""
    phone = (await just_connected(world)).phone
    monkeypatch.setattr("secrets.randbelow", lambda below: below - 1)
    await phone.forges(InvitePerson(account=ANN, right=Right.LOOK).pack())
    keyboard = (await world.get(f"/people/{ANN}/chat"))["reply_keyboard"]
    assert keyboard["keyboard"][0][0]["request_users"]["request_id"] == 2**31 - 1


async def test_a_right_to_prolong_without_a_limit_leads_to_the_choice_of_the_right(world: World) -> None:
    phone = (await just_connected(world)).phone
    for way in (InviteByLink, InvitePerson):
        await phone.says("/help")
        await phone.forges(way(account=ANN, right=Right.PROLONG).pack())
        assert (await phone.reads()).startswith("Invite a colleague\nAccount: ")
        assert "Prolong up to a limit" in await phone.labels()
    assert world.rows("SELECT count(*) FROM invites") == [(0,)]


async def test_what_is_no_invitation_is_neither_accepted_nor_declined_and_nobody_is_told(world: World) -> None:
    ann, bob = await just_connected(world), world.phone(BOB)
    await bob.says("/start")
    before, shown = await ann.phone.texts(), await bob.texts()
    for button in (Accept(code=CODE), Decline(code=CODE)):
        answer = await bob.forges(button.pack())
        assert answer["text"] == "This invitation was already used or withdrawn. Ask for a new one."
        assert answer["show_alert"], "it is to be read"
    assert (await ann.phone.texts(), await bob.texts()) == (before, shown)
