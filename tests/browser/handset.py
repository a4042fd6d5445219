"""One person's browser: a page of the chat, and what a person does there."""

from __future__ import annotations

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

STARTING = 60_000  # milliseconds that a bot of its own process may take to begin, on a machine that has much to do
SERIOUS = ("serious", "critical")


class Handset:
    """Finds things as a person does: by what is written on them. `complaints` is what the console said."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

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

    async def sees(self, text: str | re.Pattern[str]) -> None:
        """Waits until the newest message has this text."""
        await expect(self.last).to_contain_text(text)

    async def pays(self, label: str) -> None:
        """Taps the newest button with this in its label that spends."""
        await self.page.locator(".keyboard .inline.success", has_text=label).last.click()

    async def begins(self, key: str) -> None:
        """Start, then the key of a px6 account."""
        await self.page.get_by_role("button", name=re.compile("^(start|старт)$", re.IGNORECASE)).click()
        await expect(self.last).to_contain_text("px6", timeout=STARTING)
        await self.says(key)
        await self.sees("400074")

    async def presses(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

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
