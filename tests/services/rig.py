"""A test rig: orders, accounts and deletions between a stand-in of px6 and a database, with a clock to move."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import tests.built_models  # noqa: F401 - before whatever imports aiogram first
from model.deletions import Deletion
from sandbox.px6 import Account, Proxy, Px6State, serve_px6
from sandbox.px6.clock import utc_now
from sandbox.px6.model import Call, Profile
from services.account.accounts import Accounts
from services.account.people import People
from services.ground.leases import Leases
from services.ground.presence import Presence, SharedLeases
from services.orders import BuyWish, Confirmation, Orders, OrderState
from services.proxies.deletions import Deletions
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import ON_POSTGRESQL, lay_database, rows_of, url_of, write_new
from tests.held import held
from tests.profiles import PROFILE
from tests.quick import QuickPool, quicken
from tests.quotes import buy_quote

ANNA, BORIS = 1001, 1002
MASTER_KEY = bytes(range(32))
SETTLE_SECONDS = (5.0, 30.0, 120.0, 600.0)
_with_anna: dict[tuple[object, ...], bytes] = {}  # databases, by when she was connected and what happened then


class Rig:
    """The services that spend and delete, without Telegram; what they tell is kept in `told` and `told_deletions`.

    `account` is Anna's at px6. `restart` begins anew on the same database, as after a kill.
    """

    def __init__(self, state: Px6State, url: str, folder: Path, stack: AsyncExitStack) -> None:
        self.px6, self._url, self.folder, self._stack = state, url, folder, stack
        self.account: Account = state.add_account(balance="1000.00")
        self.passed = 0.0  # seconds that really passed, even where a test sets the clock back
        self.told: list[Confirmation] = []
        self.shown: list[Mapping[int, Any]] = []  # the proxies that came with each
        self.told_deletions: list[Deletion] = []
        self.tellings: list[float] = []  # when it was tried to tell of a deletion, in seconds that passed
        self.telling_fails: Exception | None = None
        self.leases: Leases | None = None  # shared with other processes

    async def start(self) -> None:
        """Connect to the database and to px6."""
        self.database = await Database.open(url_of(self.folder), Keyring([MASTER_KEY]))
        self._stack.push_async_callback(self.database.close)
        self.pool = QuickPool([self._url])
        self._stack.push_async_callback(self.pool.close)
        self.people = People(self.database, self.px6.clock.now)
        self.accounts = Accounts(self.database, self.pool, self.people, self.px6.clock.now)
        self.orders = Orders(
            self.database,
            self.accounts,
            self.px6.clock.now,
            self._send_outcome,
            settle_seconds=SETTLE_SECONDS,
            monotonic=lambda: self.passed,
            leases=self.leases,
        )
        self._stack.push_async_callback(self.orders.close)
        self.deletions = Deletions(
            self.database,
            self.accounts,
            self.px6.clock.now,
            self._tell_deletion,
            monotonic=lambda: self.passed,
            leases=self.leases,
        )

    async def restart(self) -> None:
        """As after a kill: what was in memory is gone."""
        await self.start()
        carried_on = await self.orders.recover()
        await self.orders.tell_untold()
        for confirmation_id in carried_on:
            await self.orders.run(confirmation_id)

    async def _send_outcome(self, confirmation: Confirmation, proxies: Mapping[int, Any]) -> None:
        if self.telling_fails is not None:
            raise self.telling_fails
        self.told.append(confirmation)
        self.shown.append(proxies)

    async def _tell_deletion(self, deletion: Deletion, *, looked: bool) -> None:
        self.tellings.append(self.passed)
        if self.telling_fails is not None:
            raise self.telling_fails
        self.told_deletions.append(deletion)

    def fault(self, kind: str, method: str | None = None, **more: Any) -> None:
        """The next call of a method meets this fault. A px6 that keeps silent is not waited for long."""
        if kind.startswith(("silent", "late", "half")):
            self.pool.impatient()
        self.px6.fault(kind, method, **more)

    def held(self, *methods: str, key: str | None = None, times: int | None = 1) -> AbstractContextManager[None]:
        """px6 carries out the next call of these methods, and keeps its answer back until the block ends."""
        return held(self.px6, *methods, key=key, times=times)

    # -- what a person does

    async def replaces_key(self, key: str, person: int = ANNA) -> None:
        """Send the key of another px6 account, and say that it takes the place of the one before."""
        tried = await self.accounts.connect(person, key)
        assert tried.owner is None
        assert await self.accounts.adopt(person, tried.number) is not None

    async def quoted_buy(self, wish: BuyWish | None = None, person: int = ANNA) -> tuple[str, int]:
        """The id of a quote for a buy, and its period."""
        wish = wish or BuyWish(2, 30, "de", comment="shop")
        return (await buy_quote(self.orders, person, wish)).id, wish.period

    async def quoted_prolong(self, ids: Sequence[int], period: int = 30, person: int = ANNA) -> tuple[str, int]:
        return (await self.orders.quote_prolong(person, ids, [period])).id, period

    async def pay(self, quoted: tuple[str, int], person: int = ANNA) -> Confirmation:
        """Tap the green button and wait for the answer."""
        claim = await self.orders.claim(person, *quoted)
        assert claim.won
        assert claim.confirmation is not None
        return await self.orders.execute(claim.confirmation.id)

    async def confirm_deletion(self, person: int = ANNA) -> Deletion:
        """Confirm the deletion of all proxies. Nothing is sent to px6: that is left to the test."""
        listed = await (await self.accounts.client(person)).proxies()
        proposal = await self.deletions.propose(person, [proxy.id for proxy in listed.proxies])
        taken = await self.deletions.take(person, proposal, listed)
        assert taken is not None
        return taken

    async def after(self, **passed: float) -> None:
        """Let this time pass, then do what is due."""
        self.px6.clock.move(timedelta(**passed))
        self.passed += timedelta(**passed).total_seconds()
        await self.orders.settle_due()

    async def through(self, *seconds: float) -> None:
        """Do what is due at each of these moments, in seconds from now."""
        before = 0.0
        for second in seconds:
            await self.after(seconds=second - before + 0.001)
            before = second

    # -- what is there

    def proxy(self, **given: Any) -> Proxy:
        """A proxy of the account that ends in ten days, unless said otherwise."""
        return self.px6.add_proxy(self.account.key, **{"ends_in": timedelta(days=10), **given})

    def requests(self, method: str) -> list[Call]:
        """The raw requests for a method that reached px6."""
        return [call for call in self.px6.calls if call.method == method]

    def spends(self) -> list[str]:
        """What px6 has booked for calls of the API, not for what the person did on its site."""
        return [spend.kind for spend in self.px6.books(self.account.key) if spend.by == "api"]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is committed: read through a connection that does not write."""
        return list(rows_of(self.folder, query))

    def states(self) -> list[str]:
        return [state for (state,) in self.rows("SELECT state FROM orders ORDER BY id")]

    def said(self) -> list[tuple[OrderState, ...]]:
        """The states that the person was told of, in order."""
        return [tuple(order.state for order in each.orders) for each in self.told]


