"""One proxy is sent to somebody from its card, with or without its password, or copied part by part."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.laid import connected
from tests.world import World, buttons, world_without_bot


@pytest.mark.older_px6("its protocols are told apart")
@pytest.mark.parametrize("password", ["a&b=c#d%+?", "plain"])
async def test_a_proxy_is_sent_with_or_without_its_password(world: World, password: str) -> None:
    mine = world.px6.add_proxy(world.key, country="de", comment="Ivanov & Sons")
    mine.password = password
    phone = await connected(world)
    await phone.says(f"/proxies all {mine.comment}")
    await phone.taps((await phone.labels())[0])
    assert password in await phone.reads()
    await phone.taps("Send")
    screen = await phone.screen()
    hidden = [e for e in screen["entities"] if e["type"] == "spoiler"]
    assert len(hidden) == 1 and password in screen["text"]
    links = {b["text"]: parse_qs(urlsplit(b["url"]).query) for b in buttons(screen) if "url" in b}
    address = f"{mine.host}:{mine.port}"
    whole, bare = links["Send with the password"], links["Send without password"]
    assert whole["url"] == [f"{address}:{mine.user}:{password}"] and bare["url"] == [address]
    assert whole["text"] == bare["text"] and "Germany" in bare["text"][0] and bare["text"][0].endswith(" UTC")
    assert password not in str(bare) and "Ivanov" not in str(links)
    copied = {b["text"]: b["copy_text"]["text"] for b in buttons(screen) if "copy_text" in b}
    assert (copied["Login"], copied["Password"], copied["host:port"]) == (mine.user, password, address)
    assert copied["curl"].startswith("curl -x ")
    await phone.taps("Back")
    assert "Send" in await phone.labels()


async def test_another_persons_proxy_cannot_be_sent(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.forges("sd:a::::::1::999999")
    assert (await phone.reads()).startswith("You have no such proxy")


async def test_while_px6_is_silent_there_is_no_password_to_send(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        phone = world.phone()
        async with world.running_bot():
            await phone.connects()
            await phone.says("/proxies")
            await phone.taps((await phone.labels())[0])
            data = next(b["callback_data"] for b in buttons(await phone.screen()) if b["text"] == "Send")
            await world.sweep()
        async with world.running_bot():  # a process that has read no password yet
            world.px6.fault("down", times=None)
            world.impatient()
            await phone.forges(data)
            screen = await phone.screen()
    assert "The bot does not store login and password" in screen["text"]
    assert not any("url" in b or "copy_text" in b for b in buttons(screen))
