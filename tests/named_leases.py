"""Leases of one process of several, which do not meet in the test."""

from __future__ import annotations

from services.ground.leases import LocalLeases


class NamedLeases(LocalLeases):
    """`holder`: what rows say of who has them."""

    def __init__(self, holder: str) -> None:
        super().__init__()
        self.holder = holder