Begin = Callable[[Rig], Awaitable[None]]


async def nothing_more(rig: Rig) -> None:
    """Anna is connected, and that is all."""


@asynccontextmanager
async def new_rig(
    folder: Path, profile: Profile = PROFILE, now: Callable[[], datetime] = utc_now, begin: Begin = nothing_more
) -> AsyncIterator[Rig]:
    """A rig with Anna connected. `now`: the clock of all, which tests move. `begin`: what is written then."""
    if not ON_POSTGRESQL:
        write_new(folder / "bot.sqlite3", await file_with_anna(profile, now, begin))
    async with unconnected_rig(folder, profile, now) as rig:
        if ON_POSTGRESQL:
            await connected(rig, begin)
        yield rig


async def file_with_anna(profile: Profile, now: Callable[[], datetime], begin: Begin) -> bytes:
    """A database in which Anna is connected: it is made once, for that takes as long as a test.

    Every stand-in gives its first account the same key. `now`: a clock that stands is another one at another time.
    """
    made = (None if now is utc_now else now(), begin)
    if made not in _with_anna:
        with tempfile.TemporaryDirectory() as name:
            await lay_database(Path(name))
            async with unconnected_rig(Path(name), profile, now) as rig:
                await connected(rig, begin)
            _with_anna[made] = (Path(name) / "bot.sqlite3").read_bytes()
    return _with_anna[made]


async def connected(rig: Rig, begin: Begin) -> None:
    await rig.accounts.connect(ANNA, rig.account.key)
    await begin(rig)


@asynccontextmanager
async def unconnected_rig(folder: Path, profile: Profile, now: Callable[[], datetime]) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        state = Px6State(profile, now)
        quicken(state)
        served = await stack.enter_async_context(serve_px6(state, "127.0.0.1", 0))
        rig = Rig(state, served.api_url, folder, stack)
        await rig.start()
        yield rig


async def waited_for(rig: Rig, method: str, calls: int = 1) -> None:
    """Until px6 has the call, or so many."""
    while len(rig.requests(method)) < calls:  # noqa: ASYNC110 - the stand-in has no event for it
        await asyncio.sleep(0.005)


async def second_process(rig: Rig) -> Rig:
    """Another process of the bot on the same database."""
    other = Rig(rig.px6, rig._url, rig.folder, rig._stack)
    other.account = rig.account
    await other.start()
    return other


async def present(rig: Rig, database: Database) -> Presence:
    """Make a rig one process of several, and begin it anew."""
    presence = Presence(database)
    await rig._stack.enter_async_context(presence.present())
    rig.leases = SharedLeases(presence)
    await rig.start()
    return presence
