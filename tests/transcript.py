"""Plays the main journey against the stand-ins and writes it into the README.

python -m tests.transcript
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from tests.world import Phone, buttons, new_world

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- transcript: made by `make transcript` -->\n", "<!-- end of transcript -->"
SHOWN_LINES = 9

# What the person does: a text, or a tap when it begins with ">".
JOURNEY = (
    "/start",
    "KEY",
    "/balance",
    "/buy 2 30 de ipv6 socks shop",
    ">Buy ·",
    "/proxies",
    "/check {bought}",
    "/prolong 30 {bought}",
    ">Prolong 30 days",
    "/comment {bought} reserve",
    "/type http {bought}",
    "/export",
    ">host:port:user:pass",
    ">HTTPS ·",
    "/delete {bought}",
    ">Delete 1 proxy",
)


async def play() -> str:
    """The journey as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        async with new_world(Path(folder)) as world:
            phone, told = world.phone(), []
            for step in JOURNEY:
                bought = max((p.id for p in world.px6.account(world.key).proxies.values()), default=0)
                text = step.format(bought=bought) if "{" in step else step
                told.append(await act(phone, world.key if text == "KEY" else text, text))
    return "\n".join(told)


async def act(phone: Phone, text: str, shown: str) -> str:
    """One step and what the person then sees."""
    if text.startswith(">"):
        message = await phone.message_with(text[1:])
        label = next(b["text"] for b in buttons(message) if text[1:] in b["text"])
        await phone.taps(text[1:])
        did = f"**taps [{label}]**"
    else:
        await phone.says(text)
        did = "**pastes the key**" if shown == "KEY" else f"**{shown}**"
    return f"{did}\n\n```\n{seen(await phone.screen())}\n```\n"


def seen(message: dict[str, Any]) -> str:
    """The message as lines, its buttons in brackets."""
    lines = message["text"].splitlines()
    cut = [*lines[:SHOWN_LINES], "…"] if len(lines) > SHOWN_LINES else lines
    rows = [" ".join(f"[{b['text']}]" for b in row) for row in message.get("keyboard") or []]
    return "\n".join([*cut, *rows])


def main() -> None:
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{asyncio.run(play())}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
