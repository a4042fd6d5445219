"""`python -m bot`, in a process of its own: what it does before anything can fail, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from bot.cli import USAGE
from tests.bot.running import ROOT, Ended, environment
from tests.bot.running import ended as ended_by_itself

SAID = "iagn2d of a proxy"  # a password is six letters: no pattern could find it
# Whoever has begun the tests may have this signal ignored, as `nohup` does, by all that is begun there.
RUN = "import gc, os, runpy, signal, sys\nsignal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
RUN += "sys.argv[1:] = {arguments!r}\n{before}\n"
RUN += "runpy.run_module('bot', run_name='__main__', alter_sys=True)"
# It is stopped by a signal at the moment at which a module is about to be imported, not before.
STOPPED_AT = """
class Stop:
    def find_spec(self, name, path, target=None):
        if name == "bot.settings":
            os.kill(os.getpid(), signal.SIGHUP)  # which asks for the settings that are about to be read
        if name == {module!r}:
            os.write(1, b"the collector " + (b"works" if gc.isenabled() else b"rests"))
            os.kill(os.getpid(), signal.{signal})
sys.meta_path.insert(0, Stop())
"""
BROKEN = f"import bot.cli\ndef main(_): raise ValueError({SAID!r})\nbot.cli.main = main"


async def program(folder: Path, *arguments: str, before: str = "") -> Ended:
    """How the program ended, where `before` was done in its process first."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        RUN.format(arguments=list(arguments), before=before),
        cwd=folder,
        env=environment(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return await ended_by_itself(process)


@pytest.mark.parametrize(
    ("arguments", "number", "module"),
    [
        ([], "SIGTERM", "model.errors"),
        ([], "SIGINT", "aiogram"),
        (["run"], "SIGINT", "model.errors"),
        (["--adopt-database"], "SIGTERM", "model.errors"),
    ],
)
async def test_a_stop_during_the_imports_of_the_bot_is_a_clean_one(
    tmp_path: Path, arguments: list[str], number: str, module: str
) -> None:
    """The collector rests meanwhile: it would go through all that is imported, again and again."""
    stopped = await program(tmp_path, *arguments, before=STOPPED_AT.format(module=module, signal=number))
    assert stopped == Ended(0, "the collector rests", "")


@pytest.mark.parametrize("arguments", [["doctor"], ["backup", "copy.sqlite3"]])
async def test_a_tool_that_is_stopped_does_not_say_that_it_has_done_its_work(
    tmp_path: Path, arguments: list[str]
) -> None:
    before = STOPPED_AT.format(module="model.errors", signal="SIGTERM")
    assert await program(tmp_path, *arguments, before=before) == Ended(-signal.SIGTERM, "the collector works", "")


async def test_the_command_is_the_whole_line_and_its_code_is_that_of_the_process(tmp_path: Path) -> None:
    assert await program(tmp_path, "backup") == Ended(64, "", f"{USAGE}\n")


async def test_an_error_that_nobody_foresaw_is_no_traceback(tmp_path: Path) -> None:
    ended = await program(tmp_path, "doctor", before=BROKEN)
    assert (ended.code, ended.err.count("\n")) == (1, 1), ended.err
    assert ended.err.startswith("Ended by an error: ValueError at ")
    assert str(ROOT) not in ended.err
