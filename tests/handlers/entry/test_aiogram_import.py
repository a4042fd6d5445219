"""Models of the Bot API are built when they are first used, and then do all that they did before."""

from __future__ import annotations

from aiogram.methods import AnswerWebAppQuery, Response
from aiogram.types import InlineQueryResultPhoto, StarTransactions, TransactionPartnerUser

from tests.built_models import BUILT_BY_THE_IMPORT

PARTNER = {"type": "user", "transaction_type": "gift_purchase", "user": {"id": 7, "is_bot": False, "first_name": "A"}}
TRANSACTION = {"id": "x", "amount": 5, "date": 1795560000, "source": PARTNER}


def test_the_import_builds_none() -> None:
    assert BUILT_BY_THE_IMPORT == []


def test_a_model_that_nothing_used_before_is_built_with_all_that_it_refers_to() -> None:
    """Nothing of the bot and no other test uses these."""
    unused = (StarTransactions, TransactionPartnerUser, InlineQueryResultPhoto, AnswerWebAppQuery)
    assert not any(model.__pydantic_complete__ for model in unused)

    answer = Response[StarTransactions].model_validate({"ok": True, "result": {"transactions": [TRANSACTION]}})
    assert answer.result is not None
    source = answer.result.transactions[0].source
    assert isinstance(source, TransactionPartnerUser)
    assert source.user.first_name == "A"
    assert answer.model_dump(exclude_none=True)["result"]["transactions"][0]["amount"] == 5

    picture = InlineQueryResultPhoto(id="1", photo_url="https://example.com/1", thumbnail_url="https://example.com/2")
    query = AnswerWebAppQuery(web_app_query_id="q", result=picture)
    assert query.model_dump()["result"]["type"] == "photo"
