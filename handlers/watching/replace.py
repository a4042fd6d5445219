"""Having proxies that stopped working replaced by themselves: after how many failures, by what, up to how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from aiogram import Router
from aiogram.types import CallbackQuery
from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.periods import BUY_PERIODS
from handlers.ground.screen import (
    Id,
    Row,
    Screen,
    SmallNumber,
    button,
    choice_button,
    grid,
    home_row,
    pairs,
    spend_button,
)
from handlers.ground.switching_off import note_begun
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.rules.rule import LIMIT_CHOICES, OTHER_LIMIT_CHOICES
from handlers.watching.health_card import AskReplace, HealthCard, changed, show_card, watch_of
from handlers.watching.health_words import which_text
from model.colleagues import Right
from model.doers import Act
from model.health import HealthWatch
from model.replacing import ReplaceTerms
from services.money.forecast import USUAL_PERIOD
from services.watching.replace_steps import AFTER, MOST, NOTICE, USUAL_AFTER, USUAL_MOST

router = Router(name=__name__)

Positive = Annotated[SmallNumber, Field(ge=1)]


class ShowTerms(CallbackData, prefix="hw-r", needs=Right.ALL):
    """Shows terms before they count. `up_to`: whole units of `currency`."""

    later_field: ClassVar[str | None] = "currency"
    number: Id
    after: Positive
    period: Positive
    most: Positive
    up_to: Positive
    currency: str = ""


class ChooseTerm(ShowTerms, prefix="hw-t", needs=Right.ALL):
    """Asks for one of them: a after how many failures, d days, m how many, s the sum."""

    name: Annotated[str, Field(pattern=r"^[adms]$")] = "a"


class ReplaceFrom(ShowTerms, prefix="hw-b", durable=True, needs=Right.ALL):
    """Buys, from now on and by itself, within these limits: the sum of a month is on the button, in its currency."""


class ReplaceNoMore(CallbackData, prefix="hw-z", durable=True, needs=Right.ALL):
    """Buys nothing any more."""

    number: Id


@router.callback_query(AskReplace.filter())
async def ask_replace(_: CallbackQuery, turn: Turn, callback_data: AskReplace) -> None:
    await ask(turn, callback_data.number, await currency_of(turn))


async def currency_of(turn: Turn) -> str:
    account = await turn.services.accounts.account(turn.person.telegram_id)
    return account.currency if account is not None else ""


def sums_of(currency: str) -> tuple[int, ...]:
    """Usual sums in a currency."""
    return LIMIT_CHOICES.get(currency, OTHER_LIMIT_CHOICES)


def terms_of(one: HealthWatch, currency: str) -> ShowTerms:
    """The terms that count, or those that are offered first."""
    terms = one.replacing
    if terms is None or terms.currency != currency:
        sum_ = sums_of(currency)[1]
        usual = {"after": USUAL_AFTER, "period": USUAL_PERIOD, "most": USUAL_MOST}
        return ShowTerms(number=one.id, **usual, up_to=sum_, currency=currency)
    chosen = {"after": terms.after, "period": terms.period, "most": terms.most}
    return ShowTerms(number=one.id, **chosen, up_to=int(terms.up_to), currency=currency)


@router.callback_query(ShowTerms.filter())
async def show_terms(_: CallbackQuery, turn: Turn, callback_data: ShowTerms) -> None:
    if callback_data.currency != (currency := await currency_of(turn)):
        return await ask(turn, callback_data.number, currency)
    found = await watch_of(turn, callback_data.number)
    if found is not None:
        await turn.show(terms_screen(turn.words, found, callback_data, currency))
    return None


def terms_screen(w: Words, one: HealthWatch, shown: ShowTerms, currency: str) -> Screen:
    """What would be bought when, and the green button that has it bought."""
    sum_ = w.money(Decimal(shown.up_to), currency)
    text = lines(
        w.title("Replace by itself: {what}", what=which_text(w, one.which, one.value)),
        w.n(
            "When a proxy fails {count} check in a row, I buy one of the same country, kind, protocol and comment.",
            "When a proxy fails {count} checks in a row, I buy one of the same country, kind, protocol and comment.",
            shown.after,
        ),
        w.n(
            "In a month at most {count} proxy, for at most {sum}; each for {days}.",
            "In a month at most {count} proxies, for at most {sum}; each for {days}.",
            shown.most,
            sum=sum_,
            days=w.days(shown.period),
        ),
        w.n(
            "I write {count} minute before I pay, with Skip, and check once more.",
            "I write {count} minutes before I pay, with Skip, and check once more.",
            NOTICE.seconds // 60,
        ),
        w.tr("Not replaced: what ends within a day, and what you have replaced yourself."),
    )
    return Screen(text, terms_rows(w, one, shown, sum_, currency))


def terms_rows(w: Words, one: HealthWatch, shown: ShowTerms, sum_: str, currency: str) -> list[Row]:
    def choose(label: str, name: str) -> Row:
        return [button(label, ChooseTerm(**shown.model_dump(), name=name))]

    terms = given_terms(shown, currency)
    is_new = one.replacing != terms and one.is_on and bool(currency)
    label = (
        w.tr("Replace, at most {sum} a month", sum=sum_)
        if one.replacing is None
        else w.tr("Change: at most {sum} a month", sum=sum_)
    )
    off = button(w.tr("Switch off"), ReplaceNoMore(number=one.id)) if one.replacing is not None else None
    [after], [days] = choose(w.tr("Failures"), "a"), choose(w.tr("Days"), "d")
    [most], [up_to] = choose(w.tr("Quantity"), "m"), choose(w.tr("Sum"), "s")
    return [
        [spend_button(label, ReplaceFrom(**shown.model_dump()))] if is_new else [],
        *pairs(after, days, most, up_to),
        [off] if off is not None else [],
        home_row(w, HealthCard(number=one.id)),
    ]


def given_terms(shown: ShowTerms, currency: str) -> ReplaceTerms:
    return ReplaceTerms(
        after=shown.after, period=shown.period, most=shown.most, up_to=Decimal(shown.up_to), currency=currency
    )


@router.callback_query(ChooseTerm.filter())
async def choose_term(_: CallbackQuery, turn: Turn, callback_data: ChooseTerm) -> None:
    if callback_data.currency != (currency := await currency_of(turn)):
        return await ask(turn, callback_data.number, currency)
    await turn.show(choices_screen(turn.words, callback_data, currency))
    return None


def choices_screen(w: Words, asked: ChooseTerm, currency: str) -> Screen:
    """The usual values of one term; the one that is chosen is marked."""
    terms = ShowTerms(**asked.model_dump(exclude={"name"}))
    titles = {
        "a": w.title("After how many failed checks in a row?"),
        "d": w.title("For how many days should the new proxy be?"),
        "m": w.title("How many may I buy in a calendar month?"),
        "s": w.title("How much may I spend in a calendar month?"),
    }
    field, values = {
        "a": ("after", AFTER),
        "d": ("period", BUY_PERIODS),
        "m": ("most", MOST),
        "s": ("up_to", sums_of(currency)),
    }[asked.name]

    def label(value: int) -> str:
        if asked.name == "d":
            return w.days(value)
        return f"{w.number(value)} {w.sign(currency)}" if asked.name == "s" else w.number(value)

    choices = [
        choice_button(label(each), getattr(terms, field) == each, terms.model_copy(update={field: each}))
        for each in values
    ]
    hint = w.tr("Three are within twelve minutes; each further one comes with the next look.")
    text = lines(titles[asked.name], hint if asked.name == "a" else None)
    return Screen(text, [*grid(choices, 3), home_row(w, terms)])


@router.callback_query(ReplaceFrom.filter())
async def replace_from(_: CallbackQuery, turn: Turn, callback_data: ReplaceFrom) -> None:
    number, allowed = callback_data.number, (AFTER, BUY_PERIODS, MOST)
    given = (callback_data.after, callback_data.period, callback_data.most)
    if callback_data.currency != (currency := await currency_of(turn)):
        return await ask(turn, number, currency)
    terms = given_terms(callback_data, currency)
    usual = all(value in choices for value, choices in zip(given, allowed, strict=True))
    health, person = turn.services.health, turn.person
    if not usual or not await health.replace(person.telegram_id, number, terms, by=person.by):
        return await turn.toast(unchanged_text(turn.words), alert=True)
    turn.on_disk()
    turn.owes_outcome = True
    await note_act(turn, Act.WATCH_CHANGED)
    await note_begun(turn, "replace")
    return await show_card(turn, number)


async def ask(turn: Turn, number: int, currency: str) -> None:
    """The button names a sum in another currency than the account has: nothing counts before a new one is tapped."""
    found = await watch_of(turn, number)
    if found is not None:
        await turn.show(terms_screen(turn.words, found, terms_of(found, currency), currency))


def unchanged_text(w: Words) -> str:
    return w.tr("Nothing was changed: the checks are paused or ended, or another px6 account is connected.")


@router.callback_query(ReplaceNoMore.filter())
async def replace_no_more(_: CallbackQuery, turn: Turn, callback_data: ReplaceNoMore) -> None:
    health, person, number = turn.services.health, turn.person, callback_data.number
    await changed(turn, number, health.replace(person.telegram_id, number, None, by=person.by), ends_buying=True)
