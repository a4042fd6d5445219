"""Answers that px6 should never give, as a person meets them: read, or refused in one clear line."""

from __future__ import annotations

from datetime import timedelta

from tests.cases import case
from tests.journeys.laid import connected
from tests.world import Phone, World

UNREADABLE = "px6's answer cannot be read.\nNothing was spent or changed.\nTry again in a minute."


async def test_what_php_writes_around_an_answer_is_no_trouble(world: World) -> None:
    for number, fault in enumerate(("bom", "notice", "notice_behind")):
        phone, account = world.phone(2001 + number), world.px6.add_account(balance="640.50")
        world.px6.clear_faults()
        world.px6.fault(fault, times=None)
        with case(fault):
            await phone.connects(account.key)
            assert "640.50 RUB" in await phone.says("/balance")
            await phone.says("/buy 1 30 de")
            await phone.taps("Buy ·")
            assert (await phone.reads()).startswith("Bought 1")
            assert len(world.px6.books(account.key)) == 1


async def test_what_cannot_be_believed_is_one_clear_line(world: World) -> None:
    phone = await connected(world)
    for fault in ("huge", "debt", "absurd", "endless", "other_account"):
        with case(fault):
            await is_one_clear_line(world, phone, fault)


async def is_one_clear_line(world: World, phone: Phone, fault: str) -> None:
    world.px6.fault(fault, times=None)
    commands = ["/proxies all"] if fault == "endless" else ["/balance", "/stock de", "/price 2 30", "/proxies all"]
    for command in commands:
        told = await phone.says(command)
        is_known = "px6 has not answered since" in told and fault != "other_account"
        assert told == UNREADABLE or (is_known and command == "/proxies all"), command
    world.px6.clear_faults()
    assert (await phone.says("/proxies all")).startswith("My proxies · 17 in all · page 1 of 3\n🇳")
    assert world.rows("select px6_user_id from accounts") == [(world.px6.account(world.key).user_id,)]


async def test_odd_comments_and_countries_break_neither_screens_nor_exports(world: World) -> None:
    phone = await connected(world)
    for _ in range(30):
        world.px6.add_proxy(world.key, ends_in=timedelta(days=50))
    world.px6.fault("odd_comments", "getproxy", times=None)
    listed = await phone.says("/proxies all")
    assert "line break an…" in listed
    assert "\u202e" not in listed and "\x00" not in listed
    one = next(iter(world.px6.account(world.key).proxies))
    for command in (f"/prolong 30 {one}", "/reminders", "/forecast", "/delete line break and turn", f"/check {one}"):
        assert "Something went wrong" not in await phone.says(command)
    await phone.says("/export")
    await phone.taps("Lines and files")
    await phone.taps("CSV")
    content = (await phone.newest_file())[1].decode()
    assert (
        len(content.splitlines())
        == len([p for p in world.px6.account(world.key).proxies.values() if p.ends_at > world.clock()]) + 1
    )


async def test_proxies_with_texts_that_cannot_be_used_are_said_to_be_unread(world: World) -> None:
    phone = await connected(world)
    world.px6.fault("odd_texts", "getproxy", times=None)
    for command in ("/proxies all", "/export", "/prolong 30 15", "/forecast"):
        assert "Something went wrong" not in await phone.says(command), command
