"""A page of any list, chosen by its number: the tap on `2/34` between the arrows, and a number that is typed."""

from __future__ import annotations

from itertools import count

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import CallbackQuery, Message

from handlers.ground import parsing
from handlers.ground.callback_data import DURABLE_PREFIXES
from handlers.ground.filters import Asked
from handlers.ground.rights import is_allowed, needed_for_tap
from handlers.ground.screen import ChoosePage, Screen, back_button, button, grid, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines

router = Router(name=__name__)

MOST_NUMBERS = 18  # six rows of three
LONGEST_NUMBER = 12  # characters of what may be meant as one


@router.callback_query(ChoosePage.filter())
async def ask_page(_: CallbackQuery, turn: Turn, callback_data: ChoosePage) -> None:
    await turn.ask(callback_data)
    await turn.show(page_question(turn.words, callback_data))


def page_question(w: Words, data: ChoosePage) -> Screen:
    text = lines(
        w.title("Which page?"),
        w.tr("This is page {page} of {pages}.", page=w.number(data.page), pages=w.number(data.pages)),
        w.tr("Choose one or write its number."),
    )
    numbers = [button(str(number), data.opens(number)) for number in page_numbers(data.pages)]
    return Screen(text, [*grid(numbers, 3), [home_button(w), back_button(w, data.opens(data.page))]])


def page_numbers(pages: int) -> list[int]:
    """The first page and the last, and between them as many as there is room for, in steps of 1, 2, 5, 10, 20 …"""
    for step in (digit * 10**zeros for zeros in count() for digit in (1, 2, 5)):
        numbers = sorted({1, *range(step, pages, step), pages})
        if len(numbers) <= MOST_NUMBERS:
            break
    return numbers


@router.message(Asked(ChoosePage), F.text)
async def typed_page(message: Message, turn: Turn, asked: ChoosePage, event_router: Router) -> None:
    """The page is shown by what a tap on its button would call. What is no number is treated as any other text."""
    number = parsing.whole_number(turn.text)
    if number is None and len(turn.text) > LONGEST_NUMBER:
        raise SkipHandler  # a list that was pasted meanwhile, for instance
    if number is None or not 1 <= number <= asked.pages:
        given, pages = parsing.quoted_input(turn.words, turn.text), turn.words.number(asked.pages)
        what = turn.words.tr(
            "Page: {given} is not valid. Write a number from 1 to {pages}.", given=given, pages=pages
        )
        raise parsing.wrong(turn.words, what, str(asked.pages))
    data = asked.opens(number)
    may = is_allowed(turn.person, needed_for_tap(data))
    if message.from_user is None or data.partition(":")[0] in DURABLE_PREFIXES or not may:
        return  # a forged question: pages are turned by buttons that change nothing
    await turn.ask(None)
    tap = CallbackQuery(id="typed", from_user=message.from_user, chat_instance="typed", data=data)
    await event_router.callback_query.trigger(tap, turn=turn)
