"""What the doctor says: where it can be written, through which proxy, who may use the bot; and never a secret."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

import sandbox
from bot.doctor import findings
from bot.settings import Settings
from storage.engine.backups import BackupFolder
from storage.engine.crypto import Keyring
from storage.engine.stores import SqliteStore
from tests.databases import lay_database
from tests.proxy_server import ELSEWHERE, ProxyServer, Trouble, proxying
from tests.small_servers import listening
from tests.world import settings_for

LOGIN = "socks5://anna:s3cret-pa55@127.0.0.1:"
RING = Keyring([bytes(range(32))])


async def lines(settings: Settings) -> list[str]:
    said = [str(finding) for finding in await asyncio.wait_for(collected(settings), 30)]
    assert "s3cret" not in "".join(said)
    return said


async def collected(settings: Settings) -> list[object]:
    return [finding async for finding in findings(settings)]


def about(name: str, said: list[str]) -> list[str]:
    return [line for line in said if line[5:].startswith(name)]


def leading_to(url: str) -> AbstractAsyncContextManager[ProxyServer]:
    """A proxy with a login, to a stand-in under the name ELSEWHERE."""
    return proxying(int(url.rpartition(":")[2].partition("/")[0]), "anna", "s3cret-pa55")


async def lets_nobody_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """SOCKS5 with login and password, which are wrong. https://www.rfc-editor.org/rfc/rfc1929"""
    await reader.readexactly(2 + 2)
    writer.write(b"\x05\x02")
    await reader.readexactly(2 + 4 + 1 + 11)
    writer.write(b"\x01\x01")
    await writer.drain()


async def test_a_proxy_that_works_is_told_and_its_password_is_not(tmp_path: Path) -> None:
    async with sandbox.running() as stand_ins, leading_to(stand_ins.telegram_url) as proxy:
        given = {"telegram_proxy": f"{LOGIN}{proxy.port}", "telegram_api_url": "http://localhost:9"}
        said = await lines(settings_for(stand_ins, tmp_path, **given))
    assert about("proxy", said) == [f"ok   proxy     socks5://127.0.0.1:{proxy.port} takes connections"]
    assert about("Telegram", said)[0].startswith("ok ")
    assert set(proxy.asked) == {"localhost"}, (
        "names are the proxy's to resolve: here they may lead astray, or nowhere"
    )


