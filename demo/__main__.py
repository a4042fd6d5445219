"""`python -m demo [--port N] [--reset]`: prints the address of the page and serves until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from demo.folder import AlreadyRunning, locked
from demo.launcher import run

FOLDER = Path(".demo")
PORT = 8765


def main() -> int:
    """Exit status 0 after Ctrl-C or SIGTERM, 1 with one line when a demo runs already."""
    arguments = _arguments()
    try:
        with locked(arguments.folder):
            if arguments.reset:
                _empty(arguments.folder)
            return asyncio.run(run(arguments.folder, arguments.port))
    except AlreadyRunning as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"of the page, default {PORT}")
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
