"""What was spent: by month and who paid it, by kind, by comment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton
from aiogram.utils.formatting import Text

from handlers.ground.buttons import Who
from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_words import short_comment
from handlers.ground.screen import Open, Row, Screen, SmallNumber, button, choice_button, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.who_did import ALONE, Team, narrowed_line, narrowed_to, on_button, team_of, who_buttons
from handlers.proxies.selection_view import read_known_list
from model.colleagues import Right
from model.doers import AUTOMATIC, EVERYBODY, OWN
from model.money import NOTHING
from model.payments import Payment
from model.proxies import kind_of
from services.account.accounts import NoKey
from services.money.spending import (
    MONTHS,
    GroupOf,
    Month,
    by_month,
    first_day,
    together,
    who_paid,
)

router = Router(name=__name__)

By = Literal["month", "kind", "comment", "who"]
MONTHS_SHOWN = 6
GROUPS_SHOWN = 8
OTHER = "\0other"  # the parts of a chart that have no color of their own


class Spending(CallbackData, prefix="sp", offline=True, needs=Right.LOOK):
    """What was spent, by `by`: in the running month (`months` is 1), or in the last twelve. `who`: what they paid."""

    later_field = "who"

    by: By = "month"
    months: SmallNumber = MONTHS
    who: Who = ""


class SpendingBy(CallbackData, prefix="sp-w", offline=True, needs=Right.LOOK):
    """Asks whose payments are looked at; the rest leads back."""

    later_field = "who"

    by: By
    months: SmallNumber
    who: Who = ""


class SpendingChart(CallbackData, prefix="sp-c", offline=True, needs=Right.LOOK):
    """What was spent, as a picture."""

    later_field = "who"

    by: By = "month"
    who: Who = ""


class SpendingFile(CallbackData, prefix="sp-f", needs=Right.LOOK):
    """A line for each month, as CSV."""

    later_field = "who"

    who: Who = ""


@dataclass(frozen=True)
class Known:
    """What is known of the proxies that were paid for, by id: their kinds, and the comments that they have now."""

    kinds: Mapping[int, str]
    comments: Mapping[int, str]

    def group_of(self, by: By) -> GroupOf:
        return {"month": who_paid, "who": who_paid, "kind": self.kind, "comment": self.comment}[by]

    def kind(self, payment: Payment, proxy: int) -> str:
        """The kind that was bought, or that the proxy has; "" where neither is known."""
        return payment.version or self.kinds.get(proxy, "")

    def comment(self, payment: Payment, proxy: int) -> str:
        """The comment that the proxy has; of one that is gone, the comment that it was bought with."""
        return self.comments.get(proxy, payment.comment or "")


@router.callback_query(Open.filter(F.screen == "spending"))
async def spending(_: CallbackQuery, turn: Turn) -> None:
    await show_spending(turn, Spending())


@router.callback_query(Spending.filter())
async def spending_tap(_: CallbackQuery, turn: Turn, callback_data: Spending) -> None:
    await show_spending(turn, callback_data)


async def show_spending(turn: Turn, asked: Spending) -> None:
    of = await team_of(turn)
    months = await read_months(turn, asked.by, asked.who)
    if asked.months == 1:
        running = first_of_month(turn.words, turn.services.now())
        months = [month for month in months if month.first == running]
    removed = await turn.services.orders.has_removed(turn.person.telegram_id)
    await turn.show(spending_screen(turn.words, asked, months, turn.services.now(), of, removed=removed))


@router.callback_query(SpendingBy.filter())
async def whose_spending(_: CallbackQuery, turn: Turn, callback_data: SpendingBy) -> None:
    await turn.show(whose_screen(turn.words, callback_data, await team_of(turn)))


def whose_screen(w: Words, asked: SpendingBy, of: Team) -> Screen:
    """Whose payments are looked at."""

    def opens(who: str) -> Spending:
        return Spending(by=asked.by, months=asked.months, who=who)

    return Screen(
        w.title("Whose payments?"), [*pairs(*who_buttons(w, of, asked.who, opens)), home_row(w, opens(asked.who))]
    )


async def read_months(turn: Turn, by: By, who: str = EVERYBODY) -> Sequence[Month]:
    """The last twelve months, read one by one so that nobody waits for them. `who`: only what they paid."""
    zone, known = turn.words.zone or UTC, await known_of(turn, by)
    found: list[Payment] = []
    for number in range(MONTHS, 0, -1):
        since = first_day(turn.services.now(), zone, number)
        until = first_day(turn.services.now(), zone, number - 1)
        found += await turn.services.orders.payments(turn.person.telegram_id, since, until, who)
    return by_month(found, zone, known.group_of(by), known.kinds)


async def known_of(turn: Turn, by: By) -> Known:
    """Comments and kinds as px6 lists them now, or told them last; by month neither is needed."""
    versions = await turn.services.orders.known_versions(turn.person.telegram_id)
    if by in ("month", "who"):
        return Known(versions, {})
    try:
        listed = (await read_known_list(turn, fresh=False)).proxies
    except NoKey:
        listed = ()
    return Known(
        {**versions, **{proxy.id: kind_of(proxy, versions) for proxy in listed}},
        {proxy.id: proxy.comment for proxy in listed},
    )


def first_of_month(w: Words, now: datetime) -> date:
    return now.astimezone(w.zone or UTC).date().replace(day=1)


def spending_screen(
    w: Words, asked: Spending, months: Sequence[Month], now: datetime, of: Team = ALONE, *, removed: bool = False
) -> Screen:
    """`months`: those that are asked for, the newest first. `removed`: older payments are no longer kept."""
    text = lines(
        spending_title(w, asked, now),
        narrowed_line(w, of, asked.who),
        *(month_lines(w, months) if asked.by == "month" else group_lines(w, asked.by, months, of)),
        None if months else w.tr("Nothing was paid here in this time."),
        None if exact(asked, months) else w.tr("Payments for several kinds at once are divided evenly."),
        w.tr("Older orders are no longer kept.") if removed and asked.months > 1 else None,
    )
    return Screen(text, spending_rows(w, asked, now, of))


def spending_title(w: Words, asked: Spending, now: datetime) -> Text:
    span = w.n("{count} month", "{count} months", MONTHS) if asked.months > 1 else w.month(now)
    names = {
        "month": w.title("Spending · {span}", span=span),
        "kind": w.title("Spending by kind · {span}", span=span),
        "comment": w.title("Spending by comment · {span}", span=span),
        "who": w.title("Spending by person · {span}", span=span),
    }
    return names[asked.by]


def exact(asked: Spending, months: Sequence[Month]) -> bool:
    return asked.by in ("month", "who") or all(month.exact for month in months)


def month_lines(w: Words, months: Sequence[Month]) -> list[str]:
    """`November 2026: 412.30 RUB, of it automatic 120.00 RUB`, and the sum of all"""
    shown = [month_line(w, month) for month in months[:MONTHS_SHOWN]]
    if len(months) > 1:
        shown += [w.tr("In all: {sum}", sum=w.money(each.sum, each.currency)) for each in together(months)]
    return shown


def month_line(w: Words, month: Month) -> str:
    name, sum_ = w.month(moment_of(w, month.first)), w.money(month.sum, month.currency)
    automatic = month.sums.get(AUTOMATIC)
    if automatic is None:
        return w.tr("{month}: {sum}", month=name, sum=sum_)
    paid = w.money(automatic, month.currency)
    return w.tr("{month}: {sum}, of it automatic {automatic}", month=name, sum=sum_, automatic=paid)


def moment_of(w: Words, day: date) -> datetime:
    """When that day begins where the person lives."""
    return datetime.combine(day, time.min, w.zone or UTC)


def group_lines(w: Words, by: By, months: Sequence[Month], of: Team = ALONE) -> list[str]:
    """The greatest groups with their sums, and what all others were; those of each currency by themselves."""
    return [line for each in together(months) for line in one_currency(w, by, each, of)]


def one_currency(w: Words, by: By, month: Month, of: Team) -> list[str]:
    groups = list(month.sums.items())
    shown = [
        w.tr("{name}: {sum}", name=group_name(w, by, name, of), sum=w.money(sum_, month.currency))
        for name, sum_ in groups[:GROUPS_SHOWN]
    ]
    if left := groups[GROUPS_SHOWN:]:
        rest = w.money(sum((sum_ for _, sum_ in left), NOTHING), month.currency)
        shown.append(w.n("{count} other: {sum}", "{count} others: {sum}", len(left), sum=rest))
    return shown


def group_name(w: Words, by: By, name: str, of: Team = ALONE) -> str:
    if name == OTHER:
        return w.tr("others")
    if by in ("month", "who"):
        return payer_name(w, name, of)
    if by == "kind":
        return w.kind(name) if name else w.tr("kind not known")
    return short_comment(name, 24) or w.tr("without a comment")


def payer_name(w: Words, name: str, of: Team) -> str:
    if name == OWN and not of.is_shown:
        return w.tr("by tap")
    return narrowed_to(w, of, name)


def spending_rows(w: Words, asked: Spending, now: datetime, of: Team = ALONE) -> list[Row]:
    ways: dict[By, str] = {"month": w.tr("By month"), "kind": w.tr("By kind"), "comment": w.tr("By comment")}
    if of.did:
        ways["who"] = w.tr("By person")
    spans = {1: w.month(now), 12: w.n("{count} month", "{count} months", MONTHS)}
    by_way = [
        choice_button(name, by == asked.by, Spending(by=by, months=asked.months, who=asked.who))
        for by, name in ways.items()
    ]
    by_span = [
        choice_button(name, span == asked.months, Spending(by=asked.by, months=span, who=asked.who))
        for span, name in spans.items()
    ]
    chart = button(w.tr("Chart"), SpendingChart(by=asked.by, who=asked.who))
    return [
        *pairs(*by_way),
        *pairs(*by_span),
        *([[whose_button(w, asked, of)]] if of.did else []),
        *pairs(chart, button(w.tr("CSV by month"), SpendingFile(who=asked.who))),
        home_row(w, Open(screen="orders")),
    ]


def whose_button(w: Words, asked: Spending, of: Team) -> InlineKeyboardButton:
    who = on_button(narrowed_to(w, of, asked.who))
    return button(w.tr("Paid by: {who}", who=who), SpendingBy(by=asked.by, months=asked.months, who=asked.who))
