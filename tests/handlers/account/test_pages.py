"""Accounts and colleagues that fill their pages exactly, and one more."""

from __future__ import annotations

import pytest

from handlers.account.accounts_screens import accounts_screen
from handlers.account.colleagues_screens import colleagues_screen
from handlers.ground.screen import Screen
from handlers.ground.words import Words
from model.colleagues import Colleague, Right
from model.people import OwnAccount
from tests.sample_proxies import NOW

EN = Words("en")


def account(number: int) -> OwnAccount:
    return OwnAccount(
        telegram_id=number, name=f"name {number}", px6_user_id=str(number), currency="RUB", refused_code=None
    )


def colleague(number: int) -> Colleague:
    return Colleague(
        owner=1,
        person=number,
        right=Right.LOOK,
        monthly_cap=None,
        currency="RUB",
        since=NOW,
        name=f"name {number}",
        by_name="Ann",
        told=False,
    )


def named(screen: Screen) -> tuple[str, str | None]:
    """The numbers of those that have a button, and `2/3` where pages are turned."""
    labels = [each.text for row in screen.rows for each in row]
    found = [label.rpartition(" ")[2] for label in labels if "name " in label]
    return " ".join(found), next((label for label in labels if "/" in label), None)


@pytest.mark.parametrize(
    ("count", "page", "there", "turned"),
    [
        (2, 1, "1 2", None),
        (5, 1, "1 2 3 4 5", None),
        (6, 1, "1 2 3 4 5", "1/2"),
        (6, 2, "6", "2/2"),
        (10, 2, "6 7 8 9 10", "2/2"),
        (10, 9, "6 7 8 9 10", "2/2"),
    ],
)
def test_five_accounts_are_a_page(count: int, page: int, there: str, turned: str | None) -> None:
    assert named(accounts_screen(EN, [account(nth + 1) for nth in range(count)], 1, page)) == (there, turned)


@pytest.mark.parametrize(
    ("count", "page", "there", "turned"),
    [
        (1, 1, "1", None),
        (4, 1, "1 2 3 4", None),
        (5, 1, "1 2 3 4", "1/2"),
        (5, 2, "5", "2/2"),
        (8, 2, "5 6 7 8", "2/2"),
        (8, 9, "5 6 7 8", "2/2"),
    ],
)
def test_four_colleagues_are_a_page(count: int, page: int, there: str, turned: str | None) -> None:
    screen = colleagues_screen(EN, account(1), [colleague(nth + 1) for nth in range(count)], 0, page)
    assert named(Screen(screen.text, screen.rows)) == (there, turned)
