"""One run: the journey, the kill, the restart, and what must be true afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import sandbox
from sandbox.running import Running
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.claims import told
from tests.crash.bots import RunningBot, Spawner
from tests.crash.journeys import COMMENT, JOURNEYS, PLAIN, Journey, Place
from tests.databases import ON_POSTGRESQL

AT_ONCE = 4 * (os.cpu_count() or 1)  # a bot waits most of its time: for px6's limit, and for a look to be due


IN_THE_CALL = "network: px6 {}: headers: before"


@dataclass(frozen=True)
class Kill:
    """When: at a point (its number, or its label), or so many seconds after the tap; neither: never."""

    at_point: int | str | None = None
    after: float | None = None


@dataclass
class Verdict:
    """What a run came to. `wrong` is empty when every promise was kept."""

    journey: Journey
    kill: Kill
    point: str = "–"
    killed: bool = False
    spends: int = 0
    states: Sequence[str] = ()
    told: frozenset[str] = frozenset()
    stands: str | None = None
    points: int = 0
    labels: Sequence[str] = ()
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Harness:
    """Runs journeys, several at once, each with a person, an account, a bot and a database of its own."""

    def __init__(self, profiles: dict[str, Running], spawner: Spawner, folder: Path, empty: Path) -> None:
        """`empty` is a database without people, which every run begins with: migrating takes longer than the rest."""
        self._profiles, self._spawner, self._folder, self._empty = profiles, spawner, folder, empty
        self._room = asyncio.Semaphore(AT_ONCE)
        self._number = 0

    async def run(self, journey: Journey, kill: Kill) -> Verdict:
        """Take the journey, kill the bot in it, start it again, let it settle, and judge."""
        verdict = Verdict(journey, kill)
        async with self._room:
            self._number += 1
            folder = self._folder / str(self._number)
            folder.mkdir(mode=0o700)
            place = new_place(self._profiles[journey.profile], journey, folder, self._number, self._empty)
            try:
                await self._play(place, verdict)
            except AssertionError as error:
                verdict.wrong.append(str(error))
            finally:
                place.close()
        return verdict

    async def _play(self, place: Place, verdict: Verdict) -> None:
        recovery, kill = place.journey.trouble == "recovery", verdict.kill
        first = await self._start(
            place, "first", IN_THE_CALL.format(place.journey.kind) if recovery else kill.at_point
        )
        try:
            data = await place.prepare()
            await self._tap_and_kill(place, first, verdict, None if recovery else kill.after)
        finally:
            first.send(signal.SIGKILL)
        if recovery:
            await self._recover_and_kill(place, verdict)
        await self._restart(place, data, verdict)
        judge(place, verdict)

    async def _start(
        self, place: Place, name: str, kill_at: int | str | None = None, *, armed: bool = False
    ) -> RunningBot:
        return await self._spawner.start(
            place.settings, place.folder, name, kill_at, longest_ids=place.longest_ids, armed=armed
        )

    async def _recover_and_kill(self, place: Place, verdict: Verdict) -> None:
        """The start after a kill, killed as well."""
        bot = await self._start(place, "recovering", verdict.kill.at_point, armed=True)
        try:
            if verdict.kill.after is not None:
                await asyncio.sleep(verdict.kill.after)
                bot.send(signal.SIGKILL)
            else:
                await place.until(lambda: bot.ended.done() or place.settled(), "it is told, or the bot killed")
            await self._note_end(bot, verdict)
        finally:
            bot.send(signal.SIGKILL)

    async def _tap_and_kill(self, place: Place, bot: RunningBot, verdict: Verdict, after: float | None) -> None:
        bot.send(signal.SIGUSR1)
        await place.until(lambda: bool(bot.points()), "the hooks are armed")
        loop = asyncio.get_running_loop()
        began = loop.time()
        place.pays()
        if after is not None:
            await asyncio.sleep(after)
            bot.send(signal.SIGKILL)
        else:
            await place.until(lambda: bot.ended.done() or place.settled(), "the outcome is told, or the bot killed")
            verdict.seconds = loop.time() - began
        await self._note_end(bot, verdict)

    async def _note_end(self, bot: RunningBot, verdict: Verdict) -> None:
        """How the bot ended, after a signal where no kill met it, and what it had passed."""
        bot.send(signal.SIGTERM)
        async with asyncio.timeout(35):
            code = await bot.ended
        verdict.killed = code == -signal.SIGKILL
        passed = bot.points()[1:]
        verdict.points, verdict.labels = len(passed), passed
        verdict.point = passed[-1] if verdict.killed and passed else "–"
        if not verdict.killed and code != 0:
            verdict.wrong.append(f"a bot ended with {code}")

    async def _restart(self, place: Place, data: str, verdict: Verdict) -> None:
        """The same bot once more; a tap of which nothing is on disk comes again by itself."""
        place.clears_up()
        bot = await self._start(place, "again")
        try:
            await place.until(lambda: started(bot), "the bot runs again")
            place.delivers_again()
            await place.until(place.all_taken, "what it had not confirmed is taken")
            if not place.states():
                verdict.wrong.append("the tap was lost")
                return
            await place.until(place.settled, "everything is settled and told")
            place.taps_again(data)
            await place.until(place.all_taken, "the second tap is taken")
            bot.send(signal.SIGTERM)
            async with asyncio.timeout(35):
                code = await bot.ended
            if code != 0:
                verdict.wrong.append(f"the restarted bot ended with {code}")
        finally:
            bot.send(signal.SIGKILL)


def new_place(stand_ins: Running, journey: Journey, folder: Path, number: int, empty: Path) -> Place:
    """A place with a database of its own, on what the tests run on."""
    if ON_POSTGRESQL:
        from tests.crash.shared_place import SharedPlace, new_database  # imports psycopg

        return SharedPlace(stand_ins, journey, folder, number, new_database(f"{folder.parent.name}_{number}"))
    shutil.copy(empty, folder / "bot.sqlite3")
    return Place(stand_ins, journey, folder, number)


def started(bot: RunningBot) -> bool:
    log = bot.report.with_suffix(".log")
    return log.exists() and b"The bot is running" in log.read_bytes()


def judge(place: Place, verdict: Verdict) -> None:
    """Hold the outcome against px6's books."""
    spends = place.spends()
    verdict.spends, verdict.states = len(spends), place.states()
    kinds = [told(text) for text in place.phone.seen]
    verdict.told = frozenset(kind for kind in kinds if kind)
    verdict.stands = told(place.stands())
    expected = told_of(verdict.states)
    each = Counter(one for spend in spends for one in spend.ids)
    account, calls = place.stand_ins.px6.account(place.key), len(verdict.states)
    site = sum((spend.price for spend in place.stand_ins.px6.books(place.key) if spend.by == "site"), Decimal())
    rules = {
        "spent more than once": max(each.values(), default=0) <= 1 and verdict.spends <= calls,
        "not as px6's books say": verdict.states.count("done") == verdict.spends,
        "left open or unclear": not {"unclear", "unknown", "sending", "confirmed"} & set(verdict.states),
        "not told why": "not_sent" not in verdict.states or any(map(tells_why, place.phone.seen)),
        f"told {sorted(verdict.told)} instead of {expected}": verdict.told == {expected},
        f"{verdict.stands} stands there instead of {expected}": verdict.stands == expected,
        "the balance does not agree": account.balance == 1000 - place.paid() - site,
        "another account has paid": not place.others_paid,
        "the switch was lost": not place.has_two or place.is_switched(),
        "the sum told is not the sum paid": not verdict.spends
        or any(sum_told(place, text) for text in place.phone.seen),
        "the comment is not the wanted one": all(
            proxy.comment in ("", COMMENT) for proxy in account.proxies.values()
        ),
        f"Telegram refused: {refusals(place)}": not refusals(place),
        "a secret was written": not secrets_written(place),
    }
    verdict.wrong += [name for name, kept in rules.items() if not kept]