async def test_a_proxy_that_is_down_or_refuses_is_named_as_what_fails(tmp_path: Path) -> None:
    async with sandbox.running() as stand_ins:
        said = await lines(settings_for(stand_ins, tmp_path, telegram_proxy=f"{LOGIN}9"))
        assert about("proxy", said)[0].startswith("FAIL proxy     socks5://127.0.0.1:9 cannot be reached")
        assert about("Telegram", said) == []
        async with listening(lets_nobody_in) as port:
            said = await lines(settings_for(stand_ins, tmp_path, telegram_proxy=f"{LOGIN}{port}"))
    assert about("proxy", said)[1].startswith(
        f"FAIL proxy     socks5://127.0.0.1:{port} does not let the bot through"
    )
    assert about("px6", said)[0].startswith("ok ")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>502</html>", "cannot be reached"),
        (b"", "cannot be reached"),
        (b"[]", "cannot be reached"),
        (b'{"ok": true, "result": true}', "cannot be reached"),
        (b'{"ok": true}', "answers"),
        (b'{"ok": false, "error_code": 429, "description": "s3cret"}', "answers with an error (429)"),
        (b'{"ok": false, "error_code": 401, "description": "s3cret"}', "BOT_TOKEN is refused"),
    ],
)
async def test_whatever_answers_in_place_of_telegram_is_one_line(tmp_path: Path, body: bytes, told: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nDate: never\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async with sandbox.running() as stand_ins, listening(answer) as port:
        given = settings_for(stand_ins, tmp_path, telegram_api_url=f"http://me:s3cret@127.0.0.1:{port}")
        said = await lines(given)
    (line,) = about("Telegram", said)
    assert told in line


async def test_a_px6_with_a_password_in_its_address_is_shown_without_it(tmp_path: Path) -> None:
    async with sandbox.running() as stand_ins:
        behind = stand_ins.px6_url.replace("://", "://me:s3cret@")
        said = await lines(settings_for(stand_ins, tmp_path, px6_api_urls=(behind, "http://me:s3cret@127.0.0.1:9")))
    assert about("px6", said) == [
        f"ok   px6       {stand_ins.px6_url} answers",
        "FAIL px6       http://127.0.0.1:9: Unreachable; nobody's proxies can be shown while none answers",
    ]


async def test_each_proxy_to_px6_is_told_and_whether_px6_is_reached_through_it(tmp_path: Path) -> None:
    async with sandbox.running() as stand_ins, leading_to(stand_ins.px6_url) as proxy, leading_to("x:1") as wrong:
        wrong.trouble = Trouble.REFUSES
        listed = (f"{LOGIN}{proxy.port}", f"{LOGIN}9", f"http://anna:s3cret-pa55@127.0.0.1:{wrong.port}")
        given = {"px6_proxy": listed, "px6_api_urls": (f"http://{ELSEWHERE}/api",)}
        said = await lines(settings_for(stand_ins, tmp_path, **given))
    works, gone, leads_nowhere = (f"{one.partition('://')[0]}://{one.rpartition('@')[2]}" for one in listed)
    assert about("px6", said) == [
        f"ok   px6 proxy {works} takes connections",
        f"FAIL px6 proxy {gone} cannot be reached (ConnectionRefusedError)",
        f"ok   px6 proxy {leads_nowhere} takes connections",
        f"ok   px6       http://{ELSEWHERE}/api through {works} answers",
        f"FAIL px6       http://{ELSEWHERE}/api through {leads_nowhere}: Unreachable; "
        "nobody's proxies can be shown while none answers",
    ]


async def test_px6_is_not_asked_around_proxies_that_are_down(tmp_path: Path) -> None:
    async with sandbox.running() as stand_ins:
        said = await lines(settings_for(stand_ins, tmp_path, px6_proxy=(f"{LOGIN}9",)))
        assert stand_ins.px6.calls == []
    assert [line[:4] for line in about("px6", said)] == ["FAIL"]


async def test_who_may_use_the_bot_is_said(tmp_path: Path) -> None:
    async with sandbox.running() as stand_ins:
        everybody = await lines(settings_for(stand_ins, tmp_path))
        two = await lines(settings_for(stand_ins, tmp_path, allowed_user_ids=frozenset({1002, 1001})))
    assert about("people", everybody) == ["ok   people    everybody may use the bot (ALLOWED_USER_IDS is empty)"]
    assert about("people", two) == ["ok   people    only these may use the bot (ALLOWED_USER_IDS): 1001, 1002"]


async def test_where_it_cannot_be_written_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    """No mode keeps root from writing: a file in the place of a folder does, and a folder that takes no new files."""
    (tmp_path / "file").write_text("")
    async with sandbox.running() as stand_ins:
        here = settings_for(stand_ins, tmp_path, database_url=f"sqlite:///{tmp_path}/new/deep/bot.sqlite3")
        well = await lines(here)
        wrong = {"/proc/bot/bot.sqlite3": "", f"{tmp_path}/file/bot.sqlite3": "", f"{tmp_path}/{'x' * 300}": ""}
        for path in wrong:
            said = await lines(here.model_copy(update={"database_url": f"sqlite:///{path}"}))
            wrong[path] = "".join(line for line in said if line.startswith("FAIL"))
        keyless = {"encryption_keys": (), "encryption_key_file": Path("/proc/master/encryption.key")}
        said = await lines(here.model_copy(update=keyless))
    assert about("writing", well) == [f"ok   writing   can be done in {tmp_path}/new/deep"]
    assert all(wrong.values()), wrong
    assert about("writing", said)[0].startswith("FAIL writing   /proc cannot be written to")
    assert names_in(tmp_path) == ["file"]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_names_that_look_like_settings_are_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOWED_USER_ID", "1001")
    monkeypatch.setenv("LOG_DIR", "/var/log")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:3128")
    monkeypatch.setenv("WEBHOOK_URI", "https://bot.example.org/telegram")
    (tmp_path / ".env").write_text("# PX6_API_URL=no\nexport PX6_TIMEOUT=5\nPX6_URLS = x\nbot_token=x\nTZ=UTC\n")
    async with sandbox.running() as stand_ins:
        said = about("settings", await lines(settings_for(stand_ins, tmp_path)))
    assert [line.split(" is no setting")[0] for line in said[1:]] == [
        "warn settings  ALLOWED_USER_ID",
        "warn settings  WEBHOOK_URI",
        "warn settings  PX6_TIMEOUT",
        "warn settings  PX6_URLS",
    ]
    assert "is ALLOWED_USER_IDS meant?" in said[1]


async def test_how_old_the_newest_backup_is_and_whether_it_opens_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    async with sandbox.running() as stand_ins:
        none = await lines(settings_for(stand_ins, tmp_path))
        given = settings_for(stand_ins, tmp_path, backup_dir=folder, backup_every_hours=6)
        first = await lines(given)
        assert names_in(tmp_path) == []
        await lay_database(tmp_path)
        now = datetime.now(UTC)
        make = partial(BackupFolder(folder, 9).make, SqliteStore(tmp_path / "bot.sqlite3"), RING)
        old = make(now - timedelta(hours=12, minutes=1))
        late = await lines(given)
        make(now - timedelta(hours=11, minutes=54))
        well = await lines(given)
        make(now).write_bytes(old.read_bytes()[:5000])
        cut = await lines(given)
    assert about("backups", none) == ["ok   backups   the bot makes none by itself (BACKUP_DIR is empty)"]
    assert about("backups", first) == [f"ok   backups   none yet in {folder}; the bot makes one when it runs"]
    text = f"the newest in {folder} is"
    assert about("backups", late) == [
        f"warn backups   {text} 12.0 hours old, and one is made every 6 hours while the bot runs"
    ]
    assert about("backups", well) == [f"ok   backups   {text} 11.9 hours old"]
    (line,) = about("backups", cut)
    assert line.startswith("FAIL backups ") and "is cut off" in line


async def test_a_folder_of_backups_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with sandbox.running() as stand_ins:
        for folder in ("/proc/backups", tmp_path / "file"):
            (line,) = about("backups", await lines(settings_for(stand_ins, tmp_path, backup_dir=folder)))
            assert line.startswith("FAIL backups ")
