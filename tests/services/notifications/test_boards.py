"""Pinned messages: what becomes of one whose sending is cut off, refused or overtaken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from model.notifications import StoredBoard
from model.people import Person
from px6 import ProxyList
from services.notifications.boards import Boards, board_of
from services.notifications.kinds import Board, Gone, NotSent, Refused, Unsure
from services.notifications.line import Line
from storage import boards, people, watches
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.engine.types import time_from_int
from tests.databases import lay_database, run, url_of
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW, ending


class Chat:
    """Person 1001's chat. What is in `fails` is raised by the next calls of the method of that name."""

    def __init__(self, database: Database, person: Person) -> None:
        self.database, self.person = database, person
        self.fails: dict[str, list[Exception]] = {}
        self.did: list[str] = []
        self.is_away = False  # whether Telegram takes nothing at all
        self.sees = True  # whether Telegram still has the message
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        self.boards = Boards(database, self, Line(self.ask), lambda: NOW)

    async def ask(self) -> None:
        """Telegram takes messages, unless it is away."""
        if self.is_away:
            raise NotSent

    def mark(self, person: Person, board: Board) -> str:
        return str(board.balance)

    async def send(self, person: Person, board: Board) -> int:
        await self._does("send")
        return 900 + len(self.did)

    async def edit(self, person: Person, message_id: int, board: Board) -> bool:
        await self._does(f"edit {message_id}")
        return self.sees

    async def pin(self, person: Person, message_id: int) -> None:
        await self._does(f"pin {message_id}")

    async def take_away(self, person: Person, message_id: int) -> None:
        await self._does(f"take away {message_id}")

    async def _does(self, what: str) -> None:
        self.did.append(what)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        if waiting := self.fails.get(what.split()[0]):
            raise waiting.pop(0)

    async def refresh(self, balance: int) -> list[str]:
        """What a look with this balance does in the chat."""
        self.did.clear()
        listed = ProxyList(user_id="7", balance=Decimal(balance), currency="RUB", proxies=())
        await self.boards.refresh(self.person, listed)
        return list(self.did)

    async def stored(self) -> StoredBoard | None:
        return await self.boards.of(self.person.telegram_id)


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(range(32))]))
    async with database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        person = await people.get(connection, 1001)
    assert person is not None
    yield Chat(database, person)
    await database.close()


async def test_who_wants_none_is_shown_none(chat: Chat) -> None:
    assert await chat.refresh(1) == []


async def test_it_is_sent_once_and_edited_when_it_would_read_otherwise(chat: Chat) -> None:
    await chat.boards.switch_on(1001)
    assert await chat.refresh(1) == ["send", "pin 901"]
    assert await chat.refresh(1) == []
    assert await chat.refresh(2) == ["edit 901"]
    await chat.boards.switch_on(1001)
    assert await chat.refresh(2) == [], "it is on already"


@pytest.mark.parametrize(
    ("method", "error", "then", "state"),
    [
        ("send", NotSent(5.0), ["send", "pin 901"], "on"),
        ("send", Unsure(), [], "lost"),
        ("send", Refused(), [], "lost"),
        ("pin", NotSent(), ["pin 901"], "on"),
        ("pin", Unsure(), ["pin 901"], "on"),
        ("pin", Refused(), [], "on"),
    ],
)
async def test_what_telegram_does_not_take_makes_no_second_message(
    chat: Chat, method: str, error: Exception, then: list[str], state: str
) -> None:
    await chat.boards.switch_on(1001)
    chat.fails[method] = [error]
    await chat.refresh(1)
    assert await chat.refresh(1) == then
    stored = await chat.stored()
    assert stored is not None and stored.state == state


@pytest.mark.parametrize(
    ("error", "after"),
    [(NotSent(), MINUTE), (NotSent(5.0), MINUTE), (NotSent(90.0), 90 * SECOND), (Unsure(), 6 * HOUR),
     (Refused(), 6 * HOUR)],
)  # fmt: skip
async def test_the_next_look_comes_in_a_minute_or_as_late_as_telegram_wants_where_it_took_nothing(
    chat: Chat, error: Exception, after: timedelta
) -> None:
    await chat.boards.switch_on(1001)
    await chat.refresh(1)
    async with chat.database.write() as connection:
        await watches.watch(connection, 1001, NOW + 6 * HOUR, same_account=True)
    chat.fails["edit"] = [error]
    await chat.refresh(2)
    async with chat.database.read() as connection:
        [at] = (await run(connection, "SELECT next_look_at FROM watches")).scalars()
    assert time_from_int(at) - NOW == after


async def test_an_edit_that_may_have_failed_is_repeated_and_one_of_a_message_that_is_gone_ends_it(chat: Chat) -> None:
    await chat.boards.switch_on(1001)
    await chat.refresh(1)
    chat.fails["edit"] = [Unsure(), NotSent(3.0)]
    assert [await chat.refresh(2) for _ in range(4)] == [["edit 901"]] * 3 + [[]]
    chat.sees = False
    assert [await chat.refresh(balance) for balance in (3, 4)] == [["edit 901"], []]
    await chat.boards.switch_on(1001)
    assert await chat.refresh(4) == ["send", "pin 901"]


