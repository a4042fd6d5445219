"""What has ended long ago goes, what is open never does, and the file of a busy bot stays as large as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, func, insert, select, update

from services.orders.journal import HOLDS
from services.pruning import OPEN_QUOTES_KEPT, Pruning
from storage import confirmations, known_proxies, monthly_sums, orders, people, pruning, quotes, watches
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.schema import metadata
from tests.databases import ON_POSTGRESQL, count_from, lay_database, url_of

ANN, BOB = 1001, 1002
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
KEEP = 400 * DAY
T = metadata.tables


class Keeper:
    """A database with two people, a clock, and what happened long ago."""

    def __init__(self, database: Database) -> None:
        self.database, self.now, self.stopping = database, NOW, False
        self.set_by = timedelta()  # how much of the clock is not time that has passed
        self._made = 0
        self.pauses: list[float] = []

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def pruning(self, keep: timedelta = KEEP) -> Pruning:
        return Pruning(self.database, keep, lambda: self.now, self._monotonic, lambda: self.stopping, self._pause)

    def _monotonic(self) -> float:
        return (self.now - self.set_by - NOW).total_seconds()

    async def add(self, table: str, **values: Any) -> None:
        async with self.database.write() as connection:
            await connection.execute(insert(T[table]).values(**values))

    async def change(self, table: str, key: int, **values: Any) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(T[table]).where(T[table].c.id == key).values(**values))

    async def quote(self, at: datetime, person: int = ANN, state: str = "open") -> str:
        self._made += 1
        made = f"quote{self._made}"
        common = {"px6_user_id": str(person), "kind": "buy", "source": "person", "currency": "RUB"}
        lists: dict[str, Any] = {"wish": None, "parts": [], "ends": {}, "options": []}
        await self.add(
            "quotes", id=made, telegram_id=person, state=state, balance=Decimal(9), created_at=at, **common, **lists
        )
        return made

    async def payment(self, at: datetime, person: int = ANN, state: str = "done", **order: Any) -> int:
        """A payment of a second with one order, one proxy and two lines of its journal; gives its confirmation."""
        number = 100 + self._made
        quote = await self.quote(at, person, "claimed")
        account = str(person)
        common = {"telegram_id": person, "px6_user_id": account, "kind": "buy", "period": 30, "confirmed_at": at}
        await self.add(
            "confirmations", id=number, quote_id=quote, source="person", changes=1, told=1, told_at=at, **common
        )
        money = {"currency": "RUB", "quoted": Decimal(21), "charged": Decimal(21) if state == "done" else None}
        flags = {"auto_prolong": False, "at_most": False, "corrected": False, "looks": 0, "rename_tries": 0}
        values = {
            **common,
            **money,
            **flags,
            "id": number,
            "confirmation_id": number,
            "state": state,
            "count": 1,
            "sent_at": at,
            "settled_at": at + SECOND,
            **order,
        }
        await self.add("orders", **values)
        proxy = {"order_id": number, "proxy_id": number, "px6_user_id": account}
        await self.add("order_proxies", **proxy, open=False, automatic=False)
        for event in ("sent", "answered"):
            await self.add("journal", order_id=number, at=at, event=event, data={})
        return number

    async def count(self, table: str) -> int:
        async with self.database.read() as connection:
            return int((await connection.execute(select(func.count()).select_from(T[table]))).scalar_one())

    async def left(self) -> list[int]:
        """The confirmations that are left."""
        async with self.database.read() as connection:
            query = select(T["confirmations"].c.id).order_by(T["confirmations"].c.id)
            return list((await connection.execute(query)).scalars())

    async def months(self, person: int = ANN, zone: str | None = None) -> list[tuple[int, int, str, Decimal, int]]:
        """The sums of a person's months: year, month, currency, sum, count."""
        tz = ZoneInfo(zone) if zone else None
        async with self.database.read() as connection:
            found = await monthly_sums.by_month(connection, person, tz, 100)
        local = [(each.month.astimezone(tz or UTC), each) for each in found]
        return [(at.year, at.month, each.currency, each.sum, each.count) for at, each in local]


