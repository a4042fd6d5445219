"""The handler of a tap is found by the prefix of what the button carries; and which buttons change something."""

from __future__ import annotations

import pytest
from aiogram import F
from aiogram.types import CallbackQuery, User

from handlers.ground.callback_data import DURABLE_PREFIXES, OFFLINE_PREFIXES, SHARED_PREFIXES, CallbackData
from tests.callback_forgeries import button_kinds

OF_NO_ACCOUNT = {"acc", "acc-h", "co-a", "co-n", "forget", "lang", "operator", "maintain", "bc-send", "bc-stop"}


class Shelf(CallbackData, prefix="t-shelf"):
    """A button of these tests that only shows something."""

    number: int = 0


class Burn(CallbackData, prefix="t-burn", durable=True):
    """A button of these tests that changes something."""

    number: int


class Recall(CallbackData, prefix="t-recall", offline=True):
    """A button of these tests that does without px6."""


class Language(CallbackData, prefix="t-language", shared=True):
    """A button of these tests that is about no account."""


def tap(data: str | None) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=User(id=1, is_bot=False, first_name="Anna"), chat_instance="1", data=data)


@pytest.mark.parametrize(
    "data", [None, "", "t-shelf2:5", "t-shel:5", "t-burn:5", "t-shelf", "t-shelf:x", "t-shelf:5:6"]
)
async def test_what_is_not_this_button_is_left_to_others(data: str | None) -> None:
    assert await Shelf.filter()(tap(data)) is False


async def test_a_button_is_read_when_it_is_this_one_and_fits_the_rule() -> None:
    assert await Shelf.filter()(tap("t-shelf:5")) == {"callback_data": Shelf(number=5)}
    assert await Shelf.filter(F.number == 5)(tap("t-shelf:5")) == {"callback_data": Shelf(number=5)}
    assert not await Shelf.filter(F.number == 6)(tap("t-shelf:5"))


@pytest.mark.parametrize(
    ("prefixes", "those"),
    [(DURABLE_PREFIXES, {"t-burn"}), (OFFLINE_PREFIXES, {"t-recall"}), (SHARED_PREFIXES, {"t-language"})],
)
def test_a_button_is_nothing_special_unless_it_says_so(prefixes: set[str], those: set[str]) -> None:
    assert {kind.__prefix__ for kind in (Shelf, Burn, Recall, Language)} & prefixes == those


def test_a_button_that_names_its_account_does_the_same_under_any_message() -> None:
    """Else it does nothing where the account of its message is not known, or was removed: an access could not be
    taken back there. Every other button acts on the account of its message, but for those of no account at all."""
    kinds = {kind.__prefix__: kind for kind in button_kinds()}
    naming = {prefix for prefix, kind in kinds.items() if "account" in kind.model_fields}
    assert "co-x" in naming
    assert naming | OF_NO_ACCOUNT == SHARED_PREFIXES & kinds.keys()
