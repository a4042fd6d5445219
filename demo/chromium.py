"""Finding chromium and starting it so that it asks nobody outside for anything."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "No chromium is found: `sudo apt-get install chromium fonts-noto-color-emoji`, "
    "or `.venv/bin/playwright install --with-deps chromium`"
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser | None]:
    """A headless browser; None when there is none on this machine."""
    async with async_playwright() as playwright:
        found = _path(playwright.chromium.executable_path)
        if found is None:
            yield None
            return
        browser = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


def _path(own: str) -> str | None:
    """The path of the system's chromium, else of the one that Playwright has installed; None: there is none."""
    installed = next((path for name in NAMES if (path := shutil.which(name))), None)
    return installed or (own if Path(own).exists() else None)
