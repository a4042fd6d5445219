"""What a person sees: a text and rows of buttons. Screens are made by pure functions and shown by a `Turn`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Text
from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.inserted_line import with_line
from handlers.ground.words import Words
from model.colleagues import Right

Row = Sequence[InlineKeyboardButton]
SIDE_BY_SIDE = 16  # two labels of at most so many characters fit beside each other on a phone
MOST_CARRIED = 64  # Telegram's, in bytes of what a button carries
COPY_LIMIT = 256  # Telegram's, in characters that a button can copy
TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024  # Telegram's, in characters after parsing
NEW_MESSAGE_MARK = "+"  # begins the data of a button whose screen comes as a new message; see handlers/entry/gate.py

# Numbers in buttons. A forged one beyond these makes it no button of ours, and comes to no calculation or database.
Id = Annotated[int, Field(ge=0, le=2**63 - 1)]  # by which something is known
SmallNumber = Annotated[int, Field(ge=-1, le=100_000)]  # days, hours, minutes, proxies; -1 and 0 may stand for none
Page = Annotated[int, Field(ge=1, le=100_000)]
Seconds = Annotated[int, Field(ge=0, le=10**9)]


@dataclass(frozen=True)
class Screen:
    """One message. `text` carries its own formatting; `rows` are shown under it.

    `of_account`: it shows something of one px6 account, so it says which where the person has several: in the
    `account_line`, which is put under its title when it is sent.
    """

    text: Text
    rows: Sequence[Row] = ()
    of_account: bool = True
    account_line: str | None = None

    @property
    def content(self) -> dict[str, Any]:
        """Text and formatting, as Telegram is sent them."""
        return with_line(self.text.as_kwargs(), self.account_line, ("text", "entities"), TEXT_LIMIT)

    @property
    def caption(self) -> dict[str, Any]:
        """Text and formatting, as Telegram is sent them under a file."""
        names = ("caption", "caption_entities")
        return with_line(self.text.as_caption_kwargs(), self.account_line, names, CAPTION_LIMIT)

    @property
    def keyboard(self) -> InlineKeyboardMarkup | None:
        rows = [list(row) for row in self.rows if row]
        return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None

    @property
    def choices(self) -> list[str]:
        """What the buttons carry that can be tapped here."""
        return [each.callback_data for row in self.rows for each in row if each.callback_data]


def button(label: str, data: CallbackData | str) -> InlineKeyboardButton:
    """A button that opens or does something which neither spends nor destroys."""
    return InlineKeyboardButton(text=label, callback_data=data if isinstance(data, str) else data.pack())


def new_message_button(label: str, data: CallbackData) -> InlineKeyboardButton:
    """A button under something that stays in the chat: its screen comes as a new message."""
    return button(label, NEW_MESSAGE_MARK + data.pack())


def spend_button(label: str, data: CallbackData) -> InlineKeyboardButton:
    """The only buttons with style `success`: a tap spends the sum on the label."""
    return InlineKeyboardButton(text=label, callback_data=data.pack(), style="success")


def danger_button(label: str, data: CallbackData) -> InlineKeyboardButton:
    """The only buttons with style `danger`: a tap destroys something."""
    return InlineKeyboardButton(text=label, callback_data=data.pack(), style="danger")


def link_button(label: str, url: str) -> InlineKeyboardButton:
    """A button that opens a page."""
    return InlineKeyboardButton(text=label, url=url)


def px6_proxies_button(w: Words, site_url: str) -> InlineKeyboardButton:
    """The page of px6 with the person's proxies, in their language."""
    return link_button(w.tr("My proxies at px6"), f"{site_url}/{w.px6_site}/user/proxy")


def top_up_button(w: Words, site_url: str) -> InlineKeyboardButton:
    """The page of px6 where money is put on the balance, in the person's language."""
    return link_button(w.tr("Top up at px6"), f"{site_url}/{w.px6_site}/user/balance")


def copy_button(label: str, text: str) -> InlineKeyboardButton:
    """A button that copies up to 256 characters."""
    return InlineKeyboardButton(text=label, copy_text=CopyTextButton(text=text))


def grid(buttons: Sequence[InlineKeyboardButton], width: int) -> list[Row]:
    """The buttons in rows of `width`."""
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def pairs(*buttons: InlineKeyboardButton | None) -> Sequence[Row]:
    """The buttons two a row, one a row where a label is too long for that; None is left out."""
    rows: list[list[InlineKeyboardButton]] = []
    for each in buttons:
        if each is None:
            continue
        fits = len(each.text) <= SIDE_BY_SIDE
        if rows and fits and len(rows[-1]) == 1 and len(rows[-1][0].text) <= SIDE_BY_SIDE:
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


class Open(CallbackData, prefix="open", needs=Right.LOOK):
    """Opens a screen that needs nothing else to be known."""

    screen: str


def home_button(w: Words) -> InlineKeyboardButton:
    return button(w.tr("Home"), Open(screen="home"))


def home_in_new_message(w: Words) -> InlineKeyboardButton:
    return new_message_button(w.tr("Home"), Open(screen="home"))


def back_button(w: Words, data: CallbackData | str) -> InlineKeyboardButton:
    return button(w.tr("Back"), data)


def home_row(w: Words, back: CallbackData | None = None) -> Row:
    """The way home, and as the last button of all the way back, where there is one."""
    return [home_button(w), back_button(w, back)] if back else [home_button(w)]


def choice_button(label: str, is_chosen: bool, data: CallbackData) -> InlineKeyboardButton:
    """A button of a choice; the chosen one carries a mark."""
    return button(f"• {label}" if is_chosen else label, data)


class ChoosePage(CallbackData, prefix="pg", offline=True, needs=Right.LOOK):
    """Asks which page to turn to; the next text answers, too.

    `at`: what a button of a page carries, with `*` for the number of the page and `|` for the separator.
    """

    pages: Page
    page: Page
    at: Annotated[str, Field(pattern=r"^[!-)+-~]+\*[!-)+-~]*$")]

    def opens(self, page: int) -> str:
        """What the button of this page carries."""
        return self.at.replace("|", ":").replace("*", str(page))


def page_row(page: int, pages: int, data: Callable[[int], CallbackData]) -> Row:
    """`‹ 2/3 ›`, going round at both ends; nothing when there is one page. From 3 on the middle chooses a page."""
    if pages <= 1:
        return []
    before, after = (page - 2) % pages + 1, page % pages + 1
    middle = button(f"{page}/{pages}", choose_page(page, pages, data) if pages > 2 else Open(screen="here"))
    return [button("‹", data(before)), middle, button("›", data(after))]


def choose_page(page: int, pages: int, data: Callable[[int], CallbackData]) -> CallbackData | str:
    """What the number of the page carries. Where it does not fit into a button, the number only says where one is."""
    first, second = data(1).pack(), data(2).pack()
    place = next(place for place, digit in enumerate(first) if digit != second[place])
    at = f"{first[:place]}*{first[place + 1 :]}".replace(":", "|")
    packed = f"{ChoosePage.__prefix__}:{pages}:{page}:{at}"
    return packed if len(packed.encode()) <= MOST_CARRIED else Open(screen="here")
