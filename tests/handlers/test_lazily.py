"""Models of the Bot API are built when they are first used, and then do all that they did before."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE

# In a process of its own: here another test may have imported aiogram first.
PROGRAM = """
import handlers
from aiogram.methods import AnswerWebAppQuery, Response, SetBusinessAccountGiftSettings
from aiogram.types import AcceptedGiftTypes, InlineQueryResultPhoto, PaidMediaInfo, StarTransactions, Update

assert not any(model.__pydantic_complete__ for model in (StarTransactions, PaidMediaInfo, Update, AnswerWebAppQuery))

partner = {"type": "user", "transaction_type": "gift_purchase", "user": {"id": 7, "is_bot": False, "first_name": "A"}}
asked = {"ok": True, "result": {"transactions": [{"id": "x", "amount": 5, "date": 1795560000, "source": partner}]}}
answer = Response[StarTransactions].model_validate(asked)
assert answer.result.transactions[0].source.user.first_name == "A"
assert answer.model_dump(exclude_none=True)["result"]["transactions"][0]["amount"] == 5

picture = InlineQueryResultPhoto(id="1", photo_url="https://example.com/1", thumbnail_url="https://example.com/2")
assert AnswerWebAppQuery(web_app_query_id="q", result=picture).model_dump()["result"]["type"] == "photo"
"""


async def test_a_model_that_nothing_used_before_is_built_with_all_that_it_refers_to() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-W", "error", "-c", PROGRAM, stderr=PIPE)
    _, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
