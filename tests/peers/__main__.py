"""`make peers`: other people's clients and bots, unchanged but for the address, against the stand-ins."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

PARTS = ("tests.peers.px6", "tests.peers.telegram", "tests.peers.page")


def main() -> int:
    """Runs each part's `main`; the exit status is 1 when one of them failed."""
    failed = 0
    for part in filter(find_spec, PARTS):
        sys.stdout.write(f"\n{part}\n")
        sys.stdout.flush()
        failed |= import_module(part).main()
    return failed


if __name__ == "__main__":
    sys.exit(main())