async def test_while_telegram_takes_nothing_it_is_not_tried(chat: Chat) -> None:
    await chat.boards.switch_on(1001)
    await chat.refresh(1)
    chat.is_away, chat.fails["edit"] = True, [NotSent()]
    assert [await chat.refresh(2) for _ in range(3)] == [["edit 901"], [], []]


async def test_whoever_is_gone_is_told_to_whom_it_concerns(chat: Chat) -> None:
    await chat.boards.switch_on(1001)
    chat.fails["send"] = [Gone()]
    with pytest.raises(Gone):
        await chat.refresh(1)
    assert await chat.refresh(1) == ["send", "pin 901"], "once they are back"


async def test_a_sending_that_was_cut_off_is_not_repeated(chat: Chat) -> None:
    await chat.boards.switch_on(1001)
    async with chat.database.write() as connection:
        assert await boards.claim(connection, 1001, NOW)
        assert not await boards.claim(connection, 1001, NOW), "one process gets it"
    assert await chat.refresh(1) == []
    stored = await chat.stored()
    assert stored is not None and stored.state == "lost"


async def test_what_is_wanted_no_longer_once_it_was_sent_is_taken_away(chat: Chat) -> None:
    await chat.boards.switch_on(1001)
    chat.meanwhile = lambda: chat.boards.switch_off(1001)
    assert await chat.refresh(1) == ["send", "take away 901"]
    assert await chat.stored() is None


async def test_what_is_wanted_no_longer_once_it_was_edited_or_pinned_is_taken_away_again(chat: Chat) -> None:
    """The look wrote over what says that it is off, and no other look would see it again."""

    async def switched_off() -> None:
        await chat.boards.take_away(chat.person, await chat.boards.switch_off(1001))

    for method in ("edit", "pin"):
        await chat.boards.switch_on(1001)
        chat.fails["pin"] = [NotSent()] if method == "pin" else []
        await chat.refresh(1)
        chat.meanwhile = switched_off
        number = (await chat.boards.message_of(1001)) or 0
        did = await chat.refresh(2 if method == "edit" else 1)
        assert did == [f"{method} {number}", f"take away {number}", f"take away {number}"]
        assert (await chat.stored(), await chat.boards.message_of(1001)) == (None, None)


@pytest.mark.parametrize(
    ("error", "after"), [(NotSent(), MINUTE), (NotSent(90.0), 90 * SECOND), (Unsure(), MINUTE), (Gone(), MINUTE)]
)
async def test_what_telegram_did_not_take_away_the_next_look_does(
    chat: Chat, error: Exception, after: timedelta
) -> None:
    await chat.boards.switch_on(1001)
    await chat.refresh(1)
    async with chat.database.write() as connection:
        await watches.watch(connection, 1001, NOW + 6 * HOUR, same_account=True)
    chat.fails["take"] = [error]
    await chat.boards.take_away(chat.person, await chat.boards.switch_off(1001))
    async with chat.database.read() as connection:
        [at] = (await run(connection, "SELECT next_look_at FROM watches")).scalars()
    assert (await chat.stored(), time_from_int(at) - NOW) == (None, after)
    assert [await chat.refresh(2) for _ in range(2)] == [["take away 901"], []]


async def test_one_that_is_switched_on_again_before_it_was_taken_away_shows_in_its_message(chat: Chat) -> None:
    await chat.boards.switch_on(1001)
    await chat.refresh(1)
    chat.fails["take"] = [NotSent()]
    await chat.boards.take_away(chat.person, await chat.boards.switch_off(1001))
    await chat.boards.switch_on(1001)
    assert await chat.refresh(1) == ["edit 901", "pin 901"]


def a_list(ends: dict[int, timedelta]) -> ProxyList:
    proxies = tuple(ending(after, one) for one, after in ends.items())
    return ProxyList(user_id="7", balance=Decimal("5.00"), currency="RUB", proxies=proxies)


def test_a_board_counts_what_runs_and_names_what_ends_first_and_what_failed() -> None:
    ends = {5: HOUR, 1: DAY, 4: DAY, 3: 2 * DAY, 2: 3 * DAY, 6: timedelta(0), 7: -HOUR}
    board = board_of(a_list(ends), {7, 6, 2, 1}, NOW)
    assert (board.balance, board.currency, board.count) == (Decimal("5.00"), "RUB", 5), "what ends now has ended"
    assert [[proxy.id for proxy in some] for some in (board.next, board.failing)] == [[5, 1, 4], [1, 2]]
    board = board_of(a_list({4: DAY, 1: DAY}), (), NOW)
    assert [proxy.id for proxy in board.next] == [1, 4], "what px6 lists in another order is no other board"
