"""What was spent as a picture of twelve months, and as a CSV file with a line for each of them."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.ground.screen import Row, button, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.money.spending import (
    OTHER,
    By,
    Spending,
    SpendingChart,
    SpendingFile,
    group_name,
    moment_of,
    read_months,
)
from handlers.orders.who_did import ALONE, Team, narrowed_line, team_of
from model.doers import AUTOMATIC, EVERYBODY, OWN
from model.money import NOTHING
from model.proxies import ProxyKind
from services.money.spending import MONTHS, Month, first_day, together

if TYPE_CHECKING:
    from services.money.spending_chart import SpendingWords

router = Router(name=__name__)

KIND_COLUMNS = {
    ProxyKind.IPV4: "ipv4",
    ProxyKind.SHARED: "shared",
    ProxyKind.IPV6: "ipv6",
    ProxyKind.MTPROTO: "mtproto",
}
CSV_COLUMNS = ("month", "currency", "payments", "paid", "automatic", *KIND_COLUMNS.values(), "other_kinds")
BY_COLLEAGUES = "colleagues"  # a column of accounts that have, or had, colleagues


@dataclass(frozen=True)
class Chart:
    """`bars`: of each month, the oldest first, the sum of each part."""

    bars: Sequence[Sequence[float]]
    words: SpendingWords
    caption: str


@router.callback_query(SpendingChart.filter())
async def spending_chart(_: CallbackQuery, turn: Turn, callback_data: SpendingChart) -> None:
    """Send the picture of twelve months as a new message."""
    from services.money.spending_chart import draw  # brings Pillow, which most starts of the bot never need

    w, by, who = turn.words, callback_data.by, callback_data.who
    months, of = await read_months(turn, by, who), await team_of(turn)
    if not months:
        await turn.toast(w.tr("Nothing was paid here in this time."))
        return
    chart = chart_of(w, by, months, month_days(w, turn.services.now()), of)
    picture = await asyncio.to_thread(draw, chart.bars, chart.words)
    caption = lines(chart.caption, narrowed_line(w, of, who))
    await turn.send_file("spending.png", picture, caption, [back_row(w, by, who)], is_picture=True)


def back_row(w: Words, by: By = "month", who: str = EVERYBODY) -> Row:
    return [button(w.tr("Spending"), Spending(by=by, who=who)), home_button(w)]


def month_days(w: Words, now: datetime) -> Sequence[date]:
    """The first day of each of the last twelve months, the oldest first."""
    zone = w.zone or UTC
    return [first_day(now, zone, number).astimezone(zone).date() for number in range(MONTHS, 0, -1)]


def chart_of(w: Words, by: By, months: Sequence[Month], days: Sequence[date], of: Team = ALONE) -> Chart:
    """What is drawn, in the currency of the newest month: a chart has one axis."""
    from services.money.spending_chart import PARTS, SpendingWords, axis_sums  # as above

    currency = months[0].currency
    same = {month.first: month for month in months if month.currency == currency}
    [total] = together(list(same.values()))
    names = list(total.sums)
    parts = names if len(names) <= PARTS else [*names[: PARTS - 1], OTHER]
    bars = [[part_of(same.get(day), part, parts) for part in parts] for day in days]
    caption = w.tr("In all: {sum}", sum=w.money(total.sum, currency))
    words = SpendingWords(
        title=w.tr("Spending by month, {currency}", currency=w.sign(currency)),
        parts=[group_name(w, by, part, of) for part in parts],
        months=[w.short_month(moment_of(w, day)) for day in days],
        sums=[w.decimal(round(sum(bar))) for bar in bars],
        money=[w.decimal(sum_, most=2) for sum_ in axis_sums(bars)],
    )
    return Chart(bars, words, caption)


def part_of(month: Month | None, part: str, parts: Sequence[str]) -> float:
    if month is None:
        return 0.0
    if part == OTHER:
        return float(sum((sum_ for name, sum_ in month.sums.items() if name not in parts), NOTHING))
    return float(month.sums.get(part, NOTHING))


@router.callback_query(SpendingFile.filter())
async def spending_file(_: CallbackQuery, turn: Turn, callback_data: SpendingFile) -> None:
    w, who, of = turn.words, callback_data.who, await team_of(turn)
    by_payer, by_kind = await read_months(turn, "month", who), await read_months(turn, "kind", who)
    content = spending_csv(by_payer, by_kind, with_colleagues=of.is_shown)
    caption = lines(w.title("Spending"), narrowed_line(w, of, who))
    await turn.send_file("spending.csv", content, caption, [back_row(w, who=who)])


def spending_csv(by_payer: Sequence[Month], by_kind: Sequence[Month], *, with_colleagues: bool = False) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read it: a line for each month and currency.

    `with_colleagues`: also what colleagues paid of it.
    """
    out = io.StringIO()
    columns = (*CSV_COLUMNS, BY_COLLEAGUES) if with_colleagues else CSV_COLUMNS
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(month_row(payer, kind) for payer, kind in zip(by_payer, by_kind, strict=True))
    return out.getvalue().encode("utf-8-sig")


def month_row(by_payer: Month, by_kind: Month) -> dict[str, object]:
    """The line of one month, by column; sums are in the month's currency."""
    known = {name: by_kind.sums.get(kind, NOTHING) for kind, name in KIND_COLUMNS.items()}
    return {
        "month": by_payer.first.strftime("%Y-%m"),
        "currency": by_payer.currency,
        "payments": by_payer.count,
        "paid": by_payer.sum,
        "automatic": by_payer.sums.get(AUTOMATIC, NOTHING),
        **known,
        "other_kinds": by_kind.sum - sum(known.values(), NOTHING),
        BY_COLLEAGUES: sum((sum_ for who, sum_ in by_payer.sums.items() if who not in (AUTOMATIC, OWN)), NOTHING),
    }