def tells_why(text: str) -> bool:
    """Whether a text says why nothing was sent: the bot was stopped, its database failed, or px6 did not answer."""
    reasons = ("stopped", "I could not save it", "request to px6 failed", "px6 did not answer")
    return any(why in text for why in reasons)


def told_of(states: Sequence[str]) -> str:
    """What is to be told of orders that ended so."""
    if "done" not in states:
        return "nothing spent"
    return "done" if set(states) == {"done"} else "partly"


def sum_told(place: Place, text: str) -> bool:
    return told(text) in ("done", "partly") and f"{place.paid():,.2f} RUB" in text


def refusals(place: Place) -> list[object]:
    """What the stand-in of Telegram refused to this bot, but for what one that was killed had asked."""
    bot_id = int(place.token.partition(":")[0])
    since = place.stand_ins.telegram.refusals[place.refused_before :]
    mine = [each for each in since if each.bot_id == bot_id]
    made_before = ("message is not modified", "query is too old", "terminated by other", "to delete not found")
    return [each for each in mine if not any(words in each.description for words in made_before)]


def secrets_written(place: Place) -> list[str]:
    """Files of the bot, and texts that the person saw, in which the px6 key or the token stands."""
    secrets = (place.key, *place.others, place.token, place.token.partition(":")[2])
    files = [
        path.name
        for path in place.folder.iterdir()
        if any(secret.encode() in path.read_bytes() for secret in secrets)
    ]
    return files + [text for text in place.phone.seen if any(secret in text for secret in secrets)]


