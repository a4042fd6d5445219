"""Exporting what one order brought or prolonged: under its receipt, and on its card."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.ground.proxy_buttons import FROM_ORDER, Export
from handlers.ground.turn import Turn
from handlers.orders.history import no_order
from handlers.orders.order_buttons import ExportOrder
from handlers.proxies.export import show_formats
from handlers.proxies.selection_view import picked_by_ids

router = Router(name=__name__)


@router.callback_query(ExportOrder.filter())
async def export_order(_: CallbackQuery, turn: Turn, callback_data: ExportOrder) -> None:
    """Just the proxies of this order, whatever became of them since; those that are gone are named."""
    order = await turn.services.orders.order(turn.person.telegram_id, callback_data.order)
    if order is None or not order.ids:
        removed = await turn.services.orders.has_removed(turn.person.telegram_id)
        await turn.toast(no_order(turn.words, removed=removed))
        return
    picked = await picked_by_ids(turn, order.ids, Export)
    await show_formats(turn, picked.to(Export, proxy=picked.proxy, purpose=f"{FROM_ORDER}{order.id}"))
