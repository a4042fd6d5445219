"""Virtual environments for other people's programs, under `.peers/`: reused while their pins are the same."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".peers"


def environment(name: str, pins: Sequence[str]) -> Path:
    """The Python of the environment with exactly these packages. CalledProcessError when pip fails."""
    place = PLACE / name
    python = place / "bin" / "python"
    stamp = place / "pins.txt"
    wanted = "\n".join((sys.version, *pins))
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    sys.stdout.write(f"making .peers/{name}\n")
    venv.EnvBuilder(with_pip=True, clear=True).create(place)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", *pins], check=True)
    stamp.write_text(wanted)
    return python
