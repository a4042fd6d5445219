"""The px6 client of an account for work that takes longer than a call: with the key that the account has now."""

from __future__ import annotations

from model.accounts import StoredAccount
from model.errors import StorageError
from px6 import Px6Client
from services.account.accounts import Accounts, NoKey


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
