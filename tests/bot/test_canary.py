"""Canaries that must turn up in nothing that the bot writes, whatever fails: keys, tokens, passwords, words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.logs import JsonFormatter, RedactingFormatter, redactor
from sandbox.px6.model import FaultKind
from sandbox.telegram.faults import Answer
from storage.engine.database_tools import backup
from tests.world import MASTER_KEY, World, new_world

KEY = "ca11ab1e00-5ec2e7f00d-0ddba11dea"
SAID = "the dog of my aunt is called Rex"
FAULTS = [
    FaultKind(kind)
    for kind in ("silent_after", "drop_before", "500_before", "html_after", "broken_json_before", "429", "notice")
]


class Everything(logging.Handler):
    """Keeps every record of every level twice: as the bot writes it, and raw, before the last guard redacts it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.written: list[str] = []
        self.raw: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written += [RedactingFormatter().format(record), JsonFormatter().format(record)]
        self.raw += RedactingFormatter().told(record).values()


@pytest.fixture
def log() -> Iterator[Everything]:
    """Everything that is logged, at the lowest level."""
    handler, root = Everything(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


async def live_through_everything(world: World) -> list[str]:
    """Every command and every fault once; gives all that the person saw."""
    phone = world.phone()
    world.px6.add_account(KEY, balance="100000.00")
    await phone.connects(KEY)
    proxy = world.px6.add_proxy(KEY)
    for text in ("/balance", "/proxies", f"/check {proxy.id}", f"/type socks {proxy.id}", f"/comment {proxy.id} x"):
        await phone.says(text)
        world.px6.fault(FaultKind.DROP_AFTER, key=KEY)
        await phone.says(text)
        world.px6.clear_faults()
    for fault in FAULTS:
        await phone.says("/buy 1 30 de" if fault.endswith("before") else f"/prolong 30 {proxy.id}")
        world.px6.fault(fault, "buy" if fault.endswith("before") else "prolong")
        if any("RUB" in label for label in await phone.labels()):
            await phone.taps("RUB")
        world.px6.clear_faults()
    for code in (502, 0):
        world.telegram.fail("sendMessage", code, times=2)
        await phone.says(SAID)
        world.telegram.fail("editMessageText", code)
        await phone.says(f"/find {SAID}")
        world.telegram.faults.clear()
    for answer in (Answer.UNDATED, Answer.CUT):
        await phone.says("/export")
        world.telegram.fail("sendMessage", 200, times=2, answer=answer, after=True)
        await phone.taps("host:port:user:pass")
        world.telegram.faults.clear()
        world.telegram.fail("getUpdates", 200, times=2, answer=answer, after=True)
        await phone.says(f"/key {KEY}")
        world.telegram.faults.clear()
    world.px6.revoke(KEY)
    await phone.says("/balance")
    await phone.says(f"/key {KEY}")
    await phone.says(KEY)
    return [message["text"] or "" for message in await phone.chat() if message["from"] == "bot"]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file as it lies on the disk, while the bot has it open."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.timeout(170)
async def test_no_secret_is_in_any_log_message_database_page_or_backup(tmp_path: Path, log: Everything) -> None:
    async with new_world(tmp_path, px6_timeout_seconds=0.3) as world:
        token = world.settings.bot_token.get_secret_value()
        secrets = (KEY, token, token.partition(":")[2], MASTER_KEY)
        await (other := world.phone(1002)).connects()
        seen = await live_through_everything(world)
        await other.says("/proxies")
        shown = str([message for message in await other.chat() if message["from"] == "bot"])
        backup(tmp_path / "bot.sqlite3", tmp_path / "copy.sqlite3")
        files = contents(tmp_path)
    passwords = [proxy.password for proxy in world.px6.account(KEY).proxies.values()]

    assert {"bot.sqlite3", "bot.sqlite3-wal", "copy.sqlite3"} <= files.keys()
    for name, content in files.items():
        assert not [secret for secret in (*secrets, *passwords, SAID) if secret.encode() in content], name
    written = "\n".join((*log.written, *log.raw))
    assert "px6" in written
    for where in (written, shown):
        assert not [secret for secret in (*secrets, *passwords, SAID) if secret in where]
    assert not [secret for secret in secrets for text in seen if secret in text]


@pytest.mark.parametrize("name", ["aiohttp.client", "bot.polling"])
def test_the_last_guard_hides_what_others_log(name: str) -> None:
    """aiohttp and aiogram write whole addresses into their messages and exceptions."""
    token = "123456789:AAExampleExampleExampleExampleExample"
    try:
        raise ConnectionError(f"Cannot connect to https://px6.me/api/{KEY}/buy/?count=1")
    except ConnectionError as error:
        trace = (type(error), error, error.__traceback__)
        record = logging.LogRecord(name, logging.ERROR, "", 1, "GET %s", (f"/bot{token}/getMe",), trace)
    for formatter in (RedactingFormatter(), JsonFormatter()):
        line = formatter.format(record)
        assert KEY not in line
        assert token not in line
        assert ("GET /bot***/getMe" if name == "bot.polling" else "GET <str>") in line


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("GET http://10.0.0.5/px6/Abc_KEY-9/buy/?count=1", "GET http://10.0.0.5/px6/***/buy/?count=1"),
        ("GET /px6/Abc_KEY-9?x=1", "GET /px6/***?x=1"),
        ("URL('https://bare.example:8443/Abc_KEY-9')", "URL('https://bare.example:8443/***')"),
        ("https://px6.me/api/ABCDEF0123/", "https://px6.me/api/***/"),
        (f"key {KEY.upper()} and {KEY.replace('-', '')}", "key *** and ***"),
        ("no way through socks5://me:p@ss,word@10.0.0.1:1080", "no way through socks5://***@10.0.0.1:1080"),
        ("order 30000013 of person 1001 at 10.0.0.5:8003", "order 30000013 of person 1001 at 10.0.0.5:8003"),
    ],
)
def test_the_last_guard_knows_the_addresses_that_are_set(written: str, left: str) -> None:
    assert redactor(["http://me:pw@10.0.0.5/px6/", "https://bare.example:8443"])(written) == left
