"""People of a world with a px6 account of their own, and what they find in their chat."""

from __future__ import annotations

from typing import Any

from model.rules import Rule
from sandbox.px6.model import Account
from tests.durations import DAY, MINUTE
from tests.world import Phone, World, green_buttons


class Customer:
    """A person with proxies, and everything the bot said to them of its own accord."""

    def __init__(self, world: World, account: Account, phone: Phone) -> None:
        self.world, self.account, self.phone, self.key = world, account, phone, account.key
        self._seen = 0

    def add(self, count: int = 1, **proxy: Any) -> list[int]:
        """New proxies; gives their ids."""
        return [int(self.world.px6.add_proxy(self.key, **proxy).id) for _ in range(count)]

    async def sweep(self) -> list[str]:
        """A sweep; gives the messages that came since the last one."""
        await self.world.app.services.sweep.run()
        await self.world.quiet()
        return await self.news()

    async def look(self) -> list[str]:
        """A look at this account now, due or not; gives the messages that came since the last one."""
        await self.world.app.services.sweep.look(self.phone.id)
        await self.world.quiet()
        return await self.news()

    async def news(self) -> list[str]:
        """What the bot wrote since it was last asked."""
        messages = await self.phone.texts()
        fresh, self._seen = messages[self._seen :], len(messages)
        return fresh

    async def settles(self) -> None:
        """Let the bot see the account as it is now, so that nothing of it is news later."""
        await self.world.app.services.sweep.look(self.phone.id)
        await self.world.quiet()
        await self.news()

    async def adds_rule(self, **values: Any) -> Rule:
        """A rule for all proxies, switched on: it prolongs them 12 hours before their end, for 30 days."""
        rules = self.world.app.services.rules
        rule = await rules.add(self.phone.id, "all", "", hours=12, period=30)
        await rules.change(self.phone.id, rule.id, on=True, **values)
        return rule

    async def lets_a_rule_announce(self, count: int = 1) -> list[int]:
        """New proxies and a rule that has said that it prolongs them in 12 hours, which is 12 before they end."""
        ids = self.add(count, ends_in=3 * DAY)
        await self.settles()
        await self.adds_rule()
        self.world.move(2 * DAY + MINUTE)
        await self.sweep()
        return ids

    async def refuses_notices(self) -> None:
        """Switch off what the bot says of a low balance and of changes made on the site of px6."""
        await self.world.app.services.reminders.change(self.phone.id, low_days=None, changes=False)

    async def replaces_the_key_while_a_payment_is_unknown(self) -> None:
        """px6 prolongs a new proxy and does not say so; then another px6 account takes the place of this one."""
        [mine] = self.add(ends_in=20 * DAY)
        self.world.px6.fault("drop_after", "prolong")
        await self.phone.says(f"/prolong 30 {mine}")
        await self.phone.taps("Prolong")
        await self.phone.says(f"/key {self.world.px6.add_account(balance='300.00').key}")
        await self.phone.taps("Use the new key")

    def books(self) -> list[Any]:
        """What px6 charged this account for, oldest first."""
        return list(self.world.px6.books(self.key))


async def new_customer(world: World, balance: str = "5000", person: int = 1001) -> Customer:
    """A person who has connected a new px6 account without proxies, with this balance in roubles."""
    account = world.px6.add_account(balance=balance)
    phone = world.phone(person)
    await phone.connects(account.key)
    customer = Customer(world, account, phone)
    await customer.settles()
    return customer


async def both_pay_once(ann: Customer, first: str, second: str) -> None:
    """Two messages of the same: the first tap pays, on the other the same button does nothing any more."""
    assert first.splitlines()[1:] == second.splitlines()[1:]
    one, two = [m for m in await ann.phone.chat() if m["text"] in (first, second)][-2:]
    assert green_buttons(one) == green_buttons(two), (
        "one quote stands behind both: paid in one, the other offers nothing anew"
    )
    await ann.phone.taps("Prolong 30 days", one["message_id"])
    await ann.phone.taps("Prolong 30 days", two["message_id"])
    assert len(ann.books()) == 1