@pytest.fixture
async def keeper(tmp_path: Path) -> AsyncIterator[Keeper]:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    async with database.write() as connection:
        for person in (ANN, BOB):
            await people.create(connection, person, "en", NOW)
    yield Keeper(database)
    await database.close()


@pytest.mark.parametrize(("age", "is_left"), [(KEEP - SECOND, True), (KEEP, True), (KEEP + 2 * SECOND, False)])
async def test_a_payment_goes_as_a_whole_when_it_is_old_enough(keeper: Keeper, age: timedelta, is_left: bool) -> None:
    await keeper.payment(NOW - age)
    await keeper.pruning().prune()
    counts = [
        await keeper.count(table) for table in ("quotes", "confirmations", "orders", "order_proxies", "journal")
    ]
    assert counts == ([1, 1, 1, 1, 2] if is_left else [0, 0, 0, 0, 0])


async def test_what_was_found_out_late_is_kept_from_then_on(keeper: Keeper) -> None:
    kept = await keeper.payment(NOW - KEEP - DAY, settled_at=NOW - KEEP)
    just_before = NOW - KEEP - timedelta(microseconds=1)
    await keeper.payment(NOW - KEEP - DAY, settled_at=just_before)
    under_a_clock_set_back = await keeper.payment(NOW - KEEP, settled_at=just_before)
    await keeper.payment(just_before, settled_at=just_before)
    await keeper.pruning().prune()
    assert await keeper.left() == [kept, under_a_clock_set_back]


OPEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "confirmed": ({"state": "confirmed"}, {}),
    "sending": ({"state": "sending"}, {}),
    "unknown": ({"state": "unknown"}, {}),
    "unclear": ({"state": "unclear"}, {}),
    "looked for": ({"due_at": NOW}, {}),
    "to be renamed": ({"rename": "pending"}, {}),
    "to be told": ({}, {"tell_at": NOW}),
    "not told yet": ({}, {"changes": 2}),
    "not told the owner": ({}, {"by_person": BOB, "told_owner": 0}),
}


@pytest.mark.parametrize(("order", "confirmation"), OPEN.values(), ids=OPEN)
async def test_what_is_open_is_kept_however_old_it_is(
    keeper: Keeper, order: dict[str, Any], confirmation: dict[str, Any]
) -> None:
    number = await keeper.payment(NOW - 4000 * DAY)
    if order:
        await keeper.change("orders", number, **order)
    if confirmation:
        await keeper.change("confirmations", number, **confirmation)
    await keeper.pruning().prune()
    assert await keeper.left() == [number]
    assert await keeper.count("journal") == 2


@pytest.mark.parametrize(("state", "is_left"), [("announced", True), ("running", True), ("done", False)])
async def test_a_payment_of_a_rule_is_kept_while_its_run_goes_on(keeper: Keeper, state: str, is_left: bool) -> None:
    at = NOW - KEEP - DAY
    number = await keeper.payment(at)
    flags = {"quiet": False, "on": True, "created_at": at, "floor": Decimal(0)}
    scope = {"scope": "all", "value": "", "hours": 12, "period": 30, "px6_user_id": "1", "currency": "RUB"}
    await keeper.add("rules", id=1, telegram_id=ANN, **flags, **scope)
    run = {"telegram_id": ANN, "rule_id": 1, "run_at": at, "price": Decimal(1), "currency": "RUB", "cycle": 1}
    await keeper.add("runs", id=1, state=state, confirmation_id=number, **run)
    await keeper.payment(at)  # of a person
    await keeper.pruning().prune()
    assert await keeper.left() == ([number] if is_left else [])
    assert (await keeper.count("runs") == 1) is is_left


LOOKED_FOR: dict[str, dict[str, Any]] = {
    "unknown": {"state": "unknown"},
    "asked for a top-up": {"state": "unclear", "top_up": Decimal(5)},
    "waits for a key": {"state": "unclear", "looking_error": "NoKey"},
    "looked for": {"due_at": NOW},
    "to be renamed": {"rename": "pending"},
}


