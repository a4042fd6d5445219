"""The px6 client of an account for work that takes longer than a call: with the key that the account has now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import px6
from model.accounts import StoredAccount
from model.errors import StorageError
from px6 import Px6Client
from services.account.accounts import Accounts, NoKey

T = TypeVar("T")


class CurrentClient:
    """What is forgotten or replaced while the work goes on is not asked with any more, and not kept here either.

    `account` is the one that the work is about, as it was read last.
    """

    def __init__(self, accounts: Accounts, account: StoredAccount, client: Px6Client) -> None:
        self.account = account
        self._accounts = accounts
        self._client: Px6Client | None = client

    async def read(self) -> Px6Client | None:
        """The client, to be read before each call. None, and for good, once the account was forgotten or another one
        has taken its place.

        A database that is away stops no work: until it can be read the key is the one that was read last.
        """
        try:
            account, client = await self._accounts.connected(self.account.telegram_id)
        except StorageError:
            return self._client
        except NoKey:
            self._client = None
            return None
        if self._client is not None and account.px6_user_id == self.account.px6_user_id:
            self.account, self._client = account, client
        else:
            self._client = None
        return self._client

    async def ask(self, call: Callable[[Px6Client], Awaitable[T]]) -> T:
        """What px6 answers to a call that changes nothing; it is made again where px6 refuses a key in place of which
        the account has got another one meanwhile. Raises px6's errors; NoKey once `read` gives no client."""
        while (client := await self.read()) is not None:
            added_at = self.account.added_at
            try:
                return await call(client)
            except px6.WrongKey:
                if await self.read() is not None and self.account.added_at == added_at:
                    raise
        raise NoKey
