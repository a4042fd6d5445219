"""`python -m demo [--port N] [--reset]`: prints the address of the page and serves until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from demo.bot_process import ChildBot
from demo.folder import AlreadyRunning, locked

FOLDER = Path(".demo")
PORT = 8765


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}\n")


def main() -> int:
    """Exit status 0 after Ctrl-C or SIGTERM, 1 with one line when it cannot start."""
    arguments = _arguments()
    try:
        with locked(arguments.folder):
            if arguments.reset:
                _empty(arguments.folder)
            return asyncio.run(_run(arguments.folder, arguments.port))
    except AlreadyRunning as error:
        sys.stderr.write(f"{error}\n")
        return 1


async def _run(folder: Path, port: int) -> int:
    bot = ChildBot(folder / "bot.log")
    await bot.preload()
    # only now, so that the bot's process and this one import at the same time
    from demo.launcher import CannotStart, run

    try:
        return await run(folder, port, bot)
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _port(text: str) -> int:
    """0 is any that is free."""
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text}")
    return int(text)


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m demo", description=__doc__)
    parser.add_argument("--port", type=_port, default=PORT, metavar="N", help=f"of the page, default {PORT}")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"of the demo's data, default {FOLDER}")
    parser.add_argument("--reset", action="store_true", help="start over: forget what was done before")
    return parser.parse_args()


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


if __name__ == "__main__":
    sys.exit(main())
