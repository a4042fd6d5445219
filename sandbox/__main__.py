"""`python -m sandbox`: both stand-ins until SIGTERM or SIGINT; the first line on stdout is JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from typing import get_args

from sandbox.px6 import Profile
from sandbox.running import PortTaken, Running, running


def main() -> int:
    """Exit status 0 after a signal, 1 with one line on stderr when a port is taken."""
    try:
        asyncio.run(_serve(_arguments()))
    except PortTaken as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--telegram-port", type=_port, default=0, metavar="N", help="default: any free port")
    parser.add_argument("--px6-port", type=_port, default=0, metavar="N", help="default: any free port")
    parser.add_argument("--profile", choices=get_args(Profile), default="current")
    return parser.parse_args()


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with running(arguments.profile, arguments.telegram_port, arguments.px6_port) as s:
        sys.stdout.write(json.dumps(_first_line(s)) + "\n")
        sys.stdout.flush()
        await stop.wait()


def _first_line(s: Running) -> dict[str, str]:
    return {
        "telegram": s.telegram_url,
        "px6": s.px6_url,
        "token": s.token,
        "key": s.key,
        "px6_control": s.px6_control_url,
    }


if __name__ == "__main__":
    sys.exit(main())
