"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

import px6
from px6 import client, parts, throttle
from tests.px6.server import KEY, Px6


@pytest.mark.parametrize("module", [px6, client, parts, throttle], ids=lambda module: module.__name__)
def test_the_examples_are_right(module: Any) -> None:
    failed, tried = doctest.testmod(module, extraglobs={"throttle": px6.Throttle()})
    assert tried
    assert not failed


@pytest.mark.parametrize("where", [px6, px6.Px6Client], ids=["package", "class"])
async def test_the_first_example_prints_the_account(
    where: Any, server: Px6, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = doctest.DocTestParser().get_examples(where.__doc__)
    names: dict[str, Any] = {"Px6Client": lambda key: px6.Px6Client(key, urls=[server.url])}
    exec(example.source, names)  # noqa: S102 - the text of our own docstring
    await names["main"](KEY)
    assert capsys.readouterr().out.startswith("Customer(user_id='1', balance=Decimal('48.80'), currency='RUB'")
