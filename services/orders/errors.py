"""What keeps a quote from being made."""

from __future__ import annotations

from collections.abc import Sequence


class UnknownIds(Exception):
    """Some ids are not proxies of this account. `unknown` and `known` keep the order in which they were given.

    `unread`: those of `unknown` that px6 lists, or may list, so that they cannot be read.
    """

    def __init__(self, unknown: Sequence[int], known: Sequence[int], unread: Sequence[int] = ()) -> None:
        super().__init__(f"{len(unknown)} ids are not of this account")
        self.unknown, self.known, self.unread = tuple(unknown), tuple(known), tuple(unread)


class NotPriced(Exception):
    """px6 names no price for these proxies: they are of a kind that its document does not know."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__(f"{len(ids)} proxies are of a kind without a price")
        self.ids = tuple(ids)


class OtherAccount(Exception):
    """The person has connected another px6 account since."""
