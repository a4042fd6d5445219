"""Screens made of what was just listed: they stand at once, and say so only when px6 lists something else by now."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from handlers.ground.proxy_buttons import Card
from handlers.ground.screen import Open
from tests.journeys.laid import connected
from tests.px6_events import once_answered
from tests.world import World

UPDATED = "Updated: this has just changed at px6."
SILENT = "px6 has not answered since"

changes_protocols = pytest.mark.older_px6("it changes protocols")


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


@changes_protocols
async def test_what_changed_at_px6_meanwhile_takes_the_place_of_what_was_known(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies active")
    world.px6.add_proxy(world.key, ends_in=timedelta(days=50))
    text = await phone.says("/export")
    assert text.startswith("Export 15 active proxies") and text.endswith(UPDATED)
    assert UPDATED not in await phone.says("/export"), "nothing has changed since"
    first = min((p for p in mine(world).values() if p.ends_at > world.clock()), key=lambda p: (p.ends_at, p.id))
    first.password = "another"
    await phone.taps("host:port:user:pass")
    if "Both" in await phone.labels():
        await phone.taps("SOCKS5" if first.type == "socks" else "HTTPS")
    text = await phone.reads()
    assert ":another\n" in text and text.endswith(UPDATED)
    assert sum(" as host:port:user:pass" in each for each in await phone.texts()) == 1, (
        "what was given is not left there"
    )


async def test_a_text_becomes_a_file_and_a_file_a_text_when_px6_lists_more_or_fewer(world: World) -> None:
    """Twenty are the most that come as a text. A text takes the place of a text; all else comes anew."""
    account, phone = world.px6.add_account(balance="10.00"), world.phone()
    for day in range(1, 20):
        world.px6.add_proxy(account.key, ends_in=timedelta(days=day), type="http")
    await phone.connects(account.key)
    await phone.says("/export")
    await phone.taps("Lines and files")
    for change, lines in ((1, [20]), (1, [20, 0]), (-1, [0, 20]), (-1, [19])):
        if change > 0:
            world.px6.add_proxy(account.key, ends_in=timedelta(days=50), type="http")
        else:
            account.proxies.popitem()
        before = len(await phone.texts())
        await phone.taps("URLs")
        new = (await phone.texts())[before:]
        assert [text.count("\nhttp://") for text in new] == lines
        assert [text.endswith(UPDATED) for text in new] == [False] * (len(new) - 1) + [True]


@pytest.mark.parametrize(("format_", "sign", "count"), [("CSV", "\n", 1 + 15), ("Web page", "<tr data-", 15)])
async def test_a_file_of_what_was_known_comes_anew_when_px6_lists_something_else(
    world: World, format_: str, sign: str, count: int
) -> None:
    phone = await connected(world)
    await phone.says("/export")
    await phone.taps("Lines and files")
    before = len(await phone.chat())
    await phone.taps(format_)
    assert len(await phone.chat()) == before + 1, "px6 lists the same"
    world.px6.add_proxy(world.key, ends_in=timedelta(days=51))
    await phone.taps(format_)
    assert len(await phone.chat()) == before + 1 + 2
    assert (await phone.reads()).endswith(UPDATED)
    assert (await phone.newest_file())[1].decode().count(sign) == count
    mine(world).clear()
    await phone.taps(format_)
    assert len(await phone.chat()) == before + 1 + 2 + 1, "there is nothing that could come anew"


async def test_a_text_of_proxies_that_are_all_gone_by_now_does_not_stay(world: World) -> None:
    account, phone = world.px6.add_account(balance="10.00"), world.phone()
    world.px6.add_proxy(account.key, ends_in=timedelta(days=9), type="http")
    await phone.connects(account.key)
    await phone.says("/export")
    account.proxies.clear()
    before = len(await phone.chat())
    await phone.taps("host:port:user:pass")
    assert await phone.reads() == f"0 active proxies as host:port:user:pass\n\n{UPDATED}"
    assert len(await phone.chat()) == before + 1 and not any(":8000:" in each for each in await phone.texts())


@pytest.mark.parametrize(("count", "messages"), [(1, 1), (21, 2)])
async def test_where_https_and_socks5_are_among_them_by_now_it_is_asked_which_are_wanted(
    world: World, count: int, messages: int
) -> None:
    """The question takes the place of a text; a file stays above it."""
    account, phone = world.px6.add_account(balance="10.00"), world.phone()
    for _ in range(count):
        world.px6.add_proxy(account.key, ends_in=timedelta(days=9), type="http")
    await phone.connects(account.key)
    await phone.says("/export")
    before = len(await phone.chat())
    world.px6.add_proxy(account.key, ends_in=timedelta(days=9), type="socks")
    await phone.taps("host:port:user:pass")
    text = await phone.reads()
    assert text.startswith("HTTPS or SOCKS5 for host:port:user:pass?") and text.endswith(UPDATED)
    assert (await phone.labels())[:2] == [f"HTTPS · {count}", "SOCKS5 · 1"]
    assert len(await phone.chat()) == before + messages


async def test_what_was_given_of_a_card_is_looked_at_again_among_all_proxies(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies all")
    one = next(iter(mine(world).values()))
    await phone.forges(Card(proxy=one.id).pack())
    await phone.taps("Export")
    one.password = "another"
    await phone.taps("host:port:user:pass")
    text = await phone.reads()
    assert f":{one.user}:another\n" in text and text.endswith(UPDATED)


async def test_what_was_read_for_an_export_itself_is_not_read_again_behind(world: World) -> None:
    phone = await connected(world)
    await phone.says("/export")
    await phone.taps("Lines and files")
    world.move(timedelta(minutes=1))
    before = len(world.asked("getproxy"))
    await phone.taps("JSON")
    assert (await phone.reads()).startswith("14 active proxies as JSON")
    assert len(world.asked("getproxy")) - before == 1


async def test_of_a_px6_that_falls_silent_meanwhile_it_is_said_on_what_stands_there(world: World) -> None:
    """What was just listed is shown at once; that it is of before is said as soon as px6 does not answer."""
    account, phone = world.px6.add_account(balance="10.00"), world.phone()
    for days in (8, 9):
        world.px6.add_proxy(account.key, ends_in=timedelta(days=days), type="http")
    await phone.connects(account.key)
    await phone.says("/proxies all")
    await phone.taps("Export")
    assert SILENT not in await phone.reads()
    await phone.taps("Back")
    world.px6.fault("500_before", "getproxy", times=None)
    await phone.taps("Export")
    text = await phone.reads()
    assert text.startswith("Export 2 proxies\n") and SILENT in text
    world.px6.clear_faults()
    await phone.says("/proxies all")
    await phone.taps("Export")
    await phone.taps("Lines and files")
    formats = (await phone.screen())["message_id"]
    world.px6.fault("500_before", "getproxy", times=None)
    before = len(await phone.chat())
    await phone.taps("URLs")
    text = await phone.reads()
    assert text.startswith("2 proxies as URLs\n") and SILENT in text and UPDATED not in text
    assert len(await phone.chat()) == before + 1, "the text itself says so"
    world.px6.clear_faults()
    await phone.says("/proxies all")
    world.px6.fault("500_before", "getproxy", times=None)
    before = len(await phone.chat())
    await phone.taps("CSV", formats)
    assert len(await phone.chat()) == before + 1, "a file is not sent again"


async def test_a_comment_that_px6_keeps_otherwise_is_shown_as_it_is_kept(world: World) -> None:
    phone = await connected(world)
    world.px6.rules.comments = "lower"
    await phone.says("/proxies")
    await phone.taps("2 h")
    await phone.taps("Comment")
    text = await phone.says("Spring SALE")
    assert "Comment: spring sale" in text and text.endswith(UPDATED)


async def test_a_screen_is_not_made_anew_once_a_tap_has_led_on_from_it(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies active")
    world.px6.add_proxy(world.key, ends_in=timedelta(days=50))
    before = len(world.asked("getproxy"))
    async with asyncio.TaskGroup() as both:
        with ExitStack() as held:  # the list of all comes, the one that is read behind does not
            once_answered(world.px6, "getproxy", lambda: held.enter_context(world.held("getproxy")))
            both.create_task(phone.says("/export"))
            await world.until(lambda: any(text_of(m).startswith("Export 14") for m in shown(world)))
            await world.until(lambda: len(world.asked("getproxy")) == before + 2)
            both.create_task(phone.forges(Open(screen="settings").pack()))
            await world.until(lambda: any(text_of(m).startswith("Settings") for m in shown(world)))
    assert (await phone.reads()).startswith("Settings")


def shown(world: World) -> list[Any]:
    return list(world.telegram.private_chat(world.telegram.bot(world.token), 1001).messages.values())


def text_of(message: Any) -> str:
    return str(message.text)


@pytest.mark.parametrize("gone", [1, 2])
@pytest.mark.parametrize(
    "command",
    [
        "/comment {0}, {1} spring",
        *(pytest.param(f"/type {kind} {{0}} {{1}}", marks=changes_protocols) for kind in ("socks", "http")),
    ],
)
async def test_a_proxy_that_is_gone_since_is_named_before_others_are_changed(
    world: World, command: str, gone: int
) -> None:
    phone = await connected(world)
    await phone.says("/proxies active")
    ids = [p.id for p in sorted(mine(world).values(), key=lambda p: p.id) if p.ends_at > world.clock()][:2]
    for one in ids[:gone]:
        del mine(world)[one]
    before = {one: (proxy.comment, proxy.type) for one, proxy in mine(world).items()}
    text = await phone.says(command.format(*ids))
    assert text.startswith("None of these is yours" if gone == 2 else "Some of these are not yours")
    assert {one: (proxy.comment, proxy.type) for one, proxy in mine(world).items()} == before
