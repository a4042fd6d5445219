"""What the bot's wheel holds: every module of the bot, its sentences in Russian, its migrations and its font.

The stand-ins, the demo, the tests and the benchmarks stay beside it, in the source tree.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from bot import __version__
from bot.__main__ import program
from tests.crash.bots import Spawner

# One needs the fork server. So they all do: else another worker than that one's builds a wheel for the others.
pytestmark = pytest.mark.usefixtures("warm")

ROOT = Path(__file__).parents[2]
PACKED = {"bot", "handlers", "locales", "model", "px6", "services", "storage"}
# The step of setuptools that collects the files of a wheel; what it does after that is to zip them.
BUILD = """
import sys
from setuptools.dist import Distribution
project = Distribution({"script_name": "setup.py"})
project.parse_config_files()
print(project.get_version())
build = project.get_command_obj("build_py")
build.build_lib = sys.argv[1]
project.run_command("build_py")
"""
# Imports what the running bot is made of, and prints where each package of this project was found.
IMPORTS = """
import sys
import bot.doctor, bot.database_tools, bot.serve
ours = [name for name in sys.modules if name in {packages!r}]
print(*(f"{{name}}={{sys.modules[name].__path__[0]}}" for name in sorted(ours)), sep="\\n")
"""


class Wheel(NamedTuple):
    """The folder with its files, and its version as setuptools has it."""

    folder: Path
    version: str


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    folder = tmp_path_factory.mktemp("wheel")
    version = run(BUILD, str(folder), cwd=ROOT).splitlines()[0]
    for room in PACKED:  # what was compiled in the source tree counts: a file of the wheel keeps its time
        for compiled in (ROOT / room).rglob("__pycache__"):
            shutil.copytree(compiled, folder / compiled.relative_to(ROOT), dirs_exist_ok=True)
    return Wheel(folder, version)


@pytest.fixture
def packed(wheel: Wheel) -> Path:
    return wheel.folder


def run(source: str, *arguments: str, cwd: Path) -> str:
    """What a program prints; no setting of this process reaches it."""
    environment = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", source, *arguments]
    ran = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def files(folder: Path) -> set[str]:
    """All but what is written for who works on the bot."""
    return {
        str(path.relative_to(folder))
        for room in PACKED
        for path in (folder / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "README.md"
    }


def test_the_wheel_holds_every_file_of_the_bot_and_nothing_else(packed: Path) -> None:
    assert {path.name for path in packed.iterdir()} == PACKED
    assert files(packed) == files(ROOT)
    for read_by_modules in ("locales/ru/*.po", "storage/migrations/script.py.mako", "services/money/fonts/*.ttf"):
        assert list(packed.glob(read_by_modules)), read_by_modules


def test_the_package_has_the_version_of_the_program(wheel: Wheel) -> None:
    assert wheel.version == __version__


def test_the_command_of_the_package_is_the_program_that_python_runs() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert scripts == {"px6-bot": f"{program.__module__}:{program.__name__}"}


@pytest.mark.asyncio(loop_scope="session")
async def test_the_bot_of_the_wheel_runs_without_stand_ins_and_demo(
    packed: Path, tmp_path: Path, warm: Spawner
) -> None:
    outside = {"sandbox", "demo", "tests", "benchmarks"}
    program = await warm.source(IMPORTS.format(packages=PACKED | outside), packed, tmp_path / "said")
    assert await asyncio.wait_for(program.ended, 60) == 0, program.written()
    found = program.written()
    assert dict(line.split("=") for line in found.split()) == {room: str(packed / room) for room in PACKED}
