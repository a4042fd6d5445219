"""A person pastes whatever they have, and goes on with exactly those of it that are theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

import handlers.orders.found
import handlers.orders.found_files
from sandbox.telegram.texts import Json
from tests.intakes import by_both_ways
from tests.world import Phone, World, buttons, green_buttons

KEY = "ab12cd34ef-ab12cd34ef-ab12cd34ef"
STRANGER = "5.18.204.9:8000:stranger:his-password"
NOT_UNDERSTOOD = "I did not understand that. Send IDs or addresses of proxies, or open /help."


def string_of(proxy: Any) -> str:
    return f"{proxy.host}:{proxy.port}:{proxy.user}:{proxy.password}"


async def connected(world: World, count: int = 2, **about: Any) -> tuple[Phone, list[Any]]:
    """A person with so many proxies and no others, the soonest end first."""
    phone, account = world.phone(), world.px6.add_account(KEY)
    await phone.connects(KEY)
    made = [world.px6.add_proxy(KEY, ends_in=timedelta(days=2 + nth), **about) for nth in range(count)]
    assert account.balance == 500
    return phone, made


@by_both_ways
async def test_of_a_pasted_list_the_persons_own_are_shown_with_their_price_and_one_tap_prolongs_them(
    world: World,
) -> None:
    phone, (first, second) = await connected(world)
    text = await phone.says(f"Look:\nsocks5://{first.user}:{first.password}@{first.host}:{first.port}\n{STRANGER}")
    assert text.startswith("1 of 2 proxies are yours\n")
    text = await phone.says(f"{string_of(second)}\n{STRANGER}\n#{first.id}")
    lines = text.splitlines()
    assert lines[0] == "2 of 3 proxies are yours"
    assert [each for each in (first, second) for line in lines[1:3] if f"{each.host}:{each.port} · " in line] == [
        first,
        second,
    ], "the soonest end first"
    assert lines[3] == "Not yours: 5.18.204.9:8000"
    assert "stranger" not in str([m for m in await phone.chat() if m["from"] == "bot"])
    assert [b["text"].split(" · ")[0] for b in buttons(await phone.screen())] == [
        "Prolong 30 days", "Other days", "Check", "Export", "Select", "Comment", "Home",
    ]  # fmt: skip
    await phone.taps("Prolong 30 days · ")
    assert [call["ids"] for call in world.asked("prolong")] == [f"{first.id},{second.id}"]


async def test_every_way_on_keeps_exactly_what_was_pasted(world: World) -> None:
    phone, made = await connected(world, 4)
    wanted = made[:2]
    pasted = " ".join(str(each.id) for each in wanted)
    await phone.says(pasted)
    assert (await phone.reads()).startswith("2 proxies, all yours\n")
    await phone.taps("Check")
    assert sorted(int(call["ids"]) for call in world.asked("check")) == sorted(each.id for each in wanted)
    await phone.says(pasted)
    await phone.taps("Select")
    text = await phone.reads()
    assert "2 selected" in text and [label[0] for label in await phone.labels()][:2] == ["☑", "☑"]
    assert not any(f"{each.host}:{each.port}" in text for each in made[2:])
    await phone.says(pasted)
    await phone.taps("Comment")
    await phone.says("pasted ones")
    assert [each.comment for each in made] == ["pasted ones"] * 2 + [""] * 2
    await phone.says(pasted)
    await phone.taps("Export")
    assert "2 proxies" in await phone.reads()
    await phone.says(pasted)
    await phone.taps("Other days")
    assert (await phone.reads()).startswith("Prolong 2 proxies")


async def test_one_alone_leads_to_its_card_and_none_of_another_persons_is_anybodys(world: World) -> None:
    phone, (own, *_) = await connected(world)
    foreign = world.px6.add_proxy(world.px6.add_account().key)
    assert (await phone.says(f"{own.host}:{own.port}")).startswith("This proxy is yours\n")
    await phone.taps("Details")
    assert f"ID: {own.id}" in await phone.reads()
    text = await phone.says(f"{string_of(foreign)}\n{foreign.id}")
    assert text.splitlines()[:2] == ["This proxy is not yours", f"{foreign.host}:{foreign.port}"]
    text = await phone.says(f"{foreign.id} 30000099")
    assert text.splitlines()[:2] == ["None of these is yours", f"{foreign.id}, 30000099"]
    many = "\n".join(f"5.18.204.{n}:80" for n in range(9))
    assert "5.18.204.4:80 and 4 more" in await phone.says(many)


async def test_find_knows_comments_and_countries_in_both_languages_and_asks_for_what_it_is_not_told(
    world: World,
) -> None:
    phone, made = await connected(world, 2, country="de", comment="Modell shop")
    made.append(world.px6.add_proxy(KEY, country="us", comment="ads"))
    for words in ("Germany", "германия", "de", "Modell", "SHOP", "ger"):
        text = await phone.says(f"/find {words}")
        assert text.startswith("2 proxies found\n"), words
    assert (await phone.says("/find США")).startswith("1 proxy found\n")
    assert (await phone.says("/find nothing like it")).startswith("Nothing found\nNo proxy matches “nothing like it”")
    await phone.taps("Search again")
    assert (await phone.says("ads")).startswith("1 proxy found\n")
    assert NOT_UNDERSTOOD in await phone.says("ads"), "the question is answered by a text"
    assert (await phone.says(f"/find {string_of(made[2])} /check 1")).startswith("This proxy is yours\n")
    await phone.says("find")
    assert (await phone.sends_file("mine.csv", f"{made[0].id}\n{made[1].id}".encode())).startswith(
        "2 proxies, all yours"
    )
    assert NOT_UNDERSTOOD in await phone.says("ads"), "and by a file"


async def test_words_are_commands_where_nothing_was_asked_and_anything_else_leads_home(world: World) -> None:
    phone, _ = await connected(world)
    for words, shown in {
        "balance": "Balance",
        "Мои прокси!": "My proxies · ",
        "price": "",
        "КУПИТЬ": "Buy",
        "помощь": "What I can do",
        "настройки…": "Settings",
    }.items():
        text = await phone.says(words)
        assert text.startswith(shown) and NOT_UNDERSTOOD not in text, words
    text = await phone.says("good morning, are you there?")
    assert text.startswith("px6 · ") and text.endswith(NOT_UNDERSTOOD)
    assert "Buy" in await phone.labels()
    await phone.says("/find")
    assert (await phone.says("balance")).startswith("Nothing found"), "what was asked for keeps its meaning"


async def test_a_text_as_long_as_telegrams_apps_cut_it_is_said_to_be_perhaps_a_part(world: World) -> None:
    phone, (own, *_) = await connected(world)
    for length, cut in ((3_899, False), (3_900, True)):
        text = f"{own.id}{' ' * (length - 2 * len(str(own.id)))}{own.id}"
        assert ("Telegram cuts long lists" in await phone.says(text)) is cut


async def test_what_stands_under_a_picture_or_behind_a_link_is_read_and_a_word_there_is_no_command(
    world: World,
) -> None:
    phone, (own, *_) = await connected(world)
    assert (await phone.sends_file("a.png", b"x", string_of(own), "photo")).startswith("This proxy is yours")
    assert (await phone.sends_file("a.png", b"x", "balance", "photo")).startswith("I understand only text")
    link = f"https://t.me/socks?server={own.host}&port={own.port}&user=u&pass=p"
    world.telegram.push(world.token, "message", forwarded(phone.id, "Connect", link))
    await world.quiet()
    assert (await phone.reads()).startswith("This proxy is yours")


def forwarded(person: int, text: str, link: str) -> Json:
    entity = {"type": "text_link", "offset": 0, "length": len(text), "url": link}
    user = {"id": person, "is_bot": False, "first_name": "Ann"}
    return {
        "message_id": 900, "date": 1_900_000_000, "chat": {"id": person, "type": "private"}, "from": user,
        "text": text, "entities": [entity],
        "forward_origin": {"type": "hidden_user", "date": 1_900_000_000, "sender_user_name": "Bob"},
    }  # fmt: skip


async def test_a_file_of_five_thousand_lines_is_read_and_files_that_are_none_say_why(world: World) -> None:
    phone, made = await connected(world, 3)
    lines = [f"10.{nth // 250}.{nth % 250}.1:8000:u{nth}:p{nth}" for nth in range(4_997)]
    text = await phone.sends_file("all.txt", "\r\n".join([*lines, *map(string_of, made)]).encode())
    assert text.startswith("3 of 5,000 proxies are yours\n") and "and 4,992 more" in text
    rows = [{"host": each.host, "port": each.port, "user": "u", "pass": "secret"} for each in made]
    assert (await phone.sends_file("x.JSON", json.dumps(rows).encode("utf-16"))).startswith("3 proxies, all yours")
    assert (await phone.sends_file("x.csv", f"id;имя\n{made[0].id};мой".encode("cp1251"))).startswith("This proxy")
    assert (await phone.sends_file("x.yaml", b"proxies: []")).startswith("There are no proxies in this file")
    assert (await phone.sends_file("x.txt", b" " * (2**20 + 1))).startswith("This file is too large")
    largest = str(made[0].id).encode().rjust(2**20)
    assert (await phone.sends_file("x.txt", largest)).startswith("This proxy is yours")
    assert (await phone.sends_file("x.txt", b"\x00\x01\x02")).startswith("This is not a text file")
    assert (await phone.sends_file("x.pdf", b"1.2.3.4:80")).startswith("I read lists of proxies as .txt")
    for each in made[:2]:
        text = await phone.sends_file("part.txt", string_of(each).encode(), album="1")
        assert f"{each.host}:{each.port}" in text, "each file of an album is read"
    calls = [call.method for call in world.telegram.requests if call.method == "getfile"]
    assert len(calls) == 8, "what is too large or of another type is not fetched"


@pytest.mark.parametrize("fault", ["refused", "dropped", "cut", "html", "html as if it were the file", "silent"])
async def test_a_file_that_does_not_come_through_is_said_once_and_the_next_one_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    phone, (own, *_) = await connected(world)
    monkeypatch.setattr(handlers.orders.found_files, "DOWNLOAD_SECONDS", 1)
    code, answer = {
        "refused": (404, None), "dropped": (0, None), "cut": (200, "cut"), "html": (502, "html"),
        "html as if it were the file": (200, "html"), "silent": (200, "silent"),
    }[fault]  # fmt: skip
    world.telegram.fail("download", code, 2 if fault == "dropped" else 1, answer=answer)
    content = f"{own.id}\n{string_of(own)}\n".encode()
    assert (await phone.sends_file("mine.txt", content)).startswith("The file did not come through from Telegram.")
    assert not world.telegram.faults.as_json()
    assert (await phone.sends_file("mine.txt", content)).startswith("This proxy is yours\n")


async def test_while_px6_does_not_answer_what_is_pasted_is_matched_with_what_was_known(world: World) -> None:
    phone, (own, other) = await connected(world)
    await phone.says("/proxies")
    world.px6.fault("down", times=None)
    text = await phone.says(f"{own.id} {other.id}")
    assert text.startswith("2 proxies, all yours\n⚠️ px6 has not answered since")
    assert not green_buttons(await phone.screen())
    world.px6.clear_faults()
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("2 proxies, all yours\n") and green_buttons(await phone.screen())


async def test_what_is_not_found_while_px6_does_not_answer_can_be_looked_for_again(world: World) -> None:
    phone, _ = await connected(world)
    await phone.says("/proxies")
    world.px6.fault("down", times=None)
    assert (await phone.says("/find nothing like it")).startswith("Nothing found\n⚠️ px6 has not answered since")
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("What are you looking for?")


async def test_without_money_the_way_to_it_is_shown_and_without_a_price_prolonging_is_a_question(
    world: World,
) -> None:
    phone, (own, other) = await connected(world)
    world.px6.top_up(KEY, "-499.50")
    assert "missing" in await phone.says(str(own.id))
    assert not green_buttons(await phone.screen())
    assert (await phone.labels())[:2] == ["Top up at px6", "I have topped up"]
    world.px6.fault("no_before", "getprice", times=10, error_id=410)
    await phone.says(f"{string_of(own)}\n{string_of(other)}")
    assert (await phone.labels())[0] == "Prolong"
    world.px6.clear_faults()
    await phone.says(f"{own.id} {other.id}")
    del world.px6.account(KEY).proxies[other.id]
    world.move(timedelta(minutes=1))
    await phone.taps("I have topped up")
    title, _, strangers, price, *_ = (await phone.reads()).splitlines()
    assert (title, strangers) == ("1 of 2 proxies are yours", f"Not yours: {other.id}")
    assert price.startswith("Prolonging for 30 days"), "no proxy was unreadable"


async def test_a_price_that_does_not_come_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone, made = await connected(world)
    monkeypatch.setattr(handlers.orders.found, "PRICE_SECONDS", 0.2)
    world.px6.fault("silent_before", "getprice", times=1)
    assert (await phone.says(" ".join(str(each.id) for each in made))).startswith("2 proxies, all yours")
    assert (await phone.labels())[0] == "Prolong"
    assert "Telegram cuts" in await phone.says("\n".join([string_of(made[0])] + [STRANGER] * 110))


async def test_the_price_is_of_thirty_days_where_px6_refuses_the_usual_period(world: World) -> None:
    phone, (first, second) = await connected(world)
    for days in (7, 90, 7):
        await phone.says(f"/prolong {days} {first.id}")
        await phone.taps(f"Prolong {days} days")
    world.px6.fault("no_before", "getprice", times=1, error_id=210)
    for days in (30, 7):
        await phone.says(str(second.id))
        assert f"Prolong {days} days · " in str(await phone.labels())


async def test_what_has_ended_is_shown_and_left_out_of_the_price(world: World) -> None:
    phone, made = await connected(world)
    ended = world.px6.add_proxy(KEY, ends_in=timedelta(days=-1))
    text = await phone.says(" ".join(str(each.id) for each in (*made, ended)))
    assert text.startswith("3 proxies, all yours\n") and "Without 1 proxy that has ended" in text
    await phone.taps("Prolong 30 days · ")
    assert [call["ids"] for call in world.asked("prolong")] == [",".join(str(each.id) for each in made)]
    assert "Prolong 30 days" in str(await phone.says(str(ended.id)) and await phone.labels()), "alone it is tried"


async def test_a_list_of_a_moment_ago_is_not_taken_for_what_there_is(world: World) -> None:
    phone, _ = await connected(world)
    await phone.says("/proxies all")
    bought_elsewhere = world.px6.add_proxy(KEY)
    assert (await phone.says(string_of(bought_elsewhere))).startswith("This proxy is yours")


async def test_who_has_no_key_is_asked_for_one_and_a_key_is_a_key_wherever_it_stands(world: World) -> None:
    phone = world.phone()
    assert "API key" in await phone.says(STRANGER)
    assert "Connected" in await phone.says(world.key)
