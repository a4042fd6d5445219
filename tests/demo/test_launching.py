"""`python -m demo` as somebody at a terminal meets it: an address, Ctrl-C, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from demo.__main__ import main
from demo.bot_process import ChildBot
from demo.launcher import CannotStart, running
from demo.saved_state import SavedState
from sandbox.px6 import Px6State
from sandbox.telegram import TelegramState
from tests.crash.bots import ROOT, Spawner

pytestmark = pytest.mark.timeout(120)  # the bot's own process takes seconds to import, more on a busy machine

ADDRESS = re.compile(r"http://\S+")
SECONDS = 60.0  # for the bot's end; one is enough on an idle machine


@asynccontextmanager
async def started(folder: Path, *arguments: str) -> AsyncIterator[tuple[Process, str]]:
    """The process and the address that it prints."""
    command = [sys.executable, "-m", "demo", "--folder", str(folder), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    try:
        yield process, await address_of(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def address_of(process: Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := ADDRESS.search(line.decode()):
            return found[0]
    raise AssertionError("no address was printed")


async def end_of_bot(address: str) -> asyncio.Event:
    """Set when the process of the demo's bot has ended, whoever its parent is by then."""
    async with aiohttp.ClientSession() as http, http.get(f"{address}/sandbox/demo") as answer:
        process = os.pidfd_open(int((await answer.json())["bot"]["pid"]))
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(process)
        os.close(process)
        ended.set()

    loop.add_reader(process, end)
    return ended


def listens(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0


async def test_a_taken_port_picks_another_a_second_demo_is_refused_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """One demo for all of it, because its two processes take seconds to import."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started(tmp_path, "--port", str(port)) as (process, address):
            assert not address.endswith(f":{port}")
            bot = await end_of_bot(address)
            assert await refused(tmp_path) == 1
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 0
            await asyncio.wait_for(bot.wait(), SECONDS)
            assert not listens(address)


async def refused(folder: Path) -> int:
    """A second demo with the same data; gives how many lines it says."""
    command = [sys.executable, "-m", "demo", "--folder", str(folder), "--port", "0"]
    second = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    _, said = await second.communicate()
    assert second.returncode == 1
    return said.decode().count("\n")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_demo_that_is_killed_takes_its_bot_along(tmp_path: Path, warm: Spawner) -> None:
    """The demo is forked; the bot is started by it, as always."""
    found = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    arguments = ["--folder", str(tmp_path), "--port", "0"]
    process = await warm.program(found, tmp_path, "demo", module="demo", arguments=arguments)
    async with asyncio.timeout(SECONDS):
        while not (printed := ADDRESS.search(process.written())):  # noqa: ASYNC110 - another process prints it
            await asyncio.sleep(0.02)
        bot = await end_of_bot(printed[0])
        process.send(signal.SIGKILL)
        await process.ended
        await bot.wait()


@pytest.mark.parametrize("port", ["-3", "99999", "http"])
def test_a_port_that_is_none_is_refused_in_one_line(
    tmp_path: Path, port: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["python -m demo", "--folder", str(tmp_path), "--port", port])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"argument --port: a port is a number from 0 to 65535, not {port}\n")


async def test_a_page_without_a_port_is_one_line_and_leaves_no_process(tmp_path: Path) -> None:
    bot = ChildBot(tmp_path / "bot.log")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotStart) as caught:
        async with running(tmp_path, [taken.getsockname()[1]], bot=bot):
            pass
    assert str(caught.value) == "The page cannot be served: every port that was to be tried is taken."
    assert not bot.is_preloaded


def test_the_stand_ins_remember_chats_proxies_and_the_clock(tmp_path: Path) -> None:
    px6, telegram = Px6State(), TelegramState()
    account = px6.add_account("0123456789-0123456789-0123456789")
    px6.add_proxy(account.key, comment="kept", ends_in=timedelta(days=4))
    px6.clock.move(timedelta(hours=3))
    bot = telegram.bot("1:secret")
    telegram.private_chat(bot, 7).started = True
    SavedState(tmp_path / "memory", px6, telegram).write()

    again, phone = Px6State(), TelegramState()
    assert SavedState(tmp_path / "memory", again, phone).load()
    assert [proxy.comment for proxy in again.account(account.key).proxies.values()] == ["kept"]
    assert again.clock.offset == timedelta(hours=3)
    assert phone.bot("1:secret").chats[7].started


def test_memories_of_another_version_are_put_aside(tmp_path: Path) -> None:
    (tmp_path / "memory.pickle").write_text(json.dumps("not a pickle"))
    assert not SavedState(tmp_path / "memory.pickle", Px6State(), TelegramState()).load()
    assert (tmp_path / "memory.unreadable").exists()
