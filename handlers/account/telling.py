"""What people are told, behind a turn, about access to an account: its owner, and colleagues."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.ground.turn import Turn
from model.colleagues import Colleague
from services.notifications.kinds import AccessEnded, ColleagueNews


async def tell_owner(turn: Turn, news: ColleagueNews) -> None:
    """Write the news down for the owner of the account, and send it behind this turn."""
    written = await turn.services.colleague_news.write(news)
    if written is not None:
        turn.background.start(turn.services.colleague_news.send(*written))


def tell_access_ended(turn: Turn, colleagues: Sequence[Colleague], account: str) -> None:
    """Tell all of them that they have no access any more to the account, which is called so."""
    for each in colleagues:
        turn.background.start(turn.services.colleague_news.tell(each.person, AccessEnded(each.by_name, account)))
