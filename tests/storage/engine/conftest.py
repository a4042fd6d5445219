"""What is tested here may depend on which statement ends first, and on who is connected."""

from __future__ import annotations

import pytest

from tests.databases import ON_POSTGRESQL


@pytest.fixture(autouse=True)
def threads(threads: None) -> None:
    """As the program has them."""


@pytest.fixture(autouse=True)
def new_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a server, too, as the program has them."""
    if ON_POSTGRESQL:
        from tests.kept_connections import no_longer_keep

        no_longer_keep(monkeypatch)
