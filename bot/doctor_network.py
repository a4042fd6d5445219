"""What `python -m bot doctor` examines over the network: the proxy, Telegram, this machine's clock, and px6."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from bot.addresses import shown
from bot.doctor_finding import Finding
from bot.doctor_webhook import WebhookInfo, webhook_findings
from bot.settings import Settings
from px6 import Px6Client, Px6Error, WrongKey

ANSWER_SECONDS = 10.0  # for each answer
CLOCK_TOLERANCE = 10.0  # seconds; far more than a round trip
NO_KEY = "doctor-looks-whether-px6-answers"  # px6 refuses it, which shows that px6 is there
# Errors of aiohttp_socks have no common base but Exception.
OF_PROXY = (ProxyError, ProxyConnectionError, ProxyTimeoutError)
UNANSWERED = (aiohttp.ClientError, *OF_PROXY, OSError, ValueError, TimeoutError)


class Answer(msgspec.Struct):
    """An answer of the Bot API; `date` comes from its headers."""

    ok: bool
    result: dict[str, Any] = {}
    error_code: int = 0
    date: str = ""


async def telegram_findings(settings: Settings) -> AsyncIterator[Finding]:
    """Whether the proxy and Telegram answer, whether the token is known, whether this machine's clock is right."""
    if settings.telegram_proxy.get_secret_value():
        proxy = await of_proxy("proxy", settings.telegram_proxy.get_secret_value())
        yield proxy
        if proxy.level == "FAIL":
            return
    try:
        me, hook = [await ask_telegram(settings, method) for method in ("getMe", "getWebhookInfo")]
    except UNANSWERED as error:
        yield unanswered(settings, error)
        return
    yield of_bot(me, hook)
    if hook.ok:
        for finding in webhook_findings(settings, webhook_info(hook), datetime.now(UTC)):
            yield finding
    yield of_clock(me.date)


async def of_proxy(name: str, address: str) -> Finding:
    """Whether the proxy takes connections. Whether it lets the bot through shows when somebody behind it is asked."""
    parts = urlsplit(address)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except (OSError, TimeoutError) as error:
        return Finding("FAIL", name, f"{shown(address)} cannot be reached ({type(error).__name__})")
    writer.close()
    return Finding("ok", name, f"{shown(address)} takes connections")


def unanswered(settings: Settings, error: Exception) -> Finding:
    """The finding after an error; it names the error's type only, for its text holds the address and so the token."""
    address, proxy = shown(settings.telegram_api_url), settings.telegram_proxy.get_secret_value()
    if isinstance(error, OF_PROXY):
        text = f"{shown(proxy)} does not let the bot through to {address}: are its login and protocol right?"
        return Finding("FAIL", "proxy", text)
    through = f" through {shown(proxy)}" if proxy else ""
    return Finding("FAIL", "Telegram", f"{address} cannot be reached{through} ({type(error).__name__})")


def of_bot(me: Answer, hook: Answer) -> Finding:
    """Whether the token is known."""
    if not me.ok and me.error_code in (401, 404):
        return Finding("FAIL", "Telegram", "BOT_TOKEN is refused: copy it again from @BotFather")
    if not me.ok or not hook.ok:
        return Finding("FAIL", "Telegram", f"answers with an error ({me.error_code or hook.error_code})")
    name = re.sub(r"\W", "", str(me.result.get("username")))
    return Finding("ok", "Telegram", f"@{name} answers")


def webhook_info(hook: Answer) -> WebhookInfo:
    """The result of `getWebhookInfo`; what cannot be read counts as not said."""
    try:
        return msgspec.convert(hook.result, WebhookInfo)
    except msgspec.ValidationError:
        return WebhookInfo()


async def ask_telegram(settings: Settings, method: str) -> Answer:
    """The answer to a method of the Bot API. Raises UNANSWERED, which has ValueError for an unreadable answer."""
    proxy = settings.telegram_proxy.get_secret_value()
    connector = ProxyConnector.from_url(proxy, rdns=True) if proxy else None
    address = f"{settings.telegram_api_url}/bot{settings.bot_token.get_secret_value()}/{method}"
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout, connector=connector) as http,
        http.get(address, allow_redirects=False) as response,
    ):
        answer = msgspec.json.decode(await response.read(), type=Answer)
        answer.date = response.headers.get("Date", "")
        return answer


def of_clock(date: str) -> Finding:
    """Whether this machine's clock agrees with Telegram's `Date`: reminders are wrong by as much as it is off."""
    try:
        off = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError):  # none, or one without a zone
        return Finding("warn", "clock", "could not be compared: Telegram's answer has no date")
    if abs(off) > CLOCK_TOLERANCE:
        return Finding("FAIL", "clock", f"{abs(off):.0f} s {'ahead' if off > 0 else 'behind'}: switch time sync on")
    return Finding("ok", "clock", "right")


async def px6_findings(settings: Settings) -> AsyncIterator[Finding]:
    """Whether px6 answers at each address: directly, or else through each proxy that takes connections."""
    ways: list[tuple[str, ...]] = [] if settings.px6_proxies else [()]
    for proxy in settings.px6_proxies:
        finding = await of_proxy("px6 proxy", proxy)
        yield finding
        if finding.level == "ok":
            ways.append((proxy,))
    for proxies in ways:
        for url in settings.px6_api_urls:
            yield await px6_finding(url, proxies, settings.px6_timeout_seconds)


async def px6_finding(url: str, proxies: Sequence[str], timeout: float) -> Finding:
    """Whether px6 answers there: that it refuses a made-up key is the answer. `proxies`: one, or none."""
    at = " through ".join(map(shown, (url, *proxies)))
    try:
        async with Px6Client(NO_KEY, urls=[url], proxies=proxies, timeout=min(timeout, ANSWER_SECONDS)) as client:
            await client.account()
    except WrongKey:
        return Finding("ok", "px6", f"{at} answers")
    except Px6Error as error:
        nobody = "nobody's proxies can be shown while none answers"
        return Finding("FAIL", "px6", f"{at}: {type(error).__name__}; {nobody}")
    return Finding("FAIL", "px6", f"{at} takes any key: this is not px6")
