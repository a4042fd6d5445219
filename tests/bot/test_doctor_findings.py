"""What the doctor says of a key file, a database, the clock and Telegram's answers, each alone and word for word."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp_socks import ProxyError

import sandbox
from bot import doctor
from bot.doctor import (
    examine,
    local_findings,
    nearest,
    of_key_file,
    of_operators,
    of_people,
    of_writing,
    opened_keys,
    people_in,
    write_and_remove,
)
from bot.doctor_finding import Finding
from bot.doctor_network import Answer, of_bot, of_clock, of_proxy, px6_finding, unanswered
from bot.master_keys import keyring_of
from model.errors import StorageError
from storage.engine.crypto import Keyring, decoded, new_master_key
from storage.engine.stores import SqliteStore
from tests.storage.older import with_what_people_did
from tests.world import MASTER_KEY, GivenSettings, new_world, settings_for

TOKEN = "123456789:AAExampleExampleExampleExampleExample"


def settings(**given: Any) -> GivenSettings:
    return GivenSettings(**({"bot_token": TOKEN} | given))


def ring(file: Path | None = None, *keys: str) -> Keyring:
    return Keyring([decoded(key, "a test") for key in keys], file=file)


def told(*findings: Finding) -> list[str]:
    return [str(finding) for finding in findings]


def test_who_may_use_the_bot() -> None:
    assert told(of_people(frozenset()), of_people(frozenset({1002, 1001}))) == [
        "ok   people    everybody may use the bot (ALLOWED_USER_IDS is empty)",
        "ok   people    only these may use the bot (ALLOWED_USER_IDS): 1001, 1002",
    ]


def test_who_operates_the_bot_and_whether_it_can_write_to_them() -> None:
    three = frozenset({1003, 1001, 1002})
    assert told(of_operators(frozenset(), ()), of_operators(three, three), of_operators(three, {1002})) == [
        "ok   operators nobody (ADMIN_USER_IDS is empty)",
        "ok   operators 1001, 1002, 1003 (ADMIN_USER_IDS)",
        "warn operators 1001, 1002, 1003; the bot cannot write to 1001, 1003: "
        "who operates it must press Start in its chat",
    ]


def test_the_bot_can_write_to_whoever_is_in_the_database_and_has_not_blocked_it(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite3"
    assert people_in(SqliteStore(file)) == set()
    with_what_people_did(file)
    assert people_in(SqliteStore(file)) == {1001, 1002}
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE people SET blocked_at = 1 WHERE telegram_id = 1002")
        connection.commit()
    assert people_in(SqliteStore(file)) == {1001}
    given = {"database_url": f"sqlite:///{file}", "encryption_keys": (MASTER_KEY,), "admin_user_ids": {1001, 1002}}

    def said(token: str) -> str:
        return next(
            str(each) for each in local_findings(settings(bot_token=token, **given)) if each.name == "operators"
        )

    assert said(f"700000001:{'a' * 20}").startswith("warn operators 1001, 1002; the bot cannot write to 1002:")
    assert said(TOKEN) == "ok   operators 1001, 1002 (ADMIN_USER_IDS)", "another bot's database says nothing of it"


def test_a_key_file_is_private_and_lies_apart_from_the_database(tmp_path: Path) -> None:
    beside, apart = tmp_path / "key", tmp_path / "secrets" / "key"
    apart.parent.mkdir()
    for file in (beside, apart):
        file.write_text("x")
        file.chmod(0o600)
    database, key = tmp_path / "bot.sqlite3", new_master_key()

    def said(file: Path | None, *keys: str) -> list[str]:
        return told(*of_key_file(ring(file, *keys), database))

    assert said(None, key) == ["ok   key file  none: ENCRYPTION_KEYS holds the master keys"]
    assert said(apart) == [f"ok   key file  {apart} will be made at the first start"]
    assert said(apart, key) == [f"ok   key file  {apart}, apart from the database"]
    lies = f"warn key file  {beside} lies beside the database: a backup of both opens all keys"
    assert said(beside, key) == [lies]
    for mode in (0o640, 0o604, 0o610, 0o601):
        apart.chmod(mode)
        assert said(apart, key) == [f"warn key file  other users may read {apart}: chmod 600 {apart}"]
    apart.chmod(0o700)
    assert said(apart, key) == [f"ok   key file  {apart}, apart from the database"]


async def test_a_database_is_whole_this_bots_private_new_and_opens(
    tmp_path: Path,
) -> None:
    async with new_world(tmp_path) as world:
        await world.phone().connects()
        given = world.settings
    path = tmp_path / "bot.sqlite3"

    def said(**other: Any) -> str:
        [line] = [str(each) for each in local_findings(given.model_copy(update=other)) if each.name == "database"]
        return line

    whole = f"ok   database  {path}, whole; 1 px6 keys, all of them open"
    assert said() == whole
    assert opened_keys(SqliteStore(path), keyring_of(given)) == 1
    for mode in (0o640, 0o601):
        path.chmod(mode)
        assert said() == f"warn database  other users may read {path}: chmod 600 {path}"
    path.chmod(0o600)
    assert said(database_url=f"sqlite:///{tmp_path}/no.sqlite3") == (
        f"ok   database  {tmp_path}/no.sqlite3 will be made at the first start"
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
        connection.commit()
    assert said() == f"{whole}; it will be brought to the newest version at the next start"
    with closing(sqlite3.connect(path)) as connection:
        ((sealed,),) = connection.execute("SELECT sealed_key FROM accounts")
        connection.execute("UPDATE accounts SET sealed_key = ?", (sealed[:-1] + bytes([sealed[-1] ^ 1]),))
        connection.commit()
    assert said().startswith("FAIL database  ")
    with pytest.raises(StorageError, match="the px6 key of person 1001 does not open: they must send it again"):
        opened_keys(SqliteStore(path), keyring_of(given))


def test_where_it_is_written_and_nothing_is_left(tmp_path: Path) -> None:
    key, database = tmp_path / "secrets" / "deep" / "key", tmp_path / "data" / "bot.sqlite3"
    store = SqliteStore(database)
    can = "ok   writing   can be done in"
    assert told(of_writing(ring(key), store)) == [f"{can} {tmp_path}/data and {tmp_path}/secrets/deep"]
    assert told(of_writing(ring(tmp_path / "data" / "key"), store)) == [f"{can} {tmp_path}/data"]
    assert told(of_writing(ring(key, new_master_key()), store)) == [f"{can} {tmp_path}/data"]
    assert told(of_writing(ring(None), store)) == [f"{can} {tmp_path}/data"]
    assert list(tmp_path.iterdir()) == []
    database.mkdir(parents=True)  # a folder in the place of the file
    assert told(of_writing(ring(None), store))[0].startswith(f"FAIL writing   {database} cannot be written")


def test_a_whole_page_is_on_disk_before_it_is_said_that_it_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full takes a name, and what has not left the memory."""
    sizes, fsync = list[int](), os.fsync

    def noted(file: int) -> None:
        sizes.append(os.fstat(file).st_size)
        fsync(file)

    monkeypatch.setattr(os, "fsync", noted)
    write_and_remove(tmp_path)
    assert (sizes, list(tmp_path.iterdir())) == ([4096], [])


