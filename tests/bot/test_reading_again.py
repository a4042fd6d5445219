"""SIGHUP has the settings read again: who may use the bot, and how much is logged."""

from __future__ import annotations

import asyncio
import logging
import os
import pty
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sandbox
from bot import logs
from bot.error_descriptions import OUR_PACKAGES
from bot.reading_again import read_again
from services.account.access import Access
from tests.bot.running import TOKEN, environment, started, stopped


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the bot runs; its settings are in `.env` there. Loggers are as they were afterwards."""
    for name in ("ALLOWED_USER_IDS", "LOG_LEVEL", "BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    loggers = [logging.getLogger(name) for name in ("", "apscheduler", *OUR_PACKAGES)]
    before = [logger.level for logger in loggers]
    yield tmp_path
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def says(folder: Path, *lines: str) -> None:
    (folder / ".env").write_text("\n".join((f"BOT_TOKEN={TOKEN}", *lines)))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_what_env_says_now_counts_from_now_on(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    access = Access([1001])
    says(folder, "ALLOWED_USER_IDS=1002,1003", "LOG_LEVEL=info")
    read_again(access)
    assert [access.lets_in(person) for person in (1001, 1002, 1003)] == [False, True, True]
    assert caplog.messages == ["Settings read again: LOG_LEVEL INFO, 2 may use the bot"]
    assert logging.getLogger("services").level == logging.INFO
    says(folder, "LOG_LEVEL=ERROR")
    read_again(access)
    assert access.lets_in(1001)
    assert len(caplog.messages) == 1, "no line of a level that is not wanted any more"
    assert logging.getLogger("services").level == logging.ERROR
    assert logging.getLogger().level == logging.ERROR


@pytest.mark.parametrize(
    "lines",
    [
        ("ALLOWED_USER_IDS=1002,me", "LOG_LEVEL=DEBUG"),
        ("ALLOWED_USER_IDS=1002", "LOG_LEVEL=LOUD"),
        ("ALLOWED_USER_IDS=1002", "LOG_LEVEL=DEBUG", "SYNC_SECONDS=never", "PX6_RATE_SCOPE=world"),
    ],
)
def test_where_one_is_wrong_all_stay_and_one_line_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture, lines: tuple[str, ...]
) -> None:
    logs.set_level("INFO")
    access = Access([1001])
    says(folder, *lines)
    read_again(access)
    assert access.allowed == {1001}
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


async def line_with(process: asyncio.subprocess.Process, text: str) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while text not in (line := (await process.stderr.readline()).decode()):
            assert line, "it ended"
    return line


async def test_the_signal_has_them_read_and_the_bot_goes_on(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ALLOWED_USER_IDS=1001")
    async with sandbox.running() as stand_ins, started(tmp_path, TELEGRAM_API_URL=stand_ins.telegram_url) as process:
        await line_with(process, "The bot is running")
        (tmp_path / ".env").write_text("ALLOWED_USER_IDS=1001,1002")
        process.send_signal(signal.SIGHUP)
        assert "2 may use the bot" in await line_with(process, "read again")
        (tmp_path / ".env").write_text("ALLOWED_USER_IDS=you")
        process.send_signal(signal.SIGHUP)
        assert "ALLOWED_USER_IDS" in await line_with(process, "not read again")
        assert (await stopped(process)).code == 0


async def test_a_terminal_that_is_closed_ends_a_bot_that_was_started_in_it(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    async with sandbox.running() as stand_ins:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot"),
            cwd=tmp_path,
            env=environment(tmp_path, TELEGRAM_API_URL=stand_ins.telegram_url),
            stdin=theirs,
            stderr=asyncio.subprocess.PIPE,
        )
        os.close(theirs)
        try:
            await line_with(process, "The bot is running")
            process.send_signal(signal.SIGHUP)
            await line_with(process, "read again")
            os.close(ours)
            process.send_signal(signal.SIGHUP)
            assert await asyncio.wait_for(process.wait(), 60) == 0
        finally:
            if process.returncode is None:
                process.kill()
