"""`python -m demo.screenshots [FOLDER]`: the README's pictures, taken of the demo itself.

Every scene in both languages and both themes, and two strips of frames: buying, and prolonging with one tap.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from demo.chromium import MISSING, chromium
from demo.launcher import Demo, running
from handlers.ground.words import Words

PICTURES = Path("docs/pictures")
LANGUAGES = {"en": "en-US", "ru": "ru-RU"}
THEMES = ("light", "dark")
COLOURS = 256
GAP = 24
STARTING = 30_000
QUICK = {"SYNC_SECONDS": "1"}


class Camera:
    """One person's phone, and the pictures taken of it."""

    def __init__(self, page: Page, demo: Demo, folder: Path, language: str, theme: str) -> None:
        self.page, self.demo, self._folder, self._suffix = page, demo, folder, f"{language}-{theme}"
        self.words = Words(language)  # labels are looked for as the bot writes them
        self._frames: list[Image.Image] = []

    def button(self, label: str | re.Pattern[str]) -> Locator:
        return self.page.locator(".keyboard .inline", has_text=label).last

    async def taps(self, label: str | re.Pattern[str]) -> None:
        await self.button(label).click()
        await self.settles()

    async def taps_first(self) -> None:
        """The first button of the newest message, whatever is on it."""
        await self.page.locator("article").last.locator(".inline").first.click()
        await self.settles()

    async def pays(self) -> None:
        await self.page.locator(".keyboard .inline.success").first.click()
        await self.settles()

    async def says(self, text: str) -> None:
        field = self.page.get_by_role("combobox")
        await field.fill(text)
        await field.press("Enter")
        await expect(self.page.locator("article").last).to_have_class(re.compile("incoming"), timeout=STARTING)
        await self.settles()

    async def settles(self) -> None:
        """Until nothing has changed for a while: the bot has said all that it has to say."""
        await expect(self.page.locator("[aria-busy=true]")).to_have_count(0)
        before = ""
        while (now := await self.page.locator(".content").inner_text()) != before:
            before = now
            await asyncio.sleep(0.8)

    async def tidies(self, keep: int = 1) -> None:
        """Takes away all but the newest messages."""
        script = """async (keep) => {
            const all = [...document.querySelectorAll('article')].map((one) => one.dataset.id);
            const user = new URLSearchParams(location.search).get('user') ?? '1';
            for (const id of all.slice(0, all.length - keep))
                await fetch(`/people/${user}/messages/${id}`, { method: 'DELETE' });
        }"""
        await self.page.evaluate(script, keep)
        await self.settles()

    async def takes(self, name: str) -> None:
        """A picture of its own."""
        picture = await self._seen()
        save(picture, self._folder / f"{name}-{self._suffix}.png")

    async def frames(self) -> None:
        """One more frame of the strip that is being made."""
        self._frames.append(await self._seen())

    def strips(self, name: str) -> None:
        """The frames side by side, at half the size."""
        width, height = (side // 2 for side in self._frames[0].size)
        strip = Image.new("RGB", ((width + GAP) * len(self._frames) - GAP, height), "white")
        for at, frame in enumerate(self._frames):
            strip.paste(frame.resize((width, height), Image.Resampling.LANCZOS), (at * (width + GAP), 0))
        save(strip, self._folder / f"{name}-{self._suffix}.png")
        self._frames.clear()

    async def _seen(self) -> Image.Image:
        await self.page.evaluate("document.activeElement?.blur()")
        await self.page.mouse.move(0, 0)
        return Image.open(BytesIO(await self.page.screenshot(animations="disabled"))).convert("RGB")


async def begins(camera: Camera) -> None:
    """The key, and the first digest: of all that ends within three days."""
    await camera.page.locator(".composer .big").click(timeout=STARTING)
    await expect(camera.page.locator("article").last).to_contain_text("px6", timeout=STARTING)
    await camera.settles()
    await camera.says(camera.demo.stand_ins.key)
    await expect(camera.page.locator(".inline.success").first).to_be_visible(timeout=STARTING)
    await camera.settles()


async def prolonging(camera: Camera) -> None:
    """The digest, one tap, the receipt."""
    await camera.tidies()
    await camera.takes("digest")
    await camera.frames()
    await camera.pays()
    await expect(camera.page.locator(".inline.success")).to_have_count(0, timeout=STARTING)
    await camera.settles()
    await camera.frames()
    await camera.says("/proxies")
    await camera.tidies(2)
    await camera.frames()
    camera.strips("strip-prolonging")


async def home(camera: Camera) -> None:
    await camera.says("/start")
    await camera.tidies(2)
    await camera.takes("home")


async def buying(camera: Camera) -> None:
    await camera.frames()
    w = camera.words
    for label in (w.tr("Buy"), "IPv6", w.country("de"), w.days(30), re.compile("^5$")):
        await camera.taps(label)
        await camera.frames()
    await camera.takes("buying")
    await camera.pays()
    await expect(camera.page.locator("article").last.locator(".inline")).not_to_have_count(0, timeout=STARTING)
    await camera.settles()
    await camera.frames()
    await camera.takes("receipt")
    camera.strips("strip-buying")


async def looking(camera: Camera) -> None:
    await camera.says("/proxies")
    await camera.tidies(2)
    await camera.takes("list")
    await camera.taps_first()
    await camera.takes("card")


async def ahead(camera: Camera) -> None:
    """The chart of cost forecast."""
    await camera.says("/forecast")
    await camera.taps(camera.words.tr("Chart"))
    await expect(camera.page.locator("article").last.locator("img")).to_be_visible(timeout=STARTING)
    await camera.tidies(1)
    await camera.takes("forecast")


SCENES: tuple[Callable[[Camera], Awaitable[None]], ...] = (begins, prolonging, home, buying, looking, ahead)


def save(picture: Image.Image, path: Path) -> None:
    """With few colours: a third of the size, and nobody sees it."""
    picture.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)


async def session(browser: Browser, language: str, theme: str, folder: Path) -> None:
    """All scenes in one language and one theme, with a demo of their own."""
    with tempfile.TemporaryDirectory() as data:
        async with running(Path(data), more=QUICK) as demo:
            context = await browser.new_context(
                locale=LANGUAGES[language],
                color_scheme="dark" if theme == "dark" else "light",
                viewport={"width": 390, "height": 844},
                device_scale_factor=2,
                timezone_id="Europe/Berlin",
            )
            page = await context.new_page()
            await page.goto(f"{demo.address}/?panel=no")
            camera = Camera(page, demo, folder, language, theme)
            for scene in SCENES:
                await scene(camera)
            await context.close()


async def desk(browser: Browser, folder: Path) -> None:
    """The whole page on a wide screen, with the seller's side."""
    with tempfile.TemporaryDirectory() as data:
        async with running(Path(data), more=QUICK) as demo:
            context = await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 840})
            page = await context.new_page()
            await page.goto(demo.address)
            camera = Camera(page, demo, folder, "en", "light")
            await begins(camera)
            await camera.takes("demo")
            await context.close()


async def main(folder: Path) -> int:
    """1 with one line where there is no browser."""
    async with chromium() as browser:
        if browser is None:
            sys.stderr.write(f"{MISSING}\n")
            return 1
        await desk(browser, folder)
        for language in LANGUAGES:
            for theme in THEMES:
                await session(browser, language, theme, folder)
    return 0


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    target.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main(target)))
