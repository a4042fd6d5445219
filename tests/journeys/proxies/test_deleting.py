"""A person deletes proxies: what goes is named, one red button, which works once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

import px6
from handlers.ground.proxy_buttons import Card
from px6 import split_ids
from storage import deletions as stored
from tests.direct_phone import DirectPhone
from tests.journeys.laid import connected
from tests.named_leases import NamedLeases
from tests.px6_events import once_answered
from tests.world import Phone, World, buttons


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


async def red(phone: Phone) -> list[str]:
    return [b["text"] for b in buttons(await phone.screen()) if b.get("style") == "danger"]


async def test_deleting_by_ids_names_what_goes_and_happens_once(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(days=3, minutes=-1), comment="mine")
    text = await phone.says(f"/delete {proxy.id} 999")
    assert text.startswith("Delete 1 proxy?\n⚠️ You will lose 3 days of paid time.")
    assert f"{proxy.host}:{proxy.port}" in text
    assert "Not yours: 999" in text
    assert await red(phone) == ["Delete 1 proxy"]
    assert proxy.id in mine(world)
    question = await phone.screen()
    await phone.taps("Delete 1 proxy")
    assert (await phone.reads()).startswith("Deleted: 1 proxy")
    assert proxy.id not in mine(world)
    data = next(b["callback_data"] for b in buttons(question) if b.get("style") == "danger")
    answer = await phone.forges(data)
    assert "Nothing more was deleted" in answer["text"] and answer["show_alert"]
    assert len(world.asked("delete")) == 1
    ((certain, proxies),) = world.rows("SELECT certain, proxies FROM deletions")
    assert certain == 1
    (journalled,) = json.loads(proxies)
    assert (journalled["id"], journalled["comment"], round(journalled["days_left"])) == (proxy.id, "mine", 3)


async def test_deleting_by_comment_takes_exactly_those_that_were_named(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies all")
    world.px6.add_proxy(world.key, comment="parser")
    doomed = [p.id for p in mine(world).values() if p.comment == "parser"]
    await phone.says("/delete parser")
    assert await red(phone) == [f"Delete {len(doomed)} proxies"]
    newer = world.px6.add_proxy(world.key, comment="parser")
    await phone.taps("Delete ")
    assert not set(doomed) & set(mine(world))
    assert newer.id in mine(world)
    assert "No proxy has the comment “nothing”." in await phone.says("/delete nothing")
    hours = world.px6.add_proxy(world.key, ends_in=timedelta(hours=2))
    assert "⚠️ You will lose 2 hours of paid time." in await phone.says(f"/delete {hours.id}")


async def test_digits_that_are_ids_and_a_comment_are_asked_about(world: World) -> None:
    phone = await connected(world)
    by_id, commented = (world.px6.add_proxy(world.key, ends_in=timedelta(days=1)) for _ in range(2))
    commented.comment = str(by_id.id)
    assert "What did you mean?" in await phone.says(f"/delete {by_id.id}")
    assert not await red(phone)
    await phone.taps("The proxies with this comment")
    await phone.taps("Delete 1 proxy")
    assert commented.id not in mine(world)
    assert by_id.id in mine(world)


async def test_quotes_make_digits_a_comment(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, comment="2024")
    await phone.says('/delete "2024"')
    await phone.taps("Delete 1 proxy")
    assert proxy.id not in mine(world)


async def test_a_selection_is_deleted_as_it_was_when_asked(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies expired")
    await phone.taps("Select")
    await phone.taps("Whole page")
    await phone.taps("Continue · 3")
    await phone.taps("Delete…")
    assert "No paid time is left." in await phone.reads()
    await phone.taps("Delete 3 proxies")
    assert all(p.ends_at > world.clock() for p in mine(world).values())


async def test_without_an_answer_px6_is_asked_what_is_left(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(days=3))
    world.px6.fault("drop_after", "delete")
    await phone.says(f"/delete {proxy.id}")
    await phone.taps("Delete 1 proxy")
    assert (await phone.reads()).startswith("Deleted: 1 proxy")
    assert len(world.asked("delete")) == 1
    assert world.rows("SELECT certain FROM deletions") == [(1,)]


async def test_what_px6_did_not_say_is_found_out_and_told(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(days=3, minutes=-1), comment="mine")
    await phone.says(f"/delete {proxy.id}")
    world.px6.fault("drop_before", "delete")
    await phone.taps("Delete 1 proxy")
    assert (
        f"px6 did not say whether these were deleted: {proxy.id}. I will check and tell you." in await phone.reads()
    )
    assert world.rows("SELECT certain FROM deletions") == [(0,)]
    assert not await red(phone)
    world.move(timedelta(minutes=2))
    await world.app.services.deletions.settle_due()
    assert (await phone.reads()).startswith("Nothing was deleted\npx6 did not answer at first")
    assert f"Not deleted: {proxy.id}" in await phone.reads()
    assert world.rows("SELECT certain FROM deletions") == [(1,)]


async def test_what_went_before_the_tap_is_said_to_be_gone(world: World) -> None:
    phone, (one,) = await asked_to_delete(world, 1)
    question = (await phone.screen())["message_id"]
    await phone.says("/proxies")
    await phone.says(f"/delete {one}")
    await phone.taps("Delete 1 proxy")
    await phone.forges(Card(proxy=one).pack())
    assert (await phone.reads()).startswith("You have no such proxy"), "no list of before is shown"
    await phone.taps("Delete 1 proxy", question)
    assert await phone.text_of(question) == "These proxies are already gone"
    assert world.asked("delete") == [{"ids": str(one)}]


@pytest.mark.parametrize(
    ("error_id", "told", "answered"),
    [
        (100, "px6 no longer accepts your key", "This is not a px6 key"),
        (404, "You do not have some of these proxies.", "I did not understand that"),
    ],
)
async def test_a_refused_deletion_is_told_with_its_reason(
    world: World, error_id: int, told: str, answered: str
) -> None:
    phone, _ = await asked_to_delete(world, 1)
    world.px6.fault("no_before", "delete", error_id=error_id)
    await phone.taps("Delete 1 proxy")
    assert (await phone.reads()).startswith(told)
    assert "Try again" not in await phone.labels()
    assert certain_and_gone(world) == [(1, False)]
    assert answered in await phone.says("what now"), "only a new key is asked for"


@pytest.mark.parametrize("wish", ["delete", "rename"])
async def test_a_key_that_was_replaced_while_px6_was_asked_is_not_asked_for(world: World, wish: str) -> None:
    """px6 refuses the old key; what it was asked is asked again with the new one."""
    phone, [one] = await asked_to_delete(world, 1)
    mine(world)[one].comment, old = "shop6", world.key
    with world.held("getproxy", key=old):
        asked = len(world.asked("getproxy"))
        wished = phone.taps("Delete 1 proxy") if wish == "delete" else phone.says("/comment shop6 > shop7")
        doing: asyncio.Future[object] = asyncio.ensure_future(wished)
        await world.until(lambda: len(world.asked("getproxy")) > asked)
        await world.app.services.accounts.connect(phone.id, world.px6.new_key(old))
    await doing
    assert (await phone.reads()) == "The key was replaced while px6 was asked. Nothing was spent or changed."
    assert await phone.labels() == ["Try again", "Home"]
    assert "I did not understand that" in await phone.says("what now"), "no key is asked for"
    await phone.taps("Try again")
    if wish == "delete":
        await phone.taps("Delete 1 proxy")
        assert one not in mine(world)
    else:
        assert mine(world)[one].comment == "shop7"


async def test_where_px6_refuses_the_new_key_too_another_one_is_asked_for(world: World) -> None:
    phone, _ = await asked_to_delete(world, 1)
    accounts, old = world.app.services.accounts, world.key
    with world.held("getproxy", key=old):
        asked = len(world.asked("getproxy"))
        doing = asyncio.ensure_future(phone.taps("Delete 1 proxy"))
        await world.until(lambda: len(world.asked("getproxy")) > asked)
        await accounts.connect(phone.id, world.px6.new_key(old))
        account, _ = await accounts.connected(phone.id)
        await accounts.key_refused(account, px6.WrongKey(100, ""))
    await doing
    assert (await phone.reads()).startswith("px6 no longer accepts your key")
    assert "This is not a px6 key" in await phone.says("what now")


async def test_where_px6s_list_is_missing_too_the_outcome_is_looked_for_and_told_later(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    phone, (one,) = await asked_to_delete(world, 1)
    world.px6.fault("500_before", "delete")
    once_answered(world.px6, "delete", lambda: world.px6.fault("500_before", "getproxy", times=None))
    await phone.taps("Delete 1 proxy")
    assert f"px6 did not say whether these were deleted: {one}." in await phone.reads()
    world.px6.clear_faults()
    world.telegram.fail("sendmessage", 429, retry_after=100)
    world.move(timedelta(minutes=2))
    await world.app.services.deletions.settle_due()
    assert f"px6 did not say whether these were deleted: {one}." in await phone.reads()
    assert certain_and_gone(world) == [(0, False)]
    assert not [each for each in caplog.records if each.levelname == "ERROR"], "that is no mistake of the bot"


async def test_px6_that_deletes_another_number_is_not_taken_at_its_word(world: World) -> None:
    phone = await connected(world)
    world.px6.rules.unknown_ids = "skip"
    one, other = (world.px6.add_proxy(world.key, ends_in=timedelta(days=3)).id for _ in range(2))
    await phone.says(f"/delete {one} {other}")

    def heard(event: Any) -> None:
        if event.type == "received" and event.data["method"] == "delete":
            mine(world).pop(other)

    world.px6.events.subscribe(heard)
    await phone.taps("Delete 2 proxies")
    assert (await phone.reads()).startswith("Deleted: 2 proxies"), "its list shows that both are gone"
    assert len(world.asked("delete")) == 1


async def test_after_a_slow_call_the_last_one_has_its_time_too_before_it_is_told_as_not_done(world: World) -> None:
    """px6 does what nobody waits for any more a few seconds later."""
    phone, ids = await asked_to_delete_many(world, 400)
    first, rest = split_ids(ids)

    def was_slow() -> None:
        world.move(timedelta(seconds=70))
        world.px6.fault("drop_before", "delete", times=1)

    once_answered(world.px6, "delete", was_slow)
    await phone.taps("Delete 400 proxies")
    assert (await phone.reads()).startswith(
        f"Deleted: {len(first)} proxies\npx6 did not say whether these were deleted"
    )
    world.move(timedelta(seconds=6))
    await world.app.services.deletions.settle_due()
    await world.quiet()
    assert "Not deleted" not in await phone.reads()
    for one in rest:
        del mine(world)[one]
    world.move(timedelta(seconds=10))
    await world.app.services.deletions.settle_due()
    await world.quiet()
    assert await phone.reads() == "Deleted: 400 proxies\npx6 did not answer at first; its list now shows the outcome."


async def test_a_process_that_hung_neither_goes_on_nor_tells_what_another_has_taken_over(world: World) -> None:
    phone, _ = await asked_to_delete_many(world, 400)
    deletions: Any = world.app.services.deletions
    deletions._leases = NamedLeases("a" * 16)
    person = DirectPhone(world.telegram, world.token, phone.id)
    red_button = person.button("del:")
    assert red_button is not None
    before = person.stands()
    with world.held("delete"):
        person.presses(*red_button)
        await world.until(lambda: len(world.asked("delete")) == 1)
        async with deletions._database.write() as connection:
            await stored.change(connection, (await deletions.history(phone.id))[0].id, held_by="b" * 16)
    await world.quiet()
    assert len(world.asked("delete")) == 1
    assert person.stands() == before
    world.move(timedelta(minutes=2))
    await deletions.settle_due()
    await world.quiet()
    assert person.stands() == before


async def test_deletions_are_among_the_orders_with_what_was_left(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(days=3, minutes=-1), comment="=mine")
    await phone.says(f"/delete {proxy.id}")
    await phone.taps("Delete 1 proxy")
    await phone.says("/orders")
    await phone.taps("Filter: All")
    await phone.taps("Deleted")
    card = next(b["callback_data"] for b in buttons(await phone.screen()) if "1 proxy" in b["text"])
    await phone.taps("1 proxy")
    text = await phone.reads()
    assert text.startswith("Deleted: 1 proxy\nConfirmed ")
    assert "You lost 3 days of paid time." in text
    assert f"{proxy.id} · {proxy.host} · 3 days · =mine" in text
    assert (await phone.forges("odc:99:1"))["text"] == "There is no such deletion."
    assert "✓" in (await phone.labels())[0]
    await phone.taps("CSV file")
    csv = (await phone.newest_file())[1].decode("utf-8-sig")
    assert f",delete,done,1,,{proxy.country},,'=mine,,,,{proxy.id},3" in csv
    stranger = world.phone(1002)
    await stranger.connects(world.px6.add_account().key)
    assert (await stranger.forges(card))["text"] == "There is no such deletion."


async def asked_to_delete(world: World, count: int) -> tuple[Phone, list[int]]:
    phone = await connected(world)
    ids = [world.px6.add_proxy(world.key, ends_in=timedelta(days=3)).id for _ in range(count)]
    await phone.says(f"/delete {' '.join(map(str, ids))}")
    return phone, ids


@pytest.mark.parametrize("error_id", [0, 30, 77])
async def test_a_no_whose_number_does_not_tell_is_looked_up(world: World, error_id: int) -> None:
    phone, ids = await asked_to_delete(world, 2)
    world.px6.fault("no_after", "delete", error_id=error_id)
    await phone.taps("Delete 2 proxies")
    assert (await phone.reads()).startswith("Deleted: 2 proxies")
    assert not mine(world).keys() & set(ids)


async def test_a_no_that_may_still_become_a_yes_is_looked_up_until_px6_had_its_time(world: World) -> None:
    phone, ids = await asked_to_delete(world, 2)
    world.px6.fault("no_before", "delete", error_id=30)
    await phone.taps("Delete 2 proxies")
    text = await phone.reads()
    assert text.startswith("Nothing has been deleted so far\n")
    assert "px6 did not say whether these were deleted" in text
    world.move(timedelta(minutes=2))
    await world.app.services.deletions.settle_due()
    assert (await phone.reads()).startswith("Nothing was deleted\n")
    assert mine(world).keys() >= set(ids)


@pytest.mark.parametrize(("fault", "calls"), [("429", 2), ("429_after", 1)])
async def test_429_is_looked_into_before_it_is_sent_again(world: World, fault: str, calls: int) -> None:
    phone, ids = await asked_to_delete(world, 2)
    world.px6.fault(fault, "delete")
    await phone.taps("Delete 2 proxies")
    assert (await phone.reads()).startswith("Deleted: 2 proxies")
    assert not mine(world).keys() & set(ids)
    assert len(world.asked("delete")) == calls


async def test_what_another_accounts_answer_or_list_says_is_not_believed(world: World) -> None:
    phone, ids = await asked_to_delete(world, 2)
    world.px6.fault("stranger_before", "delete")
    once_answered(world.px6, "delete", lambda: world.px6.fault("stranger_after", "getproxy"))
    await phone.taps("Delete 2 proxies")
    assert (await phone.reads()).startswith("Nothing has been deleted so far\n")
    assert mine(world).keys() >= set(ids)


async def test_a_proxy_that_cannot_be_read_any_more_is_not_gone_for_that(world: World) -> None:
    phone, (one, other) = await asked_to_delete(world, 2)

    def breaks() -> None:
        mine(world)[one].port = ""

    once_answered(world.px6, "delete", breaks)
    world.px6.fault("no_before", "delete")
    await phone.taps("Delete 2 proxies")
    world.move(timedelta(minutes=2))
    await world.app.services.deletions.settle_due()
    assert mine(world).keys() >= {one, other}
    assert "Deleted" not in await phone.reads()


async def test_what_was_kept_back_after_a_part_that_px6_said_nothing_of_is_said_so_and_asked_about_anew(
    world: World,
) -> None:
    """px6 answers again by then: nothing is said of it that is not so."""
    phone, ids = await asked_to_delete_many(world, 400)
    world.px6.fault("drop_after", "delete", times=1)
    await phone.taps("Delete 400 proxies")
    first, rest = split_ids(ids)
    assert (await phone.reads()).startswith(
        f"Deleted: {len(first)} proxies\n"
        f"{len(rest)} proxies unchanged. Not sent, because px6 did not say what became of the ones before.\nIDs: "
    )
    assert mine(world).keys() & set(ids) == set(rest)
    await phone.taps(f"Continue with {len(rest)} proxies")
    assert await red(phone) == [f"Delete {len(rest)} proxies"], "that is a question of its own"
    assert len(world.asked("delete")) == 1
    await phone.taps(f"Delete {len(rest)} proxies")
    assert (await phone.reads()).startswith(f"Deleted: {len(rest)} proxies")
    assert not mine(world).keys() & set(ids)


async def test_after_another_number_than_was_asked_for_the_rest_is_kept_back(world: World) -> None:
    phone, ids = await asked_to_delete_many(world, 400)
    world.px6.rules.unknown_ids = "skip"
    as_heard(world, ids[:1])
    await phone.taps("Delete 400 proxies")
    first, rest = split_ids(ids)
    text = await phone.reads()
    assert text.startswith(f"Deleted: {len(first)} proxies\n{len(rest)} proxies unchanged. Not sent, because px6 did")
    assert await phone.labels() == [f"Continue with {len(rest)} proxies", "My proxies", "Home"]


async def asked_to_delete_many(world: World, count: int) -> tuple[Phone, list[int]]:
    """So many that it takes several calls."""
    phone = await connected(world)
    ids = [world.px6.add_proxy(world.key, ends_in=timedelta(days=9), comment="bulk").id for _ in range(count)]
    await phone.says("/delete bulk")
    return phone, ids


async def test_what_px6_lists_unreadably_is_not_said_to_be_gone_and_can_be_deleted_later(world: World) -> None:
    phone, ids = await asked_to_delete(world, 2)
    ports = {one: mine(world)[one].port for one in ids}
    for one in ids:
        mine(world)[one].port = ""
    await phone.taps("Delete 2 proxies")
    listed = ", ".join(map(str, ids))
    assert await phone.reads() == (
        f"Nothing was deleted\npx6 does not list these in a readable form: {listed}\nTry again in a minute."
    )
    assert await red(phone) == ["Try again"]
    for one in ids:
        mine(world)[one].port = ports[one]
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("Deleted: 2 proxies")
    assert len(world.asked("delete")) == 1


async def test_of_several_the_one_that_px6_lists_unreadably_is_named_as_not_deleted(world: World) -> None:
    phone, (one, other) = await asked_to_delete(world, 2)
    mine(world)[other].port = ""
    await phone.taps("Delete 2 proxies")
    assert await phone.reads() == (
        f"Deleted: 1 proxy\nNot deleted, because px6 does not list them in a readable form: {other}"
    )
    assert world.asked("delete") == [{"ids": str(one)}]
    await phone.says("/orders")
    for label in ("Filter: All", "Deleted", "1 proxy"):
        await phone.taps(label)
    text = await phone.reads()
    assert f"\nNot deleted: {other}\n" in text and text.endswith(f"\n{other}")
    await phone.says("/orders")
    await phone.taps("CSV file")
    csv = (await phone.newest_file())[1].decode("utf-8-sig")
    assert any(line.endswith(f",{other},") for line in csv.splitlines()), csv


@pytest.mark.parametrize("count", [1, 3])
async def test_what_somebody_else_deletes_at_that_moment_is_gone_for_both(world: World, count: int) -> None:
    phone, ids = await asked_to_delete(world, count)
    as_heard(world, ids)
    await phone.taps("Delete ")
    assert await phone.reads() == "These proxies are already gone"
    await phone.says("/orders")
    for label in ("Filter: All", "Deleted", f"{count} prox"):
        await phone.taps(label)
    text = await phone.reads()
    assert text.startswith(f"Deleted: {count} prox") and "Not deleted" not in text
    await phone.says("/orders")
    await phone.taps("CSV file")
    csv = (await phone.newest_file())[1].decode("utf-8-sig")
    assert (csv.count(",delete,done,"), csv.count("not_done")) == (count, 0)


async def test_where_one_of_several_went_at_that_moment_a_tap_asks_about_the_others(world: World) -> None:
    phone, ids = await asked_to_delete(world, 3)
    as_heard(world, ids[:1])
    await phone.taps("Delete 3 proxies")
    assert await phone.reads() == (
        f"Nothing has been deleted so far\nAlready gone: 1 proxy\nIDs: {ids[0]}\n"
        f"2 proxies unchanged. You do not have some of these proxies.\nIDs: {ids[1]}, {ids[2]}"
    )
    [deletion] = await world.app.services.deletions.history(phone.id)
    assert (deletion.gone, deletion.kept, deletion.certain) == (ids[:1], ids[1:], True)
    await phone.taps("Continue with 2 proxies")
    assert await red(phone) == ["Delete 2 proxies"]
    await phone.taps("Delete 2 proxies")
    assert (await phone.reads()).startswith("Deleted: 2 proxies")


async def test_of_several_calls_the_one_with_a_proxy_that_is_gone_by_then_is_told_apart(world: World) -> None:
    phone, ids = await asked_to_delete_many(world, 400)
    first, rest = split_ids(ids)
    as_heard(world, [first[0]])
    await phone.taps("Delete 400 proxies")
    text = await phone.reads()
    assert text.startswith(
        f"Deleted: {len(rest)} proxies\nAlready gone: 1 proxy\nIDs: {first[0]}\n{len(first) - 1} proxies unchanged."
    )
    assert (await phone.labels())[0] == f"Continue with {len(first) - 1} proxies"


async def test_without_px6s_list_what_it_did_not_know_is_not_said_to_be_gone(world: World) -> None:
    phone, ids = await asked_to_delete(world, 2)
    as_heard(world, ids[:1])
    once_answered(world.px6, "delete", lambda: world.px6.fault("500_before", "getproxy", times=None))
    await phone.taps("Delete 2 proxies")
    assert (await phone.reads()).startswith("You do not have some of these proxies.")
    assert certain_and_gone(world) == [(1, False)]


def as_heard(world: World, ids: Sequence[int]) -> None:
    """Somebody else deletes these as soon as px6 hears of a deletion."""

    def heard(event: Any) -> None:
        if event.type == "received" and event.data["method"] == "delete":
            for one in ids:
                mine(world).pop(one, None)

    world.px6.events.subscribe(heard)


def certain_and_gone(world: World) -> list[tuple[bool, bool]]:
    """Of each deletion, whether its outcome is certain, and whether its first proxy is gone."""
    found = world.rows("SELECT certain, proxies FROM deletions")
    return [(certain, json.loads(proxies)[0]["gone"]) for certain, proxies in found]
