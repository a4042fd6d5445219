"""The program in this process: from the settings to a signal, what it says when it cannot run, and where it logs."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sqlite3
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot import __version__, logs
from bot.cli import main
from bot.collector import NOT_BY_ITSELF
from bot.error_descriptions import OUR_PACKAGES
from bot.serve import serve
from bot.settings import Settings
from storage.engine import database_tools
from storage.engine.crypto import Keyring
from tests.databases import lay_file
from tests.ports import reserved_port
from tests.storage.older import of_an_older_version
from tests.world import MASTER_KEY, GivenSettings

TOKEN = "700000077:a-token-that-must-not-be-seen-anywhere"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The process's own logging and hooks, which the program sets, are put back."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    names = (*OUR_PACKAGES, "apscheduler")
    before = root.level, list(root.handlers), [logging.getLogger(name).level for name in names]
    showwarning, raises, threshold = warnings.showwarning, logging.raiseExceptions, gc.get_threshold()
    yield
    gc.enable()
    gc.set_threshold(*threshold)
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name, level in zip(names, before[2], strict=True):
        logging.getLogger(name).setLevel(level)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    warnings.showwarning, logging.raiseExceptions = showwarning, raises


class Refuses(BaseHTTPRequestHandler):
    """A Telegram that knows no token."""

    def do_POST(self) -> None:
        body = b'{"ok":false,"error_code":401,"description":"Unauthorized"}'
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def refusing() -> Iterator[str]:
    """Its address, while the block runs."""
    with HTTPServer(("127.0.0.1", 0), Refuses) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class EndsIt(logging.Handler):
    """Sends this process a signal once the bot runs."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.said: list[str] = []
        self.infos: list[str] = []
        self.tells_errors_of_the_loop = False
        self.frozen: list[int] = []
        self.collects_after = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
        self.frozen.append(gc.get_freeze_count() * gc.isenabled())
        if record.levelno == logging.INFO:
            self.infos.append(record.getMessage())
        if record.getMessage().startswith("The bot is running: "):
            self.tells_errors_of_the_loop = asyncio.get_running_loop().get_exception_handler() is logs.loop_error
            self.collects_after = gc.get_threshold()[2]
            os.kill(os.getpid(), self._number)


def settings(folder: Path, **more: Any) -> Settings:
    """Of a bot that has run before: its database is migrated."""
    asyncio.run(lay_file(folder / "bot.sqlite3"))
    given: dict[str, Any] = {
        "bot_token": TOKEN,
        "telegram_api_url": "http://127.0.0.1:9",
        "px6_api_urls": ("http://127.0.0.1:9/api",),
        "database_url": f"sqlite:///{folder}/bot.sqlite3",
        "encryption_keys": (MASTER_KEY,),
    }
    return GivenSettings(**(given | more))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_and_warnings_come_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    handler, people = EndsIt(number), {"allowed_user_ids": {1001}, "admin_user_ids": {1002}}
    logging.getLogger("bot").addHandler(handler)
    hook = sys.excepthook
    try:
        with reserved_port() as port:
            given: dict[str, Any] = {"http_listen": f"127.0.0.1:{port}", "log_level": "DEBUG", **people}
            assert serve(settings(tmp_path, **given), warnings=["one", "two"]) == 0
    finally:
        logging.getLogger("bot").removeHandler(handler)
        assert handler.said[:2] == ["one", "two"]
    told = f"version {__version__}, polling, for 1001 and 1002, operated by 1002, listening at 127.0.0.1:{port}"
    assert handler.infos == [f"The bot is running: {told}", f"The bot stops: {told}"], "and nothing else"
    assert handler.tells_errors_of_the_loop and sys.excepthook is not hook
    wiring, running = (
        handler.said.index(line) for line in (f"Listening at 127.0.0.1:{port}", f"The bot is running: {told}")
    )
    assert handler.frozen[1] < handler.frozen[wiring] < handler.frozen[running], "the collector is spared what stays"
    assert handler.collects_after == NOT_BY_ITSELF
    written = capsys.readouterr().err.splitlines()
    assert written[0].endswith(" WARNING bot.serve: one")
    assert any(" INFO    bot.app: The bot is running: version" in line for line in written)
    assert TOKEN not in "".join(written)


