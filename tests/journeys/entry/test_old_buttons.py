"""Buttons whose rows are gone, and data that nobody's button carries: never more is meant than the person saw."""

from __future__ import annotations

from pathlib import Path

from tests.intakes import by_both_ways
from tests.world import World, buttons, new_world


@by_both_ways
async def test_a_search_that_is_no_longer_kept_does_not_become_everything(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/proxies")
    await phone.taps("Search")
    await phone.says("telegram")
    plain = await phone.screen()
    await phone.taps("Select")
    taps = [b["callback_data"] for b in (*buttons(plain), *buttons(await phone.screen()))]
    ((found,),) = world.rows("SELECT id FROM selections WHERE purpose = 'found'")
    one, two = list(world.px6.account(world.key).proxies)[:2]
    for _ in range(20):  # as many as are kept
        await world.app.services.selections.create(phone.id, [one, two], "list")
    for data in taps:
        if found in data and data.startswith(("ex:", "lx:", "lt:")):  # export, ticks of many, a tick
            await phone.forges(data)
            assert await phone.reads() == "This search is no longer saved. Search again in /proxies."


async def test_ticks_that_are_no_longer_kept_begin_anew_with_what_is_tapped(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/proxies")
    await phone.taps("Select")
    one = await phone.screen()
    tick, page = (next(b["callback_data"] for b in buttons(one) if word in b["text"]) for word in ("☐", "Whole page"))
    await phone.taps("☐")
    for data, ticked in ((page, 6), (tick, 1), (tick, 1)):
        for _ in range(20):  # as many as are kept
            await world.app.services.selections.create(phone.id, [1], "list")
        await phone.forges(data, one["message_id"])
        assert f"\n{ticked} selected" in await phone.reads()
        assert [label[0] for label in await phone.labels()].count("☑") == ticked


async def test_the_kind_of_what_was_bought_here_is_shown_where_px6_does_not_say_it(tmp_path: Path) -> None:
    async with new_world(tmp_path, profile="classic") as world:
        phone = world.phone()
        await phone.connects()
        await phone.says("/buy 1 30 de shared socks shop")
        await phone.taps("Buy ·")
        bought = max(world.px6.account(world.key).proxies)
        assert "IPv4 Shared · SOCKS5" in (await phone.says(f"/check {bought}")).splitlines()[0]
        other = next(i for i, p in world.px6.account(world.key).proxies.items() if ":" not in p.ip)
        assert "· IPv4 or Shared ·" in (await phone.says(f"/check {other}")).splitlines()[0]
        await phone.says("/proxies")
        await phone.taps("Filter")
        assert {"IPv4 Shared", "IPv4 or Shared", "IPv6"} <= set(await phone.labels())
        await phone.taps("IPv4 Shared")
        text = await phone.reads()
        assert text.startswith("My proxies · 1 active\nOnly: IPv4 Shared")
        assert f"· {bought}" in text
