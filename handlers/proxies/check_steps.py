"""What can be done after a check of many: with those that work, with the dead, with those that were not checked.

`handlers/orders/after_check.py` has what may lead to a payment.
"""

from __future__ import annotations

from collections.abc import Collection

from aiogram import F, Router
from aiogram.types import CallbackQuery

from handlers.ground.proxy_buttons import FROM_RESULT, LIST_OF_RESULT, AskDelete, Check, CheckStep, Export, View
from handlers.ground.turn import Turn
from handlers.proxies.check import start
from handlers.proxies.check_results import CheckResult, result_of, result_screen, run_of
from handlers.proxies.check_screens import CheckRest
from handlers.proxies.delete import ask, gone_screen
from handlers.proxies.export import show_formats
from handlers.proxies.list import show_list
from handlers.proxies.selection_view import keep_ids, read_list, ticked_ids
from handlers.proxies.support_text import MOST_IN_TEXT, support_screen

router = Router(name=__name__)


@router.callback_query(CheckStep.filter(F.step == ""))
async def result_tap(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    await show_result(turn, await result_of(turn, callback_data.result))


async def show_result(turn: Turn, result: CheckResult) -> None:
    """The result again, without proxies that are gone since."""
    run = run_of(result, (await read_list(turn, fresh=False)).proxies)
    await turn.show(await result_screen(turn, result, run) if run.proxies else gone_screen(turn.words))


@router.callback_query(CheckStep.filter(F.step == "m"))
async def check_left(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    result = await result_of(turn, callback_data.result)
    await check_again(turn, result, result.left)


@router.callback_query(CheckStep.filter(F.step == "c"))
async def check_dead(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    result = await result_of(turn, callback_data.result)
    await check_again(turn, result, result.dead)


@router.callback_query(CheckRest.filter())
async def check_rest(_: CallbackQuery, turn: Turn, callback_data: CheckRest) -> None:
    """A button of an earlier version, which carried the selections that a result holds now."""
    whole, rest = await ticked_ids(turn, callback_data.whole), await ticked_ids(turn, callback_data.rest)
    dead = await ticked_ids(turn, callback_data.dead) if callback_data.dead else ()
    good = tuple(one for one in whole if one not in {*dead, *rest})
    await check_again(turn, CheckResult(good, dead, rest, Check(ticks=callback_data.whole)), rest)


async def check_again(turn: Turn, result: CheckResult, ids: Collection[int]) -> None:
    """Check these; what is known of the others stays in the progress and in the result."""
    run = run_of(result, (await read_list(turn)).proxies, ids)
    if {proxy.id for proxy in run.proxies}.isdisjoint(ids):
        await turn.toast(turn.words.tr("These proxies are already gone"))
        return
    await start(turn, result.began_by, run)


@router.callback_query(CheckStep.filter(F.step == "e"))
async def export_working(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    """Exactly those that worked."""
    result = await result_of(turn, callback_data.result)
    ticks = await keep_ids(turn, result.good)
    await show_formats(turn, Export(state="z", ticks=ticks, purpose=FROM_RESULT + result.id))


@router.callback_query(CheckStep.filter(F.step == "s"))
async def select_dead(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    """The list of the dead, all ticked: every one is seen, whatever page of the list it is on."""
    result = await result_of(turn, callback_data.result)
    found, ticks = await keep_ids(turn, result.dead, "dead"), await keep_ids(turn, result.dead)
    view = View(state="z", found=found, ticks=ticks, purpose=LIST_OF_RESULT + result.id)
    await show_list(turn, view, fresh=False)


@router.callback_query(CheckStep.filter(F.step == "d"))
async def delete_dead(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    """The ordinary question, about exactly these."""
    result = await result_of(turn, callback_data.result)
    ticks = await keep_ids(turn, result.dead)
    await ask(turn, AskDelete(state="z", ticks=ticks, purpose=FROM_RESULT + result.id))


@router.callback_query(CheckStep.filter(F.step == "t"))
async def text_for_support(_: CallbackQuery, turn: Turn, callback_data: CheckStep) -> None:
    """A text about the dead, to be copied."""
    result = await result_of(turn, callback_data.result)
    run = run_of(result, (await read_list(turn, fresh=False)).proxies)
    ids = [proxy.id for proxy in run.dead[:MOST_IN_TEXT]]
    histories = await turn.services.check_histories.of(turn.person.telegram_id, ids)
    await turn.show(support_screen(turn.words, callback_data, run.dead, histories))
