"""What the doctor says of HTTP_LISTEN and WEBHOOK_URL: the address, and the webhook as Telegram sees it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.doctor import findings
from bot.doctor_webhook import WebhookInfo, bot_answers, webhook_findings
from bot.settings import Settings
from sandbox.running import DEFAULT_TOKEN
from tests.ports import reserved_port
from tests.small_servers import listening
from tests.world import GivenSettings, World, webhook_at, world_without_bot

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
URL = "https://bot.example.org/hidden-path"


async def lines(settings: Settings, *names: str) -> list[str]:
    async def collected() -> list[str]:
        return [str(finding) async for finding in findings(settings)]

    said = await asyncio.wait_for(collected(), 30)
    assert not any("telegram-path" in line or settings.webhook_proof in line for line in said)
    return [line for line in said if line[5:].split()[0] in names]


def told(info: WebhookInfo | None = None, url: str = URL, api: str = "https://api.telegram.org") -> list[str]:
    settings = GivenSettings(bot_token=DEFAULT_TOKEN, webhook_url=url, telegram_api_url=api)
    said = [str(each) for each in webhook_findings(settings, info or WebhookInfo(url=url), NOW)]
    assert not any("hidden-path" in line for line in said)
    return said


def failed(text: str, minutes: float = 3, waiting: int = 2) -> WebhookInfo:
    at = int((NOW - timedelta(minutes=minutes)).timestamp())
    return WebhookInfo(URL, waiting, at, text)


async def test_by_polling_nothing_is_said_of_either(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        assert await lines(world.settings, "http", "webhook") == []


async def test_a_webhook_that_polling_will_remove_is_told(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        await set_webhook(world, "https://elsewhere.example.org/secret-path")
        assert await lines(world.settings, "webhook", "Telegram") == [
            "ok   Telegram  @sandbox_700000001_bot answers",
            "warn webhook   one is set to elsewhere.example.org, and WEBHOOK_URL is empty: the next start removes it",
        ]


async def set_webhook(world: World, url: str) -> None:
    address = f"{world.sandbox.telegram_url}/bot{world.settings.bot_token.get_secret_value()}/setWebhook"
    async with world.http.post(address, json={"url": url}) as answer:
        assert answer.status == 200


async def test_before_the_first_start_by_webhook(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path, webhook=True) as world:
        listen = world.settings.http_listen
        assert await lines(world.settings, "http", "webhook") == [
            f"ok   http      {listen} is free to listen at",
            "warn webhook   WEBHOOK_URL is not https: only a Bot API server of your own delivers to it",
            "warn webhook   not set at Telegram: the next start of the bot sets it to WEBHOOK_URL",
        ]
        await set_webhook(world, "https://elsewhere.example.org/x")
        assert (await lines(world.settings, "webhook"))[1] == (
            "warn webhook   Telegram delivers to elsewhere.example.org: "
            "the next start of the bot sets it to WEBHOOK_URL"
        )


async def test_beside_the_running_bot(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path, webhook=True) as world, world.running_bot():
        listen = world.settings.http_listen
        await world.phone().says("/start")
        assert await lines(world.settings, "http", "webhook") == [
            f"ok   http      the running bot answers at {listen}",
            "warn webhook   WEBHOOK_URL is not https: only a Bot API server of your own delivers to it",
            f"ok   webhook   Telegram delivers to {listen}; 0 updates wait",
        ]


async def test_an_address_that_another_program_has_fails(tmp_path: Path) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")

    async with world_without_bot(tmp_path) as world, listening(other) as port:
        taken = f"127.0.0.1:{port}"
        settings = world.settings.model_copy(update={"http_listen": taken})
        assert await lines(settings, "http") == [
            f"FAIL http      HTTP_LISTEN {taken} cannot be listened at (address already in use)"
        ]
        foreign = world.settings.model_copy(update={"http_listen": "192.0.2.1:8080"})
        assert (await lines(foreign, "http"))[0].startswith("FAIL http      HTTP_LISTEN 192.0.2.1:8080 cannot be")


@pytest.mark.parametrize(
    ("head", "body", "is_ours"),
    [
        ("200 OK", "ok\n", True),
        ("200 OK", "ok", False),
        ("503 Service Unavailable", "ok\n", False),
        ("302 Found\r\nLocation: /elsewhere", "moved", False),
    ],
)
async def test_the_bot_is_who_says_itself_that_it_is_well(head: str, body: str, is_ours: bool) -> None:
    """A program in the bot's place may lead on to what is well; the bot cannot listen there all the same."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        said, text = (head, body) if asked.startswith(b"GET /healthz ") else ("200 OK", "ok\n")
        writer.write(f"HTTP/1.1 {said}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode())

    async with listening(answer) as port:
        assert await bot_answers(f"127.0.0.1:{port}") is is_ours


def test_the_last_error_is_told_in_words() -> None:
    assert told(failed("Wrong response from the webhook: 401 Unauthorized")) == [
        "warn webhook   2 updates wait; the last delivery failed 3 min ago (Wrong response from the webhook: 401 "
        "Unauthorized): the running bot has another WEBHOOK_SECRET, or a proxy in front drops the header"
    ]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Wrong response from the webhook: 404 Not Found", "another path"),
        ("Wrong response from the webhook: 413 Request Entity Too Large", "let it take 1 MB"),
        ("Wrong response from the webhook: 502 Bad Gateway", "does not reach the bot"),
        ("Wrong response from the webhook: 503 Service Unavailable", "cannot write its database"),
        ("Wrong response from the webhook: 504 Gateway Timeout", "let it wait 60 s"),
        ("SSL error {error:0A000086:SSL routines::certificate verify failed}", "the certificate is not one"),
        ("Bad webhook certificate", "the certificate is not one"),
        ("Failed to resolve host: Name or service not known", "is not known to Telegram"),
        ("Connection refused", "is the proxy in front running?"),
        ("Connection timed out", "does a firewall let Telegram in?"),
        ("Read timeout expired", "does a firewall let Telegram in?"),
    ],
)
def test_what_an_error_means_here(said: str, meant: str) -> None:
    [line] = told(failed(said))
    assert line.startswith("warn ") and f"({said}): " in line and meant in line