@pytest.mark.parametrize("order", LOOKED_FOR.values(), ids=LOOKED_FOR)
async def test_what_explains_an_open_payment_of_its_account_is_kept_with_it(
    keeper: Keeper, order: dict[str, Any]
) -> None:
    old = NOW - 4000 * DAY
    await keeper.payment(old - DAY - timedelta(microseconds=1))
    just_before = await keeper.payment(old - DAY)
    is_open = await keeper.payment(old, **order)
    later = await keeper.payment(old + 100 * DAY)
    under_a_clock_set_back = await keeper.payment(old - 100 * DAY)
    await keeper.payment(old + DAY, person=BOB)
    of_another = await keeper.payment(old + 500 * DAY, person=BOB, **order)
    await keeper.pruning().prune()
    assert await keeper.left() == [just_before, is_open, later, under_a_clock_set_back, of_another]


async def test_an_unclear_payment_stays_and_keeps_no_other(keeper: Keeper) -> None:
    unclear = await keeper.payment(NOW - 4000 * DAY, state="unclear")
    await keeper.payment(NOW - 3999 * DAY)
    await keeper.pruning().prune()
    assert await keeper.left() == [unclear]


async def test_the_sums_of_each_month_stay_as_they_were(keeper: Keeper) -> None:
    async with keeper.database.write() as connection:
        await people.change(connection, ANN, zone="Europe/Moscow")
    edge = datetime(2025, 3, 31, 20, tzinfo=UTC)  # in Moscow of March, and two hours later of April
    for at in (edge, edge + timedelta(hours=2), edge + timedelta(hours=3), NOW - KEEP + DAY, NOW - DAY):
        await keeper.payment(at)
    await keeper.payment(edge, currency="USD", charged=Decimal("1.50"))
    await keeper.payment(edge, state="refused", charged=Decimal(7))
    await keeper.payment(edge, charged=None)
    await keeper.payment(edge, person=BOB)
    before, bobs = await keeper.months(zone="Europe/Moscow"), await keeper.months(BOB)
    assert len(before) == 5
    for _ in range(2):
        await keeper.pruning().prune()
        assert await keeper.months(zone="Europe/Moscow") == before
        assert await keeper.months(BOB) == bobs == [(2025, 3, "RUB", Decimal("21.00"), 1)]
    assert len(await keeper.left()) == 2
    keeper.now += 30 * DAY
    await keeper.pruning().prune()
    assert await keeper.months(zone="Europe/Moscow") == before
    assert (await keeper.months(zone="Pacific/Honolulu"))[-1][:2] == (2025, 3), "a month stays what it is"


def test_the_sum_of_a_month_stands_where_every_version_has_kept_it() -> None:
    edge = datetime(2025, 3, 31, 20, tzinfo=UTC)
    for zone, month in ((None, 3), ("Pacific/Honolulu", 3), ("Asia/Tokyo", 4)):
        assert pruning.month_of(edge, zone) == datetime(2025, month, 15, 12, tzinfo=UTC)


async def test_a_month_of_which_a_part_is_removed_is_one_sum(keeper: Keeper) -> None:
    edge = NOW - KEEP  # 24 October 2025
    for days in (-2, -1, 1, 2):
        await keeper.payment(edge + days * DAY)
    await keeper.pruning().prune()
    assert len(await keeper.left()) == 2
    assert await keeper.months() == [(2025, 10, "RUB", Decimal("84.00"), 4)]
    async with keeper.database.read() as connection:
        assert len(await monthly_sums.by_month(connection, ANN, None, 1)) == 1
        assert await pruning.was_pruned(connection, ANN)
        assert not await pruning.was_pruned(connection, BOB)


async def test_who_only_had_what_came_to_nothing_has_no_sum_but_a_mark(keeper: Keeper) -> None:
    await keeper.payment(NOW - KEEP - DAY, state="refused")
    await keeper.pruning().prune()
    assert await keeper.months() == []
    async with keeper.database.read() as connection:
        assert await pruning.was_pruned(connection, ANN)


