"""A colleague is invited to a px6 account, by a link or picked in Telegram, accepts, declines, leaves, is put out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from model.colleagues import Right
from model.orders import BuyWish
from sandbox.telegram.faults import Fault
from tests.customers import Customer
from tests.durations import DAY, HOUR
from tests.journeys.connecting import just_connected
from tests.quotes import buy_quote
from tests.world import Phone, World, buttons, new_world

ANN, BEN, EVE = 1001, 1002, 1003
LINK = re.compile(r"https://t\.me/(\w+)\?start=([A-Za-z0-9_-]{1,64})\b")


async def ann(world: World, **more: Any) -> Customer:
    """Ann, with an account and her name in Telegram."""
    customer = await just_connected(world, **more)
    await world.patch(f"/people/{ANN}", {"first_name": "Ann"})
    await world.patch(f"/people/{BEN}", {"first_name": "Ben"})
    return customer


async def chooses(phone: Phone, *labels: str) -> None:
    """Goes through the screens of an invitation."""
    await phone.says("/accounts")
    for label in ("Colleagues", "Invite a colleague", *labels):
        await phone.taps(label)


async def link(phone: Phone, *labels: str) -> str:
    """Invites by a link; gives the code in it."""
    await chooses(phone, *labels, "Make a link")
    found = LINK.search(await phone.reads())
    assert found, await phone.reads()
    return found[2]


async def code_of(world: World, right: Right = Right.LOOK) -> str:
    """The code of a link that Ann has made, without the screens."""
    return await world.app.services.colleagues.invite(ANN, right, by_name="Ann")


def access(world: World) -> list[tuple[Any, ...]]:
    """Who has which right on whose account."""
    return list(world.rows("SELECT telegram_id, person_id, granted, told FROM colleagues ORDER BY person_id"))


async def test_a_link_gives_the_right_that_was_chosen_once(world: World) -> None:
    customer, ben, eve = await ann(world), world.phone(BEN), world.phone(EVE)
    anns, account = customer.phone, world.px6.account(customer.key).user_id
    await chooses(anns, "Prolong up to a limit")
    assert "above 0" in await anns.says("0")
    assert "up to 1,200.50 RUB a month" in await anns.says("1 200,50")
    await anns.taps("Make a link")
    shown = await anns.screen()
    found = LINK.search(shown["text"])
    assert found
    assert found[1] == (await world.get(f"/people/{ANN}/chat"))["bot"]["username"]
    assert f"start%3D{found[2]}" in next(each["url"] for each in buttons(shown) if each["text"] == "Send the link")
    assert found[2] not in str(world.rows("SELECT * FROM invites"))

    assert await anns.says(f"/start {found[2]}") == (
        "This invitation is for your own account: send the link to a colleague."
    )
    assert await ben.says(f"/start {found[2]}") == (
        f"Ann invites you to a px6 account\nAccount: {account}\n"
        "You may: look, check, prolong for up to 1,200.50 RUB a month\n"
        "Ann sees what you do there and can take the access back. You do not see the key."
    )
    await eve.says(found[0].replace("https://t.me", "telegram.me"))
    assert access(world) == []
    accepting = (await ben.screen())["message_id"]
    await ben.taps("Accept", accepting)
    await ben.forges(f"co-a:{found[2]}", accepting)
    assert await ben.reads() == (
        f"You have access now\n“{account}” of Ann: look, check, prolong for up to 1,200.50 RUB a month\n"
        "Commands and new screens use this account now. Switch in /accounts."
    )
    assert (await eve.taps("Accept"))["text"].startswith("This invitation was already used")
    assert await eve.says(f"/start {found[2]}") == "This invitation was already used or withdrawn. Ask for a new one."
    assert access(world) == [(ANN, BEN, "prolong", False)]
    assert f"Ben has access to “{account}” now" in await anns.reads()


async def test_a_limit_is_chosen_anew_where_the_currency_has_changed_before_the_link_is_made(world: World) -> None:
    customer = await ann(world)
    await chooses(customer.phone, "Prolong up to a limit", "500 RUB")
    chosen = (await customer.phone.screen())["message_id"]
    world.px6.set_currency(customer.key, "USD")
    await buy_quote(world.app.services.orders, ANN, BuyWish(1, 30, "de"))
    await customer.phone.taps("Make a link", chosen)
    assert (await customer.phone.text_of(chosen)).startswith(
        "How much may they pay in a calendar month?\nNothing was changed: amounts are in USD here.\n"
    )
    assert world.rows("SELECT * FROM invites") == []


async def test_what_cannot_be_accepted_changes_nothing_and_says_why(world: World) -> None:
    anns, ben = (await ann(world)).phone, world.phone(BEN)
    old, withdrawn = await code_of(world), await link(anns, "Everything but the key")
    assert ("all",) in world.rows("SELECT granted FROM invites")
    await anns.taps("Withdraw the invitation")
    assert "1. look and export, until" in await anns.reads()
    assert (await ben.says(f"/start {withdrawn}")).startswith("This invitation was already used or withdrawn")
    await ben.says(f"/start {old}")
    world.move(24 * HOUR)
    assert (await ben.taps("Accept"))["text"] == "This invitation is over 24 hours old. Ask for a new one."
    assert (await ben.says(f"/start {old}")).startswith("This invitation is over 24 hours old")
    await anns.says("/accounts")
    await anns.taps("Colleagues")
    assert "Invitations · 1" not in await anns.labels()
    await ben.says(f"/start {await link(anns, 'Look and export')}")
    await ben.taps("Decline")
    assert (await ben.reads()).startswith("Declined")
    assert "Ben has declined the invitation" in await anns.reads()
    assert access(world) == [] == list(world.rows("SELECT * FROM invites WHERE granted = 'all'"))


async def picks(world: World, phone: Phone, *people: int) -> None:
    """Answers the keyboard that asks for a person."""
    await world.post(f"/people/{phone.id}/shared", {"users": list(people)})
    await world.quiet()


async def keyboard_of(world: World, phone: Phone) -> Any:
    return (await world.get(f"/people/{phone.id}/chat"))["reply_keyboard"]


async def test_a_person_who_is_picked_gets_the_invitation_or_its_link(world: World) -> None:
    """Nobody but they can accept it. The keyboard goes in any case."""
    anns, ben, eve = (await ann(world)).phone, world.phone(BEN), world.phone(EVE)
    await ben.says("/start")
    await chooses(anns, "Check and comment", "Choose a person in Telegram")
    assert [row[0]["text"] for row in (await keyboard_of(world, anns))["keyboard"]] == ["Choose a person", "Cancel"]
    await picks(world, anns, BEN)
    assert await keyboard_of(world, anns) is None
    assert (await anns.reads()).startswith("Invited: Ben\nThey may: look, check and comment")
    assert (await ben.reads()).startswith("Ann invites you to a px6 account")
    await ben.taps("Accept")
    assert [row[1:3] for row in access(world)] == [(BEN, "check")]

    await chooses(anns, "Look and export", "Choose a person in Telegram")
    await picks(world, anns, EVE)
    text = await anns.reads()
    assert "I cannot write to Person 1003 myself. Send them this link." in text
    assert await eve.texts() == []
    assert [each.code for each in world.telegram.refusals] == [403]
    world.telegram.refusals.clear()
    found = LINK.search(text)
    assert found
    assert (await ben.says(f"/start {found[2]}")).startswith("This invitation is for somebody else")
    await eve.says(f"/start {found[2]}")
    await eve.taps("Accept")
    assert [row[1:3] for row in access(world)] == [(BEN, "check"), (EVE, "look")]

    await chooses(anns, "Look and export", "Choose a person in Telegram")
    await anns.says("Cancel")
    assert await anns.reads() == "Cancelled."
    assert await keyboard_of(world, anns) is None


async def test_a_keyboard_that_nobody_answers_goes_with_whatever_is_done_next(world: World) -> None:
    """By a command, a text or a tap; with no message left of it, and nobody is invited by it any more."""
    anns = (await ann(world)).phone
    await anns.says("/start")
    home = (await anns.screen())["message_id"]
    for goes_on in (
        lambda: anns.says("/balance"),
        lambda: anns.says("what?"),
        lambda: anns.taps("My proxies", home),
    ):
        await chooses(anns, "Look and export", "Choose a person in Telegram")
        before = len(await anns.chat())
        assert await keyboard_of(world, anns) is not None
        await goes_on()
        assert await keyboard_of(world, anns) is None
        assert not any("in place of the keyboard" in text or text == "Cancelled." for text in await anns.texts())
        assert len(await anns.chat()) <= before + 1, "what was said and its answer, without the message that asked"
        assert world.rows("SELECT count(*) FROM invites") == [(0,)]
    await anns.taps("Home")
    assert world.telegram.refusals == []


async def test_who_is_picked_by_a_keyboard_of_before_gets_nothing_of_what_is_asked_for_now(world: World) -> None:
    """Another device of hers shows the older one still."""
    anns, chat = (await ann(world)).phone, world.telegram.private_chat(world.telegram.bot(world.token), ANN)
    await chooses(anns, "Look and export", "Choose a person in Telegram")
    older = chat.reply_keyboard
    await chooses(anns, "Check and comment", "Choose a person in Telegram")
    chat.reply_keyboard = older
    await picks(world, anns, BEN)
    assert await anns.reads() == "This choice is out of date. Begin again in /accounts."
    assert world.rows("SELECT count(*) FROM invites") == [(0,)]


async def test_a_keyboard_that_telegram_does_not_take_away_keeps_nothing_from_being_done(world: World) -> None:
    anns = (await ann(world)).phone
    await chooses(anns, "Look and export", "Choose a person in Telegram")
    world.telegram.faults.add(Fault("deletemessages", 400, 1))
    assert "px6 · " in await anns.says("/start")
    assert await keyboard_of(world, anns) is None
    assert not world.telegram.faults.as_json(), "it was met"


async def test_a_right_is_changed_and_taken_back_with_one_tap(world: World) -> None:
    customer, ben = await ann(world), world.phone(BEN)
    anns, account = customer.phone, world.px6.account(customer.key).user_id
    await ben.says(f"/start {await link(anns, 'Look and export')}")
    await ben.taps("Accept")
    await anns.taps("Colleagues")
    assert f"Colleagues · {account}\nBen: look and export, since " in await anns.reads()
    await anns.taps("Ben")
    opened = await anns.screen()
    await anns.taps("Send them reminders")
    await anns.taps("Change the right")
    await anns.taps("Prolong up to a limit")
    await anns.taps("500 RUB")
    assert "up to 500.00 RUB a month\nPaid this month: 0.00 RUB\nHas access since" in await anns.reads()
    assert "Gets the reminders of this account" in await anns.reads()
    assert f"Your right on “{account}” has changed" in await ben.reads()
    assert access(world) == [(ANN, BEN, "prolong", True)]
    code = await code_of(world, Right.ALL)
    await anns.says("/accounts")
    await anns.taps("Colleagues")
    await anns.taps("Ben")
    await anns.taps("Take the access back")
    assert (await anns.reads()).startswith("Ben has no access any more")
    assert access(world) == []
    assert (await ben.reads()).startswith(f"You have no access to “{account}” any more")
    assert (await ben.says(f"/start {code}")).startswith("This invitation was already used or withdrawn")
    again = await anns.forges(f"co-x:{ANN}:{BEN}", opened["message_id"])
    assert again["text"] == "This person has no access any more."


async def test_who_takes_a_right_back_is_told_what_still_spends_by_itself(world: World) -> None:
    customer, ben = await ann(world, balance="1.00"), world.phone(BEN)
    anns = customer.phone
    await ben.says(f"/start {await code_of(world, Right.ALL)}")
    await ben.taps("Accept")
    rule = await world.app.services.rules.add(ANN, "all", "", hours=12, period=30)
    await world.app.services.rules.change(ANN, rule.id, on=True)
    await ben.says("/buy 1 30 ru")
    await ben.taps("Finish when the money arrives")
    await ben.taps("Pay at once")
    await anns.says("/accounts")
    for label in ("Colleagues", "Ben", "Change the right", "Look and export"):
        await anns.taps(label)
    spends = "⚠️ Still spends automatically: 1 rule · 1 watch or payment. Look through it."
    assert spends in await anns.reads()
    await anns.taps("Change the right")
    await anns.taps("Everything but the key")
    assert spends not in await anns.reads()
    await ben.says("/accounts")
    await ben.taps("Leave the account")
    await ben.taps("Leave the account")
    assert spends in await anns.reads()
    await ben.says(f"/start {await code_of(world, Right.ALL)}")
    await ben.taps("Accept")
    await anns.taps("Colleagues")
    await anns.taps("Ben")
    await anns.taps("Take the access back")
    assert spends in await anns.reads()
    await anns.taps("Watched")
    assert "What I watch for you" in await anns.reads()
    assert "Stop automatic spending" in await anns.labels()


async def test_only_the_owner_manages_colleagues_and_a_colleague_can_leave(world: World) -> None:
    customer, ben = await ann(world), world.phone(BEN)
    anns, account = customer.phone, world.px6.account(customer.key).user_id
    await ben.says(f"/start {await code_of(world, Right.ALL)}")
    await ben.taps("Accept")
    before = access(world)
    message = (await ben.screen())["message_id"]
    forged = (
        "co:A:1 co-1:A:B co-g:A:all:B:0 co-k:A:all:0 co-p:A:all:0 co-t:A:B:1 co-x:A:B co-v:A co-w:A:1 acc-n:A acc-r:A"
    )
    for data in forged.replace("A", str(ANN)).replace("B", str(BEN)).split():
        answer = await ben.forges(data, message)
        assert (answer["text"], answer["show_alert"]) == ("This account is no longer here.", True), data
        assert (await ben.text_of(message)).startswith("Your px6 accounts\n"), data
    assert access(world) == before
    assert world.rows("SELECT count(*) FROM invites") == [(0,)]
    text = await ben.says("/accounts")
    assert f"“{account}” of Ann: everything but the key" in text
    assert await ben.labels() == ["Leave the account", "Add an account", "Home", "Back"]
    await ben.taps("Leave the account")
    asked = await ben.screen()
    await ben.taps("Leave the account")
    assert (await ben.reads()).startswith(f"You have left “{account}”")
    assert access(world) == []
    assert f"Ben has given up the access to “{account}”" in await anns.reads()
    answer = await ben.forges(f"co-q:{ANN}", asked["message_id"])
    assert (answer["text"], answer["show_alert"]) == ("You have no access to this account any more.", True)
    assert "API key" in await ben.reads(), "there is no account left to choose from"


async def test_an_invitation_lets_nobody_into_a_private_bot(tmp_path: Path) -> None:
    async with new_world(tmp_path, allowed_user_ids=frozenset({ANN})) as world:
        anns, ben = (await ann(world)).phone, world.phone(BEN)
        code = await code_of(world)
        said = await ben.says(f"/start {code}")
        assert said.startswith("This bot is private, and an invitation to a px6 account does not change that.")
        await chooses(anns, "Look and export", "Choose a person in Telegram")
        await picks(world, anns, BEN)
        assert "This bot is private: its owner must let them in first." in await anns.reads()
        assert await ben.reads() == said
        world.app.services.access.take([ANN, BEN], [])
        await ben.says(f"/start {code}")
        await ben.taps("Accept")
        assert access(world) == [(ANN, BEN, "look", False)]


async def joined(world: World, customer: Customer, right: Right = Right.LOOK) -> Phone:
    """Ben, who has no account of his own and access to Ann's."""
    ben = world.phone(BEN)
    world.shared.setdefault(BEN, set()).add(customer.key)
    await ben.says(f"/start {await code_of(world, right)}")
    await ben.taps("Accept")
    return ben


