"""The models that aiogram parses Telegram's answers with."""

from __future__ import annotations

import gc

from aiogram.methods import Response, SendMessage

from bot.request_pacing import ANSWERS
from bot.updates import TakeUpdates


def test_the_models_of_answers_are_not_built_again_after_the_garbage_was_collected() -> None:
    gc.collect()
    for method in (TakeUpdates, SendMessage):
        model = Response[method.__returning__]  # type: ignore[name-defined]  # known only at run time
        assert any(model is kept for kept in ANSWERS)
