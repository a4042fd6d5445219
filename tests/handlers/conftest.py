"""The Telegram stand-in for tests of single handlers."""

from __future__ import annotations

import pytest

import tests.built_models  # noqa: F401 - before whatever imports aiogram first
from sandbox.telegram.state import TelegramState
from tests.handlers.bots import ANNA, TOKEN


@pytest.fixture
def telegram() -> TelegramState:
    """Anna has started the bot."""
    state = TelegramState()
    state.private_chat(state.bot(TOKEN), ANNA).started = True
    return state
