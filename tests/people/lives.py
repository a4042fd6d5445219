"""The lives of random people: the world they share, and what must hold after everything that happens in it."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis.stateful import RuleBasedStateMachine, invariant

import sandbox
from bot.app import App
from model.colleagues import Right
from sandbox.telegram.bots import Tap
from storage.engine.types import time_from_int
from tests.databases import books_of, lay_database
from tests.direct_phone import DirectPhone
from tests.quick import quicken
from tests.world import Clock, running_app, settings_for

PEOPLE = (1001, 1002, 1003)
MONEY = Decimal("300.00")
NUMBER = re.compile(r"\d+")


class Access(NamedTuple):
    """Somebody's right on an account; `cap`: in the database's unit, None for none."""

    right: Right
    cap: int | None
    since: datetime


class Watcher(logging.Handler):
    """Keeps errors that the bot logs: there must be none, whatever Telegram and px6 do."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(logging.Formatter().format(record))


class Lives(RuleBasedStateMachine):
    """Without anything that happens: those who inherit from it have the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="px6-people-"))
        self.log = Watcher()
        logging.getLogger().addHandler(self.log)
        self.tapped: list[Tap] = []
        self.ever, self.had = set[tuple[int, int]](), set[tuple[int, int]]()
        self.looked_at = [0 for _ in PEOPLE]
        self.clock = Clock()
        self.run(self._begin())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self.runner.run(work)

    async def _begin(self) -> None:
        self.stack = AsyncExitStack()
        self.stand_ins = await self.stack.enter_async_context(sandbox.running())
        px6, telegram = self.stand_ins.px6, self.stand_ins.telegram
        quicken(px6)
        self.settings = settings_for(self.stand_ins, self.folder, px6_timeout_seconds=0.2)
        self.keys, self.others = ([px6.add_account(balance=MONEY).key for _ in PEOPLE] for _ in range(2))
        self.topped_up = [Decimal(0) for _ in PEOPLE]
        for key in self.all_keys:
            for days in (1, 20):
                px6.add_proxy(key, ends_in=timedelta(days=days))
        self.phones = [DirectPhone(telegram, self.stand_ins.token, person) for person in PEOPLE]
        await lay_database(self.folder)
        self._books = self.stack.enter_context(books_of(self.folder))
        await self._start()
        for phone, key in zip(self.phones, self.keys, strict=True):
            phone.says(f"/key {key}")
        await self._rest()

    @property
    def all_keys(self) -> list[str]:
        """Everybody's first, then everybody's second."""
        return [*self.keys, *self.others]

    async def _start(self) -> None:
        self.running = AsyncExitStack()
        self.app: App = await self.running.enter_async_context(running_app(self.settings, self.clock))

    async def _rest(self) -> None:
        """Until the bot has taken everything and nothing is under way."""
        unconfirmed, token = self.stand_ins.telegram.unconfirmed, self.stand_ins.token
        async with asyncio.timeout(30):
            while unconfirmed(token) or self.app.background.busy:  # noqa: ASYNC110 - a state without an event
                await asyncio.sleep(0.005)

    # -- what must hold

    @invariant()
    def every_tap_is_answered(self) -> None:
        assert all(tap.answer is not None for tap in self.tapped), [t.data for t in self.tapped if t.answer is None]

    @invariant()
    def telegram_refuses_nothing(self) -> None:
        """But an edit into what is there already (two taps at once may lead to one screen), word to who left, and
        what is done once more because the answer to it was lost."""
        expected = ("not modified", "blocked by the user", "query is too old", "message to delete not found")
        refusals = self.stand_ins.telegram.refusals
        wrong = [each for each in refusals if not any(words in each.description for words in expected)]
        assert not wrong, wrong

    @invariant()
    def nothing_fails_inside(self) -> None:
        assert not self.log.found, self.log.found[0]
        assert not [text for phone in self.phones for text in phone.seen if text.startswith("Something went wrong")]

    @invariant()
    def the_journal_agrees_with_the_books(self) -> None:
        for nth, key in enumerate(self.all_keys):
            booked = sum(spend.by == "api" for spend in self.stand_ins.px6.books(key))
            sent = sum(c.processed and not c.error_id for c in self.calls(key))
            assert booked == sent, "px6 books what it processed"
            done, open_ = self.orders_on(self.stand_ins.px6.account(key).user_id)
            seen = self.phones[nth % len(PEOPLE)].seen
            forgotten = any("Everything is erased" in text or "” is removed" in text for text in seen)
            assert forgotten or done <= booked <= done + open_, (nth, done, open_, booked)

    @invariant()
    def balances_agree(self) -> None:
        for key, added in zip(self.all_keys, [*self.topped_up, *[Decimal(0)] * len(PEOPLE)], strict=True):
            spent = sum((spend.price for spend in self.stand_ins.px6.books(key)), Decimal())
            assert self.stand_ins.px6.account(key).balance == MONEY + added - spent

    @invariant()
    def nobody_sees_a_secret_or_what_is_somebody_elses(self) -> None:
        secrets, numbers_of, access = {*self.all_keys, self.stand_ins.token}, self.px6_numbers, set(self.access())
        for who, phone in enumerate(self.phones):
            hosts = {
                f"{proxy.user}:{proxy.password}"
                for nth, key in enumerate(self.all_keys)
                if nth % len(PEOPLE) != who and not self.may_look(who, nth, access)
                for proxy in self.stand_ins.px6.account(key).proxies.values()
            }
            strangers = [nth for nth, _ in enumerate(self.all_keys) if nth % len(PEOPLE) != who]
            numbers = {numbers_of[nth] for nth in strangers if (nth, who) not in self.ever}
            assert not any(secret in text for text in phone.seen[-5:] for secret in secrets)
            for text in phone.seen[self.looked_at[who] :]:
                assert not any(credentials in text for credentials in hosts)
                assert not numbers.intersection(NUMBER.findall(text)), text
            self.looked_at[who] = len(phone.seen)
        self.had = access  # of an account whose access ends in the next step something may be shown in it

    def may_look(self, who: int, nth: int, access: set[tuple[int, int]]) -> bool:
        """Whether somebody has access to an account of somebody else, or had it when this step began."""
        pair = (PEOPLE[nth], PEOPLE[who]) if nth < len(PEOPLE) else None
        return pair in self.had or pair in access

    def access(self) -> dict[tuple[int, int], Access]:
        """Who has which right, by the owner of the account and the colleague."""
        query = "SELECT telegram_id, person_id, granted, monthly_cap, since FROM colleagues"
        return {
            (owner, person): Access(Right(granted), cap, time_from_int(since))
            for owner, person, granted, cap, since in self.rows(query)
        }

    @property
    def px6_numbers(self) -> list[str]:
        """px6's number of each account, as in `all_keys`."""
        return [self.stand_ins.px6.account(key).user_id for key in self.all_keys]

    def honest_buttons(self, who: int) -> Iterator[tuple[Any, Any]]:
        """All but "Yes" to a top-up: the bot believes its person, and which sums are true, tests/faults knows."""
        return (found for found in self.phones[who].buttons() if not found[1]["text"].startswith(("Yes, ", "Да, ")))

    def calls(self, key: str) -> list[Any]:
        return [call for call in self.stand_ins.px6.calls if call.key == key and call.method in ("buy", "prolong")]

    def orders_on(self, px6_user_id: str) -> tuple[int, int]:
        """How many of a px6 account are done, and how many may be."""
        query = "SELECT state = 'done', state IN ('unknown', 'unclear') FROM orders WHERE px6_user_id = ?"
        rows = self.rows(query, px6_user_id)
        return sum(done for done, _ in rows), sum(maybe for _, maybe in rows)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What is in the database."""
        return self._books(query, values)

    def teardown(self) -> None:
        async def end() -> None:
            await self.running.aclose()
            await self.stack.aclose()

        self.run(end())
        self.runner.close()
        logging.getLogger().removeHandler(self.log)
        shutil.rmtree(self.folder)
