"""Screens and buttons: what Telegram gets of them, and which numbers a button may carry."""

from __future__ import annotations

import pytest
from aiogram.utils.formatting import Text
from pydantic import ValidationError

from handlers.ground.callback_data import CallbackData
from handlers.ground.screen import (
    Id,
    Open,
    Page,
    Screen,
    Seconds,
    SmallNumber,
    button,
    copy_button,
    danger_button,
    home_in_new_message,
    link_button,
    page_row,
    pairs,
    px6_proxies_button,
    spend_button,
)
from handlers.ground.words import Words

EN, RU = Words("en"), Words("ru")


class Numbers(CallbackData, prefix="t-numbers"):
    """A button of these tests."""

    id: Id = 0
    small: SmallNumber = 0
    page: Page = 1
    seconds: Seconds = 0


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("id", (0, 1, 9_223_372_036_854_775_807), (-1, 9_223_372_036_854_775_808)),
        ("small", (-1, 0, 100_000), (-2, 100_001)),
        ("page", (1, 2, 100_000), (0, -1, 100_001)),
        ("seconds", (0, 1, 1_000_000_000), (-1, 1_000_000_001)),
    ],
)
def test_a_forged_number_beyond_its_bounds_makes_it_no_button(
    name: str, right: tuple[int, ...], wrong: tuple[int, ...]
) -> None:
    for number in right:
        packed = Numbers(**{name: number}).pack()
        assert getattr(Numbers.unpack(packed), name) == number
    at = ("id", "small", "page", "seconds").index(name)
    for number in wrong:
        fields = ["0", "0", "1", "0"]
        fields[at] = str(number)
        with pytest.raises(ValidationError):
            Numbers.unpack(":".join(["t-numbers", *fields]))


def test_a_screen_without_buttons_has_no_keyboard_and_empty_rows_are_left_out() -> None:
    go = button("Go", Open(screen="home"))
    assert Screen(Text("a")).keyboard is None
    assert Screen(Text("a"), [[], []]).keyboard is None
    keyboard = Screen(Text("a"), [[go], [], [go, go]]).keyboard
    assert keyboard is not None
    assert [len(row) for row in keyboard.inline_keyboard] == [1, 2]


def test_what_can_be_tapped_of_a_screen() -> None:
    rows = [[button("Go", "open:a"), link_button("px6", "https://px6.example")], [copy_button("Copy", "x")]]
    assert Screen(Text("a"), [*rows, [button("On", "open:b")]]).choices == ["open:a", "open:b"]


def test_colours_are_only_on_what_spends_or_destroys() -> None:
    data = Open(screen="home")
    styles = [make("Go", data).style for make in (button, spend_button, danger_button)]
    assert styles == [None, "success", "danger"]
    assert {make("Go", data).callback_data for make in (button, spend_button, danger_button)} == {"open:home"}


def test_a_button_under_what_stays_opens_a_new_message() -> None:
    assert home_in_new_message(EN).callback_data == "+open:home"
    assert button("Go", "open:home").callback_data == "open:home"


def test_a_page_of_px6_is_in_the_language_of_the_person() -> None:
    assert px6_proxies_button(EN, "https://px6.example").url == "https://px6.example/en/user/proxy"
    assert px6_proxies_button(RU, "https://px6.example").url == "https://px6.example/ru/user/proxy"


class Far(CallbackData, prefix="t-far"):
    """A page of something with a long name."""

    name: str
    page: Page


@pytest.mark.parametrize(("length", "carried"), [(49, "pg:9:2:t-far|{}|*"), (50, "open:here")])
def test_the_number_of_the_page_leads_to_a_choice_as_long_as_a_button_can_carry_it(length: int, carried: str) -> None:
    name = "x" * length
    [_, middle, _] = page_row(2, 9, lambda number: Far(name=name, page=number))
    assert middle.callback_data == carried.format(name)
    assert len(middle.callback_data) == 64 or length == 50


@pytest.mark.parametrize(("page", "pages", "leads"), [(1, 3, [3, 2]), (2, 3, [1, 3]), (3, 3, [2, 1]), (1, 2, [2, 2])])
def test_pages_go_round_at_both_ends(page: int, pages: int, leads: list[int]) -> None:
    before, middle, after = page_row(page, pages, lambda number: Far(name="a", page=number))
    assert [before.callback_data, after.callback_data] == [f"t-far:a:{number}" for number in leads]
    assert middle.text == f"{page}/{pages}"
    assert middle.callback_data == ("open:here" if pages == 2 else f"pg:{pages}:{page}:t-far|a|*")


def test_one_page_has_nothing_to_turn() -> None:
    assert [page_row(1, pages, lambda number: Far(name="a", page=number)) for pages in (0, 1)] == [[], []]


@pytest.mark.parametrize(
    ("lengths", "widths"),
    [([16, 16], [2]), ([16, 17], [1, 1]), ([17, 16], [1, 1]), ([1, 1, 1], [2, 1]), ([17, 1, 1, 1], [1, 2, 1])],
)
def test_two_labels_stand_beside_each_other_where_both_can_be_read(lengths: list[int], widths: list[int]) -> None:
    labels = [button("x" * length, Open(screen="home")) for length in lengths]
    assert [len(row) for row in pairs(*labels)] == widths
