"""What follows from a model's fields alone is read like one of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import model

MODULES = [f"model.{path.stem}" for path in sorted(Path(model.__file__).parent.glob("[a-z]*.py"))]


def classes() -> Iterator[type[Any]]:
    for name in (*MODULES, "px6.models"):
        for found in vars(import_module(name)).values():
            if inspect.isclass(found) and found.__module__ == name:
                yield found


def test_nothing_is_called_that_is_a_property_of_a_model() -> None:
    """A method in its place would be true whatever it gives: a lost board on, a closed order open."""
    found = {(one, name): each for one in classes() for name, each in vars(one).items() if not name.startswith("_")}
    assert sum(isinstance(each, property) for each in found.values()) > 40
    called = [
        f"{one.__module__}.{one.__name__}.{name}"
        for (one, name), each in found.items()
        if inspect.isfunction(each) and list(inspect.signature(each).parameters) == ["self"]
    ]
    assert called == []
