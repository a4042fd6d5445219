"""A bot that is killed between Telegram's delivery and the disk: what the person did comes again, and is done once.

Nobody taps or writes again. Buttons that spend are killed at every point by `tests/crash/harness.py`.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import sandbox
from tests.crash.bots import Spawner
from tests.crash.harness import empty_database, new_place, started
from tests.crash.journeys import Journey, Place

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(170)]

RED = {"delete": "Delete 1 proxy", "forget": "Erase everything"}


@dataclass(frozen=True)
class Act:
    """What the person does, where the bot is killed (seconds after it, or at a point), and what then comes of it."""

    name: str
    kill_at: float | str

    def prepare(self, place: Place) -> list[str]:
        """What the person writes before; each is answered by a text that begins so."""
        key = f"/key {place.key}>Connected"
        return {
            "delete": ["/start>Your", key, f"/delete {place.ids[0]}>Delete 1"],
            "forget": ["/start>Your", key, "/forget>Erase everything"],
            "key": ["/start>Your"],
            "answer": ["/start>Your", key, f"/comment {place.ids[0]}>Comment for"],
        }[self.name]

    def do(self, place: Place) -> None:
        phone = place.phone
        if self.name in RED:
            message, button = next(each for each in phone.buttons() if each[1].get("style") == "danger")
            phone.presses(message, button)
        else:
            phone.says(place.key if self.name == "key" else "warehouse")

    def done(self, place: Place) -> bool:
        """Done once; said once or, where the kill came in between, twice."""
        proxies = place.stand_ins.px6.account(place.key).proxies
        match self.name:
            case "delete":
                deletions = len(place.rows("SELECT 1 FROM deletions"))
                return (
                    place.ids[0] not in proxies
                    and deletions == len(proxies) == 1
                    and told(place, "Deleted: 1 proxy") >= 1
                )
            case "forget":
                return not place.rows("SELECT 1 FROM people") and told(place, "Everything is erased") >= 1
            case "key":
                return len(place.rows("SELECT 1 FROM accounts")) == 1 and told(place, "Connected") >= 1
        return proxies[place.ids[0]].comment == "warehouse" and any("warehouse" in text for text in place.phone.seen)

    def ended(self, place: Place) -> bool:
        """Done; or, by the clock, cut off between the disk and px6: then it is on disk that it is looked for.

        It is told as not deleted once a call may take no longer: `tests/services/proxies/test_deletions.py`.
        """
        if self.done(place) or self.name != "delete" or isinstance(self.kill_at, str):
            return self.done(place)
        is_left = place.ids[0] in place.stand_ins.px6.account(place.key).proxies
        return is_left and len(place.rows("SELECT 1 FROM deletions WHERE NOT certain")) == 1


def told(place: Place, beginning: str) -> int:
    return sum(text.startswith(beginning) for text in place.phone.seen)


ACTS = (
    *(Act(name, 0.05) for name in ("delete", "forget", "key", "answer")),
    Act("delete", "network: px6 getproxy: headers: before"),  # before anything of it is on disk
    Act("delete", "disk: INSERT deletions"),
    Act("forget", "disk: DELETE people"),
    Act("key", "network: telegram deleteMessage: headers: after"),  # it is gone from the chat, and nowhere else yet
    Act("key", "disk: INSERT accounts"),
    Act("key", "network: telegram sendMessage: send: before"),  # stored, and not said
    Act("answer", "network: px6 setdescr: send: before"),
    Act("answer", "network: px6 setdescr: body: after"),  # done at px6, and not said
)


async def played(act: Act, place: Place, spawn: Spawner) -> str:
    """Play it; gives what went wrong, empty for nothing."""
    point = act.kill_at if isinstance(act.kill_at, str) else None
    bot = await spawn.start(place.settings, place.folder, "first", point)
    try:
        for each in act.prepare(place):
            text, _, answer = each.partition(">")
            before = told(place, answer)
            place.phone.says(text)
            await place.until(lambda answer=answer, before=before: told(place, answer) > before, answer)  # type: ignore[misc]
        await place.until(place.all_taken, "everything is taken")
        bot.send(signal.SIGUSR1)
        await place.until(lambda: bool(bot.points()), "the hooks are armed")
        act.do(place)
        if isinstance(act.kill_at, float):
            await asyncio.sleep(act.kill_at)
            bot.send(signal.SIGKILL)
            await bot.ended  # it may have been done with already
        await place.until(lambda: bot.ended.done() or act.done(place), "it is killed, or done with")
        if not bot.ended.done():
            return f"{act.kill_at} is not a point any more: {bot.points()}"
    finally:
        bot.send(signal.SIGKILL)
    return await restarted(act, place, spawn)


async def restarted(act: Act, place: Place, spawn: Spawner) -> str:
    """Without the person doing anything."""
    bot = await spawn.start(place.settings, place.folder, "again")
    try:
        await place.until(lambda: started(bot), "the bot runs again")
        place.delivers_again()
        await place.until(lambda: place.all_taken() and act.ended(place), "it is done, and said")
        bot.send(signal.SIGTERM)
        code = await asyncio.wait_for(bot.ended, 35)
    finally:
        bot.send(signal.SIGKILL)
    return "" if code == 0 and act.ended(place) else f"exit {code}, seen {place.phone.seen[-3:]}"


@pytest.mark.parametrize("trouble", ["", "webhook"], ids=["polling", "webhook"])
async def test_what_a_kill_cut_off_comes_again_and_is_done_once(warm: Spawner, trouble: str) -> None:
    with tempfile.TemporaryDirectory(prefix="px6-taps-") as name:
        folder = Path(name)
        async with sandbox.running(profile="current") as stand_ins:
            empty = await empty_database(folder)

            async def play(number: int, act: Act) -> str:
                home = folder / str(number)
                home.mkdir(mode=0o700)
                place = new_place(stand_ins, Journey("buy", "current", trouble), home, number, empty)
                try:
                    return await played(act, place, warm)
                except AssertionError as error:
                    return str(error)
                finally:
                    place.close()

            wrong = await asyncio.gather(*(play(number, act) for number, act in enumerate(ACTS)))
    assert not any(wrong), {act: each for act, each in zip(ACTS, wrong, strict=True) if each}
