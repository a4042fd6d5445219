"""px6 falls silent after something was changed: what is shown and exported then is as it was changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.proxies.kept_list import opened
from storage import last_known
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.laid import connected
from tests.world import Phone, World

SINCE = "px6 has not answered since"


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


async def listed(world: World, count: int = 3) -> tuple[Phone, list[int]]:
    """Somebody who has seen that they have so many proxies with the comment bulk."""
    phone = await connected(world)
    ids = [world.px6.add_proxy(world.key, ends_in=9 * DAY, comment="bulk", type="http").id for _ in range(count)]
    await phone.says("/proxies all")
    return phone, ids


def falls_silent(world: World) -> None:
    world.px6.fault("500_before", times=None)


async def test_what_was_deleted_is_neither_shown_nor_exported(world: World) -> None:
    phone, ids = await listed(world)
    hosts = [mine(world)[one].host for one in ids]
    await phone.says("/delete bulk")
    await phone.taps("Delete 3 proxies")
    falls_silent(world)
    assert SINCE in await phone.says("/proxies all")
    assert "No proxies here." in await phone.says("/proxies all bulk")
    await phone.says("/export")
    await phone.taps("Lines and files")
    await phone.taps("JSON")
    content = (await phone.newest_file())[1].decode()
    assert not any(host in content for host in hosts)


async def test_so_is_what_is_found_out_later_to_be_deleted(world: World) -> None:
    phone, (one,) = await listed(world, 1)
    host = mine(world)[one].host
    await phone.says("/delete bulk")
    world.px6.fault("drop_before", "delete")
    await phone.taps("Delete 1 proxy")
    del mine(world)[one]
    world.move(MINUTE)
    await world.app.services.deletions.settle_due()
    await world.quiet()
    assert (await phone.reads()).startswith("Deleted: 1 proxy")
    falls_silent(world)
    await phone.says("/export")
    await phone.taps("Lines and files")
    await phone.taps("JSON")
    assert host not in (await phone.newest_file())[1].decode()


@pytest.mark.parametrize("fault", [None, "drop_after"])
@pytest.mark.parametrize("command", ["/comment {ids} autumn", "/comment bulk > autumn"])
async def test_a_comment_is_shown_as_it_was_changed(world: World, command: str, fault: str | None) -> None:
    phone, ids = await listed(world)
    if fault:
        world.px6.fault(fault, "setdescr")
    assert "Comment changed: 3 proxies" in await phone.says(command.format(ids=" ".join(map(str, ids))))
    falls_silent(world)
    text = await phone.says("/proxies all autumn")
    assert "Only: comment “autumn”" in text and SINCE in text
    assert "No proxies here." not in text


@pytest.mark.older_px6("it changes protocols")
async def test_a_protocol_is_exported_as_it_was_changed(world: World) -> None:
    phone, ids = await listed(world)
    for one in {*mine(world)} - {*ids}:
        del mine(world)[one]
    await phone.says("/proxies all")
    assert "Now SOCKS5: 3 proxies" in await phone.says(f"/type socks {' '.join(map(str, ids))}")
    falls_silent(world)
    await phone.says("/export")
    await phone.taps("Lines and files")
    await phone.taps("URLs")
    content = "".join((await phone.texts())[-2:])
    assert (content.count("socks5://"), content.count("http://")) == (3, 0)


async def test_a_look_that_read_the_list_before_writes_nothing_over_what_was_deleted_since(world: World) -> None:
    phone, [one, *_] = await listed(world)
    await world.sweep()
    question = await asks_to_delete(phone, one)
    world.px6.account(world.key).balance += 5  # so that the look has something to write down
    world.move(7 * HOUR)
    with world.held("getproxy"):
        seen = len(world.asked("getproxy"))
        look = asyncio.ensure_future(world.sweep())
        await world.until(lambda: len(world.asked("getproxy")) > seen)
        await phone.taps("Delete 1 proxy", question)
    await look
    await world.quiet()
    assert one not in await stored_ids(world)


async def asks_to_delete(phone: Phone, one: int) -> int:
    await phone.says(f"/delete {one}")
    return int((await phone.screen())["message_id"])


async def stored_ids(world: World) -> set[int]:
    """Of the proxies that are known after a restart."""
    database: Any = world.app.services.last_known._database
    async with database.read() as connection:
        known = opened(database.keyring, 1001, await last_known.of_account(connection, 1001))
    assert known is not None
    return {proxy.id for proxy in known.listed.proxies}
