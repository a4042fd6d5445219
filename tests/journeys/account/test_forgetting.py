"""Forgetting a person and replacing their key: asked first, once, and never past a payment of unknown outcome."""

from __future__ import annotations

import gc

import pytest

import px6
from model.colleagues import Right
from tests.durations import MINUTE
from tests.memory import reachable
from tests.world import World

OUT_OF_DATE = "That question is out of date. Nothing was erased."


async def test_forget_works_once_and_leads_to_a_new_start(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    rules = world.app.services.rules
    made = [await rules.add(phone.id, "all", "", hours=12, period=days) for days in (30, 60)]
    await rules.change(phone.id, made[0].id, on=True)
    told = await phone.says("/forget")
    assert "⚠️ 1 rule is on: nothing will be prolonged automatically any more." in told
    assert "proxy passwords stay in this chat" in told
    question = (await phone.screen())["message_id"]
    ((data,),) = world.rows("select 'forget:' || id from selections where purpose = 'forget'")
    await phone.forges("forget:nothing", question)
    assert world.rows("select count(*) from accounts") == [(1,)]
    await phone.taps("Erase everything", question)
    assert (await phone.forges(data, question))["answered"]  # the second of two quick taps
    assert world.rows("select count(*) from people") == [(0,)]
    assert await phone.labels() == ["Start again"]
    await phone.taps("Start again")
    assert "send your px6 API key" in await phone.reads()
    await phone.says(world.key)
    answer = await phone.forges(data, question)
    assert (answer["text"], answer["show_alert"]) == (OUT_OF_DATE, True)
    assert world.rows("select count(*) from accounts") == [(1,)]


@pytest.mark.parametrize("left", ["forget", "replace", "refused"])
async def test_what_is_forgotten_or_replaced_is_not_in_the_bots_memory_either(world: World, left: str) -> None:
    phone, key = world.phone(), world.key
    await phone.connects()
    await phone.says("/proxies")
    await phone.says("/price 1 30")
    assert held_by(world, key), "as long as it is used"
    if left == "forget":
        await phone.says("/forget")
        await phone.taps("Erase everything")
    elif left == "replace":
        await phone.says(f"/key {world.px6.new_key(key)}")
    else:
        key = "0badc0ffee-0badc0ffee-0badc0ffee"
        await phone.says(f"/key {key}")
    assert held_by(world, key) == 0


@pytest.mark.parametrize("fault", [None, "500_before"])
async def test_the_key_of_who_is_forgotten_while_px6_is_asked_for_it_is_not_in_memory_either(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: str | None
) -> None:
    """Whether px6 answers or not."""
    phone, key, ask = world.phone(), world.px6.add_account().key, px6.Px6Client.account
    await phone.says("/start")

    async def slowly(client: px6.Px6Client) -> px6.Account:
        assert held_by(world, key)
        await world.app.services.accounts.forget(1001)
        return await ask(client)

    monkeypatch.setattr(px6.Px6Client, "account", slowly)
    if fault is not None:
        world.px6.fault(fault, None, times=None)
    await phone.says(key)
    assert world.rows("select count(*) from people") == [(0,)]
    assert held_by(world, key) == 0


def held_by(world: World, key: str) -> int:
    """How often the key stands in what the bot's parts hold."""
    gc.collect()
    app = world.app
    return sum(key in held for held in reachable((app.services, app.background, app.gate)) if isinstance(held, str))


async def unknown_payment(world: World) -> None:
    """A payment of which px6 says nothing from now on."""
    phone = world.phone()
    await phone.says("/buy 1 30 de")
    world.px6.fault("drop_before", "buy")
    await phone.taps("Buy ·")
    world.px6.fault("500_before", "getproxy", times=None)
    assert world.rows("select state from orders") == [("unknown",)]


async def test_a_payment_of_unknown_outcome_is_named_before_everything_is_forgotten(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/forget")
    early = (await phone.screen())["message_id"]
    assert "payments" not in await phone.reads()
    await unknown_payment(world)
    answer = await phone.taps("Erase everything", early)
    assert (answer["text"], answer["show_alert"]) == (OUT_OF_DATE, True)
    asked = next(m for m in await phone.chat() if m["message_id"] == early)
    assert "⚠️ It is not known yet whether these payments went through" in asked["text"]
    assert "1 × IPv6 · 21.00 RUB" in asked["text"]
    assert world.rows("select count(*) from orders") == [(1,)]
    await phone.taps("Erase everything", early)
    assert world.rows("select count(*) from people") == [(0,)]


async def test_a_payment_of_unknown_outcome_is_named_before_another_account_takes_its_place(world: World) -> None:
    phone, other = world.phone(), world.px6.add_account(balance="5.00").key
    await phone.connects()
    await phone.says(other)
    early = (await phone.screen())["message_id"]
    assert "payments" not in await phone.reads()
    await unknown_payment(world)
    await phone.taps("Use the new key", early)
    asked = next(m for m in await phone.chat() if m["message_id"] == early)
    assert "I can find out only with a key of their account" in asked["text"]
    assert "1 × IPv6 · 21.00 RUB" in asked["text"]
    world.px6.clear_faults()
    same = world.px6.new_key(world.key)
    assert "payments" not in await phone.says(same)
    await phone.says(other)
    await phone.taps("Use the new key")
    assert "5.00 RUB" in await phone.says("/balance")


async def test_one_of_several_accounts_is_not_removed_by_a_question_from_before_a_payment(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says(world.px6.add_account().key)
    await phone.taps("Add as another account")
    await phone.says("/accounts")
    await phone.taps("Remove")
    early = (await phone.screen())["message_id"]
    await unknown_payment(world)
    answer = await phone.taps("Remove the account", early)
    assert (answer["text"], answer["show_alert"]) == (OUT_OF_DATE, True)
    assert (await phone.text_of(early)).startswith("Your px6 accounts\n")
    assert world.rows("select count(*) from accounts") == [(2,)]


async def test_with_one_of_several_accounts_its_pinned_message_and_its_colleagues_access_go(world: World) -> None:
    phone, bob = world.phone(), world.phone(1002)
    chat, colleagues = (
        world.telegram.private_chat(world.telegram.bot(world.token), phone.id),
        world.app.services.colleagues,
    )
    await phone.connects()
    await bob.says("/start")
    other = world.px6.add_account()
    await phone.says(other.key)
    await phone.taps("Add as another account")
    for label in ("Settings", "Pinned message", "Switch on"):
        await (phone.says("/settings") if label == "Settings" else phone.taps(label))
    ((owner,),) = world.rows("SELECT telegram_id FROM boards")
    await colleagues.accept(await colleagues.invite(owner, Right.LOOK, by_name="Ann"), 1002, "Bob", 0)
    world.move(MINUTE)
    await world.sweep()
    assert len(chat.pinned) == 1
    await phone.says("/accounts")
    await phone.taps("Remove")
    assert "⚠️ 1 colleague loses access." in await phone.reads()
    await phone.taps("Remove the account")
    assert (await phone.reads()).startswith(f"“{other.user_id}” is removed\n")
    assert chat.pinned == []
    assert (await bob.reads()).startswith(f"You have no access to “{other.user_id}” any more")


async def test_who_comes_back_within_the_hour_has_no_more_keys_to_try(world: World) -> None:
    phone = world.phone()
    for number in range(10):
        await phone.says(f"0000000000-{number:010d}-0000000000")
    await phone.says("/forget")
    await phone.taps("Erase everything")
    assert world.rows("select count(*) from key_tries") == [(0,)]
    assert "Ten keys were tried" in await phone.says(world.key)


async def test_a_look_under_way_does_not_make_the_forgotten_anew(world: World) -> None:
    await world.phone().connects()
    await world.app.services.accounts.forget(1001)
    await world.app.services.sweep.look(1001)
    assert world.rows("select count(*) from people") == [(0,)]
