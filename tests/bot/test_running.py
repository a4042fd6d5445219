"""The real process between the stand-ins: doctor, backup while it runs, its stop, and a second one beside it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import sandbox
from bot.cli import main
from sandbox.running import Running
from tests.bot.running import ROOT, TOKEN, Ended, environment, started, stopping
from tests.bot.running import ended as ended_by_itself
from tests.crash.bots import RunningBot, Spawner
from tests.databases import lay_file
from tests.direct_phone import DirectPhone
from tests.held import held
from tests.world import MASTER_KEY

OTHER_KEY = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
PATIENCE = 60.0  # seconds; one is enough on an idle machine


def addresses(stand_ins: Running) -> dict[str, str]:
    return {
        "TELEGRAM_API_URL": stand_ins.telegram_url,
        "PX6_API_URLS": stand_ins.px6_url,
        "PX6_TIMEOUT_SECONDS": "30",
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


class Tools:
    """The operator's commands, run in this process, beside the bot's own: each would take a second to import."""

    def __init__(
        self, where: dict[str, str], folder: Path, patch: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]
    ) -> None:
        self._where, self._patch, self._output = environment(folder, **where), patch, output
        patch.chdir(folder)

    async def run(self, *arguments: str, **more: str) -> Ended:
        with self._patch.context() as patch:
            for name, value in (self._where | more).items():
                patch.setenv(name, value)
            code = await asyncio.to_thread(main, arguments)
        return Ended(code, *self._output.readouterr())


async def ended(bot: RunningBot) -> Ended:
    """Of a forked one: all that it wrote is its `err`."""
    code = await asyncio.wait_for(bot.ended, PATIENCE)
    return Ended(code, "", bot.report.read_text())


@pytest.mark.timeout(170)
@pytest.mark.asyncio(loop_scope="session")
async def test_the_bot_beside_its_tools_and_a_second_one_ends_a_payment_before_it_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], warm: Spawner
) -> None:
    """One journey, because a process takes seconds to start; those beside the bot are forked when all is imported.

    Connect, doctor, backup, a second instance, a refused token, a payment, SIGTERM in the middle of it, rotation,
    restore.
    """
    async with AsyncExitStack() as stack:
        stand_ins = await stack.enter_async_context(sandbox.running())
        where = addresses(stand_ins)
        tools = Tools(where, tmp_path, monkeypatch, capsys)
        phone = DirectPhone(stand_ins.telegram, TOKEN, 1001)
        (tmp_path / "data").mkdir(mode=0o700)
        await lay_file(tmp_path / "data" / "bot.sqlite3")  # the second instance, below, makes its own
        bot = await stack.enter_async_context(started(tmp_path, **where))
        phone.says(f"/key {stand_ins.key}")
        await until(phone, "Connected")

        healthy = await tools.run("doctor")
        assert healthy.code == 0, healthy.out
        assert "1 px6 keys, all of them open" in healthy.out
        assert all(line.startswith("ok   ") for line in healthy.out.splitlines()), healthy.out
        copied = await tools.run("backup", "copy.sqlite3")
        assert copied.code == 0, copied.err
        refused = await tools.run("restore", "copy.sqlite3")
        assert (refused.code, "stop the bot first" in refused.err) == (1, True), refused.err

        other = {"DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3"}
        second = await warm.program(
            environment(tmp_path, **where | other | {"ALLOWED_USER_ID": "1"}), tmp_path, "second"
        )
        stack.callback(second.send, signal.SIGKILL)
        wrong = TOKEN[:-1] + "x"
        refused = await ended(
            await warm.program(environment(tmp_path, **where | other | {"BOT_TOKEN": wrong}), tmp_path, "refused")
        )
        assert (refused.code, clean(refused, wrong)) == (1, True), refused.err
        assert refused.err.splitlines()[-1].startswith("BOT_TOKEN is refused by Telegram")
        await until_true(
            lambda: second.ended.done() or any(call.status == 409 for call in stand_ins.telegram.requests)
        )
        assert not second.ended.done(), second.written()
        second.send(signal.SIGTERM)
        beside = await ended(second)

        phone.says("/buy 2 30 de")
        await until(phone, "Buy 2")
        with held(stand_ins.px6, "buy"):
            phone.taps_green()
            await until_true(lambda: any(call.method == "buy" for call in stand_ins.px6.calls), phone)
            began = time.monotonic()
            await stopping(bot)
            ending = asyncio.ensure_future(ended_by_itself(bot))
            done, _ = await asyncio.wait((ending,), timeout=1.5)
            assert not done, "it waits for px6"
        first = await ending
        assert (first.code, beside.code) == (0, 0), first.err
        assert time.monotonic() - began < 30
        assert any(text.startswith("Bought 2") for text in phone.seen), "what was under way has ended, and was told"
        assert len(stand_ins.px6.books(stand_ins.key)) == 1
        assert all(clean(each, TOKEN, stand_ins.key, MASTER_KEY) for each in (first, beside)), first.err[-2000:]
        assert "Stop the other instance" in first.err + beside.err
        assert beside.err.count("ALLOWED_USER_ID is no setting of the bot") == 1

        rotated = await tools.run("rotate-keys", ENCRYPTION_KEYS=f"{OTHER_KEY},{MASTER_KEY}")
        assert (rotated.code, rotated.out.startswith("1 of 1 keys")) == (0, True), rotated.err
        for keys, code in ((OTHER_KEY, 0), (MASTER_KEY, 1)):
            assert (await tools.run("doctor", ENCRYPTION_KEYS=keys)).code == code
        restored = await tools.run("restore", "copy.sqlite3")
        assert (restored.code, "before-restore" in restored.out) == (0, True), restored.err
        assert (await tools.run("doctor")).code == 0


def test_a_tool_imports_what_it_needs_and_no_more() -> None:
    """The bot itself takes seconds to import."""
    names = "print(*sys.modules)"
    by_tools, by_both = subprocess.run(
        [sys.executable, "-c", f"import sys, bot.cli, bot.database_tools; {names}; import bot.doctor; {names}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    spared = {"aiogram", "sqlalchemy", "alembic", "apscheduler"}
    assert not {*spared, "aiohttp"} & set(by_tools.split())
    assert not spared & set(by_both.split())
