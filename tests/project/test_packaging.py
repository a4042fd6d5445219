"""A wheel of the project holds all that runs: every module, every sentence in Russian, the fonts, the chat page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "handlers", "services", "px6", "storage", "sandbox", "locales", "demo")
# Asks setuptools itself what it would put into a wheel; nothing is built.
PACKED = """
import json
from setuptools.dist import Distribution
project = Distribution({"script_name": "setup.py"})
project.parse_config_files()
build = project.get_command_obj("build_py")
build.ensure_finalized()
modules = [file for _, _, file in build.find_all_modules()]
data = [f"{source}/{name}" for _, source, _, names in build.data_files for name in names]
print(json.dumps(modules + data))
"""


def test_everything_in_the_rooms_is_packed_and_nothing_else() -> None:
    pytest.importorskip("setuptools", reason="builds the wheels; newer Pythons come without it")
    ended = subprocess.run([sys.executable, "-c", PACKED], cwd=ROOT, capture_output=True, text=True, check=True)
    packed = {str(Path(file)) for file in json.loads(ended.stdout.splitlines()[-1])}
    files = {
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in (ROOT / room).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert packed == files
