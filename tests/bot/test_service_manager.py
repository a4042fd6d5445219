"""What systemd is told by a bot that it runs: a datagram for each sentence, to a socket that it names."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.service_manager import ServiceManager
from tests.world import world_without_bot

SOON = 30_000  # microseconds: how long a watchdog waits


@contextmanager
def systemd(address: str) -> Iterator[socket.socket]:
    """The socket at which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.setblocking(False)
        listening.bind(address)
        yield listening


async def said(listening: socket.socket) -> str:
    """The next sentence."""
    async with asyncio.timeout(10):
        return (await asyncio.get_running_loop().sock_recv(listening, 100)).decode()


def unsaid(listening: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        listening.recv(100)


async def test_a_bot_says_that_it_is_ready_that_its_loop_turns_and_that_it_stops(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with systemd(address) as listening:
        async with world_without_bot(tmp_path) as world:
            async with world.running_bot(notify_socket=address, watchdog_usec=SOON):
                first = [await said(listening) for _ in range(4)]
            assert first == ["READY=1", *["WATCHDOG=1"] * 3]
        while (last := await said(listening)) == "WATCHDOG=1":
            pass
        assert last == "STOPPING=1"
        assert await said(listening) == "WATCHDOG=1", "until the loop is closed: what is under way may take a while"


async def test_a_loop_that_is_held_up_says_nothing(tmp_path: Path) -> None:
    """A third of the time passes between two signs of life, and none comes by itself."""
    loop = asyncio.get_running_loop()
    with systemd(str(tmp_path / "notify")) as listening:
        began = loop.time()
        ServiceManager(str(tmp_path / "notify"), SOON).ready()
        assert [listening.recv(100) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]
        unsaid(listening)
        assert await said(listening) == "WATCHDOG=1"
        assert loop.time() - began >= SOON / 1_000_000 / 3 - 0.001


async def test_a_sign_of_life_comes_three_times_in_the_time_that_systemd_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", lambda after, _: pauses.append(after))
    ServiceManager(str(tmp_path / "gone"), 90_000_000).ready()
    assert pauses == [30.0]
    for address, usec in (("", 90_000_000), (str(tmp_path / "gone"), 0)):
        ServiceManager(address, usec).ready()
    assert pauses == [30.0], "nobody waits for one"


def sent_until_full(address: str) -> int:
    """How many sentences a new socket can send until its own buffer, or the listener's, is full."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.setblocking(False)
        for count in range(10_000):
            try:
                to.sendto(b"WATCHDOG=1", address)
            except BlockingIOError:
                return count
    raise AssertionError("it takes everything")


async def test_a_systemd_that_takes_nothing_holds_nobody_up(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with systemd(address) as listening:
        while sent_until_full(address):
            pass
        ServiceManager(address).stopping()
        assert listening.recv(100) == b"WATCHDOG=1"


async def test_without_a_watchdog_only_the_two_ends_are_told(tmp_path: Path) -> None:
    with systemd("\0px6-bot-test-" + tmp_path.name + str(id(tmp_path))) as listening:
        manager = ServiceManager("@" + listening.getsockname().decode()[1:])
        manager.ready()
        manager.stopping()
        assert [listening.recv(100) for _ in range(2)] == [b"READY=1", b"STOPPING=1"]
        unsaid(listening)


async def test_nobody_is_told_where_there_is_no_systemd_or_it_is_gone(tmp_path: Path) -> None:
    for address in ("", str(tmp_path / "gone")):
        manager = ServiceManager(address, SOON)
        manager.ready()
        manager.stopping()
