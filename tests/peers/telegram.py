"""Other people's bots against the stand-in of the Bot API, unchanged but for the base address.

They were written against the real one. The driver plays the person and looks at what the person sees. Besides,
python-telegram-bot's own decoder says which fields of our answers it does not know.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.telegram import TelegramState, serve_telegram
from tests.peers.answers import collected
from tests.peers.environments import PLACE, ROOT, environment

BOTS = ROOT / "tests" / "peers" / "bots"
PTB = (
    "python-telegram-bot==22.8",
    "anyio==4.16.0",
    "certifi==2026.10.18",
    "h11==0.16.0",
    "httpcore==1.0.9",
    "httpx==0.28.1",
    "idna==3.20",
    "tornado==6.6.1",
    "typing_extensions==4.16.0",
)
TELEBOT = (
    "pyTelegramBotAPI==4.37.1",
    "aiohappyeyeballs==2.7.1",
    "aiohttp==3.14.5",
    "aiosignal==1.4.0",
    "attrs==26.1.0",
    "certifi==2026.10.18",
    "charset-normalizer==3.5.2",
    "frozenlist==1.8.0",
    "idna==3.20",
    "multidict==7.2.1",
    "propcache==0.5.4",
    "requests==2.34.2",
    "typing_extensions==4.16.0",
    "urllib3==2.8.0",
    "yarl==1.25.1",
)
GRAMMY = (
    "grammy@1.46.0",
    "@grammyjs/types@5.0.0",
    "abort-controller@3.0.0",
    "debug@4.4.3",
    "event-target-shim@5.0.1",
    "ms@2.1.3",
    "node-fetch@2.7.0",
    "tr46@0.0.3",
    "webidl-conversions@3.0.1",
    "whatwg-url@5.0.0",
)
PERSON = 5001
NEWER_THAN_PEER: frozenset[str] = frozenset()
START_SECONDS = 20.0


@dataclass(frozen=True)
class Peer:
    """One bot: how it is started, without the address, and its token."""

    name: str
    command: tuple[str, ...]
    token: str
    webhook: bool = False

    @property
    def bot_id(self) -> str:
        return self.token.partition(":")[0]


class Phone:
    """The person's side of one bot."""

    def __init__(self, http: aiohttp.ClientSession, url: str, bot_id: str) -> None:
        self._http = http
        self._url = f"{url}/people/{PERSON}"
        self._bot = {"bot": bot_id}

    async def write(self, text: str) -> None:
        await self._post("messages", json={"text": text})

    async def attach(self, name: str, content: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("document", content, filename=name, content_type="text/plain")
        await self._post("messages", data=form)

    async def tap(self, label: str) -> Any:
        return await self._post("taps", json={"label": label})

    async def _post(self, what: str, **body: Any) -> Any:
        async with self._http.post(f"{self._url}/{what}", params=self._bot, **body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    async def seen(self, is_there: Callable[[Any], bool]) -> Any:
        """The newest message of the bot once it is as wished; AssertionError after 5 s."""
        for _ in range(250):
            async with self._http.get(f"{self._url}/chat", params=self._bot) as response:
                messages = (await response.json())["messages"]
            newest = next((m for m in reversed(messages) if m["from"] == "bot"), None)
            if newest is not None and is_there(newest):
                return newest
            await asyncio.sleep(0.02)
        raise AssertionError(f"not seen; the newest is {newest}")

    async def content(self, message: Any) -> bytes:
        async with self._http.get(self._url.partition("/people")[0] + message["file"]["url"]) as response:
            return await response.read()


async def starts(phone: Phone) -> None:
    await phone.write("/start")
    message = await phone.seen(lambda m: m["text"] == "Count: 0")
    assert message["entities"] == [{"type": "bold", "offset": 7, "length": 1}], message
    labels = [[button["text"] for button in row] for row in message["keyboard"]]
    assert labels == [["Add one to 0"], ["File", "Alert", "Site"]], labels


async def counts(phone: Phone) -> None:
    answer = await phone.tap("Add one to 0")
    assert answer["answered"] and answer["text"] == "Now 1" and not answer["show_alert"], answer
    message = await phone.seen(lambda m: m["text"] == "Count: 1")
    assert message["edited"] and message["keyboard"][0][0]["text"] == "Add one to 1", message


async def alerts(phone: Phone) -> None:
    answer = await phone.tap("Alert")
    assert answer["show_alert"] and answer["text"] == "Look here", answer


async def helps(phone: Phone) -> None:
    await phone.write("/help")
    await phone.seen(lambda m: m["text"] == "/start - Count from zero\n/help - What this bot can do")


async def gives(phone: Phone) -> None:
    await phone.tap("File")
    message = await phone.seen(lambda m: m["file"] is not None and m["text"] == "A file")
    assert message["file"]["name"] == "hello.txt", message
    assert (await phone.content(message)).decode().startswith("Привет from "), message


async def takes(phone: Phone) -> None:
    await phone.attach("note.txt", "маленькие small".encode())
    message = await phone.seen(lambda m: m["file"] is not None and m["file"]["name"] == "upper-note.txt")
    assert (await phone.content(message)).decode() == "МАЛЕНЬКИЕ SMALL", message


STEPS: dict[str, Callable[[Phone], Awaitable[None]]] = {
    "command": starts,
    "edit": counts,
    "alert": alerts,
    "commands": helps,
    "file down": gives,
    "file up": takes,
}


def main() -> int:
    """Prints what each bot could do; 1 when something failed."""
    ptb, telebot = environment("python-telegram-bot", PTB), environment("pytelegrambotapi", TELEBOT)
    modules = node_modules("grammy", GRAMMY)
    return asyncio.run(_everything(peers(ptb, telebot, modules), ptb))


def peers(ptb: Path, telebot: Path, modules: Path) -> list[Peer]:
    """The bots, with the interpreters that run them."""
    python, node = str(BOTS / "ptb_bot.py"), (str(BOTS / "grammy_bot.mjs"), str(modules))
    return [
        Peer("python-telegram-bot", (str(ptb), python), "71001:peer-token-1"),
        Peer("python-telegram-bot, webhook", (str(ptb), python), "71002:peer-token-2", webhook=True),
        Peer("pyTelegramBotAPI", (str(telebot), str(BOTS / "telebot_bot.py")), "71003:peer-token-3"),
        Peer("grammY", ("node", *node), "71004:peer-token-4"),
        Peer("grammY, webhook", ("node", *node), "71005:peer-token-5", webhook=True),
    ]


def node_modules(name: str, pins: tuple[str, ...]) -> Path:
    """The folder with exactly these packages of npm, made once. CalledProcessError when npm fails."""
    place = PLACE / name
    stamp = place / "pins.txt"
    if stamp.exists() and stamp.read_text() == "\n".join(pins):
        return place
    sys.stdout.write(f"making .peers/{name}\n")
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text('{"private": true}\n')
    flags = ("--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run(["npm", "install", *flags, *pins], cwd=place, check=True, stdout=subprocess.DEVNULL)
    stamp.write_text("\n".join(pins))
    return place


async def _everything(bots: list[Peer], ptb: Path) -> int:
    state = TelegramState()
    async with serve_telegram(state) as url, aiohttp.ClientSession() as http:
        rows = await asyncio.gather(*(_play(state, url, http, peer) for peer in bots))
        unknown = await _unknown_fields(url, http, ptb)
    for peer, outcome in zip(bots, rows, strict=True):
        told = "  ".join(f"{step}: {said}" for step, said in outcome.items())
        sys.stdout.write(f"{peer.name:30} {told}\n")
    sys.stdout.write(f"fields of our answers unknown to python-telegram-bot: {', '.join(unknown) or 'none'}\n")
    failed = any(said != "works" for outcome in rows for said in outcome.values())
    return int(failed or bool(unknown))


async def _play(state: TelegramState, url: str, http: aiohttp.ClientSession, peer: Peer) -> dict[str, str]:
    outcome: dict[str, str] = {}
    async with running(state, url, peer) as trouble:
        phone = Phone(http, url, peer.bot_id)
        for name, step in STEPS.items():
            outcome[name] = trouble or await _tried(step, phone)
    refusals = [refusal for refusal in state.refusals if refusal.bot_id == int(peer.bot_id)]
    outcome["refusals"] = f"breaks: {refusals}" if refusals else "works"
    return outcome


async def _tried(step: Callable[[Phone], Awaitable[None]], phone: Phone) -> str:
    try:
        await step(phone)
    except (AssertionError, aiohttp.ClientError) as error:
        return f"breaks: {error}"
    return "works"


@asynccontextmanager
async def running(state: TelegramState, url: str, peer: Peer) -> AsyncIterator[str]:
    """The bot's own process; yields what went wrong at its start, or an empty text."""
    port = (str(_free_port()),) if peer.webhook else ()
    process = await asyncio.create_subprocess_exec(
        *peer.command,
        *(url, peer.token, *port),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "*", "PYTHONWARNINGS": "ignore"},
    )
    try:
        yield await _started(state, peer, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _started(state: TelegramState, peer: Peer, process: asyncio.subprocess.Process) -> str:
    """Wait until the bot asks for updates or has set its webhook."""
    bot = state.bot(peer.token)
    for _ in range(int(START_SECONDS / 0.05)):
        if bot.polling or bot.webhook.url:
            return ""
        if process.returncode is not None:
            _, err = await process.communicate()
            return f"breaks: {err.decode().strip().splitlines()[-1:]}"
        await asyncio.sleep(0.05)
    return "breaks: it did not start"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def _unknown_fields(url: str, http: aiohttp.ClientSession, ptb: Path) -> list[str]:
    """What python-telegram-bot's decoder does not know in answers of every kind."""
    answers = await collected(url, http)
    process = await asyncio.create_subprocess_exec(
        str(ptb), str(BOTS / "unknown_fields.py"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    out, _ = await process.communicate(json.dumps(answers).encode())
    found: list[str] = json.loads(out)
    return sorted({path for path in found if path.rpartition(".")[2] not in NEWER_THAN_PEER})
