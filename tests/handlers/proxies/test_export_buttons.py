"""A button of an export carries which template its message showed: the same number in every version of the bot."""

from __future__ import annotations

import pytest

from handlers.ground.proxy_buttons import Card
from handlers.proxies.export_buttons import AskTemplate, ExportAs, as_button, template_number
from services.proxies.exports import Format

CARD = Card(country="de", proxy=15)


@pytest.mark.parametrize(("template", "number"), [(None, 1), ("", 1), ("{host}", 70_187), ("{host}:61380", 99_999)])
def test_a_template_has_the_number_that_older_messages_know_it_by(template: str | None, number: int) -> None:
    assert template_number(template) == number


@pytest.mark.parametrize(
    ("how", "template", "data"),
    [
        (Format.TEMPLATE, None, CARD.to(AskTemplate, proxy=15)),
        (Format.TEMPLATE, "{host}", CARD.to(ExportAs, proxy=15, how=Format.TEMPLATE, seen=70_187)),
        (Format.URL, "{host}", CARD.to(ExportAs, proxy=15, how=Format.URL, seen=0)),
        (Format.URL, None, CARD.to(ExportAs, proxy=15, how=Format.URL, seen=0)),
    ],
)
def test_a_template_is_asked_for_before_it_can_be_used(how: Format, template: str | None, data: object) -> None:
    assert as_button(CARD, how, template) == data