def test_a_stop_that_does_not_come_to_its_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the database takes every question and answers none."""
    given_up: list[int] = []

    async def hang(_: object) -> None:
        while not given_up:  # noqa: ASYNC110 - the program itself would have ended
            await asyncio.sleep(0.001)

    monkeypatch.setattr("bot.readiness.Readiness.end", hang)
    monkeypatch.setattr("bot.serve.STOP_SECONDS", 0.05)
    monkeypatch.setattr(os, "_exit", given_up.append)
    handler = EndsIt(signal.SIGTERM)
    logging.getLogger("bot").addHandler(handler)
    try:
        assert serve(settings(tmp_path)) == 0
    finally:
        logging.getLogger("bot").removeHandler(handler)
    assert given_up == [1]
    assert handler.said[-1].startswith("The stop takes too long and is given up;")


@pytest.mark.usefixtures("threads")
def test_a_signal_while_the_backup_before_a_migration_is_made_ends_it_and_migrates_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, backups = tmp_path / "older.sqlite3", tmp_path / "backups"
    of_an_older_version(file)
    asked: list[bool] = []
    copy = database_tools.copy_checked

    def stopped_in_the_middle(
        source: Path, copied: Path, keyring: Keyring | None, stopped: Callable[[], bool]
    ) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        while not stopped():
            time.sleep(0.001)
        asked.append(True)
        copy(source, copied, keyring, stopped)

    monkeypatch.setattr(database_tools, "copy_checked", stopped_in_the_middle)
    given: dict[str, Any] = {"database_url": f"sqlite:///{file}", "backup_dir": backups}
    assert serve(settings(tmp_path, **given)) == 0
    assert (asked, list(backups.iterdir()), capsys.readouterr().err) == ([True], [], "")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)


class HangsUp(logging.Handler):
    """Sends this process SIGHUP once the bot runs, and another signal once it has read its settings again."""

    def __init__(self, then: int) -> None:
        super().__init__()
        self._signals = {"The bot is running": signal.SIGHUP, "Settings read again": then}
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage().partition(":")[0])
        if self.said[-1] in self._signals:
            os.kill(os.getpid(), self._signals[self.said[-1]])


@pytest.mark.parametrize(
    ("terminal", "then"), [([False, False], signal.SIGTERM), ([True, True, False], signal.SIGHUP)]
)
def test_a_hang_up_reads_the_settings_again_but_a_closed_terminal_ends_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: list[bool], then: int
) -> None:
    """`terminal`: whether there is one, at the start and at each signal."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    isatty = os.isatty
    monkeypatch.setattr(os, "isatty", lambda number: isatty(number) if number else terminal.pop(0))
    handler = HangsUp(then)
    logging.getLogger("bot").addHandler(handler)
    try:
        assert serve(settings(tmp_path)) == 0
    finally:
        logging.getLogger("bot").removeHandler(handler)
    assert handler.said.count("Settings read again") == 1
    assert handler.said[-1] == "The bot stops"


def test_a_token_that_telegram_does_not_know_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with refusing() as url:
        assert serve(settings(tmp_path, telegram_api_url=url, log_level="ERROR")) == 1
    assert capsys.readouterr().err == "BOT_TOKEN is refused by Telegram: copy it again from @BotFather.\n"


def test_a_database_of_another_bot_is_taken_over_only_on_purpose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    with refusing() as url:
        for name, value in {
            "BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": url,
            "DATABASE_URL": "sqlite:///bot.sqlite3",
            "ENCRYPTION_KEYS": MASTER_KEY,
            "LOG_LEVEL": "ERROR",
        }.items():
            monkeypatch.setenv(name, value)
        said = []
        for token, arguments in ((TOKEN, []), ("5" + TOKEN, []), ("5" + TOKEN, ["--adopt-database"]), (TOKEN, [])):
            monkeypatch.setenv("BOT_TOKEN", token)
            assert main(arguments) == 1
            said.append(capsys.readouterr().err)
        assert serve(Settings.load()) == 1
        said.append(capsys.readouterr().err)
    assert ["BOT_TOKEN is refused" in line for line in said] == [True, False, True, False, False]
    assert "belongs to bot 700000077, and BOT_TOKEN is bot 5700000077's" in said[1]
    assert said[3] == said[4], "one line, whoever catches it"
    assert "belongs to bot 5700000077, and BOT_TOKEN is bot 700000077's" in said[3]


# -- where it logs


def tell() -> None:
    for name in ("bot.x", "aiogram.event", "apscheduler.scheduler"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(level, "Words")


@pytest.mark.parametrize(
    ("level", "ours", "library", "scheduler"),
    [
        ("DEBUG", "DEBUG INFO WARNING ERROR", "WARNING ERROR", "WARNING ERROR"),
        ("INFO", "INFO WARNING ERROR", "WARNING ERROR", "ERROR"),
        ("ERROR", "ERROR", "ERROR", "ERROR"),
    ],
)
def test_of_libraries_only_what_is_bad_is_written(
    capsys: pytest.CaptureFixture[str], level: str, ours: str, library: str, scheduler: str
) -> None:
    logging.getLogger("apscheduler").setLevel(logging.NOTSET)
    logs.set_up(level, "text", ["https://px6.me/api"])
    tell()
    lines = [line.split() for line in capsys.readouterr().err.splitlines()]
    for name, levels in (("bot.x:", ours), ("aiogram.event:", library), ("apscheduler.scheduler:", scheduler)):
        assert " ".join(line[1] for line in lines if line[2] == name) == levels
    assert not logging.raiseExceptions


def test_json_is_one_object_a_line_and_hides_what_follows_the_px6_address(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", "json", ["http://10.0.0.5/px6"])
    logging.getLogger("bot.x").info("Прокси %s", "http://10.0.0.5/px6/secret?x=1")
    line = capsys.readouterr().err
    told = json.loads(line)
    assert list(told) == ["time", "level", "logger", "message"]
    assert "Прокси http://10.0.0.5/px6/***?x=1" in line
    assert told["time"].endswith("+00:00") and len(told["time"]) == len("2026-11-28T10:00:00.000+00:00")


def test_what_nobody_caught_is_logged_by_type_and_place(caplog: pytest.LogCaptureFixture) -> None:
    logs.catch_uncaught()
    error = ValueError("words")
    sys.excepthook(ValueError, error, None)
    threading.excepthook(threading.ExceptHookArgs((ValueError, error, None, None)))
    threading.excepthook(threading.ExceptHookArgs((ValueError, None, None, None)))
    warnings.showwarning("words", UserWarning, "/anywhere/bot/app.py", 5)
    assert [
        (record.levelname, record.getMessage().replace("ValueError('words')", "…")) for record in caplog.records
    ] == [
        ("CRITICAL", "Ended by an error: ValueError"),
        ("ERROR", "A thread failed: ValueError"),
        ("ERROR", "A thread failed: nothing is known of it"),
        ("WARNING", "UserWarning at bot/app.py:5"),
    ]