@asynccontextmanager
async def harness(warm: Spawner) -> AsyncIterator[Harness]:
    """Stand-ins of both profiles, for bots of the fork server."""
    with tempfile.TemporaryDirectory(prefix="px6-crash-") as folder:
        async with (
            sandbox.running(profile="classic") as classic,
            sandbox.running(profile="current") as current,
        ):
            yield Harness(
                {"classic": classic, "current": current}, warm, Path(folder), await empty_database(Path(folder))
            )


async def empty_database(folder: Path) -> Path:
    await (await Database.open(f"sqlite:///{folder}/empty.sqlite3", Keyring([bytes(32)]))).close()
    return folder / "empty.sqlite3"


async def every_point(harness: Harness, journey: Journey) -> list[Verdict]:
    """A run that counts, then one for each point that it counted, from where the journey differs from a plain one.

    Tasks take turns otherwise in every run, so number 40 is not always the same place: places that no kill has met
    are then killed at by name.
    """
    counted = await harness.run(journey, Kill())
    begin = next((at for at, label in enumerate(counted.labels) if label == journey.since), 0)
    killed = await kill_at(harness, journey, range(begin + 1, counted.points + 1))
    missed = set(counted.labels[begin:]) - {verdict.point for verdict in killed} - set(counted.labels[:begin])
    return [counted, *killed, *await kill_at(harness, journey, sorted(missed))]


async def kill_at(harness: Harness, journey: Journey, points: Iterable[int | str]) -> list[Verdict]:
    return list(await asyncio.gather(*(harness.run(journey, Kill(at_point=point)) for point in points)))


async def random_moments(harness: Harness, count: int, seed: int, longest: float = 2.5) -> list[Verdict]:
    """Kills at moments that no hook knows of, spread over all journeys."""
    dice = random.Random(seed)
    plain = len(JOURNEYS) // len(PLAIN)  # half of the moments are those of plain journeys
    chosen = [dice.choice(JOURNEYS + PLAIN * (plain - 1)) for _ in range(count)]
    runs = [(journey, Kill(after=dice.uniform(0, longest))) for journey in chosen]
    return list(await asyncio.gather(*(harness.run(journey, kill) for journey, kill in runs)))


def as_json(verdict: Verdict) -> str:
    """One line for whoever looks into a failure."""
    return json.dumps({**verdict.__dict__, "journey": str(verdict.journey), "labels": None}, default=str)
