"""How long a tap takes while the bot sends a broadcast, against one without.

    python -m benchmarks.broadcast

The bot is a process of its own; the stand-ins and the people are this process. A round is taps without a broadcast,
then as many while one goes to everybody; each figure is the median of its rounds.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from typing import Any

import sandbox
from benchmarks.taps import People
from sandbox.telegram.events import Event
from sandbox.telegram.writing import Letter, PersonSide

TOKEN = "1001:" + "a" * 35
ROUNDS = 7
READERS = 60  # people who get each broadcast: four seconds of it
TAPS = 200  # one after another, about two seconds
OPERATOR, TAPPER, FIRST_READER = 1, 2, 100


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        async with sandbox.running() as stand_ins:
            process = launch(stand_ins, name)
            try:
                report(await measured(stand_ins))
            finally:
                process.terminate()
                await asyncio.to_thread(process.wait)


def launch(stand_ins: sandbox.Running, folder: str) -> subprocess.Popen[bytes]:
    """The bot, with an operator."""
    env = os.environ | {
        "BOT_TOKEN": TOKEN,
        "ADMIN_USER_IDS": str(OPERATOR),
        "TELEGRAM_API_URL": stand_ins.telegram_url,
        "PX6_API_URLS": stand_ins.px6_url,
        "DATABASE_URL": f"sqlite:///{folder}/bot.sqlite3",
        "ENCRYPTION_KEY_FILE": f"{folder}/key",
        "LOG_LEVEL": "WARNING",
    }
    return subprocess.Popen([sys.executable, "-m", "bot"], env=env)


async def measured(stand_ins: sandbox.Running) -> list[tuple[float, float, int]]:
    """Of each round the p50 of a tap without a broadcast and with one, and how many messages that sent meanwhile."""
    people = People(stand_ins, TOKEN)
    for person in (OPERATOR, *range(FIRST_READER, FIRST_READER + READERS)):
        await people.starts(person)
    message_id = await people.starts(TAPPER)
    rounds = []
    for _ in range(ROUNDS):
        before = [await people.taps(TAPPER, message_id) for _ in range(TAPS)]
        readers = Readers(stand_ins)
        await begin_broadcast(stand_ins, people)
        during = [await people.taps(TAPPER, message_id) for _ in range(TAPS)]
        rounds.append((statistics.median(before), statistics.median(during), readers.reached))
        await readers.all_reached.wait()  # the next round begins without one
        await asyncio.sleep(0.5)
    return rounds


class Readers:
    """Counts the people whom a broadcast has reached."""

    def __init__(self, stand_ins: sandbox.Running) -> None:
        self.reached, self.all_reached = 0, asyncio.Event()
        self._stop = stand_ins.telegram.events.listen(self._hear)

    def _hear(self, event: Event) -> None:
        chat = event.data.get("chat")
        if event.kind == "message" and isinstance(chat, int) and chat >= FIRST_READER:
            self.reached += 1
            if self.reached == READERS:
                self.all_reached.set()
                self._stop()


async def begin_broadcast(stand_ins: sandbox.Running, people: People) -> None:
    """The operator writes /broadcast and taps the button that sends it."""
    state, side = stand_ins.telegram, PersonSide(stand_ins.telegram)
    chat, operator = state.private_chat(people.bot, OPERATOR), state.person(OPERATOR)
    side.write(people.bot, operator, chat, Letter("/broadcast hello"))
    seen = await newest_with(side, people, "Send to")
    message, button = side.button(chat, seen["message_id"], seen["keyboard"][0][0]["text"])
    side.press(people.bot, operator, chat, message, button)


async def newest_with(side: PersonSide, people: People, label: str) -> Any:
    """The operator's newest message, once it has a button with this text."""
    operator = side.state.person(OPERATOR)
    chat = side.state.private_chat(people.bot, OPERATOR)
    for _ in range(1000):
        seen = side.view(people.bot, operator, chat)["messages"][-1]
        if any(label in each["text"] for row in seen["keyboard"] or [] for each in row):
            return seen
        await asyncio.sleep(0.01)
    raise TimeoutError(label)


def report(rounds: list[tuple[float, float, int]]) -> None:
    """Medians of the rounds; the ratio is taken round by round."""
    before, during = (statistics.median(each[at] for each in rounds) * 1e3 for at in (0, 1))
    ratio = statistics.median(each[1] / each[0] for each in rounds)
    print(f"p50 of a tap: {before:.2f} ms, while a broadcast is sent {during:.2f} ms, ratio {ratio:.2f}")
    print(f"sent meanwhile: {[each[2] for each in rounds]}")


if __name__ == "__main__":
    asyncio.run(main())
