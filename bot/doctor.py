"""`python -m bot doctor`: is everything in place that the bot needs? One line for each thing looked at.

Nothing is changed, and the bot may run meanwhile. Exit code 0 when nothing has failed; a mere risk is a warning.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal

import aiohttp

from bot.keys import keyring_of
from bot.settings import Settings
from px6 import Px6Client, Px6Error, WrongKey
from storage import maintenance, sqlite
from storage.crypto import SEALED, CannotOpen, Keyring
from storage.errors import StorageError

PATIENCE = 10.0  # seconds for each answer
CLOCK_TOLERANCE = 10.0  # seconds; far more than a round trip
NO_KEY = "doctor-looks-whether-px6-answers"  # px6 refuses it, which shows that px6 is there


@dataclass(frozen=True)
class Finding:
    """What was looked at and how it is; `text` is one line for the operator."""

    level: Literal["ok", "warn", "FAIL"]
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<5}{self.name:<10}{self.text}"


def doctor(settings: Settings) -> int:
    """Write every finding as it comes; gives the exit code."""
    return asyncio.run(examine(settings))


async def examine(settings: Settings) -> int:
    failed = False
    async for finding in findings(settings):
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
        failed = failed or finding.level == "FAIL"
    return 1 if failed else 0


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Everything, from the settings to the clock."""
    yield Finding("ok", "settings", "can be used")
    for finding in at_home(settings):
        yield finding
    async for finding in at_telegram(settings):
        yield finding
    for url in settings.px6_api_urls:
        yield await at_px6(url, settings.px6_timeout_seconds)


def at_home(settings: Settings) -> Iterator[Finding]:
    """The key ring, where it lies, the database, and whether the one opens the other."""
    try:
        keyring = keyring_of(settings)
        path = sqlite.path_of(settings.database_url)
    except StorageError as error:
        yield Finding("FAIL", "keys", str(error))
        return
    yield from of_key_file(keyring, path)
    yield of_database(keyring, path, settings.bot_id)


def of_key_file(keyring: Keyring, database: Path) -> Iterator[Finding]:
    """Somebody who takes the folder of the database away must not take the master key with it."""
    if keyring.file is None:
        yield Finding("ok", "key file", "none: ENCRYPTION_KEYS holds the master keys")
    elif not keyring:
        yield Finding("ok", "key file", f"{keyring.file} will be made at the first start")
    elif keyring.file.stat().st_mode & 0o077:
        yield Finding("warn", "key file", f"other users may read {keyring.file}: chmod 600 {keyring.file}")
    elif keyring.file.resolve().parent == database.resolve().parent:
        yield Finding("warn", "key file", f"{keyring.file} lies beside the database: a backup of both opens all keys")
    else:
        yield Finding("ok", "key file", f"{keyring.file}, apart from the database")


def of_database(keyring: Keyring, path: Path, bot_id: int) -> Finding:
    """Whether it can be read, is whole, this bot's, and every px6 key in it opens."""
    if not path.exists() or not path.stat().st_size:
        return Finding("ok", "database", f"{path} will be made at the first start")
    try:
        revision = sqlite.inspect(path, keyring, bot_id)
        keys = opened_keys(path, keyring)
    except StorageError as error:
        return Finding("FAIL", "database", str(error))
    if path.stat().st_mode & 0o077:
        return Finding("warn", "database", f"other users may read {path}: chmod 600 {path}")
    behind = (
        ""
        if revision == max(sqlite.known_revisions())
        else "; it will be brought to the newest version at the next start"
    )
    return Finding("ok", "database", f"{path}, whole; {keys} px6 keys, all of them open{behind}")


def opened_keys(path: Path, keyring: Keyring) -> int:
    """How many px6 keys open. StorageError for one that does not, and for damage anywhere in the file."""
    maintenance.check_whole(path)
    with closing(maintenance.read_only(path)) as connection:
        sealed = [(column, *row) for column in SEALED for row in maintenance.sealed_in(connection, column)]
    for column, telegram_id, value in sealed:
        try:
            keyring.open(value, telegram_id, column)
        except CannotOpen:
            raise StorageError(
                f"the px6 key of person {telegram_id} does not open: they must send it again"
            ) from None
    return len(sealed)


async def at_telegram(settings: Settings) -> AsyncIterator[Finding]:
    """Whether Telegram answers and knows the token; whether this machine's clock is right."""
    try:
        (me, date), (hook, _) = [await ask_telegram(settings, method) for method in ("getMe", "getWebhookInfo")]
    except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
        # The text of the error would hold the address, and with it the token.
        yield Finding("FAIL", "Telegram", f"{settings.telegram_api_url} cannot be reached ({type(error).__name__})")
        return
    if not me.get("ok"):
        yield Finding("FAIL", "Telegram", "BOT_TOKEN is refused: copy it again from @BotFather")
        return
    if hook.get("ok") and hook["result"].get("url"):
        yield Finding("FAIL", "Telegram", "a webhook is set for this bot: delete it (deleteWebhook), the bot polls")
    else:
        yield Finding("ok", "Telegram", f"@{me['result'].get('username')} answers")
    yield of_clock(date)


async def ask_telegram(settings: Settings, method: str) -> tuple[dict[str, Any], str]:
    """The answer and its date."""
    proxy, connector = settings.telegram_proxy.get_secret_value(), None
    if proxy:
        from aiohttp_socks import ProxyConnector

        connector = ProxyConnector.from_url(proxy)
    address = f"{settings.telegram_api_url}/bot{settings.bot_token.get_secret_value()}/{method}"
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with (
        aiohttp.ClientSession(timeout=timeout, connector=connector) as http,
        http.get(address, allow_redirects=False) as answer,
    ):
        content = await answer.json(content_type=None)
        if not isinstance(content, dict):
            raise ValueError("no answer of a Bot API server")
        return content, answer.headers.get("Date", "")


def of_clock(date: str) -> Finding:
    """Reminders and ends of proxies are wrong by as much as the clock is."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return Finding("warn", "clock", "could not be compared: Telegram's answer has no date")
    off = (datetime.now(UTC) - theirs).total_seconds()
    if abs(off) > CLOCK_TOLERANCE:
        return Finding("FAIL", "clock", f"{abs(off):.0f} s {'ahead' if off > 0 else 'behind'}: switch time sync on")
    return Finding("ok", "clock", "right")


async def at_px6(url: str, timeout: float) -> Finding:
    """Whether px6 answers there: that it refuses a made-up key is the answer."""
    try:
        async with Px6Client(NO_KEY, urls=[url], timeout=min(timeout, PATIENCE)) as client:
            await client.account()
    except WrongKey:
        return Finding("ok", "px6", f"{url} answers")
    except Px6Error as error:
        return Finding(
            "FAIL", "px6", f"{url}: {type(error).__name__}; nobody's proxies can be shown while none answers"
        )
    return Finding("FAIL", "px6", f"{url} takes any key: this is not px6")
