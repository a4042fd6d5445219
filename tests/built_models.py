"""Which models of aiogram an import of the handlers has built. To be imported before anything uses a model."""

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
