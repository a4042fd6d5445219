"""The program is run in this process: what it makes of the loggers is over with the test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.error_descriptions import OUR_PACKAGES


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    """Loggers are as loud as before."""
    loggers = [logging.getLogger(name) for name in ("", "apscheduler", *OUR_PACKAGES)]
    before = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)
