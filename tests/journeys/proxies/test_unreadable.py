"""Proxies that px6 lists so that the bot cannot read them: they are said to be there, and to be the person's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handlers.ground.proxy_buttons import Card, Chosen, Export
from handlers.orders.found_screens import Found
from px6.client import PAGE
from tests.journeys.laid import connected
from tests.px6_events import once_answered
from tests.world import Phone, World

STRANGER = 7
NOBODYS = f"Not yours: {STRANGER}"


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


def unread(*ids: int) -> str:
    return f"px6 does not list these in a readable form: {', '.join(map(str, ids))}"


async def with_unreadable(world: World, readable: int = 1, unreadable: int = 1) -> tuple[Phone, list[int], list[int]]:
    """Somebody with so many proxies of which all can be read, and so many of which px6 tells no port."""
    phone = await connected(world)
    ids = [world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id for _ in range(readable + unreadable)]
    for one in ids[readable:]:
        mine(world)[one].port = ""
    return phone, ids[:readable], ids[readable:]


DEEDS = ("/check {}", "/comment {} shop", "/prolong 30 {}", "/delete {}")


@pytest.mark.parametrize("deed", DEEDS)
async def test_of_several_it_is_said_which_are_not_the_persons_and_which_cannot_be_read(
    world: World, deed: str
) -> None:
    phone, [one], [odd] = await with_unreadable(world)
    text = await phone.says(deed.format(f"{one},{odd},{STRANGER}"))
    assert f"{NOBODYS}\n{unread(odd)}\n" in text
    assert "Not yours" not in await phone.says(deed.format(f"{one},{odd}"))
    assert unread(odd) in await phone.reads()


@pytest.mark.parametrize("shows", [Chosen, Export])
async def test_of_a_selection_it_is_said_likewise(world: World, shows: type[Chosen | Export]) -> None:
    phone, [one], [odd] = await with_unreadable(world)
    await phone.says("/start")
    kept = await world.app.services.selections.create(phone.id, [one, odd, STRANGER], "list")
    await phone.forges(shows(ticks=kept.id).pack())
    assert f"1 selected\n{NOBODYS}\n{unread(odd)}\n" in (await phone.reads()).replace("Export 1 proxy", "1 selected")
    if shows is Export:
        await phone.taps("host:port:user:pass")
        assert (await phone.reads()).count(f"{NOBODYS}\n{unread(odd)}") == 1


async def test_the_card_of_one_that_cannot_be_read_says_so(world: World) -> None:
    phone, _, [odd] = await with_unreadable(world)
    await phone.says("/proxies all")
    await phone.forges(Card(proxy=odd).pack())
    assert await phone.reads() == f"This proxy cannot be read right now\n{unread(odd)}"
    await phone.forges(Card(proxy=STRANGER).pack())
    assert (await phone.reads()).startswith("You have no such proxy")


@pytest.mark.parametrize("names", ["{1}", "{0},{1}"])
async def test_what_is_found_and_becomes_unreadable_is_said_to_be_the_persons(world: World, names: str) -> None:
    phone, ids, _ = await with_unreadable(world, readable=2, unreadable=0)
    await phone.says("/find " + names.format(*ids))
    for one in ids[-1:]:
        mine(world)[one].port = ""
    world.move(timedelta(minutes=1))
    kept = await world.app.services.selections.create(phone.id, ids[-1:] if names == "{1}" else ids, "list")
    await phone.forges(Found(ticks=kept.id).pack())
    text = await phone.reads()
    title = "This proxy cannot be read right now" if names == "{1}" else "Some of these cannot be read right now"
    assert text.startswith(f"{title}\n") and unread(ids[1]) in text and "ot yours" not in text


async def test_what_is_looked_for_by_its_id_and_cannot_be_read_is_not_said_to_be_somebody_elses(world: World) -> None:
    phone, [one], odd = await with_unreadable(world, unreadable=2)
    nobodys = 30999999
    assert await phone.says(f"/find {odd[0]}") == f"This proxy cannot be read right now\n{unread(odd[0])}"
    text = await phone.says(f"{one}\n{odd[0]}")
    assert text.startswith("Some of these cannot be read right now\n") and f"\n{unread(odd[0])}\n" in text
    assert "ot yours" not in text
    text = await phone.says(f"{one}\n{odd[0]}\n{nobodys}")
    assert text.startswith("Some of these are not yours\n") and f"\nNot yours: {nobodys}\n{unread(odd[0])}\n" in text
    text = await phone.says(f"{odd[0]}\n{odd[1]}\n{nobodys}")
    assert text.startswith(f"Some of these are not yours\nNot yours: {nobodys}\n") and unread(*odd) in text


@pytest.mark.parametrize("deed", DEEDS)
async def test_where_none_can_be_read_none_is_said_not_to_be_the_persons(world: World, deed: str) -> None:
    phone, _, odd = await with_unreadable(world, unreadable=2)
    text = await phone.says(deed.format(",".join(map(str, odd))))
    assert text.startswith(f"None of these can be read right now\n{unread(*odd)}\n")
    text = await phone.says(deed.format(f"{odd[0]},{STRANGER}"))
    assert text.startswith(f"Some of these are not yours\n{NOBODYS}\n{unread(odd[0])}\n")
    assert (await phone.says(deed.format(f"{STRANGER},8"))).startswith("None of these is yours\nNot yours: 7, 8\n")


async def test_a_check_goes_on_with_those_that_can_be_read(world: World) -> None:
    phone, readable, [odd] = await with_unreadable(world, readable=2)
    text = await phone.says(f"/check {' '.join(map(str, [*readable, odd]))}")
    assert text == f"Some of these cannot be read right now\n{unread(odd)}\nNothing was checked."
    await phone.taps("Continue with 2 proxies")
    assert (await phone.reads()).startswith("Checked 2 proxies\n2 work")


async def test_what_was_deleted_elsewhere_is_not_named_beside_what_cannot_be_read(world: World) -> None:
    phone, ids, _ = await with_unreadable(world, readable=5, unreadable=0)
    await phone.says(f"/delete {' '.join(map(str, ids))}")
    left, odd, *gone = ids
    mine(world)[odd].port = ""
    for one in gone:
        del mine(world)[one]
    await phone.taps("Delete 5 proxies")
    kept = f"Not deleted, because px6 does not list them in a readable form: {odd}"
    assert await phone.reads() == f"Deleted: 1 proxy\n{kept}"
    assert left not in mine(world) and odd in mine(world)


async def test_a_changed_comment_is_told_apart_of_what_is_gone_and_of_what_cannot_be_read(world: World) -> None:
    phone, ids, _ = await with_unreadable(world, readable=3, unreadable=0)
    await phone.says("/proxies all")
    one, odd, gone = ids
    mine(world)[odd].port = ""
    del mine(world)[gone]
    world.px6.rules.unknown_ids = "skip"
    text = await phone.says(f"/comment {' '.join(map(str, ids))} shop7")
    assert text == (
        f"Comment changed: 1 proxy\nshop7\n1 proxy: px6 did not say whether it was done.\nIDs: {odd}\n"
        f"Already gone: 1 proxy\nIDs: {gone}"
    )
    assert mine(world)[one].comment == "shop7"


async def test_what_follows_a_thousand_that_cannot_be_read_is_not_said_to_be_deleted(world: World) -> None:
    phone, _, _ = await with_unreadable(world, readable=PAGE + 1, unreadable=0)
    last = max(mine(world))
    await phone.says(f"/delete {last}")

    def breaks() -> None:
        for one in mine(world).keys() - {last}:
            mine(world)[one].port = ""

    once_answered(world.px6, "getproxy", breaks)
    world.px6.fault("500_before", "delete")
    await phone.taps("Delete 1 proxy")
    assert await phone.reads() == (
        f"Nothing has been deleted so far\npx6 did not say whether these were deleted: {last}. "
        "I will check and tell you."
    )
    world.px6.clear_faults()
    world.move(timedelta(minutes=2))
    await world.app.services.deletions.settle_due()
    assert (await phone.reads()).startswith("Nothing was deleted\n")
    assert last in mine(world)
