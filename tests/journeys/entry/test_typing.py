"""Whatever phones and spreadsheets put between words, px6 is asked for what was meant, or the person is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp

from tests.cases import case
from tests.journeys.laid import connected
from tests.world import World, buttons


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


def asked(world: World, method: str) -> list[dict[str, str]]:
    return [call.params for call in world.px6.calls if call.method == method]


def styled(screen: dict[str, Any], style: str) -> list[str]:
    return [b["text"] for b in buttons(screen) if b.get("style") == style]


async def test_ids_pasted_from_a_spreadsheet_are_all_deleted(world: World) -> None:
    phone = await connected(world)
    ids = list(mine(world))[:3]
    await phone.says(f"/delete\t{ids[0]}\n{ids[1]}\n\u200b{ids[2]}\ufeff")
    assert styled(await phone.screen(), "danger") == ["Delete 3 proxies"]
    await phone.taps("Delete 3 proxies")
    assert [params["ids"] for params in asked(world, "delete")] == [",".join(map(str, ids))]
    assert not set(ids) & set(mine(world))


async def test_a_quote_for_named_proxies_is_for_these_whatever_the_space(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    world.px6.top_up(world.key, 1000)
    for space in ("\u202f", "\xa0", "\u3000", "\v", "\t", "\n"):
        before = len(asked(world, "prolong"))
        with case(space):
            text = await phone.says(f"/PROLONG{space}30{space}{one}")
            assert text.startswith("Prolong 1 proxy for 30 days")
            assert mine(world)[one].host in text
            await phone.taps("Prolong 30 days · ")
            sent = asked(world, "prolong")[before:]
            assert [(params["period"], params["ids"]) for params in sent] == [("30", str(one))]


async def test_a_comment_that_may_rename_is_asked_about_after_a_tab_too(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    assert "What did you mean?" in await phone.says(f"/comment\t{one} shop > reserve")
    assert not asked(world, "setdescr")
    await phone.taps("“shop > reserve”")
    assert asked(world, "setdescr") == [{"new": "shop > reserve", "ids": str(one)}]


async def test_a_command_is_known_in_any_case(world: World) -> None:
    phone = await connected(world)
    bot = (await world.app.bot.me()).username
    for command in ("/PROXIES", "/Proxies@{bot}", "\u200e/proxies\u200b", "/pRoXiEs\n"):
        with case(command):
            assert (await phone.says(command.format(bot=(bot or "").upper()))).startswith("My proxies")
            assert "no such command" in await phone.says("/PROXIES@another_bot")


async def test_a_country_of_two_words_is_bought_in_whole(world: World) -> None:
    phone = await connected(world)
    for words, country, comment in (
        ("Hong Kong", "hk", None),
        ("Южная Корея", "kr", None),
        ("south\u00a0korea", "kr", None),
        ('"United States" socks shop', "us", "shop"),
        ("United States ipv6 shop", "us", "shop"),
        ("de Kong", "de", "Kong"),
    ):
        world.px6.market.set_stock(country, "6", 50)
        before = len(asked(world, "buy"))
        with case(words):
            text = await phone.says(f"/buy 1 30 {words}")
            assert (f"Comment: {comment}" in text) if comment else ("Comment:" not in text)
            await phone.taps("Buy · ")
            assert [params["country"] for params in asked(world, "buy")[before:]] == [country]


async def test_a_country_that_could_end_earlier_is_asked_about_and_nothing_is_quoted(world: World) -> None:
    phone = await connected(world)
    text = await phone.says("/buy 1 30 Guinea Bissau")
    assert text.splitlines() == [
        "Is “Guinea Bissau” a country, or a country and a comment?",
        "Use quotes to make it clear:",
        '/buy 1 30 "Guinea Bissau"',
        '/buy 1 30 Guinea "Bissau"',
    ]
    assert not styled(await phone.screen(), "success")
    assert not world.rows("SELECT id FROM quotes")


async def test_a_country_of_two_words_works_in_stock_and_in_russian(world: World) -> None:
    phone = await connected(world)
    assert (await phone.says("/STOCK\xa0South Korea IPV4")).startswith("🇰🇷 South Korea, IPv4")
    await world.patch(f"/people/{phone.id}", {"language_code": "ru"})
    assert (await phone.says("/stock\tЮжная\u3000Корея")).startswith("🇰🇷 Южная Корея, IPv6")
    assert "Гонконг" in await phone.says("/buy 1 30 Hong Kong")


async def test_numbers_in_groups_and_full_width_digits_are_read(world: World) -> None:
    phone = await connected(world)
    assert (await phone.says("/price 1,000 30")).startswith("1,000 × IPv6, 30 days")
    assert (await phone.says("/price １\xa0０００ ３０ ｉｐｖ４")).startswith("1,000 × IPv4, 30 days")
    assert "Is the comma in “5,100 4” inside a number or between two?" in await phone.says("/price 5,100 4")
    await phone.says("/buy")
    await phone.taps("IPv6")
    await phone.taps("Germany")
    await phone.taps("Other days")
    assert (await phone.says("\u200b３０\u00a0")).startswith("Buy 1 × IPv6, Germany, 30 days")


async def test_a_comment_that_nobody_would_see_is_refused(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    blanks = ('" "', "«\u200b»", "\u2800", "\u3164 \u3164")
    commands = (f"/comment {one} {{}}", '/comment "shop" > {}', "/buy 1 30 de {}")
    for blank, command in ((blank, command.format(blank)) for blank in blanks for command in commands):
        text = await phone.says(command)
        if blank == "«\u200b»" and "Nobody" not in text:
            continue  # quotes with nothing in them take a comment away, as "" does
        assert text.startswith("Nobody would see this comment"), command
        assert "Example: " in text
    assert "\u200b" not in {params["new"] for params in asked(world, "setdescr")}


async def test_a_blank_answer_keeps_the_comment_and_the_question(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    before = mine(world)[one].comment
    await phone.says(f"/comment {one}")
    for blank in ("\u200b", "\u2800", "\u3164"):
        assert (await phone.says(blank)).startswith("Nobody would see this comment"), blank
    assert (mine(world)[one].comment, asked(world, "setdescr")) == (before, [])
    await phone.says("\u200bseen\u00a0")
    assert mine(world)[one].comment == "seen"


async def test_a_blank_comment_of_a_purchase_is_refused_and_asked_for_again(world: World) -> None:
    phone = await connected(world)
    await phone.says("/buy 1 30 de")
    await phone.taps("Comment")
    for blank in ("\u200b", "\u2800"):
        assert (await phone.says(blank)).startswith("Nobody would see this comment"), blank
    assert (await phone.says("\u200bseen\u00a0")).endswith("Comment: seen")
    await phone.taps("Buy ·")
    assert [params["new"] for params in asked(world, "setdescr")] == ["seen"]


async def test_proxies_whose_comment_nobody_can_see_are_among_those_without_one(world: World) -> None:
    phone = await connected(world)
    for comment in ("\u200b", "\u2800", "\u202e", " \n"):
        world.px6.add_proxy(world.key, ends_in=timedelta(minutes=5), comment=comment)
    await phone.says("/proxies")
    await phone.taps("Filter")
    await phone.taps("Comment")
    assert "No comment" in await phone.labels()
    await phone.taps("No comment")
    line = (await phone.reads()).splitlines()[2]
    assert len(line.split(" · ")) == 2, "the address and the id, and no empty comment"


async def test_a_comment_is_found_however_its_spaces_are_spelt(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, comment="my\xa0 shop\u200b", ends_in=timedelta(days=2))
    assert str(proxy.port) in await phone.says("/proxies my\tshop")
    assert f":{proxy.port}" in await phone.says("/delete my shop")
    assert "Comment changed: 1 proxy" in await phone.says("/comment my shop > market")
    assert (proxy.comment, asked(world, "setdescr")[-1]["old"]) == ("market", "my\xa0 shop\u200b")
    assert "No proxy has the comment my shop." in await phone.says("/comment my shop > market")
    assert "No proxy has the comment" in await phone.says("/comment " + "ы" * 4000 + " > market")


async def test_comments_of_any_script_arrive_as_written(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    for comment in ("😀" * 50, "שלום עולם", "a\u200db", "one\ntwo"):
        assert "Comment changed: 1 proxy" in await phone.says(f"/comment {one} {comment}"), comment
        assert mine(world)[one].comment == comment


async def test_fifty_characters_are_counted_as_px6_counts_them(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    assert "px6 allows 50 characters, yours has 51" in await phone.says(f"/comment {one} {'😀' * 51}")
    await phone.taps("Use the shortened one")
    assert mine(world)[one].comment == "😀" * 50


async def test_what_is_no_list_of_ids_gets_one_line_and_an_example(world: World) -> None:
    phone = await connected(world)
    for text, answer in (
        ("/delete 10-15", "“10-15” is a range"),
        ("/delete 10 - 15", "“-” is a range"),
        ("/comment 10-15 shop", "“10-15” is a range"),
        ("/prolong 30 10..15", "“10..15” is a range"),
        ("/check 99999999999999999999", "is not an ID"),
        ("/type socks 1e3", "“1e3” is not an ID"),
        ("/delete 15x", "No proxy has the comment “15x”."),
        ("/check 0", "“0” is not an ID"),
    ):
        told = await phone.says(text)
        assert answer in told, text
        assert "Example: " in told, text
        assert not any(asked(world, method) for method in ("delete", "setdescr", "settype", "check")), text


async def test_ids_with_number_signs_and_zeros_are_these_proxies(world: World) -> None:
    phone = await connected(world)
    one, two, three = list(mine(world))[:3]
    await phone.says(f"/type socks #{one};№ {two} 000{three}")
    assert [params["ids"] for params in asked(world, "settype")] == [f"{one},{two},{three}"]
    await phone.says("/proxies")
    await phone.taps("Search")
    assert f":{mine(world)[one].port}" in await phone.says(f"\u200e№{one}")


async def test_a_key_with_other_hyphens_is_the_key_and_its_message_goes(world: World) -> None:
    for number, dash in enumerate(("\u2011", "\xad", "–", "−")):
        phone = world.phone(2001 + number)
        await phone.says("/start")
        with case(dash):
            assert (await phone.says(f"/KEY\n\u200b{world.key.replace('-', dash)}\ufeff")).startswith("Connected")
            assert not [m for m in await phone.chat() if m["from"] == "person" and "/KEY" in m["text"]]


async def test_a_soft_hyphen_within_a_key_of_another_shape_is_no_part_of_it(world: World) -> None:
    """It marks where a line was broken. px6 may issue other keys some day."""
    phone = world.phone()
    await phone.says("/start")
    world.px6.add_account("5a6d9b0c1e2f3a4b5c6d7e8f")
    assert (await phone.says("/key 5a6d9b0c1e2f\xad3a4b5c6d7e8f")).startswith("Connected")


async def test_a_command_beside_a_picture_is_done_as_written(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    form = aiohttp.FormData({"caption": f"/prolong\u00a030 {one}"})
    form.add_field("photo", b"not looked at", filename="photo.jpg")
    async with world.http.post(f"{world.sandbox.telegram_url}/people/{phone.id}/messages", data=form) as answer:
        assert answer.status == 200
    await world.quiet()
    assert (await phone.reads()).startswith("Prolong 1 proxy for 30 days")


async def test_an_edited_command_is_not_carried_out_and_that_is_said(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    await phone.says("/balance")
    message = [m for m in await phone.chat() if m["from"] == "person"][-1]["message_id"]
    await world.patch(f"/people/{phone.id}/messages/{message}", {"text": f"/type socks {one}"})
    await world.quiet()
    assert (await phone.reads()).startswith("I do not see edits.")
    assert not asked(world, "settype")


async def test_the_longest_message_is_answered(world: World) -> None:
    phone = await connected(world)
    one = next(iter(mine(world)))
    assert "px6 allows 50 characters" in await phone.says(f"/comment {one} ".ljust(4096, "я"))
    assert "No proxy has the comment" in await phone.says("/delete ".ljust(4096, "я"))
    assert "is not an ID" in await phone.says("/check ".ljust(4096, "1"))
    assert "Not yours" in await phone.says("/delete " + " ".join(str(n) for n in range(1, 1000))[:4080])
    assert "I do not know" in await phone.says("/buy 1 30 ".ljust(4096, "d"))
    assert "I did not understand that" in await phone.says("\u200b".ljust(4095, "я") + "\u200b")
