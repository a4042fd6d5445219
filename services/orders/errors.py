"""What keeps a quote from being made."""

from __future__ import annotations

from collections.abc import Sequence


class UnknownIds(Exception):
    """Some ids are not proxies of this account. `unknown` and `known` keep the order in which they were given."""

    def __init__(self, unknown: Sequence[int], known: Sequence[int]) -> None:
        super().__init__(f"{len(unknown)} ids are not of this account")
        self.unknown, self.known = tuple(unknown), tuple(known)


class NotPriced(Exception):
    """px6 names no price for these proxies: they are of a kind that its document does not know."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__(f"{len(ids)} proxies are of a kind without a price")
        self.ids = tuple(ids)


class OtherAccount(Exception):
    """The person has connected another px6 account since."""
