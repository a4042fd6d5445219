"""What importing the handlers has built of aiogram: imported before anything has used a model."""

from __future__ import annotations

import handlers  # noqa: F401 - as the bot does

# isort: split
from aiogram.methods import AnswerWebAppQuery
from aiogram.types import PaidMediaInfo, StarTransactions, Update

BUILT_BY_THE_IMPORT = [
    model.__name__
    for model in (StarTransactions, PaidMediaInfo, Update, AnswerWebAppQuery)
    if model.__pydantic_complete__
]