async def test_a_used_button_never_becomes_an_unused_one(keeper: Keeper) -> None:
    old = await keeper.payment(NOW - KEEP - DAY)
    async with keeper.database.read() as connection:
        confirmation = await confirmations.get(connection, old)
    assert confirmation is not None
    await keeper.pruning().prune()
    async with keeper.database.write() as connection:
        assert await quotes.take(connection, ANN, confirmation.quote_id, NOW - 4000 * DAY) is None
        assert await confirmations.of_quote(connection, ANN, confirmation.quote_id) is None
        quote = await keeper_quote(connection)
        if ON_POSTGRESQL:  # SQLite goes on after the highest id that it was given
            await count_from(connection, "confirmations", old)
        common = {"telegram_id": ANN, "px6_user_id": "1", "kind": "buy", "source": "person", "period": 30}
        assert await confirmations.add(connection, {**common, "quote_id": quote, "confirmed_at": NOW}) > old
        assert await orders.get(connection, old) is None


async def keeper_quote(connection: Any) -> str:
    lists: dict[str, Any] = {"wish": None, "parts": [], "ends": {}, "options": []}
    common = {"px6_user_id": "1", "kind": "buy", "source": "person", "currency": "RUB", "balance": Decimal(9)}
    await quotes.add(connection, {"id": "new", "telegram_id": ANN, "created_at": NOW, **common, **lists})
    return "new"


@pytest.mark.parametrize(("age", "is_left"), [(OPEN_QUOTES_KEPT, True), (OPEN_QUOTES_KEPT + SECOND, False)])
async def test_a_quote_that_nobody_confirmed_has_an_age_of_its_own(
    keeper: Keeper, age: timedelta, is_left: bool
) -> None:
    await keeper.quote(NOW - age)
    await keeper.pruning().prune()
    assert await keeper.count("quotes") == int(is_left)
    assert 5 * max(HOLDS.values()) < OPEN_QUOTES_KEPT, "nothing goes that could be paid"


async def test_a_quote_to_which_a_kept_payment_points_is_kept(keeper: Keeper) -> None:
    quote = await keeper.quote(NOW - 100 * DAY)
    number = await keeper.payment(NOW - 100 * DAY, state="requoted")
    await keeper.change("confirmations", number, requote_id=quote)
    await keeper.pruning().prune()
    assert await keeper.count("quotes") == 2


async def test_deletions_go_once_they_are_certain_and_the_newest_number_is_not_given_again(keeper: Keeper) -> None:
    old, newer = NOW - KEEP - SECOND, NOW - KEEP
    for number, (person, at, certain) in enumerate(
        [(ANN, old, True), (ANN, old, False), (BOB, newer, True), (BOB, old, True)], 1
    ):
        common = {"px6_user_id": "1", "proxies": []}
        await keeper.add("deletions", id=number, telegram_id=person, deleted_at=at, certain=certain, **common)
    await keeper.pruning().prune()
    async with keeper.database.read() as connection:
        assert set((await connection.execute(select(T["deletions"].c.id))).scalars()) == {2, 3, 4}
        assert await pruning.was_pruned(connection, ANN)
        assert not await pruning.was_pruned(connection, BOB)


async def test_what_was_said_goes_and_what_is_to_be_said_stays(keeper: Keeper) -> None:
    old, newer = NOW - KEEP - SECOND, NOW - KEEP
    digest = {"telegram_id": ANN, "kind": "ends", "state": "sent", "ends": {}}
    for number, (at, again) in enumerate([(old, None), (old, NOW), (newer, None), (old, None), (old, None)], 1):
        await keeper.add("digests", id=number, written_at=at, again_at=again, **digest)
    for proxy, end, of in ((1, old, 1), (2, newer, 4)):
        await keeper.add("reminders", telegram_id=ANN, proxy_id=proxy, end=end, lead=0, digest_id=of)
        await keeper.add("silences", telegram_id=ANN, proxy_id=proxy, end=end, until=None)
    message = {"telegram_id": ANN, "kind": "key", "notice": "{}", "quietly": False, "tries": 0}
    for number, (at, again) in enumerate([(old, None), (old, NOW), (newer, None)], 1):
        await keeper.add("notices", telegram_id=ANN, kind="low", key=str(number), times=1, amount=None, at=at)
        await keeper.add("unsaid", id=number, written_at=at, again_at=again, **message)
    await keeper.pruning().prune()
    kept = {"digests": 4, "reminders": 1, "silences": 1, "notices": 1, "unsaid": 2}
    assert {table: await keeper.count(table) for table in kept} == kept
    async with keeper.database.read() as connection:
        assert set((await connection.execute(select(T["digests"].c.id))).scalars()) == {2, 3, 4, 5}


