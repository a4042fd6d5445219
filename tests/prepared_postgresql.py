"""Starts the server of a run, with a migrated database that all others are copied from."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack

from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests import postgresql


def start() -> Callable[[], None]:
    """Start it; gives what stops it."""
    stack = ExitStack()
    os.environ[postgresql.FOLDER] = str(stack.enter_context(postgresql.running_server()))
    try:
        postgresql.make(postgresql.TEMPLATE)
        asyncio.run(migrate())
        postgresql.hang_up()
    except BaseException:
        stack.close()
        raise
    return stack.close


async def migrate() -> None:
    await (await Database.open(postgresql.address(postgresql.TEMPLATE), Keyring([bytes(32)]))).close()
