"""What is told about colleagues: the owner must hear it, a colleague sees it anyhow.

Both are told behind a turn, where an error would come up in the log alone, as one of the bot's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from model.notifications import ColleagueNews
from model.people import Person
from services.notifications.colleague_news import ColleagueNewsDelivery
from services.notifications.kinds import AccessEnded, Digest, Gone, Notice, NotSent, Refused, Unsure
from services.notifications.line import Line
from storage import unsaid
from tests.services.rig import ANNA, BORIS, Rig

LEFT = ColleagueNews("left", "Boris", "shop", ANNA)
ENDED = AccessEnded("Anna", "shop")


@dataclass
class Chats:
    """In place of Telegram: fails as it is told."""

    fails: Exception | None = None
    sent: list[tuple[int, Notice]] = field(default_factory=list)

    async def ask(self) -> None:
        """The harmless call."""

    async def room(self) -> bool:
        return False

    async def digest(self, person: Person, digest: Digest) -> int:
        raise AssertionError("it is a notice")

    async def notice(self, person: Person, notice: Notice, *, quietly: bool = False) -> int:
        if self.fails:
            raise self.fails
        self.sent.append((person.telegram_id, notice))
        return 55

    async def rewrite(self, person: Person, message_id: int, notice: Notice) -> None:
        raise AssertionError("it is a new message")


@pytest.fixture
def chats() -> Chats:
    return Chats()


@pytest.fixture
def news(rig: Rig, chats: Chats) -> ColleagueNewsDelivery:
    line = Line(chats.ask, lambda: 0.0)
    return ColleagueNewsDelivery(rig.database, rig.people, rig.accounts, chats, line, rig.px6.clock.now)


async def left_to_say(rig: Rig) -> int:
    async with rig.database.read() as connection:
        return await unsaid.count(connection, ANNA)


@pytest.mark.parametrize("error", [None, Gone(), Refused(), NotSent(), Unsure()], ids=repr)
async def test_what_an_owner_cannot_be_told_now_is_kept_for_them(
    rig: Rig, chats: Chats, news: ColleagueNewsDelivery, error: Exception | None
) -> None:
    chats.fails = error
    written = await news.write(LEFT)
    assert written is not None
    await news.send(written)
    assert (chats.sent, await left_to_say(rig)) == (([], 1) if error else ([(ANNA, LEFT)], 0))


@pytest.mark.parametrize("error", [None, Gone(), Refused(), NotSent(), Unsure()], ids=repr)
async def test_a_colleague_is_told_if_they_can_be(
    rig: Rig, chats: Chats, news: ColleagueNewsDelivery, error: Exception | None
) -> None:
    await rig.people.find_or_create(BORIS)
    chats.fails = error
    await news.tell(BORIS, ENDED)
    assert chats.sent == ([] if error else [(BORIS, ENDED)])
    await news.tell(1003, ENDED)
    assert len(chats.sent) == (0 if error else 1), "nobody knows them"


async def test_of_an_account_that_is_gone_nothing_is_written(rig: Rig, news: ColleagueNewsDelivery) -> None:
    await rig.accounts.forget(ANNA)
    assert await news.write(LEFT) is None