async def test_the_kind_of_a_bought_proxy_is_known_while_px6_lists_it(keeper: Keeper) -> None:
    listed, gone = await keeper.payment(NOW - KEEP - DAY), await keeper.payment(NOW - KEEP - DAY)
    of_bob = await keeper.payment(NOW - KEEP - DAY, person=BOB)
    elsewhere = await keeper.payment(NOW - KEEP - DAY, px6_user_id="another")
    prolonged = await keeper.payment(NOW - KEEP - DAY, kind="prolong")
    async with keeper.database.write() as connection:
        for person, proxies in ((ANN, (listed, gone, elsewhere, prolonged)), (BOB, (of_bob, gone))):
            await known_proxies.remember(connection, person, proxies, "6", auto_prolong=False)
        money: dict[str, Any] = {"balance": Decimal(1), "currency": "RUB"}
        await watches.keep_snapshot(
            connection, ANN, px6_user_id=str(ANN), read_at=NOW, ends={listed: NOW + DAY}, **money
        )
    await keeper.pruning().prune()
    async with keeper.database.read() as connection:
        assert set(await known_proxies.versions_of(connection, ANN)) == {listed, elsewhere, prolonged}
        assert set(await known_proxies.versions_of(connection, BOB)) == {of_bob, gone}, "nobody has looked"


