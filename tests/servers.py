"""PostgreSQL servers of a test's own: with TLS, with few connections, and one that takes the place of another."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.postgresql import SETTINGS, Runner, set_up


@dataclass
class Server:
    """A server that can be stopped and started. Its socket is in its folder."""

    folder: Path
    run: Runner

    @property
    def data(self) -> str:
        return f"{self.folder}/data"

    def address(self, database: str = "postgres") -> str:
        return f"postgresql:///{database}?host={self.folder}&user=bot"

    def stop(self) -> None:
        """As a machine that loses its power."""
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def promote(self) -> None:
        """It takes writes from now on, as whoever watches over a pair of servers does to the second."""
        self.run("pg_ctl", "-D", self.data, "-w", "promote")

    def configure(self, settings: Mapping[str, str]) -> None:
        """Settings come after those that are there, so they win."""
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{key} = {value}\n" for key, value in settings.items())


@contextmanager
def new_server(**settings: str) -> Iterator[Server]:
    """A new server, not started; stopped when the block ends."""
    with empty_place() as server:
        set_up(server.run, server.folder, SETTINGS | settings)
        with stopped_at_the_end(server):
            yield server


@contextmanager
def standby_of(first: Server) -> Iterator[Server]:
    """A copy of a running server that follows it, started: it takes no writes."""
    with empty_place() as server:
        server.run("pg_basebackup", "-h", str(first.folder), "-U", "bot", "-D", server.data, "-R", "-c", "fast")
        server.configure({"unix_socket_directories": f"'{server.folder}'", "synchronous_standby_names": "''"})
        with stopped_at_the_end(server):
            server.run.start()
            yield server


@contextmanager
def empty_place() -> Iterator[Server]:
    where = os.environ.get("PYTEST_DEBUG_TEMPROOT") or None
    with tempfile.TemporaryDirectory(prefix="px6-postgresql-", dir=where) as name:
        yield Server(Path(name), Runner(Path(name)))


@contextmanager
def stopped_at_the_end(server: Server) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(SystemExit):  # it was stopped before
            server.stop()
