"""The real process between the stand-ins: doctor, backup while it runs, its stop, and a second one beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import sandbox
from sandbox.running import Running
from tests.bot.running import TOKEN, Ended, command, started, stopped
from tests.phones import DirectPhone
from tests.world import MASTER_KEY

OTHER_KEY = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
PATIENCE = 60.0  # seconds; one is enough on an idle machine


def addresses(stand_ins: Running) -> dict[str, str]:
    return {
        "TELEGRAM_API_URL": stand_ins.telegram_url,
        "PX6_API_URLS": stand_ins.px6_url,
        "PX6_TIMEOUT_SECONDS": "3",
        "LOG_LEVEL": "DEBUG",
    }


async def until(phone: DirectPhone, beginning: str) -> None:
    """Wait until the person sees a text that begins so."""
    await until_true(lambda: any(text.startswith(beginning) for text in phone.seen), phone)


async def until_true(true: Callable[[], bool], phone: DirectPhone | None = None) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not true():  # noqa: ASYNC110 - another process makes it true
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(phone.seen if phone else "it never came true") from None


def clean(ended: Ended, *secrets: str) -> bool:
    written = ended.out + ended.err
    return "Traceback" not in written and not any(secret in written for secret in secrets)


@pytest.mark.timeout(170)
async def test_a_stop_in_the_middle_of_a_payment_waits_for_it_and_tools_work_meanwhile(tmp_path: Path) -> None:
    """One process, because it takes seconds to start: connect, doctor, backup, rotation, a payment, SIGTERM in it."""
    async with AsyncExitStack() as stack:
        stand_ins = await stack.enter_async_context(sandbox.running())
        where = addresses(stand_ins)
        phone = DirectPhone(stand_ins.telegram, TOKEN, 1001)
        bot = await stack.enter_async_context(started(tmp_path, **where))
        phone.says(f"/key {stand_ins.key}")
        await until(phone, "Connected")

        healthy = await command(tmp_path, "doctor", **where)
        assert healthy.code == 0, healthy.out
        assert "1 px6 keys, all of them open" in healthy.out
        assert healthy.out.count("ok   ") == 6, healthy.out
        copied = await command(tmp_path, "backup", "copy.sqlite3", **where)
        assert copied.code == 0, copied.err
        refused = await command(tmp_path, "restore", "copy.sqlite3", **where)
        assert (refused.code, "stop the bot first" in refused.err) == (1, True), refused.err

        phone.says("/buy 2 30 de")
        await until(phone, "Buy 2")
        stand_ins.px6.fault("slow", "buy", seconds=1.5)
        phone.taps_green()
        await until_true(lambda: any(call.method == "buy" for call in stand_ins.px6.calls), phone)
        began = time.monotonic()
        ended = await stopped(bot)
        assert ended.code == 0, ended.err
        assert time.monotonic() - began < 30
        assert any(text.startswith("Bought 2") for text in phone.seen), "what was under way has ended, and was told"
        assert len(stand_ins.px6.books(stand_ins.key)) == 1
        assert clean(ended, TOKEN, stand_ins.key, MASTER_KEY), ended.err[-2000:]

        rotated = await command(tmp_path, "rotate-keys", **where | {"ENCRYPTION_KEYS": f"{OTHER_KEY},{MASTER_KEY}"})
        assert (rotated.code, rotated.out.startswith("1 of 1 keys")) == (0, True), rotated.err
        for keys, code in ((OTHER_KEY, 0), (MASTER_KEY, 1)):
            assert (await command(tmp_path, "doctor", **where | {"ENCRYPTION_KEYS": keys})).code == code
        restored = await command(tmp_path, "restore", "copy.sqlite3", **where)
        assert (restored.code, "before-restore" in restored.out) == (0, True), restored.err
        assert (await command(tmp_path, "doctor", **where)).code == 0


@pytest.mark.timeout(170)
async def test_a_second_instance_is_told_and_a_refused_token_ends_in_one_line(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        stand_ins = await stack.enter_async_context(sandbox.running())
        where = addresses(stand_ins) | {"LOG_LEVEL": "WARNING"}
        stand_ins.telegram.bot(TOKEN)
        wrong = TOKEN[:-1] + "x"
        databases = [{"DATABASE_URL": f"sqlite:///{tmp_path}/{number}.sqlite3"} for number in (1, 2)]
        first, second = [await stack.enter_async_context(started(tmp_path, **where, **own)) for own in databases]
        refused = await command(tmp_path, **where | {"BOT_TOKEN": wrong})
        assert refused.code == 1
        assert refused.err.splitlines()[-1].startswith("BOT_TOKEN is refused by Telegram")
        assert clean(refused, wrong), refused.err
        await until_true(lambda: any(call.status == 409 for call in stand_ins.telegram.requests))
        ends = [await stopped(process) for process in (first, second)]
        assert [ended.code for ended in ends] == [0, 0]
        assert any("Stop the other instance" in ended.err for ended in ends)
        assert all(clean(ended, TOKEN) for ended in ends)
