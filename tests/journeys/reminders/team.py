"""An account of three people: its owner, and two colleagues who are reminded of its proxies, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from model.colleagues import Right
from tests.customers import Customer, new_customer
from tests.durations import DAY
from tests.world import Phone, World

ANN, BEN, CAT = 1001, 1002, 1003
CAP = Decimal("1000.00")


@dataclass
class Team:
    """Ann, whose account it is; Ben, who may prolong; Cat, who may look and reads Russian."""

    world: World
    ann: Customer
    ben: Phone
    cat: Phone

    async def look(self) -> None:
        """A look at the account, due or not, and what follows from it."""
        await self.world.app.services.sweep.look(ANN)
        await self.world.quiet()

    async def round(self) -> None:
        """What the bot does every few seconds."""
        await self.world.app.services.orders.settle_due()
        await self.world.app.services.sweep.endings.edit_due()
        await self.world.quiet()

    async def remind(self, count: int = 1, ends_in: timedelta = DAY) -> list[dict[str, Any]]:
        """Proxies that end in a day, and what each of the three was sent of them."""
        self.ann.add(count, ends_in=ends_in)
        await self.look()
        return [await newest_digest(phone) for phone in (self.ann.phone, self.ben, self.cat)]

    async def remind_again(self) -> None:
        """More proxies that end in a day."""
        self.ann.add(1, ends_in=DAY)
        await self.look()

    def paid(self) -> int:
        return len(self.ann.books())


async def newest_digest(phone: Phone) -> dict[str, Any]:
    return [message for message in await phone.chat() if message["text"].startswith("⏳")][-1]


async def shown(phone: Phone, message: dict[str, Any]) -> dict[str, Any]:
    """What the message is now."""
    return next(each for each in await phone.chat() if each["message_id"] == message["message_id"])


def said(message: dict[str, Any]) -> str:
    """The text without the line that says which account it is of."""
    lines: list[str] = message["text"].split("\n")
    return "\n".join(line for line in lines if not line.startswith(("Account: ", "Аккаунт: ")))


async def digests(phone: Phone) -> int:
    return sum(message["text"].startswith("⏳") for message in await phone.chat())


async def joins(world: World, person: int, name: str, right: Right, language: str = "en") -> Phone:
    """Somebody becomes a colleague of Ann's, and is told of her account."""
    phone, colleagues = world.phone(person), world.app.services.colleagues
    await phone.says("/start")
    await world.app.services.people.set_language(phone_id(person), language)
    code = await colleagues.invite(ANN, right, CAP if right is Right.PROLONG else None, by_name="Ann")
    await colleagues.accept(code, person, name, 0)
    await colleagues.tell(ANN, person, True)
    return phone


def phone_id(person: int) -> Any:
    return person


async def a_team(world: World) -> Team:
    ann = await new_customer(world)
    await ann.refuses_notices()
    ben = await joins(world, BEN, "Ben", Right.PROLONG)
    cat = await joins(world, CAT, "Катя", Right.LOOK, "ru")
    return Team(world, ann, ben, cat)