def test_an_error_without_a_meaning_of_ours_is_told_as_it_is() -> None:
    [line] = told(failed("Webhook connection closed"))
    assert line.endswith("(Webhook connection closed)")


@pytest.mark.parametrize(("minutes", "level"), [(59.9, "warn"), (60, "ok"), (-1, "warn")])
def test_an_error_of_an_hour_ago_says_nothing_of_now(minutes: float, level: str) -> None:
    [line] = told(failed("Connection refused", minutes, waiting=1))
    assert line.split()[0] == level
    if level == "ok":
        assert line == "ok   webhook   Telegram delivers to bot.example.org; 1 update waits"


@pytest.mark.parametrize(
    ("url", "api", "first"),
    [
        ("https://bot.example.org:8443/hidden-path", "https://api.telegram.org", "ok"),
        ("https://bot.example.org:444/hidden-path", "https://api.telegram.org", "FAIL"),
        ("https://bot.example.org:444/hidden-path", "http://127.0.0.1:8081", "ok"),
        ("http://bot.example.org/hidden-path", "https://api.telegram.org", "warn"),
    ],
)
def test_an_address_that_telegram_never_delivers_to(url: str, api: str, first: str) -> None:
    assert told(url=url, api=api)[0].split()[0] == first


@pytest.mark.parametrize("result", [{"url": 7}, {"url": None}, {}, {"pending_update_count": "many"}])
async def test_an_unreadable_answer_counts_as_not_said(tmp_path: Path, result: dict[str, Any]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps({"ok": True, "result": result}).encode()
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)

    with reserved_port() as port:
        async with world_without_bot(tmp_path) as world, listening(answer) as at:
            api = f"http://127.0.0.1:{at}"
            settings = world.settings.model_copy(update=webhook_at(port) | {"telegram_api_url": api})
            assert (await lines(settings, "webhook"))[1].startswith("warn webhook   not set at Telegram")
