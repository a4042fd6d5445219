"""What a tap costs, against another checkout of the project.

    python -m benchmarks.against FOLDER [ROUNDS]

The bot of that folder, this one, and this one once more, which shows what is chance; on SQLite. Each is a process of
its own; their taps take turns one by one, so that what else the machine does meets all alike. The processor time of
each process is compared besides, which nothing else on the machine adds to.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import sandbox
from benchmarks.metrics import Contender, launched, print_table, taps_in_turn
from benchmarks.taps import People
from tests.peers.environments import ROOT

ROUNDS = 40
PERSON = 100


def launch(stand_ins: sandbox.Running, folder: Path, other: Path) -> list[Contender]:
    """The other bot, this one, and this one again."""
    checkouts = ((f"{other.name} (other)", other), ("this one", ROOT), ("this one again", ROOT))
    return [
        launched(stand_ins, folder, number, name, checkout=checkout)
        for number, (name, checkout) in enumerate(checkouts, 1)
    ]


async def main(other: Path, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        async with sandbox.running() as stand_ins:
            contenders = launch(stand_ins, Path(name), other)
            try:
                everyone = []
                for contender in contenders:
                    people = People(stand_ins, contender.token)
                    everyone.append((contender, people, await people.starts(PERSON)))
                for _ in range(rounds):
                    await taps_in_turn(everyone)
                    everyone.append(everyone.pop(0))  # nobody is always the first
            finally:
                for contender in contenders:
                    contender.process.terminate()
                    await asyncio.to_thread(contender.process.wait)
    print_table(contenders)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS))
