"""What people are told, behind a turn, about access to an account: its owner, and colleagues."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.ground.turn import Turn
from model.colleagues import Colleague, Right
from model.notifications import ColleagueNews, Unsaid
from services.bundle import Services
from services.notifications.kinds import AccessEnded


def tell_owner(turn: Turn, written: Unsaid) -> None:
    """Send behind this turn what was written down for the owner of an account."""
    turn.background.start(turn.services.colleague_news.send(written))


async def news_of_leaving(services: Services, one: Colleague, account: str) -> ColleagueNews:
    """To the owner: that a colleague has given up their right, and what still spends by itself on the account."""
    rules, watches = await spending_of(services, one.owner, one.right)
    return ColleagueNews("left", one.name, account, one.owner, rules=rules, watches=watches)


async def spending_of(services: Services, owner: int, right: Right | None) -> tuple[int, int]:
    """How many rules, and how many watches and waiting payments, of an account spend by themselves; none are counted
    for a right with which nobody could set them up."""
    if right is not Right.ALL or not await services.kept.may_spend(owner):
        return 0, 0
    rules = sum([rule.on for rule in await services.rules.of(owner)])
    kept, stock = await services.kept.of(owner), await services.stock.of(owner)
    limits: list[object] = [*(one.up_to for one in kept), *(one.up_to for one in stock)]
    limits += [one.replacing for one in await services.health.of(owner)]
    return rules, sum(limit is not None for limit in limits)


def tell_access_ended(turn: Turn, colleagues: Sequence[Colleague], account: str) -> None:
    """Tell all of them that they have no access any more to the account, which is called so."""
    for each in colleagues:
        turn.background.start(turn.services.colleague_news.tell(each.person, AccessEnded(each.by_name, account)))
