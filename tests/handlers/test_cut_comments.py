"""Long comments: each screen shows as much of one as it has room for, and says that it was cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from handlers.ground.proxy_buttons import View
from handlers.ground.proxy_words import short_comment
from handlers.ground.screen import Screen
from handlers.ground.words import Words
from handlers.money import forecast, spending
from handlers.orders.after_check import Twin, twin_label
from handlers.proxies.comment import meaning_label
from handlers.proxies.comment_meanings import CommentOnIds, RenameEverywhere
from handlers.proxies.filter import comment_name, comments_screen
from handlers.proxies.ticks import comment_button
from handlers.reminders.lead_times import by_comment_screen
from handlers.rules.new import which_screen as which_rule
from handlers.watching.health import which_screen as what_to_check
from model.schedules import CommentLeads, Habits
from px6 import Protocol, Version
from tests.sample_proxies import a_proxy

EN = Words("en")
TWIN = Twin(Version.IPV6, "de", Protocol.HTTP, "")
LONG = "abcdefghij" * 5  # as long as px6 takes one


def labels(screen: Screen) -> str:
    return "\n".join(each.text for row in screen.rows for each in row)


def of_ticked(comment: str) -> str:
    same = [a_proxy(number, comment=comment) for number in (1, 2)]
    [button] = comment_button(EN, View(), [*same, a_proxy(3, comment="")], same[:1])
    return button.text


SHOWN: dict[str, tuple[Callable[[str], str], int]] = {
    "a list": (short_comment, 14),
    "all of a comment, ticked": (of_ticked, 7),
    "comments to filter by": (lambda text: labels(comments_screen(EN, View(), [a_proxy(comment=text)], 1)), 40),
    "what a list is filtered by": (lambda text: comment_name(EN, text), 30),
    "a new rule": (lambda text: labels(which_rule(EN, "comment", [text], 1)), 30),
    "proxies to check": (lambda text: labels(what_to_check(EN, [a_proxy(comment=text)], 1)), 30),
    "lead times": (lambda text: labels(by_comment_screen(EN, Habits(), [text], 1)), 30),
    "lead times of its own": (
        lambda text: labels(by_comment_screen(EN, Habits(by_comment=(CommentLeads(text, ()),)), [text], 1)),
        20,
    ),
    "one that is bought again": (lambda text: twin_label(EN, TWIN, 1, text), 8),
    "spending": (lambda text: spending.group_name(EN, "comment", text), 24),
    "a forecast": (lambda text: forecast.group_name(EN, text, "comment"), 24),
    "the old name of a comment": (lambda text: meaning_label(EN, RenameEverywhere(text, "")), 15),
    "the new name of a comment": (lambda text: meaning_label(EN, RenameEverywhere("", text)), 15),
    "a comment to be set": (lambda text: meaning_label(EN, CommentOnIds((), text)), 20),
}


@pytest.mark.parametrize(("show", "most"), SHOWN.values(), ids=SHOWN)
def test_a_comment_is_whole_where_it_fits_and_else_ends_with_dots(show: Callable[[str], str], most: int) -> None:
    assert LONG[:most] in show(LONG[:most]) and "…" not in show(LONG[:most])
    assert f"{LONG[: most - 1]}…" in show(LONG[: most + 1]) and LONG[:most] not in show(LONG[: most + 1])
