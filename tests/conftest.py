"""Fixtures that every room may use, and what makes the suite quick."""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import logging
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.databases import ON_POSTGRESQL
from tests.profiles import ON_NEWEST

if TYPE_CHECKING:
    from tests.crash.bots import Spawner
    from tests.customers import Customer
    from tests.world import World


IN_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
FREE = 4 * 2**30  # bytes: what all folders of a run and of the two before it take, and more
LONG = ("browser", "crash", "demo", "faults", "people")  # rooms with tests of many seconds

# A thousand databases are flushed to the disk with every commit; that a machine loses its power is no test of ours.
if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > FREE:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))
# aiogram reads the machine's certificates for every bot it makes: as long as all else that a world needs.
ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]
gc.disable()  # until all tests are known: what is imported stays, and it would be gone through dozens of times


def pytest_configure(config: pytest.Config) -> None:
    """Whoever deals out the tests starts the server that they run on, if it is a server, and forks the workers."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        from tests.forked_workers import say_less

        say_less(config)
        return
    if ON_POSTGRESQL:
        from tests.prepared_postgresql import start

        config.add_cleanup(start())
    if config.getoption("dist") != "no":
        from tests.forked_workers import fork_spawner, fork_workers, pay

        if is_whole(config):
            pay()
        fork_spawner(config)
        import_tests(config)
        fork_workers(config)
        gc.enable()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Whoever runs tests imports the program before it collects them, unless it was there before."""
    if session.config.getoption("dist") == "no":
        importlib.import_module("tests.prepared")


def import_tests(config: pytest.Config) -> None:
    """The program, and all tests where all are run: on a fresh copy they are compiled once, not by every worker."""
    importlib.import_module("tests.prepared")
    if not is_whole(config):
        return
    from tests.forked_workers import learn_constants

    top = Path(__file__).parents[1]
    for path in sorted(top.glob("tests/**/test_*.py")):
        with suppress(Exception):  # the collection tells about it
            importlib.import_module(".".join(path.relative_to(top).with_suffix("").parts))
    learn_constants()


def is_whole(config: pytest.Config) -> bool:
    """Whether all tests are run."""
    return bool(config.args == config.getini("testpaths"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest goes first, so that no worker is left with it at the end.

    Tests with the fork server or a browser stand side by side: mostly one worker alone starts one. Tests of the other
    database, and of another px6 than the tests run on, are left out.
    """
    left_out = ["sqlite" if ON_POSTGRESQL else "postgresql", *(["older_px6"] if ON_NEWEST else [])]
    others = [item for item in items if any(map(item.get_closest_marker, left_out))]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]
    items.sort(key=lambda item: not is_long(item))


def is_long(item: pytest.Item) -> bool:
    return room_of(item.path) in LONG or "warm" in getattr(item, "fixturenames", ())


@functools.cache
def room_of(path: Path) -> str:
    return path.relative_to(Path(__file__).parent).parts[0]


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not go through it again and again.

    What a worker's collection has left (100,000 objects) stays as well: to find it takes longer than to have it.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@functools.cache
def first_levels() -> dict[logging.Logger, int]:
    """The levels of our loggers before the first test."""
    from bot.error_descriptions import OUR_PACKAGES

    return {logger: logger.level for logger in map(logging.getLogger, OUR_PACKAGES)}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    first_levels()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """After its fixtures a test leaves nothing to the next one: the levels of our loggers are put back, and databases
    on a server are emptied; files lie in the test's folder. A fixture for it would be made for each of all tests.
    """
    try:
        yield
    finally:
        for logger, level in first_levels().items():
            if logger.level != level:  # to set one goes through all loggers that there are
                logger.setLevel(level)
        if ON_POSTGRESQL:
            from tests import postgresql

            postgresql.give_back()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections to SQLite with threads, as the program has them: for whatever tests who comes before whom."""
    from storage.engine import connection, sqlite_database

    monkeypatch.setattr(sqlite_database, "connect", connection.connect)
    monkeypatch.setattr(sqlite_database, "to_thread", asyncio.to_thread)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def warm() -> AsyncIterator[Spawner]:
    """One fork server for all bots of a worker that end as processes: importing one takes longer than all it does."""
    from tests.crash.bots import spawner

    async with spawner() as found:
        yield found


@pytest.fixture
async def world(
    tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[World]:
    """Both stand-ins and the bot. Telegram must not have refused anything that the bot asked, and no traceback may
    stand in its log, unless the test is marked `unforeseen`.

    `@by_both_ways` (`tests/intakes.py`) plays a test by polling and by webhook.
    """
    from tests.world import new_world  # the tests of a single room need not import the whole program

    async with new_world(tmp_path, webhook=getattr(request, "param", "polling") == "webhook") as everything:
        yield everything
        refusals = [r for r in everything.telegram.refusals if "is not modified" not in r.description]
    assert not refusals, refusals
    tracebacks = [record for record in caplog.get_records("call") if record.exc_info and record.levelname == "ERROR"]
    assert not tracebacks or request.node.get_closest_marker("unforeseen"), tracebacks


@pytest.fixture
async def classic_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose px6 does not say the kind of an IPv4."""
    from tests.world import new_world

    async with new_world(tmp_path, profile="classic") as everything:
        yield everything


@pytest.fixture
async def ann(world: World, request: pytest.FixtureRequest) -> Customer:
    """Person 1001, connected, with 5,000 RUB and no proxies; `without_notices` marks tests that she gets none in."""
    from tests.customers import new_customer

    customer = await new_customer(world)
    if request.node.get_closest_marker("without_notices"):
        await customer.refuses_notices()
    return customer
