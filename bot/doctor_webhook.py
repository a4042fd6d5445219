"""What `python -m bot doctor` examines of HTTP_LISTEN and WEBHOOK_URL: the address, and what Telegram says of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import msgspec

from bot.addresses import host_and_port
from bot.doctor_finding import Finding
from bot.http_server import reason
from bot.settings import Settings

OLD = timedelta(hours=1)  # an error of so long ago says nothing of now
ANSWER_SECONDS = 5.0
PORTS = (443, 80, 88, 8443)  # https://core.telegram.org/bots/webhooks
TELEGRAM = "api.telegram.org"
# What Telegram's last error means here, by what is in it; the first that fits.
MEANINGS = (
    (" 401 ", "the running bot has another WEBHOOK_SECRET, or a proxy in front drops the header"),
    (" 404 ", "a proxy in front passes another path on than that of WEBHOOK_URL"),
    (" 413 ", "a proxy in front takes no body of that size: let it take 1 MB"),
    (" 502 ", "the proxy in front does not reach the bot: does it run, and at HTTP_LISTEN?"),
    (" 503 ", "the bot is stopping, or cannot write its database"),
    (" 504 ", "the proxy in front waits too short a time for the bot: let it wait 60 s"),
    ("SSL", "the certificate is not one that Telegram trusts for this host, or lacks its chain"),
    ("certificate", "the certificate is not one that Telegram trusts for this host, or lacks its chain"),
    ("resolve", "the name of the host is not known to Telegram"),
    ("refused", "nobody listens there: is the proxy in front running?"),
    ("timed out", "nobody answers there: does a firewall let Telegram in?"),
    ("timeout", "nobody answers there: does a firewall let Telegram in?"),
)


class WebhookInfo(msgspec.Struct):
    """The answer to `getWebhookInfo`. https://core.telegram.org/bots/api#webhookinfo"""

    url: str = ""
    pending_update_count: int = 0
    last_error_date: int = 0  # POSIX seconds
    last_error_message: str = ""


async def listen_finding(settings: Settings) -> Finding:
    """Whether the bot can listen at its address, or does so already."""
    assert settings.listens_at is not None  # noqa: S101 - the caller has looked
    host, port = settings.listens_at
    shown = host_and_port(host, port)
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except (OSError, UnicodeError) as error:
        if await bot_answers(shown):
            return Finding("ok", "http", f"the running bot answers at {shown}")
        return Finding("FAIL", "http", f"HTTP_LISTEN {shown} cannot be listened at ({reason(error)})")
    return Finding("ok", "http", f"{shown} is free to listen at")


async def bot_answers(shown: str) -> bool:
    """Whether /healthz is answered there as the bot does."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"http://{shown}/healthz", allow_redirects=False) as answer,
        ):
            return answer.status == 200 and await answer.text() == "ok\n"
    except (aiohttp.ClientError, OSError, ValueError, TimeoutError):
        return False


def webhook_findings(settings: Settings, info: WebhookInfo, now: datetime) -> Iterator[Finding]:
    """What Telegram says of the webhook, compared with the settings. Its path may be a secret, and is not shown."""
    if not settings.webhook_url:
        if info.url:
            text = f"one is set to {host_of(info.url)}, and WEBHOOK_URL is empty: the next start removes it"
            yield Finding("warn", "webhook", text)
        return
    yield from of_address(settings)
    if info.url != settings.webhook_url:
        text = f"Telegram delivers to {host_of(info.url)}" if info.url else "not set at Telegram"
        yield Finding("warn", "webhook", f"{text}: the next start of the bot sets it to WEBHOOK_URL")
        return
    count = info.pending_update_count
    waiting = "1 update waits" if count == 1 else f"{count} updates wait"
    ago = now - datetime.fromtimestamp(info.last_error_date, UTC)
    if info.last_error_date and ago < OLD:
        minutes = max(0, round(ago.total_seconds() / 60))
        said = f"the last delivery failed {minutes} min ago ({info.last_error_message}){meaning(info)}"
        yield Finding("warn", "webhook", f"{waiting}; {said}")
    else:
        yield Finding("ok", "webhook", f"Telegram delivers to {host_of(info.url)}; {waiting}")


def of_address(settings: Settings) -> Iterator[Finding]:
    """Whether Telegram takes such an address at all; a Bot API server of one's own takes others."""
    parts = urlsplit(settings.webhook_url)
    if parts.scheme != "https":
        yield Finding("warn", "webhook", "WEBHOOK_URL is not https: only a Bot API server of your own delivers to it")
    elif (parts.port or 443) not in PORTS and urlsplit(settings.telegram_api_url).hostname == TELEGRAM:
        yield Finding("FAIL", "webhook", "Telegram delivers only to the ports 443, 80, 88 and 8443")


def meaning(info: WebhookInfo) -> str:
    """What the last error means, behind a colon; nothing for one that speaks for itself."""
    return next((f": {text}" for sign, text in MEANINGS if sign in info.last_error_message), "")


def host_of(url: str) -> str:
    return urlsplit(url).netloc
