"""One person's browser: a page of the chat, and what a person does there."""

from __future__ import annotations

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Error, Locator, Page, ViewportSize, expect

from sandbox.px6 import Account

STARTING = 60_000  # milliseconds that a bot of its own process may take to begin, on a machine that has much to do
SERIOUS = ("serious", "critical")


class Handset:
    """Finds things as a person does: by what is written on them. `complaints` is what the console said."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", self._failed)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))

    def lay_down(self) -> None:
        """Stops listening to the console: somebody else may take up the page."""
        self.page.remove_listener("console", self._said)
        self.page.remove_listener("pageerror", self._failed)

    @property
    def field(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("combobox", name=re.compile("Message|Сообщение"))

    @property
    def last(self) -> Locator:
        """The newest message."""
        return self.page.locator("article").last

    async def says(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    def button(self, label: str | re.Pattern[str]) -> Locator:
        """The newest button of the bot with this in its label."""
        return self.page.locator(".keyboard .inline", has_text=label).last

    async def taps(self, label: str | re.Pattern[str]) -> None:
        await self.button(label).click()

    async def taps_exactly(self, label: str) -> None:
        await self.taps(re.compile(f"^{re.escape(label)}$"))

    async def sees(self, text: str | re.Pattern[str]) -> None:
        """Waits until the newest message has this text."""
        await expect(self.last).to_contain_text(text)

    async def pays(self, label: str) -> None:
        """Taps the newest button with this in its label that spends."""
        await self.page.locator(".keyboard .inline.success", has_text=label).last.click()

    async def starts(self) -> None:
        await self.page.get_by_role("button", name=re.compile("^(start|старт)$", re.IGNORECASE)).click()

    async def begins(self, account: Account) -> None:
        """Start, then the key of a px6 account."""
        await self.starts()
        await expect(self.last).to_contain_text("px6", timeout=STARTING)
        await self.says(account.key)
        await self.sees(account.user_id)

    async def quiets(self) -> None:
        """Waits until no tap is unanswered and what was written is answered."""
        await expect(self.page.locator("[aria-busy=true]")).to_have_count(0)
        await expect(self.last).to_have_class(re.compile("incoming"))

    async def fits(self, *sizes: ViewportSize) -> None:
        """Nothing sticks out and no label is cut, now and at these sizes."""
        before = self.page.viewport_size
        assert before
        for size in sizes or (before,):
            if size != self.page.viewport_size:
                await self.page.set_viewport_size(size)
            cut = await self.cut_labels()
            assert not cut, (size["width"], cut)
            assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        if before != self.page.viewport_size:
            await self.page.set_viewport_size(before)

    async def presses(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def hides(self, hidden: bool) -> None:
        """The tab is left for another one, or looked at again."""
        script = """hidden => {
            Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
        await self.page.evaluate(script, hidden)

    async def loses_connection(self, lost: bool) -> None:
        """What the person does goes nowhere."""
        if lost:
            await self.page.route("**/people/**", lambda route: route.abort("internetdisconnected"))
        else:
            await self.page.unroute("**/people/**")
        self.complaints = [each for each in self.complaints if "ERR_INTERNET_DISCONNECTED" not in each]

    async def cut_labels(self) -> list[str]:
        """Labels of the newest message's buttons that do not fit."""
        cut = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
        found: list[str] = await self.last.locator(".label").evaluate_all(cut)
        return found

    async def problems(self) -> list[str]:
        """What axe finds wrong that keeps people out."""
        found = await Axe().run(self.page)
        return [
            f"{violation['id']}: {[node['html'][:120] for node in violation['nodes'][:3]]}"
            for violation in found.response["violations"]
            if violation["impact"] in SERIOUS
        ]


def panel(handset: Handset) -> Locator:
    return handset.page.get_by_role("complementary", name="The seller's side")
