"""`python -m benchmarks.demo [--rounds N] [--skip-clone]`: how long a newcomer waits, and what Ctrl-C leaves behind.

1. A fresh clone, `make demo` with a warm package cache, until the bot has answered the first `/start`.
2. Those steps again in the same folder, N times.
3. Ctrl-C each time: until `make` has ended; no process and no port is left.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BOT = 700000001
PATIENCE = 300.0


class Start:
    """`make demo` in a folder, from the command to the first answer. Seconds since the command."""

    def __init__(self, folder: Path) -> None:
        self.began = time.monotonic()
        environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
        self.process = subprocess.Popen(
            ["make", "demo", "PORT=0"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self.address = self._address()
        self.page_there = self._passed()
        self._until_answered()
        self.answered = self._passed()

    def _passed(self) -> float:
        return time.monotonic() - self.began

    def _address(self) -> str:
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if found := re.search(r"http://127\S+", line):
                return found[0]
        raise SystemExit(f"make demo ended without an address:\n{''.join(said)}")

    def _until_answered(self) -> None:
        person = time.monotonic_ns() % 1_000_000_000
        self._asks(f"/people/{person}/messages?bot={BOT}", {"text": "/start"})
        while not any(m["from"] == "bot" for m in self._asks(f"/people/{person}/chat?bot={BOT}")["messages"]):
            if self._passed() > PATIENCE:
                raise SystemExit("the bot does not answer")
            time.sleep(0.02)

    def _asks(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - an address of this machine
            self.address + path, data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
            return json.load(answer)

    def interrupt(self) -> tuple[float, list[str]]:
        """Ctrl-C in the terminal reaches make and its children. Seconds to the end, and what is left then."""
        session, port = self.process.pid, int(self.address.rpartition(":")[2])
        bot = self._asks("/sandbox/demo")["bot"]["pid"]
        pressed = time.monotonic()
        os.killpg(session, signal.SIGINT)
        self.process.wait()
        took = time.monotonic() - pressed
        left = [f"process {pid}" for pid in (bot, *members(session)) if Path(f"/proc/{pid}").exists()]
        with socket.socket() as probe:
            left += [f"port {port}"] if probe.connect_ex(("127.0.0.1", port)) == 0 else []
        return took, left


def members(session: int) -> list[int]:
    """The processes of a session that still live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == session:
            found.append(int(stat.parent.name))
    return found


def measure(name: str, folder: Path) -> bool:
    start = Start(folder)
    took, left = start.interrupt()
    print(f"{name:14} {start.page_there:8.2f} {start.answered:9.2f} {took:7.2f}   {', '.join(left) or 'nothing'}")
    return not left


def main() -> int:
    """1 when anything was left behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="starts after the first")
    parser.add_argument("--skip-clone", action="store_true", help="only start again, in this folder")
    arguments = parser.parse_args()
    print(f"{'seconds to':14} {'the page':>8} {'an answer':>9} {'Ctrl-C':>7}   left behind")
    with tempfile.TemporaryDirectory() as temporary:
        folder = ROOT
        clean = True
        if not arguments.skip_clone:
            folder = Path(temporary) / "clone"
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
            clean = measure("fresh clone", folder)
        for _ in range(arguments.rounds):
            clean &= measure("again", folder)
    return int(not clean)


if __name__ == "__main__":
    sys.exit(main())
