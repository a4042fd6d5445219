"""Other people's bots on the chat page: a person with a browser taps what they send."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, expect
from playwright.async_api import Error as BrowserError

from demo.chromium import MISSING, chromium
from sandbox.px6 import Px6State
from sandbox.telegram import TelegramState, serve_telegram
from sandbox.web import Backstage, serve_page
from tests.browser.handset import Handset
from tests.peers.environments import environment
from tests.peers.telegram import GRAMMY, PTB, TELEBOT, Peer, node_modules, peers, running

PATIENCE = 10_000  # milliseconds
PHONE: ViewportSize = {"width": 390, "height": 844}


async def starts(phone: Handset) -> None:
    await phone.page.get_by_role("button", name="Start", exact=True).click()
    await phone.sees("Count: 0")
    await expect(phone.last.locator("b, strong")).to_have_text("0")
    await expect(phone.last.locator(".keyboard .inline")).to_have_text(["Add one to 0", "File", "Alert", "Site"])


async def counts(phone: Handset) -> None:
    await phone.taps("Add one to 0")
    await expect(phone.page.get_by_role("status")).to_have_text("Now 1")
    await phone.sees("Count: 1")
    await expect(phone.last.locator(".edited")).to_have_text("edited")
    await expect(phone.button("Add one to 1")).to_be_visible()


async def alerts(phone: Handset) -> None:
    await phone.taps("Alert")
    await expect(phone.page.get_by_role("dialog")).to_contain_text("Look here")
    await phone.page.get_by_role("button", name="OK").click()


async def gives(phone: Handset) -> None:
    await phone.taps("File")
    await phone.sees("A file")
    link = phone.last.get_by_role("link", name=re.compile("hello.txt"))
    async with phone.page.expect_download() as starting:
        await link.click()
    content = Path(await (await starting.value).path()).read_text()  # noqa: ASYNC240 - a few bytes
    assert content.startswith("Привет from "), content


async def stays_silent(phone: Handset) -> None:
    assert not phone.complaints, phone.complaints


STEPS: dict[str, Callable[[Handset], Awaitable[None]]] = {
    "keyboard": starts,
    "edit": counts,
    "alert": alerts,
    "file": gives,
    "console": stays_silent,
}


def main() -> int:
    """Prints what each bot showed on the page; 1 when something failed, 0 with one line when there is no browser."""
    ptb, telebot = environment("python-telegram-bot", PTB), environment("pytelegrambotapi", TELEBOT)
    return asyncio.run(_everything(peers(ptb, telebot, node_modules("grammy", GRAMMY))))


async def _everything(bots: list[Peer]) -> int:
    async with chromium() as browser:
        if browser is None:
            sys.stdout.write(f"skipped. {MISSING}\n")
            return 0
        expect.set_options(timeout=PATIENCE)
        state = TelegramState()
        async with serve_telegram(state) as url, serve_page(Backstage(state, Px6State())) as page:
            # one after another: five bots beside a browser would wait for each other
            rows = [await _play(state, url, f"{page}/?bot={bot.bot_id}", browser, bot) for bot in bots]
    return int(any(said != "works" for row in rows for said in row.values()))


async def _play(state: TelegramState, url: str, page: str, browser: Browser, peer: Peer) -> dict[str, str]:
    """One bot and one phone; what came of each step, also printed as a row."""
    outcome: dict[str, str] = {}
    async with running(state, url, peer) as trouble:
        context = await browser.new_context(locale="en-US", viewport=PHONE)
        context.set_default_timeout(PATIENCE)
        phone = Handset(await context.new_page())
        await phone.page.goto(page)
        for name, step in STEPS.items():
            outcome[name] = trouble or await _tried(step, phone)
        await context.close()
    told = "  ".join(f"{step}: {said}" for step, said in outcome.items())
    sys.stdout.write(f"{peer.name:30} {told}\n")
    sys.stdout.flush()
    return outcome


async def _tried(step: Callable[[Handset], Awaitable[None]], phone: Handset) -> str:
    try:
        await step(phone)
    except (AssertionError, BrowserError) as error:
        return f"breaks: {error}"
    return "works"


if __name__ == "__main__":
    sys.exit(main())
