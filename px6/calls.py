"""How a call is made: it waits for a slot, is repeated, shared and cached. What can be called is in client.py."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

from . import wire
from .errors import AnotherAccount, NoAnswer, OutcomeUnknown, Px6Error, TooManyCalls, Unreachable, WrongMethod
from .models import Account
from .observing import CallObserver, nobody_hears
from .offers import Offers
from .parts import LONGEST_URL
from .sharing import AnswerCache, CallsUnderWay
from .throttle import Throttling
from .transport import Answer, Lost, Transport
from .wire import Effect, Method

log = logging.getLogger(__name__)

T = TypeVar("T", bound=Account)

PAUSES = (0.3, 1.0)
"""Seconds before the second and the third try of a call, beside the wait for a slot."""


class Calls:
    """All calls of one key. Whoever makes them shares the throttle, the calls under way and the cached answers."""

    def __init__(
        self,
        key: str,
        transport: Transport,
        throttle: Throttling,
        *,
        user_id: str = "",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_too_many: Callable[[], None] = lambda: None,
        observer: CallObserver = nobody_hears,
        changed: Callable[[str], Awaitable[None]] | None = None,
        offers: Offers | None = None,
    ) -> None:
        """`user_id`: px6's number of the account, "" if unknown; an answer about another account raises
        AnotherAccount.

        `on_too_many` is called after every 429, `observer` after every request, `changed` (with `user_id`) after
        every call that may have changed something; it must not raise. `offers`: what the server
        was found to have.
        """
        if not key.strip():
            raise ValueError("a px6 key is not empty")
        self._key, self._user_id = key, user_id
        self.transport, self.throttle = transport, throttle
        self.offers = offers or Offers(clock)
        self._clock, self._sleep, self._on_too_many = clock, sleep, on_too_many
        self._observer, self._changed = observer, changed
        self._under_way, self._cache = CallsUnderWay(), AnswerCache(clock)
        self.changes = 0  # calls that may have changed something and have ended
        self.answers = 0  # that could be read

    async def read(self, method: Method[T], params: Mapping[str, str], *, background: bool) -> T:
        """The answer of an equal call under way, or of a new one.

        Background work joins a person's call, but not the other way round: background calls wait longer for a slot.
        """
        query = self._query(method, params)
        asked_by_person = self._under_way.has((method.name, query, False))
        name = (method.name, query, background and not asked_by_person)
        return await self._under_way.call(name, lambda: self._send(method, query, background))

    async def cached(
        self, method: Method[T], params: Mapping[str, str], seconds: float, *, fresh: bool, background: bool
    ) -> T:
        """As `read`, or an answer that is at most `seconds` old. `fresh`: always a call of its own."""
        query = self._query(method, params)

        async def ask() -> T:
            if fresh:
                return await self._send(method, query, background)
            return await self.read(method, params, background=background)

        return await self._cache.get((method.name, query), seconds, ask, fresh=fresh)

    def has_cached(self, method: Method[T], params: Mapping[str, str]) -> bool:
        """Whether `cached` would need no call for it now."""
        return self._cache.has((method.name, self._query(method, params)))

    async def change(self, method: Method[T], params: Mapping[str, str], *, background: bool) -> T:
        """A call that changes something, never shared. Answers read before its end are not used after it."""
        query = self._query(method, params)
        try:
            return await self._send(method, query, background)
        finally:
            self.changes += 1
            self._under_way.stop_sharing()
            self._cache.clear()
            if self._changed is not None:
                await self._changed(self._user_id)

    def _query(self, method: Method[T], params: Mapping[str, str]) -> str:
        """The query string, percent-encoded so that px6 reads exactly these texts.

        ValueError when the URL is too long.
        """
        query = urlencode(params, safe=",", quote_via=quote)
        if self.transport.length(self._path(method), query) > LONGEST_URL:
            raise ValueError(f"{method.title}: more than {LONGEST_URL} bytes of URL")
        return query

    def _path(self, method: Method[T]) -> str:
        key = quote(self._key, safe="", errors="surrogatepass")
        return f"{key}/{method.name}" if method.name else key

    async def _send(self, method: Method[T], query: str, background: bool) -> T:
        """Sends a call, again where repeating it is harmless: up to three tries, each in a slot of its own."""
        for pause in PAUSES:
            async with self.throttle.slot(background=background):
                started = self._clock()
                try:
                    return await self._try_once(method, query)
                except Px6Error as error:
                    if not self._may_repeat(method, error, self._clock() - started):
                        raise
                    log.debug("px6 %s: %s; trying again", method.title, type(error).__name__)
            await self._sleep(pause)
        async with self.throttle.slot(background=background):
            return await self._try_once(method, query)

    def _may_repeat(self, method: Method[T], error: Px6Error, seconds: float) -> bool:
        """After a 429 every call but one that costs or deletes. After other failures a read, if it failed early."""
        if isinstance(error, TooManyCalls):
            return method.effect is not Effect.IRREVERSIBLE
        is_harmless = method.effect is Effect.READS and isinstance(error, NoAnswer | Unreachable)
        return is_harmless and seconds < self.transport.timeout / 2

    async def _try_once(self, method: Method[T], query: str) -> T:
        """One request, which the observer hears of unless nobody waits for its end any more."""
        started = self._clock()
        try:
            answer = await self._ask(method, query)
        except Px6Error as error:
            self._observer(method.title, error, self._clock() - started)
            raise
        self._observer(method.title, None, self._clock() - started)
        return answer

    async def _ask(self, method: Method[T], query: str) -> T:
        try:
            answer = await self.transport.get(self._path(method), query)
        except Lost as lost:
            failure = method.failed(str(lost))
        else:
            return self._decoded(method, answer)
        raise failure

    def _decoded(self, method: Method[T], answer: Answer) -> T:
        log.debug("px6 %s: status %d, %d bytes", method.title, answer.status, len(answer.body))
        try:
            decoded = wire.decode(method, answer.status, answer.body, secret=self._key)
            if self._user_id not in ("", decoded.user_id):
                raise method.misread("the answer is about another account", AnotherAccount)
            self.answers += 1
            return decoded
        except TooManyCalls:
            self._on_too_many()
            raise
        except WrongMethod:
            self.offers.learn(method.name, offered=False)
            raise
        except (NoAnswer, OutcomeUnknown) as error:
            if not (isinstance(error, OutcomeUnknown) and error.error_id is not None):
                self.transport.unusable(answer)
            raise