async def test_every_screen_says_whose_account_it_is_and_ones_own_can_be_connected(world: World) -> None:
    customer = await ann(world, balance="900.00")
    customer.add(1, ends_in=20 * DAY)
    account = world.px6.account(customer.key).user_id
    ben = await joined(world, customer)
    assert (await ben.says("/start")).startswith(f"px6 · 900.00 RUB\nAccount: {account} of Ann\n")
    assert {"Accounts", "Connect my own"} < set(await ben.labels())
    for said in ("/proxies", "/orders", "/settings"):
        assert f"\nAccount: {account} of Ann\n" in await ben.says(said), said
    assert "Change the key" not in await ben.labels()
    await ben.says("/start")
    await ben.taps("Connect my own")
    own = world.px6.add_account(balance="310.00")
    assert f"px6 account {own.user_id}, balance 310.00 RUB" in await ben.says(own.key)
    assert f"px6 · 310.00 RUB\nAccount: {own.user_id}\n" in await ben.says("/start")
    await ben.says("/accounts")
    await ben.taps(f"{account} · Ann")
    assert f"Account: {account} of Ann" in await ben.reads()
    assert (await ben.says("/start")).startswith("px6 · 900.00 RUB")
    assert "Other accounts" in await ben.labels() and "Connect my own" not in await ben.labels()
    assert {(owner, px6_id) for owner, px6_id in world.rows("SELECT telegram_id, px6_user_id FROM accounts")} == {
        (ANN, account),
        (BEN, own.user_id),
    }


