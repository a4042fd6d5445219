"""SIGHUP has the settings read again: who may use the bot, and how much is logged."""

from __future__ import annotations

import asyncio
import logging
import os
import pty
import signal
from pathlib import Path

import pytest

import sandbox
from bot import logs
from bot.error_descriptions import OUR_PACKAGES
from bot.reading_again import read_again
from services.account.access import Access
from tests.bot.running import TOKEN, environment
from tests.crash.bots import RunningBot, Spawner


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the bot runs; its settings are in `.env` there."""
    for name in ("ALLOWED_USER_IDS", "ADMIN_USER_IDS", "LOG_LEVEL", "BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def says(folder: Path, *lines: str) -> None:
    (folder / ".env").write_text("\n".join((f"BOT_TOKEN={TOKEN}", *lines)))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_what_env_says_now_counts_from_now_on(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    access = Access([1001], [1001])
    says(folder, "ALLOWED_USER_IDS=1002,1003", "ADMIN_USER_IDS=1003", "LOG_LEVEL=info")
    read_again(access)
    assert [access.lets_in(person) for person in (1001, 1002, 1003)] == [False, True, True]
    assert caplog.messages == ["Settings read again: LOG_LEVEL INFO, 2 may use the bot, operators: 1"]
    assert [access.is_operator(person) for person in (1001, 1002, 1003)] == [False, False, True]
    assert logging.getLogger("services").level == logging.INFO
    says(folder, "LOG_LEVEL=ERROR")
    read_again(access)
    assert access.lets_in(1001) and not access.is_operator(1003)
    assert len(caplog.messages) == 1, "no line of a level that is not wanted any more"
    assert logging.getLogger("services").level == logging.ERROR
    assert logging.getLogger().level == logging.ERROR


@pytest.mark.parametrize(
    "lines",
    [
        ("ALLOWED_USER_IDS=1002,me", "LOG_LEVEL=DEBUG"),
        ("ALLOWED_USER_IDS=1002", "LOG_LEVEL=LOUD"),
        ("ADMIN_USER_IDS=me",),
        ("ALLOWED_USER_IDS=1002", "LOG_LEVEL=DEBUG", "SYNC_SECONDS=never", "PX6_RATE_SCOPE=world"),
    ],
)
def test_where_one_is_wrong_all_stay_and_one_line_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture, lines: tuple[str, ...]
) -> None:
    logs.set_level("INFO")
    access = Access([1001], [1001])
    says(folder, "ADMIN_USER_IDS=1002", *lines)
    read_again(access)
    assert access.allowed == access.operators == {1001}
    assert logging.getLogger("services").level == logging.INFO
    (line,) = errors(caplog)
    assert line.startswith("The settings were not read again: ")
    assert "Example: " in line and "\n" not in line


@pytest.mark.parametrize(
    ("level", "ours", "others", "scheduler"),
    [
        ("DEBUG", logging.DEBUG, logging.WARNING, logging.NOTSET),
        ("INFO", logging.INFO, logging.WARNING, logging.ERROR),
        ("CRITICAL", logging.CRITICAL, logging.CRITICAL, logging.ERROR),
    ],
)
def test_each_level_is_ours_and_of_libraries_only_what_is_worse(
    folder: Path, level: str, ours: int, others: int, scheduler: int
) -> None:
    logs.set_level("CRITICAL" if level != "CRITICAL" else "DEBUG")
    logs.set_level(level)
    assert {logging.getLogger(room).level for room in OUR_PACKAGES} == {ours}
    assert (logging.getLogger().level, logging.getLogger("apscheduler").level) == (others, scheduler)


async def line_with(bot: RunningBot, text: str) -> str:
    """The newest line with this text, once there is one."""
    async with asyncio.timeout(60):
        while not (found := [line for line in bot.written().splitlines() if text in line]):
            assert not bot.ended.done(), "it ended"
            await asyncio.sleep(0.02)
    return found[-1]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_signal_has_them_read_until_the_terminal_is_closed_which_ends_the_bot(
    tmp_path: Path, warm: Spawner
) -> None:
    """One process for all of it."""
    ours, theirs = pty.openpty()
    (tmp_path / ".env").write_text("ALLOWED_USER_IDS=1001")
    async with sandbox.running() as stand_ins:
        where = environment(tmp_path, TELEGRAM_API_URL=stand_ins.telegram_url)
        bot = await warm.program(where, tmp_path, "bot", stdin=os.ttyname(theirs))
        try:
            await line_with(bot, "The bot is running")
            os.close(theirs)
            (tmp_path / ".env").write_text("ALLOWED_USER_IDS=1001,1002")
            bot.send(signal.SIGHUP)
            assert "2 may use the bot" in await line_with(bot, " read again")
            (tmp_path / ".env").write_text("ALLOWED_USER_IDS=you")
            bot.send(signal.SIGHUP)
            assert "ALLOWED_USER_IDS" in await line_with(bot, "not read again")
            os.close(ours)
            bot.send(signal.SIGHUP)
            assert await asyncio.wait_for(bot.ended, 60) == 0
        finally:
            bot.send(signal.SIGKILL)
