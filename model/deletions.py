"""Deletions of proxies, and what became of each."""

from __future__ import annotations

from datetime import datetime

import msgspec


class DeletionProxy(msgspec.Struct, frozen=True, kw_only=True):
    """A proxy that was to be deleted. `gone`: px6 deleted it; None: that is not known. `days_left`: it had then.

    `host` is empty where px6's list could not be read as to this one.
    """

    id: int
    host: str
    country: str | None = None
    comment: str = ""
    days_left: float
    gone: bool | None = True


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """One confirmed deletion. `certain`: what became of every proxy is known, and the person was told.

    `by_person`: the colleague who tapped, called `by_name` then; None: the owner of the account.
    """

    id: int
    telegram_id: int
    px6_user_id: str
    deleted_at: datetime
    certain: bool
    proxies: tuple[DeletionProxy, ...]
    by_person: int | None = None
    by_name: str | None = None

    @property
    def gone(self) -> list[int]:
        """Ids of proxies that px6 deleted."""
        return [each.id for each in self.proxies if each.gone]

    @property
    def unknown(self) -> list[int]:
        """Ids of proxies of which nobody knows yet whether px6 deleted them."""
        return [each.id for each in self.proxies if each.gone is None]

    @property
    def kept(self) -> list[int]:
        """Ids of proxies that px6 did not delete."""
        return [each.id for each in self.proxies if each.gone is False]