async def test_erasing_everything_ends_access_on_both_sides_and_says_so(world: World) -> None:
    customer = await ann(world)
    account = world.px6.account(customer.key).user_id
    ben = await joined(world, customer)
    await ben.says("/forget")
    await ben.taps("Erase everything")
    assert access(world) == []
    assert f"Ben has given up the access to “{account}”" in await customer.phone.reads()
    ben = await joined(world, customer)
    assert "⚠️ 1 colleague loses access." in await customer.phone.says("/forget")
    await customer.phone.taps("Erase everything")
    assert access(world) == []
    assert (await ben.reads()).startswith(f"You have no access to “{account}” any more")
    assert "API key" in await ben.says("/start")


async def test_on_the_account_of_somebody_who_may_not_use_the_bot_nobody_does_anything(tmp_path: Path) -> None:
    async with new_world(tmp_path, allowed_user_ids=frozenset({ANN, BEN})) as world:
        ben = await joined(world, await ann(world), Right.ALL)
        await ben.says("/start")
        world.app.services.access.take([BEN], [])
        said = "The owner of this account may not use this bot now, so nobody can. Nothing was done."
        assert said in await ben.says("/proxies")
        assert said in await ben.says("/start")
        assert (await ben.taps("Buy"))["text"] == said
        await ben.says("/accounts")
        await ben.taps("Leave the account")
        await ben.taps("Leave the account")
        assert access(world) == []


