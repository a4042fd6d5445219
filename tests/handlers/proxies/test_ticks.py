"""What one tap ticks together is offered where it is neither one proxy nor all of them."""

from __future__ import annotations

import pytest

from handlers.ground.proxy_buttons import View
from handlers.ground.words import Words
from handlers.proxies.ticks import choosing_rows
from px6 import Proxy
from tests.sample_proxies import a_proxy

EN = Words("en")


def offered(listed: list[Proxy], ticked: int) -> list[str]:
    """Beside what is always there, with so many of the first that are ticked."""
    rows = choosing_rows(EN, View(ticks="tik"), listed, ticked, listed[:ticked])
    usual = {"Filter", "Search", "Whole page", "Ends soon", f"All {len(listed)}", f"Continue · {ticked}"}
    return [each.text for row in rows for each in row if each.text not in usual]


@pytest.mark.parametrize(("count", "labels"), [(5, []), (6, ["Newest 5"])])
def test_the_newest_five_are_offered_of_six(count: int, labels: list[str]) -> None:
    assert offered([a_proxy(nth) for nth in range(count)], 0) == labels


@pytest.mark.parametrize(
    ("alike", "others", "ticked", "labels"),
    [
        (1, 3, 1, []),
        (2, 2, 1, ["All 🇩🇪 · 2", "All “shop”"]),
        (2, 2, 2, ["All 🇩🇪 · 2", "All “shop”"]),
        (3, 1, 2, ["All 🇩🇪 · 3", "All “shop”"]),
        (4, 0, 1, []),
        (2, 2, 3, []),
        (2, 2, 0, []),
    ],
)
def test_the_country_and_the_comment_of_what_is_ticked_are_offered(
    alike: int, others: int, ticked: int, labels: list[str]
) -> None:
    unlike = [a_proxy(100 + nth, country="us", comment="x") for nth in range(others)]
    assert offered([*(a_proxy(nth) for nth in range(alike)), *unlike], ticked) == labels