async def test_many_go_in_small_batches_with_pauses_between(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.pruning.BATCH", 2)
    for _ in range(5):
        await keeper.payment(NOW - KEEP - DAY)
    assert await keeper.pruning().prune() == 5
    assert await keeper.left() == []
    assert len(keeper.pauses) == 3


async def test_a_stop_ends_it_at_the_next_batch(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.pruning.BATCH", 2)
    for _ in range(5):
        await keeper.payment(NOW - KEEP - DAY)
    keeper.stopping = True
    assert await keeper.pruning().prune() == 0
    assert len(await keeper.left()) == 5


async def test_it_is_done_once_a_day_an_hour_after_the_start(keeper: Keeper) -> None:
    daily, hour = keeper.pruning(), timedelta(hours=1)

    async def is_done() -> bool:
        await keeper.payment(NOW - 2 * KEEP)
        await daily.prune_daily()
        return not await keeper.left()

    done = []
    for later in (0 * hour, hour, hour + DAY - SECOND, hour + DAY):
        keeper.now = NOW + later
        done.append(await is_done())
    assert done == [False, True, False, True]


@pytest.mark.parametrize("by", [2 * KEEP, timedelta(seconds=61), -DAY])
async def test_nothing_goes_in_the_hour_in_which_the_clock_was_set(keeper: Keeper, by: timedelta) -> None:
    daily, hour = keeper.pruning(), timedelta(hours=1)
    await daily.prune_daily()
    await keeper.payment(NOW - 2 * KEEP)
    keeper.now += hour + by
    keeper.set_by = by
    await daily.prune_daily()
    assert len(await keeper.left()) == 1
    keeper.now += hour
    await daily.prune_daily()
    assert await keeper.left() == []


async def test_a_clock_that_is_set_right_by_a_minute_keeps_nothing_waiting(keeper: Keeper) -> None:
    daily = keeper.pruning()
    await daily.prune_daily()
    await keeper.payment(NOW - 2 * KEEP)
    keeper.now += timedelta(seconds=60)
    keeper.set_by = timedelta(seconds=60)
    await daily.prune_daily()
    assert await keeper.left() == []


@pytest.mark.sqlite("the size of the file")
async def test_the_file_of_a_busy_bot_stays_as_large_as_it_is(keeper: Keeper, tmp_path: Path) -> None:
    """A year, of which sixty days are kept. Twenty days go by at once, with one pruning after them."""
    prune = keeper.pruning(60 * DAY)
    start, sizes = NOW, []
    unknown = await keeper.payment(start, person=BOB, state="unknown")
    for day in range(4, 365, 20):
        keeper.now = start + day * DAY
        days = [a_day(one, start + one * DAY - timedelta(hours=1)) for one in range(max(0, day - 19), day + 1)]
        async with keeper.database.write() as connection:
            for table in days[0]:
                await connection.execute(insert(table), [row for rows in days for row in rows[table]])
        await prune.prune()
        if day in (124, 364):
            await keeper.database.forget_deleted()
            sizes.append(size_of(tmp_path / "bot.sqlite3"))
    assert sizes[1] <= sizes[0] * 1.05
    left = await keeper.left()
    assert unknown in left
    assert 60 * 3 <= len(left) - 1 <= 61 * 3
    months = await keeper.months()
    assert sum(count for *_, count in months) == 365 * 3
    assert sum(paid for *_, paid, _ in months) == Decimal(21) * 365 * 3


def size_of(file: Path) -> int:
    """Bytes."""
    return file.stat().st_size


def a_day(day: int, at: datetime) -> dict[Table, list[dict[str, Any]]]:
    """Three payments with their journals, ten quotes that nobody confirms, a digest and a deletion."""
    rows: dict[str, list[dict[str, Any]]] = {}
    ids = [1000 + day * 3 + nth for nth in range(3)]
    common = {"telegram_id": ANN, "px6_user_id": "1", "kind": "buy"}
    quote = {**common, "source": "person", "wish": None, "parts": [], "options": [], "ends": {}, "currency": "RUB"}
    quote |= {"balance": Decimal(9), "created_at": at}
    named = [(f"paid{number}", "claimed") for number in ids] + [(f"open{day}-{nth}", "open") for nth in range(10)]
    rows["quotes"] = [{**quote, "id": name, "state": state} for name, state in named]
    rows["confirmations"] = [
        {
            **common,
            "id": number,
            "quote_id": f"paid{number}",
            "source": "person",
            "period": 30,
            "confirmed_at": at,
            "changes": 2,
            "told": 2,
        }
        for number in ids
    ]
    flags = {"auto_prolong": False, "at_most": False, "corrected": False, "looks": 1, "rename_tries": 0}
    rows["orders"] = [
        {
            **common,
            **flags,
            "id": number,
            "confirmation_id": number,
            "state": "done",
            "count": 1,
            "period": 30,
            "currency": "RUB",
            "quoted": Decimal(21),
            "charged": Decimal(21),
            "confirmed_at": at,
            "settled_at": at,
            "known_before": list(range(200)),
        }
        for number in ids
    ]
    proxy = {"px6_user_id": "1", "open": False, "automatic": False}
    rows["order_proxies"] = [{**proxy, "order_id": number, "proxy_id": number} for number in ids]
    rows["journal"] = [
        {"order_id": number, "at": at, "event": event, "data": {"params": "x" * 300}}
        for number in ids
        for event in ("sent", "answered", "looked", "renamed")
    ]
    digest = {"telegram_id": ANN, "kind": "ends", "state": "sent", "again_at": None}
    rows["digests"] = [{**digest, "id": 1 + day, "written_at": at, "ends": {str(one): 1 for one in range(20)}}]
    rows["reminders"] = [
        {"telegram_id": ANN, "proxy_id": one, "end": at + 3 * DAY, "lead": 0, "digest_id": 1 + day}
        for one in range(20)
    ]
    deletion = {"telegram_id": ANN, "px6_user_id": "1", "certain": True}
    rows["deletions"] = [{**deletion, "id": 1 + day, "deleted_at": at, "proxies": [{"id": 1}]}]
    return {T[name]: values for name, values in rows.items()}
