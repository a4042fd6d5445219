"""Paying by itself what a person wanted paid: by one quote that nobody else can confirm, and once."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from model.accounts import StoredAccount
from model.people import Person
from services.account.unchanged import check_unchanged
from services.notifications.kinds import Gone, NotSent, Sender, Unsure
from services.notifications.line import Line
from services.notifications.watching_kinds import KeptPaying
from services.orders import Confirmation, Orders, Quote
from storage.engine.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Paid:
    """What came of it: a payment, or (None) why there is none, as of `model.orders.Claim`.

    `message_id`: the message that said that it is paid; None: it was not sent.
    """

    confirmation: Confirmation | None
    reason: str | None
    message_id: int | None


class Payer:
    """Says that something is paid now, confirms it as a tap would, and carries it out."""

    def __init__(self, database: Database, orders: Orders, sender: Sender, line: Line) -> None:
        self._database, self._orders, self._sender, self._line = database, orders, sender, line

    async def pay(
        self, person: Person, account: StoredAccount, quote: Quote, said: KeptPaying, *, quietly: bool
    ) -> Paid:
        """Pay a quote that is kept; its message becomes the receipt. Raises Gone and AccountChanged."""
        message_id = await self._say(person, account, said, quietly=quietly)
        if message_id is not None:
            await self._orders.set_message(quote.id, person.chat_id, message_id)
        claim = await self._orders.claim(quote.telegram_id, quote.id, quote.options[0].period)
        if not claim.won or claim.confirmation is None:
            return Paid(None, claim.reason, message_id)
        return Paid(await self._orders.execute(claim.confirmation.id), None, message_id)

    async def _say(self, person: Person, account: StoredAccount, said: KeptPaying, *, quietly: bool) -> int | None:
        """None when Telegram did not take it: it is paid all the same, and told then."""
        await check_unchanged(self._database, account)
        try:
            await self._line.check()
            with self._line.sending():
                return await self._sender.notice(person, said, quietly=quietly)
        except Gone:
            raise
        except (NotSent, Unsure) as error:
            log.warning("Something is paid automatically without saying so before: %s", type(error).__name__)
            return None
