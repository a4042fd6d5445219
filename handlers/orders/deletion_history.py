"""The deletions among /orders: what was deleted, when, and how much of it was left."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import ExpandableBlockQuote

from handlers.ground.buttons import Who
from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_words import ids_line, proxy_count
from handlers.ground.screen import Id, Page, Screen, button, home_row
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.history import DELETED, IDS_SHOWN, ORDERS_PER_PAGE, OrdersPage, last_rows
from handlers.orders.who_did import ALONE, Team, narrowed_line, team_of, who_did, who_line, with_doer
from model.colleagues import Right
from model.deletions import Deletion, DeletionProxy

router = Router(name=__name__)


class DeletionCard(CallbackData, prefix="odc", needs=Right.LOOK):
    """One deletion; `page` and `who` lead back."""

    later_field = "who"

    deletion: Id
    page: Page
    who: Who = ""


@router.callback_query(OrdersPage.filter(F.show == DELETED))
async def deletions_tap(_: CallbackQuery, turn: Turn, callback_data: OrdersPage) -> None:
    await show_deletions(turn, callback_data)


async def show_deletions(turn: Turn, asked: OrdersPage) -> None:
    found = await turn.services.deletions.history(
        turn.person.telegram_id, ORDERS_PER_PAGE + 1, (asked.page - 1) * ORDERS_PER_PAGE, asked.who
    )
    removed = await turn.services.orders.has_removed(turn.person.telegram_id)
    await turn.show(deletions_screen(turn.words, asked, found, await team_of(turn), removed=removed))


def deletions_screen(
    w: Words, asked: OrdersPage, found: Sequence[Deletion], of: Team = ALONE, *, removed: bool = False
) -> Screen:
    """A page of deletions, newest first, each on a button. `removed`: older ones are not kept."""
    gone = w.tr("Older deletions are no longer kept.") if removed and len(found) <= ORDERS_PER_PAGE else None
    narrowed = narrowed_line(w, of, asked.who)
    text = lines(w.title("Deleted proxies"), narrowed, gone or (None if found else w.tr("Nothing here yet.")))
    listed = [
        [button(deletion_label(w, one, of), DeletionCard(deletion=one.id, page=asked.page, who=asked.who))]
        for one in found[:ORDERS_PER_PAGE]
    ]
    return Screen(text, [*listed, *last_rows(w, asked, of, more=len(found) > ORDERS_PER_PAGE)])


def deletion_label(w: Words, deletion: Deletion, of: Team = ALONE) -> str:
    """`✓ 26 Nov · 3 proxies`: how many are gone; dots and all that were to go while that is not known."""
    gone = () if deletion.unknown else deletion.gone
    mark = "…" if deletion.unknown else "✓" if gone else "✗"
    who = who_did(w, of, deletion.by_person, deletion.by_name, None)
    what = proxy_count(w, len(gone or deletion.proxies))
    return with_doer(f"{mark} {w.day(deletion.deleted_at)} · {what}", who)


@router.callback_query(DeletionCard.filter())
async def deletion_card(_: CallbackQuery, turn: Turn, callback_data: DeletionCard) -> None:
    deletion = await turn.services.deletions.deletion(turn.person.telegram_id, callback_data.deletion)
    if deletion is None:
        removed = await turn.services.orders.has_removed(turn.person.telegram_id)
        await turn.toast(no_deletion(turn.words, removed=removed))
        await show_deletions(turn, OrdersPage(show=DELETED))
        return
    back = OrdersPage(show=DELETED, page=callback_data.page, who=callback_data.who)
    await turn.show(deletion_screen(turn.words, deletion, back, await team_of(turn)))


def no_deletion(w: Words, *, removed: bool) -> str:
    """In place of a deletion that is not there. `removed`: some of the person's are no longer kept."""
    return w.tr("This deletion is no longer kept.") if removed else w.tr("There is no such deletion.")


def deletion_screen(w: Words, deletion: Deletion, back: OrdersPage, of: Team = ALONE) -> Screen:
    """What was deleted, when, and how much of it was left."""
    lost = round(sum(each.days_left for each in deletion.proxies if each.gone))
    named = [deleted_line(w, each) for each in deletion.proxies[:IDS_SHOWN]]
    if len(deletion.proxies) > IDS_SHOWN:
        named.append(w.n("and {count} more", "and {count} more", len(deletion.proxies) - IDS_SHOWN))
    text = lines(
        w.title("Deleted: {what}", what=proxy_count(w, len(deletion.gone))),
        w.rich("Confirmed {when}", when=w.time(deletion.deleted_at)),
        who_line(w, of, deletion.by_person, deletion.by_name, None),
        w.n(
            "You lost {count} day of paid time.",
            "You lost {count} days of paid time.",
            lost,
        )
        if lost
        else None,
        w.tr("Not known yet: {ids}", ids=ids_line(w, deletion.unknown)) if deletion.unknown else None,
        w.tr("Not deleted: {ids}", ids=ids_line(w, deletion.kept)) if deletion.kept else None,
        ExpandableBlockQuote("\n".join(named)),
    )
    return Screen(text, [home_row(w, back)])


def deleted_line(w: Words, each: DeletionProxy) -> str:
    """`15 · 185.22.134.250 · 3 days · shop`; of one that px6's list could not be read as to, its ID alone."""
    if not each.host:
        return str(each.id)
    comment = f" · {each.comment}" if each.comment.strip() else ""
    return f"{each.id} · {each.host} · {w.days(round(each.days_left))}{comment}"
