"""A person changes what their proxies are: protocol and comment, of one and of many."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from px6 import split_ids
from tests.journeys.laid import connected
from tests.px6_events import once_answered
from tests.world import World

changes_protocols = pytest.mark.older_px6("it changes protocols")


def asked(world: World, method: str) -> list[dict[str, str]]:
    return [call.params for call in world.px6.calls if call.method == method]


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


@changes_protocols
async def test_the_protocol_is_changed_and_asking_again_says_already_so(world: World) -> None:
    phone = await connected(world)
    one, two = [p.id for p in mine(world).values() if p.type == "http"][:2]
    text = await phone.says(f"/type socks {one}, {two} {one}")
    assert "Now SOCKS5: 2 proxies" in text
    assert [mine(world)[i].type for i in (one, two)] == ["socks", "socks"]
    assert "2 proxies: already SOCKS5, nothing to change" in await phone.says(f"/type socks {one} {two}")
    assert [call["ids"] for call in asked(world, "settype")] == [f"{one},{two}"] * 2


@changes_protocols
async def test_an_http_proxy_becomes_usable_in_telegram(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, type="http", ends_in=timedelta(minutes=30))
    await phone.says("/proxies")
    await phone.taps(f":{proxy.port}")
    await phone.taps("Use in Telegram")
    assert (await phone.reads()).startswith("Telegram works only with SOCKS5")
    await phone.taps("Change to SOCKS5")
    assert "Now SOCKS5: 1 proxy" in await phone.reads()
    assert mine(world)[proxy.id].type == "socks"
    link = next(b for row in (await phone.screen())["keyboard"] for b in row if b["text"] == "Use in Telegram")
    assert link["url"].startswith("https://t.me/socks?")


@changes_protocols
async def test_what_telegram_does_not_take_is_changed_from_the_export_to_it(world: World) -> None:
    account, phone = world.px6.add_account(balance="10.00"), world.phone()
    await phone.connects(account.key)
    proxies = [world.px6.add_proxy(account.key, type="http", ends_in=timedelta(days=9)) for _ in range(2)]
    ended = world.px6.add_proxy(account.key, type="http", ends_in=-timedelta(days=1))
    await phone.says("/export")
    for label in ("Other programs", "Telegram links", "Change to SOCKS5 · 2"):
        await phone.taps(label)
    assert (await phone.reads()).startswith("Now SOCKS5: 2 proxies")
    assert [proxy.type for proxy in (*proxies, ended)] == ["socks", "socks", "http"]


@changes_protocols
async def test_unknown_ids_are_named_and_the_rest_goes_on_after_a_question(world: World) -> None:
    phone = await connected(world)
    one = next(p.id for p in mine(world).values() if p.type == "http")
    text = await phone.says(f"/type socks {one} 999 998")
    assert "Not yours: 999, 998" in text
    assert not asked(world, "settype")
    await phone.taps("Continue with 1 proxy")
    assert mine(world)[one].type == "socks"


@changes_protocols
async def test_a_long_list_goes_in_parts_and_each_outcome_is_told(world: World) -> None:
    phone = await connected(world)
    for _ in range(600):
        world.px6.add_proxy(world.key, comment="bulk", ends_in=timedelta(days=50))
    world.px6.fault("500_before", "settype", times=1)
    await phone.says("/proxies active bulk")
    await phone.taps("Select")
    await phone.taps("All 600")
    await phone.taps("Continue · 600")
    await phone.taps("Protocol")
    await phone.taps("SOCKS5")
    parts = split_ids(p.id for p in mine(world).values() if p.comment == "bulk")
    text = await phone.reads()
    assert f"{len(parts[0])} proxies unchanged. px6 did not answer." in text
    assert f"{len(parts[1])} proxies unchanged. Not sent, because px6 did not say what became of" in text
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("Now SOCKS5: 600 proxies")
    assert all(p.type == "socks" for p in mine(world).values() if p.comment == "bulk")
    assert len(asked(world, "settype")) == 1 + len(parts)


async def test_what_was_kept_back_after_a_part_that_px6_said_nothing_of_can_be_tried_again(world: World) -> None:
    phone = await connected(world)
    ids = [world.px6.add_proxy(world.key, comment="bulk", ends_in=timedelta(days=50)).id for _ in range(400)]
    first, rest = split_ids(ids)
    world.px6.fault("drop_after", "setdescr", times=1)
    for label in ("/proxies active bulk", "Select", "All 400", "Continue · 400", "Comment"):
        await (phone.says(label) if label.startswith("/") else phone.taps(label))
    text = await phone.says("autumn")
    assert text.startswith(f"Comment changed: {len(first)} proxies\nautumn\n{len(rest)} proxies unchanged. Not sent,")
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("Comment changed: 400 proxies")
    assert {mine(world)[one].comment for one in ids} == {"autumn"}


async def test_any_comment_arrives_exactly(world: World) -> None:
    phone = await connected(world)
    one, two = list(mine(world))[:2]
    for comment in ("a & b # c", "«кавычки» \"and\" 'these'", "two\nlines", "🇩🇪 ünï + % / ?=;"):
        assert "Comment changed: 2 proxies" in await phone.says(f"/comment {one}, {two} {comment}"), comment
        assert [mine(world)[i].comment for i in (one, two)] == [comment, comment]


async def test_a_comment_over_fifty_characters_is_offered_cut(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    text = await phone.says(f"/comment {one} {'я' * 60}")
    assert "px6 allows 50 characters, yours has 60" in text
    assert not asked(world, "setdescr")
    await phone.taps("Use the shortened one")
    assert mine(world)[one].comment == "я" * 50


async def test_a_comment_is_written_on_the_card_and_taken_away(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(minutes=30), comment="old")
    await phone.says("/proxies")
    await phone.taps(f":{proxy.port}")
    await phone.taps("Comment")
    assert "Now: old" in await phone.reads()
    await phone.says("new one")
    assert mine(world)[proxy.id].comment == "new one"
    assert "Comment: new one" in await phone.reads()
    await phone.taps("Comment")
    await phone.taps("Remove the comment")
    assert mine(world)[proxy.id].comment == ""
    await phone.taps("Comment")
    await phone.taps("Back")
    assert "I did not understand that" in await phone.says("no comment any more")


async def test_an_empty_comment_that_px6_refuses_stays_and_is_told(world: World) -> None:
    world.px6.rules.accept_empty_comment = False
    phone = await connected(world)
    proxy = next(p for p in mine(world).values() if p.comment)
    for command in (f'/comment {proxy.id} ""', f'/comment {proxy.comment} > ""'):
        assert "px6 does not accept an empty comment. The old one stays" in await phone.says(command)
    world.px6.fault("html_before", "setdescr")
    text = await phone.says(f'/comment {proxy.id} ""')
    assert text.startswith("px6 did not answer.") and "empty" not in text, "that is no refusal of the comment"
    assert proxy.comment


async def test_a_comment_goes_on_to_the_rest_where_some_ids_are_not_the_persons(world: World) -> None:
    phone = await connected(world)
    one = mine(world)[min(mine(world))]
    for written, between, kept in (("spring", (), "spring"), ("я" * 60, ("Use the shortened one",), "я" * 50)):
        await phone.says(f"/comment {one.id} 999 998 {written}")
        for label in (*between, "Continue with 1 proxy"):
            assert one.comment != kept
            await phone.taps(label)
        assert one.comment == kept and (await phone.reads()).startswith("Comment changed: 1 proxy")
    await phone.says(f"/comment {one.id} 999")
    await phone.taps("Write a comment for")
    assert (await phone.reads()).startswith("Some of these are not yours\nNot yours: 999")
    await phone.taps("Continue with 1 proxy")
    assert (await phone.reads()).startswith("Comment for 1 proxy\n")
    await phone.says("for this one")
    assert one.comment == "for this one"


async def test_a_comment_is_renamed_everywhere(world: World) -> None:
    phone = await connected(world)
    shops = [p for p in mine(world).values() if p.comment == "shop"]
    await phone.says("/proxies active shop")
    list_before = (await phone.screen())["message_id"]
    assert f"Comment changed: {len(shops)} proxies" in await phone.says("/comment shop > the market")
    assert all(p.comment == "the market" for p in shops)
    assert asked(world, "setdescr")[-1]["old"] == "shop"
    await phone.taps("…", list_before)
    assert "Comment: the market" in await phone.text_of(list_before)
    assert "No proxy has the comment nothing.\nNothing was changed." in await phone.says("/comment nothing > x")
    assert "Comment changed" in await phone.says(f"/comment the market > {'x' * 50}")
    assert "Too long for a comment" in await phone.says(f"/comment {'x' * 50} > {'y' * 51}")
    assert "Comment changed" in await phone.says(f"/comment {'x' * 50} > the end")
    assert {p.comment for p in shops} == {"the end"}


async def test_a_comment_that_looks_the_same_is_found_as_it_is_spelt(world: World) -> None:
    """Two spaces, or a line break: nobody sees them in the list, and nobody types them."""
    phone = await connected(world)
    shops = [p for p in mine(world).values() if p.comment == "shop"]
    for spelt in ("spring  sale", "spring\nsale", "spring  \nsale"):
        for proxy in shops:
            proxy.comment = spelt
        assert "Only: comment “spring sale”" in await phone.says("/proxies all spring sale")
        assert f"Comment changed: {len(shops)} proxies" in await phone.says("/comment spring sale > autumn"), spelt
        assert {p.comment for p in shops} == {"autumn"}
    assert "No proxy has the comment spring sale." in await phone.says("/comment spring sale > autumn")


async def test_each_thing_that_could_be_meant_has_a_button_that_does_it(world: World) -> None:
    phone = await connected(world)
    one, two = list(mine(world))[:2]
    mine(world)[two].comment = f"{one} a"
    await phone.says(f"/comment {one} a > b")
    message = (await phone.screen())["message_id"]
    await phone.taps("Set “a > b” for", message)
    assert mine(world)[one].comment == "a > b"
    await phone.says(f"/comment {one} a > b")
    await phone.taps("Rename")
    assert (mine(world)[one].comment, mine(world)[two].comment) == ("a > b", "b")
    await phone.says(f"/comment {one} {two} 7")
    assert await phone.labels() == [f"Write a comment for {one}, {two}, 7", f"Set “7” for {one}, {two}", "Home"]
    await phone.taps("Set “7” for")
    assert [mine(world)[i].comment for i in (one, two)] == ["7", "7"]


async def test_proxies_without_a_comment_get_one_by_renaming_nothing(world: World) -> None:
    """px6 itself cannot be asked for those."""
    phone = await connected(world)
    bare = {i for i, proxy in mine(world).items() if not proxy.comment}
    assert f"Comment changed: {len(bare)} prox" in await phone.says('/comment "" > once bare')
    assert {i for i, proxy in mine(world).items() if proxy.comment == "once bare"} == bare
    assert await phone.says('/comment "" > again') == "You have no proxies without a comment."


async def test_where_both_could_be_meant_the_bot_asks(world: World) -> None:
    phone = await connected(world)
    one, two = list(mine(world))[:2]
    mine(world)[two].comment = str(one)
    assert "What did you mean?" in await phone.says(f"/comment {one} > sale")
    assert not asked(world, "setdescr")
    await phone.taps("Rename")
    assert mine(world)[two].comment == "sale"
    await phone.says(f"/comment {one} 2024")
    await phone.taps("“2024” for")
    assert mine(world)[one].comment == "2024"
    await phone.says(f"/comment {one} {two}")
    await phone.taps("Write a comment for")
    await phone.says("answered")
    await phone.says("said to nobody")
    assert [mine(world)[i].comment for i in (one, two)] == ["answered", "answered"]


async def test_an_older_draft_is_not_used_by_mistake(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    await phone.says(f"/comment {one} {'a' * 60}")
    older = (await phone.screen())["message_id"]
    await phone.says(f"/comment {one} {'b' * 60}")
    await phone.taps("Use the shortened one", older)
    assert not asked(world, "setdescr")


async def test_wrong_arguments_get_one_line_and_an_example(world: World) -> None:
    phone = await connected(world)
    for command, example in (("/type ftp 15", "/type socks 15, 16"), ("/comment shop", "/comment 15, 16 shop")):
        assert f"Example: {example}" in await phone.says(command)
    assert "“abc” is not an ID." in await phone.says("/type http abc")
    for command in ("/type http 15-20", "/comment 15-20 shop", "/comment 15-20"):
        assert (await phone.says(command)).startswith("“15-20” is a range. Write each ID"), command


@changes_protocols
async def test_a_change_that_px6_said_nothing_of_is_looked_up(world: World) -> None:
    """In its list: done, or not done so far; only when that cannot be read either, it is said to be unknown."""
    phone = await connected(world)
    one = next(p.id for p in mine(world).values() if p.type == "http")
    world.px6.fault("html_after", "settype")
    assert "Now SOCKS5: 1 proxy" in await phone.says(f"/type socks {one}")
    assert any("nokey" in call for call in asked(world, "getproxy")), "in the form that takes px6 the least"
    world.px6.fault("html_before", "settype")
    assert "px6 did not answer." in await phone.says(f"/type http {one}")
    await phone.taps("Try again")
    assert "Now HTTPS: 1 proxy" in await phone.reads()
    world.px6.fault("html_after", "setdescr")
    assert "Comment changed: 1 proxy" in await phone.says(f"/comment {one} first")
    world.px6.fault("html_after", "setdescr")
    assert "Comment changed: 1 proxy" in await phone.says("/comment first > second")
    world.px6.fault("html_before", "setdescr")
    assert "px6 did not answer." in await phone.says("/comment second > third")
    await phone.taps("Try again")
    assert mine(world)[one].comment == "third"


@changes_protocols
async def test_a_change_that_nobody_can_tell_of_can_be_made_again(world: World) -> None:
    phone = await connected(world)
    one = next(p.id for p in mine(world).values() if p.type == "http")
    await phone.says(f"/check {one}")
    await phone.taps("Protocol")
    world.px6.fault("500_before", "settype")
    once_answered(world.px6, "settype", lambda: world.px6.fault("500_before", "getproxy", times=None))
    await phone.taps("SOCKS5")
    assert "The change may or may not have been made. It is safe to repeat it" in await phone.reads()
    assert await phone.labels() == ["Try again", "My proxies", "Home"]
    world.px6.clear_faults()
    await phone.taps("Try again")
    assert "Now SOCKS5: 1 proxy" in await phone.reads()


async def test_a_new_name_of_a_comment_that_nobody_can_tell_of_can_be_given_again(world: World) -> None:
    phone = await connected(world)
    shops = [p for p in mine(world).values() if p.comment == "shop"]
    world.px6.fault("500_before", "setdescr")
    once_answered(world.px6, "setdescr", lambda: world.px6.fault("500_before", "getproxy", times=None))
    text = await phone.says("/comment shop > market")
    assert "The change may or may not have been made. It is safe to repeat it" in text
    world.px6.clear_faults()
    await phone.taps("Try again")
    assert f"Comment changed: {len(shops)} proxies" in await phone.reads()
    assert {p.comment for p in shops} == {"market"}
