"""What a button cannot copy, since it is longer than Telegram takes, stands in the text to be copied from there."""

from __future__ import annotations

import pytest

from handlers.ground.proxy_buttons import Send
from handlers.ground.screen import COPY_LIMIT
from handlers.ground.words import Words
from handlers.proxies.send import parts_of, send_screen
from tests.sample_proxies import a_proxy

EN = Words("en")


@pytest.mark.parametrize(("length", "has_button"), [(COPY_LIMIT, True), (COPY_LIMIT + 1, False)])
def test_each_part_is_copied_by_a_button_or_stands_in_the_text(length: int, has_button: bool) -> None:
    beside = len(parts_of(EN, a_proxy(password="p"))["curl"]) - 1
    screen = send_screen(EN, Send(proxy=15), a_proxy(password="p" * (length - beside)))
    copied = [each.text for row in screen.rows for each in row if each.copy_text]
    assert copied == ["Login", "Password", "host:port", *(["curl"] if has_button else [])]
    assert ("curl: curl -x" in str(screen.text.as_kwargs()["text"])) is not has_button
