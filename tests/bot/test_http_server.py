"""The bot's own HTTP server: where it listens, what it answers and when, and an address that it cannot have."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.cli import main
from bot.http_server import HttpServer, reason
from bot.settings import SettingsError
from tests.bot.running import environment
from tests.ports import reserved_port
from tests.world import GivenSettings, new_world, world_without_bot

TOKEN = "700000001:sandbox-token-of-the-default-bot-01"


@pytest.fixture
async def asker() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_healthz_answers_while_the_bot_runs_and_the_port_is_free_again_after_it(
    tmp_path: Path, asker: aiohttp.ClientSession
) -> None:
    with reserved_port() as port:
        for _ in range(2):
            async with new_world(tmp_path, http_listen=f"127.0.0.1:{port}") as world:
                await world.until(lambda: world.app.http.opened)
                async with asker.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert (answer.status, await answer.text()) == (200, "ok\n")
                async with asker.head(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert answer.status == 200
                async with asker.post(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert answer.status == 405
                async with asker.get(f"http://127.0.0.1:{port}/telegram") as answer:
                    assert answer.status == 404
            with pytest.raises(aiohttp.ClientConnectorError):
                await asker.get(f"http://127.0.0.1:{port}/healthz")


async def test_without_a_setting_nobody_listens(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        assert world.settings.listens_at is None


async def test_until_the_bot_has_taken_up_its_work_all_but_healthz_is_told_to_come_again(
    asker: aiohttp.ClientSession,
) -> None:
    async def answers(_: web.BaseRequest) -> web.Response:
        return web.Response(text="here")

    http = HttpServer()
    http.serve("GET", "/a path", answers)
    with reserved_port() as port:
        async with http.listening("127.0.0.1", port):
            async with asker.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
            for path in ("a%20path", "nothing"):
                async with asker.get(f"http://127.0.0.1:{port}/{path}") as answer:
                    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
                    said = await answer.json()
                assert said == {"ready": False, "reasons": ["the bot is starting, or has stopped"]}
            http.opened = True
            async with asker.get(f"http://127.0.0.1:{port}/a%20path?more=1") as answer:
                assert (answer.status, await answer.text()) == (200, "here")


async def test_a_fault_of_ours_is_an_answer_and_one_line_and_not_the_end(
    asker: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(_: web.BaseRequest) -> web.Response:
        raise ValueError("never shown")

    http = HttpServer()
    http.serve("GET", "/fails", fails)
    http.opened = True
    with reserved_port() as port:
        async with http.listening("127.0.0.1", port):
            for path, status in (("fails", 500), ("healthz", 200)):
                async with asker.get(f"http://127.0.0.1:{port}/{path}") as answer:
                    assert answer.status == status
                    assert "never shown" not in await answer.text()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "A request over HTTP could not be answered"
    ]


def test_an_address_that_is_taken_is_one_line_and_leaves_the_database_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        for name, value in environment(tmp_path, HTTP_LISTEN=f"127.0.0.1:{port}").items():
            monkeypatch.setenv(name, value)
        assert main([]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == (
        f"HTTP_LISTEN=127.0.0.1:{port} cannot be listened at (address already in use). "
        "Example: HTTP_LISTEN=127.0.0.1:8080"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a..b", "192.0.2.1"])
async def test_a_host_that_is_not_of_this_machine_is_one_line(host: str) -> None:
    with pytest.raises(SettingsError, match=r"^HTTP_LISTEN=\S+ cannot be listened at \(.+\)\. Example: ") as error:
        async with HttpServer().listening(host, 8080):
            pass
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(98, "asyncio adds to it"), "address already in use"),
        (OSError(1, ""), "operation not permitted"),
        (socket.gaierror(-2, "Name or service not known"), "name or service not known"),
        (OSError("no number"), "OSError"),
        (UnicodeError("label too long"), "UnicodeError"),
    ],
)
def test_why_an_address_cannot_be_had_is_said_in_the_systems_words(error: Exception, said: str) -> None:
    assert reason(error) == said


async def test_a_path_that_is_only_posted_to_is_no_path_to_look_at(asker: aiohttp.ClientSession) -> None:
    async def takes(_: web.BaseRequest) -> web.Response:
        return web.Response(text="taken")

    http = HttpServer()
    http.serve("POST", "/hook", takes)
    http.opened = True
    with reserved_port() as port:
        async with http.listening("127.0.0.1", port):
            found = []
            for method, path in (
                ("POST", "hook"),
                ("GET", "hook"),
                ("HEAD", "hook"),
                ("PUT", "hook"),
                ("POST", "hoo"),
            ):
                async with asker.request(method, f"http://127.0.0.1:{port}/{path}") as answer:
                    found.append(answer.status)
    assert found == [200, 405, 405, 405, 404]


async def test_an_error_of_the_running_bot_is_not_taken_for_one_of_the_address() -> None:
    with reserved_port() as port, pytest.raises(OSError, match="of the bot"):
        async with HttpServer().listening("127.0.0.1", port):
            raise OSError("of the bot")


def test_where_it_listens() -> None:
    def at(**given: str) -> tuple[str, int] | None:
        return GivenSettings(bot_token=TOKEN, **given).listens_at

    assert at() is None
    assert at(http_listen="127.0.0.2:81") == ("127.0.0.2", 81)
    assert at(http_listen="[::1]:81") == ("::1", 81)
    assert at(webhook_url="https://bot.example.org/x") == ("127.0.0.1", 8080)
    assert at(webhook_url="https://bot.example.org/x", http_listen="localhost:81") == ("localhost", 81)


def test_without_a_secret_of_its_own_every_process_makes_the_same_from_the_token() -> None:
    def proof(token: str, **given: str) -> str:
        return GivenSettings(bot_token=token, **given).webhook_proof

    other = TOKEN[:-1] + "2"
    assert proof(TOKEN) == proof(TOKEN) != proof(other)
    assert len(proof(TOKEN)) == 64 and TOKEN.partition(":")[2] not in proof(TOKEN)
    assert proof(TOKEN, webhook_secret="our-own") == "our-own"


async def test_a_stop_waits_for_no_idle_connection(tmp_path: Path, asker: aiohttp.ClientSession) -> None:
    """Telegram and whoever watches keep theirs open."""
    with reserved_port() as port:
        async with world_without_bot(tmp_path, http_listen=f"127.0.0.1:{port}") as world:
            async with world.running_bot():
                async with asker.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert answer.status == 200
                began = asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() - began < 5