async def test_the_owner_is_told_once_who_has_accepted_also_after_a_kill(world: World) -> None:
    """The right was written down, then the process was killed: the tap comes again."""
    customer, ben = await ann(world), world.phone(BEN)
    code = await code_of(world)
    await ben.says(f"/start {code}")
    await world.app.services.colleagues.accept(code, BEN, "Ben", (await ben.screen())["message_id"])
    invited = (await ben.screen())["message_id"]
    for _ in range(2):
        await ben.forges(f"co-a:{code}", invited)
        assert (await ben.text_of(invited)).startswith("You have access now")
    assert len([text for text in await customer.phone.texts() if "Ben has access to" in text]) == 1


async def test_another_px6_account_in_place_of_the_old_one_ends_access_and_says_so(world: World) -> None:
    customer = await ann(world)
    ben, account = await joined(world, customer), world.px6.account(customer.key).user_id
    asked = await customer.phone.says(f"/key {world.px6.add_account(balance='5.00').key}")
    assert "⚠️ If you use it instead, 1 colleague loses access." in asked
    assert len(access(world)) == 1
    await customer.phone.taps("Use the new key")
    assert access(world) == []
    assert (await ben.reads()).startswith(f"You have no access to “{account}” any more")


async def test_an_invitation_to_who_has_several_accounts_makes_place_for_what_comes_of_it(world: World) -> None:
    """It is noted as a message of theirs: else it stayed with its buttons, and the answer came below."""
    customer, eves = await ann(world), world.phone(EVE)
    ben = await joined(world, customer)
    await eves.connects(world.px6.add_account(balance="5.00").key)
    await chooses(eves, "Look and export", "Choose a person in Telegram")
    await picks(world, eves, BEN)
    invited = (await ben.screen())["message_id"]
    await ben.taps("Decline")
    assert (await ben.text_of(invited)).startswith("Declined"), await ben.texts()
    assert access(world) == [(ANN, BEN, "look", False)]
