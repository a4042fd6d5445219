"""What can be done from the message that proxies have fallen: the same as after a check, for exactly these."""

from __future__ import annotations

from typing import Annotated

from aiogram import Router
from aiogram.types import CallbackQuery
from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_buttons import FROM_RESULT, Check, CheckStep, Protocols
from handlers.ground.rights import ByField
from handlers.ground.screen import Id
from handlers.ground.turn import Turn
from handlers.orders.after_check import buy_twins
from handlers.proxies.check_results import CheckResult, keep_result
from handlers.proxies.check_steps import check_again, text_for_support
from handlers.proxies.protocol import choose_protocol
from handlers.proxies.selection_view import keep_ids, read_list
from model.colleagues import Right

router = Router(name=__name__)


class FallStep(CallbackData, prefix="hf", needs=ByField(1, {"t": Right.LOOK, "c": Right.CHECK})):
    """Goes on with the proxies of a message. `step`: c checks again, b buys twins, p changes the protocol, t is a
    text for px6's support."""

    fall: Id
    step: Annotated[str, Field(pattern=r"^[cbpt]$")]


@router.callback_query(FallStep.filter())
async def after_fall(query: CallbackQuery, turn: Turn, callback_data: FallStep) -> None:
    """Kept as the result of a check, so that all that follows, and every Back, is what it is after one."""
    found = await turn.services.health.fall(turn.person.telegram_id, callback_data.fall)
    if found is None:
        text = turn.words.tr("This message is too old, or is about another px6 account.")
        return await turn.toast(text, alert=True)
    listed = {proxy.id for proxy in (await read_list(turn, fresh=False)).proxies}
    left = tuple(one for one in found.ids if one in listed)
    if not left:
        return await turn.toast(turn.words.tr("These proxies are already gone"))
    ticks = await keep_ids(turn, left)
    result = await keep_result(turn, CheckResult((), left, (), Check(state="z", ticks=ticks)))
    await go_on(query, turn, callback_data.step, result)
    return None


async def go_on(query: CallbackQuery, turn: Turn, letter: str, result: CheckResult) -> None:
    match letter:
        case "c":
            await check_again(turn, result, result.dead)
        case "b":
            await buy_twins(query, turn, CheckStep(result=result.id, step="b"))
        case "p":
            ticks = result.began_by.ticks
            await choose_protocol(query, turn, Protocols(state="z", ticks=ticks, purpose=FROM_RESULT + result.id))
        case "t":
            await text_for_support(query, turn, CheckStep(result=result.id, step="t"))