def test_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert nearest(tmp_path / "a" / "b" / "c") == tmp_path / "a"
    assert nearest(tmp_path / "a") == tmp_path / "a"


def test_a_key_that_is_malformed_ends_the_look_at_the_machine(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("short")
    file.chmod(0o600)
    found = list(local_findings(settings(encryption_key_file=file, database_url=f"sqlite:///{tmp_path}/b")))
    assert [(finding.level, finding.name) for finding in found] == [("FAIL", "keys")]


def test_what_may_not_be_looked_at_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/secrets/key")

    monkeypatch.setattr(doctor, "of_database", look)
    found = told(
        *local_findings(settings(database_url=f"sqlite:///{tmp_path}/b", encryption_keys=(new_master_key(),)))
    )
    assert found[-1] == "FAIL files     /secrets/key cannot be looked at: Permission denied"


def test_a_database_that_is_away_in_the_middle_of_it_keeps_nothing_else_from_being_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise StorageError("the database cannot be used: connection refused")

    monkeypatch.setattr(doctor, "people_in", read)
    given = settings(database_url=f"sqlite:///{tmp_path}/b", encryption_keys=(new_master_key(),))
    found = told(*local_findings(given))
    assert found[2] == "FAIL operators the database cannot be used: connection refused"
    assert [line.split()[1] for line in found[3:]] == ["writing", "backups"]


async def test_only_a_failure_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_LEVL", "INFO")
    async with sandbox.running() as stand_ins:
        given = settings_for(stand_ins, tmp_path)
        assert await examine(given) == 0
        lines = capsys.readouterr().out.splitlines()
        levels = [line.split()[0] for line in lines]
        assert (levels[:2], set(levels[2:])) == (["ok", "warn"], {"ok"})
        assert lines[0] == "ok   settings  can be used"
        urls = ("http://127.0.0.1:9", stand_ins.px6_url)
        assert await examine(given.model_copy(update={"px6_api_urls": urls})) == 1, "whatever comes after it"


# -- over the network


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "ok   clock     right"),
        (10, "ok   clock     right"),
        (-10, "ok   clock     right"),
        (11, "FAIL clock     11 s ahead: switch time sync on"),
        (3600, "FAIL clock     3600 s ahead: switch time sync on"),
        (-3600, "FAIL clock     3600 s behind: switch time sync on"),
        (-13, "FAIL clock     13 s behind: switch time sync on"),
    ],
)
def test_the_clock_of_this_machine_against_telegrams(
    seconds: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    monkeypatch.setattr("bot.doctor_network.datetime", Stopped(now))
    assert str(of_clock(format_datetime(now - timedelta(seconds=seconds), usegmt=True))) == said


class Stopped:
    """In the place of `datetime`: it is always the same time."""

    def __init__(self, time: datetime) -> None:
        self._time = time

    def now(self, _: object) -> datetime:
        return self._time


@pytest.mark.parametrize("date", ["", "never", "Sat, 28 Nov 2026 12:00:00"])
def test_a_date_that_is_none_is_a_warning(date: str) -> None:
    assert str(of_clock(date)) == "warn clock     could not be compared: Telegram's answer has no date"


YES = Answer(ok=True)
REFUSED = "FAIL Telegram  BOT_TOKEN is refused: copy it again from @BotFather"


@pytest.mark.parametrize(
    ("me", "hook", "said"),
    [
        (Answer(ok=True, result={"username": "px6_bot"}), YES, "ok   Telegram  @px6_bot answers"),
        (Answer(ok=True, result={"username": "a\x1b[b c"}), YES, "ok   Telegram  @abc answers"),
        (Answer(ok=False, error_code=401), YES, REFUSED),
        (Answer(ok=False, error_code=404), YES, REFUSED),
        (Answer(ok=True, error_code=401, result={"username": "b"}), YES, "ok   Telegram  @b answers"),
        (Answer(ok=False), YES, "FAIL Telegram  answers with an error (0)"),
        (Answer(ok=False, error_code=429), YES, "FAIL Telegram  answers with an error (429)"),
        (YES, Answer(ok=False, error_code=500), "FAIL Telegram  answers with an error (500)"),
    ],
)
def test_what_telegram_answers(me: Answer, hook: Answer, said: str) -> None:
    assert str(of_bot(me, hook)) == said


@pytest.mark.parametrize(
    ("proxy", "error", "said"),
    [
        ("", OSError("s3cret"), "FAIL Telegram  http://t.example cannot be reached (OSError)"),
        (
            "http://a:s3cret@p:1",
            TimeoutError(),
            "FAIL Telegram  http://t.example cannot be reached through http://p:1 (TimeoutError)",
        ),
        (
            "http://a:s3cret@p:1",
            ProxyError("s3cret"),
            "FAIL proxy     http://p:1 does not let the bot through to http://t.example: "
            "are its login and protocol right?",
        ),
    ],
)
def test_an_error_is_told_without_its_text(proxy: str, error: Exception, said: str) -> None:
    given = settings(telegram_api_url="http://me:s3cret@t.example", telegram_proxy=proxy)
    assert str(unanswered(given, error)) == said


async def test_a_proxy_where_nobody_listens() -> None:
    said = "FAIL proxy     socks5://127.0.0.1:9 cannot be reached (ConnectionRefusedError)"
    assert str(await of_proxy("proxy", "socks5://a:s3cret@127.0.0.1:9")) == said


async def test_a_px6_that_takes_any_key_is_none(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        url = world.settings.px6_api_urls[0]
        world.px6.add_account("doctor-looks-whether-px6-answers")
        assert str(await px6_finding(url, (), 5)) == f"FAIL px6       {url} takes any key: this is not px6"
