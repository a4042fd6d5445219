"""A long list opens with its groups; a page is chosen by its number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handlers.ground.proxy_buttons import Card, View
from handlers.ground.proxy_words import comment_mark
from tests.world import Phone, World, buttons

NEVER = "ls:a:::00c0ffee:::1::c1"  # of a group that nobody has


async def with_many(world: World, count: int = 60) -> Phone:
    """A person with so many proxies more: “a0”, “a1” … in turn, each ending an hour later."""
    phone = world.phone()
    for nth in range(count):
        world.px6.add_proxy(world.key, comment=f"a{nth % 20}", ends_in=timedelta(days=40, hours=nth))
    await phone.connects()
    return phone


async def opens_groups(phone: Phone) -> None:
    await phone.says("/start")
    await phone.taps("My proxies")


async def labels_of(phone: Phone, start: str) -> list[str]:
    return [label for label in await phone.labels() if label.startswith(start)]


async def data_of(phone: Phone, label: str) -> str:
    found: dict[str, Any] = next(b for b in buttons(await phone.screen()) if b["text"].startswith(label))
    return str(found["callback_data"])


async def test_below_thirty_the_list_comes_as_it_did(world: World) -> None:
    phone = await with_many(world, 15)  # with those of the account 29
    await phone.says("/start")
    await phone.taps("My proxies")
    assert (await phone.reads()).startswith("My proxies · 29 active · page 1 of 5")
    world.px6.add_proxy(world.key, ends_in=timedelta(days=50))
    await phone.says("/start")
    await phone.taps("My proxies")
    assert (await phone.reads()).startswith("My proxies · 30 active\nGrouped by comment")


async def test_groups_lead_to_their_lists_and_back_to_their_page(world: World) -> None:
    phone = await with_many(world)
    await phone.says("/start")
    await phone.taps("My proxies")
    last = next(label for label in await phone.labels() if label.startswith("1/")).partition("/")[2]
    await phone.taps("‹")
    assert f"{last}/{last}" in await phone.labels()
    group = (await phone.labels())[0]
    assert group.startswith("a") and " · 3 · 4" in group, group
    await phone.taps(group)
    assert f"Only: comment “{group.split(' ')[0]}”" in await phone.reads()
    await phone.taps((await phone.labels())[0])  # a card
    await phone.taps("Back")
    await phone.taps("Select")
    await phone.taps("Whole page")
    assert "3 selected" in await phone.reads()
    await phone.taps("Back")
    await phone.taps("Back")
    assert f"{last}/{last}" in await phone.labels()
    await phone.taps("Filter")
    await phone.taps("Back")
    assert f"{last}/{last}" in await phone.labels()
    await phone.taps("Select")
    await phone.taps("Whole page")
    assert "6 selected" in await phone.reads()
    await phone.taps("Back")
    assert f"{last}/{last}" in await phone.labels()
    await phone.taps("Search")
    await phone.says("a7")
    assert "Only: search results" in await phone.reads()
    await phone.taps("Back")
    assert f"{last}/{last}" in await phone.labels()


async def test_the_command_brings_the_list_and_back_leads_to_the_groups(world: World) -> None:
    phone = await with_many(world)
    assert (await phone.says("/proxies")).startswith("My proxies · 74 active · page 1 of 13")
    await phone.taps("Filter")
    await phone.taps("Country")
    await phone.taps("🇩🇪")
    assert "Only: 🇩🇪 Germany" in await phone.reads()
    await phone.taps("Back")
    assert "page 1 of 13" in await phone.reads(), "out of the filter first"
    await phone.taps("Back")
    assert "Grouped by comment" in await phone.reads()
    await phone.taps("Country")
    await phone.says("/proxies")
    await phone.taps("Back")
    assert "Grouped by country" in await phone.reads(), "as they were grouped last"
    await phone.taps("Home")
    assert "My proxies" in await phone.labels()


async def test_one_tap_groups_otherwise_and_that_is_remembered(world: World) -> None:
    phone = await with_many(world)
    await opens_groups(phone)
    await phone.taps("End date")
    assert "Grouped by end date" in await phone.reads()
    assert any(label.startswith("Over 30 days · 61 · ") for label in await phone.labels())
    await phone.taps("Over 30 days")
    assert (await phone.reads()).startswith("My proxies · 61 active · page 1 of 11\nOnly: ends in over 30 days")
    await phone.says("/start")
    await phone.taps("My proxies")
    assert "Grouped by end date" in await phone.reads()
    await phone.taps("All ")
    assert (await phone.reads()).startswith("My proxies · 74 active · page 1 of 13")
    await phone.taps("Back")
    assert "Grouped by end date" in await phone.reads()


async def test_what_is_exported_of_a_group_is_the_group(world: World) -> None:
    phone = await with_many(world)
    await opens_groups(phone)
    await phone.taps("End date")
    await phone.taps("Over 30 days")
    await phone.taps("Export")
    assert (await phone.reads()).startswith("Export 61 active proxies")


async def test_a_group_that_is_gone_says_so_and_leads_to_the_others(world: World) -> None:
    phone = await with_many(world)
    await opens_groups(phone)
    await phone.forges(NEVER)
    assert "This group is empty by now." in await phone.reads()
    await phone.taps("Back")
    assert "Grouped by comment" in await phone.reads()


async def test_a_page_is_chosen_by_its_number(world: World) -> None:
    phone = await with_many(world)
    await phone.says("/proxies active")
    assert "page 1 of 13" in await phone.reads()
    await phone.taps("1/13")
    await phone.taps("7")
    assert "page 7 of 13" in await phone.reads()
    await phone.taps("7/13")
    assert "This is page 7 of 13." in await phone.reads()
    await phone.says("99")
    assert "Page: “99” is not valid. Write a number from 1 to 13." in await phone.reads()
    mine = next(iter(world.px6.account(world.key).proxies.values()))
    await phone.says(f"{mine.host}:{mine.port}")
    assert "not valid" not in await phone.reads(), "what is pasted meanwhile is no page"
    await phone.says("12")
    assert "page 12 of 13" in await phone.reads()
    await phone.says("13")
    assert "page 13 of 13" not in await phone.reads(), "the question was answered"


async def test_only_a_number_of_a_page_or_what_may_be_meant_as_one_answers_which_page(world: World) -> None:
    phone = await with_many(world)
    await phone.says("/proxies active")
    await phone.taps("1/13")
    for text in ("0", "14", "x" * 12):
        assert f"Page: “{text}” is not valid. Write a number from 1 to 13." in await phone.says(text)
        assert "Example: 13" in await phone.reads()
    assert "not valid" not in await phone.says("x" * 13), "longer than any number"
    assert "page 13 of 13" in await phone.says("13")


@pytest.mark.parametrize("steps", [("/proxies all", "Filter", "Comment"), ("/reminders", "By comment")])
async def test_pages_of_other_lists_are_chosen_by_their_number_too(world: World, steps: tuple[str, ...]) -> None:
    phone = await with_many(world)
    for step in steps:
        await (phone.says(step) if step.startswith("/") else phone.taps(step))
    title = (await phone.reads()).split("\n")[0]
    middle = next(label for label in await phone.labels() if label.startswith("1/"))
    await phone.taps(middle)
    await phone.says("3")
    assert (await phone.reads()).split("\n")[0] == title
    assert middle.replace("1/", "3/", 1) in await phone.labels()


async def test_a_forged_page_never_does_anything(world: World) -> None:
    phone = await with_many(world)
    await phone.says("/proxies")
    await phone.forges("pg:9:1:rm-s|on|*")
    before = await phone.texts()
    await phone.says("0")
    assert "is not valid" in await phone.reads()
    await phone.says("1")
    assert [text for text in await phone.texts() if text not in before and "not valid" not in text] == []
    assert world.rows("SELECT count(*) FROM habits") == [(0,)]


@pytest.mark.parametrize(
    ("packed", "read"),
    [
        ("ls:a::::::3:", View(page=3)),
        (
            "ls:a:6:de:00000000:abcdefgh:tickstic:3:d",
            View(
                version="6",
                country="de",
                comment=comment_mark(""),
                found="abcdefgh",
                ticks="tickstic",
                page=3,
                purpose="d",
            ),
        ),
        ("c:a::::::1::15", Card(proxy=15)),
        ("c:a::::::1::n2:15", Card(proxy=15, by="n2")),
    ],
)
def test_buttons_from_before_there_were_groups_are_read_as_ever(packed: str, read: View) -> None:
    assert type(read).unpack(packed) == read
    assert read.pack() == packed


@pytest.mark.parametrize("by", ["x", "c12345", "cc", "1", "C-1"])
def test_a_forged_grouping_makes_it_no_button(by: str) -> None:
    with pytest.raises(ValueError, match="by"):
        View.unpack(f"ls:a::::::1::{by}")
