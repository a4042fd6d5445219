"""`sandbox.running()` and `python -m sandbox`: both stand-ins, one line of JSON, a clean end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import sandbox
from sandbox.__main__ import main
from tests.crash.bots import Spawner


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def first_line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = json.loads(await process.stdout.readline())
    assert isinstance(line, dict)
    return line


async def test_both_stand_ins_answer_in_this_loop() -> None:
    async with sandbox.running() as s, aiohttp.ClientSession() as http:
        async with http.get(f"{s.px6_url}/{s.key}") as response:
            assert (await response.json())["balance"] == str(s.px6.accounts[s.key].balance)
        async with http.get(f"{s.telegram_url}/bot{s.token}/getMe") as response:
            assert (await response.json())["ok"] is True


async def test_an_error_inside_the_block_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError):
        async with sandbox.running() as s:
            s.px6.account("nobody")


async def test_the_command_prints_where_it_listens_and_ends_cleanly() -> None:
    process = await start("--profile", "classic")
    line = await first_line(process)
    assert line.keys() >= {"telegram", "px6", "token", "key"}
    assert line["px6"].endswith("/api")
    async with aiohttp.ClientSession() as http, http.get(f"{line['px6']}/{line['key']}") as response:
        assert "date_mod" not in await response.json()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert process.stderr is not None
    assert await process.stderr.read() == b""


@pytest.mark.asyncio(loop_scope="session")
async def test_ctrl_c_ends_it_as_cleanly(tmp_path: Path, warm: Spawner) -> None:
    process = await warm.program({}, tmp_path, "sandbox", module="sandbox")
    async with asyncio.timeout(60):
        while not process.written():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
        process.send(signal.SIGINT)
        assert await process.ended == 0
    (line,) = process.written().splitlines()
    assert json.loads(line)["px6"].endswith("/api")


@pytest.mark.parametrize("option", ["--px6-port", "--telegram-port"])
def test_a_taken_port_is_one_clear_line(
    option: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["python -m sandbox", option, str(port)])
        assert main() == 1
    assert capsys.readouterr().err.splitlines() == [
        f"Port {port} is taken: stop what listens there, or choose another with {option}."
    ]
