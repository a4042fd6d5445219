"""Binding an account's proxies to IP addresses at px6 (ipauth), and what was set last, which px6 does not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import px6
from model.accounts import Binding
from px6 import Px6Client
from services.account.accounts import Accounts, NoKey
from storage import bindings
from storage.engine.database import Database


class Bindings:
    """What people asked for, what was sent to px6, and what came of it."""

    def __init__(self, database: Database, accounts: Accounts, clock: Callable[[], datetime]) -> None:
        self._database, self._accounts, self._clock = database, accounts, clock

    async def last(self, telegram_id: int) -> Binding | None:
        """What was sent last of the account that is connected now; None: nothing, or there is no account."""
        account = await self._accounts.account(telegram_id)
        if account is None:
            return None
        async with self._database.read() as connection:
            return await bindings.last_sent(connection, telegram_id, account.px6_user_id)

    async def propose(self, telegram_id: int, addresses: Sequence[str]) -> int:
        """Keep the addresses for the button that confirms them; gives their number. Raises NoKey."""
        account = await self._accounts.account(telegram_id)
        if account is None:
            raise NoKey
        async with self._database.write() as connection:
            return await bindings.propose(
                connection,
                telegram_id,
                px6_user_id=account.px6_user_id,
                addresses=addresses,
                now=self._clock(),
            )

    async def send(self, telegram_id: int, number: int, on_disk: Callable[[], None]) -> Binding | None:
        """Send what was asked under this number; gives what was sent, None when it is done already or out of date.

        `on_disk` is called once it is written down that it is being sent. Raises NoKey and px6's errors.
        WrongMethod and NotAnAddress: px6 does not take it.
        """
        account, client = await self._accounts.connected(telegram_id)
        async with self._database.write() as connection:
            before = await bindings.get(connection, telegram_id, number)
            taken = await bindings.take(connection, telegram_id, number, account.px6_user_id, self._clock())
        if before is None or taken is None:
            return None
        on_disk()
        await self._tell_px6(client, taken, before.sent_at)
        async with self._database.write() as connection:
            await bindings.note_certain(connection, telegram_id, number)
        return taken

    async def _tell_px6(self, client: Px6Client, binding: Binding, sent_before: datetime | None) -> None:
        """Make the call, and write down what is known when it fails. Raises as `send`."""
        try:
            await client.bind_addresses(binding.addresses)
        except px6.WrongMethod:
            await self._drop(binding)
            raise
        except px6.WrongAddress as error:
            await self._not_sent(binding, sent_before)
            if await is_bot_refused(client):
                raise
            await self._drop(binding)
            raise NotAnAddress from error
        except (px6.TooManyCalls, px6.Unreachable):
            await self._not_sent(binding, sent_before)
            raise
        except px6.Refused as error:
            if error.error_id in px6.BEFORE_ANYTHING:
                await self._not_sent(binding, sent_before)
            raise

    async def _not_sent(self, binding: Binding, sent_before: datetime | None) -> None:
        async with self._database.write() as connection:
            await bindings.note_unsent(connection, binding.telegram_id, binding.id, sent_before)

    async def _drop(self, binding: Binding) -> None:
        async with self._database.write() as connection:
            await bindings.drop(connection, binding.telegram_id, binding.id)


class NotAnAddress(Exception):
    """px6 does not take one of these as an IP address (105)."""


async def is_bot_refused(client: Px6Client) -> bool:
    """Whether px6 refuses every call from the bot's address: 105 means that, or an address that is none.

    Raises px6's other errors.
    """
    try:
        await client.account()
    except px6.WrongAddress:
        return True
    return False
