"""One person, several px6 accounts: adding, switching, naming, removing, and what each message is of."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete

from model.people import FIRST_ACCOUNT
from storage import figures
from storage.schema import account_messages
from tests.customers import new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.account.two_accounts import Two, with_two
from tests.world import World, world_without_bot

ANN = 1001


@pytest.fixture
async def two(world: World) -> Two:
    return await with_two(world)


async def test_a_second_account_is_added_named_and_switched(world: World) -> None:
    ann = await new_customer(world, balance="7777.77")
    second = world.px6.add_account(balance="300.00")
    await ann.phone.says(f"/key {second.key}")
    await ann.phone.taps("Add as another account")
    [(owner,)] = world.rows("SELECT telegram_id FROM people WHERE of_person = 1001")
    two = Two(ann, second, owner)
    await ann.phone.says("/accounts")
    await ann.phone.taps("Rename")
    await ann.phone.says("client")
    phone, first = two.phone, two.world.px6.account(two.first.key).user_id
    assert two.owner >= FIRST_ACCOUNT
    assert await phone.reads() == (
        f"Your px6 accounts\n{first}: 7,777.77 RUB, 0 active proxies\n• client (px6 account {two.second.user_id})\n"
        "Commands use the account marked •. Buttons use the account that their message names."
    )
    assert await phone.labels() == [
        *(first, "• client", "Rename", "Remove", "Colleagues", "Add an account", "Home", "Back"),
    ]
    assert "px6 · 300.00 RUB\nAccount: client" in await phone.says("/start")
    assert "Other accounts" in await phone.labels()
    clients = (await phone.screen())["message_id"]
    assert await phone.says("/language") == "Language", "it is the person's, whichever account is current"
    await two.switches(first)
    assert await phone.reads() == f"Commands and new screens use this account now.\nAccount: {first}"
    assert f"\n• {first}: " in (await phone.message_with("Add an account"))["text"]
    await phone.forges("acc:1", clients)
    assert f"\n• {first}: " in await phone.text_of(clients), "of whichever account the message is"
    await phone.forges("acc-h", clients)
    assert f"px6 · 7,777.77 RUB\nAccount: {first}" in await phone.reads()
    before = len(await phone.texts())
    await two.switches(first)
    assert len(await phone.texts()) == before + 1, "it is current already: the list says so, and nothing else"
    assert f"px6 · 7,777.77 RUB\nAccount: {first}" in await phone.says("/start")
    assert two.world.rows("SELECT telegram_id, px6_user_id FROM accounts ORDER BY 1") == [
        (ANN, first),
        (two.owner, two.second.user_id),
    ]


async def test_a_key_of_an_account_that_is_there_renews_it_and_a_name_is_given_once(two: Two) -> None:
    phone, world = two.phone, two.world
    await two.switches(world.px6.account(two.first.key).user_id)
    text = await phone.says(f"/key {world.px6.new_key(two.second.key)}")
    assert text.startswith("Connected\nAccount: client")
    assert world.rows("SELECT count(*) FROM accounts") == [(2,)]
    await phone.says("/accounts")
    await phone.taps("Rename")
    assert "Another account already has this name." in await phone.says("CLIENT")
    await phone.says("own")
    assert "• own (" in await phone.reads()
    assert "Account: own" in await phone.says("/orders")


async def test_old_buttons_act_on_the_account_of_their_message(two: Two) -> None:
    phone, px6 = two.phone, two.world.px6
    [theirs] = two.add(ends_in=20 * DAY)
    [mine] = two.first.add(ends_in=20 * DAY)
    await phone.says(f"/prolong 30 {theirs}")
    quote, green = await phone.green()
    await two.switches(px6.account(two.first.key).user_id)
    await phone.says(f"/prolong 30 {mine}")
    await phone.forges(green, quote)
    assert [len(px6.books(key)) for key in (two.first.key, two.second.key)] == [0, 1]
    assert (await phone.text_of(quote)).split("\n")[1] == "Account: client"
    await phone.taps("Prolong 30 days")
    assert [len(px6.books(key)) for key in (two.first.key, two.second.key)] == [1, 1]
    assert two.world.rows("SELECT telegram_id FROM orders ORDER BY id") == [(two.owner,), (ANN,)]


async def test_an_answer_is_for_the_account_that_was_asked_about(two: Two) -> None:
    """Also where another one is current; what answers nothing is for that one."""
    phone, px6 = two.phone, two.world.px6
    first = px6.account(two.first.key).user_id
    two.add(ends_in=20 * DAY, comment="mine")
    two.first.add(2, ends_in=20 * DAY, comment="mine")
    await phone.says("/proxies")
    listed = (await phone.screen())["message_id"]
    await two.switches(first)
    await phone.taps("Search", listed)
    found = await phone.says("mine")
    assert found.split("\n")[1] == "Account: client"
    assert f"Account: {first}" in await phone.says("/balance")
    assert f"Account: {first}" in await phone.says("mine")


async def test_all_that_acts_by_itself_is_stopped_for_all_accounts(two: Two) -> None:
    world, rules = two.world, two.world.app.services.rules
    two.add(ends_in=3 * DAY)
    await world.sweep()
    rule = await rules.add(two.owner, "all", "", hours=12, period=30)
    await rules.change(two.owner, rule.id, on=True)
    world.move(2 * DAY + MINUTE)
    await world.sweep()
    assert world.rows("SELECT state FROM runs") == [("announced",)]
    await rules.switch(ANN, on=False)
    assert world.rows("SELECT state FROM runs") == [("dropped",)]
    world.move(12 * HOUR + MINUTE)
    await world.sweep()
    assert not world.px6.books(two.second.key)


async def test_who_blocked_the_bot_is_written_to_of_no_account_until_they_are_back(two: Two) -> None:
    phone, world = two.phone, two.world
    two.add(ends_in=3 * DAY)
    two.first.add(ends_in=3 * DAY)
    await world.sweep()
    await world.patch("/people/1001", {"blocked": True})
    await world.quiet()
    before = len(await phone.texts())
    world.move(2 * DAY + MINUTE)
    await world.sweep()
    assert len(await phone.texts()) == before
    await world.patch("/people/1001", {"blocked": False})
    await world.quiet()
    await world.sweep()
    told = [text.split("\n")[1] for text in (await phone.texts())[before:] if text.startswith("⏳")]
    assert sorted(told) == sorted(["Account: client", f"Account: {world.px6.account(two.first.key).user_id}"])


async def test_a_payment_of_an_account_that_comes_back_as_another_one_is_still_found_out(world: World) -> None:
    ann = await new_customer(world)
    await ann.replaces_the_key_while_a_payment_is_unknown()
    world.move(5 * MINUTE)
    await world.app.services.orders.settle_due()
    assert world.rows("SELECT state FROM orders") == [("unknown",)]
    await ann.phone.says(f"/key {ann.key}")
    await ann.phone.taps("Add as another account")
    await world.app.services.orders.settle_due()
    await world.quiet()
    assert world.rows("SELECT state, telegram_id FROM orders") == [("done", ANN)]
    assert len(ann.books()) == 1


async def test_a_second_tap_on_adding_adds_nothing_more_and_names_no_message_that_need_not_have_come(
    world: World,
) -> None:
    ann, other = await new_customer(world), world.px6.add_account(balance="300.00")
    await ann.phone.says(f"/key {other.key}")
    asked = (await ann.phone.screen())["message_id"]
    [add] = [each["callback_data"] for row in (await ann.phone.screen())["keyboard"] for each in row][:1]
    for _ in range(2):
        await ann.phone.forges(add, asked)
    assert await ann.phone.text_of(asked) == f"px6 account {other.user_id} is added."
    assert len([text for text in await ann.phone.texts() if text.startswith("Connected")]) == 2
    assert world.rows("SELECT count(*) FROM accounts") == [(2,)]


async def test_a_broadcast_and_a_count_take_a_person_once(two: Two) -> None:
    broadcasts, database = two.world.app.services.broadcasts, two.world.app.services.sweep._database
    assert await broadcasts.readers(author=7) == 1
    async with database.read() as connection:
        assert (await figures.count_people(connection, two.world.clock() - DAY))[:2] == (1, 1)
        assert (await figures.count_accounts(connection))[0] == 2


async def test_a_message_that_nobody_knows_does_nothing_and_leads_home(two: Two) -> None:
    """As after a kill between sending and noting whose message it is."""
    phone, px6 = two.phone, two.world.px6
    [theirs] = two.add(ends_in=20 * DAY)
    await phone.says(f"/prolong 30 {theirs}")
    quote, green = await phone.green()
    async with two.world.app.services.sweep._database.write() as connection:
        await connection.execute(delete(account_messages).where(account_messages.c.message_id == quote))
    before = len(px6.calls)
    await phone.forges(green, quote)
    assert "I cannot tell which account the button is for. Nothing was done." in await phone.reads()
    assert len(px6.calls) == before
    assert await phone.labels() == ["Accounts", "Home"]
    await phone.taps("Home")
    assert (await phone.reads()).startswith("px6 · 300.00 RUB\nAccount: client")
    await phone.forges("open:home", quote)
    assert (await phone.reads()).startswith("px6 · 300.00 RUB\nAccount: client")
    assert not px6.books(two.second.key)


async def test_messages_from_before_the_second_account_are_of_the_first(world: World) -> None:
    ann = await new_customer(world)
    [mine] = ann.add(ends_in=20 * DAY)
    await ann.phone.says(f"/prolong 30 {mine}")
    quote, green = await ann.phone.green()
    second = world.px6.add_account(balance="300.00")
    await ann.phone.says(f"/key {second.key}")
    await ann.phone.taps("Add as another account")
    await ann.phone.forges(green, quote)
    assert [len(world.px6.books(key)) for key in (ann.key, second.key)] == [1, 0]
    said = (await ann.phone.text_of(quote)).split("\n")
    assert said[0].startswith("Prolonged") and said[1] == f"Account: {world.px6.account(ann.key).user_id}"


async def test_each_account_has_its_digest_and_habits_are_shared(two: Two) -> None:
    phone, world = two.phone, two.world
    two.add(ends_in=3 * DAY)
    two.first.add(2, ends_in=3 * DAY)
    await phone.says("/reminders")
    await world.sweep()
    await world.app.services.reminders.change(two.owner, low_days=None, hour=None)
    assert (await world.app.services.reminders.habits(ANN)).low_days is None
    world.move(2 * DAY + MINUTE)
    await world.sweep()
    texts = [text for text in await phone.texts() if text.startswith("⏳") and "in 24 hours" in text.split("\n")[0]]
    first = world.px6.account(two.first.key).user_id
    assert sorted(text.split("\n")[1] for text in texts) == sorted(["Account: client", f"Account: {first}"])
    [own] = [text for text in texts if first in text.split("\n")[1]]
    assert own.startswith("⏳ 2 proxies end")


async def test_a_rule_of_one_account_spends_of_that_one(two: Two) -> None:
    phone, world = two.phone, two.world
    two.add(ends_in=3 * DAY, comment="shop")
    two.first.add(ends_in=3 * DAY, comment="shop")
    await world.sweep()
    rules = world.app.services.rules
    rule = await rules.add(two.owner, "all", "", hours=12, period=30)
    await rules.change(two.owner, rule.id, on=True)
    world.move(2 * DAY + MINUTE)
    await world.sweep()
    [said] = [text for text in await phone.texts() if "I will prolong" in text]
    assert said.split("\n")[1] == "Account: client"
    world.move(12 * HOUR + MINUTE)
    await world.sweep()
    assert [len(world.px6.books(key)) for key in (two.first.key, two.second.key)] == [0, 1]


async def test_one_account_is_removed_and_the_other_stays(two: Two) -> None:
    phone, world = two.phone, two.world
    [theirs] = two.add(ends_in=20 * DAY)
    await phone.says(f"/prolong 30 {theirs}")
    quote, green = await phone.green()
    await phone.says("/forget")
    assert "This erases the keys of all 2 px6 accounts" in await phone.reads()
    await phone.taps("Only “client”")
    assert (await phone.reads()).startswith("Remove “client”?")
    await phone.taps("Remove the account")
    first = world.px6.account(two.first.key).user_id
    assert f"Current account: {first}" in await phone.reads()
    assert world.rows("SELECT telegram_id FROM people") == [(ANN,)]
    assert world.rows("SELECT count(*) FROM account_messages WHERE telegram_id <> 1001") == [(0,)]
    await phone.forges(green, quote)
    assert "its px6 account was removed" in await phone.reads()
    assert not world.px6.books(two.second.key)
    assert (await phone.says("/start")).startswith("px6 · 7,777.77 RUB")


async def test_the_first_account_is_removed_and_nothing_of_it_is_left(two: Two) -> None:
    phone, world = two.phone, two.world
    first = world.px6.account(two.first.key).user_id
    [mine] = two.first.add(ends_in=20 * DAY)
    await two.switches(first)
    await phone.says(f"/prolong 30 {mine}")
    quote, green = await phone.green()
    await phone.says("/accounts")
    await phone.taps("Remove")
    await phone.taps("Remove the account")
    assert "Current account: client" in await phone.reads()
    tables = ("accounts", "quotes", "watches", "snapshots", "selections", "account_messages", "last_known")
    assert [world.rows(f"SELECT count(*) FROM {each} WHERE telegram_id = 1001") for each in tables] == [[(0,)]] * 7  # noqa: S608
    await phone.forges(green, quote)
    assert "its px6 account was removed" in await phone.reads()
    await phone.taps("Home")
    assert (await phone.reads()).startswith("px6 · 300.00 RUB")
    assert "\nThis erases your key, settings, " in await phone.says("/forget"), "it is the only one"
    await phone.taps("Erase everything")
    assert "Everything is erased" in await phone.reads()
    assert world.rows("SELECT count(*) FROM people") == world.rows("SELECT count(*) FROM accounts") == [(0,)]


async def test_a_restart_keeps_which_account_is_current_and_whose_messages_are(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            two = await with_two(world)
            await two.phone.says("/proxies")
            listed = (await two.phone.screen())["message_id"]
            await two.switches(world.px6.account(two.first.key).user_id)
        async with world.running_bot():
            await two.phone.taps("Home", listed)
            assert (await two.phone.text_of(listed)).startswith("px6 · 300.00 RUB\nAccount: client")
            assert "7,777.77" in await two.phone.says("/balance")


async def test_a_name_has_up_to_24_characters_and_can_be_given_up(two: Two) -> None:
    phone, longest = two.phone, "a" * 24
    await phone.says("/accounts")
    await phone.taps("Rename")
    assert "Write a name of up to 24 characters." in await phone.says(longest + "a")
    assert f"\n• {longest} (px6 account {two.second.user_id})\n" in await phone.says(longest)
    await phone.taps("Rename")
    await phone.taps("No name")
    assert f"\n• {two.second.user_id}\n" in await phone.reads()
