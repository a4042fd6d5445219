"""Servers as owners have them: with TLS, with no connection left, and with a second one that takes over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from model.errors import StorageError
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.journeys.laid import connected
from tests.ports import reserved_port
from tests.servers import Server, new_server, standby_of
from tests.world import Phone, World, world_without_bot

pytestmark = pytest.mark.postgresql

RING = Keyring([bytes(32)])
NAME = "localhost"


def a_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A new one for this host, which vouches for itself, and its key, as files."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string(f"CN={name}")
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    files = folder / "server.crt", folder / "server.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@contextmanager
def server_with_tls(port: int) -> Iterator[tuple[Server, Path]]:
    """It takes nothing but TLS over TCP; and its certificate."""
    with new_server(listen_addresses="'127.0.0.1'", port=str(port), ssl="on") as server:
        certificate, key = a_certificate(server.folder, NAME)
        server.configure({"ssl_cert_file": f"'{certificate}'", "ssl_key_file": f"'{key}'"})
        key.chmod(0o600)
        for file in (certificate, key):
            server.run.give(file)
        (server.folder / "data" / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
        server.run.start()
        yield server, certificate


async def refused(url: str) -> str:
    with pytest.raises(StorageError) as caught:
        await Database.open(url, RING)
    said = str(caught.value)
    assert said.startswith("the database cannot be used: ") and "\n" not in said, said
    return said


async def test_tls_is_as_the_address_says_and_another_certificate_is_refused_in_one_line(tmp_path: Path) -> None:
    other, _ = a_certificate(tmp_path, NAME)
    with reserved_port() as port, server_with_tls(port) as (_, certificate):
        database_at = f"postgresql://bot@{NAME}:{port}/postgres?hostaddr=127.0.0.1&sslmode="
        database = await Database.open(f"{database_at}verify-full&sslrootcert={certificate}", RING)
        async with database.read() as connection:
            ours = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert (await connection.exec_driver_sql(ours)).scalars().all() == [True]
        await database.close()
        assert "certificate verify failed" in await refused(f"{database_at}verify-full&sslrootcert={other}")
        elsewhere = database_at.replace(NAME, "db.example.org")
        said = await refused(f"{elsewhere}verify-full&sslrootcert={certificate}")
        assert "does not match host name" in said
        assert "no encryption" in await refused(f"{database_at}disable")


# -- no connection left


async def with_a_quote(world: World) -> tuple[Phone, int]:
    """Somebody before a green button."""
    phone = await connected(world)
    await phone.says("/buy 1 30 de")
    return phone, (await phone.screen())["message_id"]


def all_connections(address: str) -> list[psycopg.Connection[Any]]:
    """Of the server; the bot has none left. It is not let in between."""
    made = as_many_as_there_are(address)
    made[0].execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'px6-bot'")
    return made + as_many_as_there_are(address)


def as_many_as_there_are(address: str) -> list[psycopg.Connection[Any]]:
    made = list[psycopg.Connection[Any]]()
    with suppress(psycopg.OperationalError):
        while True:
            made.append(psycopg.connect(address, autocommit=True))
    return made


async def test_a_server_without_a_connection_left_is_told_in_words_and_the_bot_goes_on_when_it_has_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with new_server(max_connections="16", superuser_reserved_connections="0") as server:
        server.run.start()
        async with world_without_bot(tmp_path, database_url=server.address()) as world, world.running_bot():
            phone, green = await with_a_quote(world)
            others = all_connections(server.address())
            caplog.clear()
            assert (await phone.taps("Buy ·", green))["answered"]
            assert (await phone.reads()).startswith("The bot cannot save data right now\nNothing was spent just now.")
            [line] = [record.getMessage() for record in caplog.records if record.name == "handlers.entry.gate"]
            assert "too many clients already" in line and "\n" not in line
            for other in others:
                other.close()
            await phone.taps("Buy ·", green)
            assert (await phone.text_of(green)).startswith("Bought 1")
            assert len(world.px6.books(world.key)) == 1


# -- another server


async def test_when_the_second_server_takes_over_the_bot_goes_on_by_itself_and_nothing_is_spent_twice(
    tmp_path: Path,
) -> None:
    """One payment is under way at px6 just then, another one is confirmed while no server takes writes."""
    settings = {"wal_level": "replica", "max_wal_senders": "4", "synchronous_commit": "remote_apply"}
    with ExitStack() as stack:
        first = stack.enter_context(new_server(**settings))
        first.run.start()
        second = stack.enter_context(standby_of(first))
        with psycopg.connect(first.address(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
        both = f"postgresql:///postgres?host={first.folder},{second.folder}&user=bot"
        async with world_without_bot(tmp_path, database_url=both) as world, world.running_bot():
            await failed_over(world, first, second)


async def failed_over(world: World, first: Server, second: Server) -> None:
    phone, green = await with_a_quote(world)
    await phone.says("/buy 1 60 de")
    later = (await phone.screen())["message_id"]
    with world.held("buy"):
        paying = asyncio.ensure_future(phone.taps("Buy ·", green))
        await world.until(lambda: len(world.asked("buy")) == 1)
        await asyncio.to_thread(first.stop)
    await paying
    assert (await phone.taps("Buy ·", later))["answered"]
    assert (await phone.reads()).startswith("The bot cannot save data right now\nNothing was spent just now.")
    await asyncio.to_thread(second.promote)
    await phone.taps("Buy ·", later)
    await world.app.services.orders.settle_due()
    await world.quiet()
    for message_id in (green, later):
        assert (await phone.text_of(message_id)).startswith("Bought 1"), await phone.texts()
    assert (len(world.asked("buy")), len(world.px6.books(world.key))) == (2, 2)
    with psycopg.connect(second.address()) as connection:
        assert connection.execute("SELECT state FROM orders").fetchall() == [("done",), ("done",)]
